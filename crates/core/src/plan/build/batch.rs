//! Flow logs in as few calls as the API takes.

use std::collections::BTreeMap;

use super::Builder;
use super::steps::{Draft, Place, Rank};
use crate::call::FlowLogRequest;
use crate::finding::Resource;
use crate::inventory::ResourceKind;
use crate::plan::Change;

/// Most resources in one call (EC2 `CreateFlowLogs`, `ResourceId`).
const MOST_RESOURCES: usize = 300;

/// Most transit gateways in one call.
const MOST_TRANSIT_GATEWAYS: usize = 25;

impl Builder<'_> {
    /// Puts the flow logs that are made into steps, and lets deletions wait for them.
    pub(super) fn add_flow_log_steps(&mut self) {
        let mut batches: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (place, new) in self.made.iter().enumerate() {
            let alike = serde_json::to_string(&new.request).expect("a request has text keys only");
            batches.entry((new.region, alike)).or_default().push(place);
        }
        for mut batch in batches.into_values() {
            batch.sort_by(|a, b| self.made[*a].resource_id.cmp(&self.made[*b].resource_id));
            let kind = ResourceKind::of(&self.made[batch[0]].resource_id);
            let most = match kind {
                ResourceKind::TransitGateway => MOST_TRANSIT_GATEWAYS,
                _ => MOST_RESOURCES,
            };
            for chunk in batch.chunks(most) {
                self.add_batch(chunk);
            }
        }
        for (deletion, made) in std::mem::take(&mut self.waits) {
            let step = self.made[made].step.clone();
            self.steps.wait_for_delivery(&deletion, step);
        }
    }

    fn add_batch(&mut self, batch: &[usize]) {
        let first = &self.made[batch[0]];
        let region = self.context.index.regions[first.region].region;
        let ids: Vec<String> = batch
            .iter()
            .map(|new| self.made[*new].resource_id.clone())
            .collect();
        let mut existing: Vec<String> = batch
            .iter()
            .flat_map(|new| self.made[*new].existing.clone())
            .collect();
        existing.sort();
        existing.dedup();
        let name = name(&ids, &first.request);
        let resource = Resource {
            account_id: Some(region.account_id.clone()),
            region: Some(region.region.clone()),
            kind: "AWS::EC2::FlowLog".to_owned(),
            id: few(&ids),
        };
        let summary = summary(&ids, &first.request);
        let change = Change::CreateFlowLogs {
            flow_logs: FlowLogRequest {
                resource_ids: ids,
                ..first.request.clone()
            },
            existing,
        };
        let place = Place::regional(&region.account_id, &region.region, Rank::FlowLogs);
        let mut draft = Draft::new(place, "flow-log", &name, resource, change).summary(summary);
        let unique = draft.id.clone();
        let mut number = 2;
        while self.steps.contains(&draft.id) {
            draft.id = format!("{unique}/{number}");
            number += 1;
        }
        for new in batch {
            draft.after.extend(self.made[*new].after.iter().cloned());
        }
        let role = first.request.deliver_logs_permission_arn.as_deref();
        draft.blast_radius = self.users(role.map_or(&[], |role| self.users_of_role(role)));
        let step = self.steps.add(draft);
        for new in batch {
            for finding in self.made[*new].answers.clone() {
                self.steps.answer(&[step.clone()].into(), finding);
            }
            // Where the finding stays beside what is made, nothing else says why that is made.
            if let Some(reason) = self.made[*new].reason.clone() {
                for id in self.made[*new].after.iter().chain([&step]) {
                    self.steps.because(id, &reason);
                }
            }
            self.made[*new].step.clone_from(&step);
        }
    }
}

/// `vpc-1/REJECT`, `subnet-1+3/ALL`.
fn name(ids: &[String], request: &FlowLogRequest) -> String {
    let more = match ids.len() {
        1 => String::new(),
        many => format!("+{}", many - 1),
    };
    let traffic = request
        .traffic_type
        .as_deref()
        .map(|traffic| format!("/{traffic}"));
    format!("{}{more}{}", ids[0], traffic.unwrap_or_default())
}

fn few(ids: &[String]) -> String {
    match ids {
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => String::new(),
    }
}

fn summary(ids: &[String], request: &FlowLogRequest) -> String {
    let traffic = match request.traffic_type.as_deref() {
        Some("ALL") => "accepted and rejected traffic",
        Some("ACCEPT") => "accepted traffic",
        Some("REJECT") => "rejected traffic",
        _ => "traffic",
    };
    let to = request
        .log_group_name
        .as_deref()
        .map(|name| format!("log group {name}"));
    let to = to
        .or_else(|| request.log_destination.clone())
        .unwrap_or_default();
    format!("record {traffic} of {} to {to}", few(ids))
}
