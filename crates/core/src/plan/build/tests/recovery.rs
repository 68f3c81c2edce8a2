//! Which flow logs deliver again once what they depend on is mended, and what follows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::inventory::*;
use crate::judge::assess;
use crate::judge::delivery::reports_failure;
use crate::plan::{Change, Plan};
use crate::policy::Policy;

/// Ids of the flow logs that failed for want of a permission of their role.
pub(super) fn stuck(inventory: &Inventory) -> BTreeSet<String> {
    let report = assess(inventory, &Policy::default());
    let reported = inventory.regions.iter().flat_map(|region| {
        let logs = region.flow_logs.items.iter();
        logs.filter(|log| reports_failure(log))
            .map(|log| log.flow_log_id.as_str())
    });
    let reported: BTreeSet<&str> = reported.collect();
    let stuck = report
        .all_findings()
        .filter(|it| it.check == "role-lacks-permission");
    let stuck = stuck.map(|it| it.resource.id.clone());
    stuck.filter(|id| reported.contains(id.as_str())).collect()
}

/// AWS takes back its complaint about flow logs whose cause was mended, but for some, and where something flows, records arrive.
pub(super) fn recover(world: &mut Inventory, plan: &Plan, stuck: &BTreeSet<String>) {
    let mended: Vec<&str> = plan
        .steps
        .iter()
        .filter(|step| !matches!(step.change, Change::DeleteFlowLogs { .. }))
        .flat_map(|step| &step.answers)
        .map(|answered| answered.resource.as_str())
        .filter(|id| !stuck.contains(*id))
        .collect();
    for region in &mut world.regions {
        for log in &mut region.flow_logs.items {
            if mended.contains(&log.flow_log_id.as_str()) {
                log.deliver_logs_status = Some(DeliverLogsStatus::Success);
                log.deliver_logs_error_message = None;
                if let Some(last) = world.last_records.get_mut(&log.flow_log_id) {
                    records_arrive(last, world.collected_at);
                }
            }
        }
    }
}

/// Also where there was no place for records before. What could not be searched still cannot.
fn records_arrive(last: &mut Fact<LastRecord>, at: Timestamp) {
    match last {
        Fact::Present(last) => last.at = Some(at),
        Fact::Absent => {
            *last = Fact::Present(LastRecord {
                at: Some(at),
                seen_in: None,
                searched_from: at,
                interfaces: BTreeMap::new(),
            });
        }
        Fact::NotRead => {}
    }
}
