//! What was looked at, and what was not, line by line: the same in every format that is for people.

use flowcover_detect::{Coverage, DETECTIONS, Report, Weakened};

use super::words::when;
use crate::words::{grouped, plural};

/// One line about what was covered. Its text may hold text of others: not inert.
pub(crate) struct Line {
    pub(crate) label: &'static str,
    pub(crate) text: String,
    /// Whether something was not seen: what lies there is unknown, not absent.
    pub(crate) is_gap: bool,
}

impl Line {
    fn new(label: &'static str, is_gap: bool, text: impl Into<String>) -> Self {
        Self {
            label,
            text: text.into(),
            is_gap,
        }
    }

    /// `none` where there is none of it, else how much and what that means.
    fn gap(label: &'static str, count: u64, text: impl FnOnce() -> String) -> Self {
        if count == 0 {
            return Self::new(label, false, "none");
        }
        Self::new(label, true, text())
    }
}

/// All lines, the same ones whatever there is to say.
pub(crate) fn lines(report: &Report) -> Vec<Line> {
    let mut lines = seen(&report.coverage);
    lines.insert(2, detections(report));
    lines.extend(beyond(report));
    lines
}

/// Those lines that say what of the records was seen.
pub(crate) fn seen(coverage: &Coverage) -> Vec<Line> {
    let mut lines = vec![
        time(coverage),
        flows(coverage),
        Line::new(
            "without traffic",
            false,
            format!("{} (NODATA)", plural(coverage.nodata, "window")),
        ),
        Line::gap("lost by AWS", coverage.skipdata, || {
            let windows = plural(coverage.skipdata, "window");
            format!("records of {windows} (SKIPDATA): what was in them is not known")
        }),
        missing(coverage),
        Line::gap("not read", coverage.unreadable_objects, || {
            plural(coverage.unreadable_objects, "object")
        }),
        Line::gap("malformed", coverage.malformed, || {
            format!(
                "{}: no records, and left out",
                plural(coverage.malformed, "line")
            )
        }),
        Line::gap(
            "fields lacking",
            coverage.lacking_fields.len() as u64,
            || coverage.lacking_fields.join(", "),
        ),
    ];
    lines.extend(strays(coverage));
    lines.extend(gateways(coverage));
    lines
}

/// Whether anything was not seen, or seen less well than it could have been.
pub(crate) fn has_gaps(report: &Report) -> bool {
    !report.coverage.weakened.is_empty() || lines(report).iter().any(|line| line.is_gap)
}

/// Detections that saw less than they could, by detection.
pub(crate) fn weakened(report: &Report) -> impl Iterator<Item = &Weakened> {
    report.coverage.weakened.iter()
}

fn time(coverage: &Coverage) -> Line {
    match (coverage.from, coverage.to) {
        (Some(from), Some(to)) => Line::new("time", false, when(from, to)),
        _ => Line::new("time", true, "no flow was seen"),
    }
}

fn flows(coverage: &Coverage) -> Line {
    let mut text = plural(coverage.flows, "flow");
    if coverage.records > 0 {
        text.push_str(&format!(" of {}", plural(coverage.records, "record")));
    }
    text.push_str(&format!(
        ", at {}",
        plural(coverage.interfaces, "interface")
    ));
    Line::new("flows", false, text)
}

fn detections(report: &Report) -> Line {
    let ran = &report.detections;
    if ran.is_empty() {
        return Line::new("detections", true, "none ran");
    }
    let all = DETECTIONS.iter().map(|detection| detection.id);
    let not: Vec<&str> = all.filter(|id| !ran.contains(id)).collect();
    let text = if not.is_empty() {
        format!("all {} ran", ran.len())
    } else if not.len() < ran.len() {
        format!("{} ran, all but {}", ran.len(), not.join(", "))
    } else {
        format!("{} ran: {}", ran.len(), ran.join(", "))
    };
    Line::new("detections", false, text)
}

fn missing(coverage: &Coverage) -> Line {
    // The caller says in words what is missing: without any, nobody may have looked.
    if coverage.missing.is_empty() {
        return Line::new("missing", false, "no span is known to be missing");
    }
    Line::new("missing", true, coverage.missing.join("; "))
}

fn strays(coverage: &Coverage) -> Option<Line> {
    let strays = coverage.stray_moments;
    (strays > 0).then(|| {
        let text = format!(
            "{} at which a flow began or ended: far from all others, and not in the span above",
            plural(strays, "moment")
        );
        Line::new("damaged times", true, text)
    })
}

fn gateways(coverage: &Coverage) -> Option<Line> {
    let left_out = coverage.gateway_findings;
    (left_out > 0).then(|| {
        let findings = plural(left_out, "finding");
        let text = format!(
            "{findings} about what they pass on left out: the hosts behind them were judged"
        );
        Line::new("NAT gateways", false, text)
    })
}

fn beyond(report: &Report) -> Option<Line> {
    if report.beyond.is_empty() {
        return None;
    }
    let more = report.beyond.iter();
    let more: Vec<String> = more
        .map(|(detection, count)| format!("{} of {detection}", grouped(*count as u64)))
        .collect();
    let text = format!("lighter findings, too many to list: {}", more.join(", "));
    Some(Line::new("not listed", true, text))
}
