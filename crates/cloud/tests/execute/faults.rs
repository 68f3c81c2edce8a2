//! Calls that come to grief: a run ends as it would have, or goes on to that end when it is resumed.

use std::collections::BTreeSet;

use flowcover_cloud::FlowLogRequest;
use flowcover_cloud::execute::{RollbackOptions, StepEnd};
use flowcover_cloud::simulator::{BatchFaults, Matching, Trouble};
use flowcover_core::journal::Event;
use flowcover_core::plan::Change;

use super::lab::{Lab, Line, both};
use super::plans::{self, CENTRAL, EAST, SHOP, WEB};
use super::sameness::assert_same;

const RECORDS_TOO: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

/// Actions of the calls that a run makes, each with how often.
async fn actions_of(back: bool) -> Vec<(&'static str, u32)> {
    let lab = Lab::new();
    lab.done().await;
    let skip = lab.trace.lines().len();
    if back {
        lab.rollback(RECORDS_TOO).await;
    }
    let lines = lab
        .trace
        .lines()
        .into_iter()
        .skip(if back { skip } else { 0 });
    let actions: Vec<&str> = lines
        .filter_map(|line| match line {
            Line::Written(call) => Some(call.action()),
            Line::Journaled(_) => None,
        })
        .collect();
    let distinct: BTreeSet<&str> = actions.iter().copied().collect();
    let times =
        |action: &&str| u32::try_from(actions.iter().filter(|it| it == &action).count()).unwrap();
    distinct
        .iter()
        .map(|action| (*action, times(action)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn trouble_of_every_kind_on_every_call_leads_to_the_same_end() {
    let expected = Lab::new();
    expected.done().await;
    let expected = expected.inventory().await;
    for (action, calls) in actions_of(false).await {
        for trouble in Trouble::ALL {
            for (passes, times) in (0..calls).map(|passes| (passes, 1)).chain([(0, 30)]) {
                let when = format!("{trouble:?} on {action} after {passes}, {times} times");
                let lab = Lab::new();
                lab.simulator.world().faults.befall_after(
                    passes,
                    trouble,
                    Matching::action(action),
                    times,
                );
                let applied = lab.apply().await.unwrap();
                if !applied.complete {
                    assert!(times > 1, "{when}: {:#?}", Lab::not_done(&applied));
                    lab.simulator.world().faults.spare_all();
                    lab.done().await;
                }
                assert_same(&lab.inventory().await, &expected, &when);
                lab.trace.assert_in_order();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_of_every_kind_while_taking_back_leads_to_the_same_end() {
    let before = Lab::new().inventory().await;
    for (action, calls) in actions_of(true).await {
        for trouble in Trouble::ALL {
            for (passes, times) in (0..calls).map(|passes| (passes, 1)).chain([(0, 30)]) {
                let when = format!("{trouble:?} on {action} after {passes}, {times} times");
                let lab = Lab::new();
                lab.done().await;
                lab.simulator.world().faults.befall_after(
                    passes,
                    trouble,
                    Matching::action(action),
                    times,
                );
                let rolled = lab.rollback(RECORDS_TOO).await;
                if !rolled.complete {
                    assert!(times > 1, "{when}: {:#?}", rolled.steps);
                    lab.simulator.world().faults.spare_all();
                    let rolled = lab.rollback(RECORDS_TOO).await;
                    assert!(rolled.complete, "{when}: {:#?}", rolled.steps);
                }
                assert_same(&lab.inventory().await, &before, &when);
                lab.trace.assert_in_order();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_account_stops_and_the_others_go_on() {
    let lab = Lab::new();
    let denied = Matching::action("logs:CreateLogGroup").in_account(WEB);
    // The simulation of permissions knows nothing of it yet.
    lab.simulator.world().faults.deny_after(1, denied);
    let applied = lab.apply().await.unwrap();
    let ends = |account: &str| -> Vec<StepEnd> {
        let steps = applied
            .steps
            .iter()
            .filter(|step| step.account_id == account);
        steps.map(|step| step.end.clone()).collect()
    };
    assert!(
        ends(SHOP).iter().all(|end| *end == StepEnd::Done),
        "{:#?}",
        ends(SHOP)
    );
    let web = ends(WEB);
    let failed = web
        .iter()
        .filter(|end| matches!(end, StepEnd::Failed(why) if why.contains("AccessDenied")));
    assert_eq!(failed.count(), 1, "{web:#?}");
    assert!(
        web.iter().any(|end| matches!(end, StepEnd::NotStarted(_))),
        "{web:#?}"
    );
    assert!(!applied.complete);
    assert_eq!(
        lab.trace.events().last(),
        Some(&Event::Ended { complete: false })
    );
    // Once allowed, the rest is done.
    lab.simulator.world().faults.allow_all();
    lab.done().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_another_account_is_not_started_when_that_fails() {
    let lab = Lab::new();
    lab.simulator.world().faults.befall(
        Trouble::Failed,
        Matching::action("s3:PutBucketPolicy").in_account("111111111111"),
        100,
    );
    let applied = lab.apply().await.unwrap();
    let not_done = Lab::not_done(&applied);
    assert_eq!(not_done.len(), 2, "{not_done:#?}");
    assert!(
        not_done[0].contains(CENTRAL) && not_done[0].contains("failed"),
        "{not_done:#?}"
    );
    assert!(
        not_done[1].contains(&lab.ids.shop_east) && not_done[1].contains("not started"),
        "{not_done:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_that_has_not_spread_is_waited_for_and_not_for_ever() {
    let lab = Lab::new();
    lab.simulator.world().role_propagation_seconds = 60;
    lab.done().await;
    let lab = Lab::new();
    lab.simulator.world().role_propagation_seconds = 3600;
    let applied = lab.apply().await.unwrap();
    let not_done = Lab::not_done(&applied);
    assert!(
        not_done
            .iter()
            .any(|it| it.contains("Unable to assume given IAM role")),
        "{not_done:#?}"
    );
    lab.simulator.world().advance(3600);
    lab.done().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_the_call_in_flight_end_and_begins_nothing_new() {
    let lab = Lab::new();
    let slow = std::time::Duration::from_secs(5);
    lab.simulator
        .world()
        .faults
        .delay(Matching::action("logs:CreateLogGroup"), slow);
    let cloud = lab.limited();
    let stop = cloud.stop();
    let stopper = async {
        lab.until_called("CreateLogGroup").await;
        stop.stop();
        lab.trace.lines().len()
    };
    let (applied, at_stop) = both(lab.apply_on(&cloud, None), stopper).await;
    let applied = applied.unwrap();
    assert!(applied.interrupted && !applied.complete);
    let later = lab.trace.lines().split_off(at_stop);
    assert!(
        !later
            .iter()
            .any(|line| matches!(line, Line::Journaled(Event::Intent { .. }))),
        "{later:#?}"
    );
    lab.trace.assert_in_order();
    // What was in flight is journaled.
    assert!(later.iter().any(|line| matches!(line, Line::Journaled(Event::Result { step, .. }) if step.contains("log-group"))), "{later:#?}");
    lab.done().await;
    lab.trace.assert_in_order();
}

#[tokio::test(start_paused = true)]
async fn a_flow_log_that_exists_already_is_named_in_both_forms_of_the_refusal() {
    for form in [BatchFaults::Unsuccessful, BatchFaults::Error] {
        let (mut world, ids) = plans::world();
        world.batch_faults = form;
        let mut plan = plans::empty();
        let request = FlowLogRequest {
            resource_ids: vec![ids.shop_east.clone(), ids.shop_west.clone()],
            resource_type: "VPC".to_owned(),
            traffic_type: Some("ALL".to_owned()),
            log_destination_type: Some("kinesis-data-firehose".to_owned()),
            log_destination: Some(world.create_delivery_stream(SHOP, EAST, "records")),
            ..FlowLogRequest::default()
        };
        let one = FlowLogRequest {
            resource_ids: vec![ids.shop_east.clone()],
            ..request.clone()
        };
        let other = world.add_workload_vpc(SHOP, EAST, "other");
        let existing = world
            .create_flow_logs(SHOP, EAST, &one)
            .unwrap()
            .flow_log_ids;
        let change = Change::CreateFlowLogs {
            flow_logs: FlowLogRequest {
                resource_ids: vec![ids.shop_east.clone(), other.clone()],
                ..request
            },
            existing: existing.clone(),
        };
        plans::add(&mut plan, SHOP, Some(EAST), &[], change);
        let lab = Lab::with(world, ids, plan.named());
        let applied = lab.apply().await.unwrap();
        let not_done = Lab::not_done(&applied);
        let named = format!("it is {}, which this run did not make", existing[0]);
        assert!(not_done[0].contains(&named), "{form:?}: {not_done:#?}");
        // What was made all the same stands in the journal, and is taken back.
        let made = usize::from(form == BatchFaults::Unsuccessful);
        assert_eq!(applied.steps[0].flow_log_ids.len(), made, "{form:?}");
        let rolled = lab.rollback(RECORDS_TOO).await;
        assert!(rolled.complete, "{form:?}: {:#?}", rolled.steps);
        let world = lab.simulator.world();
        assert!(world.flow_log(SHOP, EAST, &existing[0]).is_some());
    }
}
