//! Which records are one flow.

use datafusion::common::HashMap;

use super::flow::Flow;
use super::sighting::Sighting;
use super::tuple::Tuple;

/// The flows that are still open, of some of the tuples.
#[derive(Debug)]
pub(crate) struct Fold {
    idle: i64,
    open: HashMap<Tuple, Open>,
    heap: usize,
}

/// The flows of one tuple; nearly always one.
#[derive(Debug)]
struct Open {
    flow: Flow,
    others: Vec<Flow>,
}

/// A flow that nothing can be added to.
pub(crate) type Closed = (Tuple, Flow);

impl Fold {
    pub(crate) fn new(idle: i64) -> Self {
        Self {
            idle,
            open: HashMap::new(),
            heap: 0,
        }
    }

    /// Adds a record to the flow that it belongs to. It may be what two flows have been waiting for to be one.
    pub(crate) fn add(&mut self, sighting: &Sighting) {
        let flow = Flow::new(sighting);
        let open = match self.open.entry(sighting.tuple) {
            datafusion::common::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(Open {
                    flow,
                    others: Vec::new(),
                });
                return;
            }
            datafusion::common::hash_map::Entry::Occupied(occupied) => occupied.into_mut(),
        };
        let before = open.heap();
        open.add(flow, self.idle);
        self.heap += open.heap();
        self.heap -= before;
    }

    /// Bytes that are held.
    pub(crate) fn bytes(&self) -> usize {
        // One byte of control for each place of the table.
        self.open.capacity() * (size_of::<(Tuple, Open)>() + 1) + self.heap
    }

    /// Gives the flows that no record which begins at `moment` or later can touch.
    pub(crate) fn close_before(&mut self, moment: i64, closed: &mut Vec<Closed>) {
        let idle = self.idle;
        self.close(|flow| flow.end.saturating_add(idle) < moment, closed);
    }

    /// Gives all of them.
    pub(crate) fn close_all(&mut self, closed: &mut Vec<Closed>) {
        self.close(|_| true, closed);
        self.open.shrink_to_fit();
    }

    /// Gives the half of them that ended first, for want of memory.
    pub(crate) fn shed(&mut self, closed: &mut Vec<Closed>) {
        let ends = self.open.values().flat_map(Open::flows);
        let mut ends: Vec<i64> = ends.map(|flow| flow.end).collect();
        if ends.is_empty() {
            return;
        }
        let middle = ends.len() / 2;
        let (_, &mut median, _) = ends.select_nth_unstable(middle);
        self.close(|flow| flow.end <= median, closed);
    }

    fn close(&mut self, is_done: impl Fn(&Flow) -> bool, closed: &mut Vec<Closed>) {
        let mut heap = 0;
        self.open.retain(|tuple, open| {
            if open.others.is_empty() {
                // The usual case, without moving anything.
                let done = is_done(&open.flow);
                if done {
                    closed.push((*tuple, open.flow.clone()));
                } else {
                    heap += open.heap();
                }
                return !done;
            }
            let (done, mut left): (Vec<Flow>, Vec<Flow>) =
                open.flows().cloned().partition(|flow| is_done(flow));
            closed.extend(done.into_iter().map(|flow| (*tuple, flow)));
            let Some(flow) = left.pop() else {
                return false;
            };
            *open = Open { flow, others: left };
            heap += open.heap();
            true
        });
        self.heap = heap;
    }
}

impl Open {
    fn flows(&self) -> impl Iterator<Item = &Flow> {
        std::iter::once(&self.flow).chain(&self.others)
    }

    fn heap(&self) -> usize {
        let others = self.others.capacity() * size_of::<Flow>();
        others + self.flows().map(Flow::heap).sum::<usize>()
    }

    fn add(&mut self, new: Flow, idle: i64) {
        if self.others.is_empty() && self.flow.touches(&new, idle) {
            self.flow.merge(&new);
            return;
        }
        let mut new = new;
        let mut flows = std::mem::take(&mut self.others);
        flows.push(self.flow.clone());
        // What touches one of the parts, touches the whole: the flows are the connected parts of intervals.
        flows.retain(|flow| {
            let touches = flow.touches(&new, idle);
            if touches {
                new.merge(flow);
            }
            !touches
        });
        self.flow = new;
        self.others = flows;
    }
}
