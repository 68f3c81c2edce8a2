//! Who called whom, on which port, with what outcome: flows taken together by their ends, in one pass.

use std::net::{IpAddr, Ipv6Addr};
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::{DataFusionError, HashMap, Result};
use datafusion::execution::memory_pool::MemoryPool;
use tokio::sync::mpsc::Sender;

use super::exchange::{Gone, Outlet, start};
use super::flow::NO_POINT;
use super::fold::Closed;
use super::judge::columns;
use super::orient::orient;
use super::points::{CapturePoint, Points};
use super::provider::Flows;
use super::sighting::Action;

/// Rows of a batch of records.
const BATCH_ROWS: usize = 8192;
/// Conversations that one folder holds before it gives them away: some 10 MB.
const HELD: usize = 65_536;

/// Whether what was called was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was, or what was refused of it came after it.
    Accepted,
    /// Some of it was refused, and nothing that was let through came back.
    Rejected,
    /// No record says, as those of transit gateways.
    Unsaid,
}

/// What conversations have in common to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ends {
    /// Who opened it.
    pub client: IpAddr,
    /// Who was called.
    pub server: IpAddr,
    /// Port of the server; 0 where the protocol has none.
    pub server_port: u16,
    /// IANA protocol number.
    pub protocol: u8,
    /// Whether it was let through.
    pub outcome: Outcome,
    /// Interface of the client, a number of [`Interfaces`]; [`Interfaces::NONE`] where no record tells.
    pub client_interface: u32,
    /// Interface of the server, likewise.
    pub server_interface: u32,
    /// Interfaces whose records do not tell which end is theirs, in order of number, then [`Interfaces::NONE`]. Where there are more than
    /// fit, none is named.
    pub seen_by: [u32; 4],
}

/// Flows with the same ends: each flow is in exactly one conversation, and one conversation may be given in several parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Between whom.
    pub ends: Ends,
    /// Flows.
    pub flows: u64,
    /// Packets, both ways, each counted at one capture point.
    pub packets: u64,
    /// Bytes, both ways, each counted at one capture point.
    pub bytes: u64,
    /// Unix seconds.
    pub first_seen: i64,
    /// Unix seconds.
    pub last_seen: i64,
}

impl Conversation {
    /// Adds another part of it.
    pub fn add(&mut self, part: &Self) {
        self.flows = self.flows.saturating_add(part.flows);
        self.packets = self.packets.saturating_add(part.packets);
        self.bytes = self.bytes.saturating_add(part.bytes);
        self.first_seen = self.first_seen.min(part.first_seen);
        self.last_seen = self.last_seen.max(part.last_seen);
    }
}

/// Names of the interfaces that wrote records.
#[derive(Clone, Debug, Default)]
pub struct Interfaces(Vec<Arc<CapturePoint>>);

impl Interfaces {
    /// Stands for no interface.
    pub const NONE: u32 = NO_POINT;

    /// How many there are. What has a name already keeps its number.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The id of an interface, as records have it; none for [`Self::NONE`].
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&str> {
        Some(self.0.get(number as usize)?.name.as_str())
    }
}

/// Hands all conversations to `take` until that breaks; `count` folders work side by side.
pub(crate) async fn converse(
    flows: &Flows,
    count: usize,
    pool: &Arc<dyn MemoryPool>,
    mut take: impl FnMut(&[Conversation], &Interfaces) -> ControlFlow<()>,
) -> Result<()> {
    let work = Arc::new(flows.work(&columns(), None, BATCH_ROWS)?);
    let points = Arc::new(Points::default());
    let outlet = || Gathered {
        held: HashMap::new(),
        points: Arc::clone(&points),
        names: Vec::new(),
    };
    let (mut taken, mut tasks) = start(&work, count, &points, outlet, &None, pool);
    let mut interfaces = Interfaces::default();
    while let Some(batch) = taken.recv().await {
        let batch = batch?;
        if interfaces.count() != points.count() {
            interfaces.0 = points.all();
        }
        if take(&batch, &interfaces).is_break() {
            // Nobody takes the rest, so that all who work stop.
            taken.close();
            break;
        }
    }
    drop(taken);
    while let Some(end) = tasks.join_next().await {
        end.map_err(|error| DataFusionError::External(Box::new(error)))?;
    }
    Ok(())
}

/// What one folder holds.
struct Gathered {
    held: HashMap<Ends, Conversation>,
    points: Arc<Points>,
    names: Vec<Arc<CapturePoint>>,
}

impl Outlet for Gathered {
    type Item = Vec<Conversation>;

    async fn take(
        &mut self,
        closed: &mut Vec<Closed>,
        last: bool,
        given: &Sender<Result<Vec<Conversation>>>,
    ) -> Result<(), Gone> {
        if self.names.len() != self.points.count() {
            self.names = self.points.all();
        }
        for closed in closed.drain(..) {
            let conversation = conversation(&closed, &self.names);
            self.held
                .entry(conversation.ends)
                .and_modify(|it| it.add(&conversation))
                .or_insert(conversation);
        }
        if self.held.len() < HELD && !last {
            return Ok(());
        }
        let all = self.held.drain().map(|(_, conversation)| conversation);
        given.send(Ok(all.collect())).await.map_err(|_| Gone)
    }
}

/// A flow, with the values of its row in the table `flows`.
fn conversation((tuple, flow): &Closed, names: &[Arc<CapturePoint>]) -> Conversation {
    let (client, _) = orient(tuple, flow);
    let server = 1 - client;
    let name = |number: u32| names.get(number as usize).map(|point| point.name.as_str());
    let point = flow.capture_point(name);
    // Where several say so, the first by name.
    let interface = |end: usize| {
        let owned = flow
            .points()
            .filter(|point| point.owner == Some(end as u8) && point.number != NO_POINT);
        let owned = owned.map(|point| point.number);
        owned
            .min_by_key(|number| name(*number))
            .unwrap_or(Interfaces::NONE)
    };
    let (caller, called) = (tuple.end(client), tuple.end(server));
    let address = |bits: u128| Ipv6Addr::from_bits(bits).to_canonical();
    Conversation {
        ends: Ends {
            client: address(caller.address),
            server: address(called.address),
            server_port: called.port,
            protocol: tuple.protocol,
            outcome: match flow.action(client) {
                Some(Action::Reject) => Outcome::Rejected,
                Some(Action::Accept) => Outcome::Accepted,
                Some(Action::Unsaid) | None => Outcome::Unsaid,
            },
            client_interface: interface(client),
            server_interface: interface(server),
            seen_by: seen_by(flow),
        },
        flows: 1,
        packets: point.packets[0].saturating_add(point.packets[1]),
        bytes: point.bytes[0].saturating_add(point.bytes[1]),
        first_seen: flow.start,
        last_seen: flow.end,
    }
}

fn seen_by(flow: &super::flow::Flow) -> [u32; 4] {
    let mut seen_by = [Interfaces::NONE; 4];
    let unowned = flow
        .points()
        .filter(|point| point.owner.is_none() && point.number != NO_POINT);
    for (at, point) in unowned.enumerate() {
        let Some(place) = seen_by.get_mut(at) else {
            return [Interfaces::NONE; 4];
        };
        *place = point.number;
    }
    seen_by.sort_unstable();
    seen_by
}
