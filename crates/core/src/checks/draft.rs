//! Making a finding: there is none without a resource and without evidence.

use serde_json::Value;

use super::Check;
use super::fingerprint::fingerprint;
use crate::Severity;
use crate::finding::{Evidence, Finding, Fix, PolicyLine, Resource};

/// A finding in the making. Only with evidence (`Draft<true>`) does a [`Sink`](super::Sink) take it.
#[derive(Debug)]
pub struct Draft<const EVIDENCE: bool> {
    check: &'static Check,
    severity: Severity,
    message: String,
    resource: Resource,
    evidence: Evidence,
    policy: Option<PolicyLine>,
    fix: Option<Fix>,
    told_apart_by: Vec<String>,
    vpcs: Vec<usize>,
}

impl Check {
    /// Begins a finding about a resource, in one sentence.
    #[must_use]
    pub fn finds(&'static self, resource: Resource, message: impl Into<String>) -> Draft<false> {
        Draft {
            check: self,
            severity: self.severity,
            message: message.into(),
            resource,
            evidence: Evidence::new(),
            policy: None,
            fix: None,
            told_apart_by: Vec::new(),
            vpcs: Vec::new(),
        }
    }
}

impl<const EVIDENCE: bool> Draft<EVIDENCE> {
    /// Adds an API field that decided, as AWS spells it. What was not there is null.
    #[must_use]
    pub fn evidence(mut self, field: &str, value: impl Into<Value>) -> Draft<true> {
        self.evidence.insert(field.to_owned(), value.into());
        Draft {
            check: self.check,
            severity: self.severity,
            message: self.message,
            resource: self.resource,
            evidence: self.evidence,
            policy: self.policy,
            fix: self.fix,
            told_apart_by: self.told_apart_by,
            vpcs: self.vpcs,
        }
    }

    /// Sets a severity other than the check's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Cites the policy line that made it a finding.
    #[must_use]
    pub fn policy(mut self, line: &PolicyLine) -> Self {
        self.policy = Some(line.clone());
        self
    }

    /// Says what can be done. `safe`: it takes nothing away and interrupts nothing.
    #[must_use]
    pub fn fix(mut self, summary: impl Into<String>, safe: bool) -> Self {
        self.fix = Some(Fix {
            summary: summary.into(),
            safe,
        });
        self
    }

    /// Tells it apart from other findings of the check on the same resource. Never a count, a time
    /// or a message: those change while the fault stays the same.
    #[must_use]
    pub fn told_apart_by(mut self, evidence: impl Into<String>) -> Self {
        self.told_apart_by.push(evidence.into());
        self
    }

    /// Says which VPCs share it, as places in [`Context::vpcs`](crate::judge::Context::vpcs), each once.
    #[must_use]
    pub fn shared_by(mut self, vpcs: Vec<usize>) -> Self {
        self.vpcs = vpcs;
        self
    }
}

impl Draft<true> {
    pub(super) fn check(&self) -> &'static Check {
        self.check
    }

    /// The finding, at the severity that `weigh` makes of the draft's own.
    pub(super) fn finish(self, severity: Severity, overridden_by: Option<&PolicyLine>) -> Finding {
        let fingerprint = fingerprint(self.check.id, &self.resource, &self.told_apart_by);
        Finding {
            check: self.check.id.to_owned(),
            severity,
            message: self.message,
            resource: self.resource,
            evidence: self.evidence,
            policy: self.policy.or_else(|| overridden_by.cloned()),
            fix: self.fix,
            fingerprint,
            vpcs: self.vpcs,
        }
    }

    pub(super) fn own_severity(&self) -> Severity {
        self.severity
    }
}
