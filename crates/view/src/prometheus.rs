//! `prometheus`: metrics in the text exposition format, for the textfile collector of node_exporter.
//!
//! All are gauges: they describe the latest run. Every account and region that was asked has a series for every verdict, also where it
//! is zero, so that an alert can tell "none" from "not asked".

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use flowcover_core::Verdict;
use flowcover_core::report::Report;

use crate::subject::{Subject, findings, subjects};
use crate::{RenderError, inert, words};

/// Writes every metric, each with its help and type.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    write_run(report, out)?;
    let vpcs = report.vpcs.iter().map(Subject::Vpc);
    let help = "VPCs by account, region and verdict.";
    write_verdicts("flowcover_vpcs", help, report, vpcs, out)?;
    let gateways = subjects(report).filter(|subject| subject.vpc().is_none());
    let help = "Transit gateways by account, region and verdict.";
    write_verdicts("flowcover_transit_gateways", help, report, gateways, out)?;
    write_findings(report, out)?;
    write_regions(report, out)?;
    write_gaps(report, out)?;
    head(
        "flowcover_api_calls",
        "API calls of the latest run, by IAM action.",
        out,
    )?;
    for (action, calls) in &report.calls {
        sample("flowcover_api_calls", &[("action", action)], calls, out)?;
    }
    Ok(())
}

fn write_run(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    head(
        "flowcover_info",
        "What ran, and with which policy; always 1.",
        out,
    )?;
    let labels = [
        ("generator", report.generator.as_str()),
        ("partition", &report.partition),
        ("preset", &report.policy.preset),
        ("traffic_type", &report.policy.traffic_type),
    ];
    sample("flowcover_info", &labels, 1, out)?;
    let name = "flowcover_last_run_timestamp_seconds";
    head(
        name,
        "When the inventory was collected, in seconds since the Unix epoch.",
        out,
    )?;
    sample(name, &[], report.generated_at.as_second(), out)?;
    let name = "flowcover_interrupted";
    head(name, "1 if collecting was cut short, else 0.", out)?;
    sample(name, &[], u8::from(report.interrupted), out)
}

fn write_verdicts<'a>(
    name: &str,
    help: &str,
    report: &'a Report,
    these: impl Iterator<Item = Subject<'a>>,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let asked = report.regions.iter();
    let mut counts: BTreeMap<(&str, &str), BTreeMap<Verdict, u64>> = asked
        .map(|region| {
            (
                (region.account_id.as_str(), region.region.as_str()),
                BTreeMap::new(),
            )
        })
        .collect();
    for subject in these {
        let place = counts.entry((subject.account_id(), subject.region()));
        *place.or_default().entry(subject.verdict()).or_default() += 1;
    }
    head(name, help, out)?;
    for ((account_id, region), verdicts) in &counts {
        for verdict in Verdict::ALL {
            let labels = [
                ("account_id", *account_id),
                ("region", region),
                ("verdict", verdict.as_str()),
            ];
            sample(name, &labels, verdicts.get(&verdict).unwrap_or(&0), out)?;
        }
    }
    Ok(())
}

fn write_findings(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut counts = BTreeMap::<_, u64>::new();
    for (_, finding) in findings(report) {
        let account_id = finding.resource.account_id.as_deref().unwrap_or_default();
        let key = (account_id, finding.check.as_str(), finding.severity);
        *counts.entry(key).or_default() += 1;
    }
    let name = "flowcover_findings";
    head(name, "Findings by account, check and severity.", out)?;
    for ((account_id, check, severity), count) in counts {
        let labels = [
            ("account_id", account_id),
            ("check", check),
            ("severity", severity.as_str()),
        ];
        sample(name, &labels, count, out)?;
    }
    Ok(())
}

fn write_regions(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    let name = "flowcover_region_status";
    head(
        name,
        "How well a region of an account could be read; always 1.",
        out,
    )?;
    for region in &report.regions {
        let labels = [
            ("account_id", region.account_id.as_str()),
            ("region", &region.region),
            ("status", region.status.as_str()),
        ];
        sample(name, &labels, 1, out)?;
    }
    Ok(())
}

fn write_gaps(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut counts = BTreeMap::<_, u64>::new();
    for gap in &report.gaps {
        let account_id = gap.account_id.as_deref().unwrap_or_default();
        let region = gap.region.as_deref().unwrap_or_default();
        let key = (
            account_id,
            region,
            gap.action.as_str(),
            words::gap_kind(gap.kind),
        );
        *counts.entry(key).or_default() += 1;
    }
    let name = "flowcover_gaps";
    head(
        name,
        "What could not be read, by account, region, IAM action and cause.",
        out,
    )?;
    for ((account_id, region, action, kind), count) in counts {
        let labels = [
            ("account_id", account_id),
            ("region", region),
            ("action", action),
            ("kind", kind),
        ];
        sample(name, &labels, count, out)?;
    }
    Ok(())
}

fn head(name: &str, help: &str, out: &mut dyn Write) -> Result<(), RenderError> {
    Ok(writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")?)
}

fn sample(
    name: &str,
    labels: &[(&str, &str)],
    value: impl Display,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    write!(out, "{name}")?;
    for (number, (label, text)) in labels.iter().enumerate() {
        let opening = if number == 0 { '{' } else { ',' };
        write!(out, "{opening}{label}=\"{}\"", inert::label(text))?;
    }
    let closing = if labels.is_empty() { "" } else { "}" };
    Ok(writeln!(out, "{closing} {value}")?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::fixture;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("metrics are UTF-8")
    }

    fn sum(text: &str, start: &str, part: &str) -> u64 {
        text.lines()
            .filter(|line| line.starts_with(start) && line.contains(part))
            .map(|line| line.rsplit(' ').next().expect("a value"))
            .map(|value| value.parse::<u64>().expect("a number"))
            .sum()
    }

    #[test]
    fn sums_are_those_of_the_report() {
        let report = fixture::report();
        let text = text(&report);
        for verdict in Verdict::ALL {
            let label = format!("verdict=\"{verdict}\"");
            let counted = words::counted(&report.summary, verdict);
            assert_eq!(sum(&text, "flowcover_vpcs{", &label), counted);
        }
        let counted: u64 = report.summary.findings.values().sum();
        assert_eq!(sum(&text, "flowcover_findings{", ""), counted);
        assert_eq!(sum(&text, "flowcover_gaps{", ""), report.gaps.len() as u64);
        assert_eq!(
            sum(&text, "flowcover_last_run_timestamp_seconds", ""),
            1_795_163_400
        );
    }

    #[test]
    fn no_series_stands_twice() {
        let text = text(&fixture::report());
        let mut seen = BTreeSet::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, _) = line.rsplit_once(' ').expect("a series and a value");
            assert!(seen.insert(series), "{series}");
        }
    }

    #[test]
    fn hostile_labels_stay_on_their_line() {
        let mut report = fixture::report();
        report.calls.insert("a\"} 1\nevil{x=\"\\".to_owned(), 1);
        let text = text(&report);
        assert!(text.contains("flowcover_api_calls{action=\"a\\\"} 1\\\\nevil{x=\\\"\\\\\"} 1\n"));
    }

    proptest! {
        // Each case renders a whole report.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_label_adds_a_line(label in any::<String>()) {
            let mut report = fixture::report();
            let lines = text(&report).lines().count();
            report.calls.insert(label.clone(), 1);
            let text = text(&report);
            prop_assert_eq!(text.lines().count(), lines + 1);
            prop_assert!(!text.contains(|character| character != '\n' && inert::is_unsafe(character)));
        }
    }
}
