//! OCSF against the schema of its class, as published.

use serde_json::Value;

use super::{explained, options, rendered, schema, validator, violations};
use crate::{Format, Options, fixture};

fn events(options: &Options) -> Vec<Value> {
    let text = rendered(Format::Ocsf, &fixture::report(), options);
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

#[test]
fn every_event_is_valid() {
    let schema = validator(&schema("ocsf-1.3.0-compliance-finding.json"));
    for options in [options(), explained(), Options::default()] {
        for event in events(&options) {
            assert_eq!(violations(&schema, &event), Vec::<String>::new(), "{event}");
        }
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = validator(&schema("ocsf-1.3.0-compliance-finding.json"));
    let mut event = events(&options()).remove(0);
    event["severity_id"] = "high".into();
    assert_ne!(violations(&schema, &event), Vec::<String>::new());
}

#[test]
fn every_verdict_has_its_status() {
    let report = fixture::report();
    let events = events(&options());
    let count = |status: u64| {
        let verdicts = events
            .iter()
            .filter(|event| event["metadata"]["event_code"] == "vpc-recorded");
        let these = verdicts.filter(|event| event["compliance"]["status_id"] == status);
        these.count() as u64
    };
    assert_eq!(count(1), report.summary.recorded);
    assert_eq!(count(2), report.summary.unknown);
    assert_eq!(count(3), report.summary.not_recorded);
    assert_eq!(count(99), report.summary.exempt + report.summary.not_owned);
}
