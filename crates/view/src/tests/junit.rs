//! JUnit against the schema of Jenkins.

use flowcover_core::Severity;
use proptest::prelude::*;

use super::xml::{Element, Schema, parse};
use super::{options, rendered};
use crate::{Format, fixture};

fn schema() -> Schema {
    let path = format!("{}/tests/schemas/junit-10.xsd", env!("CARGO_MANIFEST_DIR"));
    Schema::parse(&std::fs::read_to_string(path).expect("the schema is kept with the tests"))
}

fn document() -> Element {
    parse(&rendered(Format::Junit, &fixture::report(), &options()))
}

#[test]
fn it_is_valid() {
    assert_eq!(schema().violations(&document()), Vec::<String>::new());
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let cases = [
        (
            "<testsuite name='a' tests='1' failures='0'/>",
            "<testsuite> lacks its attribute errors",
        ),
        (
            "<testsuites skipped='1'/>",
            "<testsuites> has no attribute skipped",
        ),
        (
            "<testcase name='a'><testcase name='b'/></testcase>",
            "<testcase> holds no <testcase>",
        ),
        ("<tests/>", "<tests> is not declared"),
    ];
    for (text, violation) in cases {
        assert_eq!(schema().violations(&parse(text)), [violation]);
    }
}

#[test]
fn counts_are_those_of_the_elements_and_of_the_report() {
    let report = fixture::report();
    let document = document();
    let count = |element: &str| document.all(element).len() as u64;
    let gateways = 1;
    let unread = 3;
    assert_eq!(count("failure"), report.summary.not_recorded + gateways);
    assert_eq!(count("error"), report.summary.unknown + unread);
    assert_eq!(
        count("skipped"),
        report.summary.exempt + report.summary.not_owned
    );
    for suite in document.all("testsuite") {
        let stated = |attribute: &str| {
            suite.attributes[attribute]
                .parse::<usize>()
                .expect("a number")
        };
        assert_eq!(suite.all("testcase").len(), stated("tests"));
        assert_eq!(suite.all("failure").len(), stated("failures"));
        assert_eq!(suite.all("error").len(), stated("errors"));
        assert_eq!(suite.all("skipped").len(), stated("skipped"));
    }
    assert_eq!(document.attributes["tests"], count("testcase").to_string());
    assert_eq!(
        document.attributes["failures"],
        count("failure").to_string()
    );
    assert_eq!(document.attributes["errors"], count("error").to_string());
}

#[test]
fn a_severe_finding_on_no_vpc_fails() {
    let mut report = fixture::report();
    let before = document().all("failure").len();
    report.findings[0].severity = Severity::High;
    let document = parse(&rendered(Format::Junit, &report, &options()));
    assert_eq!(document.all("failure").len(), before + 1);
}

proptest! {
    // Each case renders a whole report.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_breaks_the_document(name in any::<String>()) {
        let mut report = fixture::report();
        report.vpcs[0].name = Some(name.clone());
        report.vpcs[0].reason = name.clone();
        report.findings[0].check = name;
        let document = parse(&rendered(Format::Junit, &report, &options()));
        prop_assert_eq!(schema().violations(&document), Vec::<String>::new());
        prop_assert_eq!(document.all("testcase").len(), 27);
    }
}
