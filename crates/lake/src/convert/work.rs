//! One part at work: read, sort, write, verify.

use std::sync::Arc;

use datafusion::arrow::buffer::Buffer;
use flowcover_record::LogFormat;
use futures::StreamExt as _;

use super::part::Part;
use super::partition::PARTITION_COLUMNS;
use super::rows::{Rows, Written};
use super::{ConvertError, ConvertSettings, Totals};
use crate::columns::schema_of;
use crate::inflate::Inflater;
use crate::lake::formats_of;
use crate::ledger::Account;
use crate::object::Object;
use crate::reader::Reader;
use crate::source::{Content, Store, fetched};
use crate::text::ScanSpec;
use crate::witness::{Stopped, Witness};

/// Rows that are read at once.
const BATCH_ROWS: usize = 8192;
/// A part is begun anew where an object has columns that nobody knew of. Every time some are known more.
const ATTEMPTS: usize = 8;

/// An input that was read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) location: Arc<str>,
    pub(super) size: u64,
    pub(super) account: Account,
}

impl Input {
    /// Why not all of it was converted.
    pub(super) fn failure(&self) -> Option<String> {
        let failure = self.account.failures.values().next();
        let malformed = self.account.counts.malformed;
        failure.map(ToString::to_string).or_else(|| {
            (malformed > 0).then(|| format!("{malformed} lines are no records of their format"))
        })
    }
}

/// A part that was converted. Its files have temporary names, and go away with it unless they were given others.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) inputs: Vec<Input>,
    pub(super) files: Vec<Written>,
    pub(super) totals: Totals,
}

/// Converts one part.
pub(super) struct Worker<'w> {
    settings: &'w ConvertSettings,
    store: &'w Arc<dyn Store>,
    part: &'w Part,
    number: u64,
}

impl<'w> Worker<'w> {
    pub(super) fn new(
        settings: &'w ConvertSettings,
        store: &'w Arc<dyn Store>,
        part: &'w Part,
        number: u64,
    ) -> Self {
        Self {
            settings,
            store,
            part,
            number,
        }
    }

    pub(super) async fn run(&self) -> Result<Finished, ConvertError> {
        let reading = &self.settings.reading;
        let mut formats = formats_of(&self.part.objects, self.store, reading).await;
        for number in 0..ATTEMPTS {
            let finished = self.attempt(&formats, number == 0).await?;
            let inputs = finished.inputs.iter();
            let beyond: Vec<LogFormat> = inputs
                .flat_map(|input| input.account.beyond.iter().cloned())
                .collect();
            if beyond.is_empty() {
                return Ok(finished);
            }
            formats.extend(beyond);
        }
        let why = "the columns of the inputs change while they are read";
        Err(ConvertError::Worker(why.to_owned()))
    }

    /// Converts with the columns of these formats. Each object is told of once, in the first attempt; lines in every one, for more
    /// columns may show more faults.
    async fn attempt(
        &self,
        formats: &[LogFormat],
        is_first: bool,
    ) -> Result<Finished, ConvertError> {
        let reading = &self.settings.reading;
        let schema = schema_of(formats);
        for name in PARTITION_COLUMNS {
            if schema.field_with_name(name).is_ok() {
                return Err(ConvertError::Collides(name.to_owned()));
            }
        }
        let spec = Arc::new(ScanSpec {
            schema: Arc::clone(&schema),
            needles: None,
            present: Vec::new(),
            bounds: Vec::new(),
            format: reading.format.clone(),
            batch_rows: BATCH_ROWS,
            most_bytes: reading.most_object_bytes,
        });
        let mut rows = Rows::new(self.settings, self.part, self.number, schema)?;
        let objects = self.part.objects.clone().into_iter();
        let mut fetched = fetched(objects, Arc::clone(self.store));
        let mut inflater = Inflater::new();
        let mut inputs = Vec::new();
        while let Some((object, content)) = fetched.next().await {
            let mut account = match content {
                Ok(content) => {
                    let witness = reading.witness.as_ref();
                    read(&spec, &object, content, &mut inflater, &mut rows, witness)?
                }
                Err(error) => {
                    let mut account = Account::default();
                    account.failures.insert(Arc::clone(&object.location), error);
                    account
                }
            };
            if let Some(witness) = reading.witness.as_ref().filter(|_| is_first) {
                account.tell(&object, witness.as_ref())?;
            }
            if reading.pseudonyms.is_some() {
                account.hide_texts();
            }
            inputs.push(Input {
                location: Arc::clone(&object.location),
                size: object.size,
                account,
            });
        }
        let (files, totals) = rows.finish()?;
        Ok(Finished {
            inputs,
            files,
            totals,
        })
    }
}

fn read(
    spec: &Arc<ScanSpec>,
    object: &Object,
    content: Content,
    inflater: &mut Inflater,
    rows: &mut Rows,
    witness: Option<&Arc<dyn Witness>>,
) -> Result<Account, ConvertError> {
    // Rows are held until they are sorted, and the text with them: no block is free to be used again.
    let mut reader = match Reader::open(spec, object, content, inflater, Buffer::default()) {
        Ok(reader) => reader.with_witness(witness),
        Err(error) => {
            let mut account = Account::default();
            account.failures.insert(Arc::clone(&object.location), error);
            return Ok(account);
        }
    };
    rows.begin(object);
    let mut text = 0;
    while let Some(batch) = reader.next_batch().map_err(from_engine)? {
        let now = reader.bytes_text();
        rows.push(&batch, now - text)?;
        text = now;
    }
    let (account, _) = reader.finish();
    Ok(account)
}

fn from_engine(error: datafusion::error::DataFusionError) -> ConvertError {
    if Stopped::is_behind(&error) {
        return Stopped.into();
    }
    ConvertError::Worker(error.strip_backtrace())
}
