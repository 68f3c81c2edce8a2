//! What a detection found.

use std::collections::BTreeSet;

use flowcover_core::Severity;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::Address;
use crate::baseline::Baseline;
use crate::coverage::CapturePoint;
use crate::detection::Detection;
use crate::hours::Hours;
use crate::keyed::Thinned;
use crate::parameters::{Parameters, Unit};
use crate::query::{Narrow, query};
use crate::tally::Tally;
use crate::world::World;

/// Findings of one detection that are reported: what is beyond is counted.
const MOST: usize = 500;

/// Who a finding is about: what is many is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ends {
    /// Who called.
    pub client: Option<Address>,
    /// Who was called.
    pub server: Option<Address>,
    /// At which port.
    pub server_port: Option<u16>,
    /// IANA protocol number.
    pub protocol: Option<u8>,
}

/// A number that speaks for a finding.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Measure {
    /// What it is, in `snake_case`.
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: Unit,
}

/// A finding, as the operator of a detection has it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Who it is about.
    pub ends: Ends,
    /// How much it matters here, where that is not what the detection's table says.
    pub severity: Option<Severity>,
    /// What was seen, in one sentence, without the names of the ends at its beginning.
    pub message: String,
    /// Unix seconds: when it began.
    pub first: i64,
    /// Unix seconds: when it was last seen.
    pub last: i64,
    /// Key of a capture point where it was seen.
    pub point: Option<u64>,
    /// The numbers that decided, and some that help.
    pub measures: Vec<Measure>,
    /// How it was spread over time.
    pub hours: Hours,
    /// Whether a number in it is an estimate, or a table had to give something up.
    pub approximate: Option<String>,
    /// When it happened (Unix seconds), where the same can happen to the same ends again and is then another finding; none where it goes on.
    pub occasion: Option<i64>,
    /// How heavy it weighs among those of its detection: where there are too many, the heaviest are reported.
    pub weight: u64,
}

impl Found {
    /// Of these ends: when and where, and how it was spread over time, as the tally has it. It weighs as many flows as there were.
    #[must_use]
    pub fn new(ends: Ends, tally: &Tally, message: String) -> Self {
        Self {
            ends,
            message,
            first: tally.first,
            last: tally.last,
            point: Some(tally.point),
            hours: tally.hours.clone(),
            weight: tally.flows,
            ..Self::default()
        }
    }

    /// Matters so much here, whatever the detection's table says.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Weighs so much among the findings of its detection.
    #[must_use]
    pub fn with_weight(mut self, weight: u64) -> Self {
        self.weight = weight;
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64, unit: Unit) -> Self {
        self.measures.push(Measure { name, value, unit });
        self
    }

    /// Adds a count.
    #[must_use]
    pub fn with_count(self, name: &'static str, count: u64) -> Self {
        self.with(name, count as f64, Unit::Count)
    }

    /// Says that a table had to give something up, if it had.
    #[must_use]
    pub fn with_thinned(mut self, thinned: Thinned) -> Self {
        if let Some(remark) = thinned.remark() {
            self.say_approximate(&remark);
        }
        self
    }

    /// Says that a count is an estimate, if it is one.
    #[must_use]
    pub fn with_estimate(mut self, what: &str, is_exact: bool) -> Self {
        if !is_exact {
            self.say_approximate(&format!(
                "the number of {what} is an estimate, some 2 % off"
            ));
        }
        self
    }

    fn say_approximate(&mut self, remark: &str) {
        match &mut self.approximate {
            Some(text) => {
                text.push_str("; ");
                text.push_str(remark);
            }
            None => self.approximate = Some(remark.to_owned()),
        }
    }
}

/// One hour of a finding's chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    /// When the hour begins, Unix seconds.
    pub start: i64,
    /// How much there was in it: of what, the detection's page says.
    pub amount: u64,
}

/// A finding, as reports have it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// Id of the detection.
    pub detection: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was seen, in one sentence.
    pub message: String,
    /// Who called; none where there are many.
    #[schemars(with = "Option<String>")]
    pub client: Option<Address>,
    /// What the inventory calls the client.
    pub client_name: Option<String>,
    /// Who was called; none where there are many.
    #[schemars(with = "Option<String>")]
    pub server: Option<Address>,
    /// What the inventory calls the server.
    pub server_name: Option<String>,
    /// Port of the server; none where there are many, or none.
    pub server_port: Option<u16>,
    /// IANA protocol number; none where there are many.
    pub protocol: Option<u8>,
    /// Unix seconds: when it began.
    pub first_seen: i64,
    /// Unix seconds: when it was last seen.
    pub last_seen: i64,
    /// Where it was seen: account, VPC, subnet, instance, interface, as far as the records say.
    #[serde(flatten)]
    pub capture_point: CapturePoint,
    /// The numbers that decided, and some that help.
    pub measures: Vec<Measure>,
    /// How it was spread over time.
    pub hours: Vec<Point>,
    /// What is estimated in it, and why.
    pub approximate: Option<String>,
    /// SQL over the table `flows` that shows it.
    pub query: String,
    /// Stable over runs: the same ends in the same detection have the same fingerprint, but for spikes, of which each has its own.
    pub fingerprint: String,
    #[serde(skip)]
    pub(crate) weight: u64,
    /// That of [`Found::occasion`]: it is part of the fingerprint.
    #[serde(skip)]
    pub(crate) occasion: Option<i64>,
}

/// Where operators put what they found, and what they need to judge.
pub struct Findings<'a> {
    /// Of which detection.
    pub(crate) detection: &'static Detection,
    pub(crate) parameters: &'a Parameters,
    pub(crate) context: &'a Context<'a>,
    pub(crate) findings: Vec<Finding>,
    /// Why the detection could not judge, or only weakly.
    pub(crate) remark: Option<String>,
}

/// What is known at the end, when judging begins.
pub(crate) struct Context<'a> {
    pub(crate) world: &'a World,
    /// Unix seconds: the first flow began.
    pub(crate) from: i64,
    /// Unix seconds: the last flow ended.
    pub(crate) to: i64,
    pub(crate) points: &'a dyn Fn(u64) -> Option<CapturePoint>,
    pub(crate) attendance: &'a crate::coverage::Attendance,
    /// Addresses that pass on what others send.
    pub(crate) gateways: &'a BTreeSet<Address>,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl<'a> Findings<'a> {
    /// What is known beside the flows.
    #[must_use]
    pub fn world(&self) -> &'a World {
        self.context.world
    }

    /// When the first flow began and the last ended, Unix seconds.
    #[must_use]
    pub fn span(&self) -> (i64, i64) {
        (self.context.from, self.context.to)
    }

    /// Which interfaces wrote records when.
    #[must_use]
    pub fn attendance(&self) -> &crate::coverage::Attendance {
        self.context.attendance
    }

    /// Whether it is the address of a gateway, which calls only on behalf of others.
    #[must_use]
    pub fn is_gateway(&self, address: Address) -> bool {
        self.context.gateways.contains(&address)
    }

    /// From which moment on (Unix seconds) things can be called new: there must be so many days before it, in the baseline or else in
    /// the flows themselves. If there are not, says so, and gives none.
    pub fn judged_from(&mut self, days: f64) -> Option<i64> {
        let (from, to) = self.span();
        let past = self.world().baseline.as_ref().map_or(0.0, Baseline::days);
        if past >= days {
            return Some(from);
        }
        let learnt = from.saturating_add((days * DAY as f64) as i64);
        if learnt < to {
            return Some(learnt);
        }
        let seen = to.saturating_sub(from).max(0) as f64 / DAY as f64;
        self.remark = Some(format!(
            "has too little past: it needs {days} days before what it judges, and has {:.1} in the records and {past:.1} in the baseline",
            seen
        ));
        None
    }

    /// Says that nothing, or less, could be judged for want of what the user can give, such as a list.
    pub fn lacks(&mut self, what: &str) {
        let remark = self.remark.get_or_insert_default();
        if !remark.is_empty() {
            remark.push_str("; ");
        }
        remark.push_str(what);
    }

    /// Adds what was found.
    pub fn add(&mut self, found: Found) {
        let narrow = Narrow {
            client: found.ends.client,
            server: found.ends.server,
            server_port: found.ends.server_port,
            protocol: found.ends.protocol,
        };
        let point = found.point.and_then(|key| (self.context.points)(key));
        let capture_point = point.unwrap_or_default();
        self.findings.push(Finding {
            detection: self.detection.id,
            severity: found.severity.unwrap_or(self.detection.severity),
            message: found.message,
            client: found.ends.client,
            client_name: None,
            server: found.ends.server,
            server_name: None,
            server_port: found.ends.server_port,
            protocol: found.ends.protocol,
            first_seen: found.first,
            last_seen: found.last,
            fingerprint: fingerprint(
                self.detection.id,
                &found.ends,
                found.occasion,
                &capture_point,
            ),
            capture_point,
            measures: found.measures,
            hours: found
                .hours
                .iter()
                .map(|(start, amount)| Point { start, amount })
                .collect(),
            approximate: found.approximate,
            query: query(self.detection.sql, self.parameters, self.world(), &narrow),
            weight: found.weight,
            occasion: found.occasion,
        });
    }

    /// The heaviest of them, and how many there were beyond.
    pub(crate) fn into_heaviest(mut self) -> (Vec<Finding>, usize, Option<String>) {
        self.findings.sort_by_key(|finding| {
            (
                std::cmp::Reverse(finding.severity),
                std::cmp::Reverse(finding.weight),
            )
        });
        let beyond = self.findings.len().saturating_sub(MOST);
        self.findings.truncate(MOST);
        (self.findings, beyond, self.remark)
    }
}

/// Sixteen hexadecimal digits of SHA-256 over the detection, its ends, and the occasion where there is one. The interface counts only where there are no ends: the same
/// conversation may be seen at another one tomorrow.
pub(crate) fn fingerprint(
    detection: &str,
    ends: &Ends,
    occasion: Option<i64>,
    point: &CapturePoint,
) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: Option<String>| {
        hash.update(text.as_deref().unwrap_or("-"));
        hash.update([0]);
    };
    part(Some(detection.to_owned()));
    part(ends.client.map(|address| address.to_string()));
    part(ends.server.map(|address| address.to_string()));
    part(ends.server_port.map(|port| port.to_string()));
    part(ends.protocol.map(|protocol| protocol.to_string()));
    if *ends == Ends::default() {
        part(point.interface_id.clone());
    }
    if let Some(occasion) = occasion {
        part(Some(format!("at {occasion}")));
    }
    let digest = hash.finalize();
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
