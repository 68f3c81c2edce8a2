//! (filled below)
pub mod iam;
