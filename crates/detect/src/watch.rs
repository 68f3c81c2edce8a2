//! What a detection does with flows.

use std::any::Any;

use crate::finding::Findings;
use crate::flow::Flow;
use crate::world::World;

/// The operator of one detection: it sees every flow once, in any order, and keeps bounded state.
pub trait Watch: Send + Sized + 'static {
    /// Sees a flow.
    fn see(&mut self, flow: &Flow, world: &World);

    /// Adds what another of the same detection and parameters has seen.
    fn join(&mut self, other: Self);

    /// Says what it found in all that was seen.
    fn finish(&self, findings: &mut Findings<'_>);

    /// Bytes that are held.
    fn bytes(&self) -> usize;
}

/// A [`Watch`] of any detection.
pub(crate) trait Watcher: Any + Send {
    fn see(&mut self, flow: &Flow, world: &World);
    fn join(&mut self, other: Box<dyn Watcher>);
    fn finish(&self, findings: &mut Findings<'_>);
    fn bytes(&self) -> usize;
}

impl<W: Watch> Watcher for W {
    fn see(&mut self, flow: &Flow, world: &World) {
        Watch::see(self, flow, world);
    }

    fn join(&mut self, other: Box<dyn Watcher>) {
        let other: Box<dyn Any> = other;
        // Engines are joined detection by detection, so they are of one kind.
        if let Ok(other) = other.downcast::<W>() {
            Watch::join(self, *other);
        }
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        Watch::finish(self, findings);
    }

    fn bytes(&self) -> usize {
        Watch::bytes(self)
    }
}
