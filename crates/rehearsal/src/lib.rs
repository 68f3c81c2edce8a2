//! A second labelled corpus of flow logs: a company's traffic over days, attacks hidden in it, and labels that
//! say what each was.
//!
//! Detections are tuned on one generator's traffic and judged on another's. This is the other: it was written apart
//! from the first, with its own notion of a company and of each attack, and shares no code with it. Who tunes
//! thresholds must not look here.
//!
//! Everything follows from the [`Settings`]: the same settings give the same bytes on every machine. Hours are made
//! one after the other, so memory does not grow with the span.
//!
//! ```
//! use flowcover_rehearsal::{Rehearsal, Settings};
//! let settings = Settings { days: 3, hosts: 24, ..Settings::default() };
//! let mut rehearsal = Rehearsal::new(settings)?;
//! let first = rehearsal.next().expect("there is traffic");
//! assert!(first.key.starts_with("AWSLogs/"));
//! assert!(first.text.starts_with(b"version account-id interface-id"));
//! # Ok::<(), flowcover_rehearsal::SettingsError>(())
//! ```

mod attack;
mod background;
mod company;
mod cut;
mod flow;
mod label;
mod line;
mod outside;
mod random;
mod rehearsal;
mod settings;

pub use attack::Technique;
pub use label::{Country, CrossTenant, Label, Labels};
pub use rehearsal::{Object, Rehearsal};
pub use settings::{RecordFormat, Settings, SettingsError, Variant, Window};
