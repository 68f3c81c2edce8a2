//! What detections need to know of this network, and what they need not report: `[detect]`.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Network, Setting};
use crate::Severity;
use crate::finding::PolicyLine;

/// `[detect]` of a policy file. Detections are named by [`DETECTION_IDS`](super::DETECTION_IDS).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectPolicy {
    /// Networks that are ours, beside the private ones.
    pub inside: Vec<Network>,
    /// DNS servers that our hosts are meant to ask.
    pub resolvers: Vec<Network>,
    /// Addresses with a bad name that stand in the policy file itself.
    pub bad_addresses: Vec<Network>,
    /// Files of addresses with a bad name, as they are written: relative to the policy file.
    pub bad_address_files: Vec<String>,
    /// File that tells the country of an address, in MaxMind's format, as it is written: relative to the policy file.
    pub geoip: Option<String>,
    /// AWS's list of its own address ranges, `ip-ranges.json`, as it is written: relative to the policy file.
    pub aws_ranges: Option<String>,
    /// Numbers that differ from a detection's own, by detection and name: finite and above zero.
    /// Whether the detection has a parameter of that name is not known here.
    pub parameters: BTreeMap<String, BTreeMap<String, Setting<f64>>>,
    /// Detections switched off, by id.
    pub disabled: BTreeMap<String, PolicyLine>,
    /// Severities that differ from the detection's own, by id.
    pub severities: BTreeMap<String, Setting<Severity>>,
    /// The allow-list, in the order of the file.
    pub allow: Vec<AllowEntry>,
    /// Networks that must not talk to each other, in the order of the file.
    pub separate: Vec<SeparateEntry>,
}

impl DetectPolicy {
    /// Whether that detection is on.
    #[must_use]
    pub fn is_enabled(&self, detection_id: &str) -> bool {
        !self.disabled.contains_key(detection_id)
    }

    /// Severity of a detection's findings: as the policy has it (with the line that says so), else as
    /// the detection has it.
    #[must_use]
    pub fn severity_of(
        &self,
        detection_id: &str,
        default: Severity,
    ) -> (Severity, Option<&PolicyLine>) {
        self.severities
            .get(detection_id)
            .map_or((default, None), |setting| {
                (setting.value, Some(&setting.origin))
            })
    }

    /// The numbers that are set for that detection, by name.
    #[must_use]
    pub fn parameters_of(&self, detection_id: &str) -> BTreeMap<String, f64> {
        let set = self.parameters.get(detection_id).into_iter().flatten();
        set.map(|(name, setting)| (name.clone(), setting.value))
            .collect()
    }
}

/// One entry of the allow-list: findings that need not be reported, why, and until when. Every
/// condition that is given must hold; at least one is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowEntry {
    /// Id of the detection; none: all.
    pub detection: Option<String>,
    /// The client lies in one of these; empty: any.
    pub clients: Vec<Network>,
    /// The server lies in one of these; empty: any.
    pub servers: Vec<Network>,
    /// The server's port is one of these; empty: any.
    pub server_ports: Vec<u16>,
    /// Why: never empty.
    pub reason: String,
    /// Last day (UTC) on which it holds.
    pub until: Date,
    /// File it stands in.
    pub source: String,
    /// Line of its heading, from 1.
    pub line: u32,
}

impl AllowEntry {
    /// Whether it still holds on that day (UTC).
    #[must_use]
    pub fn in_force(&self, on: Date) -> bool {
        on <= self.until
    }
}

/// Two sets of networks that must not talk to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeparateEntry {
    /// What the user calls it: never empty, and no two have the same.
    pub name: String,
    /// One side: never empty.
    pub one: Vec<Network>,
    /// The other side: never empty.
    pub other: Vec<Network>,
    /// File it stands in.
    pub source: String,
    /// Line of its heading, from 1.
    pub line: u32,
}
