//! Findings by severity and detection.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use flowcover_core::Severity;
use flowcover_detect::{Detection, Finding, Report};

use crate::words;

/// Findings of one detection that are as grave as each other, in the order of the report.
pub(super) struct Group<'a> {
    pub(super) severity: Severity,
    pub(super) id: &'a str,
    pub(super) findings: Vec<&'a Finding>,
}

impl Group<'_> {
    /// The detection, if this version has it.
    pub(super) fn detection(&self) -> Option<&'static Detection> {
        Detection::named(self.id)
    }

    /// What it finds, in one line.
    pub(super) fn title(&self) -> &'static str {
        self.detection().map_or("", |detection| detection.summary)
    }
}

/// The gravest first.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut groups = BTreeMap::<_, Vec<&Finding>>::new();
    for finding in &report.findings {
        let key = (Reverse(finding.severity), finding.detection);
        groups.entry(key).or_default().push(finding);
    }
    let group = |((Reverse(severity), id), findings)| Group {
        severity,
        id,
        findings,
    };
    groups.into_iter().map(group).collect()
}

/// Findings of one severity.
pub(super) fn count(report: &Report, severity: Severity) -> u64 {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.severity == severity)
        .count() as u64
}

/// `2 findings: 1 high · 1 low`, or what it means that there are none.
pub(super) fn headline(report: &Report) -> String {
    if !report.findings.is_empty() {
        let number = words::plural(report.findings.len() as u64, "finding");
        let severities = words::severities(|severity| count(report, severity));
        return format!("{number}: {severities}");
    }
    if report.coverage.flows == 0 {
        return "no flow was seen, so nothing could be found".to_owned();
    }
    "nothing found in what was covered".to_owned()
}
