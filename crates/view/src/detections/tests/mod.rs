//! Tests of all formats over what an engine found.

mod chart;
mod fixture;
mod formats;
mod inert;
mod schemas;
mod snapshots;
mod words;

use flowcover_detect::Report;

use crate::{Format, Options, render_detections};

/// What was found, in a format.
fn rendered(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    render_detections(report, format, options, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("every format is UTF-8")
}

/// As on a terminal of 100 columns, at a time that is told.
fn options() -> Options {
    Options {
        width: Some(100),
        generated_at: Some("2026-11-20T08:30:00Z".parse().unwrap()),
        ..Options::default()
    }
}
