//! Everything that one subject did, as reports have it.

use schemars::JsonSchema;
use serde::Serialize;

use super::subject::Subject;
use crate::address::Address;
use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::world::Country;
use flowcover_core::Severity;

/// Everything that one subject did in the flows that were seen.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Dossier {
    /// `flowcover.investigation/1`.
    pub schema: &'static str,
    /// About whom: an address, a block, or the id of an interface, an instance or a security group.
    #[schemars(with = "String")]
    pub subject: Subject,
    /// `address`, `network`, `interface`, `instance` or `security-group`.
    pub kind: &'static str,
    /// What the inventory calls it. The caller fills it in.
    pub name: Option<String>,
    /// The span that was asked for; none: all that there was. The caller fills it in.
    pub window: Option<Window>,
    /// Its addresses in these flows, in order; at most 100.
    #[schemars(with = "Vec<String>")]
    pub addresses: Vec<Address>,
    /// The moment that the question is about, Unix seconds.
    pub around: Option<i64>,
    /// All of it together.
    pub totals: Totals,
    /// When there was how much, without a rest.
    pub timeline: Timeline,
    /// What is worth a line, in order of time.
    pub events: Vec<Event>,
    /// Events that are not listed: there were too many of their kind.
    pub events_beyond: u64,
    /// With whom: those with most bytes and flows first.
    pub peers: Vec<Peer>,
    /// Peers that are not listed: there were too many.
    pub peers_beyond: u64,
    /// Over which ports: those with most flows first.
    pub ports: Vec<Port>,
    /// Ports that are not listed: there were too many.
    pub ports_beyond: u64,
    /// Findings of detections that the subject is an end of, the gravest first.
    pub findings: Vec<Finding>,
    /// What is estimated, was dropped or may be missing, in sentences.
    pub remarks: Vec<String>,
    /// What was looked at.
    pub coverage: Coverage,
    /// SQL over the table `flows` that gives all flows of the subject.
    pub query: String,
}

/// The span of the records that were asked for. An end that is missing is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Window {
    /// Its first second, Unix seconds.
    pub from: Option<i64>,
    /// The first second after it, Unix seconds.
    pub to: Option<i64>,
}

/// Who opened a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The subject.
    Out,
    /// The peer.
    In,
    /// One of the subject's, to another of the subject's.
    Within,
}

impl Direction {
    /// As reports have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
            Self::Within => "within",
        }
    }
}

/// Sums over all flows of the subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Totals {
    /// Flows.
    pub flows: u64,
    /// Flows that the subject opened.
    pub flows_out: u64,
    /// Flows that others opened.
    pub flows_in: u64,
    /// Flows of the subject that others' rules, or its own, refused.
    pub refused_out: u64,
    /// Flows of others to the subject that were refused.
    pub refused_in: u64,
    /// Bytes that the subject sent.
    pub bytes_out: u64,
    /// Bytes that the subject got.
    pub bytes_in: u64,
    /// Different peers: at least so many where some were dropped.
    pub peers: u64,
    /// Those of them that are outside.
    pub peers_outside: u64,
    /// Unix seconds: the first flow began. Flows far from all others do not count.
    pub first_seen: Option<i64>,
    /// Unix seconds: the last flow ended. Flows far from all others do not count.
    pub last_seen: Option<i64>,
}

/// When there was how much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Timeline {
    /// Seconds of one cell.
    pub step: i64,
    /// In order of time; at most 200. Cells without anything are among them.
    pub cells: Vec<Cell>,
    /// SQL over the table `flows` that gives flows, refused ones and bytes by cell. There, bytes count where a flow begins.
    pub query: String,
}

/// One span of a time line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cell {
    /// When it begins, Unix seconds.
    pub start: i64,
    /// Flows that began in it.
    pub flows: u64,
    /// Those of them that were refused.
    pub refused: u64,
    /// Bytes that the subject sent; those of a flow are spread evenly over the time that it lasted.
    pub bytes_out: u64,
    /// Bytes that the subject got, spread likewise.
    pub bytes_in: u64,
    /// Whether the subject sent anything: what only knocks at it is no sign of its life.
    pub alive: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The subject sent something for the first time in what was read.
    FirstSign,
    /// A detection found something.
    Finding,
    /// The first answered flow with a peer outside.
    FirstContact,
    /// The first attempt at a port over which hosts are administered.
    AdminPort,
    /// Many flows were refused.
    RefusalBurst,
    /// One flow moved much.
    LargeTransfer,
    /// The subject sent nothing for long.
    Silence,
    /// The subject sent something for the last time in what was read.
    LastSign,
}

impl EventKind {
    /// As reports have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstSign => "first-sign",
            Self::Finding => "finding",
            Self::FirstContact => "first-contact",
            Self::AdminPort => "admin-port",
            Self::RefusalBurst => "refusal-burst",
            Self::LargeTransfer => "large-transfer",
            Self::Silence => "silence",
            Self::LastSign => "last-sign",
        }
    }
}

/// Something worth a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Event {
    /// When it happened or began, Unix seconds.
    pub start: i64,
    /// When it ended, Unix seconds; none where it is a moment.
    pub end: Option<i64>,
    /// What it is.
    pub kind: EventKind,
    /// What happened, in one sentence.
    pub message: String,
    /// How much it matters: of findings only, all else is what happened and no judgement.
    pub severity: Option<Severity>,
    /// Who opened it.
    pub direction: Option<Direction>,
    /// With whom.
    #[schemars(with = "Option<String>")]
    pub peer: Option<Address>,
    /// Port of the server.
    pub server_port: Option<u16>,
    /// IANA protocol number.
    pub protocol: Option<u8>,
    /// Id of the detection, of a finding.
    pub detection: Option<&'static str>,
    /// Fingerprint of the finding in [`Dossier::findings`].
    pub fingerprint: Option<String>,
    /// SQL over the table `flows` that shows it.
    pub query: String,
}

/// What there was between the subject and one other, in one direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Peer {
    /// Address of the subject: of a block, an interface or an instance there can be several.
    #[schemars(with = "String")]
    pub own: Address,
    /// Address of the other.
    #[schemars(with = "String")]
    pub peer: Address,
    /// What the inventory calls the other. The caller fills it in.
    pub peer_name: Option<String>,
    /// Whether the other is one of ours.
    pub inside: bool,
    /// Country of the other, as ISO 3166-1 alpha-2 has it, if it is known.
    #[schemars(with = "Option<String>")]
    pub country: Option<Country>,
    /// Who opened the flows.
    pub direction: Direction,
    /// The lowest ports of the server; at most eight.
    pub ports: Vec<PortName>,
    /// Different ports, each counted for each protocol.
    pub port_count: u64,
    /// Flows.
    pub flows: u64,
    /// Those of them that were refused.
    pub refused: u64,
    /// Those of them in which something came back.
    pub answered: u64,
    /// Bytes that the subject sent.
    pub bytes_out: u64,
    /// Bytes that the subject got.
    pub bytes_in: u64,
    /// Unix seconds: the first began.
    pub first_seen: i64,
    /// Unix seconds: the last ended.
    pub last_seen: i64,
    /// Unix seconds: the first began in which something came back.
    pub first_answered: Option<i64>,
    /// SQL over the table `flows` that shows them.
    pub query: String,
}

/// A port and its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct PortName {
    /// Port of the server; 0 where the protocol has none.
    pub server_port: u16,
    /// IANA protocol number.
    pub protocol: u8,
}

/// What there was at one port of servers, in one direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Port {
    /// Who opened the flows: `in` are ports of the subject, `out` ports of others that it called.
    pub direction: Direction,
    /// Port of the server; 0 where the protocol has none.
    pub server_port: u16,
    /// IANA protocol number.
    pub protocol: u8,
    /// Whether hosts are administered over it.
    pub is_admin: bool,
    /// Different peers.
    pub peers: u64,
    /// Flows.
    pub flows: u64,
    /// Those of them that were refused.
    pub refused: u64,
    /// Those of them in which something came back.
    pub answered: u64,
    /// Bytes that the subject sent.
    pub bytes_out: u64,
    /// Bytes that the subject got.
    pub bytes_in: u64,
    /// Unix seconds: the first began.
    pub first_seen: i64,
    /// Unix seconds: the last ended.
    pub last_seen: i64,
    /// SQL over the table `flows` that shows them.
    pub query: String,
}
