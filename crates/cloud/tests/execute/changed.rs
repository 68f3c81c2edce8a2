//! A world that changed since the plan was made: nothing is touched, and the difference is named.

use flowcover_cloud::FlowLogRequest;
use flowcover_cloud::execute::{ExecuteError, Obstacle};
use flowcover_cloud::simulator::{World, policies};
use flowcover_core::journal::Event;
use flowcover_core::plan::PLAN_TAG;

use super::lab::Lab;
use super::plans::{
    CENTRAL, EARLIER, EAST, HUB, Ids, OWN, SHOP, WEB, WEST, WITHOUT_KEY, mark_group,
};

/// Changes the world, and expects the run to be refused for exactly that.
async fn check(change: impl FnOnce(&mut World, &Ids), step: &str, expected: &str) {
    let lab = Lab::new();
    change(&mut lab.simulator.world(), &lab.ids);
    let obstacles = match lab.apply().await {
        Err(ExecuteError::Preflight(obstacles)) => obstacles,
        other => panic!("{step}: {other:?}"),
    };
    let texts: Vec<String> = obstacles.iter().map(Obstacle::to_string).collect();
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert!(
        texts[0].contains(step) && texts[0].contains(expected),
        "{texts:#?}"
    );
    assert_eq!(
        lab.trace.lines(),
        [],
        "nothing is done, and nothing journaled"
    );
}

#[tokio::test(start_paused = true)]
async fn roles() {
    let trust = || policies::trust_service("vpc-flow-logs.amazonaws.com", Some(WEB));
    check(
        |world, ids| {
            let name = format!("flowcover-{EAST}-{}", ids.web_east);
            world.create_role(WEB, &name, &trust()).unwrap();
        },
        "role/flowcover-us-east-1",
        "expected none, found one that flowcover did not make",
    )
    .await;
    check(
        |world, _| world.delete_role(WEB, EARLIER),
        "role/flowcover-earlier",
        "expected it to exist, found none",
    )
    .await;
    check(
        |world, _| {
            world
                .set_role_trust(WEB, EARLIER, &policies::trust_account(SHOP))
                .unwrap()
        },
        "role/flowcover-earlier",
        "the trust policy of role flowcover-earlier has changed",
    )
    .await;
    check(
        |world, _| world.set_role_trust(WEB, EARLIER, &trust()).unwrap(),
        "role/flowcover-earlier",
        "the trust policy of role flowcover-earlier has changed",
    )
    .await;
    check(
        |world, _| {
            world.delete_role(WEB, EARLIER);
            world
                .create_role(
                    WEB,
                    EARLIER,
                    &policies::trust_service("ec2.amazonaws.com", None),
                )
                .unwrap();
        },
        "role/flowcover-earlier",
        "expected one that flowcover made, found one that flowcover did not make",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn log_groups() {
    let name = |ids: &Ids| format!("/flowcover/{EAST}/{}", ids.web_east);
    check(
        |world, ids| {
            world.create_log_group(WEB, EAST, &name(ids), None);
        },
        "log-group//flowcover/us-east-1",
        "expected none, found one that flowcover did not make",
    )
    .await;
    check(
        |world, ids| {
            world.create_log_group(WEB, EAST, &name(ids), Some(365));
            world.tag_log_group(WEB, EAST, &name(ids), PLAN_TAG, "other");
        },
        "log-group//flowcover/us-east-1",
        "found one that plan other of flowcover made",
    )
    .await;
    check(
        |world, _| world.delete_log_group(WEB, EAST, "/earlier"),
        "retention//earlier",
        "found none",
    )
    .await;
    check(
        |world, _| {
            world.delete_log_group(WEB, EAST, "/earlier");
            world.create_log_group(WEB, EAST, "/earlier", Some(30));
            mark_group(world, "/earlier", "earlier");
        },
        "retention//earlier",
        "expected 7 days, found 30 days",
    )
    .await;
    check(
        |world, _| world.delete_log_group(WEB, EAST, WITHOUT_KEY),
        "key//earlier-without-key",
        "found none",
    )
    .await;
    check(
        |world, ids| world.encrypt_log_group(WEB, EAST, WITHOUT_KEY, &ids.key),
        "key//earlier-without-key",
        "expected none, found arn:aws:kms:",
    )
    .await;
    check(
        |world, _| {
            world.delete_log_group(WEB, EAST, WITHOUT_KEY);
            world.create_log_group(WEB, EAST, WITHOUT_KEY, Some(365));
        },
        "key//earlier-without-key",
        "expected one that flowcover made, found one that flowcover did not make",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn buckets() {
    check(
        |world, _| {
            world.create_bucket(SHOP, WEST, OWN);
        },
        &format!("bucket/{OWN}"),
        "expected none, found one that flowcover did not make",
    )
    .await;
    check(
        |world, _| {
            world.create_bucket(HUB, WEST, OWN);
        },
        &format!("bucket/{OWN}"),
        "expected none, found one of another account",
    )
    .await;
    check(
        |world, _| world.delete_bucket(CENTRAL),
        CENTRAL,
        "expected it to exist, found none",
    )
    .await;
    check(
        |world, _| {
            let policy = policies::bucket_for_account(CENTRAL, SHOP);
            let mut policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
            policy["Statement"][0]["Sid"] = "FlowcoverDelivery".into();
            world.put_bucket_policy(CENTRAL, &policy.to_string()).unwrap();
        },
        CENTRAL,
        "the statement FlowcoverDelivery in the policy of bucket central-records has changed: expected none",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn flow_logs() {
    check(
        |world, ids| {
            let request = FlowLogRequest {
                resource_ids: vec![ids.shop_east.clone()],
                resource_type: "VPC".to_owned(),
                traffic_type: Some("ALL".to_owned()),
                log_destination_type: Some("kinesis-data-firehose".to_owned()),
                log_destination: Some(world.create_delivery_stream(SHOP, EAST, "records")),
                ..FlowLogRequest::default()
            };
            world.create_flow_logs(SHOP, EAST, &request).unwrap();
        },
        "us-east-1/flow-log",
        "expected none, found fl-",
    )
    .await;
    // What is to be replaced is gone: neither is the new one made, nor the old one deleted.
    let lab = Lab::new();
    let old = lab.ids.old.flow_log_id.clone();
    lab.simulator
        .world()
        .delete_flow_logs(SHOP, WEST, std::slice::from_ref(&old))
        .unwrap();
    let Err(ExecuteError::Preflight(obstacles)) = lab.apply().await else {
        panic!("the run goes on");
    };
    assert_eq!(obstacles.len(), 1, "{obstacles:#?}");
    check(
        |world, ids| world.tag_flow_log(SHOP, WEST, &ids.old.flow_log_id, "team", "another"),
        "old-flow-log",
        "the tags of flow log",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_change_under_a_run_that_was_stopped_stops_its_account() {
    let lab = Lab::new();
    let crash = super::lab::Crash {
        at: 1,
        durable: true,
    };
    lab.apply_until(Some(crash)).await.unwrap_err();
    let name = format!("/flowcover/{EAST}/{}", lab.ids.web_east);
    lab.simulator
        .world()
        .create_log_group(WEB, EAST, &name, None);
    let applied = lab.apply().await.unwrap();
    let not_done = Lab::not_done(&applied);
    assert!(
        not_done
            .iter()
            .any(|it| it.contains("found one that flowcover did not make")),
        "{not_done:#?}"
    );
    assert!(
        not_done.iter().all(|it| it.starts_with(WEB)),
        "{not_done:#?}"
    );
    let failed = lab
        .trace
        .events()
        .into_iter()
        .filter(|event| matches!(event, Event::Failed { .. }));
    assert_eq!(failed.count(), 1);
}
