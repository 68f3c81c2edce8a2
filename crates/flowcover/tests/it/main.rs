//! Tests of the whole program.
#![allow(clippy::unwrap_used)]

mod architecture;
mod bad_input;
mod compared;
mod convert;
mod cost;
mod demo;
mod detect;
mod examples;
mod faults;
mod fix;
mod hostile;
mod investigate;
mod ministack;
mod moto;
mod permissions;
mod pseudonyms;
mod read;
mod recipes;
mod said;
mod sources;
mod suggest;
mod support;
