//! The names of attacks.

use super::{Row, TABLE};
use crate::random::Random;

/// What an attack does; there is one for each detection, of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Technique {
    /// Many ports of one server.
    PortScan,
    /// One port of many servers.
    AddressSweep,
    /// Many ports of one server, over days.
    SlowScan,
    /// Many attempts to log in.
    BruteForce,
    /// The same, until one succeeds.
    BruteForceSucceeded,
    /// More sent out than this host ever sends.
    ExfiltrationVolume,
    /// Data sent to an address that nobody called before.
    ExfiltrationNewDestination,
    /// Calls home at intervals.
    Beaconing,
    /// A connection to the outside that is kept open.
    LongConnection,
    /// Data in queries to a name server that is not the network's.
    DnsTunnel,
    /// A miner at its pool.
    CryptoMiningPorts,
    /// Calls to or from an address on the user's list.
    TorOrBadAddress,
    /// From host to host, on ports of administration.
    LateralMovement,
    /// Between networks that must not talk.
    CrossTenant,
    /// Far more refusals than usual.
    RejectedSpike,
    /// Somebody from the internet on a port of administration, let in.
    AcceptedFromInternetOnAdminPort,
    /// A protocol that nobody uses here.
    UnusualProtocol,
    /// A port that answers and never did before.
    NewListener,
    /// Traffic that is never answered although nothing refuses it.
    AsymmetricOrOneWay,
    /// Mail sent by what is no mail server.
    SmtpOutbound,
    /// Many sources at once.
    DdosInbound,
    /// An interface that writes no records any more.
    RecordingStopped,
    /// Data sent to a country that nobody called before.
    EgressToNewCountry,
}

/// How hard an attack is to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variant {
    /// Loud and plain.
    Easy,
    /// As the usual tools and people do it.
    Realistic,
    /// By someone who knows that flow logs are read.
    Evasive,
}

impl Technique {
    /// Every technique.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The id of the detection: `port-scan`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().1
    }

    /// The technique of that id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::all().find(|one| one.id() == id)
    }

    /// Whether it only stands out against what was before. It then happens in the last third of the time.
    #[must_use]
    pub fn needs_past(self) -> bool {
        self.row().2
    }

    /// Whether it comes over IPv6, to what can be reached like that: one in five does. Floods do not, and who evades by a
    /// door that was left open does, for rules for IPv6 are forgotten.
    pub(crate) fn comes_over_ipv6(self, variant: Variant, random: &mut Random) -> bool {
        let by_chance = random.chance(200);
        match (self, variant) {
            (Self::DdosInbound, _) => false,
            (Self::AcceptedFromInternetOnAdminPort, Variant::Evasive) => true,
            _ => by_chance,
        }
    }

    pub(super) fn row(self) -> &'static Row {
        // A test holds that the table is in the order of the techniques.
        &TABLE[self as usize]
    }
}

impl Variant {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::Easy, Self::Realistic, Self::Evasive];

    /// In one word.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Realistic => "realistic",
            Self::Evasive => "evasive",
        }
    }

    /// The variant of that word.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }
}
