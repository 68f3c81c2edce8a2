//! Everything that one address, block, interface, instance or security group did: an [`Investigation`] sees its flows in the same pass as the detections, and
//! ends as a [`Dossier`].

mod contact;
mod dossier;
mod events;
mod finish;
mod inquiry;
mod investigation;
mod resolve;
mod rows;
mod slots;
mod sql;
mod subject;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod times;

pub use dossier::{
    Cell, Direction, Dossier, Event, EventKind, Peer, Port, PortName, Timeline, Totals, Window,
};
pub use inquiry::Inquiry;
pub use investigation::Investigation;
pub use subject::{Id, NoSubject, Subject};
