//! Objects read one after the other, by one task.

use std::sync::Arc;

use datafusion::arrow::array::{Array as _, BooleanArray, RecordBatch};
use datafusion::arrow::buffer::{Buffer, NullBuffer};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::common::Result;
use futures::stream::{BoxStream, StreamExt as _};

use crate::error::ObjectError;
use crate::inflate::Inflater;
use crate::ledger::{Account, Ledger};
use crate::object::Object;
use crate::pseudonyms::Pseudonyms;
use crate::reader::Reader;
use crate::source::{Content, Fetched, Store, fetched};
use crate::text::ScanSpec;

/// The rows in which all of these columns have a value.
fn only_present(batch: RecordBatch, columns: &[usize]) -> Result<RecordBatch> {
    let nulls = columns.iter().map(|&column| batch.column(column).nulls());
    let all = nulls.fold(None, |all, nulls| NullBuffer::union(all.as_ref(), nulls));
    match all {
        Some(all) if all.null_count() > 0 => {
            let keep = BooleanArray::new(all.into_inner(), None);
            Ok(filter_record_batch(&batch, &keep)?)
        }
        _ => Ok(batch),
    }
}

/// One task at work: every table of the lake has its rows from here.
pub(crate) struct Reading {
    spec: Arc<ScanSpec>,
    ledger: Arc<Ledger>,
    pseudonyms: Option<Arc<Pseudonyms>>,
    fetched: BoxStream<'static, Fetched>,
    current: Option<Object>,
    inflater: Inflater,
    reader: Option<Reader>,
    /// The block that was read last: its memory is used again once no batch holds it any more.
    spare: Buffer,
}

impl Reading {
    /// Of these objects, in their order.
    pub(crate) fn new(
        spec: &Arc<ScanSpec>,
        ledger: &Arc<Ledger>,
        store: &Arc<dyn Store>,
        objects: impl Iterator<Item = Object> + Send + 'static,
    ) -> Self {
        Self {
            spec: Arc::clone(spec),
            ledger: Arc::clone(ledger),
            pseudonyms: None,
            fetched: fetched(objects, Arc::clone(store)),
            current: None,
            inflater: Inflater::new(),
            reader: None,
            spare: Buffer::default(),
        }
    }

    /// With pseudonyms for addresses.
    pub(crate) fn with_pseudonyms(self, pseudonyms: Option<Arc<Pseudonyms>>) -> Self {
        Self { pseudonyms, ..self }
    }

    /// The object of the last batch.
    pub(crate) fn current(&self) -> Option<&Object> {
        self.current.as_ref()
    }

    /// The next batch. `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(mut reader) = self.reader.take() {
                if let Some(batch) = reader.next_batch()? {
                    self.reader = Some(reader);
                    let batch = match &self.pseudonyms {
                        Some(pseudonyms) => pseudonyms.replace(&batch)?,
                        None => batch,
                    };
                    return only_present(batch, &self.spec.present).map(Some);
                }
                let (mut account, block) = reader.finish();
                if self.pseudonyms.is_some() {
                    account.hide_texts();
                }
                self.spare = block;
                self.close(account)?;
            }
            let Some((object, content)) = self.fetched.next().await else {
                return Ok(None);
            };
            match content {
                Ok(content) => self.open(&object, content)?,
                Err(error) => self.fail(&object, error)?,
            }
            self.current = Some(object);
        }
    }

    fn open(&mut self, object: &Object, content: Content) -> Result<()> {
        let spare = std::mem::take(&mut self.spare);
        match Reader::open(&self.spec, object, content, &mut self.inflater, spare) {
            Ok(reader) => self.reader = Some(reader.with_witness(self.ledger.witness())),
            Err(error) => self.fail(object, error)?,
        }
        Ok(())
    }

    fn fail(&self, object: &Object, error: ObjectError) -> Result<()> {
        let mut account = Account::default();
        account.failures.insert(Arc::clone(&object.location), error);
        self.note(object, account)
    }

    /// The current object was read as far as it can be.
    fn close(&self, account: Account) -> Result<()> {
        match &self.current {
            Some(object) => self.note(object, account),
            None => Ok(()),
        }
    }

    fn note(&self, object: &Object, account: Account) -> Result<()> {
        let told = match self.ledger.witness() {
            Some(witness) => account.tell(object, witness.as_ref()),
            None => Ok(()),
        };
        self.ledger.add(account);
        Ok(told?)
    }
}
