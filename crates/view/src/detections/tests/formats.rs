//! What each format must hold, and which there are.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr;

use super::{fixture, options, rendered};
use crate::detections::csv::COLUMNS;
use crate::{Format, Options, RenderError, render_detections};

#[test]
fn a_format_without_a_place_for_it_is_refused_before_anything_is_written() {
    let shown: BTreeSet<Format> = Format::OF_DETECTIONS.into_iter().collect();
    for format in Format::ALL {
        let mut out = Vec::new();
        let result = render_detections(&fixture::report(), format, &options(), &mut out);
        if shown.contains(&format) {
            assert!(result.is_ok() && !out.is_empty(), "{format}");
            continue;
        }
        let error = result.expect_err("it has no place for findings in traffic");
        assert!(matches!(error, RenderError::NotForDetections(of) if of == format));
        assert!(out.is_empty(), "{format}");
    }
    let message = RenderError::NotForDetections(Format::Junit).to_string();
    assert_eq!(
        message,
        "what detections found cannot be written as junit: expected table, json, ndjson, csv, markdown, html, sarif, ocsf"
    );
}

#[test]
fn what_was_covered_stands_in_every_format_for_people() {
    for report in [fixture::quiet(), fixture::empty()] {
        for format in [Format::Table, Format::Markdown, Format::Html] {
            let text = rendered(format, &report, &options());
            for said in ["NODATA", "lost by AWS", "fields lacking", "not read"] {
                let text = text.to_lowercase();
                assert!(text.contains(&said.to_lowercase()), "{format}: no {said}");
            }
        }
    }
    let text = rendered(Format::Table, &fixture::empty(), &options());
    assert!(text.contains("no flow was seen"), "{text}");
    assert!(!text.contains("nothing found"), "{text}");
}

#[test]
fn every_finding_is_in_every_format() {
    let report = fixture::report();
    for format in Format::OF_DETECTIONS {
        let verbose = Options {
            verbose: true,
            ..options()
        };
        let text = rendered(format, &report, &verbose);
        for finding in &report.findings {
            assert!(text.contains(&finding.fingerprint), "{format}");
        }
    }
}

#[test]
fn lines_of_the_table_keep_to_the_width_unless_one_word_is_longer() {
    for width in [60, 80, 100, 200] {
        let options = Options {
            width: Some(width),
            ..options()
        };
        for line in rendered(Format::Table, &fixture::report(), &options).lines() {
            let longest = line.split(' ').map(UnicodeWidthStr::width).max();
            let indent = line.len() - line.trim_start().len();
            let fits = line.width() <= width;
            assert!(
                fits || indent + longest.unwrap_or(0) > width,
                "{width}: {line}"
            );
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let colour = Options {
        colour: true,
        ..options()
    };
    let coloured = rendered(Format::Table, &fixture::report(), &colour);
    let mut parts = coloured.split("\u{1b}[");
    let mut stripped = parts.next().unwrap().to_owned();
    for part in parts {
        stripped.push_str(part.split_once('m').expect("only colours are escapes").1);
    }
    let plain = rendered(Format::Table, &fixture::report(), &options());
    assert_ne!(plain, coloured);
    assert_eq!(stripped, plain);
}

#[test]
fn long_lists_are_cut_and_counted_but_where_all_is_asked_for() {
    let mut report = fixture::report();
    report.findings = vec![report.findings[0].clone(); 30];
    for (format, left_out) in [
        (Format::Table, "… and 20 more"),
        (Format::Markdown, "… and 10 more"),
    ] {
        let text = rendered(format, &report, &options());
        assert!(text.contains(left_out), "{text}");
        let verbose = Options {
            verbose: true,
            ..options()
        };
        assert!(!rendered(format, &report, &verbose).contains("… and"));
    }
    let text = rendered(Format::Markdown, &report, &options());
    assert!(text.len() < 65_536, "a comment on GitHub holds no more");
}

#[test]
fn every_row_of_the_csv_has_its_columns() {
    let report = fixture::report();
    let text = rendered(Format::Csv, &report, &options());
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), COLUMNS.as_slice());
    let rows: Vec<::csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let count = |kind: &str| rows.iter().filter(|row| &row[0] == kind).count();
    assert_eq!(count("finding"), report.findings.len());
    assert_eq!(count("allowed"), report.allowed.len());
    assert_eq!(count("weakened"), report.coverage.weakened.len());
    assert_eq!(count("beyond"), 1);
    assert!(count("coverage") >= 10);
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell:?}");
    }
}

#[test]
fn every_column_is_documented_in_its_order() {
    let page = include_str!("../../../../../docs/formats.md");
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let documented: Vec<&str> = cells.map(|(name, _)| name).collect();
    assert!(
        documented
            .windows(COLUMNS.len())
            .any(|names| names == COLUMNS)
    );
}
