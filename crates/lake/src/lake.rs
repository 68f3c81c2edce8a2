//! A set of objects as tables, and the queries on them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::parquet::errors::ParquetError;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext};
use flowcover_detect::Engine;
use flowcover_record::header::header_of;
use flowcover_record::{FileFormat, LogFormat};
use futures::stream::{self, StreamExt as _};

use crate::cidr::in_cidr;
use crate::columns::schema_of;
use crate::engine::session;
use crate::flows::{Conversation, FlowSettings, Flows, Interfaces, Judged, converse, judge};
use crate::inflate::Pieces;
use crate::ledger::{Account, Ledger};
use crate::memory::SplitPool;
use crate::object::Object;
use crate::parquet;
use crate::provider::Records;
use crate::pseudonyms::Pseudonyms;
use crate::source::Store;
use crate::span::Span;
use crate::sql::with_end_quoted;
use crate::witness::Witness;

/// How much of an object is read to see its header line, packed.
const HEAD: usize = 16 * 1024;
/// Objects of one flow log that are tried, one after the other, until one tells its format.
const TRIED: usize = 8;
/// Objects looked at at once.
const LOOKED_AT: usize = 16;

/// How queries are run.
#[derive(Debug, Clone)]
pub struct LakeSettings {
    /// Tasks that work side by side.
    pub partitions: usize,
    /// Bytes that grouping and sorting may hold before they go to disk.
    pub memory: usize,
    /// The most bytes of text that one object may unpack to.
    pub most_object_bytes: u64,
    /// The format of objects without a header line.
    pub format: Option<LogFormat>,
    /// How records are folded into flows.
    pub flows: FlowSettings,
    /// Formats that objects are known to have beside those that their header lines show.
    pub formats: Vec<LogFormat>,
    /// Records of this time only; none: all.
    pub span: Option<Span>,
    /// What replaces addresses, if they must not be seen.
    pub pseudonyms: Option<Arc<Pseudonyms>>,
    /// Who is told what happens while objects are read.
    pub witness: Option<Arc<dyn Witness>>,
}

impl Default for LakeSettings {
    fn default() -> Self {
        Self {
            partitions: std::thread::available_parallelism().map_or(1, usize::from),
            memory: 512 * 1024 * 1024,
            most_object_bytes: 8 * 1024 * 1024 * 1024,
            format: None,
            flows: FlowSettings::default(),
            formats: Vec::new(),
            span: None,
            pseudonyms: None,
            witness: None,
        }
    }
}

/// Objects, ready to be asked.
pub struct Lake {
    context: SessionContext,
    ledger: Arc<Ledger>,
    formats: Vec<LogFormat>,
    schema: SchemaRef,
    store: Arc<dyn Store>,
    flows: Arc<Flows>,
    partitions: usize,
    /// Of the last query.
    plan: Mutex<Option<Arc<dyn ExecutionPlan>>>,
}

/// What the operators of a plan have put to disk.
fn spilled_bytes(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    let own = plan.metrics().and_then(|metrics| metrics.spilled_bytes());
    let below: u64 = plan.children().into_iter().map(spilled_bytes).sum();
    own.unwrap_or(0) as u64 + below
}

impl Lake {
    /// Looks at the objects, so far as it must to know their columns: one of each flow log, since a flow log cannot change its
    /// format, and each whose name says no flow log.
    ///
    /// # Errors
    /// If the engine cannot be set up.
    pub async fn open(
        objects: Vec<Object>,
        store: Arc<dyn Store>,
        settings: &LakeSettings,
    ) -> Result<Self, DataFusionError> {
        let ledger = Arc::new(Ledger::new(settings.witness.clone()));
        let formats = formats_of(&objects, &store, settings).await;
        let schema: SchemaRef = schema_of(&formats);
        let context = context(settings)?;
        let records = Records::new(
            Arc::clone(&schema),
            objects,
            Arc::clone(&store),
            Arc::clone(&ledger),
            settings.format.clone(),
            settings.most_object_bytes,
        )
        .with_pseudonyms(settings.pseudonyms.clone());
        let records = Arc::new(records);
        let flows = Flows::new(Arc::clone(&records), settings.flows, settings.span);
        let flows = Arc::new(flows);
        let records: Arc<dyn TableProvider> = match settings.span {
            Some(span) => span.only(&context, records)?,
            None => records,
        };
        context.register_table("records", records)?;
        let table: Arc<dyn TableProvider> = Arc::<Flows>::clone(&flows);
        context.register_table("flows", table)?;
        Ok(Self {
            context,
            ledger,
            formats,
            schema,
            store,
            flows,
            partitions: settings.partitions,
            plan: Mutex::new(None),
        })
    }

    /// The formats that were found, each once.
    #[must_use]
    pub fn formats(&self) -> &[LogFormat] {
        &self.formats
    }

    /// Whether objects were left unread: a query ends when its answer is complete, as with LIMIT. Where the same objects were read more than
    /// once, or one only in part, this can be missed; it is never claimed wrongly.
    #[must_use]
    pub fn left_some_unread(&self) -> bool {
        let account = self.account();
        account.objects + (account.failures.len() as u64) < self.flows.objects() as u64
    }

    /// The columns of `records`.
    pub(crate) const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Those of the columns that `records` has not.
    #[must_use]
    pub fn lacking<'c>(&self, columns: &[&'c str]) -> Vec<&'c str> {
        let there = |column: &str| self.schema.field_with_name(column).is_ok();
        columns
            .iter()
            .copied()
            .filter(|column| !there(column))
            .collect()
    }

    /// Asks. Only queries: nothing can be written, made or dropped.
    ///
    /// # Errors
    /// If the text is no query, or names what does not exist.
    pub async fn query(&self, sql: &str) -> Result<SendableRecordBatchStream, DataFusionError> {
        let (plan, context) = self.planned(sql).await?;
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&plan));
        execute_stream(plan, context)
    }

    /// The plan of a query, and what it is to be executed in.
    pub(crate) async fn planned(
        &self,
        sql: &str,
    ) -> Result<(Arc<dyn ExecutionPlan>, Arc<TaskContext>), DataFusionError> {
        use datafusion::execution::context::SQLOptions;
        let only_queries = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let sql = with_end_quoted(sql);
        let frame = self.context.sql_with_options(&sql, only_queries).await?;
        let context = Arc::new(frame.task_ctx());
        Ok((frame.create_physical_plan().await?, context))
    }

    /// Shows every flow, once, to detections: `engine` makes one engine of so many that work side by side.
    ///
    /// # Errors
    /// If the records have no addresses, ports, protocol or times, or the reading was stopped.
    pub async fn judge(&self, engine: impl Fn(usize) -> Engine) -> Result<Judged, DataFusionError> {
        let runtime = self.context.runtime_env();
        judge(
            &self.flows,
            self.partitions.max(1),
            engine,
            &runtime.memory_pool,
        )
        .await
    }

    /// Hands over every flow, once, taken together by its ends and in no order, until `take` breaks.
    ///
    /// # Errors
    /// If the records have no addresses, ports, protocol or times, or the reading was stopped.
    pub async fn conversations(
        &self,
        take: impl FnMut(&[Conversation], &Interfaces) -> ControlFlow<()>,
    ) -> Result<(), DataFusionError> {
        let pool = &self.context.runtime_env().memory_pool;
        converse(&self.flows, self.partitions.max(1), pool, take).await
    }

    /// Bytes that the last query has put to disk so far, for want of memory.
    #[must_use]
    pub fn spilled_bytes(&self) -> u64 {
        let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.as_ref().map_or(0, spilled_bytes)
    }

    /// What there is to say of the reading so far: [`Store::remarks`].
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.store.remarks()
    }

    /// What was read so far.
    #[must_use]
    pub fn account(&self) -> Account {
        self.ledger.account()
    }
}

fn context(settings: &LakeSettings) -> Result<SessionContext, DataFusionError> {
    let config = SessionConfig::new()
        .with_target_partitions(settings.partitions)
        .with_information_schema(false)
        .with_collect_statistics(false);
    let pool = SplitPool::new(settings.memory);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .build_arc()?;
    let context = session(config, runtime);
    context.register_udf(in_cidr());
    Ok(context)
}

/// The formats of the objects, in their order, each once: one object of each flow log is looked at, and each that names none.
pub(crate) async fn formats_of(
    objects: &[Object],
    store: &Arc<dyn Store>,
    settings: &LakeSettings,
) -> Vec<LogFormat> {
    let mut by_flow_log: BTreeMap<&str, usize> = BTreeMap::new();
    let mut samples: Vec<Vec<&Object>> = Vec::new();
    for object in objects {
        let sample = object.flow_log_id().map(|id| by_flow_log.entry(id));
        match sample {
            Some(Entry::Occupied(sample)) => {
                let sample = &mut samples[*sample.get()];
                if sample.len() < TRIED {
                    sample.push(object);
                }
                continue;
            }
            Some(Entry::Vacant(place)) => {
                place.insert(samples.len());
            }
            None => {}
        }
        samples.push(vec![object]);
    }
    let found: Vec<Option<LogFormat>> = stream::iter(samples)
        .map(|sample| look_at_one(sample, store))
        .buffered(LOOKED_AT)
        .collect()
        .await;
    let mut formats: Vec<LogFormat> = Vec::new();
    let told = settings.formats.iter().chain(&settings.format).cloned();
    for format in found.into_iter().flatten().chain(told) {
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    formats
}

/// The format of the first object that tells it: some may not be readable.
async fn look_at_one(objects: Vec<&Object>, store: &Arc<dyn Store>) -> Option<LogFormat> {
    for object in objects {
        let format = look(object, store).await;
        if format.is_some() {
            return format;
        }
    }
    None
}

/// The format of an object. `None`: it says none, or cannot be read, which is said when it is read.
async fn look(object: &Object, store: &Arc<dyn Store>) -> Option<LogFormat> {
    if object.format() == FileFormat::PlainText {
        return first_line(store.head(object, HEAD).await.ok()?);
    }
    let mut most = parquet::TAIL;
    loop {
        let tail = Bytes::from(store.tail(object, most).await.ok()?);
        match parquet::schema_of_tail(&tail, object.size) {
            Ok(schema) => return parquet::format_of(&schema),
            Err(ParquetError::NeedMoreData(needed)) if needed > most => most = needed,
            Err(_) => return None,
        }
    }
}

/// The format that the first line names.
fn first_line(bytes: Vec<u8>) -> Option<LogFormat> {
    let (piece, _) = Pieces::new(Cursor::new(bytes), u64::MAX).next();
    let text = piece?;
    let end = memchr::memchr(b'\n', &text).unwrap_or(text.len());
    header_of(&text[..end])
}
