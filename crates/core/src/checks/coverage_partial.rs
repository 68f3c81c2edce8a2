//! Only some subnets or network interfaces are covered.

use super::evidence::listed;
use super::{Check, Sink, resource};
use crate::Severity;
use crate::judge::Context;
use crate::judge::context::JudgedVpc;
use crate::verdict::{CoveredBy, Verdict};

/// The check.
pub const CHECK: Check = Check {
    id: "coverage-partial",
    severity: Severity::Low,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (place, judged) in context.vpcs.iter().enumerate() {
        let coverage = &judged.coverage;
        let bare = !coverage.bare_subnets.is_empty() || !coverage.bare_interfaces.is_empty();
        let partial = match judged.answer.otherwise {
            Verdict::Recorded => coverage.covered_by == CoveredBy::Interfaces,
            Verdict::NotRecorded | Verdict::Unknown => coverage.some_covered && bare,
            Verdict::NotOwned | Verdict::Exempt => false,
        };
        if partial {
            report(context, sink, place, judged);
        }
    }
}

fn report(context: &Context<'_>, sink: &mut Sink<'_>, place: usize, judged: &JudgedVpc<'_>) {
    let coverage = &judged.coverage;
    let subnets = match judged.answer.otherwise {
        Verdict::Recorded => &coverage.open_subnets,
        _ => &coverage.bare_subnets,
    };
    let interfaces = &coverage.bare_interfaces;
    let (severity, message) = match (interfaces.len(), subnets.len()) {
        (0, 0) => (
            Severity::Low,
            "every network interface of today is covered one by one: the next one will not be"
                .to_owned(),
        ),
        (0, bare) => (
            Severity::Low,
            format!(
                "{bare} of {} known subnets are covered by no flow log that could deliver what the policy asks for: the next network interface there will not be either",
                coverage.subnets
            ),
        ),
        (bare, _) => (
            Severity::High,
            format!(
                "{bare} of {} known network interfaces are covered by no flow log that could deliver what the policy asks for",
                coverage.interfaces
            ),
        ),
    };
    let draft = CHECK
        .finds(resource::vpc(context, judged), message)
        .severity(severity);
    let draft = listed(
        listed(draft, "SubnetId", subnets),
        "NetworkInterfaceId",
        interfaces,
    )
    .fix(
        "create one flow log on the VPC in place of those below it",
        false,
    );
    sink.on_vpc(place, draft);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::{Inventory, Listing};
    use crate::policy::Policy;

    fn two_subnets(covered: &str) -> Inventory {
        but(with(vec![flow_log("fl-1", covered)]), |i| {
            i.regions[0].subnets.items.push(subnet("subnet-2", "vpc-1"));
            i.regions[0]
                .network_interfaces
                .items
                .push(eni("eni-2", "subnet-2", "vpc-1"));
        })
    }

    #[test]
    fn bare_interface_is_high() {
        let unread = but(two_subnets("subnet-1"), |i| {
            i.regions[0].subnets = Listing::not_read();
            i.regions[0].network_interfaces = Listing::not_read();
        });
        let cases = [two_subnets("vpc-1"), two_subnets("subnet-1"), unread];
        let found = three_ways("coverage-partial", &Policy::default(), cases);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(found[0].evidence["SubnetId"][0], "subnet-2");
        assert_eq!(found[0].evidence["NetworkInterfaceId"][0], "eni-2");
    }

    #[test]
    fn covered_interfaces_in_bare_subnets_are_low() {
        let found = findings(
            &cis(&with(vec![flow_log("fl-1", "eni-1")])),
            "coverage-partial",
        );
        assert_eq!(found[0].severity, Severity::Low);
        assert_eq!(found[0].evidence["SubnetId"][0], "subnet-1");
    }

    #[test]
    fn bare_subnet_without_interface_is_low() {
        let empty = but(two_subnets("subnet-1"), |i| {
            i.regions[0].network_interfaces = Listing::complete(Vec::new());
        });
        assert_eq!(
            findings(&cis(&empty), "coverage-partial")[0].severity,
            Severity::Low
        );
    }
}
