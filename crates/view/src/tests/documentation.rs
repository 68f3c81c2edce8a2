//! `docs/formats.md` against what is written.

use std::collections::BTreeSet;

use super::{options, rendered};
use crate::{Format, fixture};

/// The first cells of all table rows whose first cell is code.
fn documented() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats.md");
    let page = std::fs::read_to_string(path).expect("the page is in the repository");
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    cells.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_format_is_documented() {
    let documented = documented();
    for format in Format::ALL {
        assert!(documented.contains(&format.to_string()), "{format}");
    }
}

#[test]
fn every_column_is_documented_in_its_order() {
    let documented = documented();
    let columns = crate::csv::COLUMNS.map(str::to_owned);
    assert!(
        documented
            .windows(columns.len())
            .any(|names| names == columns)
    );
}

#[test]
fn every_metric_is_documented_and_no_other() {
    let text = rendered(Format::Prometheus, &fixture::report(), &options());
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next());
    let written: BTreeSet<String> = names.map(str::to_owned).collect();
    let metrics = documented()
        .into_iter()
        .filter(|name| name.starts_with("flowcover_"));
    assert_eq!(metrics.collect::<BTreeSet<String>>(), written);
}
