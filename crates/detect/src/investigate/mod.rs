//! Everything that one address, block, interface or instance did: an [`Investigation`] sees its flows in the same pass as the detections, and
//! ends as a [`Dossier`].

mod contact;
mod dossier;
mod events;
mod finish;
mod investigation;
mod slots;
mod sql;
mod subject;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use dossier::{
    Cell, Direction, Dossier, Event, EventKind, Peer, Port, PortName, Timeline, Totals,
};
pub use investigation::Investigation;
pub use subject::{Id, Inquiry, NoSubject, Subject};
