//! VPCs and transit gateways of which not enough was read.

use super::refusal::Refusal;
use super::{Builder, Reason};
use crate::checks::fingerprint;
use crate::finding::Resource;
use crate::plan::NotFixed;
use crate::verdict::Verdict;

impl Builder<'_> {
    /// What stands among what is not fixed for each VPC and transit gateway whose verdict is unknown.
    pub(super) fn unread(&self) -> Vec<NotFixed> {
        let context = self.context;
        let vpcs = context.vpcs.iter().map(|judged| {
            (
                judged.region,
                "AWS::EC2::VPC",
                &judged.vpc.vpc_id,
                &judged.answer,
            )
        });
        let gateways = context.transit_gateways.iter().map(|judged| {
            let id = &judged.gateway.transit_gateway_id;
            (
                judged.region,
                "AWS::EC2::TransitGateway",
                id,
                &judged.answer,
            )
        });
        let gateways = gateways.filter(|_| context.policy.transit_gateways.value);
        let unknown = vpcs
            .chain(gateways)
            .filter(|(_, _, id, answer)| answer.verdict == Verdict::Unknown && self.concerns(id));
        unknown
            .map(|(place, kind, id, answer)| {
                let region = context.region(place).region;
                let resource = Resource {
                    account_id: Some(region.account_id.clone()),
                    region: Some(region.region.clone()),
                    kind: kind.to_owned(),
                    id: id.clone(),
                };
                let Refusal {
                    reason,
                    message,
                    manual,
                } = self.unknown(place, &answer.reason);
                NotFixed {
                    check: "not-readable".to_owned(),
                    fingerprint: fingerprint("not-readable", &resource, &["verdict".to_owned()]),
                    resource,
                    reason,
                    message,
                    manual,
                }
            })
            .collect()
    }

    /// Why nothing is done where the verdict is unknown, with the permission that is missing.
    pub(super) fn unknown(&self, region: usize, reason: &str) -> Refusal {
        const ACTIONS: [&str; 4] = [
            "ec2:DescribeFlowLogs",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ];
        let place = self.context.region(region).region;
        let gaps = &self.context.index.gaps;
        let gap = gaps.in_region(&place.account_id, &place.region, &ACTIONS);
        let permission = gap.and_then(|gap| gap.permission.as_deref());
        let mut refusal = Refusal::not_read(reason, permission);
        debug_assert_eq!(refusal.reason, Reason::NotRead);
        if permission.is_none()
            && self.context.inventory().depth == crate::inventory::Depth::Delivery
        {
            refusal.manual =
                vec!["audit at `--depth full`, which reads roles and destinations".to_owned()];
        }
        refusal
    }
}
