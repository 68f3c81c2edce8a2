//! Nothing arrived lately although interfaces are in use (`--prove`).

use jiff::Timestamp;

use super::evidence::{about_flow_log, each_proof, listed};
use super::{Check, Sink};
use crate::Severity;
use crate::inventory::{Fact, LastRecord, TrafficType};
use crate::judge::Context;
use crate::judge::delivery::{Proof, window_start};
use crate::judge::index::FlowLogAt;

/// The check.
pub const CHECK: Check = Check {
    id: "records-stale",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    flow_logs_gone_silent(context, sink);
    interfaces_gone_silent(context, sink);
}

fn flow_logs_gone_silent(context: &Context<'_>, sink: &mut Sink<'_>) {
    let window = &context.policy.freshness_seconds;
    each_proof(&CHECK, context, sink, |at, proof| {
        let id = &at.flow_log.flow_log_id;
        let newest = match proof {
            Proof::RecordsStale { at: Some(newest) } => Some(newest.to_string()),
            _ => None,
        };
        let found = context
            .inventory()
            .last_records
            .get(id)
            .and_then(Fact::present);
        let message = match &newest {
            Some(newest) => format!(
                "the newest record of flow log {id} is of {newest}, older than {} seconds",
                window.value
            ),
            None => format!("no record of flow log {id} was found"),
        };
        about_flow_log(&CHECK, context, at, format!("{message}, although interfaces are in use"))
            .evidence("LastRecordAt", newest)
            .evidence("SearchedFrom", found.map(|found| found.searched_from.to_string()))
            .policy(&window.origin)
            .fix("find out why delivery stopped: destination, role, quota; if nothing is wrong, create the flow log anew", false)
    });
}

/// Where the destination tells interfaces apart: those that are in use, and silent beside others that
/// are not. The flow log delivers, so this decides no verdict. A flow log of refused traffic only may
/// well have nothing to say of an interface.
fn interfaces_gone_silent(context: &Context<'_>, sink: &mut Sink<'_>) {
    let inventory = context.inventory();
    let window = &context.policy.freshness_seconds;
    let since = window_start(inventory.collected_at, window.value);
    for &place in &context.in_order {
        let at = &context.index.flow_logs[place];
        if at.flow_log.traffic_type != Some(TrafficType::All) {
            continue;
        }
        let last = inventory.last_records.get(&at.flow_log.flow_log_id);
        let Some(last) = last.and_then(Fact::present) else {
            continue;
        };
        let (silent, in_use) = silent(context, at, last, since);
        if silent.is_empty() {
            continue;
        }
        let message = format!(
            "{} of {in_use} network interfaces in use have no record in flow log {} since {}, and others have",
            silent.len(),
            at.flow_log.flow_log_id,
            since.max(last.searched_from),
        );
        let draft = about_flow_log(&CHECK, context, at, message)
            .severity(Severity::Low)
            .evidence("LastRecordAt", last.at.map(|at| at.to_string()))
            .evidence("SearchedFrom", last.searched_from.to_string());
        let draft = listed(draft, "NetworkInterfaceId", &silent)
            .policy(&window.origin)
            .fix("see whether the interface was attached only now, and whether its log stream is older; an interface without traffic still gets NODATA records", false);
        sink.on_flow_log(place, draft);
    }
}

/// Interfaces in use without a record since then, and how many are in use; none where no interface
/// has one, for then the flow log as a whole is judged.
fn silent<'c>(
    context: &'c Context<'_>,
    at: &FlowLogAt<'c>,
    last: &LastRecord,
    since: Timestamp,
) -> (Vec<&'c str>, usize) {
    let speaks = |eni: &str| {
        last.interfaces
            .get(eni)
            .is_some_and(|&newest| newest >= since)
    };
    let searched_enough = last.searched_from <= since;
    if !searched_enough || !last.interfaces.values().any(|&newest| newest >= since) {
        return (Vec::new(), 0);
    }
    let region = context.index.region_of(at);
    let resource_id = at.flow_log.resource_id.as_deref().unwrap_or_default();
    let reached = region.interfaces_in_reach(at.kind, resource_id);
    let in_use: Vec<&str> = reached
        .unwrap_or_default()
        .iter()
        .filter(|eni| eni.status.as_deref() == Some("in-use"))
        .map(|eni| eni.network_interface_id.as_str())
        .collect();
    let count = in_use.len();
    (
        in_use.into_iter().filter(|eni| !speaks(eni)).collect(),
        count,
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::{Fact, Inventory, LastRecord, TrafficType};
    use crate::policy::Policy;
    use crate::verdict::Verdict;

    #[test]
    fn three_ways_to_look() {
        let newest = |at: &str| -> Inventory {
            but(recorded(), |i| {
                i.proved = true;
                let record = LastRecord {
                    at: Some(at.parse().unwrap()),
                    seen_in: None,
                    searched_from: "2026-11-01T00:00:00Z".parse().unwrap(),
                    interfaces: BTreeMap::new(),
                };
                i.last_records
                    .insert("fl-1".to_owned(), Fact::Present(record));
            })
        };
        let unread = but(recorded(), |i| {
            i.proved = true;
            i.last_records.insert("fl-1".to_owned(), Fact::NotRead);
        });
        let cases = [
            newest("2026-11-20T11:55:00Z"),
            newest("2026-11-19T00:00:00Z"),
            unread,
        ];
        let found = three_ways("records-stale", &Policy::default(), cases);
        assert_eq!(found[0].evidence["LastRecordAt"], "2026-11-19T00:00:00Z");
    }

    /// Two interfaces, with these newest records.
    fn by_interface(newest: &[(&str, &str)]) -> Inventory {
        but(recorded(), |i| {
            i.proved = true;
            let enis = &mut i.regions[0].network_interfaces.items;
            *enis = ["eni-1", "eni-2"]
                .map(|id| eni(id, "subnet-1", "vpc-1"))
                .into();
            let parsed = newest
                .iter()
                .map(|(eni, at)| ((*eni).to_owned(), at.parse().unwrap()));
            let interfaces: BTreeMap<_, jiff::Timestamp> = parsed.collect();
            let record = LastRecord {
                at: interfaces.values().max().copied(),
                seen_in: None,
                searched_from: "2026-11-01T00:00:00Z".parse().unwrap(),
                interfaces,
            };
            i.last_records
                .insert("fl-1".to_owned(), Fact::Present(record));
        })
    }

    #[test]
    fn an_interface_that_is_silent_beside_another_is_named_and_decides_nothing() {
        let fresh = "2026-11-20T11:55:00Z";
        let old = "2026-11-02T00:00:00Z";
        for newest in [&[("eni-1", fresh)][..], &[("eni-1", fresh), ("eni-2", old)]] {
            let report = cis(&by_interface(newest));
            assert_eq!(report.vpcs[0].verdict, Verdict::Recorded);
            let found = findings(&report, "records-stale");
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].severity, Severity::Low);
            assert_eq!(found[0].evidence["NetworkInterfaceId"][0], "eni-2");
        }
    }

    #[test]
    fn interfaces_that_all_speak_or_cannot_be_told_apart_are_no_finding() {
        let fresh = "2026-11-20T11:55:00Z";
        let both = by_interface(&[("eni-1", fresh), ("eni-2", fresh)]);
        let bucket = but(by_interface(&[("eni-1", fresh)]), |i| {
            if let Some(Fact::Present(last)) = i.last_records.get_mut("fl-1") {
                last.interfaces.clear();
            }
        });
        let refused_only = but(by_interface(&[("eni-1", fresh)]), |i| {
            i.regions[0].flow_logs.items[0].traffic_type = Some(TrafficType::Reject);
        });
        for inventory in [both, bucket, refused_only] {
            assert_eq!(findings(&cis(&inventory), "records-stale"), []);
        }
    }
}
