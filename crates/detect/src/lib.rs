//! Detections: what in the traffic deserves a look, and why.
//!
//! A [`Detection`] is one id, one file and one page. It holds parameters with their defaults, what it needs of the records, the query
//! over the table `flows` that reproduces a finding, and a [`Watch`]: a small operator that sees every flow once and keeps bounded state.
//! An [`Engine`] runs all of them in one pass; engines that saw parts of the flows, in whatever order, can be joined.
//!
//! An [`Investigation`] collects in the same pass what one address, block or interface did.
//!
//! Nothing here reads files or a clock, or knows where flows come from.

mod address;
mod allow;
mod baseline;
mod coverage;
mod detection;
pub mod detections;
mod distinct;
mod engine;
mod finding;
mod flow;
mod hours;
pub mod investigate;
mod keyed;
mod names;
mod page;
mod parameters;
mod pseudonyms;
mod query;
mod sent;
mod spread;
mod tally;
mod watch;
mod world;

pub use address::{Address, Network, Networks, NoNetwork};
pub use allow::{Allow, AllowState};
pub use baseline::{Baseline, BaselineError, Past};
pub use coverage::{Attendance, CapturePoint, Coverage, Presence, Weakened};
pub use detection::{DETECTIONS, Detection, Technique};
pub use distinct::Distinct;
pub use engine::{Engine, Report, Settings};
pub use finding::{Ends, Finding, Findings, Found, Measure, Point};
pub use flow::Flow;
pub use hours::Hours;
pub use investigate::{Dossier, Inquiry, Investigation, NoSubject, Subject};
pub use keyed::{Keyed, State, Thinned};
pub use names::{AwsRanges, Names, NoAwsRanges};
pub use parameters::{Parameter, ParameterError, Parameters, Unit};
pub use pseudonyms::Pseudonyms;
pub use query::Narrow;
pub use tally::Tally;
pub use watch::Watch;
pub use world::{Countries, Country, Separation, World};
