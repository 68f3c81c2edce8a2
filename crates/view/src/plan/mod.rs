//! How a plan looks: in a terminal, in a pull request, and as files for other tools.
//!
//! Names in a plan come from AWS: what is shown is made inert first, and what other programs run is quoted.
//! A step whose names mean something to those programs is left out and named (`step::unfit`).

mod aws_cli;
mod cloudformation;
mod commands;
#[cfg(test)]
mod fixture;
mod hcl;
mod left_out;
mod made;
mod markdown;
mod names;
mod shell;
mod step;
mod terminal;
mod terraform;
mod words;

pub use aws_cli::aws_cli;
pub use cloudformation::cloudformation;
pub use markdown::markdown;
pub use terminal::terminal;
pub use terraform::terraform;
