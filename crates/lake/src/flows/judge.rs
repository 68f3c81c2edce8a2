//! Detections over flows: each folder has an engine of its own, which sees a flow as soon as it is closed; in the end they are joined.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::{DataFusionError, HashMap, Result};
use datafusion::execution::memory_pool::MemoryPool;
use flowcover_detect::{Address, CapturePoint, Engine, Flow};
use tokio::sync::mpsc::Sender;

use super::columns::{NEEDED, WELCOME};
use super::exchange::{Gone, Outlet, start};
use super::fold::Closed;
use super::orient::orient;
use super::points::{ABOUT, CapturePoint as Named, NAMES, Points};
use super::provider::Flows;
use super::roll::Roll;
use super::sighting::Action;

/// Rows of a batch of records.
const BATCH_ROWS: usize = 8192;

/// What was seen of all flows, ready to be judged.
pub struct Judged {
    /// All engines, joined.
    pub engine: Engine,
    points: HashMap<u64, Arc<Named>>,
}

impl Judged {
    /// What records say of a capture point.
    #[must_use]
    pub fn point(&self, key: u64) -> Option<CapturePoint> {
        let point = self.points.get(&key)?;
        let [account_id, vpc_id, subnet_id, instance_id] = point.about.clone();
        Some(CapturePoint {
            interface_id: Some(point.name.clone()),
            account_id,
            vpc_id,
            subnet_id,
            instance_id,
        })
    }
}

/// The columns of records that detections make use of.
pub(super) fn columns() -> BTreeSet<&'static str> {
    let more = ["packets", "bytes", "action", "flow_direction", "log_status"];
    let names = NAMES.into_iter().chain(ABOUT);
    NEEDED
        .into_iter()
        .chain(WELCOME)
        .chain(more)
        .chain(names)
        .collect()
}

/// Shows all flows to engines, side by side. `engine` makes one of so many.
pub(crate) async fn judge(
    flows: &Flows,
    count: usize,
    engine: impl Fn(usize) -> Engine,
    pool: &Arc<dyn MemoryPool>,
) -> Result<Judged> {
    let work = Arc::new(flows.work(&columns(), None, BATCH_ROWS)?);
    let points = Arc::new(Points::default());
    let roll = Some(Arc::new(Mutex::new(Roll::default())));
    let outlet = || Shown {
        engine: Some(engine(count)),
        points: Arc::clone(&points),
        names: Vec::new(),
        changes: 0,
    };
    let (mut taken, mut tasks) = start(&work, count, &points, outlet, &roll, pool);
    let mut all: Option<Engine> = None;
    while let Some(engine) = taken.recv().await {
        match &mut all {
            Some(all) => all.join(engine?),
            None => all = Some(engine?),
        }
    }
    while let Some(end) = tasks.join_next().await {
        end.map_err(|error| DataFusionError::External(Box::new(error)))?;
    }
    let mut all = all.unwrap_or_else(|| engine(count));
    let points = points.all();
    if let Some(roll) = roll {
        let roll = roll.lock().unwrap_or_else(PoisonError::into_inner);
        let key_of = |number: u32| {
            points
                .get(number as usize)
                .map_or(NO_KEY, |point| CapturePoint::key(&point.name))
        };
        all.attend(&roll.attendance(key_of));
        all.pass_over(roll.gateways());
    }
    let by_key = |point: Arc<Named>| (CapturePoint::key(&point.name), point);
    Ok(Judged {
        engine: all,
        points: points.into_iter().map(by_key).collect(),
    })
}

/// The key of records that name no capture point.
const NO_KEY: u64 = u64::MAX;

/// Shows flows to an engine, and gives it away in the end.
struct Shown {
    engine: Option<Engine>,
    points: Arc<Points>,
    /// As they were after so many changes.
    names: Vec<(Arc<Named>, u64)>,
    changes: u64,
}

impl Outlet for Shown {
    type Item = Engine;

    async fn take(
        &mut self,
        closed: &mut Vec<Closed>,
        last: bool,
        given: &Sender<Result<Engine>>,
    ) -> Result<(), Gone> {
        // Before they are copied: what changes meanwhile is copied again.
        let changes = self.points.changes();
        if self.changes != changes {
            self.changes = changes;
            // No flow is closed of a point that is not among them.
            let points = self.points.all().into_iter();
            let with_key = |point: Arc<Named>| {
                let key = CapturePoint::key(&point.name);
                (point, key)
            };
            self.names = points.map(with_key).collect();
            if let Some(engine) = &mut self.engine {
                for (point, key) in &self.names {
                    let [.., instance_id] = &point.about;
                    engine.meet(*key, instance_id.as_deref());
                }
            }
        }
        if let Some(engine) = &mut self.engine {
            for closed in closed.drain(..) {
                engine.see(&flow(&closed, &self.names));
            }
        }
        match self.engine.take_if(|_| last) {
            Some(engine) => given.send(Ok(engine)).await.map_err(|_| Gone),
            None => Ok(()),
        }
    }
}

/// A flow as detections see it: the same values as those of the row in the table `flows`.
fn flow((tuple, flow): &Closed, names: &[(Arc<Named>, u64)]) -> Flow {
    let (client, _) = orient(tuple, flow);
    let server = 1 - client;
    let name = |number: u32| {
        let point = names.get(number as usize);
        point.map(|(point, _)| point.name.as_str())
    };
    let point = flow.capture_point(name);
    let owned = |end: usize| flow.points().any(|point| point.owner == Some(end as u8));
    let (caller, called) = (tuple.end(client), tuple.end(server));
    Flow {
        client: Address::from_bits(caller.address),
        client_port: caller.port,
        server: Address::from_bits(called.address),
        server_port: called.port,
        protocol: tuple.protocol,
        start: flow.start,
        end: flow.end,
        packets_to_server: point.packets[client],
        bytes_to_server: point.bytes[client],
        packets_to_client: point.packets[server],
        bytes_to_client: point.bytes[server],
        rejected: flow.action(client) == Some(Action::Reject),
        flags_to_server: flow.ways[client].flags,
        flags_to_client: flow.ways[server].flags,
        point: names
            .get(point.number as usize)
            .map_or(NO_KEY, |(_, key)| *key),
        client_inside: owned(client),
        server_inside: owned(server),
    }
}
