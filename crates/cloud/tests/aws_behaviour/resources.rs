//! What flow logs can be on, and whose it is.

use flowcover_cloud::DescribeVpcs;
use flowcover_cloud::simulator::MANAGED_TAG;
use flowcover_core::inventory::ResourceKind;

use super::*;

#[tokio::test]
async fn flow_logs_are_made_on_each_of_the_resource_types_of_today() {
    let lab = Lab::new();
    let (subnet, eni, gateway) = {
        let mut world = lab.simulator.world();
        let subnet = world.add_subnet(ACCOUNT, REGION, &lab.vpc_id);
        let eni = world.add_interface(ACCOUNT, REGION, &subnet);
        (
            subnet,
            eni,
            world.add_transit_gateway(ACCOUNT, REGION, "hub"),
        )
    };
    let other = |kind: &str| lab.simulator.world().add_resource(ACCOUNT, REGION, kind);
    use ResourceKind as K;
    let types = [
        ("VPC", lab.vpc_id.clone(), K::Vpc, true),
        ("Subnet", subnet, K::Subnet, true),
        ("NetworkInterface", eni, K::NetworkInterface, true),
        ("TransitGateway", gateway, K::TransitGateway, false),
        (
            "TransitGatewayAttachment",
            other("TransitGatewayAttachment"),
            K::TransitGatewayAttachment,
            false,
        ),
        (
            "RegionalNatGateway",
            other("RegionalNatGateway"),
            K::RegionalNatGateway,
            true,
        ),
        ("CoreNetwork", other("CoreNetwork"), K::CoreNetwork, false),
        (
            "CoreNetworkEdge",
            other("CoreNetworkEdge"),
            K::CoreNetwork,
            false,
        ),
        (
            "CoreNetworkAttachment",
            other("CoreNetworkAttachment"),
            K::CoreNetwork,
            false,
        ),
    ];
    for (resource_type, resource_id, kind, has_traffic_type) in types {
        let request = FlowLogRequest {
            resource_ids: vec![resource_id.clone()],
            resource_type: resource_type.to_owned(),
            traffic_type: has_traffic_type.then(|| "ALL".to_owned()),
            ..lab.to_bucket()
        };
        let id = lab.made(request.clone()).await;
        let log = lab.flow_log(&id).await;
        assert_eq!(log.resource_id, Some(resource_id), "{resource_type}");
        assert_eq!(log.resource_kind(), kind, "{resource_type}");
        assert_eq!(log.traffic_type.is_some(), has_traffic_type);
        // Of that type, none has this id.
        let unknown = FlowLogRequest {
            resource_ids: vec!["none-1".to_owned()],
            ..request
        };
        let refused = lab.refused(unknown).await;
        assert!(refused.ends_with("none-1 does not exist"), "{refused}");
    }
    assert_eq!(lab.flow_logs().await.len(), 9);
}

#[tokio::test]
async fn a_flow_log_on_something_that_aws_added_since_is_listed() {
    let lab = Lab::new();
    let flow_log = FlowLog {
        resource_id: Some("something-1".to_owned()),
        ..FlowLog::default()
    };
    lab.simulator
        .world()
        .put_flow_log(ACCOUNT, REGION, flow_log);
    let found = lab.flow_logs().await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].resource_kind(), ResourceKind::Other);
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
