//! The records of one text object, batch by batch.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::error::ArrowError;
use flowcover_record::header::{header_of, repeated_header};
use flowcover_record::lines::alike;
use flowcover_record::split::{Span, Split};
use flowcover_record::{LogFormat, LogStatus, Malformed, Record};
use memchr::memmem::Finder;

use super::blocks::{Block, Blocks};
use super::builder::BatchBuilder;
use super::layout::{Layout, ScanSpec};
use crate::error::ObjectError;
use crate::inflate::Inflater;
use crate::ledger::Account;
use crate::source::Content;
use crate::witness::{Stopped, Witness};

/// Lines that are cut before their columns are filled: few enough for the processor's cache.
const LINES_AT_ONCE: usize = 1024;

/// Reads one object.
pub(crate) struct ObjectReader {
    spec: Arc<ScanSpec>,
    location: Arc<str>,
    blocks: Blocks,
    layout: Option<Arc<Layout>>,
    needles: Option<Needles>,
    split: Split,
    batch: BatchBuilder,
    block: Buffer,
    /// Where in the block the next line begins.
    at: usize,
    /// Its number in the object, from 1.
    line: u64,
    account: Account,
    witness: Option<Arc<dyn Witness>>,
    /// Why no more is read.
    stopped: Option<Stopped>,
}

/// How needles are looked for: each by itself, or all at once.
enum Needles {
    One(Box<Finder<'static>>),
    Many(aho_corasick::AhoCorasick),
}

impl Needles {
    fn new(spec: &ScanSpec) -> Option<Self> {
        let texts = spec.needles.as_ref()?;
        match texts.iter().next() {
            Some(only) if texts.len() == 1 => Some(Self::One(Box::new(
                Finder::new(only.as_bytes()).into_owned(),
            ))),
            Some(_) => aho_corasick::AhoCorasick::new(texts).ok().map(Self::Many),
            None => None,
        }
    }

    fn find(&self, text: &[u8]) -> Option<usize> {
        match self {
            Self::One(finder) => finder.find(text),
            Self::Many(finder) => finder.find(text).map(|found| found.start()),
        }
    }
}

impl ObjectReader {
    /// Of the bytes as they lie there. `spare` is a buffer to use again.
    pub(crate) fn new(
        spec: &Arc<ScanSpec>,
        location: &Arc<str>,
        content: Content,
        inflater: &mut Inflater,
        spare: Vec<u8>,
    ) -> Self {
        let account = Account {
            objects: 1,
            bytes_stored: match &content {
                Content::Whole(bytes) => bytes.len() as u64,
                Content::File(file) => file.metadata().map_or(0, |about| about.len()),
                Content::Stream(_) => 0,
            },
            ..Account::default()
        };
        Self {
            spec: Arc::clone(spec),
            location: Arc::clone(location),
            blocks: Blocks::new(content, spec.most_bytes, inflater, spare),
            layout: None,
            needles: Needles::new(spec),
            split: Split::new(1),
            batch: BatchBuilder::new(Arc::clone(&spec.schema), &spec.kinds()),
            block: Buffer::default(),
            at: 0,
            line: 1,
            account,
            witness: None,
            stopped: None,
        }
    }

    /// Tells of lines that are no records.
    pub(crate) fn with_witness(self, witness: Option<Arc<dyn Witness>>) -> Self {
        Self { witness, ..self }
    }

    /// What was read, and the last block, to use its memory again.
    pub(crate) fn finish(self) -> (Account, Buffer) {
        (self.account, self.block)
    }

    /// Bytes of text that were read so far.
    pub(crate) fn bytes_text(&self) -> u64 {
        self.account.bytes_text
    }

    /// The next batch. `None` at the end.
    pub(crate) fn next_batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        loop {
            if let Some(stopped) = self.stopped {
                return Err(stopped.into());
            }
            let is_full = self.batch.rows() >= self.spec.batch_rows;
            let is_done = self.at >= self.block.len();
            if self.batch.rows() > 0 && (is_full || is_done) {
                return self.batch.finish().map(Some);
            }
            if is_done {
                if !self.next_block() {
                    return Ok(None);
                }
            } else {
                self.step();
            }
        }
    }

    fn next_block(&mut self) -> bool {
        match self.blocks.next() {
            None => return false,
            Some(Block::Text(text)) => {
                self.account.bytes_text += text.len() as u64;
                self.block = Buffer::from_vec(text);
                self.batch.begin(&self.block, self.needles.is_some());
                self.at = 0;
                if self.layout.is_none() {
                    self.begin();
                }
            }
            Some(Block::Odd { line, why }) => {
                self.account.counts.read += 1;
                self.note(line, &why, (0, 0));
            }
            Some(Block::Failed(error)) => self.fail(error),
        }
        true
    }

    fn fail(&mut self, error: ObjectError) {
        self.account
            .failures
            .insert(Arc::clone(&self.location), error);
    }

    /// Reads the header line, if there is one.
    fn begin(&mut self) {
        let (start, end) = self.line_at(self.at);
        match header_of(&self.block[start..end]) {
            Some(format) => {
                self.switch(format);
                self.pass((start, end));
            }
            None => match self.spec.format.clone() {
                Some(format) => self.switch(format),
                None => {
                    self.fail(ObjectError::NoHeader);
                    self.blocks.end();
                    self.at = self.block.len();
                }
            },
        }
    }

    fn switch(&mut self, format: LogFormat) {
        let layout = Layout::new(format, &self.spec);
        self.split = Split::new(layout.width());
        if layout.is_beyond(&self.spec) {
            self.account.note_beyond(layout.format.as_ref().clone());
        }
        self.layout = Some(Arc::new(layout));
    }

    /// The line that begins there, without its end.
    fn line_at(&self, start: usize) -> Span {
        let rest = &self.block[start..];
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        (start, start + length)
    }

    /// Goes on after that line.
    fn pass(&mut self, (_, end): Span) {
        self.at = (end + 1).min(self.block.len());
        self.line += 1;
    }

    /// Takes some lines.
    fn step(&mut self) {
        let Some(layout) = self.layout.clone() else {
            self.at = self.block.len();
            return;
        };
        let room = (self.spec.batch_rows - self.batch.rows()).min(LINES_AT_ONCE);
        self.split.clear();
        match self.needles.take() {
            Some(needles) if layout.begins_with_number() => {
                let (lines, odd) = self.seek(&needles, room);
                self.append(&layout, &Lines::Numbers(lines));
                if let Some(line) = odd {
                    self.odd(&layout, line);
                }
                self.needles = Some(needles);
            }
            needles => {
                self.needles = needles;
                self.cut(&layout, room);
            }
        }
    }

    /// Cuts lines one after the other.
    fn cut(&mut self, layout: &Layout, room: usize) {
        let cut = self.split.lines(&self.block, self.at, room);
        let mut next = cut.next;
        let mut odd = cut.odd;
        if let Some(row) = self.header_among(layout) {
            let start = self.split.field(row, 0).0;
            self.split.truncate(row);
            (next, odd) = (start, Some(self.line_at(start)));
        }
        let rows = self.split.rows() as u64;
        let first = self.line;
        self.append(layout, &Lines::From(first));
        self.at = next;
        self.line += rows;
        if let Some(line) = odd {
            self.odd(layout, line);
        }
    }

    /// The first row that is a header line again, as in files that were put together.
    fn header_among(&self, layout: &Layout) -> Option<usize> {
        let column = layout.witness.unwrap_or(0);
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        let looks_so = |(from, to): Span| {
            layout.witness.is_none() || (to > from && !is_number(self.block[from]))
        };
        let mut rows = self.split.column(column).enumerate();
        rows.find_map(|(row, span)| {
            let is_header = looks_so(span) && {
                let line = self.line_at(self.split.field(row, 0).0);
                repeated_header(&layout.format, &self.block[line.0..line.1]).is_some()
            };
            is_header.then_some(row)
        })
    }

    /// A line that has not the right number of fields, or is a header.
    fn odd(&mut self, layout: &Layout, line: Span) {
        let text = &self.block[line.0..line.1];
        if text.trim_ascii().is_empty() {
            // No record, and nothing is lost by it.
        } else if let Some(format) = repeated_header(&layout.format, text) {
            self.switch(format);
        } else {
            self.account.counts.read += 1;
            if let Err(why) = Record::parse(&layout.format, text) {
                self.note(self.line, &why, line);
            }
        }
        self.pass(line);
    }

    /// Cuts only lines that hold a needle, until one is odd; gives their numbers.
    fn seek(&mut self, needles: &Needles, room: usize) -> (Vec<u64>, Option<Span>) {
        let mut numbers = Vec::new();
        while numbers.len() < room && self.at < self.block.len() {
            let found = needles.find(&self.block[self.at..]).map(|at| self.at + at);
            if let Some(other) = self.pass_over(found.unwrap_or(self.block.len())) {
                return (numbers, Some(other));
            }
            if found.is_none() {
                break;
            }
            let line = self.line_at(self.at);
            if !self.split.line(&self.block, line) {
                return (numbers, Some(line));
            }
            numbers.push(self.line);
            self.pass(line);
        }
        (numbers, None)
    }

    /// Passes over the lines that end before `to`, but for a line that begins with no number: it may be a header.
    fn pass_over(&mut self, to: usize) -> Option<Span> {
        let is_record = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        let region = &self.block[self.at..to];
        let (mut start, mut passed) = (0, 0);
        let mut other = None;
        let lines = memchr::memrchr(b'\n', region).map_or(0, |last| last + 1);
        if lines > 0
            && is_record(region[0])
            && let Some(count) = alike(&region[..lines])
        {
            start = lines;
            passed = count as u64;
            self.line += passed;
        }
        let whole = to == self.block.len() && !region.ends_with(b"\n");
        let from = start;
        let ends = memchr::memchr_iter(b'\n', &region[from..]).map(|end| from + end);
        for end in ends.chain(whole.then_some(region.len())) {
            if start < end && !is_record(region[start]) {
                other = Some((self.at + start, self.at + end));
                break;
            }
            // Blank lines are no records.
            passed += u64::from(start < end);
            self.line += 1;
            start = end + 1;
        }
        self.account.counts.read += passed;
        self.account.counts.passed_over += passed;
        self.at = (self.at + start).min(self.block.len());
        other
    }

    /// Fills the columns from the lines that were cut, and counts them.
    fn append(&mut self, layout: &Layout, lines: &Lines) {
        let rows = self.split.rows();
        if rows == 0 {
            return;
        }
        let bad = self.batch.append(&self.split, &layout.positions);
        let counts = &mut self.account.counts;
        counts.read += rows as u64;
        match layout.status {
            None => counts.parsed += rows as u64,
            Some(column) => {
                for (from, to) in self.split.column(column) {
                    counts.record(LogStatus::of(self.block[from..to].trim_ascii_end()));
                }
            }
        }
        for row in bad {
            self.reject(layout, row, lines.number(row));
        }
    }

    /// A row that turned out to be no record, after it was counted as one.
    fn reject(&mut self, layout: &Layout, row: usize, number: u64) {
        let status = layout.status.and_then(|column| {
            let (from, to) = self.split.field(row, column);
            LogStatus::of(self.block[from..to].trim_ascii_end())
        });
        let counts = &mut self.account.counts;
        match status {
            Some(LogStatus::NoData) => counts.nodata -= 1,
            Some(LogStatus::SkipData) => counts.skipdata -= 1,
            Some(LogStatus::Ok) | None => counts.parsed -= 1,
        }
        let (start, end) = self.line_at(self.split.field(row, 0).0);
        let why = Record::parse(&layout.format, &self.block[start..end]).err();
        // What a column refused, the record refuses too; to be safe, the line is named all the same.
        let why = why.unwrap_or_else(|| Malformed::from(flowcover_record::Reason::NotUtf8));
        self.note(number, &why, (start, end));
    }

    /// Writes down a line that is no record. What stands there is that part of the block.
    fn note(&mut self, number: u64, why: &Malformed, (start, end): Span) {
        let text = &self.block[start..end];
        self.account.reject(&self.location, number, why, text);
        if let (Some(witness), None) = (&self.witness, self.stopped) {
            self.stopped = witness.malformed(&self.location, number, why, text).err();
        }
    }
}

/// The numbers of the lines that were cut.
enum Lines {
    From(u64),
    Numbers(Vec<u64>),
}

impl Lines {
    fn number(&self, row: usize) -> u64 {
        match self {
            Self::From(first) => first + row as u64,
            Self::Numbers(numbers) => numbers.get(row).copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
