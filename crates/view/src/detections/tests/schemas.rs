//! Formats with a schema against it: our own, and those that OASIS and OCSF publish.

use flowcover_detect::Report;
use serde_json::Value;

use super::{fixture, options, rendered};
use crate::tests::{sarif::sarif_schema, schema, validator, violations};
use crate::{Format, Options, detections_schema};

fn reports() -> [Report; 3] {
    [fixture::report(), fixture::quiet(), fixture::empty()]
}

fn lines(format: Format, report: &Report) -> Vec<Value> {
    let text = rendered(format, report, &options());
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

#[test]
fn json_is_valid() {
    let schema = validator(&serde_json::to_value(detections_schema()).unwrap());
    for report in reports() {
        for options in [options(), Options::default()] {
            let text = rendered(Format::Json, &report, &options);
            let mut document: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(violations(&schema, &document), Vec::<String>::new());
            document["coverage"]["flows"] = "many".into();
            assert_ne!(violations(&schema, &document), Vec::<String>::new());
        }
    }
}

#[test]
fn ndjson_has_the_fields_of_json() {
    let report = fixture::report();
    let text = rendered(Format::Json, &report, &options());
    let document: Value = serde_json::from_str(&text).unwrap();
    let lines = lines(Format::Ndjson, &report);
    let of_kind = |kind: &str| -> Vec<Value> {
        let these = lines.iter().filter(|line| line["kind"] == kind);
        let without_kind = these.map(|line| {
            let mut line = line.clone();
            line.as_object_mut().unwrap().remove("kind");
            line
        });
        without_kind.collect()
    };
    assert_eq!(Value::from(of_kind("finding")), document["findings"]);
    assert_eq!(Value::from(of_kind("allowed")), document["allowed"]);
    let run = &of_kind("detections")[0];
    for (name, value) in run.as_object().unwrap() {
        assert_eq!(value, &document[name], "{name}");
    }
}

#[test]
fn sarif_is_valid_and_every_result_has_its_rule() {
    let schema = sarif_schema();
    for report in reports() {
        for options in [options(), Options::default()] {
            let text = rendered(Format::Sarif, &report, &options);
            let log: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(violations(&schema, &log), Vec::<String>::new());
            let run = &log["runs"][0];
            let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
            let results = run["results"].as_array().unwrap();
            assert_eq!(results.len(), report.findings.len());
            for result in results {
                let has_rule = rules.iter().any(|rule| rule["id"] == result["ruleId"]);
                assert!(has_rule, "{result}");
            }
        }
    }
}

#[test]
fn ocsf_is_valid_and_refuses_what_is_wrong() {
    let schema = validator(&schema("ocsf-1.3.0-detection-finding.json"));
    let report = fixture::report();
    let mut events = lines(Format::Ocsf, &report);
    assert_eq!(events.len(), report.findings.len());
    for event in &events {
        assert_eq!(violations(&schema, event), Vec::<String>::new(), "{event}");
    }
    events[0]["finding_info"]["uid"] = Value::Null;
    assert_ne!(violations(&schema, &events[0]), Vec::<String>::new());
}
