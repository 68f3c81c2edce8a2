//! What EC2 answers about networks.

use std::collections::HashSet;

use flowcover_core::inventory::{FlowLog, NetworkInterface, Subnet, TransitGateway, Vpc};

use super::World;
use super::network::FlowLogState;
use crate::{CloudError, Page, RegionInfo};

impl World {
    /// Every region, with the account's opt-in state.
    pub(super) fn describe_regions(&self, account_id: &str) -> Vec<RegionInfo> {
        self.regions
            .iter()
            .map(|name| RegionInfo {
                name: name.clone(),
                enabled: self.is_enabled(account_id, name),
            })
            .collect()
    }

    /// Own VPCs, and those shared with the account: their `OwnerId` is another one, and their tags are not told.
    pub(super) fn describe_vpcs(
        &self,
        account_id: &str,
        region: &str,
        token: Option<&str>,
    ) -> Result<Page<Vpc>, CloudError> {
        let network = self.network(account_id, region);
        let own = network.into_iter().flat_map(|it| it.vpcs.values().cloned());
        let shared = network
            .into_iter()
            .flat_map(|it| &it.shared)
            .filter_map(|(vpc_id, owner)| {
                let vpc = self.network(owner, region)?.vpcs.get(vpc_id)?;
                Some(Vpc {
                    tags: flowcover_core::inventory::Tags::new(),
                    ..vpc.clone()
                })
            });
        self.paging
            .page("ec2:DescribeVpcs", own.chain(shared), token)
    }

    pub(super) fn describe_flow_logs(
        &self,
        account_id: &str,
        region: &str,
        resource_ids: &[String],
        token: Option<&str>,
    ) -> Result<Page<FlowLog>, CloudError> {
        let wanted = filter_values(resource_ids)?;
        let flow_logs = self
            .network(account_id, region)
            .into_iter()
            .flat_map(|it| it.flow_logs.values())
            .map(FlowLogState::answer)
            .filter(|log| {
                let on = log.resource_id.as_deref();
                wanted.is_empty() || on.is_some_and(|id| wanted.contains(id))
            });
        self.paging.page("ec2:DescribeFlowLogs", flow_logs, token)
    }

    pub(super) fn describe_subnets(
        &self,
        account_id: &str,
        region: &str,
        token: Option<&str>,
    ) -> Result<Page<Subnet>, CloudError> {
        let network = self.network(account_id, region);
        let own = network
            .into_iter()
            .flat_map(|it| it.subnets.values().cloned());
        let shared = network
            .into_iter()
            .flat_map(|it| &it.shared)
            .filter_map(|(vpc_id, owner)| Some((vpc_id, self.network(owner, region)?)))
            .flat_map(|(vpc_id, owner)| {
                owner
                    .subnets
                    .values()
                    .filter(move |subnet| subnet.vpc_id.as_ref() == Some(vpc_id))
                    .cloned()
            });
        self.paging
            .page("ec2:DescribeSubnets", own.chain(shared), token)
    }

    pub(super) fn describe_network_interfaces(
        &self,
        account_id: &str,
        region: &str,
        vpc_ids: &[String],
        token: Option<&str>,
    ) -> Result<Page<NetworkInterface>, CloudError> {
        let wanted = filter_values(vpc_ids)?;
        let interfaces = self
            .network(account_id, region)
            .into_iter()
            .flat_map(|it| it.interfaces.values())
            .map(|interface| &interface.detail)
            .filter(|detail| {
                wanted.is_empty()
                    || detail
                        .vpc_id
                        .as_deref()
                        .is_some_and(|id| wanted.contains(id))
            })
            .cloned();
        self.paging
            .page("ec2:DescribeNetworkInterfaces", interfaces, token)
    }

    pub(super) fn describe_transit_gateways(
        &self,
        account_id: &str,
        region: &str,
        token: Option<&str>,
    ) -> Result<Page<TransitGateway>, CloudError> {
        let gateways = self
            .network(account_id, region)
            .into_iter()
            .flat_map(|it| it.gateways.values().cloned());
        self.paging
            .page("ec2:DescribeTransitGateways", gateways, token)
    }
}

impl FlowLogState {
    /// As AWS tells it. Answers recorded years ago lack fields that came later.
    fn answer(&self) -> FlowLog {
        let detail = self.detail.clone();
        if !self.old_answer {
            return detail;
        }
        FlowLog {
            log_format: None,
            max_aggregation_interval: None,
            log_destination_type: None,
            log_destination: detail
                .log_destination
                .filter(|_| detail.log_group_name.is_none()),
            tags: flowcover_core::inventory::Tags::new(),
            ..detail
        }
    }
}

/// The values of a filter: at most 200 (EC2 API reference, "Filtering").
pub(super) fn filter_values(values: &[String]) -> Result<HashSet<&str>, CloudError> {
    if values.len() > 200 {
        return Err(CloudError::answered(
            "FilterLimitExceeded",
            400,
            "the maximum number of filter values specified on a single call is 200",
        ));
    }
    Ok(values.iter().map(String::as_str).collect())
}
