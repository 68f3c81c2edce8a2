//! `html`: one self-contained page: no outside resource, no script, reads well on paper and in the dark.
//!
//! It has the style of the page of detections, and the same escaper and Content-Security-Policy.

use std::io::Write;
use std::sync::LazyLock;

use askama::Template;
use flowcover_detect::Dossier;
use flowcover_detect::investigate::{Cell, Direction, Event, Peer, Port};

use super::words;
use crate::detections::chart::height;
use crate::detections::coverage::{self, Line};
use crate::detections::words::{minute, when};
use crate::detections::{GENERATOR, html, rule};
use crate::html::csp;
use crate::words::grouped;
use crate::{Options, RenderError};

/// Peers with refused flows that are listed once more.
const REFUSED: usize = 50;
/// How high a band of the time line is, in units of its own.
const HEIGHT: u64 = 40;
/// How wide a cell is, in units of its own; one of them parts it from the next.
const CELL: usize = 5;

/// The style sheet: that of the page of detections, and what only this page has.
pub(super) static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}{}",
        *html::STYLE,
        include_str!("../../templates/investigation.css")
    )
});

static POLICY: LazyLock<String> = LazyLock::new(|| csp::policy(&STYLE, None));

/// Writes the page.
pub(super) fn write(
    dossier: &Dossier,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let page = Page {
        dossier,
        subject: words::subject(dossier),
        what: words::what(dossier),
        facts: words::facts(dossier),
        refused: words::refused(dossier),
        bands: bands(dossier),
        axis: Axis::new(dossier),
        lines: coverage::seen(&dossier.coverage),
        moment: options
            .generated_at
            .map(|time| time.strftime("%-d %B %Y, %H:%M UTC").to_string()),
    };
    Ok(page.write_into(out)?)
}

#[derive(Template)]
#[template(path = "investigation.html")]
struct Page<'a> {
    dossier: &'a Dossier,
    subject: String,
    what: String,
    facts: Vec<(&'static str, String)>,
    refused: Vec<&'a Peer>,
    bands: Vec<Band>,
    axis: Option<Axis>,
    lines: Vec<Line>,
    moment: Option<String>,
}

/// One row of the time line.
struct Band {
    label: &'static str,
    class: &'static str,
    path: String,
    most: String,
    about: String,
}

/// What all rows share.
struct Axis {
    width: usize,
    from: String,
    to: String,
    step: String,
    /// Where the moment is that the question is about.
    around: Option<usize>,
    /// Where findings begin, each with its class and what it says.
    marks: Vec<(usize, &'static str, String)>,
}

impl Axis {
    fn new(dossier: &Dossier) -> Option<Self> {
        let (timeline, cells) = (&dossier.timeline, &dossier.timeline.cells);
        let (first, last) = (cells.first()?, cells.last()?);
        let place = |moment: i64| {
            let cell = moment
                .checked_sub(first.start)?
                .div_euclid(timeline.step.max(1));
            let cell = usize::try_from(cell).ok()?;
            (cell < cells.len()).then_some(cell * CELL)
        };
        let marks = dossier.events.iter().filter_map(|event| {
            let severity = event.severity?;
            let text = format!("{}: {}", minute(event.start), words::event(event));
            Some((place(event.start)?, severity.as_str(), text))
        });
        Some(Self {
            width: cells.len() * CELL,
            from: minute(first.start),
            to: minute(last.start.saturating_add(timeline.step)),
            step: words::step(timeline),
            around: dossier.around.and_then(place),
            marks: marks.collect(),
        })
    }
}

fn bands(dossier: &Dossier) -> Vec<Band> {
    let cells = &dossier.timeline.cells;
    if cells.is_empty() {
        return Vec::new();
    }
    type Row = (&'static str, &'static str, fn(&Cell) -> u64);
    let rows: [Row; 4] = [
        ("Flows", "flows", |cell| cell.flows),
        ("Refused", "refused", |cell| cell.refused),
        ("Bytes out", "out", |cell| cell.bytes_out),
        ("Bytes in", "in", |cell| cell.bytes_in),
    ];
    let band = |(label, class, of): Row| {
        let most = cells.iter().map(of).max().unwrap_or(0);
        let said = match class {
            "out" | "in" => words::size(most),
            _ => grouped(most),
        };
        Band {
            label,
            class,
            path: path(cells, of, most),
            about: format!("{label} over time, at most {said} in one bar"),
            most: said,
        }
    };
    rows.into_iter().map(band).collect()
}

/// All bars as one path of SVG.
fn path(cells: &[Cell], of: fn(&Cell) -> u64, most: u64) -> String {
    let mut path = String::new();
    for (place, cell) in cells.iter().enumerate() {
        let high = height(of(cell), most, HEIGHT);
        if high > 0 {
            let (left, wide) = (place * CELL, CELL - 1);
            path.push_str(&format!("M{left} {HEIGHT}v-{high}h{wide}v{high}z"));
        }
    }
    path
}

impl Page<'_> {
    fn style(&self) -> &'static str {
        &STYLE
    }

    fn policy(&self) -> &'static str {
        &POLICY
    }

    fn generator(&self) -> &'static str {
        GENERATOR
    }

    fn number(&self, count: usize) -> String {
        grouped(count as u64)
    }

    fn beyond(&self, count: &u64) -> String {
        grouped(*count)
    }

    fn minute(&self, seconds: &i64) -> String {
        minute(*seconds)
    }

    fn what(&self, event: &Event) -> String {
        words::event(event)
    }

    fn kind(&self, event: &Event) -> String {
        words::kind(event)
    }

    fn peer(&self, peer: &Peer) -> String {
        words::peer(peer, self.dossier)
    }

    fn place(&self, peer: &Peer) -> &'static str {
        words::place(peer)
    }

    fn ports(&self, peer: &Peer) -> String {
        words::ports(peer)
    }

    fn refusals(&self, peer: &Peer) -> String {
        words::refusals(peer)
    }

    fn first_refused(&self) -> &[&Peer] {
        let most = self.refused.len().min(REFUSED);
        &self.refused[..most]
    }

    fn port(&self, port: &Port) -> String {
        words::port(port.server_port, port.protocol)
    }

    fn opened(&self, direction: &Direction) -> &'static str {
        match direction {
            Direction::Out => "by it",
            Direction::In => "by others",
            Direction::Within => "within",
        }
    }

    fn span(&self, first: &i64, last: &i64) -> String {
        when(*first, *last)
    }

    fn size(&self, amount: &u64) -> String {
        words::size(*amount)
    }

    fn grouped(&self, amount: &u64) -> String {
        grouped(*amount)
    }

    fn has_gaps(&self) -> bool {
        self.lines.iter().any(|line| line.is_gap)
    }
}
