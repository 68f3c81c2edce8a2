//! Ready-made worlds.

mod demo;
mod large;

pub use demo::demo;
pub use large::{Large, organization};
