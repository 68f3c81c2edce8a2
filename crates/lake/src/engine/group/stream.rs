//! One partition of a grouping at work.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream::{self, StreamExt as _};

use super::rest::RestExec;
use super::table::{Emitted, Groups};
use super::{GroupExec, Stage, anew};

/// One function, and what it is given.
struct Function {
    accumulator: Box<dyn GroupsAccumulator>,
    arguments: Vec<Arc<dyn PhysicalExpr>>,
    filter: Option<Arc<dyn PhysicalExpr>>,
    /// Where its state stands in what the first stage gives.
    state: Range<usize>,
}

/// Whether it is worth while to group in the first stage.
struct Probe {
    rows: usize,
    enough: usize,
    ratio: f64,
}

/// A partition at work.
struct Work {
    stage: Stage,
    partition: usize,
    aggregate: Arc<AggregateExec>,
    others: Arc<Mutex<Vec<Arc<dyn ExecutionPlan>>>>,
    context: Arc<TaskContext>,
    groups: Groups,
    functions: Vec<Function>,
    /// None once nothing is held any more: it would take a share of the memory from others.
    reservation: Option<MemoryReservation>,
    rows: usize,
    probe: Probe,
    phase: Phase,
}

/// What is done next.
enum Phase {
    /// Rows are taken in.
    Reading(SendableRecordBatchStream),
    /// Groups are given, and then more is read, or the end is reached.
    Giving(Box<Emitted>, After),
    /// Each row is passed on as a group of its own.
    Passing(SendableRecordBatchStream),
    /// DataFusion does the rest.
    HandedOver(SendableRecordBatchStream),
    Done,
}

/// What is done once groups are given.
enum After {
    Read(SendableRecordBatchStream),
    Pass(SendableRecordBatchStream),
    End,
}

/// The stream of one partition.
pub(super) fn run(
    group: &GroupExec,
    partition: usize,
    context: Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let schema = group.schema();
    let work = Work::new(group, partition, context)?;
    let batches = stream::unfold(Some(work), |work| async move {
        let mut work = work?;
        match work.next().await {
            Ok(None) => None,
            Ok(Some(batch)) => Some((Ok(batch), Some(work))),
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
}

impl Work {
    fn new(group: &GroupExec, partition: usize, context: Arc<TaskContext>) -> Result<Self> {
        let aggregate = Arc::clone(&group.aggregate);
        let input = aggregate.input().execute(partition, Arc::clone(&context))?;
        let reservation = MemoryConsumer::new(format!("GroupExec[{partition}]"))
            .with_can_spill(true)
            .register(context.memory_pool());
        let options = &context.session_config().options().execution;
        Ok(Self {
            stage: group.stage,
            partition,
            functions: functions(&aggregate)?,
            others: Arc::clone(&group.others),
            groups: Groups::new(group.layout.clone()),
            reservation: Some(reservation),
            rows: options.batch_size.get(),
            probe: Probe {
                rows: 0,
                enough: options.skip_partial_aggregation_probe_rows_threshold,
                ratio: options.skip_partial_aggregation_probe_ratio_threshold,
            },
            phase: Phase::Reading(input),
            aggregate,
            context,
        })
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            match std::mem::replace(&mut self.phase, Phase::Done) {
                Phase::Done => return Ok(None),
                Phase::Reading(mut input) => match input.next().await.transpose()? {
                    Some(batch) => self.read(&batch, input)?,
                    None => self.phase = Phase::Giving(Box::new(self.emit()?), After::End),
                },
                Phase::Giving(mut emitted, after) => {
                    if let Some(batch) = emitted.next(self.rows)? {
                        self.phase = Phase::Giving(emitted, after);
                        return Ok(Some(batch));
                    }
                    self.phase = match after {
                        After::Read(input) => {
                            self.reserve(0)?;
                            Phase::Reading(input)
                        }
                        After::Pass(input) => {
                            self.reservation = None;
                            Phase::Passing(input)
                        }
                        After::End => Phase::Done,
                    };
                }
                Phase::Passing(mut input) => {
                    let Some(batch) = input.next().await.transpose()? else {
                        return Ok(None);
                    };
                    self.phase = Phase::Passing(input);
                    return self.pass(&batch).map(Some);
                }
                Phase::HandedOver(mut other) => {
                    let batch = other.next().await.transpose()?;
                    if batch.is_some() {
                        self.phase = Phase::HandedOver(other);
                    }
                    return Ok(batch);
                }
            }
        }
    }

    /// Takes rows in; where memory runs short, or grouping is of no use, groups go out.
    fn read(&mut self, batch: &RecordBatch, input: SendableRecordBatchStream) -> Result<()> {
        self.take(batch)?;
        if self.is_useless(batch.num_rows()) {
            self.phase = Phase::Giving(Box::new(self.emit()?), After::Pass(input));
            return Ok(());
        }
        self.phase = match self.reserve(self.size()) {
            Ok(()) => Phase::Reading(input),
            Err(DataFusionError::ResourcesExhausted(_)) => match self.stage {
                Stage::Partial => Phase::Giving(Box::new(self.emit()?), After::Read(input)),
                Stage::Final => Phase::HandedOver(self.hand_over(input)?),
            },
            Err(error) => return Err(error),
        };
        Ok(())
    }

    /// Whether most rows were groups of their own so far. It is asked once.
    fn is_useless(&mut self, rows: usize) -> bool {
        let probe = &mut self.probe;
        if self.stage == Stage::Final || probe.rows >= probe.enough {
            return false;
        }
        probe.rows += rows;
        probe.rows >= probe.enough && self.groups.len() as f64 >= probe.ratio * probe.rows as f64
    }

    fn reserve(&self, bytes: usize) -> Result<()> {
        let reservation = self.reservation.as_ref();
        reservation.map_or(Ok(()), |reservation| reservation.try_resize(bytes))
    }

    fn size(&self) -> usize {
        let accumulators = self
            .functions
            .iter()
            .map(|function| function.accumulator.size());
        self.groups.size() + accumulators.sum::<usize>()
    }

    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let keys = evaluate_keys(&self.aggregate, batch)?;
        let (groups, count) = self.groups.find(&keys)?;
        for function in &mut self.functions {
            match self.stage {
                Stage::Partial => {
                    let (arguments, filter) = function.evaluate(batch)?;
                    let filter = filter.as_ref().map(|filter| filter.as_boolean());
                    let accumulator = &mut function.accumulator;
                    accumulator.update_batch(&arguments, groups, filter, count)?;
                }
                Stage::Final => {
                    let state = &batch.columns()[function.state.clone()];
                    function.accumulator.merge_batch(state, groups, count)?;
                }
            }
        }
        Ok(())
    }

    /// Takes all groups out: as results at the end of the second stage, else as what is known of them.
    fn emit(&mut self) -> Result<Emitted> {
        match self.stage {
            Stage::Partial => self.emit_states(self.aggregate.schema()),
            Stage::Final => {
                let values = self.functions.iter_mut();
                let values = values.map(|function| function.accumulator.evaluate(EmitTo::All));
                let values = values.collect::<Result<_>>()?;
                Ok(self.emitted(values, self.aggregate.schema()))
            }
        }
    }

    fn emit_states(&mut self, schema: SchemaRef) -> Result<Emitted> {
        let mut values = Vec::new();
        for function in &mut self.functions {
            values.extend(function.accumulator.state(EmitTo::All)?);
        }
        Ok(self.emitted(values, schema))
    }

    fn emitted(&mut self, values: Vec<ArrayRef>, schema: SchemaRef) -> Emitted {
        Emitted {
            keys: self.groups.take(),
            values,
            schema,
            given: 0,
        }
    }

    /// Rows as groups of their own.
    fn pass(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut columns = evaluate_keys(&self.aggregate, batch)?;
        for function in &self.functions {
            let (arguments, filter) = function.evaluate(batch)?;
            let filter = filter.as_ref().map(|filter| filter.as_boolean());
            columns.extend(function.accumulator.convert_to_state(&arguments, filter)?);
        }
        Ok(RecordBatch::try_new(self.aggregate.schema(), columns)?)
    }

    /// Gives DataFusion's node what is here, and then the rest of the input.
    fn hand_over(&mut self, input: SendableRecordBatchStream) -> Result<SendableRecordBatchStream> {
        let schema = input.schema();
        let emitted = self.emit_states(Arc::clone(&schema))?;
        self.functions.clear();
        self.reservation = None;
        let rows = self.rows;
        let groups = stream::unfold(emitted, move |mut emitted| async move {
            Some((emitted.next(rows).transpose()?, emitted))
        });
        let rest = RecordBatchStreamAdapter::new(schema, groups.chain(input));
        let partitions = self
            .aggregate
            .input()
            .properties()
            .partitioning
            .partition_count();
        let rest: Arc<dyn ExecutionPlan> = Arc::new(RestExec::new(Box::pin(rest), partitions));
        let other = Arc::clone(&self.aggregate).replace_children(vec![rest], anew())?;
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.push(Arc::clone(&other));
        other.execute(self.partition, Arc::clone(&self.context))
    }
}

impl Function {
    /// Its arguments and its filter for these rows.
    fn evaluate(&self, batch: &RecordBatch) -> Result<(Vec<ArrayRef>, Option<ArrayRef>)> {
        let rows = batch.num_rows();
        let of = |expr: &Arc<dyn PhysicalExpr>| expr.evaluate(batch)?.into_array(rows);
        let arguments = self.arguments.iter().map(of).collect::<Result<_>>()?;
        Ok((arguments, self.filter.as_ref().map(of).transpose()?))
    }
}

fn evaluate_keys(aggregate: &AggregateExec, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    let keys = aggregate.group_expr().expr().iter();
    let of = |expr: &Arc<dyn PhysicalExpr>| expr.evaluate(batch)?.into_array(batch.num_rows());
    keys.map(|(expr, _)| of(expr)).collect()
}

fn functions(aggregate: &AggregateExec) -> Result<Vec<Function>> {
    let mut at = aggregate.group_expr().expr().len();
    let filters = aggregate.filter_expr().iter();
    let each = aggregate.aggr_expr().iter().zip(filters);
    each.map(|(function, filter)| {
        let from = at;
        at += function.state_fields()?.len();
        Ok(Function {
            accumulator: function.create_groups_accumulator()?,
            arguments: function.expressions(),
            filter: filter.clone(),
            state: from..at,
        })
    })
    .collect()
}
