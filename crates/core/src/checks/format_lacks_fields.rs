//! The record format lacks fields that the policy asks for.

use flowcover_record::{LogFormat, Scope};

use super::{Check, Sink, resource};
use crate::Severity;
use crate::inventory::ResourceKind;
use crate::judge::Context;

/// The check.
pub const CHECK: Check = Check {
    id: "format-lacks-fields",
    severity: Severity::Low,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let asked = &context.policy.required_fields;
    let wanted: Vec<&str> = asked.value.iter().map(String::as_str).collect();
    if wanted.is_empty() {
        return;
    }
    for &place in &context.in_order {
        let at = &context.index.flow_logs[place];
        // Transit gateways and Cloud WAN have fields of their own.
        let in_vpc = matches!(
            at.kind,
            ResourceKind::Vpc | ResourceKind::Subnet | ResourceKind::NetworkInterface
        );
        let format = at.flow_log.log_format.as_deref();
        let Ok(format) = LogFormat::of_flow_log(format, Scope::Vpc) else {
            continue;
        };
        let missing = format.missing(&wanted);
        if !in_vpc || missing.is_empty() {
            continue;
        }
        let id = &at.flow_log.flow_log_id;
        let draft = CHECK
            .finds(
                resource::flow_log(context, at),
                format!("records of flow log {id} lack {} of the fields that the policy asks for", missing.len()),
            )
            .evidence("LogFormat", format.to_string())
            .evidence("Missing", missing)
            .policy(&asked.origin)
            .fix("create a flow log with the full format, check that it delivers, then delete this one", false);
        sink.on_flow_log(place, draft);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{FlowLog, Inventory};

    #[test]
    fn three_ways_to_look() {
        let formatted = |format: &str| -> Inventory {
            with(vec![FlowLog {
                log_format: Some(format.to_owned()),
                ..flow_log("fl-1", "vpc-1")
            }])
        };
        let asking = policy("cis", |policy| {
            policy.required_fields.value = vec!["srcaddr".to_owned(), "tcp-flags".to_owned()];
        });
        let cases = [
            formatted("${srcaddr} ${tcp-flags}"),
            recorded(),
            formatted("${srcaddr"),
        ];
        let found = three_ways("format-lacks-fields", &asking, cases);
        assert_eq!(found[0].evidence["Missing"][0], "tcp-flags");
        assert_eq!(found[0].resource.id, "fl-1");
    }
}
