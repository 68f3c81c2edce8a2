//! VPCs, or transit gateways, by account and region.

use std::collections::BTreeMap;

use flowcover_core::Verdict;

use super::page::{Page, Tone, fit, pad};
use crate::accounts::AccountNames;
use crate::subject::Subject;
use crate::{RenderError, inert, words};

/// Rows of one region, unless everything is asked for.
const ROWS: usize = 20;
/// From this width on, reasons stand beside names.
const WIDE: usize = 120;
const VERDICT: usize = 12;
const ID: usize = 21;
/// Columns of names that stand beside reasons.
const NAME: usize = 32;
const INDENT: usize = 4;

type Places<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Vec<Subject<'a>>>>;

pub(super) fn write<'a>(
    title: &str,
    subjects: impl Iterator<Item = Subject<'a>>,
    accounts: &AccountNames<'_>,
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let mut places = Places::new();
    for subject in subjects {
        let account = places.entry(subject.account_id()).or_default();
        account.entry(subject.region()).or_default().push(subject);
    }
    if places.is_empty() {
        return Ok(());
    }
    page.heading(Tone::Strong, title, "")?;
    let mut quiet = Quiet::default();
    for (account_id, regions) in &places {
        if !verbose
            && regions
                .values()
                .flatten()
                .all(|subject| is_recorded(*subject))
        {
            quiet.accounts += 1;
            quiet.subjects.extend(regions.values().flatten());
            continue;
        }
        page.blank()?;
        write_account(account_id, accounts, page)?;
        write_regions(regions, verbose, page)?;
    }
    quiet.write(page)
}

/// Accounts where there is nothing to list.
#[derive(Default)]
struct Quiet<'a> {
    accounts: u64,
    subjects: Vec<Subject<'a>>,
}

impl Quiet<'_> {
    fn write(&self, page: &mut Page<'_>) -> Result<(), RenderError> {
        if self.accounts == 0 {
            return Ok(());
        }
        page.blank()?;
        let accounts = words::plural(self.accounts, "account");
        page.text(
            0,
            Tone::Good,
            &format!(
                "{accounts} with nothing to list: {}",
                recorded(&self.subjects)
            ),
        )
    }
}

fn is_recorded(subject: Subject<'_>) -> bool {
    subject.verdict() == Verdict::Recorded
}

fn recorded(subjects: &[Subject<'_>]) -> String {
    let noun = subjects.first().map_or("VPC", |subject| subject.noun());
    format!("{} recorded", words::plural(subjects.len() as u64, noun))
}

fn write_account(
    account_id: &str,
    accounts: &AccountNames<'_>,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let name = accounts.name(account_id).unwrap_or_default();
    let room = page.width().saturating_sub(account_id.len() + 2);
    let lead = [
        (Tone::Strong, &*inert::text(account_id)),
        (Tone::Plain, "  "),
    ];
    page.entry(0, 2, &lead, Tone::Strong, &fit(name, room))
}

fn write_regions(
    regions: &BTreeMap<&str, Vec<Subject<'_>>>,
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let mut elsewhere = Vec::new();
    for (region, subjects) in regions {
        if !verbose && subjects.iter().all(|subject| is_recorded(*subject)) {
            elsewhere.extend_from_slice(subjects);
            continue;
        }
        page.text(2, Tone::Plain, region)?;
        write_region(subjects, verbose, page)?;
    }
    if elsewhere.is_empty() {
        return Ok(());
    }
    page.text(
        2,
        Tone::Good,
        &format!("in other regions: {}", recorded(&elsewhere)),
    )
}

fn write_region(
    subjects: &[Subject<'_>],
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let limit = if verbose { usize::MAX } else { ROWS };
    let order = |subject: &Subject<'_>| {
        Verdict::ALL
            .iter()
            .position(|verdict| *verdict == subject.verdict())
    };
    let listed = subjects
        .iter()
        .copied()
        .filter(|subject| verbose || !is_recorded(*subject));
    let mut listed: Vec<Subject<'_>> = listed.collect();
    listed.sort_by_key(order);
    for subject in listed.iter().take(limit) {
        write_subject(*subject, page)?;
    }
    if listed.len() > limit {
        let left_out = words::grouped((listed.len() - limit) as u64);
        page.text(
            INDENT,
            Tone::Plain,
            &format!("… and {left_out} more (--verbose lists all)"),
        )?;
    }
    let others: Vec<Subject<'_>> = subjects
        .iter()
        .copied()
        .filter(|subject| is_recorded(*subject))
        .collect();
    if verbose || others.is_empty() {
        return Ok(());
    }
    page.text(INDENT, Tone::Good, &recorded(&others))
}

fn write_subject(subject: Subject<'_>, page: &mut Page<'_>) -> Result<(), RenderError> {
    let verdict = pad(subject.verdict().as_str(), VERDICT);
    let id = pad(&inert::text(subject.id()), ID);
    let lead = [
        (Tone::of_verdict(subject.verdict()), verdict.as_str()),
        (Tone::Plain, "  "),
        (Tone::Plain, id.as_str()),
        (Tone::Plain, "  "),
    ];
    let before_name = INDENT + VERDICT + 2 + ID + 2;
    let reason = reason(subject);
    if page.width() >= WIDE {
        let columns = ((page.width() - before_name) / 3).min(NAME);
        let name = pad(&label(subject, columns), columns + 2);
        let lead = [
            lead[0],
            lead[1],
            lead[2],
            lead[3],
            (Tone::Plain, name.as_str()),
        ];
        return page.entry(
            INDENT,
            before_name + columns + 2,
            &lead,
            Tone::Quiet,
            &reason,
        );
    }
    let label = label(subject, page.width().saturating_sub(before_name));
    page.entry(INDENT, before_name, &lead, Tone::Plain, &label)?;
    page.text(INDENT + VERDICT + 2, Tone::Quiet, &reason)
}

/// Name and what is special, in at most `columns` columns: the name gives way.
fn label(subject: Subject<'_>, columns: usize) -> String {
    let mut remarks = Vec::new();
    if let Some(vpc) = subject.vpc() {
        remarks.extend(vpc.is_default.unwrap_or(false).then_some("default"));
        remarks.extend(vpc.in_use.is_some_and(|in_use| !in_use).then_some("unused"));
    }
    let remarks = if remarks.is_empty() {
        String::new()
    } else {
        format!(" ({})", remarks.join(", "))
    };
    let name = fit(
        subject.name().unwrap_or_default(),
        columns.saturating_sub(remarks.len()).max(1),
    );
    format!("{name}{remarks}").trim_start().to_owned()
}

fn reason(subject: Subject<'_>) -> String {
    let mut reason = subject.reason().to_owned();
    if let Some(exemption) = subject.exemption() {
        reason.push_str(&format!(
            "; exempt until {}: {}",
            exemption.until, exemption.reason
        ));
    }
    if let Some(basis) = subject.basis() {
        reason.push_str(&format!(" (by {basis})"));
    }
    reason
}
