//! Amounts and moments in words.

use flowcover_detect::{DETECTIONS, Measure, Unit};

use super::fixture;
use crate::detections::html::explained;
use crate::detections::rule::sections;
use crate::detections::words::{amount, ends, when};
use crate::html::guidance::{Block, Span};

#[test]
fn amounts_have_their_unit() {
    let cases = [
        (12_345.0, Unit::Count, "12,345"),
        (2.5, Unit::Count, "2.5"),
        (-3.0, Unit::Count, "-3"),
        (0.98, Unit::Ratio, "0.98"),
        (999.0, Unit::Bytes, "999 B"),
        (1_500.0, Unit::Bytes, "1.5 kB"),
        (40_200_000_000.0, Unit::Bytes, "40.2 GB"),
        (1e30, Unit::Bytes, "1000000000000000.0 PB"),
        (0.25, Unit::Seconds, "0.25 s"),
        (42.0, Unit::Seconds, "42 s"),
        (300.0, Unit::Seconds, "5 min"),
        (16_080.0, Unit::Seconds, "4 h 28 min"),
        (273_600.0, Unit::Seconds, "3 days 4 h"),
        (1.0, Unit::Days, "1 day"),
        (14.0, Unit::Days, "14 days"),
        (f64::NAN, Unit::Count, "unknown"),
    ];
    for (value, unit, shown) in cases {
        let name = "some_measure";
        assert_eq!(amount(&Measure { name, value, unit }), shown);
    }
}

#[test]
fn moments_say_the_day_once() {
    let cases = [
        (0, 30, "1970-01-01 00:00 UTC"),
        (0, 3_600, "1970-01-01 00:00 – 01:00 UTC (1 h)"),
        (0, 90_000, "1970-01-01 00:00 – 1970-01-02 01:00 UTC (25 h)"),
    ];
    for (first, last, shown) in cases {
        assert_eq!(when(first, last), shown);
    }
    assert!(when(i64::MIN, i64::MAX).starts_with("second -9223372036854775808 – second "));
}

#[test]
fn ends_that_are_many_are_called_so() {
    let mut finding = fixture::report().findings[0].clone();
    (finding.client_name, finding.server_name) = (None, Some("db".to_owned()));
    finding.client = Some("10.0.0.1".parse().unwrap());
    finding.server = Some("2001:db8::1".parse().unwrap());
    (finding.server_port, finding.protocol) = (Some(443), Some(6));
    let shown = "10.0.0.1 → [2001:db8::1]:443 (db) tcp";
    assert_eq!(ends(&finding).as_deref(), Some(shown));
    (finding.client, finding.protocol) = (None, Some(200));
    let shown = "many → [2001:db8::1]:443 (db) protocol 200";
    assert_eq!(ends(&finding).as_deref(), Some(shown));
    (finding.server, finding.server_port) = (None, None);
    assert_eq!(ends(&finding), None);
}

#[test]
fn a_page_is_cut_at_its_headings() {
    let page = "before\n## One\na\n### b\n\n## Two\nc\n";
    let cut = [("One", "a\n### b\n\n"), ("Two", "c\n")];
    assert_eq!(sections(page), cut);
    assert_eq!(sections("no heading"), []);
}

#[test]
fn wrapped_lines_of_a_page_become_one_and_items_stay_apart() {
    let page = "## One\n\nfirst\nsecond.\n\n- item\n  goes on\n- another\n";
    let [(_, blocks)] = explained(page).try_into().unwrap();
    let plain = |texts: &[&'static str]| texts.iter().map(|text| Span::Plain(text)).collect();
    let paragraph = Block::Text(vec![plain(&["first", " ", "second."])]);
    let list = Block::Text(vec![
        plain(&["- item", " ", "  goes on"]),
        plain(&["- another"]),
    ]);
    assert_eq!(blocks, [paragraph, list]);
}

#[test]
fn no_page_shows_marks_that_should_have_been_read() {
    for detection in DETECTIONS {
        let sections = explained(detection.page);
        assert!(sections.len() >= 4, "{}", detection.id);
        for block in sections.iter().flat_map(|(_, blocks)| blocks) {
            let Block::Text(lines) = block else { continue };
            for span in lines.iter().flatten() {
                let is_raw = matches!(span, Span::Plain(text) if text.contains(['`', '#']) || text.contains("**"));
                assert!(!is_raw, "{}: {span:?}", detection.id);
            }
        }
    }
}
