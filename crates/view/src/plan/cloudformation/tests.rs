//! The templates read well, keep to the limits, and refer only to what they hold.

use std::collections::BTreeSet;

use flowcover_core::inventory::Tags;
use flowcover_core::plan::Effect;

use super::*;
use crate::plan::fixture;

fn parsed(plan: &Plan) -> Vec<(String, Value)> {
    let files = cloudformation(plan)
        .into_iter()
        .filter(|(name, _)| name.ends_with(".json"));
    files
        .map(|(name, text)| {
            (
                name,
                serde_json::from_str(&text).expect("a template is JSON"),
            )
        })
        .collect()
}

#[test]
fn they_read_as_before() {
    let files = cloudformation(&fixture::hostile());
    let files = files
        .iter()
        .map(|(name, text)| format!("==> {name} <==\n{text}"));
    insta::assert_snapshot!("cloudformation", files.collect::<Vec<_>>().join("\n"));
}

/// Logical ids that a value refers to.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("Ref" | "DependsOn", Value::String(id)) => drop(found.insert(id.clone())),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.extend(parts[0].as_str().map(str::to_owned));
                    }
                    _ => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn flow_logs_wait_for_what_they_need() {
    let templates = parsed(&fixture::plan());
    let (_, template) = &templates
        .iter()
        .find(|(name, _)| name.starts_with(fixture::PAYMENTS))
        .expect("a template");
    let mut found = BTreeSet::new();
    references(template, &mut found);
    assert_eq!(found.len(), 4, "two roles and two groups: {found:?}");
}

/// One VPC after the other, each with a role and a group.
fn large(count: usize) -> Plan {
    let plan = fixture::plan();
    let mut large = plan.clone();
    large.steps.clear();
    for number in 0..count {
        let text = serde_json::to_string(&plan.steps[3..6]).expect("steps are JSON");
        let text = text.replace("vpc-0aaaaaaaaaaaaaa01", &format!("vpc-{number:017x}"));
        let steps: Vec<Step> = serde_json::from_str(&text).expect("still steps");
        large.steps.extend(steps);
    }
    large.named()
}

#[test]
fn large_plans_are_split() {
    let templates = parsed(&large(400));
    assert!(templates.len() > 2, "{}", templates.len());
    let mut count = 0;
    for (name, template) in &templates {
        let resources = template["Resources"].as_object().expect("resources");
        assert!(resources.len() <= MOST_RESOURCES, "{name}");
        assert!(format!("{template:#}").len() < 1_000_000, "{name}");
        let mut found = BTreeSet::new();
        references(template, &mut found);
        for id in found {
            assert!(resources.contains_key(&id), "{name}: {id}");
        }
        count += resources.len();
    }
    assert_eq!(count, 1_200);
    let pages = cloudformation(&large(400));
    assert!(pages[0].1.contains("--s3-bucket"), "{}", pages[0].1);
}

#[test]
fn an_empty_plan_has_no_template() {
    assert_eq!(parsed(&fixture::empty()), []);
}

#[test]
fn a_reference_to_a_secret_is_left_out() {
    let mut plan = fixture::plan();
    plan.steps.push(fixture::step(
        (fixture::SANDBOX, Some("eu-west-1")),
        ("log-group", Effect::Create),
        ("AWS::Logs::LogGroup", "secret"),
        Change::CreateLogGroup {
            tags: Tags::new(),
            log_group_name: "{{resolve:secretsmanager:all}}".to_owned(),
            retention_in_days: None,
            kms_key_id: None,
        },
    ));
    let files = cloudformation(&plan);
    assert!(files.iter().all(|(_, text)| !text.contains("{{resolve")));
    let (_, page) = files.last().expect("a page");
    assert!(page.contains("reference to a secret"), "{page}");
}
