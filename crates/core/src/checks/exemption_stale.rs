//! An exemption selects nothing, or nothing that needs it.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::inventory::{Depth, RegionStatus};
use crate::judge::Context;
use crate::judge::exemptions::ExemptionUse;

/// The check.
pub const CHECK: Check = Check {
    id: "exemption-stale",
    severity: Severity::Low,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (exemption, uses) in context.policy.exemptions.iter().zip(&context.exemptions) {
        let ExemptionUse {
            expired,
            matched,
            needed,
            ..
        } = *uses;
        if expired
            || needed > 0
            || (matched == 0 && !saw_everything(context, &exemption.selector.ids))
        {
            continue;
        }
        let at = format!("{}:{}", exemption.source, exemption.line);
        let message = match matched {
            0 => format!("the exemption at {at} selects nothing"),
            _ => format!(
                "the exemption at {at} is not needed: all that it selects is recorded, or another account's"
            ),
        };
        let draft = CHECK
            .finds(resource::exemption(exemption), message)
            .evidence("Matched", matched)
            .evidence("Examples", uses.examples.clone())
            .policy(&resource::exemption_line(exemption))
            .fix("remove the exemption from the policy", true);
        sink.on_report(draft);
    }
}

/// Whether nothing that an exemption may select was left unread.
fn saw_everything(context: &Context<'_>, ids: &[String]) -> bool {
    let full = context.inventory().depth == Depth::Full;
    let gateways = ids.iter().any(|id| id.starts_with("tgw-"));
    (full || !gateways)
        && context.inventory().regions.iter().all(|region| {
            region.status == RegionStatus::Disabled
                || (region.vpcs.is_complete()
                    && (!gateways || region.transit_gateways.is_complete()))
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::civil::date;

    use crate::fixture::*;
    use crate::inventory::Listing;

    #[test]
    fn three_ways_to_look() {
        let policy = exempting("vpc-1", date(2027, 1, 1));
        let gone = but(bare(), |i| {
            i.regions[0].vpcs = Listing::complete(Vec::new())
        });
        let unread = but(bare(), |i| i.regions[0].vpcs = Listing::not_read());
        let found = three_ways("exemption-stale", &policy, [bare(), gone, unread]);
        assert_eq!(
            found[0].message,
            "the exemption at flowcover.toml:7 selects nothing"
        );
        assert_eq!(found[0].policy.as_ref().unwrap().line, Some(7));
    }

    #[test]
    fn not_needed_once_recorded() {
        let report = crate::judge::assess(&recorded(), &exempting("vpc-1", date(2027, 1, 1)));
        let found = findings(&report, "exemption-stale");
        assert_eq!(found[0].evidence["Examples"][0], "vpc-1");
    }
}
