//! Objects read one after the other, by one task.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::buffer::Buffer;
use datafusion::common::Result;
use flowcover_record::FileFormat;
use futures::stream::{BoxStream, StreamExt as _};

use crate::error::ObjectError;
use crate::inflate::Inflater;
use crate::ledger::{Account, Ledger};
use crate::object::Object;
use crate::parquet::{Input, ParquetReader};
use crate::source::{Content, Fetched, Store, fetched};
use crate::text::{ObjectReader, ScanSpec};

/// One task at work: every table of the lake has its rows from here.
pub(crate) struct Reading {
    spec: Arc<ScanSpec>,
    ledger: Arc<Ledger>,
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
            fetched: fetched(objects, Arc::clone(store)),
            current: None,
            inflater: Inflater::new(),
            reader: None,
            spare: Buffer::default(),
        }
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
                    return Ok(Some(batch));
                }
                let (account, block) = reader.finish();
                self.ledger.add(account);
                self.spare = block;
            }
            let Some((object, content)) = self.fetched.next().await else {
                return Ok(None);
            };
            match content {
                Ok(content) => self.open(&object, content),
                Err(error) => self.fail(&object, error),
            }
            self.current = Some(object);
        }
    }

    fn open(&mut self, object: &Object, content: Content) {
        let (spec, location) = (&self.spec, &object.location);
        self.reader = Some(if object.format() == FileFormat::Parquet {
            match input(content) {
                Ok(input) => {
                    let reader = ParquetReader::new(spec, location, object.size, input);
                    Reader::Parquet(Box::new(reader))
                }
                Err(error) => return self.fail(object, error),
            }
        } else {
            let spare = std::mem::take(&mut self.spare)
                .into_vec()
                .unwrap_or_default();
            let reader = ObjectReader::new(spec, location, content, &mut self.inflater, spare);
            Reader::Text(Box::new(reader))
        });
    }

    fn fail(&self, object: &Object, error: ObjectError) {
        let mut account = Account::default();
        account.failures.insert(Arc::clone(&object.location), error);
        self.ledger.add(account);
    }
}

/// Parquet is not read from front to back: what comes as a stream is read into memory first.
fn input(content: Content) -> Result<Input, ObjectError> {
    Ok(match content {
        Content::Whole(bytes) => Input::Memory(bytes.into()),
        Content::File(file) => Input::File(file),
        Content::Stream(_) => {
            let message = "a stream is no Parquet file".to_owned();
            return Err(ObjectError::Parquet(message));
        }
    })
}

/// What reads an object, by its format.
enum Reader {
    Text(Box<ObjectReader>),
    Parquet(Box<ParquetReader>),
}

impl Reader {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        match self {
            Self::Text(reader) => Ok(reader.next_batch()?),
            Self::Parquet(reader) => Ok(reader.next_batch()),
        }
    }

    /// What was read, and a block whose memory can be used again.
    fn finish(self) -> (Account, Buffer) {
        match self {
            Self::Text(reader) => reader.finish(),
            Self::Parquet(reader) => (reader.finish(), Buffer::default()),
        }
    }
}
