//! EC2 calls against answers in its wire format.

#![allow(clippy::unwrap_used)]

use flowcover_core::inventory::{DeliverLogsStatus, LogDestinationType, TrafficType};

use super::*;
use crate::testing::answer;

fn page_of(action: &str, items: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>{items}<nextToken>next</nextToken></{action}Response>"#
    )
}

#[tokio::test]
async fn regions_come_with_their_opt_in_state() {
    let body = page_of(
        "DescribeRegions",
        "<regionInfo>
           <item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>
           <item><regionName>af-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>
           <item><regionName>me-south-1</regionName><optInStatus>opted-in</optInStatus></item>
           <item><regionName>old-1</regionName></item>
         </regionInfo>",
    );
    let regions = answer(
        DescribeRegions {},
        &body,
        &[
            "Action=DescribeRegions",
            "AllRegions=true",
            "eu-west-1/ec2/aws4_request",
        ],
    )
    .await;
    let enabled: Vec<_> = regions
        .iter()
        .map(|r| (r.name.as_str(), r.enabled))
        .collect();
    assert_eq!(
        enabled,
        [
            ("eu-west-1", true),
            ("af-south-1", false),
            ("me-south-1", true),
            ("old-1", true)
        ]
    );
}

#[tokio::test]
async fn vpcs_are_read_page_by_page() {
    let body = page_of(
        "DescribeVpcs",
        "<vpcSet><item><vpcId>vpc-1</vpcId><ownerId>111122223333</ownerId><isDefault>true</isDefault>
         <cidrBlock>10.0.0.0/16</cidrBlock><tagSet><item><key>Name</key><value>a&lt;b</value></item><item><key>empty</key></item></tagSet></item>
         <item/></vpcSet>",
    );
    let request = DescribeVpcs {
        next_token: Some("page2".to_owned()),
    };
    let page = answer(request, &body, &["MaxResults=1000", "NextToken=page2"]).await;
    assert_eq!(page.next_token.as_deref(), Some("next"));
    let [vpc, bare] = page.items.as_slice() else {
        panic!("two items");
    };
    assert_eq!(vpc.vpc_id, "vpc-1");
    assert_eq!(vpc.name(), Some("a<b"));
    assert_eq!(vpc.tags["empty"], "");
    assert_eq!(
        (vpc.is_default, vpc.cidr_block.as_deref()),
        (Some(true), Some("10.0.0.0/16"))
    );
    assert_eq!(*bare, Vpc::default(), "every field is optional");
}

#[tokio::test]
async fn flow_logs_keep_every_field() {
    let body = page_of(
        "DescribeFlowLogs",
        "<flowLogSet><item><creationTime>2024-02-03T04:05:06.789Z</creationTime><deliverLogsErrorMessage>Access error</deliverLogsErrorMessage>
         <deliverLogsPermissionArn>arn:aws:iam::111122223333:role/flow</deliverLogsPermissionArn><deliverCrossAccountRole>arn:x</deliverCrossAccountRole>
         <deliverLogsStatus>FAILED</deliverLogsStatus><flowLogId>fl-1</flowLogId><flowLogStatus>ACTIVE</flowLogStatus>
         <logGroupName>/vpc/a</logGroupName><resourceId>vpc-1</resourceId><trafficType>REJECT</trafficType>
         <logDestinationType>s3</logDestinationType><logDestination>arn:aws:s3:::b/p/</logDestination>
         <logFormat>${version} ${account-id}</logFormat><maxAggregationInterval>60</maxAggregationInterval>
         <destinationOptions><fileFormat>parquet</fileFormat><hiveCompatiblePartitions>true</hiveCompatiblePartitions><perHourPartition>false</perHourPartition></destinationOptions>
         <tagSet><item><key>k</key><value>v</value></item></tagSet></item>
         <item><flowLogId>fl-2</flowLogId><trafficType>SOMETHING</trafficType><logDestinationType>new-kind</logDestinationType></item></flowLogSet>",
    );
    let page = answer(
        DescribeFlowLogs::default(),
        &body,
        &["Action=DescribeFlowLogs", "MaxResults=1000"],
    )
    .await;
    let expected = FlowLog {
        flow_log_id: "fl-1".to_owned(),
        resource_id: Some("vpc-1".to_owned()),
        traffic_type: Some(TrafficType::Reject),
        flow_log_status: Some("ACTIVE".to_owned()),
        deliver_logs_status: Some(DeliverLogsStatus::Failed),
        deliver_logs_error_message: Some("Access error".to_owned()),
        deliver_logs_permission_arn: Some("arn:aws:iam::111122223333:role/flow".to_owned()),
        deliver_cross_account_role: Some("arn:x".to_owned()),
        log_destination_type: Some(LogDestinationType::S3),
        log_destination: Some("arn:aws:s3:::b/p/".to_owned()),
        log_group_name: Some("/vpc/a".to_owned()),
        log_format: Some("${version} ${account-id}".to_owned()),
        max_aggregation_interval: Some(60),
        creation_time: "2024-02-03T04:05:06.789Z".parse().ok(),
        file_format: Some("parquet".to_owned()),
        hive_compatible_partitions: Some(true),
        per_hour_partition: Some(false),
        tags: [("k".to_owned(), "v".to_owned())].into(),
    };
    assert_eq!(page.items[0], expected);
    assert_eq!(
        page.items[1].traffic_type,
        Some(TrafficType::Other("SOMETHING".to_owned()))
    );
    assert_eq!(
        page.items[1].log_destination_type,
        Some(LogDestinationType::Other("new-kind".to_owned()))
    );
}

#[tokio::test]
async fn flow_logs_can_be_asked_for_by_resource() {
    let body = page_of(
        "DescribeFlowLogs",
        "<flowLogSet><item><flowLogId>fl-1</flowLogId><resourceId>vpc-1</resourceId></item></flowLogSet>",
    );
    let request = DescribeFlowLogs {
        resource_ids: vec!["vpc-1".to_owned(), "subnet-2".to_owned()],
        next_token: Some("page2".to_owned()),
    };
    let sent = [
        "Action=DescribeFlowLogs",
        "Filter.1.Name=resource-id",
        "Filter.1.Value.1=vpc-1",
        "Filter.1.Value.2=subnet-2",
        "MaxResults=1000",
        "NextToken=page2",
    ];
    let page = answer(request, &body, &sent).await;
    assert_eq!(page.items[0].resource_id.as_deref(), Some("vpc-1"));
}

#[tokio::test]
async fn interfaces_can_be_asked_for_by_vpc() {
    let body = page_of(
        "DescribeNetworkInterfaces",
        "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
         <ownerId>444455556666</ownerId><status>in-use</status><interfaceType>nat_gateway</interfaceType>
         <attachment><instanceId>i-1</instanceId></attachment>
         <association><publicIp>198.51.100.1</publicIp></association>
         <groupSet><item><groupId>sg-1</groupId><groupName>web</groupName></item><item><groupId>sg-2</groupId></item></groupSet>
         <privateIpAddressesSet><item><privateIpAddress>10.0.0.4</privateIpAddress><primary>true</primary>
         <association><publicIp>198.51.100.1</publicIp><ipOwnerId>amazon</ipOwnerId></association></item>
         <item><privateIpAddress>10.0.0.5</privateIpAddress></item></privateIpAddressesSet>
         <ipv6AddressesSet><item><ipv6Address>2001:db8::4</ipv6Address></item></ipv6AddressesSet>
         <ipv6PrefixSet><item><ipv6Prefix>2001:db8:0:1::/80</ipv6Prefix></item></ipv6PrefixSet>
         <ipv4PrefixSet><item><ipv4Prefix>10.0.1.0/28</ipv4Prefix></item></ipv4PrefixSet></item></networkInterfaceSet>",
    );
    let request = DescribeNetworkInterfaces {
        vpc_ids: vec!["vpc-1".to_owned(), "vpc-2".to_owned()],
        next_token: None,
    };
    let sent = [
        "Filter.1.Name=vpc-id",
        "Filter.1.Value.1=vpc-1",
        "Filter.1.Value.2=vpc-2",
        "MaxResults=1000",
    ];
    let page = answer(request, &body, &sent).await;
    let interface = &page.items[0];
    assert_eq!(interface.network_interface_id, "eni-1");
    assert_eq!(interface.status.as_deref(), Some("in-use"));
    assert_eq!(interface.interface_type.as_deref(), Some("nat_gateway"));
    assert_eq!(interface.instance_id.as_deref(), Some("i-1"));
    assert_eq!(interface.owner_id.as_deref(), Some("444455556666"));
    assert_eq!(interface.security_group_ids, ["sg-1", "sg-2"]);
    let addresses: Vec<_> = interface
        .private_ip_addresses
        .iter()
        .map(|it| (it.private_ip_address.as_str(), it.public_ip.as_deref()))
        .collect();
    let public = Some("198.51.100.1");
    assert_eq!(addresses, [("10.0.0.4", public), ("10.0.0.5", None)]);
    assert_eq!(interface.ipv6_addresses, ["2001:db8::4"]);
    assert_eq!(interface.prefixes, ["10.0.1.0/28", "2001:db8:0:1::/80"]);
}

#[tokio::test]
async fn subnets_and_transit_gateways_are_read() {
    let body = page_of(
        "DescribeSubnets",
        "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><ownerId>1</ownerId></item></subnetSet>",
    );
    let page = answer(DescribeSubnets::default(), &body, &["MaxResults=1000"]).await;
    assert_eq!(page.items[0].vpc_id.as_deref(), Some("vpc-1"));
    let body = page_of(
        "DescribeTransitGateways",
        "<transitGatewaySet><item><transitGatewayId>tgw-1</transitGatewayId><state>available</state><ownerId>1</ownerId>
         <tagSet><item><key>Name</key><value>hub</value></item></tagSet></item></transitGatewaySet>",
    );
    let page = answer(
        DescribeTransitGateways::default(),
        &body,
        &["MaxResults=1000"],
    )
    .await;
    assert_eq!(page.items[0].name(), Some("hub"));
    assert_eq!(page.items[0].state.as_deref(), Some("available"));
}

#[tokio::test]
async fn flow_logs_are_made_as_asked() {
    let request = CreateFlowLogs {
        flow_logs: FlowLogRequest {
            resource_ids: vec!["vpc-1".to_owned(), "vpc-2".to_owned()],
            resource_type: "VPC".to_owned(),
            traffic_type: Some("ALL".to_owned()),
            log_destination_type: Some("s3".to_owned()),
            log_destination: Some("arn:aws:s3:::b".to_owned()),
            max_aggregation_interval: Some(600),
            file_format: Some("parquet".to_owned()),
            per_hour_partition: Some(true),
            tags: [("made-by".to_owned(), "flowcover".to_owned())].into(),
            client_token: Some("token-1".to_owned()),
            ..FlowLogRequest::default()
        },
    };
    let body = page_of(
        "CreateFlowLogs",
        "<flowLogIdSet><item>fl-1</item></flowLogIdSet><unsuccessful><item><resourceId>vpc-2</resourceId>
         <error><code>FlowLogAlreadyExists</code><message>exists</message></error></item></unsuccessful>",
    );
    let sent = [
        "Action=CreateFlowLogs",
        "ResourceId.1=vpc-1&ResourceId.2=vpc-2",
        "ResourceType=VPC",
        "TrafficType=ALL",
        "LogDestinationType=s3",
        "MaxAggregationInterval=600",
        "DestinationOptions.FileFormat=parquet",
        "DestinationOptions.PerHourPartition=true",
        "TagSpecification.1.ResourceType=vpc-flow-log&TagSpecification.1.Tag.1.Key=made-by",
        "ClientToken=token-1",
    ];
    let result = answer(request, &body, &sent).await;
    assert_eq!(result.flow_log_ids, ["fl-1"]);
    assert_eq!(result.unsuccessful[0].resource_id, "vpc-2");
    assert_eq!(result.unsuccessful[0].code, "FlowLogAlreadyExists");
}

#[tokio::test]
async fn flow_logs_are_deleted_by_id() {
    let request = DeleteFlowLogs {
        flow_log_ids: vec!["fl-1".to_owned()],
    };
    let body = page_of("DeleteFlowLogs", "<unsuccessful/>");
    let result = answer(request, &body, &["FlowLogId.1=fl-1"]).await;
    assert_eq!(result, BatchResult::default());
}
