//! `count(distinct number)` of each group, where the number is of 32 bits: a port, a protocol, flags.
//!
//! DataFusion plans a single `count(distinct …)` as two groupings, the first with the value as one more key: each port of two
//! addresses takes a group, with the texts of both. Here values are kept beside the groups: the first of each group in a table,
//! since most groups have one, and the others in a set of group and value.

use std::mem::size_of;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, Int64Array, ListArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int32Type};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{HashSet, Result, ScalarValue, resources_err};
use datafusion::functions_aggregate::count::Count;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{format_state_name, merge_schema};
use datafusion::logical_expr::{
    Accumulator, Aggregate, AggregateUDF, AggregateUDFImpl, EmitTo, Expr, ExprSchemable,
    GroupsAccumulator, LogicalPlan, Signature, Volatility,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

static FUNCTION: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| {
    Arc::new(AggregateUDF::from(CountNumbers {
        signature: Signature::exact(vec![DataType::Int32], Volatility::Immutable),
    }))
});

/// `count_distinct_numbers(number)`.
pub(super) fn function() -> &'static Arc<AggregateUDF> {
    &FUNCTION
}

/// Replaces `count(distinct number)` by the function where there are groups.
#[derive(Debug)]
pub(super) struct CountDistinctNumbers;

impl OptimizerRule for CountDistinctNumbers {
    fn name(&self) -> &'static str {
        "count_distinct_numbers"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(Aggregate { group_expr, .. }) = &plan else {
            return Ok(Transformed::no(plan));
        };
        if group_expr.is_empty() {
            return Ok(Transformed::no(plan));
        }
        let schema = merge_schema(&plan.inputs());
        let is_number = |expr: &Expr| {
            let kind = expr.get_type(&schema);
            kind.is_ok_and(|kind| kind == DataType::Int32)
        };
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            Ok(rewritten(expr, &is_number).update_data(|expr| name.restore(expr)))
        })
    }
}

fn rewritten(expr: Expr, is_number: &dyn Fn(&Expr) -> bool) -> Transformed<Expr> {
    match expr {
        Expr::AggregateFunction(AggregateFunction { func, params })
            if func.inner().is::<Count>() && fits(&params, is_number) =>
        {
            let params = AggregateFunctionParams {
                distinct: false,
                ..params
            };
            let func = Arc::clone(function());
            Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, params }))
        }
        other => Transformed::no(other),
    }
}

fn fits(params: &AggregateFunctionParams, is_number: &dyn Fn(&Expr) -> bool) -> bool {
    params.distinct
        && params.order_by.is_empty()
        && params.null_treatment.is_none()
        && matches!(params.args.as_slice(), [value] if is_number(value))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CountNumbers {
    signature: Signature,
}

impl AggregateUDFImpl for CountNumbers {
    fn name(&self) -> &'static str {
        "count_distinct_numbers"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(0)))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let name = format_state_name(arguments.name, "distinct numbers");
        Ok(vec![Arc::new(Field::new(name, state_type(), false))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(DistinctNumbers::default())))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(DistinctNumbers::default()))
    }
}

fn item() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Int32, true))
}

fn state_type() -> DataType {
    DataType::List(item())
}

/// The values of each group.
#[derive(Debug, Default)]
struct DistinctNumbers {
    groups: Vec<Group>,
    /// Values of a group beside its first, with the number of the group in the upper half.
    others: HashSet<u64>,
}

/// What is known of one group: how many values, and the first of them, if any.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    count: u32,
    first: i32,
}

/// The most groups, since their numbers take half a key.
const MOST_GROUPS: usize = u32::MAX as usize;

fn key(group: usize, value: i32) -> u64 {
    (group as u64) << 32 | u64::from(value.cast_unsigned())
}

fn of_key(key: u64) -> (usize, i32) {
    ((key >> 32) as usize, (key as u32).cast_signed())
}

impl DistinctNumbers {
    fn reach(&mut self, groups: usize) -> Result<()> {
        if groups > MOST_GROUPS {
            return resources_err!("values of more than {MOST_GROUPS} groups cannot be counted");
        }
        self.groups.resize(groups, Group::default());
        Ok(())
    }

    #[inline]
    fn insert(&mut self, number: usize, value: i32) {
        let group = &mut self.groups[number];
        if group.count == 0 {
            *group = Group {
                count: 1,
                first: value,
            };
        } else if group.first != value && self.others.insert(key(number, value)) {
            // A group has at most as many values as 32 bits have: one less than would overflow if all were there.
            group.count = group.count.saturating_add(1);
        }
    }

    /// Takes the first so many groups out. Those that are left are counted from 0 again.
    fn take(&mut self, emit: EmitTo) -> (Vec<Group>, Vec<u64>) {
        let taken = emit.take_needed(&mut self.groups);
        if self.groups.is_empty() {
            return (
                taken,
                std::mem::take(&mut self.others).into_iter().collect(),
            );
        }
        let limit = key(taken.len(), 0);
        let (mut out, mut left) = (Vec::new(), HashSet::default());
        for other in std::mem::take(&mut self.others) {
            if other < limit {
                out.push(other);
            } else {
                left.insert(other - limit);
            }
        }
        self.others = left;
        (taken, out)
    }
}

impl GroupsAccumulator for DistinctNumbers {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.reach(total_num_groups)?;
        let values = values[0].as_primitive::<Int32Type>();
        let rows = group_indices.iter().zip(values.values());
        if filter.is_none() && values.null_count() == 0 {
            rows.for_each(|(&group, &value)| self.insert(group, value));
            return Ok(());
        }
        for (row, (&group, &value)) in rows.enumerate() {
            if values.is_valid(row) && filter.is_none_or(|filter| lets_through(filter, row)) {
                self.insert(group, value);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (groups, _) = self.take(emit);
        let counts = groups.iter().map(|group| i64::from(group.count));
        Ok(Arc::new(Int64Array::from_iter_values(counts)))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (groups, others) = self.take(emit);
        if i32::try_from(groups.len() + others.len()).is_err() {
            return resources_err!("more distinct values than lists of Arrow can hold");
        }
        let lengths = groups.iter().map(|group| group.count as usize);
        let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
        let mut values = vec![0; groups.len() + others.len()];
        let mut next = Vec::with_capacity(groups.len());
        for (group, &offset) in groups.iter().zip(offsets.iter()) {
            let offset = offset as usize;
            if group.count > 0 {
                values[offset] = group.first;
            }
            next.push(offset + 1);
        }
        for other in others {
            let (group, value) = of_key(other);
            values[next[group]] = value;
            next[group] += 1;
        }
        let used = offsets.last().map_or(0, |&end| end as usize);
        values.truncate(used);
        let values = Arc::new(Int32Array::from(values));
        let lists = ListArray::try_new(item(), offsets, values, None)?;
        Ok(vec![Arc::new(lists)])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.reach(total_num_groups)?;
        let lists = values[0].as_list::<i32>();
        let values = lists.values().as_primitive::<Int32Type>().values();
        for (&group, span) in group_indices.iter().zip(lists.offsets().windows(2)) {
            for &value in &values[span[0] as usize..span[1] as usize] {
                self.insert(group, value);
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let values = values[0].as_primitive::<Int32Type>();
        let is_counted = |row: usize| {
            values.is_valid(row) && filter.is_none_or(|filter| lets_through(filter, row))
        };
        let lengths = (0..values.len()).map(|row| usize::from(is_counted(row)));
        let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
        let counted = (0..values.len()).filter(|&row| is_counted(row));
        let counted: Int32Array = counted.map(|row| Some(values.value(row))).collect();
        let lists = ListArray::try_new(item(), offsets, Arc::new(counted), None)?;
        Ok(vec![Arc::new(lists)])
    }

    fn size(&self) -> usize {
        // A set keeps one byte beside each place.
        size_of::<Self>()
            + self.groups.capacity() * size_of::<Group>()
            + self.others.allocation_size()
    }
}

fn lets_through(filter: &BooleanArray, row: usize) -> bool {
    filter.is_valid(row) && filter.value(row)
}

/// All rows are one group.
#[derive(Debug)]
struct OneGroup(DistinctNumbers);

impl Accumulator for OneGroup {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let groups = vec![0; values[0].len()];
        self.0.update_batch(values, &groups, None, 1)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let groups = vec![0; states[0].len()];
        self.0.merge_batch(states, &groups, 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.reach(1)?;
        let counts = self.0.evaluate(EmitTo::All)?;
        ScalarValue::try_from_array(&counts, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.reach(1)?;
        let states = self.0.state(EmitTo::All)?;
        let state = |array: &ArrayRef| ScalarValue::try_from_array(array, 0);
        states.iter().map(state).collect()
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn update(distinct: &mut DistinctNumbers, rows: &[(usize, Option<i32>)], groups: usize) {
        let values: Int32Array = rows.iter().map(|row| row.1).collect();
        let numbers: Vec<usize> = rows.iter().map(|row| row.0).collect();
        let values: [ArrayRef; 1] = [Arc::new(values)];
        distinct
            .update_batch(&values, &numbers, None, groups)
            .unwrap();
    }

    fn counts(array: &ArrayRef) -> Vec<i64> {
        array
            .as_primitive::<datafusion::arrow::datatypes::Int64Type>()
            .values()
            .to_vec()
    }

    proptest! {
        /// Taken out in parts, and put together again from states, each group has the values that it was given.
        #[test]
        fn states_hold_what_was_counted(
            rows in prop::collection::vec((0_usize..9, prop::option::of(prop_oneof![-2_i32..3, any::<i32>()])), 0..80),
            first in 0_usize..9,
        ) {
            let mut model = vec![BTreeSet::new(); 9];
            for &(group, value) in &rows {
                model[group].extend(value);
            }
            let expected: Vec<i64> = model.iter().map(|values| values.len() as i64).collect();
            let mut distinct = DistinctNumbers::default();
            update(&mut distinct, &rows, 9);

            let mut merged = DistinctNumbers::default();
            let states = distinct.state(EmitTo::First(first)).unwrap();
            merged.merge_batch(&states, &(0..first).collect::<Vec<_>>(), 9).unwrap();
            let rest = distinct.state(EmitTo::All).unwrap();
            prop_assert_eq!(rest[0].len(), 9 - first);
            merged.merge_batch(&rest, &(first..9).collect::<Vec<_>>(), 9).unwrap();
            // What is counted twice is counted once.
            update(&mut merged, &rows, 9);

            let mut found = counts(&merged.evaluate(EmitTo::First(first)).unwrap());
            found.extend(counts(&merged.evaluate(EmitTo::All).unwrap()));
            prop_assert_eq!(&found, &expected);

            let values: ArrayRef = Arc::new(rows.iter().map(|row| row.1).collect::<Int32Array>());
            let numbers: Vec<usize> = rows.iter().map(|row| row.0).collect();
            let converted = distinct.convert_to_state(&[values], None).unwrap();
            let mut merged = DistinctNumbers::default();
            merged.merge_batch(&converted, &numbers, 9).unwrap();
            prop_assert_eq!(counts(&merged.evaluate(EmitTo::All).unwrap()), expected);
        }
    }
}
