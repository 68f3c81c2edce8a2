//! Taking back.

use flowcover_cloud::execute::{RollbackOptions, TakenBackEnd};
use flowcover_cloud::simulator::{Simulator, policies};
use flowcover_core::inventory::FlowLog;
use flowcover_core::plan::{Answered, Change, RUN_TAG, Step};

use super::lab::{Crash, Lab};
use super::plans::{CENTRAL, EARLIER, EAST, OWN, SHOP, WEB, WEST};
use super::sameness::assert_same;

const RECORDS_TOO: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

const RECORDS_STAY: RollbackOptions = RollbackOptions {
    delete_records: false,
    dry_run: false,
};

/// Why steps were left, as `id: why`.
pub(super) fn left(rolled: &flowcover_cloud::execute::RolledBack) -> Vec<String> {
    let steps = rolled.steps.iter().filter_map(|step| match &step.end {
        TakenBackEnd::TakenBack => None,
        TakenBackEnd::Left(why) => Some(format!("{}: {why}", step.step)),
        other => Some(format!("{}: {other:?}", step.step)),
    });
    steps.collect()
}

fn world(lab: &Lab, change: impl FnOnce(&mut flowcover_cloud::simulator::World)) {
    let simulator: &Simulator = &lab.simulator;
    change(&mut simulator.world());
}

#[tokio::test(start_paused = true)]
async fn everything_is_as_it_was_before() {
    let lab = Lab::new();
    let before = lab.inventory().await;
    let policy = lab
        .simulator
        .world()
        .bucket_policy(CENTRAL)
        .unwrap()
        .to_owned();
    lab.done().await;
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert_eq!(left(&rolled), [""; 0]);
    assert!(rolled.complete);
    assert_same(&lab.inventory().await, &before, "at the end");
    let world = lab.simulator.world();
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(value(world.bucket_policy(CENTRAL).unwrap()), value(&policy));
    drop(world);
    // The old flow log was made again, and is listed.
    let new: Vec<&String> = rolled
        .steps
        .iter()
        .flat_map(|step| &step.new_flow_log_ids)
        .collect();
    assert_eq!(new.len(), 1);
    assert_ne!(*new[0], lab.ids.old.flow_log_id);
    let world = lab.simulator.world();
    let again = world.flow_log(SHOP, WEST, new[0]).unwrap();
    assert_eq!(again.tags, lab.ids.old.tags);
    assert_eq!(again.log_destination, lab.ids.old.log_destination);
}

#[tokio::test(start_paused = true)]
async fn to_take_back_twice_is_to_take_back_once() {
    let lab = Lab::new();
    lab.done().await;
    lab.rollback(RECORDS_TOO).await;
    let writes = lab.trace.writes();
    let again = lab.rollback(RECORDS_TOO).await;
    assert_eq!(again.steps, []);
    assert_eq!(lab.trace.writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let lab = Lab::new();
    lab.done().await;
    let (lines, inventory) = (lab.trace.lines().len(), lab.inventory().await);
    let dry = RollbackOptions {
        dry_run: true,
        ..RECORDS_TOO
    };
    let rolled = lab.rollback(dry).await;
    assert_eq!(lab.trace.lines().len(), lines);
    assert_same(&lab.inventory().await, &inventory, "at the end");
    let calls: Vec<&str> = rolled
        .steps
        .iter()
        .flat_map(|step| match &step.end {
            TakenBackEnd::Would(calls) => calls
                .iter()
                .map(flowcover_cloud::Call::name)
                .collect::<Vec<_>>(),
            other => panic!("{}: {other:?}", step.step),
        })
        .collect();
    // The same that is then done.
    let really = Lab::new();
    really.done().await;
    let writes = really.trace.writes();
    really.rollback(RECORDS_TOO).await;
    assert_eq!(really.trace.writes() - writes, calls.len(), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn records_are_kept_unless_asked_for() {
    let lab = Lab::new();
    lab.done().await;
    world(&lab, |world| world.advance(3600));
    let rolled = lab.rollback(RECORDS_STAY).await;
    let left = left(&rolled);
    assert!(
        left.iter()
            .any(|it| it.contains("log-group") && it.contains("records")),
        "{left:?}"
    );
    assert!(
        left.iter()
            .any(|it| it.contains(OWN) && it.contains("records")),
        "{left:?}"
    );
    assert!(!rolled.complete);
    assert_eq!(left.len(), 3, "the flow logs and roles are gone: {left:?}");
    // Later they are given up, too.
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert!(rolled.complete, "{rolled:?}");
    assert!(lab.simulator.world().object_keys(OWN).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_group_and_a_role_without_records_go() {
    let lab = Lab::new();
    lab.simulator.world().first_delivery_seconds = 24 * 3600;
    // The old flow log stays: nothing new delivers.
    lab.apply().await.unwrap();
    let rolled = lab.rollback(RECORDS_STAY).await;
    assert!(rolled.complete, "{:?}", left(&rolled));
    let group = format!("/flowcover/{EAST}/{}", lab.ids.web_east);
    assert!(!lab.simulator.world().has_log_group(WEB, EAST, &group));
}

/// AWS tells when a flow log was made; an emulator, and a clock that is a little off, no finer than the second.
#[tokio::test(start_paused = true)]
async fn a_flow_log_of_the_second_in_which_the_run_began_is_new_unless_the_plan_knows_it() {
    for known in [true, false] {
        let mut lab = Lab::new();
        let group = format!("/flowcover/{EAST}/{}", lab.ids.web_east);
        let vpc = || {
            let mut world = lab.simulator.world();
            world.add_workload_vpc(WEB, EAST, "another")
        };
        let flow_log = FlowLog {
            resource_id: Some(vpc()),
            traffic_type: Some("REJECT".into()),
            log_destination_type: Some("cloud-watch-logs".into()),
            log_destination: Some(format!("arn:aws:logs:{EAST}:{WEB}:log-group:{group}")),
            log_group_name: Some(group.clone()),
            creation_time: Some(lab.header.begun_at),
            ..FlowLog::default()
        };
        let id = lab.simulator.world().put_flow_log(WEB, EAST, flow_log);
        if known {
            // The plan makes the group that it lacks.
            let mut steps = lab.header.plan.steps.iter_mut();
            let makes = |step: &&mut Step| matches!(&step.change, Change::CreateLogGroup { log_group_name, .. } if *log_group_name == group);
            steps.find(makes).unwrap().answers.push(Answered {
                check: "destination-missing".to_owned(),
                fingerprint: "0123456789abcdef".to_owned(),
                resource: id.clone(),
            });
        }
        lab.done().await;
        let rolled = lab.rollback(RECORDS_TOO).await;
        assert_eq!(rolled.complete, known, "{:?}", left(&rolled));
        assert_eq!(
            lab.simulator.world().has_log_group(WEB, EAST, &group),
            !known
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_changed_is_left_and_so_is_what_it_needs() {
    let lab = Lab::new();
    let applied = lab.done().await;
    let (east, west) = (lab.ids.web_east.clone(), lab.ids.web_west.clone());
    let made = |vpc: &str| {
        let step = applied
            .steps
            .iter()
            .find(|it| it.step.ends_with(vpc) && !it.flow_log_ids.is_empty());
        step.unwrap().flow_log_ids[0].clone()
    };
    world(&lab, |world| {
        // The flow log of one VPC is another run's by now; the role of the other trusts somebody else.
        world.tag_flow_log(WEB, EAST, &made(&east), RUN_TAG, "another");
        let role = format!("flowcover-{WEST}-{west}");
        world
            .set_role_trust(WEB, &role, &policies::trust_account(SHOP))
            .unwrap();
        world
            .put_role_policy(
                WEB,
                EARLIER,
                "deliver-flow-logs",
                &policies::deliver_to("arn:aws:logs:*", true),
            )
            .unwrap();
        let mut policy = policies::bucket_for_account(CENTRAL, WEB);
        policy = policy.replacen("\"Statement\"", "\"Id\":\"new\",\"Statement\"", 1);
        world.put_bucket_policy(CENTRAL, &policy).unwrap();
    });
    let rolled = lab.rollback(RECORDS_TOO).await;
    let left = left(&rolled);
    let has = |id: &str, why: &str| left.iter().any(|it| it.contains(id) && it.contains(why));
    assert!(has(&format!("flow-log/{east}"), "tags"), "{left:#?}");
    assert!(
        has(&format!("log-group//flowcover/{EAST}"), "did not end well"),
        "{left:#?}"
    );
    assert!(
        has(&format!("role/flowcover-{EAST}"), "did not end well"),
        "{left:#?}"
    );
    assert!(
        has(&format!("role/flowcover-{WEST}"), "trust policy"),
        "{left:#?}"
    );
    assert!(
        has("role/flowcover-earlier", "deliver-flow-logs"),
        "{left:#?}"
    );
    assert_eq!(left.len(), 5, "{left:#?}");
    // Somebody wrote another bucket policy, without our statement: nothing is to be taken out.
    let world = lab.simulator.world();
    assert!(
        world
            .bucket_policy(CENTRAL)
            .unwrap()
            .contains("\"Id\":\"new\"")
    );
    assert!(world.flow_log(WEB, EAST, &made(&east)).is_some());
}

#[tokio::test(start_paused = true)]
async fn our_statement_is_taken_out_of_whatever_stands_there_then() {
    let lab = Lab::new();
    lab.done().await;
    world(&lab, |world| {
        let policy = world.bucket_policy(CENTRAL).unwrap().to_owned();
        let mut policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
        let statements = policy["Statement"].as_array_mut().unwrap();
        let mut theirs = statements[0].clone();
        theirs["Sid"] = "Later".into();
        statements.push(theirs);
        world
            .put_bucket_policy(CENTRAL, &policy.to_string())
            .unwrap();
    });
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert!(rolled.complete, "{:?}", left(&rolled));
    let world = lab.simulator.world();
    let policy = world.bucket_policy(CENTRAL).unwrap();
    assert!(
        policy.contains("Later") && !policy.contains("FlowcoverDelivery"),
        "{policy}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_old_flow_log_that_aws_does_not_make_again_is_listed_and_stands_in_nobodys_way() {
    let lab = Lab::new();
    lab.done().await;
    world(&lab, |world| world.delete_role(SHOP, "guide"));
    let rolled = lab.rollback(RECORDS_TOO).await;
    let left = left(&rolled);
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(left[0].contains("AWS does not make it again"), "{left:#?}");
    assert!(!rolled.complete);
}

#[tokio::test(start_paused = true)]
async fn what_stood_in_the_way_of_a_run_is_not_touched_by_taking_it_back() {
    let lab = Lab::new();
    lab.apply_until(Some(Crash {
        at: 1,
        durable: true,
    }))
    .await
    .unwrap_err();
    let group = format!("/flowcover/{EAST}/{}", lab.ids.web_east);
    world(&lab, |world| {
        world.create_log_group(WEB, EAST, &group, Some(30));
    });
    let applied = lab.apply().await.unwrap();
    assert!(!applied.complete);
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert!(rolled.complete, "{:?}", left(&rolled));
    assert!(lab.simulator.world().has_log_group(WEB, EAST, &group));
}
