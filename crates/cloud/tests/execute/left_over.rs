//! What an earlier run left: a later one goes on with it, and leaves it when it is taken back.

use flowcover_cloud::execute::{ExecuteError, RollbackOptions, RolledBack, TakenBackEnd};
use flowcover_cloud::simulator::{World, policies};
use flowcover_core::journal::Event;
use flowcover_core::plan::{Plan, RUN_TAG};

use super::lab::{Crash, Lab, RUN};
use super::plans::{self, EAST, Ids, OWN, WEB, WEST, mark_group};
use super::sameness::assert_same;

const RECORDS_TOO: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

const RECORDS_STAY: RollbackOptions = RollbackOptions {
    delete_records: false,
    dry_run: false,
};

const SERVICE: &str = "vpc-flow-logs.amazonaws.com";

/// A role, a group and a flow log for each of two VPCs.
fn plan(ids: &Ids) -> Plan {
    let mut plan = plans::empty();
    for (region, vpc_id) in [(EAST, &ids.web_east), (WEST, &ids.web_west)] {
        plans::to_log_group(&mut plan, WEB, region, vpc_id);
    }
    plan.named()
}

fn lab() -> Lab {
    let (world, ids) = plans::world();
    let plan = plan(&ids);
    Lab::with(world, ids, plan)
}

pub(super) fn group(ids: &Ids) -> String {
    format!("/flowcover/{EAST}/{}", ids.web_east)
}

pub(super) fn role(ids: &Ids) -> String {
    format!("flowcover-{EAST}-{}", ids.web_east)
}

/// A run that was never finished left a role and a group; since then, they were changed.
pub(super) async fn left_and_changed() -> Lab {
    let mut lab = lab();
    let steps = &lab.header.plan.steps;
    lab.header.only = Some(steps[..2].iter().map(|step| step.id.clone()).collect());
    lab.done().await;
    let (group, role) = (group(&lab.ids), role(&lab.ids));
    {
        let mut world = lab.simulator.world();
        world.create_log_group(WEB, EAST, &group, Some(7));
        mark_group(&mut world, &group, RUN);
        let wrong = policies::trust_service("ec2.amazonaws.com", None);
        world.set_role_trust(WEB, &role, &wrong).unwrap();
        let wide = policies::deliver_to("*", true);
        world
            .put_role_policy(WEB, &role, "deliver-flow-logs", &wide)
            .unwrap();
    }
    lab.again("run-2")
}

/// How steps ended that were not simply taken back.
pub(super) fn left(rolled: &RolledBack) -> Vec<String> {
    let steps = rolled.steps.iter().filter_map(|step| match &step.end {
        TakenBackEnd::TakenBack => None,
        TakenBackEnd::Left(why) => Some(why.clone()),
        other => Some(format!("{other:?}")),
    });
    steps.collect()
}

fn adopted(lab: &Lab) -> usize {
    let events = lab.trace.events();
    let is_adopted = |event: &&Event| matches!(event, Event::Adopted { .. });
    events.iter().filter(is_adopted).count()
}

#[tokio::test(start_paused = true)]
async fn groups_with_records_are_gone_on_with_and_never_deleted() {
    let first = lab();
    first.done().await;
    first.simulator.world().advance(3600);
    assert_eq!(left(&first.rollback(RECORDS_STAY).await).len(), 2);
    let before = first.inventory().await;
    let second = first.again("run-2");
    let applied = second.done().await;
    second.trace.assert_in_order();
    assert_eq!(adopted(&second), 2);
    assert_eq!(applied.steps.len(), second.header.plan.steps.len());
    let kept = |id: &str| {
        format!(
            "log group /flowcover/{id} was there before this run, one that run run-1 of flowcover made: it is as it was"
        )
    };
    for how in [RECORDS_STAY, RECORDS_TOO] {
        let rolled = second.rollback(how).await;
        second.trace.assert_in_order();
        let mut left = left(&rolled);
        left.sort();
        let ids = &second.ids;
        let expected = [
            kept(&format!("{WEST}/{}", ids.web_west)),
            kept(&format!("{EAST}/{}", ids.web_east)),
        ];
        assert_eq!(left, expected);
        assert_same(&second.inventory().await, &before, "taken back");
    }
    // The run that made them may still take them back.
    let rolled = first.rollback(RECORDS_TOO).await;
    assert!(rolled.complete, "{:?}", left(&rolled));
}

#[tokio::test(start_paused = true)]
async fn what_was_changed_since_is_put_right_and_put_back() {
    let lab = left_and_changed().await;
    let before = lab.inventory().await;
    lab.done().await;
    lab.trace.assert_in_order();
    assert_eq!(adopted(&lab), 2);
    let after = lab.inventory().await;
    let fresh = self::lab();
    fresh.done().await;
    let same = fresh.inventory().await;
    // Only the tags tell that they were there before.
    let texts = [after.to_string(), same.to_string()];
    assert_eq!(
        texts[0].matches("\"retention_in_days\":365").count(),
        texts[1].matches("\"retention_in_days\":365").count(),
    );
    assert!(!after["named"].to_string().contains("ec2.amazonaws.com"));
    // Twice is once.
    let writes = lab.trace.writes();
    lab.done().await;
    assert_eq!(lab.trace.writes(), writes);
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert_eq!(left(&rolled).len(), 2, "{:?}", left(&rolled));
    assert_same(&lab.inventory().await, &before, "taken back");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_would_be_put_back() {
    let lab = left_and_changed().await;
    lab.done().await;
    let dry = RollbackOptions {
        dry_run: true,
        ..RECORDS_TOO
    };
    let rolled = lab.rollback(dry).await;
    let calls: Vec<&str> = rolled
        .steps
        .iter()
        .filter(|step| step.step.contains(&lab.ids.web_east))
        .flat_map(|step| match &step.end {
            TakenBackEnd::Would(calls) => calls
                .iter()
                .map(flowcover_cloud::Call::name)
                .collect::<Vec<_>>(),
            other => panic!("{}: {other:?}", step.step),
        })
        .collect();
    let expected = [
        "DeleteFlowLogs",
        "PutRetentionPolicy",
        "UpdateAssumeRolePolicy",
        "PutRolePolicy",
    ];
    assert_eq!(calls, expected);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_goes_on_with_them_may_die_at_any_append() {
    let straight = left_and_changed().await;
    let before = straight.inventory().await;
    straight.done().await;
    let (after, appends) = (straight.inventory().await, straight.trace.events().len());
    for at in 1..=appends {
        for durable in [false, true] {
            let crash = Crash { at, durable };
            let lab = left_and_changed().await;
            lab.apply_until(Some(crash)).await.unwrap_err();
            lab.done().await;
            assert_same(&lab.inventory().await, &after, &format!("{crash:?}"));
            lab.trace.assert_in_order();
            assert_eq!(adopted(&lab), 2, "{crash:?}");
            let lab = left_and_changed().await;
            lab.apply_until(Some(crash)).await.unwrap_err();
            let rolled = lab.rollback(RECORDS_TOO).await;
            assert_eq!(left(&rolled).len(), adopted(&lab), "{crash:?}");
            assert_same(&lab.inventory().await, &before, &format!("{crash:?} back"));
            lab.trace.assert_in_order();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_puts_them_back_may_die_at_any_append() {
    let straight = left_and_changed().await;
    let before = straight.inventory().await;
    straight.done().await;
    let applied = straight.trace.events().len();
    straight.rollback(RECORDS_TOO).await;
    for at in 1..=straight.trace.events().len() - applied {
        for durable in [false, true] {
            let crash = Crash { at, durable };
            let lab = left_and_changed().await;
            lab.done().await;
            lab.rollback_until(RECORDS_TOO, Some(crash))
                .await
                .unwrap_err();
            let rolled = lab.rollback(RECORDS_TOO).await;
            assert_eq!(left(&rolled).len(), 2, "{crash:?}: {:?}", left(&rolled));
            assert_same(&lab.inventory().await, &before, &format!("{crash:?}"));
            lab.trace.assert_in_order();
        }
    }
}

/// Changes what was left, and expects the run to be refused for exactly that.
async fn refused(change: impl FnOnce(&mut World, &Ids), expected: &str) {
    let lab = left_and_changed().await;
    change(&mut lab.simulator.world(), &lab.ids);
    let Err(ExecuteError::Preflight(obstacles)) = lab.apply().await else {
        panic!("the run goes on: {expected}");
    };
    assert_eq!(obstacles.len(), 1, "{obstacles:#?}");
    assert!(obstacles[0].what.contains(expected), "{obstacles:#?}");
    assert_eq!(lab.trace.lines(), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_as_it_would_be_made_is_not_gone_on_with() {
    let lists = policies::deliver_to("*", false);
    refused(
        |world, ids| {
            world
                .put_role_policy(WEB, &role(ids), "another", &lists)
                .unwrap();
        },
        "in its policies has changed: expected only its own, found also another",
    )
    .await;
    refused(
        |world, ids| {
            // Made anew by somebody, without tags.
            world.delete_role(WEB, &role(ids));
            let trust = policies::trust_service(SERVICE, Some(WEB));
            world.create_role(WEB, &role(ids), &trust).unwrap();
        },
        "found one that flowcover did not make",
    )
    .await;
    refused(
        |world, ids| world.tag_log_group(WEB, EAST, &group(ids), RUN_TAG, "run-2"),
        "found one that run run-2 of flowcover made",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changes_after_it_was_put_right_is_left() {
    let lab = left_and_changed().await;
    lab.done().await;
    let (group, trust) = (group(&lab.ids), policies::trust_account(WEB));
    {
        let mut world = lab.simulator.world();
        world.create_log_group(WEB, EAST, &group, Some(30));
        mark_group(&mut world, &group, RUN);
        world.set_role_trust(WEB, &role(&lab.ids), &trust).unwrap();
    }
    let rolled = lab.rollback(RECORDS_TOO).await;
    let mut left = left(&rolled);
    left.sort();
    assert!(
        left[0].contains("expected 365 days, found 30 days"),
        "{left:#?}"
    );
    assert!(left[1].contains("the trust policy of role"), "{left:#?}");
    assert_eq!(left.len(), 2, "{left:#?}");
}

/// A bucket that is as the plan has it.
async fn bucket() -> Lab {
    let (world, ids) = plans::world();
    let mut plan = plans::plan(&ids);
    plan.steps
        .retain(|step| step.id.ends_with(&format!("bucket/{OWN}")));
    let first = Lab::with(world, ids, plan.named());
    first.done().await;
    first.again("run-2")
}

#[tokio::test(start_paused = true)]
async fn a_bucket_is_gone_on_with_where_it_is_as_it_would_be_made() {
    let lab = bucket().await;
    let before = lab.inventory().await;
    lab.done().await;
    assert_eq!((adopted(&lab), lab.trace.writes()), (1, 0));
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert!(left(&rolled)[0].contains("was there before this run"));
    assert_same(&lab.inventory().await, &before, "taken back");
    let lab = bucket().await;
    let another = policies::bucket_for_account(OWN, WEB);
    lab.simulator
        .world()
        .put_bucket_policy(OWN, &another)
        .unwrap();
    let Err(ExecuteError::Preflight(obstacles)) = lab.apply().await else {
        panic!("the run goes on");
    };
    assert!(
        obstacles[0].what.contains("the policy of bucket"),
        "{obstacles:#?}"
    );
}
