//! Flow logs: making, listing and deleting.

use flowcover_cloud::DescribeVpcs;
use flowcover_cloud::simulator::{BatchFaults, MANAGED_TAG, Matching};
use flowcover_core::inventory::ResourceKind;

use super::*;

const NOT_ASSUMABLE: &str = "InvalidParameter: Unable to assume given IAM role";

#[tokio::test]
async fn flow_log_status_is_always_active_and_old_answers_lack_fields() {
    let lab = Lab::new();
    let request = FlowLogRequest {
        tags: [("team".to_owned(), "network".to_owned())].into(),
        ..lab.to_group()
    };
    let id = lab.made(request).await;
    lab.simulator
        .world()
        .delete_log_group(ACCOUNT, REGION, GROUP);
    lab.advance(3600);
    let log = lab.flow_log(&id).await;
    assert_eq!(log.flow_log_status.as_deref(), Some("ACTIVE"));
    assert!(lab.has_access_error(&id).await);
    // A recorded answer carries an error message and no status.
    let message = Some("Access error");
    lab.simulator
        .world()
        .pin_delivery(ACCOUNT, REGION, &id, None, message);
    lab.advance(3600);
    assert_eq!(
        lab.delivery(&id).await,
        (String::new(), "Access error".to_owned())
    );
    let log = lab.flow_log(&id).await;
    assert!(log.log_format.is_some() && log.max_aggregation_interval.is_some());
    assert!(log.log_destination_type.is_some());
    assert_eq!(log.tags["team"], "network");
    lab.simulator.world().answer_as_of_old(ACCOUNT, REGION, &id);
    let log = lab.flow_log(&id).await;
    assert_eq!(
        (
            log.log_format,
            log.max_aggregation_interval,
            log.log_destination_type
        ),
        (None, None, None)
    );
    assert!(log.tags.is_empty());
    assert_eq!(log.log_group_name.as_deref(), Some(GROUP));
}

#[tokio::test]
async fn a_fresh_role_cannot_be_assumed_until_iam_has_propagated() {
    let lab = Lab::new();
    let role_arn = {
        let mut world = lab.simulator.world();
        world.role_propagation_seconds = 30;
        world
            .create_role(ACCOUNT, "fresh", &policies::trust_service(FLOW_LOGS, None))
            .unwrap()
    };
    let request = FlowLogRequest {
        deliver_logs_permission_arn: Some(role_arn),
        ..lab.to_group()
    };
    assert_eq!(lab.refused(request.clone()).await, NOT_ASSUMABLE);
    lab.advance(29);
    assert_eq!(lab.refused(request.clone()).await, NOT_ASSUMABLE);
    lab.advance(1);
    lab.made(request).await;
    let missing = FlowLogRequest {
        deliver_logs_permission_arn: Some(format!("arn:aws:iam::{ACCOUNT}:role/none")),
        ..lab.to_group()
    };
    assert_eq!(lab.refused(missing).await, NOT_ASSUMABLE);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_fresh_role_and_asks_again_succeeds() {
    let lab = Lab::new();
    let role_arn = {
        let mut world = lab.simulator.world();
        world.follow_tokio_time();
        world.role_propagation_seconds = 12;
        world
            .create_role(ACCOUNT, "fresh", &policies::trust_service(FLOW_LOGS, None))
            .unwrap()
    };
    let request = FlowLogRequest {
        deliver_logs_permission_arn: Some(role_arn),
        ..lab.to_group()
    };
    assert_eq!(create_with_patience(&lab, request).await, (5, None));
}

#[tokio::test(start_paused = true)]
async fn only_a_fresh_role_is_waited_for_and_not_for_ever() {
    let lab = Lab::new();
    lab.simulator.world().follow_tokio_time();
    let never = FlowLogRequest {
        deliver_logs_permission_arn: Some(format!("arn:aws:iam::{ACCOUNT}:role/none")),
        ..lab.to_group()
    };
    let (tries, error) = create_with_patience(&lab, never).await;
    assert_eq!(tries, 24);
    assert_eq!(error.as_deref(), Some(NOT_ASSUMABLE));
    // The same code with another message is another error.
    let with_role = FlowLogRequest {
        deliver_logs_permission_arn: Some(lab.role_arn.clone()),
        ..lab.to_bucket()
    };
    let (tries, error) = create_with_patience(&lab, with_role).await;
    assert_eq!(tries, 0);
    assert!(error.unwrap().starts_with("InvalidParameter: "));
}

/// Asks again every 2.5 s, for a minute at most, as long as the role is not known everywhere. Gives how often it
/// asked in vain, and the last error.
async fn create_with_patience(lab: &Lab, request: FlowLogRequest) -> (u32, Option<String>) {
    let mut last = None;
    for tries in 0..24 {
        match lab.create(request.clone()).await {
            Ok(made) => {
                assert_eq!(made.flow_log_ids.len(), 1);
                return (tries, None);
            }
            Err(error) if error.to_string() == NOT_ASSUMABLE => last = Some(error.to_string()),
            Err(error) => return (tries, Some(error.to_string())),
        }
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    }
    (24, last)
}

#[tokio::test]
async fn pass_role_or_create_log_delivery_missing_is_unauthorized_operation() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .faults
        .deny(Matching::action("iam:PassRole"));
    let refused = lab.refused(lab.to_group()).await;
    assert!(refused.starts_with("UnauthorizedOperation"), "{refused}");
    lab.made(lab.to_bucket()).await;
    let lab = Lab::new();
    let denied = Matching::action("logs:CreateLogDelivery");
    lab.simulator.world().faults.deny(denied);
    let refused = lab.refused(lab.to_bucket()).await;
    assert!(refused.starts_with("UnauthorizedOperation"), "{refused}");
    lab.made(lab.to_group()).await;
}

#[tokio::test]
async fn s3_with_a_role_is_refused_but_exists() {
    let lab = Lab::new();
    let request = FlowLogRequest {
        deliver_logs_permission_arn: Some(lab.role_arn.clone()),
        ..lab.to_bucket()
    };
    assert_eq!(
        lab.refused(request).await,
        "InvalidParameter: DeliverLogsPermissionArn is not applicable for s3 delivery"
    );
    let id = lab.made(lab.to_bucket()).await;
    let with_role = FlowLog {
        deliver_logs_permission_arn: Some(lab.role_arn.clone()),
        ..lab.flow_log(&id).await
    };
    lab.simulator
        .world()
        .put_flow_log(ACCOUNT, REGION, with_role);
    lab.advance(3600);
    assert!(lab.succeeds(&id).await);
    assert!(
        lab.flow_log(&id)
            .await
            .deliver_logs_permission_arn
            .is_some()
    );
}

#[tokio::test]
async fn bucket_faults_are_told_at_creation() {
    let denied =
        "400: Access Denied for LogDestination: records. Please check LogDestination permission";
    let lab = Lab::new();
    let elsewhere = policies::bucket_for_account(BUCKET, OTHER);
    lab.simulator
        .world()
        .put_bucket_policy(BUCKET, &elsewhere)
        .unwrap();
    assert_eq!(lab.refused(lab.to_bucket()).await, denied);
    // A key policy gives the same.
    let lab = Lab::new();
    {
        let mut world = lab.simulator.world();
        let key = world
            .create_key(ACCOUNT, REGION, &policies::key_for_owner(ACCOUNT))
            .unwrap();
        world.encrypt_bucket(BUCKET, &key);
    }
    assert_eq!(lab.refused(lab.to_bucket()).await, denied);
    lab.simulator.world().delete_bucket(BUCKET);
    assert_eq!(
        lab.refused(lab.to_bucket()).await,
        "400: LogDestination: records does not exist"
    );
}

#[tokio::test]
async fn a_change_is_create_new_verify_delete_old() {
    let lab = Lab::new();
    let old = lab.made(lab.to_group()).await;
    let new = lab
        .made(FlowLogRequest {
            traffic_type: Some("REJECT".to_owned()),
            ..lab.to_group()
        })
        .await;
    lab.advance(3600);
    assert!(lab.succeeds(&new).await && lab.succeeds(&old).await);
    assert_eq!(lab.delete(&[&old]).await.unwrap(), BatchResult::default());
    let left: Vec<_> = lab
        .flow_logs()
        .await
        .into_iter()
        .map(|log| log.flow_log_id)
        .collect();
    assert_eq!(left, [new]);
}

#[tokio::test]
async fn duplicates_and_unknown_ids_come_as_an_error_or_in_unsuccessful() {
    let lab = Lab::new();
    let second = lab.simulator.world().add_vpc(ACCOUNT, REGION, "second");
    let known = lab.made(lab.to_group()).await;
    let batch = FlowLogRequest {
        resource_ids: vec![second, lab.vpc_id.clone(), "vpc-0".to_owned()],
        ..lab.to_group()
    };
    // As an error: nothing is made.
    lab.simulator.world().batch_faults = BatchFaults::Error;
    let error = lab.create(batch.clone()).await.unwrap_err();
    assert_eq!(error.code, "FlowLogAlreadyExists");
    assert_eq!(
        lab.delete(&[&known, "fl-0"]).await.unwrap_err().code,
        "InvalidFlowLogId.NotFound"
    );
    let left = lab.flow_logs().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].flow_log_id, known);
    // In `Unsuccessful`: the rest is made.
    lab.simulator.world().batch_faults = BatchFaults::Unsuccessful;
    let result = lab.create(batch).await.unwrap();
    let codes: Vec<_> = result
        .unsuccessful
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    assert_eq!(codes, ["FlowLogAlreadyExists", "InvalidVpcId.NotFound"]);
    assert_eq!(result.flow_log_ids.len(), 1);
    let made = result.flow_log_ids[0].clone();
    let result = lab.delete(&["fl-0", &made]).await.unwrap();
    assert_eq!(result.unsuccessful[0].code, "InvalidFlowLogId.NotFound");
    assert_eq!(result.unsuccessful.len(), 1);
    assert_eq!(lab.flow_logs().await.len(), 1);
}

#[tokio::test]
async fn create_takes_300_ids_or_25_gateways_and_a_client_token_makes_it_idempotent() {
    let lab = Lab::new();
    let many = |count: usize, kind: &str, prefix: &str| FlowLogRequest {
        resource_ids: (0..count).map(|n| format!("{prefix}-{n}")).collect(),
        resource_type: kind.to_owned(),
        ..lab.to_bucket()
    };
    let all = {
        let mut world = lab.simulator.world();
        let resource_ids = (0..300).map(|_| world.add_vpc(ACCOUNT, REGION, "many"));
        FlowLogRequest {
            resource_ids: resource_ids.collect(),
            ..lab.to_bucket()
        }
    };
    let made = lab.create(all.clone()).await.unwrap();
    assert_eq!((made.flow_log_ids.len(), made.unsuccessful.len()), (300, 0));
    let resources: std::collections::BTreeSet<_> = lab
        .flow_logs()
        .await
        .into_iter()
        .filter_map(|log| log.resource_id)
        .collect();
    assert_eq!(resources, all.resource_ids.into_iter().collect());
    let error = lab.create(many(301, "VPC", "vpc")).await.unwrap_err();
    assert_eq!(error.code, "InvalidParameterValue");
    let gateways = {
        let mut world = lab.simulator.world();
        let resource_ids = (0..25).map(|_| world.add_transit_gateway(ACCOUNT, REGION, "many"));
        FlowLogRequest {
            resource_ids: resource_ids.collect(),
            traffic_type: None,
            ..many(0, "TransitGateway", "tgw")
        }
    };
    let made = lab.create(gateways).await.unwrap();
    assert_eq!((made.flow_log_ids.len(), made.unsuccessful.len()), (25, 0));
    let too_many = FlowLogRequest {
        traffic_type: None,
        ..many(26, "TransitGateway", "tgw")
    };
    let error = lab.create(too_many).await.unwrap_err();
    assert_eq!(error.code, "InvalidParameterValue");
    let request = FlowLogRequest {
        client_token: Some("once".to_owned()),
        ..lab.to_group()
    };
    let first = lab.made(request.clone()).await;
    assert_eq!(lab.made(request.clone()).await, first);
    let before = lab.flow_logs().await;
    assert_eq!(before.len(), 300 + 25 + 1);
    let other = FlowLogRequest {
        traffic_type: Some("REJECT".to_owned()),
        ..request
    };
    let error = lab.create(other).await.unwrap_err();
    assert_eq!(error.code, "IdempotentParameterMismatch");
    assert_eq!(lab.flow_logs().await, before);
}

#[tokio::test]
async fn describe_flow_logs_pages() {
    let lab = Lab::new();
    for traffic in ["ACCEPT", "REJECT", "ALL"] {
        let request = FlowLogRequest {
            traffic_type: Some(traffic.to_owned()),
            ..lab.to_group()
        };
        lab.made(request).await;
    }
    lab.simulator.world().paging.set("ec2:DescribeFlowLogs", 2);
    let first = lab.ask(DescribeFlowLogs::default()).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let next_token = first.next_token;
    assert!(next_token.is_some());
    let last = lab.ask(DescribeFlowLogs { next_token }).await.unwrap();
    assert_eq!((last.items.len(), last.next_token), (1, None));
    assert!(!first.items.contains(&last.items[0]));
}

#[tokio::test]
async fn defaults_of_interval_and_format_and_the_arn_without_star() {
    let lab = Lab::new();
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}");
    let by_arn = FlowLogRequest {
        log_group_name: None,
        log_destination: Some(format!("{arn}:*")),
        ..lab.to_group()
    };
    let id = lab.made(by_arn).await;
    let log = lab.flow_log(&id).await;
    assert_eq!(log.log_destination.as_ref(), Some(&arn));
    assert_eq!(log.max_aggregation_interval, Some(600));
    let format = log.log_format.unwrap();
    assert!(
        format.starts_with("${version} ${account-id} ${interface-id}"),
        "{format}"
    );
    let gateway = lab
        .simulator
        .world()
        .add_transit_gateway(ACCOUNT, REGION, "hub");
    let on_gateway = FlowLogRequest {
        resource_ids: vec![gateway],
        resource_type: "TransitGateway".to_owned(),
        traffic_type: None,
        ..lab.to_bucket()
    };
    let with_traffic_type = FlowLogRequest {
        traffic_type: Some("ALL".to_owned()),
        ..on_gateway.clone()
    };
    let error = lab.create(with_traffic_type).await.unwrap_err();
    assert_eq!(error.code, "InvalidParameter");
    assert!(error.message.contains("TrafficType"), "{error}");
    let id = lab.made(on_gateway).await;
    let log = lab.flow_log(&id).await;
    assert_eq!(
        (log.max_aggregation_interval, log.traffic_type),
        (Some(60), None)
    );
}

#[tokio::test]
async fn resource_types_of_today_are_listed() {
    let lab = Lab::new();
    let kinds = [
        ("tgw-1", ResourceKind::TransitGateway),
        ("tgw-attach-1", ResourceKind::TransitGatewayAttachment),
        ("nat-1", ResourceKind::RegionalNatGateway),
        ("core-network-1", ResourceKind::CoreNetwork),
        ("attachment-1", ResourceKind::CoreNetwork),
        ("something-1", ResourceKind::Other),
    ];
    for (resource_id, _) in kinds {
        let flow_log = FlowLog {
            resource_id: Some(resource_id.to_owned()),
            ..FlowLog::default()
        };
        lab.simulator
            .world()
            .put_flow_log(ACCOUNT, REGION, flow_log);
    }
    let found = lab.flow_logs().await;
    assert_eq!(found.len(), kinds.len());
    for (resource_id, kind) in kinds {
        let log = found
            .iter()
            .find(|log| log.resource_id.as_deref() == Some(resource_id));
        assert_eq!(log.unwrap().resource_kind(), kind, "{resource_id}");
    }
}

#[tokio::test]
async fn a_shared_vpc_is_visible_to_the_participant_who_cannot_make_a_flow_log_on_it() {
    let lab = Lab::new();
    let shared = {
        let mut world = lab.simulator.world();
        let shared = world.add_workload_vpc(OTHER, REGION, "shared");
        world.share_vpc(OTHER, REGION, &shared, ACCOUNT);
        shared
    };
    let vpcs = lab.ask(DescribeVpcs::default()).await.unwrap().items;
    let seen = vpcs.iter().find(|vpc| vpc.vpc_id == shared).unwrap();
    assert_eq!(seen.owner_id.as_deref(), Some(OTHER));
    let request = FlowLogRequest {
        resource_ids: vec![shared],
        ..lab.to_group()
    };
    let refused = lab.refused(request).await;
    assert!(refused.starts_with("UnauthorizedOperation"), "{refused}");
}

#[tokio::test]
async fn telemetry_rules_make_flow_logs_by_themselves_to_cloudwatch_only() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .add_telemetry_rule(ACCOUNT, REGION, 30);
    assert_eq!(lab.flow_logs().await, []);
    lab.advance(60);
    let made = lab.flow_logs().await;
    assert_eq!(made.len(), 1);
    assert_eq!(
        made[0].log_destination_type.as_ref().unwrap().as_str(),
        "cloud-watch-logs"
    );
    assert_eq!(made[0].tags[MANAGED_TAG], "true");
    // What is deleted comes back; what is there is not made twice.
    lab.delete(&[&made[0].flow_log_id]).await.unwrap();
    lab.advance(60);
    lab.advance(3600);
    let again = lab.flow_logs().await;
    assert_eq!(again.len(), 1);
    assert_ne!(again[0].flow_log_id, made[0].flow_log_id);
    assert!(lab.succeeds(&again[0].flow_log_id).await);
}
