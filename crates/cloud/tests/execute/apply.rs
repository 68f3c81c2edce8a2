//! A plan carried out without trouble.

use flowcover_cloud::execute::{StepEnd, made_flow_logs};
use flowcover_core::inventory::FlowLog;
use flowcover_core::journal::{Event, states};
use flowcover_core::plan::RUN_TAG;
use serde_json::Value;

use super::lab::{Lab, RUN};
use super::plans::{CENTRAL, EAST, SHOP, WEB, WEST};
use super::sameness::assert_same;

#[tokio::test(start_paused = true)]
async fn a_plan_is_carried_out_and_every_call_is_journaled_first() {
    let lab = Lab::new();
    let applied = lab.done().await;
    assert_eq!(applied.steps.len(), lab.header.plan.steps.len());
    lab.trace.assert_in_order();
    assert_eq!(
        lab.trace.events().last(),
        Some(&Event::Ended { complete: true })
    );
    let states = states(&lab.trace.entries());
    assert_eq!(made_flow_logs(&lab.header, &states).len(), 4);
    let world = lab.simulator.world();
    let group = format!("/flowcover/{EAST}/{}", lab.ids.web_east);
    assert!(world.has_log_group(WEB, EAST, &group));
    let old = &lab.ids.old.flow_log_id;
    assert_eq!(world.flow_log(SHOP, WEST, old), None);
    let policy: Value = serde_json::from_str(world.bucket_policy(CENTRAL).unwrap()).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!(statements.last().unwrap()["Sid"], "FlowcoverDelivery");
    assert!(statements.len() > 1, "what stood there stands there");
}

#[tokio::test(start_paused = true)]
async fn what_is_made_carries_the_tags_of_run_plan_and_step_and_those_of_the_plan() {
    let lab = Lab::new();
    let applied = lab.done().await;
    let made = applied
        .steps
        .iter()
        .find(|step| step.step.contains(&lab.ids.web_east) && !step.flow_log_ids.is_empty());
    let made = made.unwrap();
    let world = lab.simulator.world();
    let log = world.flow_log(WEB, EAST, &made.flow_log_ids[0]).unwrap();
    let tags: Vec<(&str, &str)> = log
        .tags
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let plan = lab.header.plan.id.as_str();
    assert_eq!(
        tags,
        [
            ("flowcover:plan", plan),
            ("flowcover:run", "run-1"),
            ("flowcover:step", made.step.as_str()),
            ("team", "net"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn roles_groups_and_buckets_carry_the_tags_of_the_run_and_those_of_the_plan() {
    let lab = Lab::new();
    lab.done().await;
    let inventory = lab.inventory().await;
    let named = inventory["named"].as_array().unwrap();
    let carriers = |key: &str, value: &str| {
        let has = |it: &&Value| it[key] == value || it["tags"][key] == value;
        named.iter().filter(has).count()
    };
    // Two roles, two groups and a bucket.
    assert_eq!(carriers(RUN_TAG, RUN), 5);
    assert_eq!(carriers("team", "net"), 5);
}

#[tokio::test(start_paused = true)]
async fn to_apply_twice_is_to_apply_once() {
    let lab = Lab::new();
    lab.done().await;
    let (inventory, writes) = (lab.inventory().await, lab.trace.writes());
    let again = lab.done().await;
    assert_eq!(lab.trace.writes(), writes);
    assert_eq!(again.steps.len(), lab.header.plan.steps.len());
    assert_same(&lab.inventory().await, &inventory, "at the end");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_allowed_is_not_done_and_the_run_is_incomplete() {
    let mut lab = Lab::new();
    lab.header.allowed.clear();
    let applied = lab.apply().await.unwrap();
    assert!(!applied.complete);
    assert_eq!(Lab::not_done(&applied), [""; 0]);
    let old = &lab.ids.old.flow_log_id;
    assert!(lab.simulator.world().flow_log(SHOP, WEST, old).is_some());
}

#[tokio::test(start_paused = true)]
async fn only_the_steps_that_are_asked_for_are_carried_out() {
    let mut lab = Lab::new();
    let wanted: Vec<String> = lab
        .header
        .plan
        .steps
        .iter()
        .filter(|step| step.id.contains(&lab.ids.web_east))
        .map(|step| step.id.clone())
        .collect();
    lab.header.only = Some(wanted.clone());
    let applied = lab.done().await;
    let steps: Vec<String> = applied.steps.into_iter().map(|step| step.step).collect();
    assert_eq!(steps, wanted);
    // A step without what it needs is not begun.
    let mut lab = Lab::new();
    lab.header.only = Some(wanted[2..].to_vec());
    let applied = lab.apply().await.unwrap();
    assert!(matches!(&applied.steps[0].end, StepEnd::NotStarted(why) if why.contains("not about")));
    assert_eq!(lab.trace.writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn old_flow_logs_stay_until_the_new_ones_deliver() {
    let lab = Lab::new();
    lab.simulator.world().first_delivery_seconds = 24 * 3600;
    let applied = lab.apply().await.unwrap();
    assert!(!applied.complete);
    let not_done = Lab::not_done(&applied);
    assert_eq!(not_done.len(), 1, "{not_done:?}");
    assert!(
        not_done[0].contains("no record of it was seen yet"),
        "{not_done:?}"
    );
    let old = lab.ids.old.flow_log_id.clone();
    assert!(lab.simulator.world().flow_log(SHOP, WEST, &old).is_some());
    // Later the run goes on.
    lab.simulator.world().advance(24 * 3600);
    lab.done().await;
    assert_eq!(lab.simulator.world().flow_log(SHOP, WEST, &old), None);
}

/// Calls of `DescribeFlowLogs` for the plan, in a region with so many flow logs of others, ten on a page.
async fn listings(others: usize) -> u64 {
    let lab = Lab::new();
    {
        let mut world = lab.simulator.world();
        world.paging.set("ec2:DescribeFlowLogs", 10);
        for number in 0..others {
            let log = FlowLog {
                resource_id: Some(format!("vpc-other-{number}")),
                ..FlowLog::default()
            };
            world.put_flow_log(WEB, EAST, log);
        }
    }
    let cloud = lab.limited();
    assert!(lab.apply_on(&cloud, None).await.unwrap().complete);
    cloud.counters().calls()["ec2:DescribeFlowLogs"]
}

#[tokio::test(start_paused = true)]
async fn the_flow_logs_of_a_region_are_listed_once_and_then_only_those_of_a_step() {
    assert_eq!(listings(60).await - listings(0).await, 5);
}
