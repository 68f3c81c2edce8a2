//! What a plan promises, and what a plan after it finds to do.

use std::collections::BTreeSet;

use flowcover_core::Severity;
use flowcover_core::journal::Event;
use flowcover_core::judge::assess;
use flowcover_core::plan::{Change, Reason, Step};

use super::super::lab::Lab;
use super::{Case, is_done, planned, policy, read, run_of};

/// What the plan promised holds, and a second plan is empty.
pub(super) async fn keeps_its_promises(lab: &Lab, case: &Case) {
    lab.simulator.world().advance(7200);
    let inventory = read(&lab.simulator, &case.fix).await;
    let promised: BTreeSet<(&str, &str)> = lab
        .header
        .plan
        .steps
        .iter()
        .flat_map(|step| &step.answers)
        .map(|answered| (answered.check.as_str(), answered.fingerprint.as_str()))
        .collect();
    let report = assess(&inventory, &policy(&case.fix));
    let broken: Vec<String> = report
        .all_findings()
        .filter(|finding| finding.severity >= Severity::Low)
        .filter(|it| promised.contains(&(it.check.as_str(), it.fingerprint.as_str())))
        .map(|it| format!("{} on {}: {}", it.check, it.resource.id, it.message))
        .collect();
    assert_eq!(broken, [""; 0], "promised to be fixed");
    let second = planned(&inventory, &case.fix, case.replace);
    // Where an old flow log went there is room for what AWS would not take beside it.
    let mut not_fixed = lab.header.plan.not_fixed.iter();
    let room_is_made = case.replace && not_fixed.any(|it| it.reason == Reason::Quota);
    if second.steps.is_empty() || room_is_made {
        return;
    }
    // What an earlier run left was gone on with, and its settings kept: now they are asked about.
    let adopted = adopted_groups(lab);
    let sets_adopted = |step: &Step| match &step.change {
        Change::SetRetention { log_group_name, .. }
        | Change::SetLogGroupKey { log_group_name, .. } => adopted.contains(log_group_name),
        _ => false,
    };
    let others = second.steps.iter().filter(|step| !sets_adopted(step));
    let others: Vec<&str> = others.map(|step| step.id.as_str()).collect();
    assert_eq!(others, [""; 0], "a second plan is not empty");
    let second = run_of(lab.simulator.world().clone(), second, "run-2");
    assert!(is_done(&second.apply().await.unwrap()));
    let third = planned(
        &read(&second.simulator, &case.fix).await,
        &case.fix,
        case.replace,
    );
    assert!(third.steps.is_empty(), "{:#?}", third.steps);
}

/// The names of groups that an earlier run left and this one went on with.
fn adopted_groups(lab: &Lab) -> BTreeSet<String> {
    let events = lab.trace.events().into_iter();
    let adopted: BTreeSet<String> = events
        .filter(|event| matches!(event, Event::Adopted { .. }))
        .filter_map(|event| event.step().map(str::to_owned))
        .collect();
    let steps = lab.header.plan.steps.iter();
    let steps = steps.filter(|step| adopted.contains(&step.id));
    let names = steps.filter_map(|step| match &step.change {
        Change::CreateLogGroup { log_group_name, .. } => Some(log_group_name.clone()),
        _ => None,
    });
    names.collect()
}
