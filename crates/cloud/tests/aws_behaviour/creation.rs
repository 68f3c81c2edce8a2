//! Flow logs: making and listing.

use std::collections::BTreeSet;

use flowcover_cloud::simulator::Matching;

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
async fn describe_flow_logs_pages() {
    let lab = Lab::new();
    for _ in 0..3 {
        let vpc_id = lab.simulator.world().add_vpc(ACCOUNT, REGION, "more");
        let request = FlowLogRequest {
            resource_ids: vec![vpc_id],
            ..lab.to_group()
        };
        lab.made(request).await;
    }
    lab.simulator.world().paging.set("ec2:DescribeFlowLogs", 2);
    let first = lab.ask(DescribeFlowLogs::default()).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let next_token = first.next_token;
    assert!(next_token.is_some());
    let rest = DescribeFlowLogs {
        next_token,
        ..DescribeFlowLogs::default()
    };
    let last = lab.ask(rest).await.unwrap();
    assert_eq!((last.items.len(), last.next_token), (1, None));
    assert!(!first.items.contains(&last.items[0]));
}

#[tokio::test]
async fn describe_flow_logs_filters_by_resource() {
    let lab = Lab::new();
    let mut vpc_ids = Vec::new();
    for _ in 0..3 {
        let vpc_id = lab.simulator.world().add_vpc(ACCOUNT, REGION, "more");
        vpc_ids.push(vpc_id.clone());
        let request = FlowLogRequest {
            resource_ids: vec![vpc_id],
            ..lab.to_group()
        };
        lab.made(request).await;
    }
    let of = |resource_ids: Vec<String>| DescribeFlowLogs {
        resource_ids,
        next_token: None,
    };
    let some = lab.ask(of(vpc_ids[1..].to_vec())).await.unwrap();
    let on: BTreeSet<_> = some
        .items
        .iter()
        .filter_map(|log| log.resource_id.clone())
        .collect();
    assert_eq!(on, vpc_ids[1..].iter().cloned().collect());
    let too_many = (0..201).map(|number| format!("vpc-{number}")).collect();
    let refused = lab.ask(of(too_many)).await.unwrap_err();
    assert_eq!(refused.code, "FilterLimitExceeded");
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
