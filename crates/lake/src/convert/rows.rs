//! The rows of a part on their way into sorted files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::interleave_record_batch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};

use super::error::at;
use super::journal::{TEMPORARY_END, TEMPORARY_START};
use super::order::order;
use super::part::Part;
use super::partition::Router;
use super::write::{RecordWriter, read_back, writer};
use super::{ConvertError, ConvertSettings, To, Totals};
use crate::object::Object;
use crate::pseudonyms::Pseudonyms;

/// Rows that are brought into order at once.
const CHUNK: usize = 8192;
/// Files that are open at once: records whose times are all over the place would else open one for each day.
const MOST_OPEN: usize = 32;
/// A file is closed, and another one begun, beyond so many bytes.
const MOST_FILE: u64 = 256 * 1024 * 1024;
/// The share of the memory that rows may hold before they are sorted: the rest is for what is read ahead, and for what is encoded.
const SHARE: usize = 3;

/// A file that was written, synced and read back.
#[derive(Debug)]
pub(super) struct Written {
    /// From the output directory on.
    pub(super) path: String,
    /// Where it lies until it is committed.
    pub(super) temporary: PathBuf,
    /// What it holds.
    pub(super) totals: Totals,
    /// Whether the journal may have it: then it is for the journal to tidy up.
    pub(super) is_committed: bool,
}

impl Drop for Written {
    fn drop(&mut self) {
        if !self.is_committed {
            // What cannot be removed is removed by the next run.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A file that is being written.
struct Open {
    writer: Box<dyn RecordWriter>,
    file: Written,
}

/// Rows of one partition that wait to be sorted.
#[derive(Default)]
struct Slot {
    batches: Vec<RecordBatch>,
    rows: usize,
}

/// Takes the rows of a part.
pub(super) struct Rows {
    to: To,
    folder: PathBuf,
    number: u64,
    schema: SchemaRef,
    pseudonyms: Option<Arc<Pseudonyms>>,
    router: Router,
    slots: Vec<Slot>,
    /// Bytes that waiting rows may hold.
    budget: usize,
    held_text: usize,
    row_width: usize,
    open: BTreeMap<usize, Open>,
    files: Vec<Written>,
    names: usize,
    /// Of what was taken.
    totals: Totals,
}

impl Rows {
    pub(super) fn new(
        settings: &ConvertSettings,
        part: &Part,
        number: u64,
        schema: SchemaRef,
    ) -> Result<Self, ConvertError> {
        let folder = fs::canonicalize(&settings.output).map_err(at(&settings.output))?;
        let width = |kind: &DataType| match kind {
            DataType::Int32 => 4,
            DataType::Int64 => 8,
            _ => 16,
        };
        let row_width = schema.fields().iter().map(|field| width(field.data_type()));
        // What is sorted has a key of 32 bytes.
        let row_width = row_width.sum::<usize>() + 32;
        Ok(Self {
            to: settings.to,
            folder,
            number,
            schema,
            pseudonyms: settings.reading.pseudonyms.clone(),
            router: Router::new(part),
            slots: Vec::new(),
            budget: settings.reading.memory / SHARE / settings.reading.partitions.max(1),
            held_text: 0,
            row_width,
            open: BTreeMap::new(),
            files: Vec::new(),
            names: 0,
            totals: Totals::default(),
        })
    }

    /// Takes rows of that object from now on.
    pub(super) fn begin(&mut self, object: &Object) {
        self.router.begin(object);
    }

    /// Takes rows; `text` is how much text was read for them.
    pub(super) fn push(&mut self, batch: &RecordBatch, text: u64) -> Result<(), ConvertError> {
        self.totals += Totals::of(batch);
        let replaced = match &self.pseudonyms {
            Some(pseudonyms) => Some(pseudonyms.replace(batch)?),
            None => None,
        };
        for (number, rows) in self.router.route(replaced.as_ref().unwrap_or(batch))? {
            if self.slots.len() <= number {
                self.slots.resize_with(number + 1, Slot::default);
            }
            let slot = &mut self.slots[number];
            slot.rows += rows.num_rows();
            slot.batches.push(rows);
        }
        self.held_text += usize::try_from(text).unwrap_or(usize::MAX / 2);
        if self.held_rows() * self.row_width + self.held_text > self.budget {
            self.make_room()?;
        }
        Ok(())
    }

    fn held_rows(&self) -> usize {
        self.slots.iter().map(|slot| slot.rows).sum()
    }

    /// Writes the partitions that hold most: the few rows of a neighbouring day wait for more.
    fn make_room(&mut self) -> Result<(), ConvertError> {
        let all = self.held_rows();
        let mut by_rows: Vec<usize> = (0..self.slots.len()).collect();
        by_rows.sort_by_key(|&number| std::cmp::Reverse(self.slots[number].rows));
        for number in by_rows {
            if self.held_rows() <= all / 4 {
                break;
            }
            self.flush(number)?;
        }
        self.held_text = self.held_text / all.max(1) * self.held_rows();
        Ok(())
    }

    /// Sorts and writes the rows of a partition that wait: in Parquet, a row group.
    fn flush(&mut self, number: usize) -> Result<(), ConvertError> {
        let slot = std::mem::take(&mut self.slots[number]);
        if slot.rows == 0 {
            return Ok(());
        }
        let order = order(&slot.batches);
        let batches: Vec<&RecordBatch> = slot.batches.iter().collect();
        if !self.open.contains_key(&number) {
            self.begin_file(number)?;
        }
        let Some(open) = self.open.get_mut(&number) else {
            return Ok(());
        };
        for places in order.chunks(CHUNK) {
            let rows = interleave_record_batch(&batches, places)?;
            open.writer.write(&rows)?;
        }
        open.writer.end_run()?;
        if open.writer.size() > MOST_FILE {
            self.close(number)?;
        }
        Ok(())
    }

    fn begin_file(&mut self, number: usize) -> Result<(), ConvertError> {
        if self.open.len() >= MOST_OPEN
            && let Some(&first) = self.open.keys().next()
        {
            self.close(first)?;
        }
        let partition = self.router.partition(number).folder();
        let name = format!("{:06}-{}.{}", self.number, self.names, self.to.ending());
        self.names += 1;
        let folder = self.folder.join(&partition);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let temporary = folder.join(format!("{TEMPORARY_START}{name}{TEMPORARY_END}"));
        let writer = writer(self.to, &self.schema, &temporary)?;
        let file = Written {
            path: format!("{partition}/{name}"),
            temporary,
            totals: Totals::default(),
            is_committed: false,
        };
        self.open.insert(number, Open { writer, file });
        Ok(())
    }

    /// Finishes a file, and reads it back.
    fn close(&mut self, number: usize) -> Result<(), ConvertError> {
        let Some(Open { writer, mut file }) = self.open.remove(&number) else {
            return Ok(());
        };
        writer.finish()?;
        file.totals = read_back(self.to, &self.schema, Path::new(&file.temporary))?;
        self.files.push(file);
        Ok(())
    }

    /// Writes what is left. The files together hold what was taken, seen by reading them.
    pub(super) fn finish(mut self) -> Result<(Vec<Written>, Totals), ConvertError> {
        for number in 0..self.slots.len() {
            self.flush(number)?;
        }
        for number in self.open.keys().copied().collect::<Vec<_>>() {
            self.close(number)?;
        }
        let mut found = Totals::default();
        for file in &self.files {
            found += file.totals;
        }
        if found != self.totals {
            let files: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
            return Err(ConvertError::Differs {
                read: self.totals,
                found,
                files: files.join(", "),
            });
        }
        Ok((self.files, found))
    }
}
