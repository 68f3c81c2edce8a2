//! AWS reports that delivery fails; says the cause that other facts show.

use super::evidence::about_flow_log;
use super::{Check, Sink};
use crate::Severity;
use crate::judge::Context;
use crate::judge::delivery::{Delivery, Proof, reports_failure};

/// The check.
pub const CHECK: Check = Check {
    id: "delivery-failing",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    for &place in &context.in_order {
        let at = &context.index.flow_logs[place];
        if !reports_failure(at.flow_log) {
            continue;
        }
        let id = &at.flow_log.flow_log_id;
        let delivery = &context.deliveries[place];
        let causes: Vec<String> = causes(delivery).map(Proof::clause).collect();
        let said = at
            .flow_log
            .deliver_logs_error_message
            .as_deref()
            .unwrap_or("FAILED");
        let message = format!(
            "flow log {id} does not deliver ({said}): {}",
            explanation(&causes, delivery)
        );
        let draft = about_flow_log(&CHECK, context, at, message).evidence("Causes", causes.clone());
        let fix = if causes.is_empty() {
            "read the role, the destination and the key as their owner to find the cause"
        } else {
            "mend the cause; if delivery does not resume, create the flow log anew and delete this one"
        };
        sink.on_flow_log(place, draft.fix(fix, causes.is_empty()));
    }
}

fn causes(delivery: &Delivery) -> impl Iterator<Item = &Proof> {
    delivery
        .proofs
        .iter()
        .filter(|proof| !matches!(proof, Proof::DeliveryFailed | Proof::RecordsStale { .. }))
}

fn explanation(causes: &[String], delivery: &Delivery) -> String {
    match (causes.is_empty(), delivery.doubts.first()) {
        (false, _) => causes.join("; "),
        (true, Some(doubt)) => format!("the cause was not found, for {doubt}"),
        (true, None) => {
            "role, destination and key look right now, so the fault may be mended since".to_owned()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::{DeliverLogsStatus, Fact, Inventory};
    use crate::policy::Policy;

    fn failing(role: Option<Fact<crate::inventory::Role>>) -> Inventory {
        but(recorded(), |i| {
            let flow_log = &mut i.regions[0].flow_logs.items[0];
            flow_log.deliver_logs_status = Some(DeliverLogsStatus::Failed);
            flow_log.deliver_logs_error_message = Some("Access error".to_owned());
            i.roles.extend(role.map(|role| (ROLE.to_owned(), role)));
        })
    }

    #[test]
    fn three_ways_to_look() {
        let unread = but(recorded(), |i| {
            i.regions[0].flow_logs.items[0].deliver_logs_status = None
        });
        let wrong = failing(Some(Fact::Present(role(WRONG_TRUST, WRITE_LOGS))));
        let found = three_ways(
            "delivery-failing",
            &Policy::default(),
            [recorded(), wrong, unread],
        );
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(
            found[0].message,
            "flow log fl-1 does not deliver (Access error): its role trusts ec2.amazonaws.com, not the flow-logs service"
        );
    }

    #[test]
    fn cause_may_be_out_of_reach_or_gone() {
        let message = |inventory| {
            findings(&cis(&inventory), "delivery-failing")[0]
                .message
                .clone()
        };
        assert!(message(failing(Some(Fact::NotRead))).contains("was not read"));
        assert!(message(failing(None)).contains("mended since"));
    }

    #[test]
    fn loses_little_where_another_flow_log_records() {
        let spare = but(failing(None), |i| {
            i.regions[0]
                .flow_logs
                .items
                .push(to_bucket(flow_log("fl-2", "vpc-1")));
        });
        assert_eq!(
            findings(&cis(&spare), "delivery-failing")[0].severity,
            Severity::Low
        );
    }
}
