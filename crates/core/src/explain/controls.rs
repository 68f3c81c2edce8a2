//! The pages seen from the side of the frameworks: which check gives evidence for which control.

use std::cmp::Ordering;

use super::render::{push_block, push_row};
use super::{Control, pages};

/// Frameworks by id and human name, in the order of the auditor's view.
const FRAMEWORKS: [(&str, &str); 13] = [
    ("cis-aws", "CIS AWS Foundations Benchmark"),
    ("aws-fsbp", "AWS Foundational Security Best Practices"),
    ("cis-controls", "CIS Critical Security Controls"),
    ("pci-dss", "PCI DSS"),
    ("nist-800-53", "NIST SP 800-53"),
    ("nist-800-171", "NIST SP 800-171"),
    ("nist-csf", "NIST Cybersecurity Framework"),
    ("iso-27001", "ISO/IEC 27001"),
    ("soc2", "SOC 2 Trust Services Criteria"),
    ("hipaa", "HIPAA Security Rule"),
    ("gdpr", "GDPR"),
    ("apra-cps-234", "APRA CPS 234"),
    ("mas-trm", "MAS Technology Risk Management Guidelines"),
];

/// One version of a framework with the controls that checks give evidence for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameworkControls {
    /// Id of the framework, such as `cis-aws`.
    pub framework: &'static str,
    /// Human name of the framework.
    pub name: &'static str,
    /// Version or edition.
    pub version: &'static str,
    /// Controls, in the framework's order of numbers.
    pub controls: Vec<ControlChecks>,
}

/// A control, and the checks that give evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlChecks {
    /// Number of the control as the framework writes it.
    pub control: &'static str,
    /// What the control asks, in one line.
    pub title: &'static str,
    /// Ids of the checks, in the order of [`pages`].
    pub checks: Vec<&'static str>,
}

/// Human name of a framework; its id where it has none.
#[must_use]
pub fn framework_name(id: &str) -> &str {
    FRAMEWORKS
        .iter()
        .find(|(framework, _)| *framework == id)
        .map_or(id, |(_, name)| name)
}

/// All frameworks, each version apart, with controls and checks: the auditor's view.
#[must_use]
pub fn control_index() -> Vec<FrameworkControls> {
    let mut index: Vec<FrameworkControls> = Vec::new();
    for page in pages() {
        for control in &page.frameworks {
            add(entry(&mut index, control), control, &page.id);
        }
    }
    for framework in &mut index {
        framework
            .controls
            .sort_by(|a, b| natural(a.control, b.control));
    }
    index.sort_by(|a, b| {
        rank(a.framework)
            .cmp(&rank(b.framework))
            .then_with(|| natural(a.version, b.version))
    });
    index
}

/// The auditor's view as markdown, for `docs/checks/frameworks.md`.
#[must_use]
pub fn frameworks_markdown() -> String {
    let mut out = String::from(
        "# Frameworks\n\nWhich check gives evidence for which control. A check that passes supports a control; \
         it does not by itself meet it.\n",
    );
    for framework in control_index() {
        let mut table = String::from("| control | asks | checks |\n|---|---|---|\n");
        for control in &framework.controls {
            let links: Vec<String> = control
                .checks
                .iter()
                .map(|id| format!("[`{id}`]({id}.md)"))
                .collect();
            push_row(
                &mut table,
                &[control.control, control.title, &links.join(", ")],
            );
        }
        let heading = format!("## {} {}", framework.name, framework.version);
        push_block(&mut out, &heading, table.trim_end());
    }
    out
}

fn entry<'a>(
    index: &'a mut Vec<FrameworkControls>,
    control: &'static Control,
) -> &'a mut FrameworkControls {
    let at = index
        .iter()
        .position(|known| known.framework == control.framework && known.version == control.version)
        .unwrap_or_else(|| {
            index.push(FrameworkControls {
                framework: &control.framework,
                name: framework_name(&control.framework),
                version: &control.version,
                controls: Vec::new(),
            });
            index.len() - 1
        });
    &mut index[at]
}

fn add(framework: &mut FrameworkControls, control: &'static Control, check: &'static str) {
    let known = framework
        .controls
        .iter_mut()
        .find(|known| known.control == control.control);
    match known {
        Some(known) => known.checks.push(check),
        None => framework.controls.push(ControlChecks {
            control: &control.control,
            title: &control.title,
            checks: vec![check],
        }),
    }
}

fn rank(framework: &str) -> usize {
    FRAMEWORKS
        .iter()
        .position(|(id, _)| *id == framework)
        .unwrap_or(FRAMEWORKS.len())
}

/// Compares as people order control numbers: `3.9` before `3.10`, `AU-2` before `AU-12`.
fn natural(a: &str, b: &str) -> Ordering {
    let (a_runs, b_runs) = (runs(a), runs(b));
    a_runs
        .iter()
        .zip(&b_runs)
        .map(|(a, b)| compare_runs(a, b))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a_runs.len().cmp(&b_runs.len()))
}

fn compare_runs(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

/// Cuts a text into runs of digits and runs of anything else.
fn runs(text: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        runs.push(run);
        rest = tail;
    }
    runs
}
