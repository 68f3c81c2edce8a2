//! EC2: regions, VPCs and what lies in them, flow logs.

mod own_decoder;
mod rows;
mod security_groups;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types as sdk;
use flowcover_cloud::{
    BatchResult, CloudError, CreateFlowLogs, DeleteFlowLogs, DescribeFlowLogs,
    DescribeNetworkInterfaces, DescribeRegions, DescribeSubnets, DescribeTransitGateways,
    DescribeVpcs, FlowLogRequest, Page, RegionInfo, Unsuccessful,
};
use flowcover_core::inventory::{
    FlowLog, NetworkInterface, PrivateIpAddress, Subnet, Tags, TransitGateway, Vpc,
};

use crate::convert::{count, page, timestamp};
use crate::error::from_sdk;
use own_decoder::OwnDecoder;
pub(crate) use security_groups::{
    describe_managed_prefix_lists, describe_security_group_rules, describe_security_groups,
    get_managed_prefix_list_entries,
};

/// Largest page that EC2 gives. Calls without `MaxResults` draw from a smaller token bucket.
const PAGE_SIZE: i32 = 1000;

/// A filter for these values; none for no values.
fn one_of(name: &str, values: Vec<String>) -> Option<Vec<sdk::Filter>> {
    let filter = sdk::Filter::builder().name(name);
    (!values.is_empty()).then(|| vec![filter.set_values(Some(values)).build()])
}

pub(crate) async fn describe_regions(
    client: &Client,
    _: DescribeRegions,
) -> Result<Vec<RegionInfo>, CloudError> {
    let call = client.describe_regions().all_regions(true);
    let output = call.send().await.map_err(from_sdk)?;
    let regions = output.regions.unwrap_or_default();
    Ok(regions.into_iter().filter_map(region).collect())
}

pub(crate) async fn describe_vpcs(
    client: &Client,
    request: DescribeVpcs,
) -> Result<Page<Vpc>, CloudError> {
    let call = client.describe_vpcs().max_results(PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let decoder = OwnDecoder::default();
    let call = call.customize().interceptor(decoder.clone());
    let output = call.send().await.map_err(from_sdk)?;
    Ok(decoder.page(output.vpcs, vpc, output.next_token))
}

pub(crate) async fn describe_flow_logs(
    client: &Client,
    request: DescribeFlowLogs,
) -> Result<Page<FlowLog>, CloudError> {
    let filters = one_of("resource-id", request.resource_ids);
    let call = client.describe_flow_logs().max_results(PAGE_SIZE);
    let call = call.set_filter(filters).set_next_token(request.next_token);
    let decoder = OwnDecoder::default();
    let call = call.customize().interceptor(decoder.clone());
    let output = call.send().await.map_err(from_sdk)?;
    Ok(decoder.page(output.flow_logs, flow_log, output.next_token))
}

pub(crate) async fn describe_subnets(
    client: &Client,
    request: DescribeSubnets,
) -> Result<Page<Subnet>, CloudError> {
    let call = client.describe_subnets().max_results(PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let decoder = OwnDecoder::default();
    let call = call.customize().interceptor(decoder.clone());
    let output = call.send().await.map_err(from_sdk)?;
    Ok(decoder.page(output.subnets, subnet, output.next_token))
}

pub(crate) async fn describe_network_interfaces(
    client: &Client,
    request: DescribeNetworkInterfaces,
) -> Result<Page<NetworkInterface>, CloudError> {
    let filters = one_of("vpc-id", request.vpc_ids);
    let call = client.describe_network_interfaces().max_results(PAGE_SIZE);
    let call = call.set_filters(filters).set_next_token(request.next_token);
    let decoder = OwnDecoder::default();
    let call = call.customize().interceptor(decoder.clone());
    let output = call.send().await.map_err(from_sdk)?;
    Ok(decoder.page(
        output.network_interfaces,
        network_interface,
        output.next_token,
    ))
}

pub(crate) async fn describe_transit_gateways(
    client: &Client,
    request: DescribeTransitGateways,
) -> Result<Page<TransitGateway>, CloudError> {
    let call = client.describe_transit_gateways().max_results(PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.transit_gateways.unwrap_or_default(),
        transit_gateway,
        output.next_token,
    ))
}

pub(crate) async fn create_flow_logs(
    client: &Client,
    request: Box<CreateFlowLogs>,
) -> Result<BatchResult, CloudError> {
    let request = request.flow_logs;
    let call = client
        .create_flow_logs()
        .set_destination_options(destination_options(&request))
        .set_tag_specifications(tag_specifications(request.tags))
        .set_resource_ids(Some(request.resource_ids))
        .resource_type(request.resource_type.as_str().into())
        .set_traffic_type(request.traffic_type.as_deref().map(Into::into))
        .set_log_destination_type(request.log_destination_type.as_deref().map(Into::into))
        .set_log_destination(request.log_destination)
        .set_log_group_name(request.log_group_name)
        .set_deliver_logs_permission_arn(request.deliver_logs_permission_arn)
        .set_deliver_cross_account_role(request.deliver_cross_account_role)
        .set_log_format(request.log_format)
        .set_max_aggregation_interval(
            request
                .max_aggregation_interval
                .and_then(|seconds| i32::try_from(seconds).ok()),
        )
        .set_client_token(request.client_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(BatchResult {
        flow_log_ids: output.flow_log_ids.unwrap_or_default(),
        unsuccessful: unsuccessful(output.unsuccessful),
    })
}

pub(crate) async fn delete_flow_logs(
    client: &Client,
    request: Box<DeleteFlowLogs>,
) -> Result<BatchResult, CloudError> {
    let call = client.delete_flow_logs();
    let call = call.set_flow_log_ids(Some(request.flow_log_ids));
    let output = call.send().await.map_err(from_sdk)?;
    Ok(BatchResult {
        flow_log_ids: Vec::new(),
        unsuccessful: unsuccessful(output.unsuccessful),
    })
}

fn region(region: sdk::Region) -> Option<RegionInfo> {
    Some(RegionInfo {
        name: region.region_name?,
        enabled: region.opt_in_status.as_deref() != Some("not-opted-in"),
    })
}

fn vpc(vpc: sdk::Vpc) -> Vpc {
    Vpc {
        vpc_id: vpc.vpc_id.unwrap_or_default(),
        owner_id: vpc.owner_id,
        is_default: vpc.is_default,
        cidr_block: vpc.cidr_block,
        tags: tags(vpc.tags),
    }
}

fn flow_log(flow_log: sdk::FlowLog) -> FlowLog {
    let options = flow_log.destination_options;
    FlowLog {
        flow_log_id: flow_log.flow_log_id.unwrap_or_default(),
        resource_id: flow_log.resource_id,
        traffic_type: flow_log.traffic_type.map(|value| value.as_str().into()),
        flow_log_status: flow_log.flow_log_status,
        deliver_logs_status: flow_log.deliver_logs_status.map(Into::into),
        deliver_logs_error_message: flow_log.deliver_logs_error_message,
        deliver_logs_permission_arn: flow_log.deliver_logs_permission_arn,
        deliver_cross_account_role: flow_log.deliver_cross_account_role,
        log_destination_type: flow_log
            .log_destination_type
            .map(|value| value.as_str().into()),
        log_destination: flow_log.log_destination,
        log_group_name: flow_log.log_group_name,
        log_format: flow_log.log_format,
        max_aggregation_interval: flow_log.max_aggregation_interval.and_then(count),
        creation_time: flow_log.creation_time.as_ref().and_then(timestamp),
        file_format: options
            .as_ref()
            .and_then(|options| options.file_format.as_ref())
            .map(|value| value.as_str().to_owned()),
        hive_compatible_partitions: options
            .as_ref()
            .and_then(|options| options.hive_compatible_partitions),
        per_hour_partition: options.and_then(|options| options.per_hour_partition),
        tags: tags(flow_log.tags),
    }
}

fn subnet(subnet: sdk::Subnet) -> Subnet {
    Subnet {
        subnet_id: subnet.subnet_id.unwrap_or_default(),
        vpc_id: subnet.vpc_id,
        owner_id: subnet.owner_id,
        tags: tags(subnet.tags),
    }
}

fn network_interface(interface: sdk::NetworkInterface) -> NetworkInterface {
    let groups = interface.groups.unwrap_or_default().into_iter();
    let addresses = interface.private_ip_addresses.unwrap_or_default();
    let ipv6_addresses = interface.ipv6_addresses.unwrap_or_default().into_iter();
    let ipv4_prefixes = interface.ipv4_prefixes.unwrap_or_default().into_iter();
    let ipv6_prefixes = interface.ipv6_prefixes.unwrap_or_default().into_iter();
    NetworkInterface {
        network_interface_id: interface.network_interface_id.unwrap_or_default(),
        vpc_id: interface.vpc_id,
        subnet_id: interface.subnet_id,
        owner_id: interface.owner_id,
        status: interface.status.map(|value| value.as_str().to_owned()),
        interface_type: interface
            .interface_type
            .map(|value| value.as_str().to_owned()),
        instance_id: interface
            .attachment
            .and_then(|attachment| attachment.instance_id),
        security_group_ids: groups.filter_map(|group| group.group_id).collect(),
        private_ip_addresses: addresses.into_iter().filter_map(private_address).collect(),
        ipv6_addresses: ipv6_addresses.filter_map(|it| it.ipv6_address).collect(),
        prefixes: ipv4_prefixes
            .filter_map(|it| it.ipv4_prefix)
            .chain(ipv6_prefixes.filter_map(|it| it.ipv6_prefix))
            .collect(),
    }
}

fn private_address(address: sdk::NetworkInterfacePrivateIpAddress) -> Option<PrivateIpAddress> {
    Some(PrivateIpAddress {
        private_ip_address: address.private_ip_address?,
        public_ip: address.association.and_then(|it| it.public_ip),
    })
}

fn transit_gateway(gateway: sdk::TransitGateway) -> TransitGateway {
    TransitGateway {
        transit_gateway_id: gateway.transit_gateway_id.unwrap_or_default(),
        owner_id: gateway.owner_id,
        state: gateway.state.map(|value| value.as_str().to_owned()),
        tags: tags(gateway.tags),
    }
}

fn tags(tags: Option<Vec<sdk::Tag>>) -> Tags {
    tags.unwrap_or_default()
        .into_iter()
        .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
        .collect()
}

fn unsuccessful(items: Option<Vec<sdk::UnsuccessfulItem>>) -> Vec<Unsuccessful> {
    let convert = |item: sdk::UnsuccessfulItem| {
        let (code, message) = item.error.map_or((None, None), |e| (e.code, e.message));
        Unsuccessful {
            resource_id: item.resource_id.unwrap_or_default(),
            code: code.unwrap_or_default(),
            message: message.unwrap_or_default(),
        }
    };
    items.unwrap_or_default().into_iter().map(convert).collect()
}

/// Options of delivery to S3, if any was asked for: EC2 refuses them for other destinations.
fn destination_options(request: &FlowLogRequest) -> Option<sdk::DestinationOptionsRequest> {
    let asked = request.file_format.is_some()
        || request.hive_compatible_partitions.is_some()
        || request.per_hour_partition.is_some();
    asked.then(|| {
        sdk::DestinationOptionsRequest::builder()
            .set_file_format(request.file_format.as_deref().map(Into::into))
            .set_hive_compatible_partitions(request.hive_compatible_partitions)
            .set_per_hour_partition(request.per_hour_partition)
            .build()
    })
}

fn tag_specifications(tags: Tags) -> Option<Vec<sdk::TagSpecification>> {
    if tags.is_empty() {
        return None;
    }
    let tags = tags
        .into_iter()
        .map(|(key, value)| sdk::Tag::builder().key(key).value(value).build())
        .collect();
    Some(vec![
        sdk::TagSpecification::builder()
            .resource_type(sdk::ResourceType::VpcFlowLog)
            .set_tags(Some(tags))
            .build(),
    ])
}

#[cfg(test)]
#[path = "ec2_tests.rs"]
mod tests;
