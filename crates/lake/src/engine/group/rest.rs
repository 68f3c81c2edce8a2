//! What is left of an input, as a node that another node can read.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
};

use crate::leaf::without_inputs;

/// Gives a stream to the first who asks, whichever partition is asked for.
pub(super) struct RestExec {
    properties: Arc<PlanProperties>,
    rest: Mutex<Option<SendableRecordBatchStream>>,
}

impl RestExec {
    /// One of so many partitions.
    pub(super) fn new(rest: SendableRecordBatchStream, partitions: usize) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(rest.schema()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            properties: Arc::new(properties),
            rest: Mutex::new(Some(rest)),
        }
    }
}

impl fmt::Debug for RestExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RestExec")
    }
}

impl DisplayAs for RestExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RestExec")
    }
}

impl ExecutionPlan for RestExec {
    fn name(&self) -> &'static str {
        "RestExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    without_inputs!();

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rest = self
            .rest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match rest {
            Some(rest) => Ok(rest),
            None => internal_err!("the rest of an input was read before"),
        }
    }
}
