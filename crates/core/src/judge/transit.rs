//! The verdict on a transit gateway.

use super::delivery::{Delivery, Works};
use super::gaps::in_words;
use super::index::{Index, RegionIndex};
use super::verdict::Answer;
use crate::inventory::{Depth, ResourceKind, TransitGateway};
use crate::verdict::{Basis, Verdict};

/// Judges one transit gateway, before exemptions.
///
/// Attachments are not collected: where flow logs stand on attachments, whether they are all
/// attachments of this gateway cannot be told.
#[must_use]
pub fn judge(
    index: &Index<'_>,
    deliveries: &[Delivery],
    region: &RegionIndex<'_>,
    gateway: &TransitGateway,
) -> Answer {
    let id = gateway.transit_gateway_id.as_str();
    let place = region.region;
    if let Some(owner) = gateway
        .owner_id
        .as_deref()
        .filter(|owner| *owner != place.account_id)
    {
        return Answer {
            verdict: Verdict::NotOwned,
            basis: None,
            reason: format!("shared from account {owner}: its owner records it"),
        };
    }
    let mut own = index.on_resource(&place.region, id).to_vec();
    own.sort_by_key(|place| &index.flow_logs[*place].flow_log.flow_log_id);
    let works = |wanted: fn(&Works) -> bool| {
        own.iter()
            .find(|flow_log| wanted(&deliveries[**flow_log].works))
    };
    let name = |flow_log: &usize| index.flow_logs[*flow_log].flow_log.flow_log_id.as_str();
    let yes = works(|works| *works == Works::Yes(Basis::Facts))
        .or_else(|| works(|works| matches!(works, Works::Yes(_))));
    if let Some(flow_log) = yes {
        let basis = match deliveries[*flow_log].works {
            Works::Yes(basis) => basis,
            Works::No(_) | Works::Unknown => Basis::DeliveryStatus,
        };
        return Answer {
            verdict: Verdict::Recorded,
            basis: Some(basis),
            reason: format!(
                "flow log {} on the transit gateway delivers",
                name(flow_log)
            ),
        };
    }
    let unknown = |reason: String| Answer {
        verdict: Verdict::Unknown,
        basis: None,
        reason,
    };
    if !place.flow_logs.is_complete() {
        let gap = index
            .gaps
            .in_region(&place.account_id, &place.region, &["ec2:DescribeFlowLogs"]);
        return unknown(format!(
            "flow logs could not all be listed ({})",
            in_words(gap)
        ));
    }
    if let Some(flow_log) = works(|works| *works == Works::Unknown) {
        let doubt = deliveries[*flow_log]
            .doubts
            .first()
            .map_or("", |doubt| doubt);
        return unknown(format!(
            "whether flow log {} delivers is not known: {doubt}",
            name(flow_log)
        ));
    }
    let on_attachment = region.flow_logs.clone().find(|flow_log| {
        index.flow_logs[*flow_log].kind == ResourceKind::TransitGatewayAttachment
            && !matches!(deliveries[*flow_log].works, Works::No(_))
    });
    if let Some(flow_log) = on_attachment {
        return unknown(format!(
            "flow logs stand on attachments only ({}), and whether on all of them cannot be told: attachments are not collected",
            name(&flow_log)
        ));
    }
    let basis = match index.inventory.depth {
        Depth::Full => Basis::Facts,
        Depth::Delivery => Basis::DeliveryStatus,
    };
    let reason = match own.first() {
        None => "no flow log on the transit gateway".to_owned(),
        Some(flow_log) => {
            let clause = deliveries[*flow_log]
                .main_proof()
                .map(super::delivery::Proof::clause);
            format!(
                "flow log {} does not deliver: {}",
                name(flow_log),
                clause.unwrap_or_default()
            )
        }
    };
    Answer {
        verdict: Verdict::NotRecorded,
        basis: Some(basis),
        reason,
    }
}
