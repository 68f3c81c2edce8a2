//! Tests of the whole program.
#![allow(clippy::unwrap_used)]

mod architecture;
