//! Grouping by several columns of which some are texts, with little memory.
//!
//! DataFusion keeps the texts of each group. Addresses are few and their pairs many: here a text is a number in a dictionary, and the
//! key of a group is one number put together of those. What is counted and summed is left to DataFusion's accumulators.
//!
//! A [`GroupExec`] is DataFusion's node, carried out otherwise: it has its schema, its inputs and its properties, and whoever asks for a
//! DataFusion node is given that. Where memory runs short, the first of two stages passes on what it has, and the second one hands
//! over to DataFusion's, which goes to disk.

mod dictionary;
mod rest;
mod stream;
mod table;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{
    Transformed, TransformedResult as _, TreeNode, TreeNodeRecursion,
};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, InputOrderMode,
    PlanProperties,
};

use table::Layout;

/// Puts [`GroupExec`] in the place of DataFusion's node where it fits.
#[derive(Debug)]
pub(super) struct GroupByNumbers;

impl PhysicalOptimizerRule for GroupByNumbers {
    fn name(&self) -> &'static str {
        "group_by_numbers"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let replaced = plan.transform_up(|node| {
            let group = (node.name() != GroupExec::NAME)
                .then(|| node.downcast_ref::<AggregateExec>())
                .flatten()
                .and_then(GroupExec::of);
            Ok(match group {
                Some(group) => Transformed::yes(Arc::new(group) as Arc<dyn ExecutionPlan>),
                None => Transformed::no(node),
            })
        });
        replaced.data()
    }
}

/// Which of the two stages a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Takes rows, gives what is known of each group so far.
    Partial,
    /// Takes that, gives results.
    Final,
}

/// DataFusion's node, carried out otherwise.
#[derive(Debug)]
pub(super) struct GroupExec {
    aggregate: Arc<AggregateExec>,
    stage: Stage,
    layout: Layout,
    /// What was handed over to.
    others: Arc<Mutex<Vec<Arc<dyn ExecutionPlan>>>>,
}

impl GroupExec {
    const NAME: &'static str = "GroupExec";

    /// That does what `aggregate` does, if it can.
    fn of(aggregate: &AggregateExec) -> Option<Self> {
        let stage = match aggregate.mode() {
            AggregateMode::Partial => Stage::Partial,
            AggregateMode::Final | AggregateMode::FinalPartitioned => Stage::Final,
            _ => return None,
        };
        let group_by = aggregate.group_expr();
        let is_plain = group_by.is_single()
            && !group_by.has_grouping_set()
            && *aggregate.input_order_mode() == InputOrderMode::Linear
            && aggregate.limit_options().is_none()
            && aggregate.dynamic_expressions_produced().is_empty();
        let functions = aggregate.aggr_expr();
        let are_plain = functions.iter().all(|function| {
            function.groups_accumulator_supported() && function.order_bys().is_empty()
        });
        if !is_plain || !are_plain {
            return None;
        }
        let keys = group_by.group_schema(&aggregate.input().schema()).ok()?;
        let kinds = keys.fields().iter().map(|field| field.data_type());
        Some(Self {
            layout: Layout::of(kinds)?,
            stage,
            aggregate: Arc::new(aggregate.clone()),
            others: Arc::default(),
        })
    }
}

impl DisplayAs for GroupExec {
    fn fmt_as(&self, form: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupExec: ")?;
        self.aggregate.fmt_as(form, f)
    }
}

impl ExecutionPlan for GroupExec {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn downcast_delegate(&self) -> Option<&dyn ExecutionPlan> {
        Some(self.aggregate.as_ref())
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.aggregate.properties()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        self.aggregate.input_distribution_requirements()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.aggregate.children()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.aggregate.apply_expressions(visit)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let aggregate = Arc::clone(&self.aggregate);
        let aggregate = aggregate.replace_children(children, options)?;
        Ok(again(aggregate))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, anew())
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition >= self.properties().partitioning.partition_count() {
            return internal_err!("the grouping has no partition {partition}");
        }
        stream::run(self, partition, context)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = MetricsSet::new();
        for metrics in others.iter().filter_map(|plan| plan.metrics()) {
            metrics
                .iter()
                .for_each(|metric| all.push(Arc::clone(metric)));
        }
        Some(all)
    }
}

/// The properties of a node are worked out anew from those of its inputs.
fn anew() -> ReplaceChildrenOptions {
    ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute)
}

/// Of the node with other inputs.
fn again(aggregate: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match aggregate
        .downcast_ref::<AggregateExec>()
        .and_then(GroupExec::of)
    {
        Some(group) => Arc::new(group),
        None => aggregate,
    }
}
