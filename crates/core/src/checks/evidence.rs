//! Evidence that several checks give in the same words.

use std::collections::BTreeMap;

use flowcover_record::Destination;
use serde_json::Value;

use super::draft::Draft;
use super::{Check, Sink, resource};
use crate::judge::Context;
use crate::judge::context::Home;
use crate::judge::delivery::Proof;
use crate::judge::index::FlowLogAt;

/// Lists in evidence are cut after so many; the count beside them is of all.
pub(super) const MOST_LISTED: usize = 20;

/// Adds a list of ids, cut, and how many there are.
pub(super) fn listed<const E: bool>(draft: Draft<E>, field: &str, ids: &[&str]) -> Draft<true> {
    let first: Vec<&str> = ids.iter().take(MOST_LISTED).copied().collect();
    draft
        .evidence(field, first)
        .evidence(&format!("{field}Count"), ids.len())
}

/// Begins a finding about a flow log, with the fields that tell how it delivers.
pub(super) fn about_flow_log(
    check: &'static Check,
    context: &Context<'_>,
    at: &FlowLogAt<'_>,
    message: impl Into<String>,
) -> Draft<true> {
    let flow_log = at.flow_log;
    let text = |text: Option<&str>| text.map(Value::from);
    let fields = [
        ("ResourceId", text(flow_log.resource_id.as_deref())),
        ("LogDestination", text(flow_log.log_destination.as_deref())),
        ("LogGroupName", text(flow_log.log_group_name.as_deref())),
        (
            "DeliverLogsPermissionArn",
            text(flow_log.deliver_logs_permission_arn.as_deref()),
        ),
        (
            "DeliverLogsErrorMessage",
            text(flow_log.deliver_logs_error_message.as_deref()),
        ),
    ];
    let status = flow_log
        .deliver_logs_status
        .as_ref()
        .map(|status| status.as_str());
    let draft = check
        .finds(resource::flow_log(context, at), message)
        .evidence("FlowLogId", flow_log.flow_log_id.as_str())
        .evidence("DeliverLogsStatus", status);
    let given = fields
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)));
    given.fold(draft, |draft, (field, value)| draft.evidence(field, value))
}

/// Pushes a finding for each flow log that has a proof of this check.
pub(super) fn each_proof(
    check: &'static Check,
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    make: impl Fn(&FlowLogAt<'_>, &Proof) -> Draft<true>,
) {
    for &place in &context.in_order {
        let proofs = context.deliveries[place].proofs.iter();
        for proof in proofs.filter(|proof| proof.check() == check.id) {
            sink.on_flow_log(place, make(&context.index.flow_logs[place], proof));
        }
    }
}

/// What depends on one role or destination.
#[derive(Debug, Default)]
pub(super) struct Dependents<'c> {
    /// VPCs and transit gateways, sorted, each once.
    pub(super) resources: Vec<&'c str>,
    /// The VPCs among them, as places in the context, sorted, each once.
    vpcs: Vec<usize>,
    /// Flow logs, as places in the index.
    pub(super) flow_logs: Vec<usize>,
}

impl<'c> Dependents<'c> {
    /// Adds them to a finding.
    pub(super) fn add_to<const E: bool>(&self, draft: Draft<E>) -> Draft<true> {
        listed(draft, "Affected", &self.resources).shared_by(self.vpcs.clone())
    }
}

/// What depends on each role or destination, by the key that `key` gives.
pub(super) fn dependents<'c>(
    context: &'c Context<'_>,
    key: impl Fn(&'c FlowLogAt<'_>) -> Option<&'c str>,
) -> BTreeMap<&'c str, Dependents<'c>> {
    let mut found: BTreeMap<&'c str, Dependents<'c>> = BTreeMap::new();
    for (place, at) in context.index.flow_logs.iter().enumerate() {
        let Some(key) = key(at) else { continue };
        let dependents = found.entry(key).or_default();
        dependents.flow_logs.push(place);
        dependents.resources.push(match context.homes[place] {
            Home::Vpc(vpc) => {
                dependents.vpcs.push(vpc);
                &context.vpcs[vpc].vpc.vpc_id
            }
            Home::TransitGateway(gateway) => {
                &context.transit_gateways[gateway].gateway.transit_gateway_id
            }
            Home::Nowhere => at.flow_log.resource_id.as_deref().unwrap_or("?"),
        });
    }
    for dependents in found.values_mut() {
        dependents.resources.sort_unstable();
        dependents.resources.dedup();
        dependents.vpcs.sort_unstable();
        dependents.vpcs.dedup();
    }
    found
}

/// Key for [`dependents`]: the log group that a flow log delivers to.
pub(super) fn log_group_arn<'c>(at: &'c FlowLogAt<'_>) -> Option<&'c str> {
    let is_group = matches!(at.destination.named, Destination::LogGroup { .. });
    is_group.then_some(at.destination.key.as_str())
}

/// Key for [`dependents`]: the bucket that a flow log delivers to.
pub(super) fn bucket_name<'c>(at: &'c FlowLogAt<'_>) -> Option<&'c str> {
    let is_bucket = matches!(at.destination.named, Destination::Bucket { .. });
    is_bucket.then_some(at.destination.key.as_str())
}
