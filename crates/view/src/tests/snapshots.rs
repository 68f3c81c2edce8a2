//! What people and programs read, in full.

use flowcover_core::report::Report;

use super::{options, rendered};
use crate::{Format, Options, fixture, inert};

fn short_report() -> Report {
    let mut report = fixture::report();
    // Long text is for other tests: it would drown what is looked at here.
    for vpc in &mut report.vpcs {
        vpc.name = vpc.name.take().map(|name| name.chars().take(200).collect());
    }
    report
}

#[test]
fn every_format_reads_as_before() {
    // The page has snapshots of its own, beside its parts.
    for format in Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Html)
    {
        let text = rendered(format, &short_report(), &options());
        insta::assert_snapshot!(format.as_str(), text);
    }
}

#[test]
fn the_table_reads_well_at_every_width() {
    for width in [80, 120, 200] {
        let options = Options {
            width: Some(width),
            ..options()
        };
        let text = rendered(Format::Table, &short_report(), &options);
        insta::assert_snapshot!(format!("table-{width}"), text);
    }
}

#[test]
fn the_table_tells_all_when_asked() {
    let options = Options {
        verbose: true,
        ..options()
    };
    let text = rendered(Format::Table, &short_report(), &options);
    insta::assert_snapshot!("table-verbose", text);
}

#[test]
fn every_format_is_inert() {
    for format in Format::ALL {
        let text = rendered(format, &fixture::report(), &options());
        for line in text.lines() {
            assert!(!line.contains(inert::is_unsafe), "{format}: {line:?}");
        }
    }
}
