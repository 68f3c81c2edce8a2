//! ASFF against the shapes and limits of the Security Hub API.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{explained, options, rendered, schema, validator, violations};
use crate::{Format, Options, fixture};

fn findings(options: &Options) -> Vec<Value> {
    let text = rendered(Format::Asff, &fixture::report(), options);
    serde_json::from_str(&text).expect("ASFF is JSON")
}

#[test]
fn every_finding_is_what_security_hub_accepts() {
    let schema = validator(&schema("asff-2018-10-08.json"));
    for options in [options(), explained(), Options::default()] {
        for finding in findings(&options) {
            assert_eq!(
                violations(&schema, &finding),
                Vec::<String>::new(),
                "{finding}"
            );
        }
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = validator(&schema("asff-2018-10-08.json"));
    let good = findings(&options()).remove(0);
    let wrong = [
        ("Title", Value::from("x".repeat(257))),
        ("AwsAccountId", Value::from("1")),
        ("Compliance", serde_json::json!({ "Status": "UNKNOWN" })),
        ("Resources", serde_json::json!([])),
        ("Colour", Value::from("red")),
    ];
    for (field, value) in wrong {
        let mut finding = good.clone();
        finding[field] = value;
        assert_ne!(
            violations(&schema, &finding),
            Vec::<String>::new(),
            "{field}"
        );
    }
}

#[test]
fn every_verdict_has_its_status_and_every_finding_its_id() {
    let report = fixture::report();
    let findings = findings(&options());
    let count = |status: &str| {
        let verdicts = findings
            .iter()
            .filter(|finding| finding["GeneratorId"] == "flowcover/vpc-recorded");
        let these = verdicts.filter(|finding| finding["Compliance"]["Status"] == status);
        these.count() as u64
    };
    assert_eq!(count("PASSED"), report.summary.recorded);
    assert_eq!(count("WARNING"), report.summary.unknown);
    assert_eq!(count("FAILED"), report.summary.not_recorded);
    assert_eq!(
        count("NOT_AVAILABLE"),
        report.summary.exempt + report.summary.not_owned
    );
    let ids: BTreeSet<&str> = findings
        .iter()
        .filter_map(|finding| finding["Id"].as_str())
        .collect();
    assert_eq!(ids.len(), findings.len());
}
