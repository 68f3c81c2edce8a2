//! A transit gateway without a flow log that delivers.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::judge::Context;
use crate::verdict::Verdict;

/// The check.
pub const CHECK: Check = Check {
    id: "transit-gateway-not-recorded",
    severity: Severity::Medium,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let asked = &context.policy.transit_gateways;
    if !asked.value {
        return;
    }
    for (place, judged) in context.transit_gateways.iter().enumerate() {
        if judged.answer.otherwise != Verdict::NotRecorded {
            continue;
        }
        let region = &context.region(judged.region).region.region;
        let id = &judged.gateway.transit_gateway_id;
        let on_it = context.index.on_resource(region, id).iter();
        let flow_logs: Vec<&str> = on_it
            .map(|place| {
                context.index.flow_logs[*place]
                    .flow_log
                    .flow_log_id
                    .as_str()
            })
            .collect();
        let draft = CHECK
            .finds(
                resource::gateway(context, judged),
                "the transit gateway has no flow log that delivers",
            )
            .evidence("FlowLogs", flow_logs)
            .policy(&asked.origin)
            .fix("create a flow log on the transit gateway", true);
        sink.on_transit_gateway(place, draft);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::{FlowLog, Inventory, Listing, Tags, TransitGateway};
    use crate::judge::assess;
    use crate::policy::{Policy, Setting};

    fn transit(flow_logs: Vec<FlowLog>) -> Inventory {
        but(with(flow_logs), |i| {
            i.regions[0].transit_gateways = Listing::complete(vec![TransitGateway {
                transit_gateway_id: "tgw-1".to_owned(),
                owner_id: Some(ACCOUNT.to_owned()),
                state: Some("available".to_owned()),
                tags: Tags::new(),
            }]);
        })
    }

    #[test]
    fn three_ways_to_look() {
        let good = transit(vec![FlowLog {
            traffic_type: None,
            ..flow_log("fl-1", "tgw-1")
        }]);
        let unread = but(transit(vec![]), |i| {
            i.regions[0].flow_logs = Listing::not_read()
        });
        let cases = [good, transit(vec![]), unread];
        let found = three_ways("transit-gateway-not-recorded", &Policy::default(), cases);
        assert_eq!(found[0].severity, Severity::Medium);
    }

    #[test]
    fn policy_may_weigh_it_otherwise() {
        let failing = FlowLog {
            deliver_logs_status: Some(crate::inventory::DeliverLogsStatus::Failed),
            ..flow_log("fl-1", "tgw-1")
        };
        let severity = |check: &str, told: Option<Severity>, asked: bool| {
            let policy = policy("cis", |policy| {
                policy.transit_gateways.value = asked;
                let told = told.map(|value| Setting {
                    value,
                    origin: policy.traffic_type.origin.clone(),
                });
                policy
                    .severities
                    .extend(told.map(|told| (check.to_owned(), told)));
            });
            let report = assess(&transit(vec![failing.clone()]), &policy);
            let of_gateway = &report.transit_gateways[0].findings;
            of_gateway
                .iter()
                .find(|finding| finding.check == check)
                .unwrap()
                .severity
        };
        for told in [
            Severity::Info,
            Severity::Low,
            Severity::Medium,
            Severity::High,
        ] {
            assert_eq!(
                severity("transit-gateway-not-recorded", Some(told), true),
                told
            );
            assert_eq!(severity("delivery-failing", Some(told), true), told);
        }
        assert_eq!(severity("delivery-failing", None, true), Severity::Medium);
        let high = Some(Severity::High);
        assert_eq!(severity("delivery-failing", high, false), Severity::Low);
    }

    #[test]
    fn policy_may_not_ask_for_it() {
        let lenient = policy("cis", |policy| policy.transit_gateways.value = false);
        let report = assess(&transit(vec![]), &lenient);
        assert_eq!(findings(&report, "transit-gateway-not-recorded"), []);
        assert_eq!(
            report.transit_gateways[0].verdict,
            crate::Verdict::NotRecorded
        );
    }
}
