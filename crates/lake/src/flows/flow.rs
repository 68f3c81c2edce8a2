//! One flow: all records of one tuple without a long silence between them.

use super::orient::opens;
use super::sighting::{Action, Sighting};

/// Stands for "no interface is named".
pub(crate) const NO_POINT: u32 = u32::MAX;

/// What went from one of the two ends to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    /// The earliest `start` of its records; `i64::MAX` where there are none.
    pub(crate) first: i64,
    pub(crate) records: u64,
    /// All TCP flags that were seen.
    pub(crate) flags: u8,
    /// Whether a record had SYN without ACK.
    pub(crate) opened: bool,
    pub(crate) accepted: bool,
    pub(crate) rejected: bool,
}

impl Way {
    const NONE: Self = Self {
        first: i64::MAX,
        records: 0,
        flags: 0,
        opened: false,
        accepted: false,
        rejected: false,
    };

    fn merge(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.records += other.records;
        self.flags |= other.flags;
        self.opened |= other.opened;
        self.accepted |= other.accepted;
        self.rejected |= other.rejected;
    }
}

/// What one interface saw, by who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// Which interface: a number of [`Points`](super::points::Points).
    pub(crate) number: u32,
    /// Which of the two ends has this interface, if that is known.
    pub(crate) owner: Option<u8>,
    pub(crate) packets: [u64; 2],
    pub(crate) bytes: [u64; 2],
}

impl Point {
    fn merge(&mut self, other: &Self) {
        self.owner = self.owner.or(other.owner);
        for way in 0..2 {
            self.packets[way] = self.packets[way].saturating_add(other.packets[way]);
            self.bytes[way] = self.bytes[way].saturating_add(other.bytes[way]);
        }
    }

    /// What makes it the better one to count at.
    fn seen(&self) -> (bool, u64, u64) {
        let [one, other] = self.packets;
        let bytes = self.bytes[0].saturating_add(self.bytes[1]);
        (one > 0 && other > 0, one.saturating_add(other), bytes)
    }
}

/// Records that were folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Seconds since the Unix epoch.
    pub(crate) start: i64,
    /// Seconds since the Unix epoch.
    pub(crate) end: i64,
    /// What the first and what the second end of the tuple sent.
    pub(crate) ways: [Way; 2],
    first_point: Point,
    more_points: Vec<Point>,
}

impl Flow {
    pub(crate) fn new(sighting: &Sighting) -> Self {
        let way = usize::from(sighting.way);
        let mut ways = [Way::NONE; 2];
        ways[way] = Way {
            first: sighting.start,
            records: 1,
            flags: sighting.flags,
            opened: opens(sighting.flags),
            accepted: sighting.action == Action::Accept,
            rejected: sighting.action == Action::Reject,
        };
        let (mut packets, mut bytes) = ([0; 2], [0; 2]);
        packets[way] = sighting.packets;
        bytes[way] = sighting.bytes;
        Self {
            start: sighting.start,
            end: sighting.end,
            ways,
            first_point: Point {
                number: sighting.point,
                owner: sighting.owner,
                packets,
                bytes,
            },
            more_points: Vec::new(),
        }
    }

    /// Whether no more than `idle` seconds lie between the two.
    pub(crate) fn touches(&self, other: &Self, idle: i64) -> bool {
        other.start.saturating_sub(self.end) <= idle && self.start.saturating_sub(other.end) <= idle
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.start = self.start.min(other.start);
        self.end = self.end.max(other.end);
        for (way, theirs) in self.ways.iter_mut().zip(&other.ways) {
            way.merge(theirs);
        }
        for point in other.points() {
            let mut mine = self.points_mut();
            if let Some(mine) = mine.find(|mine| mine.number == point.number) {
                mine.merge(point);
            } else {
                drop(mine);
                self.more_points.push(*point);
            }
        }
    }

    pub(crate) fn points(&self) -> impl Iterator<Item = &Point> {
        std::iter::once(&self.first_point).chain(&self.more_points)
    }

    fn points_mut(&mut self) -> impl Iterator<Item = &mut Point> {
        std::iter::once(&mut self.first_point).chain(&mut self.more_points)
    }

    /// Where bytes and packets are counted: where both directions were seen, then where most was. `name` decides between equal ones, so that the
    /// choice does not depend on the order of reading.
    pub(crate) fn capture_point<'n>(&self, name: impl Fn(u32) -> Option<&'n str>) -> Point {
        let mut best = self.first_point;
        for point in &self.more_points {
            let (theirs, mine) = (point.seen(), best.seen());
            if theirs > mine || (theirs == mine && name(point.number) < name(best.number)) {
                best = *point;
            }
        }
        best
    }

    /// What became of it, seen from the end that called: refused if some of it was, and nothing was let through that came back. `None` if no record says.
    pub(crate) fn action(&self, client: usize) -> Option<Action> {
        let rejected = self.ways.iter().any(|way| way.rejected);
        let accepted = self.ways.iter().any(|way| way.accepted);
        match (rejected, accepted) {
            (false, false) => None,
            (true, _) if !self.ways[1 - client].accepted => Some(Action::Reject),
            _ => Some(Action::Accept),
        }
    }

    /// Bytes held beside the flow itself.
    pub(crate) fn heap(&self) -> usize {
        self.more_points.capacity() * size_of::<Point>()
    }
}
