//! Findings by check, worst first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use flowcover_core::Severity;
use flowcover_core::finding::Finding;
use flowcover_core::report::Report;

use super::page::{Page, Tone};
use crate::subject::findings;
use crate::{Options, RenderError, inert, words};

/// Findings of one check that are shown, unless everything is asked for.
const ROWS: usize = 10;
/// The check that says what gaps say.
const NOT_READABLE: &str = "not-readable";

pub(super) fn write(
    report: &Report,
    options: &Options,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let mut checks = BTreeMap::<(Reverse<Severity>, &str), Vec<&Finding>>::new();
    for (_, finding) in findings(report) {
        let key = (Reverse(finding.severity), finding.check.as_str());
        checks.entry(key).or_default().push(finding);
    }
    if checks.is_empty() {
        return Ok(());
    }
    page.heading(
        Tone::Strong,
        "FINDINGS",
        &words::by_severity(&report.summary),
    )?;
    for ((Reverse(severity), check), found) in &checks {
        page.blank()?;
        write_check(*severity, check, found.len(), options, page)?;
        if *check == NOT_READABLE && !options.verbose {
            page.text(2, Tone::Plain, "listed above, under NOT READ")?;
            continue;
        }
        write_found(found, options.verbose, page)?;
    }
    Ok(())
}

fn write_check(
    severity: Severity,
    check: &str,
    count: usize,
    options: &Options,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let title = options.rule(check).map_or("", |rule| rule.title.as_str());
    page.group(severity, check, count, title)
}

fn write_found(found: &[&Finding], verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    let limit = if verbose { usize::MAX } else { ROWS };
    // The same fix is said once, under the last of those that it mends.
    for (number, finding) in found.iter().take(limit).enumerate() {
        let following = found.get(number + 1).filter(|_| number + 1 < limit);
        let repeated = following.is_some_and(|following| following.fix == finding.fix);
        write_finding(finding, !repeated, verbose, page)?;
    }
    if found.len() > limit {
        let left_out = words::grouped((found.len() - limit) as u64);
        page.text(
            2,
            Tone::Plain,
            &format!("… and {left_out} more (--verbose lists all)"),
        )?;
    }
    Ok(())
}

fn write_finding(
    finding: &Finding,
    with_fix: bool,
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    page.entry(2, 4, &[(Tone::Plain, "- ")], Tone::Plain, &finding.message)?;
    let place = place(finding);
    if !place.is_empty() {
        page.text(4, Tone::Quiet, &place)?;
    }
    if verbose {
        for (field, value) in &finding.evidence {
            let lead = [(Tone::Quiet, &*inert::text(field)), (Tone::Quiet, " = ")];
            page.entry(4, 6, &lead, Tone::Quiet, &value.to_string())?;
        }
    }
    match &finding.fix {
        Some(fix) if with_fix => {
            let remark = if fix.safe {
                "fix: "
            } else {
                "fix (with care): "
            };
            page.entry(4, 6, &[(Tone::Strong, remark)], Tone::Plain, &fix.summary)
        }
        _ => Ok(()),
    }
}

/// Where it is, and the policy line that made it a finding.
fn place(finding: &Finding) -> String {
    let resource = &finding.resource;
    // Most messages name their resource.
    let policy = finding.policy.as_ref().map(words::policy_line);
    let policy = policy.unwrap_or_default();
    let said = |id: &&str| finding.message.contains(*id) || policy.contains(*id);
    let id = Some(resource.id.as_str()).filter(|id| *id != "*" && !said(id));
    let account = resource.account_id.as_deref();
    let parts = [account, resource.region.as_deref(), id];
    let place = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    match (place.is_empty(), policy.is_empty()) {
        (false, false) => format!("{place} · {policy}"),
        (true, _) => policy,
        (_, true) => place,
    }
}
