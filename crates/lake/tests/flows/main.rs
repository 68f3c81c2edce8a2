//! The table `flows`: the rules of docs/flows.md, on cases made by hand, and against traffic whose connections are known.

#![allow(clippy::unwrap_used)]

mod accuracy;
mod cases;
mod conversations;
mod detections;
mod dossiers;
mod memory;
mod order;
