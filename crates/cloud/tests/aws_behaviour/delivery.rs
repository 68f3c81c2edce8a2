//! Flow logs: whether records arrive.

use flowcover_cloud::simulator::Matching;
use flowcover_cloud::{DescribeLogStreams, ListObjects};
use flowcover_record::ObjectKey;

use super::*;

#[tokio::test]
async fn a_missing_group_or_a_wrong_trust_is_no_error_at_creation_and_an_access_error_later() {
    let lab = Lab::new();
    let wrong = {
        let trust = policies::trust_service("ec2.amazonaws.com", None);
        let mut world = lab.simulator.world();
        let arn = world.create_role(ACCOUNT, "wrong", &trust).unwrap();
        let document = policies::deliver_to("*", true);
        world
            .put_role_policy(ACCOUNT, "wrong", "deliver", &document)
            .unwrap();
        world.advance(60);
        arn
    };
    let missing = lab
        .made(FlowLogRequest {
            log_group_name: Some("/vpc/none".to_owned()),
            ..lab.to_group()
        })
        .await;
    let untrusted = lab
        .made(FlowLogRequest {
            deliver_logs_permission_arn: Some(wrong),
            ..lab.to_group()
        })
        .await;
    for id in [&missing, &untrusted] {
        assert!(lab.succeeds(id).await, "not known yet");
    }
    lab.advance(3600);
    for id in [&missing, &untrusted] {
        assert!(lab.has_access_error(id).await);
    }
    // Both are mended in place.
    {
        let mut world = lab.simulator.world();
        world.create_log_group(ACCOUNT, REGION, "/vpc/none", None);
        let trust = policies::trust_service(FLOW_LOGS, None);
        world.set_role_trust(ACCOUNT, "wrong", &trust).unwrap();
    }
    lab.advance(3600);
    for id in [&missing, &untrusted] {
        assert!(lab.succeeds(id).await);
    }
}

// An assumption: what AWS reports where there is nothing to deliver is not documented.
#[tokio::test]
async fn without_traffic_nothing_is_tried_and_nothing_is_noticed() {
    let lab = Lab::new();
    let idle = lab.simulator.world().add_vpc(ACCOUNT, REGION, "idle");
    let id = lab
        .made(FlowLogRequest {
            resource_ids: vec![idle],
            log_group_name: Some("/vpc/none".to_owned()),
            ..lab.to_group()
        })
        .await;
    lab.advance(86_400);
    assert!(lab.succeeds(&id).await);
}

#[tokio::test]
async fn a_policy_without_star_stays_in_access_error_until_the_flow_log_is_made_anew() {
    let lab = Lab::new();
    let group = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}");
    let put = |resource: &str| {
        let document = policies::deliver_to(resource, false);
        lab.simulator
            .world()
            .put_role_policy(ACCOUNT, "deliver", "deliver", &document)
            .unwrap();
    };
    put(&group);
    let old = lab.made(lab.to_group()).await;
    lab.advance(3600);
    assert!(lab.has_access_error(&old).await);
    put(&format!("{group}:*"));
    lab.advance(86_400);
    assert!(lab.has_access_error(&old).await);
    lab.delete(&[&old]).await.unwrap();
    let new = lab.made(lab.to_group()).await;
    lab.advance(3600);
    assert!(lab.succeeds(&new).await);
}

#[tokio::test]
async fn a_deleted_log_group_is_made_again_while_traffic_flows() {
    let lab = Lab::new();
    let may_create = policies::deliver_to("arn:aws:logs:*:111122223333:log-group:*", true);
    let id = lab.made(lab.to_group()).await;
    let delete_group = || {
        lab.simulator
            .world()
            .delete_log_group(ACCOUNT, REGION, GROUP)
    };
    let exists = || lab.simulator.world().has_log_group(ACCOUNT, REGION, GROUP);
    lab.simulator
        .world()
        .put_role_policy(ACCOUNT, "deliver", "deliver", &may_create)
        .unwrap();
    lab.advance(3600);
    delete_group();
    lab.advance(600);
    assert!(exists() && lab.succeeds(&id).await);
    // The flow log first, then the group: it stays away.
    lab.delete(&[&id]).await.unwrap();
    delete_group();
    lab.advance(86_400);
    assert!(!exists());
}

#[tokio::test]
async fn a_role_that_may_not_make_groups_does_not() {
    let lab = Lab::new();
    let id = lab.made(lab.to_group()).await;
    lab.advance(3600);
    lab.simulator
        .world()
        .delete_log_group(ACCOUNT, REGION, GROUP);
    lab.advance(600);
    assert!(!lab.simulator.world().has_log_group(ACCOUNT, REGION, GROUP));
    assert!(lab.has_access_error(&id).await);
}

#[tokio::test]
async fn delivery_leaves_streams_and_objects_under_the_names_of_aws() {
    let lab = Lab::new();
    lab.made(lab.to_group()).await;
    let to_bucket = FlowLogRequest {
        log_destination: Some(format!("arn:aws:s3:::{BUCKET}/")),
        per_hour_partition: Some(true),
        ..lab.to_bucket()
    };
    let id = lab.made(to_bucket).await;
    lab.advance(600);
    let now = lab.simulator.world().now();
    let request = DescribeLogStreams {
        log_group_name: GROUP.to_owned(),
        next_token: None,
    };
    let streams = lab.ask(request).await.unwrap().items;
    assert_eq!(streams.len(), 2);
    for stream in streams {
        assert!(stream.name.starts_with("eni-") && stream.name.ends_with("-all"));
        assert_eq!(stream.last_event_at, Some(now));
    }
    let request = ListObjects {
        bucket: BUCKET.to_owned(),
        prefix: format!("AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/2026/03/02/08/"),
        next_token: None,
    };
    let objects = lab.ask(request).await.unwrap().items;
    assert_eq!(objects.len(), 1);
    let key = ObjectKey::parse(&objects[0].key).unwrap();
    assert_eq!(key.flow_log_id, id);
    assert!(key.bin.start() <= now && now < key.bin.end());
}

#[tokio::test]
async fn a_bucket_or_key_that_refuses_later_fails_later() {
    let lab = Lab::new();
    let id = lab.made(lab.to_bucket()).await;
    lab.advance(3600);
    assert!(lab.succeeds(&id).await);
    {
        let mut world = lab.simulator.world();
        let key = world
            .create_key(ACCOUNT, REGION, &policies::key_for_owner(ACCOUNT))
            .unwrap();
        world.encrypt_bucket(BUCKET, &key);
        world.advance(600);
    }
    assert!(lab.has_access_error(&id).await);
    {
        let mut world = lab.simulator.world();
        let service = "delivery.logs.amazonaws.com";
        let policy = policies::key_for_service(ACCOUNT, service);
        let key = world.create_key(ACCOUNT, REGION, &policy).unwrap();
        world.encrypt_bucket(BUCKET, &key);
        world.advance(600);
    }
    assert!(lab.succeeds(&id).await);
    lab.simulator
        .world()
        .set_account_status(ACCOUNT, "SUSPENDED");
    lab.advance(600);
    assert!(lab.has_access_error(&id).await);
}

#[tokio::test]
async fn a_group_given_as_an_arn_is_delivered_to_with_and_without_star() {
    for end in ["", ":*"] {
        let lab = Lab::new();
        let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}{end}");
        let request = FlowLogRequest {
            log_group_name: None,
            log_destination: Some(arn),
            ..lab.to_group()
        };
        let id = lab.made(request).await;
        lab.advance(3600);
        assert!(lab.succeeds(&id).await, "{end:?}");
        let request = DescribeLogStreams {
            log_group_name: GROUP.to_owned(),
            next_token: None,
        };
        assert_eq!(lab.ask(request).await.unwrap().items.len(), 2);
    }
}

#[tokio::test]
async fn delivery_fails_with_each_of_the_messages_and_recovers() {
    for message in ["Rate limited", "Unknown error"] {
        let lab = Lab::new();
        let id = lab.made(lab.to_group()).await;
        let elsewhere = lab.made(lab.to_bucket()).await;
        lab.advance(3600);
        assert!(lab.succeeds(&id).await);
        let to_logs = Matching::action("logs:PutLogEvents").in_account(ACCOUNT);
        lab.simulator.world().faults.fail_delivery(to_logs, message);
        lab.advance(600);
        let failed = ("FAILED".to_owned(), message.to_owned());
        assert_eq!(lab.delivery(&id).await, failed);
        assert!(lab.succeeds(&elsewhere).await);
        lab.simulator.world().faults.restore_delivery();
        lab.advance(600);
        assert!(lab.succeeds(&id).await);
    }
}

// Documented: each transit gateway has a stream of its own. An assumption: what it is named for.
#[tokio::test]
async fn a_transit_gateway_has_one_stream_and_objects_as_any_other() {
    let lab = Lab::new();
    let gateway = lab
        .simulator
        .world()
        .add_transit_gateway(ACCOUNT, REGION, "hub");
    let on_gateway = |request: FlowLogRequest| FlowLogRequest {
        resource_ids: vec![gateway.clone()],
        resource_type: "TransitGateway".to_owned(),
        traffic_type: None,
        max_aggregation_interval: Some(60),
        ..request
    };
    let to_group = on_gateway(lab.to_group());
    let group = to_group.log_group_name.clone();
    lab.made(to_group).await;
    let id = lab.made(on_gateway(lab.to_bucket())).await;
    lab.advance(3600);
    let streams = DescribeLogStreams {
        log_group_name: group.unwrap(),
        next_token: None,
    };
    let streams = lab.ask(streams).await.unwrap().items;
    let names: Vec<_> = streams.into_iter().map(|stream| stream.name).collect();
    assert_eq!(names, [gateway.as_str()]);
    assert!(lab.succeeds(&id).await);
}
