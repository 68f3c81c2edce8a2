//! Coverage at a glance: the counts, the bar, and the one sentence that sums them up.

use std::collections::BTreeMap;

use flowcover_core::inventory::{AccountAccess, Depth};
use flowcover_core::report::Report;
use flowcover_core::verdict::Basis;
use flowcover_core::{Severity, Verdict};

use super::words::{count, plural, size, thousands};

/// The head of the page.
#[derive(Debug)]
pub(super) struct Glance {
    /// The result in one sentence.
    pub(super) headline: String,
    /// Class that colours it: `nr`, `un` or `ok`.
    pub(super) mood: &'static str,
    /// Share of the VPCs recorded among those that the accounts own, in whole percent rounded down; none where there is none.
    pub(super) percent: Option<u64>,
    /// What that share is of.
    pub(super) percent_of: String,
    /// Every verdict with its count, worst first.
    pub(super) verdicts: Vec<Slice>,
    /// What was not seen, one sentence each: shown as loudly as a failure.
    pub(super) warnings: Vec<String>,
    /// Counts of findings by severity, highest first.
    pub(super) severities: Vec<(Severity, u64)>,
    /// What the answers rest on, as term and description.
    pub(super) facts: Vec<(&'static str, String)>,
}

/// One verdict of the bar.
#[derive(Debug, PartialEq)]
pub(super) struct Slice {
    pub(super) verdict: Verdict,
    pub(super) count: u64,
    /// Where it begins and how wide it is, in percent of the bar.
    pub(super) start: String,
    pub(super) width: String,
}

impl Glance {
    pub(super) fn new(report: &Report) -> Self {
        let counts = counts(report);
        let (headline, mood) = headline(report, &counts);
        let owned = size(report.vpcs.len()) - counts[&Verdict::NotOwned];
        Self {
            headline,
            mood,
            percent: (counts[&Verdict::Recorded] * 100).checked_div(owned),
            percent_of: format!("of {} that these accounts own", count(owned, "VPC")),
            verdicts: slices(&counts),
            warnings: warnings(report),
            severities: severities(report),
            facts: facts(report),
        }
    }
}

/// Counted here rather than taken from the summary, so that head and table cannot differ.
fn counts(report: &Report) -> BTreeMap<Verdict, u64> {
    let mut counts: BTreeMap<_, _> = Verdict::ALL.map(|verdict| (verdict, 0)).into();
    for vpc in &report.vpcs {
        *counts.entry(vpc.verdict).or_default() += 1;
    }
    counts
}

fn headline(report: &Report, counts: &BTreeMap<Verdict, u64>) -> (String, &'static str) {
    let all = size(report.vpcs.len());
    let blind = report.summary.regions_not_collected > 0 || report.interrupted;
    let (failed, unknown) = (counts[&Verdict::NotRecorded], counts[&Verdict::Unknown]);
    let verb = |number| if number == 1 { "is" } else { "are" };
    if all == 0 {
        return if blind {
            (
                "Nothing can be said: no VPC could be seen.".to_owned(),
                "un",
            )
        } else {
            ("No VPC was found.".to_owned(), "no")
        };
    }
    let mut text = Vec::new();
    if failed > 0 {
        let (failed, verb) = (thousands(failed), verb(failed));
        text.push(format!(
            "{failed} of {} {verb} not recorded.",
            count(all, "VPC")
        ));
    }
    if unknown > 0 {
        let more = if failed > 0 { " more" } else { "" };
        text.push(format!("{}{more} could not be judged.", thousands(unknown)));
    }
    if text.is_empty() {
        let exempt = counts[&Verdict::Exempt];
        text.push(match (blind, exempt) {
            (true, _) => {
                "No VPC that was seen is unrecorded, but not all could be seen.".to_owned()
            }
            (false, 0) => "Every VPC is recorded.".to_owned(),
            (false, _) => format!(
                "Every VPC is recorded but for {}.",
                count(exempt, "exemption")
            ),
        });
    }
    let mood = match (failed, unknown, blind) {
        (1.., _, _) => "nr",
        (0, 0, false) => "ok",
        _ => "un",
    };
    (text.join(" "), mood)
}

fn slices(counts: &BTreeMap<Verdict, u64>) -> Vec<Slice> {
    let all: u64 = counts.values().sum();
    // Thousandths of a percent, in whole numbers: the slices meet exactly.
    let place = |before: u64| (before * 100_000).checked_div(all).unwrap_or(0);
    let percent = |thousandths: u64| format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    let mut before = 0;
    let slice = |verdict: Verdict| {
        let start = place(before);
        before += counts[&verdict];
        Slice {
            verdict,
            count: counts[&verdict],
            start: percent(start),
            width: percent(place(before) - start),
        }
    };
    Verdict::ALL.into_iter().map(slice).collect()
}

fn warnings(report: &Report) -> Vec<String> {
    let mut warnings = Vec::new();
    if report.interrupted {
        warnings.push("The run was cut short: what was not reached is unknown.".to_owned());
    }
    let regions = report.summary.regions_not_collected;
    if regions > 0 {
        let was = if regions == 1 { "was" } else { "were" };
        warnings.push(format!(
            "{} {was} not read in full: VPCs may hide there.",
            count(regions, "region")
        ));
    }
    let refused = accounts(report, AccountAccess::Refused);
    if refused > 0 {
        warnings.push(format!(
            "{} could not be entered.",
            count(refused, "account")
        ));
    }
    let not_tried = accounts(report, AccountAccess::NotTried);
    if not_tried > 0 {
        let was = if not_tried == 1 { "was" } else { "were" };
        warnings.push(format!("{} {was} left out.", count(not_tried, "account")));
    }
    if !report.gaps.is_empty() {
        let gaps = size(report.gaps.len());
        warnings.push(format!("{} failed for good.", count(gaps, "read")));
    }
    warnings
}

fn accounts(report: &Report, access: AccountAccess) -> u64 {
    let with = |account: &&flowcover_core::inventory::Account| account.access == access;
    size(report.accounts.iter().filter(with).count())
}

fn severities(report: &Report) -> Vec<(Severity, u64)> {
    let mut counts = BTreeMap::new();
    for finding in super::findings(report) {
        *counts.entry(finding.severity).or_default() += 1;
    }
    let counted = |severity| (severity, counts.get(&severity).copied().unwrap_or(0));
    Severity::DESCENDING.map(counted).into()
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let policy = &report.policy;
    let file = policy
        .file
        .as_ref()
        .map_or_else(String::new, |file| format!(", {file}"));
    let mut facts = vec![
        ("Collected", super::words::moment(report.generated_at)),
        (
            "Depth",
            match report.depth {
                Depth::Delivery => "delivery status only".to_owned(),
                Depth::Full => "full: roles, destinations and keys too".to_owned(),
            },
        ),
        ("Basis", basis(report)),
        ("Policy", format!("preset {}{file}", policy.preset)),
        ("Traffic type asked for", wider(&policy.traffic_type)),
        (
            "Scope",
            format!(
                "{}, partition {}",
                count(size(report.accounts.len()), "account"),
                report.partition
            ),
        ),
    ];
    if report.proved {
        facts.push(("Arrival", "proved by the newest record".to_owned()));
    }
    facts
}

fn wider(traffic_type: &str) -> String {
    match traffic_type {
        "ALL" => "ALL".to_owned(),
        narrower => format!("{narrower} or wider"),
    }
}

fn basis(report: &Report) -> String {
    let on = |basis| {
        let with = report.vpcs.iter().filter(|vpc| vpc.basis == Some(basis));
        size(with.count())
    };
    let (facts, delivery) = (on(Basis::Facts), on(Basis::DeliveryStatus));
    format!(
        "{} verdict{} on facts, {} on delivery status",
        thousands(facts),
        plural(facts),
        thousands(delivery)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn with(verdicts: &[Verdict], blind: bool) -> Glance {
        let mut report = fixture::report();
        let vpc = report.vpcs[0].clone();
        report.vpcs = verdicts
            .iter()
            .map(|&verdict| flowcover_core::report::VpcReport {
                verdict,
                ..vpc.clone()
            })
            .collect();
        report.interrupted = false;
        report.summary.regions_not_collected = u64::from(blind);
        Glance::new(&report)
    }

    #[test]
    fn the_headline_never_passes_what_was_not_seen() {
        use Verdict::{Exempt, NotRecorded, Recorded, Unknown};
        let cases: [(&[Verdict], bool, &str, &str); 8] = [
            (&[], false, "no", "No VPC was found."),
            (
                &[],
                true,
                "un",
                "Nothing can be said: no VPC could be seen.",
            ),
            (&[Recorded], false, "ok", "Every VPC is recorded."),
            (
                &[Recorded],
                true,
                "un",
                "No VPC that was seen is unrecorded, but not all could be seen.",
            ),
            (
                &[Recorded, Exempt],
                false,
                "ok",
                "Every VPC is recorded but for 1 exemption.",
            ),
            (&[Recorded, Unknown], false, "un", "1 could not be judged."),
            (
                &[NotRecorded, Unknown],
                true,
                "nr",
                "1 of 2 VPCs is not recorded. 1 more could not be judged.",
            ),
            (
                &[NotRecorded, NotRecorded],
                false,
                "nr",
                "2 of 2 VPCs are not recorded.",
            ),
        ];
        for (verdicts, blind, mood, headline) in cases {
            let glance = with(verdicts, blind);
            assert_eq!((glance.mood, &*glance.headline), (mood, headline));
        }
    }

    #[test]
    fn the_share_is_rounded_down_and_leaves_out_what_others_own() {
        use Verdict::{NotOwned, NotRecorded, Recorded};
        let mut verdicts = vec![Recorded; 999];
        verdicts.push(NotRecorded);
        verdicts.extend([NotOwned; 500]);
        assert_eq!(with(&verdicts, false).percent, Some(99));
        assert_eq!(with(&[NotOwned], false).percent, None);
    }

    #[test]
    fn the_slices_fill_the_bar() {
        let glance = with(
            &[Verdict::Recorded, Verdict::Unknown, Verdict::NotRecorded],
            false,
        );
        let drawn: Vec<_> = glance
            .verdicts
            .iter()
            .filter(|slice| slice.count > 0)
            .map(|slice| (&*slice.start, &*slice.width))
            .collect();
        assert_eq!(
            drawn,
            [
                ("0.000", "33.333"),
                ("33.333", "33.333"),
                ("66.666", "33.334")
            ]
        );
    }
}
