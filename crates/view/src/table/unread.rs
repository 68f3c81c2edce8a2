//! What could not be read: regions, and calls that failed, with the permission that was missing.

use std::collections::BTreeMap;

use flowcover_core::inventory::{Gap, GapKind, RegionStatus};
use flowcover_core::report::Report;

use super::page::{Page, Tone, fit};
use crate::accounts::AccountNames;
use crate::{RenderError, inert, words};

/// Places of one kind of failure that are named, unless everything is asked for.
const PLACES: usize = 8;
/// Columns of an account's name.
const NAME: usize = 24;

pub(super) fn write(
    report: &Report,
    accounts: &AccountNames<'_>,
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let regions = regions_by_account(report);
    if regions.is_empty() && report.gaps.is_empty() && !report.interrupted {
        return Ok(());
    }
    let limit = if verbose { usize::MAX } else { PLACES };
    page.heading(
        Tone::Warning,
        "NOT READ",
        "what lies here is unknown, not absent",
    )?;
    page.blank()?;
    if report.interrupted {
        page.text(
            2,
            Tone::Warning,
            "Collecting was cut short: what was not read is unknown.",
        )?;
    }
    if !regions.is_empty() {
        write_regions(&regions, accounts, limit, page)?;
    }
    for (failure, gaps) in by_failure(&report.gaps) {
        write_failure(&failure, &gaps, limit, page)?;
    }
    Ok(())
}

type Regions<'a> = BTreeMap<&'a str, Vec<(&'a str, RegionStatus)>>;

fn regions_by_account(report: &Report) -> Regions<'_> {
    let mut regions = Regions::new();
    for region in &report.regions {
        if !matches!(
            region.status,
            RegionStatus::Collected | RegionStatus::Disabled
        ) {
            let account = regions.entry(region.account_id.as_str()).or_default();
            account.push((&region.region, region.status));
        }
    }
    regions
}

fn write_regions(
    regions: &Regions<'_>,
    accounts: &AccountNames<'_>,
    limit: usize,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let count: usize = regions.values().map(Vec::len).sum();
    let noun = words::plural(count as u64, "account-region");
    page.text(
        2,
        Tone::Warning,
        &format!("{noun} not read in full: VPCs may hide there."),
    )?;
    for (account_id, unread) in regions.iter().take(limit) {
        let named: Vec<String> = unread
            .iter()
            .map(|(region, status)| match *region {
                "*" => format!("every region {}", status.as_str()),
                region => format!("{region} {}", status.as_str()),
            })
            .collect();
        let name = accounts
            .name(account_id)
            .map(|name| fit(name, NAME))
            .unwrap_or_default();
        let text = format!("{account_id} {name}: {}", named.join(", "));
        page.text(4, Tone::Plain, &text.replace(" :", ":"))?;
    }
    write_left_out(regions.len(), limit, "account", page)
}

/// What failures have in common, worst understood first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Failure<'a> {
    kind: GapKind,
    action: &'a str,
    error_code: &'a str,
    permission: Option<&'a str>,
}

fn by_failure(gaps: &[Gap]) -> BTreeMap<Failure<'_>, Vec<&Gap>> {
    let mut failures = BTreeMap::<_, Vec<&Gap>>::new();
    for gap in gaps {
        let failure = Failure {
            kind: gap.kind,
            action: &gap.action,
            error_code: &gap.error_code,
            permission: gap.permission.as_deref(),
        };
        failures.entry(failure).or_default().push(gap);
    }
    failures
}

fn write_failure(
    failure: &Failure<'_>,
    gaps: &[&Gap],
    limit: usize,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    page.blank()?;
    let lead = [
        (Tone::Warning, &*inert::text(failure.action)),
        (Tone::Plain, "  "),
    ];
    let what = format!("{}: {}", words::gap_kind(failure.kind), failure.error_code);
    page.entry(2, 4, &lead, Tone::Plain, &what)?;
    if let Some(permission) = failure.permission {
        page.entry(
            4,
            6,
            &[(Tone::Strong, "missing permission: ")],
            Tone::Strong,
            permission,
        )?;
    }
    // One message stands for all: they differ in identifiers of requests only.
    if let Some(gap) = gaps.first() {
        page.text(4, Tone::Plain, &gap.message)?;
    }
    for gap in gaps.iter().take(limit) {
        page.text(4, Tone::Quiet, &place(gap))?;
    }
    write_left_out(gaps.len(), limit, "place", page)
}

fn place(gap: &Gap) -> String {
    let parts = [
        gap.account_id.as_deref(),
        gap.region.as_deref(),
        gap.resource.as_deref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return "in the whole run".to_owned();
    }
    format!("in {}", parts.join(" "))
}

fn write_left_out(
    count: usize,
    limit: usize,
    noun: &str,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    if count <= limit {
        return Ok(());
    }
    let left_out = words::plural((count - limit) as u64, &format!("more {noun}"));
    page.text(
        4,
        Tone::Quiet,
        &format!("… and {left_out} (--verbose lists all)"),
    )
}
