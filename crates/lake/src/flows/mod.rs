//! The table `flows`: who called whom, each conversation once.
//!
//! A connection is recorded several times: each interface that saw it writes one record for each direction and each
//! aggregation window. Sums over records count it as often, and half of the records name the server as the source. Here it is
//! one row. `docs/flows.md` is the documentation of the rules, in the order in which they are used:
//!
//! 1. [`tuple`]: what a record is about. Packet-level addresses where the record has them, else those of the interface.
//! 2. [`fold`]: which records are one flow. The same two ends and protocol, and no silence longer than [`FlowSettings::idle`].
//! 3. [`orient`]: who is the client. The rule that decided is the column `orientation`.
//! 4. [`flow`]: what a row says. Bytes are those of one capture point, never a sum over several.
//!
//! Which records are one flow does not depend on the order in which they are read: flows are the connected parts of
//! intervals, and nothing is closed before everything that could touch it has been read.

use serde::{Deserialize, Serialize};

mod columns;
mod conversations;
mod exchange;
mod flow;
mod fold;
mod judge;
mod orient;
mod points;
mod ports;
mod provider;
mod roll;
mod scan;
mod sighting;
mod tuple;

pub(crate) use columns::flow_schema;
pub use columns::{FLOW_COLUMNS, FlowColumn};
pub(crate) use conversations::converse;
pub use conversations::{Conversation, Ends, Interfaces, Outcome};
pub(crate) use exchange::Work;
pub use judge::Judged;
pub(crate) use judge::judge;
pub use orient::Orientation;
pub use provider::Flows;
pub(crate) use scan::FlowScan;

/// How records are folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowSettings {
    /// Seconds of silence after which the same two ends begin another flow. The default, 180, is how long a security group
    /// remembers a stream of UDP (EC2 user guide, "Connection tracking").
    pub idle: i64,
    /// Bytes that open flows may hold. Beyond it the flows that ended first are given early.
    pub memory: usize,
}

impl Default for FlowSettings {
    fn default() -> Self {
        Self {
            idle: 180,
            memory: 256 * 1024 * 1024,
        }
    }
}
