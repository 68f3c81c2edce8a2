//! Readers and folders at work side by side.
//!
//! Any object may hold records of any flow. So readers, each with the next object in order of time, cut records, and hand each to the
//! folder of its tuple. A reader says how far it has come; what ended long enough before the slowest of them is closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use std::sync::{Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::FlowSettings;
use super::fold::{Closed, Fold};
use super::points::{Known, Points};
use super::roll::Roll;
use super::sighting::{Columns, Sighting};
use crate::ledger::{Account, Ledger};
use crate::object::Object;
use crate::pseudonyms::Pseudonyms;
use crate::reading::Reading;
use crate::source::Store;
use crate::span::Span;
use crate::text::ScanSpec;

/// The longest window over which AWS aggregates, in seconds: a record begins at most that long before it ends.
const LONGEST_WINDOW: i64 = 600;
/// Records that are handed over at once.
const HANDED_OVER: usize = 2048;
/// How often a reader may hand something over before the folder has taken it.
const WAITING: usize = 8;

/// What a query on `flows` reads, and how.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) spec: Arc<ScanSpec>,
    /// In order of time, where that is known.
    pub(crate) objects: Vec<Object>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) settings: FlowSettings,
    /// Records of this time only.
    pub(crate) span: Span,
    pub(crate) pseudonyms: Option<Arc<Pseudonyms>>,
}

enum Message {
    Records(Vec<Sighting>),
    /// The reader of that number gives no record any more that begins before `moment`.
    Come {
        reader: usize,
        moment: i64,
    },
}

/// What becomes of the flows of one folder.
pub(crate) trait Outlet: Send + 'static {
    /// What it gives.
    type Item: Send + 'static;

    /// Takes flows out of `closed`: all of them, if these are the `last`. Gives what is ready.
    fn take(
        &mut self,
        closed: &mut Vec<Closed>,
        last: bool,
        given: &Sender<Result<Self::Item>>,
    ) -> impl Future<Output = Result<(), Gone>> + Send;
}

/// The roll of those who wrote records, if anybody wants it.
pub(crate) type SharedRoll = Option<Arc<Mutex<Roll>>>;

/// What comes of it, for whoever takes it, and those who make it.
pub(crate) fn start<O: Outlet>(
    work: &Arc<Work>,
    count: usize,
    points: &Arc<Points>,
    outlet: impl Fn() -> O,
    roll: &SharedRoll,
    pool: &Arc<dyn MemoryPool>,
) -> (Receiver<Result<O::Item>>, JoinSet<()>) {
    let next = Arc::new(AtomicUsize::new(0));
    let (given, taken) = channel(2 * count);
    let mut tasks = JoinSet::new();
    let mut inputs = Vec::new();
    for _ in 0..count {
        let (input, messages) = channel(WAITING);
        inputs.push(input);
        let folder = Folder {
            fold: Fold::new(work.settings.idle),
            come: vec![i64::MIN; count],
            closed: Vec::new(),
            shed: 0,
            outlet: outlet(),
            most: work.settings.memory / count,
            // It does not spill, but it gives way.
            memory: MemoryConsumer::new("flows")
                .with_can_spill(true)
                .register(pool),
            given: given.clone(),
        };
        tasks.spawn(folder.run(messages, Arc::clone(&work.ledger)));
    }
    for number in 0..count {
        let reader = Reader {
            number,
            known: Known::new(points),
            buffers: vec![Vec::new(); count],
            inputs: inputs.clone(),
            come: i64::MIN,
            span: work.span,
            unfolded: 0,
            roll: roll.as_ref().map(|_| Roll::default()),
        };
        let roll = roll.clone();
        tasks.spawn(reader.run(Arc::clone(work), Arc::clone(&next), given.clone(), roll));
    }
    (taken, tasks)
}

/// Nobody wants the rest.
pub(crate) struct Gone;

struct Reader {
    number: usize,
    known: Known,
    /// For each folder, what is to be handed over.
    buffers: Vec<Vec<Sighting>>,
    inputs: Vec<Sender<Message>>,
    come: i64,
    span: Span,
    unfolded: u64,
    /// Who wrote what this reader has read, if anybody wants it.
    roll: Option<Roll>,
}

impl Reader {
    async fn run<T>(
        mut self,
        work: Arc<Work>,
        next: Arc<AtomicUsize>,
        given: Sender<Result<T>>,
        roll: SharedRoll,
    ) {
        match self.read(&work, next).await {
            Ok(Ok(())) => {
                work.ledger.add(Account {
                    unfolded: self.unfolded,
                    ..Account::default()
                });
                if let (Some(mine), Some(all)) = (&self.roll, &roll) {
                    // Joining leaves it sound at every step.
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    all.join(mine);
                }
                // Where nobody listens any more, there is nobody to tell.
                let _ = self.has_come(i64::MAX).await;
            }
            Ok(Err(Gone)) => {}
            Err(error) => {
                let _ = given.send(Err(error)).await;
            }
        }
    }

    async fn read(&mut self, work: &Arc<Work>, next: Arc<AtomicUsize>) -> Result<Result<(), Gone>> {
        // All readers take from one queue: none gets far ahead of the others, and few flows are open at a time.
        let queue = Arc::clone(work);
        let objects = std::iter::from_fn(move || {
            let number = next.fetch_add(1, Ordering::Relaxed);
            queue.objects.get(number).cloned()
        });
        let mut reading = Reading::new(&work.spec, &work.ledger, &work.store, objects)
            .with_pseudonyms(work.pseudonyms.clone());
        while let Some(batch) = reading.next().await? {
            let from = reading.current().and_then(Object::first_end);
            let come = from.map_or(i64::MIN, |end| end.saturating_sub(LONGEST_WINDOW));
            if come > self.come && self.has_come(come).await.is_err() {
                return Ok(Err(Gone));
            }
            if self.take(&batch).await.is_err() {
                return Ok(Err(Gone));
            }
        }
        Ok(Ok(()))
    }

    async fn take(&mut self, batch: &RecordBatch) -> Result<(), Gone> {
        let columns = Columns::new(batch);
        if let Some(roll) = &mut self.roll {
            roll.call(&columns, batch.num_rows(), &mut self.known, self.span);
        }
        for row in 0..batch.num_rows() {
            let Some(sighting) = columns.sighting(row, &mut self.known) else {
                self.unfolded += u64::from(columns.has_traffic(row));
                continue;
            };
            if !self.span.has(Some(sighting.start), Some(sighting.end)) {
                continue;
            }
            let part = sighting.tuple.part(self.buffers.len());
            self.buffers[part].push(sighting);
            if self.buffers[part].len() >= HANDED_OVER {
                self.hand_over(part).await?;
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self, part: usize) -> Result<(), Gone> {
        let empty = Vec::with_capacity(HANDED_OVER);
        let records = std::mem::replace(&mut self.buffers[part], empty);
        let message = Message::Records(records);
        self.inputs[part].send(message).await.map_err(|_| Gone)
    }

    async fn has_come(&mut self, moment: i64) -> Result<(), Gone> {
        self.come = moment;
        let reader = self.number;
        for part in 0..self.inputs.len() {
            self.hand_over(part).await?;
            let message = Message::Come { reader, moment };
            self.inputs[part].send(message).await.map_err(|_| Gone)?;
        }
        Ok(())
    }
}

struct Folder<O: Outlet> {
    fold: Fold,
    /// How far each reader has come.
    come: Vec<i64>,
    closed: Vec<Closed>,
    /// Flows that were given before their end was known.
    shed: u64,
    outlet: O,
    most: usize,
    memory: MemoryReservation,
    given: Sender<Result<O::Item>>,
}

impl<O: Outlet> Folder<O> {
    async fn run(mut self, mut messages: Receiver<Message>, ledger: Arc<Ledger>) {
        while let Some(message) = messages.recv().await {
            if self.take(message).await.is_err() {
                return;
            }
        }
        ledger.add(Account {
            flows_shed: self.shed,
            ..Account::default()
        });
    }

    async fn take(&mut self, message: Message) -> Result<(), Gone> {
        match message {
            Message::Records(records) => {
                for sighting in &records {
                    self.fold.add(sighting);
                }
                self.keep_within_memory();
            }
            Message::Come { reader, moment } => {
                let before = self.slowest();
                self.come[reader] = moment;
                let slowest = self.slowest();
                if slowest == i64::MAX {
                    self.fold.close_all(&mut self.closed);
                    return self.give(true).await;
                }
                if slowest > before {
                    self.fold.close_before(slowest, &mut self.closed);
                }
            }
        }
        self.give(false).await
    }

    fn slowest(&self) -> i64 {
        self.come.iter().copied().min().unwrap_or(i64::MAX)
    }

    fn keep_within_memory(&mut self) {
        let held = self.fold.bytes();
        if held > self.most || self.memory.try_resize(held).is_err() {
            let before = self.closed.len();
            self.fold.shed(&mut self.closed);
            self.shed += (self.closed.len() - before) as u64;
        }
    }

    async fn give(&mut self, last: bool) -> Result<(), Gone> {
        if self.closed.is_empty() && !last {
            return Ok(());
        }
        self.outlet.take(&mut self.closed, last, &self.given).await
    }
}
