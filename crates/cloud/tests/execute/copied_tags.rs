//! Taking back flow logs where somebody copied their tags.

use flowcover_cloud::execute::RollbackOptions;
use flowcover_cloud::simulator::World;
use flowcover_cloud::{Call, DescribeFlowLogs, Scope, ask};
use flowcover_core::inventory::FlowLog;
use flowcover_core::journal::Event;

use super::lab::{Crash, Lab};
use super::plans::{CENTRAL, EAST, WEB};
use super::rollback::left;

const RECORDS_TOO: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

/// A flow log of somebody who copied the tags of one of the run's.
fn copy(world: &mut World, tags_of: &FlowLog) -> String {
    let theirs = FlowLog {
        flow_log_id: String::new(),
        traffic_type: Some("ACCEPT".into()),
        log_destination: Some(format!("arn:aws:s3:::{CENTRAL}/theirs")),
        log_destination_type: Some("s3".into()),
        log_group_name: None,
        ..tags_of.clone()
    };
    world.put_flow_log(WEB, EAST, theirs)
}

#[tokio::test(start_paused = true)]
async fn a_flow_log_that_carries_copied_tags_is_left_and_said() {
    let lab = Lab::new();
    let applied = lab.done().await;
    let made = applied
        .steps
        .iter()
        .find(|it| it.step.ends_with(&lab.ids.web_east) && !it.flow_log_ids.is_empty());
    let made = made.unwrap().flow_log_ids[0].clone();
    let theirs = {
        let mut world = lab.simulator.world();
        let ours = world.flow_log(WEB, EAST, &made).unwrap().clone();
        copy(&mut world, &ours)
    };
    let rolled = lab.rollback(RECORDS_TOO).await;
    let left = left(&rolled);
    let why = format!("found flow log {theirs}, which its journal does not tell of");
    assert!(left.iter().any(|it| it.contains(&why)), "{left:#?}");
    let world = lab.simulator.world();
    assert!(world.flow_log(WEB, EAST, &theirs).is_some());
    assert!(world.flow_log(WEB, EAST, &made).is_none());
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_only_what_was_asked_for_is_taken_for_the_runs_own() {
    let straight = Lab::new();
    straight.done().await;
    let is_answer = |(at, pair): (usize, &[Event])| match pair {
        [Event::Intent { step, call }, Event::Result { .. }]
            if step.ends_with(&straight.ids.web_east)
                && matches!(**call, Call::CreateFlowLogs(_)) =>
        {
            Some(at + 2)
        }
        _ => None,
    };
    let events = straight.trace.events();
    // Steps of other regions may stand between the call and its answer.
    let at = events.windows(2).enumerate().find_map(is_answer);
    let lab = Lab::new();
    let crash = Crash {
        at: at.unwrap(),
        durable: false,
    };
    lab.apply_until(Some(crash)).await.unwrap_err();
    let entry = lab.header.plan.accounts[WEB].entry.clone();
    let scope = Scope::new(entry, WEB, EAST);
    let there = ask(&lab.limited(), &scope, DescribeFlowLogs::default()).await;
    let mut there = there.unwrap().items.into_iter();
    let ours = there.find(|log| log.resource_id.as_ref() == Some(&lab.ids.web_east));
    let ours = ours.unwrap();
    let theirs = copy(&mut lab.simulator.world(), &ours);
    let ours = ours.flow_log_id;
    let rolled = lab.rollback(RECORDS_TOO).await;
    let left = left(&rolled);
    assert!(left.iter().any(|it| it.contains(&theirs)), "{left:#?}");
    let world = lab.simulator.world();
    assert!(world.flow_log(WEB, EAST, &ours).is_none());
    assert!(world.flow_log(WEB, EAST, &theirs).is_some());
}
