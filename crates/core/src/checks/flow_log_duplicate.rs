//! The same traffic is recorded, and paid, twice.

use std::collections::HashMap;

use super::{Check, Sink, resource};
use crate::Severity;
use crate::inventory::ResourceKind;
use crate::judge::Context;
use crate::judge::context::JudgedVpc;
use crate::judge::traffic::Traffic;

/// The check.
pub const CHECK: Check = Check {
    id: "flow-log-duplicate",
    severity: Severity::Low,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let allowed = &context.policy.duplicates_allowed;
    if allowed.value {
        return;
    }
    for (place, judged) in context.vpcs.iter().enumerate() {
        // Without an interface nothing is recorded, so nothing is recorded twice.
        if judged.coverage.flow_logs.len() < 2 || judged.presence.any == Some(false) {
            continue;
        }
        let pairs = pairs(context, judged);
        let Some(first) = pairs.first() else { continue };
        let traffic = first.traffic.as_str();
        let draft = CHECK
            .finds(
                resource::vpc(context, judged),
                format!(
                    "{traffic} traffic is recorded twice: by flow logs {} and {}",
                    first.ids[0], first.ids[1]
                ),
            )
            .evidence("FlowLogIds", first.ids.to_vec())
            .evidence("TrafficType", traffic)
            .evidence("Pairs", pairs.len())
            .policy(&allowed.origin)
            .fix(
                "delete the flow log that nobody reads, once the other is seen to deliver",
                false,
            );
        sink.on_vpc(place, draft);
    }
}

/// Two flow logs that capture the same traffic of the same interfaces.
struct Pair<'c> {
    ids: [&'c str; 2],
    traffic: Traffic,
}

/// The first flow log at one place that captures accepted traffic, and the first that captures rejected.
type First<'c> = [Option<&'c str>; 2];

const KINDS: [Traffic; 2] = [Traffic::ACCEPT, Traffic::REJECT];

/// The flow logs that already capture what one more captures, and what of it.
fn already<'c>(first: &First<'c>, id: &'c str, sure: Traffic) -> Vec<Pair<'c>> {
    let mut pairs: Vec<Pair<'c>> = Vec::new();
    for (kind, by) in KINDS.into_iter().zip(first) {
        let Some(other) = by.filter(|other| *other != id && sure.covers(kind)) else {
            continue;
        };
        match pairs.last_mut().filter(|pair| pair.ids[0] == other) {
            Some(pair) => pair.traffic = pair.traffic.union(kind),
            None => pairs.push(Pair {
                ids: [other, id],
                traffic: kind,
            }),
        }
    }
    pairs
}

/// Each flow log that works is held against those on its own resource and on what holds that.
fn pairs<'c>(context: &'c Context<'_>, judged: &'c JudgedVpc<'_>) -> Vec<Pair<'c>> {
    let mut flow_logs: Vec<_> = context.flow_logs_of(judged).collect();
    flow_logs.sort_by_key(|(at, _)| match at.kind {
        ResourceKind::Vpc => 0,
        ResourceKind::Subnet => 1,
        _ => 2,
    });
    let region = context.region(judged.region);
    let mut captured: HashMap<&str, First<'c>> = HashMap::new();
    let mut pairs = Vec::new();
    for (at, delivery) in flow_logs {
        let (Some(resource), sure) = (at.flow_log.resource_id.as_deref(), delivery.sure()) else {
            continue;
        };
        let id = at.flow_log.flow_log_id.as_str();
        let subnet = region.subnet_of_interface(resource);
        let above = [Some(judged.vpc.vpc_id.as_str()), subnet, Some(resource)];
        let twice = above.into_iter().flatten().find_map(|place| {
            let pairs = already(captured.get(place)?, id, sure);
            (!pairs.is_empty()).then_some(pairs)
        });
        pairs.extend(twice.into_iter().flatten());
        let here = captured.entry(resource).or_default();
        for (kind, by) in KINDS.into_iter().zip(here) {
            if sure.covers(kind) {
                by.get_or_insert(id);
            }
        }
    }
    pairs
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{FlowLog, TrafficType};
    use crate::policy::Policy;

    fn captures(id: &str, resource: &str, traffic_type: &str) -> FlowLog {
        FlowLog {
            traffic_type: Some(TrafficType::from(traffic_type)),
            ..flow_log(id, resource)
        }
    }

    #[test]
    fn three_ways_to_look() {
        let apart = with(vec![
            captures("fl-1", "vpc-1", "ACCEPT"),
            captures("fl-2", "subnet-1", "REJECT"),
        ]);
        let twice = with(vec![
            captures("fl-1", "vpc-1", "ALL"),
            captures("fl-2", "subnet-1", "REJECT"),
        ]);
        let unread = but(twice.clone(), |i| {
            i.roles.clear();
            i.regions[0]
                .flow_logs
                .items
                .iter_mut()
                .for_each(|log| log.deliver_logs_status = None);
        });
        let found = three_ways(
            "flow-log-duplicate",
            &Policy::default(),
            [apart, twice, unread],
        );
        assert_eq!(found[0].evidence["TrafficType"], "REJECT");
        assert_eq!(found[0].evidence["FlowLogIds"][1], "fl-2");
    }

    #[test]
    fn the_flow_log_that_captures_the_same_is_named() {
        let pair = |types: [&str; 3]| {
            let logs = ["fl-1", "fl-2", "fl-3"].into_iter().zip(types);
            let logs = logs.map(|(id, captured)| captures(id, "vpc-1", captured));
            let mut found = findings(&cis(&with(logs.collect())), "flow-log-duplicate");
            let evidence = found.remove(0).evidence;
            let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let ids = evidence["FlowLogIds"].as_array().unwrap();
            let pairs = evidence["Pairs"].as_u64().unwrap();
            (
                word(&ids[0]),
                word(&ids[1]),
                word(&evidence["TrafficType"]),
                pairs,
            )
        };
        let told = |first: &str, second: &str, traffic: &str, pairs| {
            (
                first.to_owned(),
                second.to_owned(),
                traffic.to_owned(),
                pairs,
            )
        };
        assert_eq!(
            pair(["ACCEPT", "REJECT", "REJECT"]),
            told("fl-2", "fl-3", "REJECT", 1)
        );
        assert_eq!(
            pair(["ACCEPT", "REJECT", "ALL"]),
            told("fl-1", "fl-3", "ACCEPT", 2)
        );
        assert_eq!(
            pair(["ALL", "REJECT", "ACCEPT"]),
            told("fl-1", "fl-2", "REJECT", 2)
        );
        assert_eq!(pair(["ALL", "ALL", "ALL"]), told("fl-1", "fl-2", "ALL", 2));
    }

    #[test]
    fn subnet_and_its_interface() {
        let twice = with(vec![
            flow_log("fl-1", "subnet-1"),
            flow_log("fl-2", "eni-1"),
        ]);
        assert_eq!(findings(&cis(&twice), "flow-log-duplicate").len(), 1);
        let other = but(
            with(vec![
                flow_log("fl-1", "subnet-2"),
                flow_log("fl-2", "eni-1"),
            ]),
            |i| {
                i.regions[0].subnets.items.push(subnet("subnet-2", "vpc-1"));
            },
        );
        assert_eq!(findings(&cis(&other), "flow-log-duplicate"), []);
    }

    #[test]
    fn one_finding_for_many_pairs() {
        let many = with(
            (0..9)
                .map(|n| flow_log(&format!("fl-{n}"), "vpc-1"))
                .collect(),
        );
        let found = findings(&cis(&many), "flow-log-duplicate");
        assert_eq!((found.len(), &found[0].evidence["Pairs"]), (1, &8.into()));
    }
}
