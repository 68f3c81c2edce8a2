//! Endpoints that fail for a moment, or for good; credentials that are slow; deadlines.

use std::sync::atomic::{AtomicU32, Ordering};

use flowcover_cloud::simulator::{Matching, scenario};
use flowcover_cloud::{
    Answer, Cloud, CloudError, DescribeVpcs, Entry, ErrorKind, Request, Scope, ask,
};
use flowcover_core::inventory::GapKind;
use futures::future::BoxFuture;
use tokio::time::{Instant, sleep};

use super::*;

const FIRST: &str = "100000000001";
const REGION: &str = "ap-northeast-1";

/// The simulated AWS behind a way that fails.
struct Way {
    simulator: Arc<Simulator>,
    /// So many calls to the region still find no connection.
    broken: AtomicU32,
    /// Until then, no call to the region finds a connection.
    broken_until: Instant,
    /// How long the first credentials take.
    credentials_take: Duration,
    /// Whether there are none after that.
    refuses: bool,
    prepared: tokio::sync::Mutex<bool>,
}

impl Way {
    fn new(simulator: Simulator) -> Self {
        Self {
            simulator: Arc::new(simulator),
            broken: AtomicU32::new(0),
            broken_until: Instant::now(),
            credentials_take: Duration::ZERO,
            refuses: false,
            prepared: tokio::sync::Mutex::new(false),
        }
    }

    fn is_broken(&self, scope: &Scope) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        let ordering = Ordering::Relaxed;
        &*scope.region == REGION
            && (Instant::now() < self.broken_until
                || self
                    .broken
                    .fetch_update(ordering, ordering, one_less)
                    .is_ok())
    }
}

impl Cloud for Way {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>> {
        Box::pin(async move {
            if self.is_broken(scope) {
                let error = "no such name";
                return Err(CloudError::new(
                    ErrorKind::Unreachable,
                    "ConnectError",
                    error,
                ));
            }
            self.simulator.call(scope, request).await
        })
    }

    fn prepare<'a>(&'a self, _: &'a Scope) -> BoxFuture<'a, Result<(), CloudError>> {
        Box::pin(async {
            let mut prepared = self.prepared.lock().await;
            if !*prepared {
                sleep(self.credentials_take).await;
                *prepared = !self.refuses;
            }
            if self.refuses {
                let late = "the source did not answer in 30 s";
                return Err(CloudError::new(
                    ErrorKind::Credentials,
                    "CredentialsTimeout",
                    late,
                ));
            }
            Ok(())
        })
    }
}

async fn collect_from(way: Way) -> Inventory {
    let options = options(&way.simulator, AccountSelection::Own, Depth::Full);
    let limited = Limited::new(Arc::new(way), Limits::default());
    collect(&limited, &options, &Quiet).await
}

fn small() -> Simulator {
    scenario::organization(1, 3, 1)
}

#[tokio::test(start_paused = true)]
async fn calls_side_by_side_that_fail_once_are_tried_again() {
    let way = Way::new(small());
    way.broken.store(3, Ordering::Relaxed);
    let inventory = collect_from(way).await;
    assert_eq!(gaps(&inventory), [""; 0]);
    assert_eq!(
        region(&inventory, FIRST, REGION).status,
        RegionStatus::Collected
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_finds_no_connection_has_all_its_tries() {
    for (broken, is_answered) in [(3, true), (4, false)] {
        let way = Way::new(small());
        way.broken.store(broken, Ordering::Relaxed);
        let limited = Limited::new(Arc::new(way), Limits::default());
        let scope = Scope::new(Entry::Caller, FIRST, REGION);
        let answer = ask(&limited, &scope, DescribeVpcs::default()).await;
        assert_eq!(answer.is_ok(), is_answered, "{broken}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_comes_back_is_asked_again() {
    let mut way = Way::new(small());
    way.broken_until += Duration::from_secs(20);
    let limited = Limited::new(Arc::new(way), Limits::default());
    let scope = Scope::new(Entry::Caller, FIRST, REGION);
    let mut answered = Vec::new();
    for _ in 0..40 {
        let answer = ask(&limited, &scope, DescribeVpcs::default()).await;
        answered.push(answer.is_ok());
        sleep(Duration::from_secs(1)).await;
    }
    assert!(!answered[0] && answered[39]);
    // It rested meanwhile: most calls were not sent.
    assert!(
        limited.counters().total() < 40 + 20,
        "{}",
        limited.counters().total()
    );
}

#[tokio::test(start_paused = true)]
async fn a_dead_region_of_many_accounts_takes_seconds_and_not_minutes() {
    for (delay, most) in [(100, 10), (3_000, 20), (100_000_000, 60)] {
        let simulator = Arc::new(scenario::organization(100, 3, 1));
        let dead = Matching::every_call().in_region(REGION);
        let delay = Duration::from_millis(delay);
        simulator.world().faults.cut_off(dead, delay);
        let latency = Matching::every_call().in_region("us-east-1");
        let millisecond = Duration::from_millis(1);
        simulator.world().faults.delay(latency, millisecond);
        let began = Instant::now();
        let options = options(&simulator, everything(), Depth::Full);
        let inventory = run(&simulator, &options).await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(most), "{delay:?}: {took:?}");
        assert_eq!(inventory.accounts.len(), 100);
        for account in &inventory.accounts {
            let dead = region(&inventory, &account.account_id, REGION);
            assert_eq!(dead.status, RegionStatus::Unreachable);
            let alive = region(&inventory, &account.account_id, "us-east-1");
            assert_eq!(alive.status, RegionStatus::Collected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn slow_credentials_are_no_slow_answer() {
    let mut way = Way::new(small());
    way.credentials_take = Duration::from_secs(25);
    let inventory = collect_from(way).await;
    assert_eq!(gaps(&inventory), [""; 0]);
    assert_eq!(inventory.regions.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_never_come_are_said_to_be_that() {
    let mut way = Way::new(small());
    way.credentials_take = Duration::from_secs(30);
    way.refuses = true;
    let inventory = collect_from(way).await;
    assert_eq!(
        gaps(&inventory),
        ["sts:GetCallerIdentity us-east-1 CredentialsTimeout"]
    );
    assert_eq!(inventory.gaps[0].kind, GapKind::Credentials);
    assert!(inventory.calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_or_counted_after_the_deadline() {
    let simulator = Arc::new(small());
    let limits = Limits {
        deadline: Duration::from_secs(60),
        ..Limits::default()
    };
    let limited = Limited::new(Arc::clone(&simulator) as _, limits);
    let scope = Scope::new(Entry::Caller, FIRST, REGION);
    sleep(Duration::from_secs(60)).await;
    let late = ask(&limited, &scope, DescribeVpcs::default()).await;
    assert_eq!(late.unwrap_err().kind, ErrorKind::Deadline);
    assert_eq!(limited.counters().total(), 0);
    assert_eq!(simulator.total_calls(), 0);
}
