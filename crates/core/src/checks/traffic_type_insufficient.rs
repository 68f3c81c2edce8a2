//! What is captured is narrower than the policy asks.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::judge::Context;
use crate::judge::traffic::Traffic;
use crate::verdict::Verdict;

/// The check.
pub const CHECK: Check = Check {
    id: "traffic-type-insufficient",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let asked = Traffic::asked(&context.policy.traffic_type.value);
    for (place, judged) in context.vpcs.iter().enumerate() {
        let coverage = &judged.coverage;
        let captured = coverage.captured_where_narrow();
        let Some(captured) = captured.filter(|_| judged.answer.otherwise == Verdict::NotRecorded)
        else {
            continue;
        };
        let (asked, place_of) = (
            asked.as_str(),
            if coverage.some_covered {
                "on some subnets or network interfaces flow logs"
            } else {
                "flow logs"
            },
        );
        let types: serde_json::Map<_, _> = context
            .flow_logs_of(judged)
            .map(|(at, _)| {
                let captures = at
                    .flow_log
                    .traffic_type
                    .as_ref()
                    .map(|captures| captures.as_str());
                (at.flow_log.flow_log_id.clone(), captures.into())
            })
            .collect();
        let draft = CHECK
            .finds(
                resource::vpc(context, judged),
                format!("{place_of} capture {captured}, and the policy asks for {asked}"),
            )
            .evidence("TrafficType", types)
            .policy(&context.policy.traffic_type.origin)
            .fix(format!("create a flow log on the VPC that captures {asked}, then delete the narrower one"), false);
        sink.on_vpc(place, draft);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{FlowLog, Inventory, TrafficType};
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let captures = |captured: Option<&str>| {
            let traffic_type = captured.map(TrafficType::from);
            with(vec![FlowLog {
                traffic_type,
                ..flow_log("fl-1", "vpc-1")
            }])
        };
        let cases = [
            captures(Some("REJECT")),
            captures(Some("ACCEPT")),
            captures(None),
        ];
        let found = three_ways("traffic-type-insufficient", &Policy::default(), cases);
        assert_eq!(found[0].evidence["TrafficType"]["fl-1"], "ACCEPT");
        assert_eq!(found[0].policy.as_ref().unwrap().source, "preset cis");
    }

    fn on_two_subnets(first: &str, second: Option<&str>) -> Inventory {
        let log = |id: &str, subnet: &str, captured: &str| FlowLog {
            traffic_type: Some(TrafficType::from(captured)),
            ..flow_log(id, subnet)
        };
        let mut logs = vec![log("fl-1", "subnet-1", first)];
        logs.extend(second.map(|second| log("fl-2", "subnet-2", second)));
        but(with(logs), |i| {
            i.regions[0].subnets.items.push(subnet("subnet-2", "vpc-1"));
            let second = eni("eni-2", "subnet-2", "vpc-1");
            i.regions[0].network_interfaces.items.push(second);
        })
    }

    #[test]
    fn narrow_in_one_place_and_wide_enough_in_another() {
        let mixed = cis(&on_two_subnets("REJECT", Some("ACCEPT")));
        let narrow = &findings(&mixed, "traffic-type-insufficient")[0];
        assert_eq!(narrow.severity, crate::Severity::High);
        assert!(
            narrow
                .message
                .contains("on some subnets or network interfaces flow logs capture ACCEPT only")
        );
        let partial = &findings(&mixed, "coverage-partial")[0].message;
        assert!(
            partial.contains("1 of 2")
                && partial.contains("no flow log that could deliver what the policy asks")
        );
        let bare = cis(&on_two_subnets("REJECT", None));
        assert_eq!(findings(&bare, "traffic-type-insufficient"), []);
        assert_eq!(findings(&bare, "coverage-partial").len(), 1);
    }

    #[test]
    fn one_type_here_and_the_other_there() {
        let split = on_two_subnets("REJECT", Some("ACCEPT"));
        let report = crate::judge::assess(&split, &Policy::preset("pci").unwrap());
        let message = &findings(&report, "traffic-type-insufficient")[0].message;
        assert!(
            message.contains("ACCEPT in one place and REJECT in another"),
            "{message}"
        );
        assert!(report.vpcs[0].reason.contains("ACCEPT in one place"));
    }
}
