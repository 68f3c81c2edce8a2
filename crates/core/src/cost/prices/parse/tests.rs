//! What is said of price files that are wrong.

use proptest::prelude::*;

use super::super::BUILT_IN;
use super::Prices;

/// Replaces one line of the built-in file, and gives what is said of the result.
fn broken(line: &str, by: &str) -> String {
    assert!(BUILT_IN.contains(line), "{line}");
    let text = BUILT_IN.replacen(line, by, 1);
    let faults = Prices::parse(&text, "p.toml").expect_err("the file is wrong");
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    said.join("\n")
}

#[track_caller]
fn check(line: &str, by: &str, said: &str) {
    assert_eq!(broken(line, by), said);
}

/// The line in which the text stands first.
fn line_of(text: &str) -> usize {
    let at = BUILT_IN.find(text).expect("it is in the file");
    BUILT_IN[..at].matches('\n').count() + 1
}

#[test]
fn prices_must_be_amounts() {
    let first = "  { up_to = 10240, price = 0.50 },";
    let line = line_of(first);
    let below = "  { up_to = 10240, price = -0.50 },";
    check(
        first,
        below,
        &format!("p.toml:{line}:28: error: a price below zero\n  hint: prices are zero or more"),
    );
    for wrong in [
        "5e-1",
        "nan",
        "inf",
        "true",
        "\"cheap\"",
        "0.1234567891",
        "0x10",
    ] {
        let by = format!("  {{ up_to = 10240, price = {wrong} }},");
        let said = format!(
            "p.toml:{line}:28: error: not a price\n  hint: write US dollars with at most nine decimals, such as 0.035"
        );
        check(first, &by, &said);
    }
}

#[test]
fn tiers_must_ascend() {
    let second = "  { up_to = 30720, price = 0.25 },";
    let line = line_of(second);
    for end in ["10240", "10239", "1"] {
        let by = format!("  {{ up_to = {end}, price = 0.25 }},");
        let said = format!(
            "p.toml:{line}:3: error: tiers must ascend\n  hint: each `up_to` must be above the one before"
        );
        check(second, &by, &said);
    }
    let endless = format!(
        "p.toml:{line}:3: error: only the last tier has no end\n  hint: give it an `up_to`"
    );
    check(second, "  { price = 0.25 },", &endless);
    let last = "  { price = 0.05 },";
    let ends = format!(
        "p.toml:{}:3: error: the last tier has an end\n  hint: leave out its `up_to`",
        line_of(last)
    );
    check(last, "  { up_to = 99999, price = 0.05 },", &ends);
    let zero = broken(second, "  { up_to = 0, price = 0.25 },");
    assert!(
        zero.contains("must be a whole number of GB above zero"),
        "{zero}"
    );
    let vast = broken(second, "  { up_to = 99999999999999999, price = 0.25 },");
    assert!(
        vast.contains("must be a whole number of GB above zero"),
        "{vast}"
    );
}

#[test]
fn names_must_be_known() {
    let item = "item = \"cloudwatch-storage\"";
    let said = broken(item, "item = \"cloudwatch-\\u001bstorage\"");
    let start = format!(
        "p.toml:{}:8: error: `cloudwatch-\\u{{1b}}storage` is no item\n  hint: known are cloudwatch-delivery, ",
        line_of(item)
    );
    assert!(said.starts_with(&start), "{said}");
    let key = broken("fallback = ", "fall_back = ");
    assert!(
        key.contains("unknown key `fall_back`") && key.contains("`fallback` is missing"),
        "{key}"
    );
    let schema = broken("flowcover.prices/1", "flowcover.prices/2");
    assert!(
        schema.contains("this version of flowcover reads no other"),
        "{schema}"
    );
    let date = broken("date = \"2026-11-22\"", "date = \"tomorrow\"");
    assert!(date.contains("`tomorrow` is no date"), "{date}");
}

#[test]
fn nothing_twice_and_nothing_missing() {
    let twice = broken(
        "item = \"cloudwatch-ia-delivery\"",
        "item = \"cloudwatch-delivery\"",
    );
    assert!(
        twice.contains("cloudwatch-delivery of `us-east-1` stands twice"),
        "{twice}"
    );
    let line = line_of("fallback = ");
    let lacks = broken("fallback = \"us-east-1\"", "fallback = \"eu-west-1\"");
    let said = format!(
        "p.toml:{line}:12: error: region `eu-west-1` lacks firehose-ingestion, s3-transition-ia, s3-transition-glacier-ir"
    );
    assert!(lacks.starts_with(&said), "{lacks}");
}

#[test]
fn not_toml() {
    let said = broken("fallback = \"us-east-1\"", "fallback = us-east-1 oops");
    assert!(
        said.starts_with(&format!("p.toml:{}:", line_of("fallback = "))),
        "{said}"
    );
    assert!(said.contains("not valid TOML"), "{said}");
}

#[test]
fn text_prices_are_read_like_numbers() {
    let text = BUILT_IN.replace("price = 0.50", "price = \"0.50\"");
    let name = super::super::BUILT_IN_NAME;
    assert_eq!(Prices::parse(&text, name), Ok(Prices::built_in()));
}

proptest! {
    #[test]
    fn never_panics(from in 0..BUILT_IN.len(), to in 0..BUILT_IN.len(), with in "\\PC{0,8}") {
        let mut text = BUILT_IN.to_owned();
        if from < to && text.is_char_boundary(from) && text.is_char_boundary(to) && to - from < 200 {
            text.replace_range(from..to, &with);
        }
        match Prices::parse(&text, "p.toml") {
            Ok(prices) => prop_assert!(prices.regions().count() > 0),
            Err(faults) => prop_assert!(!faults.is_empty() && faults.len() <= 20),
        }
    }
}
