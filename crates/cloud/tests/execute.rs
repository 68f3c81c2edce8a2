//! Plans carried out, verified and taken back on the simulated organisation.

#![allow(clippy::unwrap_used)]

#[path = "execute/apply.rs"]
mod apply;
#[path = "execute/changed.rs"]
mod changed;
#[path = "execute/copied_tags.rs"]
mod copied_tags;
#[path = "execute/crash.rs"]
mod crash;
#[path = "execute/faults.rs"]
mod faults;
#[path = "execute/kept_groups.rs"]
mod kept_groups;
#[path = "execute/keys.rs"]
mod keys;
#[path = "execute/lab.rs"]
mod lab;
#[path = "execute/left_over.rs"]
mod left_over;
#[path = "execute/ours.rs"]
mod ours;
#[path = "execute/plans.rs"]
mod plans;
#[path = "execute/preflight.rs"]
mod preflight;
#[path = "execute/random.rs"]
mod random;
#[path = "execute/records.rs"]
mod records;
#[path = "execute/rollback.rs"]
mod rollback;
#[path = "execute/sameness.rs"]
mod sameness;
#[path = "execute/stop.rs"]
mod stop;
#[path = "execute/verify.rs"]
mod verify;
