//! SARIF against the schema that OASIS publishes.

use serde_json::Value;

use super::{explained, options, rendered, schema, validator, violations};
use crate::{Format, Options, fixture};

fn log(options: &Options) -> Value {
    let text = rendered(Format::Sarif, &fixture::report(), options);
    serde_json::from_str(&text).expect("SARIF is JSON")
}

/// The published schema, without one pattern that is no regular expression (a bracket too many in `language`).
pub(crate) fn sarif_schema() -> jsonschema::Validator {
    let mut schema = schema("sarif-2.1.0.json");
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        let pattern = language
            .as_object_mut()
            .and_then(|language| language.remove("pattern"));
        assert!(pattern.is_some(), "{definition}");
    }
    validator(&schema)
}

#[test]
fn it_is_valid_with_and_without_descriptions() {
    let schema = sarif_schema();
    for options in [options(), explained(), Options::default()] {
        assert_eq!(violations(&schema, &log(&options)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let mut log = log(&options());
    log["runs"][0]["results"][0]["level"] = "fatal".into();
    assert_ne!(violations(&sarif_schema(), &log), Vec::<String>::new());
}

#[test]
fn every_finding_and_every_unknown_is_a_result_with_a_rule() {
    let report = fixture::report();
    let log = log(&options());
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    let counted: u64 = report.summary.findings.values().sum();
    assert_eq!(results.len() as u64, counted + report.summary.unknown);
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in results {
        assert!(
            rules.iter().any(|rule| rule["id"] == result["ruleId"]),
            "{result}"
        );
    }
    let open = results.iter().filter(|result| result["kind"] == "open");
    assert_eq!(open.count() as u64, report.summary.unknown);
}

#[test]
fn what_is_not_recorded_is_a_result_although_its_check_is_off() {
    let mut report = fixture::report();
    let vpc = &mut report.vpcs[0];
    vpc.verdict = flowcover_core::Verdict::NotRecorded;
    vpc.findings.clear();
    let id = vpc.vpc_id.clone();
    let text = rendered(Format::Sarif, &report, &options());
    let log: Value = serde_json::from_str(&text).expect("SARIF is JSON");
    assert_eq!(violations(&sarif_schema(), &log), Vec::<String>::new());
    let results = log["runs"][0]["results"].as_array().expect("results");
    let named = |result: &&Value| result["locations"][0]["logicalLocations"][0]["name"] == *id;
    let of_vpc: Vec<_> = results.iter().filter(named).collect();
    assert_eq!(of_vpc.len(), 1);
    assert_eq!(of_vpc[0]["kind"], "fail");
    assert_eq!(of_vpc[0]["level"], "error");
    assert_eq!(of_vpc[0]["ruleId"], "not-recorded");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array();
    let mut rules = rules.expect("rules").iter();
    assert!(rules.any(|rule| rule["id"] == "not-recorded"));
}

#[test]
fn gaps_are_notifications_and_an_interrupted_run_is_no_success() {
    let report = fixture::report();
    let log = log(&options());
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notifications = invocation["toolExecutionNotifications"].as_array();
    assert_eq!(
        notifications.expect("notifications").len(),
        report.gaps.len()
    );
}
