//! `CASE WHEN condition THEN one ELSE other END` where both are columns or literals, as a function.
//!
//! DataFusion divides the batch in two by the condition, evaluates each half, and puts the halves together run by run. Records
//! come in both directions by turns, so runs are short; choosing row by row takes a tenth of the time.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int32Type, Int64Type};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, internal_err, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Case, ColumnarValue, Expr, ExprSchemable, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(ScalarUDF::from(Choose {
        signature: Signature::any(3, Volatility::Immutable),
    }))
});

/// `choose(condition, one, other)`.
pub(super) fn function() -> &'static Arc<ScalarUDF> {
    &FUNCTION
}

/// Replaces `CASE` by the function where it fits.
#[derive(Debug)]
pub(super) struct ChooseColumns;

impl OptimizerRule for ChooseColumns {
    fn name(&self) -> &'static str {
        "choose_columns"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        if !plan.expressions().iter().any(has_case) {
            return Ok(Transformed::no(plan));
        }
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let chosen = expr.transform_up(|expr| Ok(rewritten(expr, &schema)))?;
            Ok(chosen.update_data(|expr| name.restore(expr)))
        })
    }
}

fn has_case(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(matches!(expr, Expr::Case(_))))
        .unwrap_or(false)
}

fn rewritten(expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    match expr {
        Expr::Case(case) if fits(&case, schema) => {
            let whens = case.when_then_expr.into_iter();
            let arguments = whens
                .flat_map(|(when, then)| [*when, *then])
                .chain(case.else_expr.map(|other| *other));
            let call = ScalarFunction::new_udf(Arc::clone(function()), arguments.collect());
            Transformed::yes(Expr::ScalarFunction(call))
        }
        other => Transformed::no(other),
    }
}

/// Whether both values are there without being worked out, so that working out both costs nothing and cannot fail.
fn fits(case: &Case, schema: &DFSchema) -> bool {
    let ([(_, then)], Some(other), None) =
        (case.when_then_expr.as_slice(), &case.else_expr, &case.expr)
    else {
        return false;
    };
    let is_there = |expr: &Expr| matches!(expr, Expr::Column(_) | Expr::Literal(..));
    let both_literals = matches!((&**then, &**other), (Expr::Literal(..), Expr::Literal(..)));
    let kinds = (then.get_type(schema), other.get_type(schema));
    let one_kind = matches!(kinds, (Ok(then), Ok(other)) if then == other && is_chosen(&then));
    is_there(then) && is_there(other) && !both_literals && one_kind
}

/// The types of the columns of `records` and `flows`.
fn is_chosen(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8View | DataType::Int32 | DataType::Int64)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Choose {
    signature: Signature,
}

impl ScalarUDFImpl for Choose {
    fn name(&self) -> &'static str {
        "choose"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("the type of a choice is told with whether it may be NULL")
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let [condition, one, other] = arguments.arg_fields else {
            return plan_err!("choose takes a condition and two values");
        };
        let kind = one.data_type();
        if *condition.data_type() != DataType::Boolean || kind != other.data_type() {
            return plan_err!("choose takes a condition and two values of one type");
        }
        let may_be_null = one.is_nullable() || other.is_nullable();
        Ok(Arc::new(Field::new(self.name(), kind.clone(), may_be_null)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let [condition, one, other] = arguments.args.as_slice() else {
            return internal_err!("choose takes a condition and two values");
        };
        let condition = condition.to_array(rows)?;
        let condition = as_values(condition.as_boolean());
        let chosen = condition.count_set_bits();
        if chosen == rows {
            return Ok(one.clone());
        }
        if chosen == 0 {
            return Ok(other.clone());
        }
        match (one, other) {
            (ColumnarValue::Array(one), ColumnarValue::Array(other)) => {
                rowwise(&condition, one, other)
            }
            _ => with_literal(&condition, one, other),
        }
        .map(ColumnarValue::Array)
    }
}

/// NULL is not true.
fn as_values(condition: &BooleanArray) -> BooleanBuffer {
    match condition.nulls() {
        Some(valid) if valid.null_count() > 0 => condition.values() & valid.inner(),
        _ => condition.values().clone(),
    }
}

fn rowwise(condition: &BooleanBuffer, one: &ArrayRef, other: &ArrayRef) -> Result<ArrayRef> {
    Ok(match one.data_type() {
        DataType::Int32 => numbers::<Int32Type>(condition, one, other),
        DataType::Int64 => numbers::<Int64Type>(condition, one, other),
        _ => {
            let places = condition.iter().enumerate();
            let places: Vec<(usize, usize)> = places
                .map(|(row, is_one)| (usize::from(!is_one), row))
                .collect();
            interleave(&[one, other], &places)?
        }
    })
}

fn numbers<T: ArrowPrimitiveType>(
    condition: &BooleanBuffer,
    one: &ArrayRef,
    other: &ArrayRef,
) -> ArrayRef {
    let (one, other) = (one.as_primitive::<T>(), other.as_primitive::<T>());
    let both = one.values().iter().zip(other.values());
    let values: Vec<T::Native> = condition
        .iter()
        .zip(both)
        .map(|(is_one, (&one, &other))| if is_one { one } else { other })
        .collect();
    let valid = |array: &PrimitiveArray<T>| match array.nulls() {
        Some(nulls) => nulls.inner().clone(),
        None => BooleanBuffer::new_set(array.len()),
    };
    let has_nulls = one.null_count() + other.null_count() > 0;
    let nulls = has_nulls.then(|| {
        let of_one = &valid(one) & condition;
        let of_other = &valid(other) & &!condition;
        NullBuffer::new(&of_one | &of_other)
    });
    Arc::new(PrimitiveArray::<T>::new(values.into(), nulls))
}

/// One of the values is the same for all rows.
fn with_literal(
    condition: &BooleanBuffer,
    one: &ColumnarValue,
    other: &ColumnarValue,
) -> Result<ArrayRef> {
    let array = |value: &ColumnarValue| match value {
        ColumnarValue::Array(array) => Ok((Arc::clone(array), 1)),
        ColumnarValue::Scalar(literal) => literal.to_array_of_size(1).map(|array| (array, 0)),
    };
    let ((one, one_step), (other, other_step)) = (array(one)?, array(other)?);
    let places = condition.iter().enumerate();
    let places: Vec<(usize, usize)> = places
        .map(|(row, is_one)| {
            if is_one {
                (0, row * one_step)
            } else {
                (1, row * other_step)
            }
        })
        .collect();
    Ok(interleave(&[&one, &other], &places)?)
}
