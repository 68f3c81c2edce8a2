//! Flow logs: batches, and what can be changed.

use flowcover_cloud::simulator::BatchFaults;

use super::*;

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
async fn a_change_that_would_deliver_nothing_is_seen_before_the_old_one_goes() {
    let lab = Lab::new();
    let old = lab.made(lab.to_group()).await;
    let wrong = {
        let trust = policies::trust_service("ec2.amazonaws.com", None);
        let mut world = lab.simulator.world();
        let arn = world.create_role(ACCOUNT, "wrong", &trust).unwrap();
        world.advance(60);
        arn
    };
    let new = lab
        .made(FlowLogRequest {
            traffic_type: Some("REJECT".to_owned()),
            deliver_logs_permission_arn: Some(wrong),
            ..lab.to_group()
        })
        .await;
    // At birth it looks well: only waiting for the first try tells.
    assert!(lab.succeeds(&new).await);
    lab.advance(600);
    assert!(lab.has_access_error(&new).await);
    assert!(lab.succeeds(&old).await);
}

#[tokio::test]
async fn of_a_flow_log_only_the_tags_can_be_changed() {
    let lab = Lab::new();
    let id = lab.made(lab.to_group()).await;
    let before = lab.flow_log(&id).await;
    lab.simulator
        .world()
        .tag_flow_log(ACCOUNT, REGION, &id, "owner", "network");
    let after = lab.flow_log(&id).await;
    let owner = ("owner".to_owned(), "network".to_owned());
    assert_eq!(after.tags, [owner].into());
    let tags = before.tags.clone();
    assert_eq!(FlowLog { tags, ..after }, before);
    // Asked for again with another format or interval, it is refused and stays as it is. That these two do not make
    // it another flow log is an assumption: AWS does not document what a duplicate is.
    for again in [
        FlowLogRequest {
            log_format: Some("${version} ${srcaddr}".to_owned()),
            ..lab.to_group()
        },
        FlowLogRequest {
            max_aggregation_interval: Some(60),
            ..lab.to_group()
        },
    ] {
        let refused = lab.refused(again).await;
        assert!(refused.starts_with("FlowLogAlreadyExists: "), "{refused}");
    }
    assert_eq!(lab.flow_logs().await.len(), 1);
    assert_eq!(lab.flow_log(&id).await.log_format, before.log_format);
}

#[tokio::test]
async fn a_vpc_a_subnet_and_an_interface_each_have_two_flow_logs_at_most() {
    let lab = Lab::new();
    let of = |traffic: &str| FlowLogRequest {
        traffic_type: Some(traffic.to_owned()),
        ..lab.to_group()
    };
    let first = lab.made(of("ACCEPT")).await;
    lab.made(of("REJECT")).await;
    let refused = lab.refused(of("ALL")).await;
    assert!(refused.starts_with("FlowLogsLimitExceeded: "), "{refused}");
    // What is there already is told before that.
    let again = lab.refused(of("REJECT")).await;
    assert!(again.starts_with("FlowLogAlreadyExists: "), "{again}");
    lab.simulator.world().batch_faults = BatchFaults::Error;
    let error = lab.create(of("ALL")).await.unwrap_err();
    assert_eq!(error.code, "FlowLogsLimitExceeded");
    // Subnets have their own.
    let subnet = {
        let mut world = lab.simulator.world();
        world.add_subnet(ACCOUNT, REGION, &lab.vpc_id)
    };
    let on_subnet = FlowLogRequest {
        resource_ids: vec![subnet],
        resource_type: "Subnet".to_owned(),
        ..of("ALL")
    };
    lab.made(on_subnet).await;
    // Where more were put than the quota allows, it was raised.
    let more = FlowLog {
        flow_log_id: String::new(),
        ..lab.flow_log(&first).await
    };
    lab.simulator.world().put_flow_log(ACCOUNT, REGION, more);
    let over = lab.made(of("ALL")).await;
    lab.delete(&[&first, &over]).await.unwrap();
    assert_eq!(
        lab.create(of("ALL")).await.unwrap_err().code,
        "FlowLogsLimitExceeded"
    );
}
