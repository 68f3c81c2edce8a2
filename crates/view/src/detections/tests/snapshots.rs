//! What people and programs read, in full.

use super::{fixture, options, rendered};
use crate::{Format, Options};

/// The page without its style sheet and the hash of it.
fn without_style(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let (before, hash) = head.split_once("sha256-").unwrap();
    let (_, after) = hash.split_once('&').unwrap();
    format!("{before}…&{after}<style>…</style>{body}").replace("><", ">\n<")
}

#[test]
fn every_format_reads_as_before() {
    for format in Format::OF_DETECTIONS {
        let mut text = rendered(format, &fixture::report(), &options());
        if format == Format::Html {
            text = without_style(&text);
        }
        insta::assert_snapshot!(format.as_str(), text);
    }
}

#[test]
fn nothing_found_says_in_what() {
    for (name, report) in [("quiet", fixture::quiet()), ("empty", fixture::empty())] {
        for format in [Format::Table, Format::Markdown, Format::Csv] {
            let text = rendered(format, &report, &options());
            insta::assert_snapshot!(format!("{name}-{format}"), text);
        }
    }
}

#[test]
fn the_table_at_other_widths_and_with_all_it_has() {
    for width in [60, 160] {
        let options = Options {
            width: Some(width),
            ..options()
        };
        let text = rendered(Format::Table, &fixture::report(), &options);
        insta::assert_snapshot!(format!("table-{width}"), text);
    }
    let options = Options {
        verbose: true,
        ..options()
    };
    let text = rendered(Format::Table, &fixture::report(), &options);
    insta::assert_snapshot!("table-verbose", text);
}

#[test]
#[ignore = "writes pages to look at into the directory that FLOWCOVER_PAGES names"]
fn write_pages_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var_os("FLOWCOVER_PAGES").unwrap());
    for (name, report) in [
        ("found", fixture::report()),
        ("quiet", fixture::quiet()),
        ("empty", fixture::empty()),
    ] {
        let page = rendered(Format::Html, &report, &options());
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}
