//! Verdicts on small inventories.

mod coverage;
mod delivery;
mod prove;
mod shared;
