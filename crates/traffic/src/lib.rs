//! Simulated flow-log records: the traffic of an account and region over a span of time, as AWS would deliver it.
//!
//! Two peered VPCs with load balancers, web servers, applications, databases and NAT gateways, the internet around
//! them with its clients and scanners, busier by day than by night. Every connection is recorded as AWS records it: one
//! record for each interface that saw it, for each direction and each aggregation window. Attacks of every
//! [`Technique`] can be hidden in it, each easy to find, as it is met, or evasive; [`Label`]s tell where. With
//! [`Settings::habits`] there is also what looks like an attack and is none. Addresses in the internet are drawn by chance and stand for nobody.
//!
//! Everything is made from a seed, with integers only: the same [`Settings`] give the same bytes everywhere. Each bin of
//! five minutes is made on its own, in any order and by any number of threads, so memory does not grow with the span.
//!
//! ```
//! use flowcover_traffic::{Hidden, Settings, Traffic};
//!
//! let traffic = Traffic::new(Settings {
//!     minutes: 30,
//!     records: 20_000,
//!     hidden: vec![Hidden::VerticalScan],
//!     ..Settings::default()
//! })?;
//! let object = &traffic.bin(2)[0];
//! assert!(object.key.to_string().starts_with("AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/"));
//! assert!(object.text.starts_with(b"version account-id interface-id srcaddr"));
//! # Ok::<(), flowcover_traffic::SettingsError>(())
//! ```

mod attack;
mod background;
mod bin;
mod callers;
mod connection;
mod cut;
mod habits;
mod hidden;
mod host;
mod lasting;
mod line;
mod lists;
mod network;
mod object;
mod periodic;
mod random;
mod rhythm;
mod settings;
mod steady;
mod traffic;
mod truth;

pub use attack::{Technique, Variant};
pub use hidden::{Hidden, Label, Party};
pub use host::TrafficHost;
pub use lists::Lists;
pub use object::{Object, Totals};
pub use settings::{Settings, SettingsError, VERSION_5_FORMAT};
pub use traffic::Traffic;
pub use truth::TrafficConnection;
