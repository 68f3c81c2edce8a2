//! The scan of flows, as a node of a plan.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
};
use futures::stream;
use tokio::sync::Mutex as TaskMutex;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::task::JoinSet;

use super::columns::FlowBatches;
use super::exchange::{Gone, Outlet, Work, start};
use super::fold::Closed;
use super::points::Points;
use crate::leaf::without_inputs;

/// Reads objects and folds their records. Any partition may give any flow.
#[derive(Debug)]
pub(crate) struct FlowScan {
    schema: SchemaRef,
    work: Arc<Work>,
    properties: Arc<PlanProperties>,
    /// Set by the first partition that is asked for.
    running: Mutex<Option<Arc<Running>>>,
    /// Which partitions have been asked for.
    executed: Mutex<BTreeSet<usize>>,
}

/// Readers and folders at work, shared by all partitions.
#[derive(Debug)]
struct Running {
    taken: TaskMutex<Receiver<Result<RecordBatch>>>,
    tasks: TaskMutex<JoinSet<()>>,
}

/// Gives flows as rows, in full batches.
struct Rows {
    batches: FlowBatches,
    rows: usize,
}

impl Outlet for Rows {
    type Item = RecordBatch;

    async fn take(
        &mut self,
        closed: &mut Vec<Closed>,
        last: bool,
        given: &Sender<Result<RecordBatch>>,
    ) -> Result<(), Gone> {
        let count = closed.len();
        let whole = if last {
            count
        } else {
            count / self.rows * self.rows
        };
        let flows: Vec<Closed> = closed.drain(..whole).collect();
        for flows in flows.chunks(self.rows) {
            let batch = self.batches.batch(flows).map_err(DataFusionError::from);
            given.send(batch).await.map_err(|_| Gone)?;
        }
        Ok(())
    }
}

impl FlowScan {
    pub(crate) fn new(schema: SchemaRef, work: Arc<Work>, partitions: usize) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions.max(1)),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            schema,
            work,
            properties: Arc::new(properties),
            running: Mutex::new(None),
            executed: Mutex::default(),
        }
    }

    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    pub(crate) fn partitions(&self) -> usize {
        self.properties.partitioning.partition_count()
    }

    /// Who is at work; begins the work if nobody is.
    fn running(&self, context: &TaskContext) -> Arc<Running> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = || {
            let points = Arc::new(Points::default());
            let outlet = || Rows {
                batches: FlowBatches::new(&self.schema, &points),
                rows: self.work.spec.batch_rows,
            };
            let pool = context.memory_pool();
            let (taken, tasks) = start(&self.work, self.partitions(), &points, outlet, &None, pool);
            Arc::new(Running {
                taken: TaskMutex::new(taken),
                tasks: TaskMutex::new(tasks),
            })
        };
        Arc::clone(running.get_or_insert_with(begin))
    }
}

impl Running {
    /// The next batch, whoever asks. At the end, whether all came to their end: one that panicked would leave rows out without a word.
    async fn next(&self) -> Option<Result<RecordBatch>> {
        if let Some(batch) = self.taken.lock().await.recv().await {
            return Some(batch);
        }
        while let Some(end) = self.tasks.lock().await.join_next().await {
            if let Err(error) = end {
                return Some(Err(DataFusionError::External(Box::new(error))));
            }
        }
        None
    }
}

impl DisplayAs for FlowScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |schema: &SchemaRef| -> String {
            let names = schema.fields().iter().map(|field| field.name().as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        write!(
            f,
            "FlowScan: objects={}, columns=[{}], of records=[{}], idle={}",
            self.work.objects.len(),
            names(&self.schema),
            names(&self.work.spec.schema),
            self.work.settings.idle,
        )?;
        match &self.work.spec.needles {
            Some(needles) => write!(f, ", only lines with one of {needles:?}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for FlowScan {
    fn name(&self) -> &'static str {
        "FlowScan"
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    without_inputs!();

    /// The same, to be run again.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        let (schema, work) = (Arc::clone(&self.schema), Arc::clone(&self.work));
        Ok(Arc::new(Self::new(schema, work, self.partitions())))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition >= self.partitions() {
            return internal_err!("the scan has no partition {partition}");
        }
        let mut executed = self.executed.lock().unwrap_or_else(PoisonError::into_inner);
        if !executed.insert(partition) {
            // Its flows went to whoever asked first: giving none would be an answer, and a wrong one.
            return internal_err!("partition {partition} of a scan of flows was executed before");
        }
        drop(executed);
        let running = self.running(&context);
        let batches = stream::unfold(running, |running| async move {
            let batch = running.next().await?;
            Some((batch, running))
        });
        let schema = Arc::clone(&self.schema);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}
