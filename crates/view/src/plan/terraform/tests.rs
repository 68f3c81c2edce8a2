//! The module reads well, and names nothing that the provider does not have.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::inert;
use crate::plan::fixture;

/// What is used of the provider: paths of attributes, read from the provider's own schema of the version that stands
/// there. `provider` and `depends_on` are Terraform's own.
const SCHEMA: &str = include_str!("../../../tests/schemas/terraform-aws.json");

fn joined(files: &[(String, String)]) -> String {
    let files = files
        .iter()
        .map(|(name, text)| format!("==> {name} <==\n{text}"));
    files.collect::<Vec<_>>().join("\n")
}

#[test]
fn it_reads_as_before() {
    insta::assert_snapshot!("terraform", joined(&terraform(&fixture::hostile())));
    insta::assert_snapshot!("terraform-empty", joined(&terraform(&fixture::empty())));
}

/// Paths of the attributes of resources and providers: `aws_flow_log.destination_options.file_format`.
fn used(files: &[(String, String)]) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (_, text) in files.iter().filter(|(name, _)| name.ends_with(".tf")) {
        let mut path: Vec<&str> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let indent = line.len() - line.trim_start().len();
            path.truncate(indent / 2);
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["resource", kind, _, "{"] | ["provider", kind, "{"] => {
                    path.push(kind.trim_matches('"'))
                }
                [block, "{"] if indent == path.len() * 2 && !path.is_empty() => path.push(block),
                [attribute, "=", ..]
                    if indent == path.len() * 2
                        && !path.is_empty()
                        && !attribute.starts_with('"') =>
                {
                    used.insert(format!("{}.{attribute}", path.join(".")));
                }
                _ => {}
            }
        }
    }
    used
}

#[test]
fn the_provider_has_everything_that_is_used() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).expect("it is JSON");
    assert_eq!(schema["provider"], "hashicorp/aws");
    let listed = schema["attributes"].as_array().expect("a list");
    let listed: BTreeSet<String> = listed
        .iter()
        .filter_map(|path| path.as_str().map(str::to_owned))
        .collect();
    let used = used(&terraform(&fixture::every_attribute()));
    assert_eq!(used, listed);
}

#[test]
fn names_are_unique() {
    for (_, text) in terraform(&fixture::hostile()) {
        let heads: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("resource "))
            .collect();
        let unique: BTreeSet<&&str> = heads.iter().collect();
        assert_eq!(heads.len(), unique.len(), "{heads:#?}");
    }
}

#[test]
fn a_flow_log_has_the_same_name_in_every_plan() {
    let heads = |plan: &Plan| {
        let text = joined(&terraform(plan));
        let heads = text
            .lines()
            .filter(|line| line.starts_with("resource \"aws_flow_log\""));
        heads.map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let plan = fixture::plan();
    let mut less = plan.clone();
    less.steps
        .retain(|step| !matches!(&step.change, Change::CreateLogGroup { .. }));
    for step in &mut less.steps {
        if let Change::CreateFlowLogs { flow_logs, .. } = &mut step.change {
            flow_logs.resource_ids.truncate(1);
        }
    }
    assert!(heads(&less).is_subset(&heads(&plan)));
    assert_eq!(heads(&less).len(), 3);
}

#[test]
fn every_step_is_in_it_or_on_the_page() {
    let plan = fixture::hostile();
    let files = terraform(&plan);
    let (_, page) = files
        .iter()
        .find(|(name, _)| name == left_out::FILE)
        .expect("a page");
    let made = Made::new(&plan);
    for step in &plan.steps {
        let included =
            unfit(&plan, step).is_none() && !resources::of(&plan, &made, step).is_empty();
        let listed = page.contains(&format!("### {}\n", markdown(&step.id)));
        assert!(included != listed, "{}", step.id);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_leaves_its_place(name in any::<String>()) {
        let mut plan = fixture::plan();
        for account in plan.accounts.values_mut() {
            account.name = Some(name.clone());
        }
        for step in &mut plan.steps {
            step.id.push_str(&name);
            step.summary = name.clone();
            if let Change::CreateLogGroup { log_group_name, .. } = &mut step.change {
                *log_group_name = name.clone();
            }
        }
        for (file, text) in terraform(&plan) {
            prop_assert!(!file.contains(['/', '\\']));
            prop_assert!(!text.contains(|c| c != '\n' && inert::is_unsafe(c)));
        }
    }
}
