//! A simulated AWS organisation, in memory and the same in every run.
//!
//! It answers as AWS answers, also where that is inconvenient: delivery that fails later, groups
//! that are made again, empty pages, partial results, roles that have not spread yet, token
//! buckets, dead endpoints. `flowcover demo`, tests and benches run on it.
//!
//! ```
//! use flowcover_cloud::simulator::{Simulator, World};
//! use flowcover_cloud::{DescribeVpcs, Entry, Scope, ask};
//!
//! let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["eu-west-1"]);
//! world.add_account("111122223333", "example");
//! let vpc_id = world.add_workload_vpc("111122223333", "eu-west-1", "web");
//! let simulator = Simulator::new(world);
//!
//! let scope = Scope::new(Entry::Caller, "111122223333", "eu-west-1");
//! let page = futures::executor::block_on(ask(&simulator, &scope, DescribeVpcs::default()))?;
//! assert_eq!(page.items[0].vpc_id, vpc_id);
//! # Ok::<(), flowcover_cloud::CloudError>(())
//! ```

mod answer;
mod control_policies;
mod creation;
mod delivery;
mod ec2;
mod faults;
mod flow_logs;
mod iam;
mod ids;
mod in_flight;
mod kms;
mod logs;
mod network;
mod objects;
mod organization;
mod paging;
pub mod policies;
mod refusals;
mod s3;
pub mod scenario;
mod security_groups;
mod simulation;
mod sts;
mod telemetry;
mod trace;
mod world;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::{Answer, Cloud, CloudError, Request, Scope};

use in_flight::InFlightCounts;

pub use faults::{Faults, Matching, TokenBucket, Trouble};
pub use paging::Paging;
pub use telemetry::MANAGED_TAG;
pub use world::{BatchFaults, World};

/// A [`Cloud`] that answers from a [`World`].
#[derive(Debug)]
pub struct Simulator {
    world: Mutex<World>,
    calls: Mutex<BTreeMap<&'static str, u64>>,
    in_flight: InFlightCounts,
}

impl Simulator {
    /// Answers from that world.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
            calls: Mutex::default(),
            in_flight: InFlightCounts::default(),
        }
    }

    /// The world, to look at or to change between calls. Calls wait while it is held.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clock that shows the simulated time, for
    /// [`CollectOptions`](crate::collect::CollectOptions).
    #[must_use]
    pub fn clock(self: &Arc<Self>) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let simulator = Arc::clone(self);
        Arc::new(move || simulator.world().now())
    }

    /// Calls received so far, by action, failed ones included.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.counts()
            .iter()
            .map(|(action, count)| ((*action).to_owned(), *count))
            .collect()
    }

    /// Calls received so far.
    #[must_use]
    pub fn total_calls(&self) -> u64 {
        self.counts().values().sum()
    }

    /// Most calls that were in flight at once.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.in_flight.most("")
    }

    /// Most calls with credentials of one account that were in flight at once.
    #[must_use]
    pub fn max_in_flight_of(&self, account_id: &str) -> usize {
        self.in_flight.most(account_id)
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, scope: &Scope, request: Request) -> Result<Answer, CloudError> {
        let action = request.action();
        *self.counts().entry(action).or_default() += 1;
        let _in_flight = self.in_flight.enter(&scope.account_id);
        let (delay, cut_off) = self
            .world()
            .faults
            .way(&scope.account_id, &scope.region, action);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if cut_off {
            return Err(refusals::no_connection(&scope.region, action));
        }
        self.world().answer(scope, request)
    }
}

impl Cloud for Simulator {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>> {
        Box::pin(self.answer(scope, request))
    }
}
