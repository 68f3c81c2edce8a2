//! `html`: one self-contained page: no outside resource, no script, reads well on paper and in the dark.
//!
//! It has the style of the page of an audit. Text of others reaches it through one escaper ([`crate::html::Inert`]), as text and quoted attributes.
//! A Content-Security-Policy within the page admits its style sheet by its hash, and nothing else.

use std::io::Write;
use std::sync::LazyLock;

use askama::Template;
use flowcover_core::Severity;
use flowcover_detect::{AllowState, Finding, Report, Technique};

use super::allowed::{Standing, sentence};
use super::chart::Series;
use super::groups::{Group, count, groups, headline};
use super::{GENERATOR, coverage, rule, words};
use crate::html::{csp, guidance};
use crate::words::grouped;
use crate::{Options, RenderError};

/// Cells of a chart: a week by hour.
const CELLS: usize = 168;
/// How high a chart is, in units of its own.
const HEIGHT: u64 = 40;
/// How wide a cell is, in units of its own; one of them parts it from the next.
const CELL: usize = 5;

/// The style sheet: that of the page of an audit, and what only this page has.
pub(crate) static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}{}",
        csp::STYLE,
        include_str!("../../templates/detections.css")
    )
});

static POLICY: LazyLock<String> = LazyLock::new(|| csp::policy(&STYLE, None));

/// Writes the page. Findings are made ready one at a time.
pub(super) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let page = Page {
        groups: groups(report),
        lines: coverage::lines(report),
        moment: options
            .generated_at
            .map(|time| time.strftime("%-d %B %Y, %H:%M UTC").to_string()),
        report,
    };
    Ok(page.write_into(out)?)
}

#[derive(Template)]
#[template(path = "detections.html")]
struct Page<'a> {
    report: &'a Report,
    groups: Vec<Group<'a>>,
    lines: Vec<coverage::Line>,
    moment: Option<String>,
}

impl<'a> Page<'a> {
    fn style(&self) -> &'static str {
        &STYLE
    }

    fn policy(&self) -> &'static str {
        &POLICY
    }

    fn generator(&self) -> &'static str {
        GENERATOR
    }

    fn headline(&self) -> String {
        match self.report.findings.len() as u64 {
            0 => rule::sentence(&headline(self.report)),
            number => crate::words::plural(number, "finding"),
        }
    }

    fn has_gaps(&self) -> bool {
        coverage::has_gaps(self.report)
    }

    fn gaps(&self) -> impl Iterator<Item = &coverage::Line> {
        self.lines.iter().filter(|line| line.is_gap)
    }

    fn is_weakened(&self) -> bool {
        !self.report.coverage.weakened.is_empty()
    }

    fn number(&self) -> String {
        grouped(self.report.findings.len() as u64)
    }

    fn entries(&self) -> String {
        grouped(self.report.allowed.len() as u64)
    }

    fn severities(&self) -> [(Severity, String); 4] {
        Severity::DESCENDING.map(|severity| (severity, grouped(count(self.report, severity))))
    }

    fn allowed(&self) -> impl Iterator<Item = (Standing, String, &'a AllowState)> {
        let entries = self.report.allowed.iter();
        entries.map(|state| (Standing::of(state), sentence(state), state))
    }
}

/// A finding, as the page shows it.
struct View<'a> {
    finding: &'a Finding,
    ends: Option<String>,
    places: Vec<(&'static str, &'a str)>,
    when: String,
    measures: Vec<(String, String)>,
    chart: Option<Chart>,
}

impl<'a> View<'a> {
    fn new(finding: &'a Finding) -> Self {
        let measures = finding.measures.iter();
        Self {
            finding,
            ends: words::ends(finding),
            places: words::places(finding),
            when: words::when(finding.first_seen, finding.last_seen),
            measures: measures
                .map(|measure| (words::label(measure), words::amount(measure)))
                .collect(),
            chart: Series::of_days(finding, CELLS).map(|series| Chart::new(&series)),
        }
    }
}

/// A small bar chart of hours, or of as many of them as make one cell.
struct Chart {
    /// Width of the drawing.
    width: usize,
    /// All bars as one path of SVG.
    path: String,
    /// What it shows, for who does not see it.
    about: String,
    from: String,
    to: String,
    most: String,
}

impl Chart {
    fn new(series: &Series) -> Self {
        let mut path = String::new();
        for (cell, amount) in series.amounts.iter().enumerate() {
            let height = series.height(*amount, HEIGHT);
            if height > 0 {
                let (left, wide) = (cell * CELL, CELL - 1);
                path.push_str(&format!("M{left} {HEIGHT}v-{height}h{wide}v{height}z"));
            }
        }
        let most = series.most();
        let at = series.amounts.iter().position(|amount| *amount == most);
        let (from, to) = (words::minute(series.start), words::minute(series.end()));
        let step = words::step(series.step);
        let most_at = words::minute(series.starts_at(at.unwrap_or_default()));
        Self {
            width: series.amounts.len() * CELL,
            about: format!(
                "Bar chart, {step}, from {from} to {to} UTC; the most, {}, from {most_at} on",
                grouped(most)
            ),
            most: format!("{step}; most {}", grouped(most)),
            path,
            from,
            to,
        }
    }
}

impl<'a> Group<'a> {
    fn heading(&self) -> String {
        rule::capital(if self.title().is_empty() {
            self.id
        } else {
            self.title()
        })
    }

    fn number(&self) -> String {
        crate::words::plural(self.findings.len() as u64, "finding")
    }

    fn techniques(&self) -> &'static [Technique] {
        let detection = self.detection();
        detection.map_or(&[], |detection| detection.techniques)
    }

    fn explained(&self) -> Vec<(&'static str, Vec<guidance::Block<'static>>)> {
        explained(self.detection().map_or("", |detection| detection.page))
    }

    fn views(&self) -> impl Iterator<Item = View<'a>> + '_ {
        self.findings.iter().map(|finding| View::new(finding))
    }
}

/// A page about a detection: headings, and what stands under each.
pub(super) fn explained(page: &str) -> Vec<(&str, Vec<guidance::Block<'_>>)> {
    let sections = rule::sections(page).into_iter();
    let unwrapped = |body| guidance::blocks(body).into_iter().map(unwrapped).collect();
    sections
        .map(|(heading, body)| (heading, unwrapped(body)))
        .collect()
}

/// Lines that were only wrapped become one again; each item of a list has its own.
fn unwrapped(block: guidance::Block<'_>) -> guidance::Block<'_> {
    let guidance::Block::Text(lines) = block else {
        return block;
    };
    let mut joined: Vec<guidance::Line<'_>> = Vec::new();
    for line in lines {
        let is_item = matches!(line.first(), Some(guidance::Span::Plain(text)) if text.trim_start().starts_with("- "));
        match joined.last_mut() {
            Some(last) if !is_item => {
                last.push(guidance::Span::Plain(" "));
                last.extend(line);
            }
            _ => joined.push(line),
        }
    }
    guidance::Block::Text(joined)
}
