//! A run on a simulated world: its journal, its trace, and what the world looks like.

use std::io;
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flowcover_cloud::execute::{
    Applied, ExecuteError, ExecuteOptions, Log, RollbackOptions, RolledBack, Silent, apply,
    rollback,
};
use flowcover_cloud::simulator::{Simulator, World};
use flowcover_cloud::{Answer, Call, Cloud, CloudError, Limited, Limits, Request, Scope};
use flowcover_core::journal::{self, Entry, Event, Header};
use flowcover_core::plan::Plan;
use futures::future::BoxFuture;
use jiff::Timestamp;

use super::plans::{self, EAST, Ids};

pub(super) const RUN: &str = "run-1";

/// Both, unless they take longer than any run: then something waits for what does not come. For paused time.
#[track_caller]
pub(super) fn both<A, B>(
    one: impl Future<Output = A>,
    other: impl Future<Output = B>,
) -> impl Future<Output = (A, B)> {
    let called_at = Location::caller();
    async move {
        let both = async { tokio::join!(one, other) };
        let both = tokio::time::timeout(Duration::from_secs(3600), both).await;
        both.unwrap_or_else(|_| panic!("hangs: {called_at}"))
    }
}

/// When the run dies: at which append, and whether that one is durable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crash {
    pub(super) at: usize,
    pub(super) durable: bool,
}

/// What happened, in order.
#[allow(clippy::large_enum_variant, reason = "a trace holds a few")]
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Line {
    Journaled(Event),
    Written(Call),
}

/// The journal and the calls that change something, in one order.
#[derive(Clone, Default)]
pub(super) struct Trace(Arc<Mutex<Vec<Line>>>);

impl Trace {
    pub(super) fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }

    pub(super) fn events(&self) -> Vec<Event> {
        let event = |line| match line {
            Line::Journaled(event) => Some(event),
            Line::Written(_) => None,
        };
        self.lines().into_iter().filter_map(event).collect()
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        let at = Timestamp::UNIX_EPOCH;
        let entry = |event| Entry { at, event };
        self.events().into_iter().map(entry).collect()
    }

    pub(super) fn writes(&self) -> usize {
        let is_write = |line: &&Line| matches!(line, Line::Written(_));
        self.lines().iter().filter(is_write).count()
    }

    fn push(&self, line: Line) {
        self.0.lock().unwrap().push(line);
    }

    /// Every call that changes something stands in the journal as begun, and not yet as answered.
    #[track_caller]
    pub(super) fn assert_in_order(&self) {
        let mut open: Vec<(String, Call)> = Vec::new();
        let mut batches: Vec<(String, Event)> = Vec::new();
        for line in self.lines() {
            match line {
                Line::Journaled(Event::Intent { step, call }) => open.push((step, *call)),
                Line::Journaled(event @ Event::DeletingRecords { .. }) => {
                    batches.push((event.step().unwrap().to_owned(), event));
                }
                Line::Journaled(Event::Result { step, .. } | Event::Refused { step, .. }) => {
                    batches.retain(|(of, _)| *of != step);
                    open.retain(|(of, _)| *of != step);
                }
                // A new run knows nothing of what the one before was about to do.
                Line::Journaled(Event::Resumed | Event::RollbackBegun { .. }) => {
                    open.clear();
                    batches.clear();
                }
                Line::Journaled(_) => {}
                Line::Written(Call::DeleteObjects(call)) => {
                    let is_open = batches.iter().any(|(step, begun)| {
                        *begun
                            == Event::DeletingRecords {
                                step: step.clone(),
                                bucket: call.bucket.clone(),
                                first_key: call.keys[0].clone(),
                                last_key: call.keys.last().unwrap().clone(),
                                keys: call.keys.len(),
                            }
                    });
                    assert!(is_open, "not journaled before: {call:?}");
                }
                Line::Written(call) => {
                    let is_open = open.iter().any(|(_, begun)| *begun == call);
                    assert!(is_open, "not journaled before: {call:?}");
                }
            }
        }
    }
}

struct Journal {
    trace: Trace,
    crash: Option<Crash>,
    appended: Mutex<usize>,
}

impl Log for Journal {
    fn append(&self, event: Event) -> Result<(), io::Error> {
        let mut appended = self.appended.lock().unwrap();
        *appended += 1;
        let Some(crash) = self.crash else {
            self.trace.push(Line::Journaled(event));
            return Ok(());
        };
        if *appended < crash.at || (*appended == crash.at && crash.durable) {
            self.trace.push(Line::Journaled(event));
        }
        if *appended >= crash.at {
            return Err(io::Error::other("crashed"));
        }
        Ok(())
    }
}

/// Notes the calls that change something.
struct Recorder {
    inner: Arc<Simulator>,
    trace: Trace,
}

impl Cloud for Recorder {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>> {
        if let Some(call) = request.as_call() {
            self.trace.push(Line::Written(call));
        }
        self.inner.call(scope, request)
    }
}

/// A world, a plan for it, and the journal of its run.
pub(super) struct Lab {
    pub(super) simulator: Arc<Simulator>,
    pub(super) header: Header,
    pub(super) trace: Trace,
    pub(super) ids: Ids,
    pub(super) options: ExecuteOptions,
}

impl Lab {
    pub(super) fn new() -> Self {
        let (world, ids) = plans::world();
        let plan = plans::plan(&ids);
        Self::with(world, ids, plan)
    }

    pub(super) fn with(mut world: World, ids: Ids, plan: Plan) -> Self {
        world.follow_tokio_time();
        let simulator = Arc::new(Simulator::new(world));
        let options = ExecuteOptions::new(EAST, simulator.clock());
        let header = Header {
            schema: journal::SCHEMA.to_owned(),
            run: RUN.to_owned(),
            begun_at: simulator.world().now(),
            generator: "test".to_owned(),
            allowed: vec!["--replace".to_owned()],
            only: None,
            plan,
        };
        Self {
            simulator,
            header,
            trace: Trace::default(),
            ids,
            options,
        }
    }

    /// Another run of the same plan in the same world, with a journal of its own.
    pub(super) fn again(&self, run: &str) -> Self {
        Self {
            simulator: Arc::clone(&self.simulator),
            header: Header {
                run: run.to_owned(),
                begun_at: self.simulator.world().now(),
                only: None,
                ..self.header.clone()
            },
            trace: Trace::default(),
            ids: self.ids.clone(),
            options: self.options.clone(),
        }
    }

    pub(super) fn limited(&self) -> Limited {
        let recorder = Recorder {
            inner: Arc::clone(&self.simulator),
            trace: self.trace.clone(),
        };
        let limits = Limits {
            deadline: Duration::from_secs(24 * 3600),
            ..Limits::default()
        };
        Limited::new(Arc::new(recorder), limits)
    }

    fn journal(&self, crash: Option<Crash>) -> Journal {
        Journal {
            trace: self.trace.clone(),
            crash,
            appended: Mutex::default(),
        }
    }

    /// Carries the plan out, from where the journal says.
    pub(super) async fn apply(&self) -> Result<Applied, ExecuteError> {
        self.apply_until(None).await
    }

    pub(super) async fn apply_until(&self, crash: Option<Crash>) -> Result<Applied, ExecuteError> {
        self.apply_on(&self.limited(), crash).await
    }

    pub(super) async fn apply_on(
        &self,
        cloud: &Limited,
        crash: Option<Crash>,
    ) -> Result<Applied, ExecuteError> {
        let entries = self.trace.entries();
        let journal = self.journal(crash);
        apply(
            cloud,
            &self.header,
            &entries,
            &journal,
            &self.options,
            &Silent,
        )
        .await
    }

    /// Carries the plan out to its end.
    pub(super) async fn done(&self) -> Applied {
        let applied = self.apply().await.unwrap();
        assert!(applied.complete, "{:#?}", applied.steps);
        applied
    }

    pub(super) async fn rollback(&self, how: RollbackOptions) -> RolledBack {
        self.rollback_until(how, None).await.unwrap()
    }

    pub(super) async fn rollback_until(
        &self,
        how: RollbackOptions,
        crash: Option<Crash>,
    ) -> Result<RolledBack, ExecuteError> {
        self.rollback_on(&self.limited(), how, crash).await
    }

    pub(super) async fn rollback_on(
        &self,
        cloud: &Limited,
        how: RollbackOptions,
        crash: Option<Crash>,
    ) -> Result<RolledBack, ExecuteError> {
        let entries = self.trace.entries();
        let journal = self.journal(crash);
        rollback(
            cloud,
            &self.header,
            &entries,
            &journal,
            how,
            &self.options,
            &Silent,
        )
        .await
    }

    /// Waits until the run makes a call of that name that changes something.
    pub(super) async fn until_called(&self, name: &str) {
        let is_there = |line: &Line| matches!(line, Line::Written(call) if call.name() == name);
        while !self.trace.lines().iter().any(is_there) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How the steps of an applied plan ended that are not done.
    pub(super) fn not_done(applied: &Applied) -> Vec<String> {
        let steps = applied.steps.iter();
        let not_done = steps.filter(|step| step.end != flowcover_cloud::execute::StepEnd::Done);
        not_done
            .map(|step| format!("{}: {}", step.step, step.end))
            .collect()
    }
}
