//! Many VPCs: nothing that judges may be quadratic.

use crate::fixture::*;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::Policy;

/// VPCs in turn: recorded, without flow log, recorded by subnet, failing.
pub(crate) fn organisation(vpcs: usize) -> Inventory {
    let mut inventory = bare();
    let region = &mut inventory.regions[0];
    region.vpcs.items.clear();
    region.subnets.items.clear();
    region.network_interfaces.items.clear();
    for number in 0..vpcs {
        let (id, below) = (format!("vpc-{number}"), format!("subnet-{number}"));
        region.subnets.items.push(subnet(&below, &id));
        region
            .network_interfaces
            .items
            .push(eni(&format!("eni-{number}"), &below, &id));
        let on = match number % 4 {
            1 => None,
            2 => Some(&below),
            _ => Some(&id),
        };
        region.flow_logs.items.extend(on.map(|on| {
            let mut log = flow_log(&format!("fl-{number}"), on);
            if number % 4 == 3 {
                log.deliver_logs_status = Some(DeliverLogsStatus::Failed);
            }
            log
        }));
        region.vpcs.items.push(vpc(&id));
    }
    inventory
}

#[test]
fn twenty_thousand_vpcs() {
    let report = assess(&organisation(20_000), &Policy::default());
    assert_eq!(
        (
            report.summary.vpcs,
            report.summary.recorded,
            report.summary.not_recorded
        ),
        (20_000, 10_000, 10_000)
    );
    assert_eq!(
        findings(&report, "destination-shared").len(),
        1,
        "shared things are said once"
    );
}
