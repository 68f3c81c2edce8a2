//! What is said of plans that cannot be used.

use super::*;
use crate::plan::Change;

/// A plan with a step of each kind.
fn stored() -> Plan {
    let bytes = include_bytes!("../../tests/stored/plan-1.json");
    read(bytes, "plan.json").unwrap()
}

fn bytes_of(plan: &Plan) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(plan, &mut bytes).unwrap();
    bytes
}

/// What is said of a plan that was changed after it was made, and of one that was made so.
#[track_caller]
fn check(change: impl FnOnce(&mut Plan), said: &str) {
    let mut plan = stored();
    change(&mut plan);
    let edited = read(&bytes_of(&plan), "plan.json").unwrap_err();
    assert!(matches!(edited, PlanError::Edited { .. }), "{edited}");
    let made_so = read(&bytes_of(&plan.named()), "plan.json")
        .unwrap_err()
        .to_string();
    assert_eq!(made_so, said);
}

#[test]
fn the_id_is_of_the_content() {
    let plan = stored();
    assert_eq!(plan.clone().named(), plan);
    let mut other = plan.clone();
    other.notes.push("more".to_owned());
    assert_ne!(other.named().id, plan.id);
}

#[test]
fn steps_that_contradict_themselves() {
    check(
        |plan| plan.steps[1].id = plan.steps[0].id.clone(),
        "plan.json: steps[1]: a second step with the id `222222222222/eu-west-1/bucket/new-bucket`",
    );
    check(
        |plan| plan.steps.swap(2, 7),
        "plan.json: steps[2]: step `111111111111/global/role/flowcover-eu-west-1-vpc-1`, which must be done before, does not stand before",
    );
    check(
        |plan| plan.accounts.clear(),
        "plan.json: steps[0]: account 222222222222 is not in `accounts`",
    );
    check(
        |plan| plan.steps[4].region = None,
        "plan.json: steps[4]: it has no region",
    );
    check(
        |plan| plan.steps[4].calls.clear(),
        "plan.json: steps[4]: its calls are not those of its change",
    );
    check(
        |plan| {
            let Change::SetRetention {
                retention_in_days, ..
            } = &mut plan.steps[5].change
            else {
                panic!("{:?}", plan.steps[5].change);
            };
            retention_in_days.after = 1;
        },
        "plan.json: steps[5]: its calls are not those of its change",
    );
}

#[test]
fn an_edited_plan_says_both_ids() {
    let text = String::from_utf8(bytes_of(&stored())).unwrap();
    let edited = text.replace("365", "1");
    let said = read(edited.as_bytes(), "plan.json")
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("changed since it was made") && said.contains(&stored().id),
        "{said}"
    );
}

#[test]
fn a_cut_plan_is_refused_wherever_it_is_cut() {
    let bytes = bytes_of(&stored());
    for at in (0..bytes.len() - 2).step_by(97) {
        let refused = read(&bytes[..at], "plan.json").unwrap_err();
        assert!(
            matches!(refused, PlanError::Unreadable(_)),
            "{at}: {refused}"
        );
        assert!(!refused.to_string().contains('\n'));
    }
}

#[test]
fn other_versions_and_other_files_are_refused_by_name() {
    let text = String::from_utf8(bytes_of(&stored())).unwrap();
    let refused = [
        ("flowcover.plan/2", "flowcover.plan/2"),
        ("flowcover.report/1", "it is a report, not a plan"),
        ("terraform", "terraform"),
    ];
    for (schema, expected) in refused {
        let other = text.replacen("flowcover.plan/1", schema, 1);
        let said = read(other.as_bytes(), "plan.json").unwrap_err().to_string();
        assert!(
            said.starts_with("plan.json") && said.contains(expected),
            "{said}"
        );
    }
}
