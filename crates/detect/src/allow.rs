//! What is known and meant to be: findings that need not be reported, why, and until when.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::address::Network;
use crate::finding::Finding;

/// One entry of the allow-list: `[[detect.allow]]` of the policy file. Every condition that is given must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// Id of the detection; none: all.
    pub detection: Option<String>,
    /// The client lies in one of these; empty: any. A finding without a client is then not matched.
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

/// What became of an entry of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AllowState {
    /// Where it stands: `flowcover.toml:12`.
    pub place: String,
    /// Why, as the user has it.
    pub reason: String,
    /// Last day (UTC) on which it holds.
    pub until: String,
    /// Whether that day has passed: then it allows nothing.
    pub expired: bool,
    /// Findings that it kept out of the report.
    pub findings: u64,
}

impl Allow {
    fn matches(&self, finding: &Finding) -> bool {
        let any_of = |networks: &[Network], address: Option<crate::Address>| {
            networks.is_empty()
                || address
                    .is_some_and(|address| networks.iter().any(|network| network.contains(address)))
        };
        self.detection
            .as_deref()
            .is_none_or(|id| id == finding.detection)
            && any_of(&self.clients, finding.client)
            && any_of(&self.servers, finding.server)
            && (self.server_ports.is_empty()
                || finding
                    .server_port
                    .is_some_and(|port| self.server_ports.contains(&port)))
    }

    fn state(&self, today: Date) -> AllowState {
        AllowState {
            place: format!("{}:{}", self.source, self.line),
            reason: self.reason.clone(),
            until: self.until.to_string(),
            expired: today > self.until,
            findings: 0,
        }
    }
}

/// Takes out what is allowed, and says what each entry did. The first entry that matches has it.
pub(crate) fn sift(findings: &mut Vec<Finding>, allowed: &[Allow], today: Date) -> Vec<AllowState> {
    let mut states: Vec<AllowState> = allowed.iter().map(|allow| allow.state(today)).collect();
    findings.retain(|finding| {
        let mut entries = allowed.iter().zip(&mut states);
        let entry = entries.find(|(allow, state)| !state.expired && allow.matches(finding));
        match entry {
            Some((_, state)) => {
                state.findings += 1;
                false
            }
            None => true,
        }
    });
    states
}
