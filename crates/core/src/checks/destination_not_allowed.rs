//! A flow log delivers to a kind of destination that the policy does not list.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::inventory::LogDestinationType;
use crate::judge::Context;
use crate::judge::index::FlowLogAt;

/// The check.
pub const CHECK: Check = Check {
    id: "destination-not-allowed",
    severity: Severity::Medium,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let setting = &context.policy.destinations;
    if setting.value.is_empty() {
        return;
    }
    let allowed: Vec<&str> = setting.value.iter().map(|kind| kind.as_str()).collect();
    for &place in &context.in_order {
        let at = &context.index.flow_logs[place];
        let Some(kind) = kind_of(at).filter(|kind| !allowed.contains(kind)) else {
            continue;
        };
        let message = format!(
            "flow log {} delivers to {kind}, the policy allows {}",
            at.flow_log.flow_log_id,
            allowed.join(", ")
        );
        let draft = CHECK
            .finds(resource::flow_log(context, at), message)
            .evidence("LogDestinationType", kind)
            .evidence("LogDestination", at.destination.named.to_string())
            .policy(&setting.origin)
            // Whoever reads the old destination gets nothing more once the flow log is gone.
            .fix("create a flow log to a kind of destination that the policy allows, check that it delivers, move those who read the records, then delete this one", false);
        sink.on_flow_log(place, draft);
    }
}

/// The kind of its destination, as EC2's `LogDestinationType` names it; none where the answer does
/// not tell. A kind that AWS added since is one that no policy lists.
fn kind_of<'c>(at: &'c FlowLogAt<'_>) -> Option<&'c str> {
    let added_since = || match &at.flow_log.log_destination_type {
        Some(LogDestinationType::Other(kind)) if !kind.trim().is_empty() => Some(kind.as_str()),
        _ => None,
    };
    at.destination.named.api_type().or_else(added_since)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::finding::PolicyLine;
    use crate::fixture::*;
    use crate::inventory::{FlowLog, Inventory, LogDestinationType};
    use crate::judge::assess;
    use crate::policy::{DestinationKind, Policy};
    use crate::verdict::Verdict;

    fn allowing(kinds: &[DestinationKind]) -> Policy {
        policy("cis", |policy| {
            policy.destinations.value = kinds.to_vec();
            policy.destinations.origin = PolicyLine {
                source: "flowcover.toml".to_owned(),
                line: Some(5),
                setting: "destinations.allowed = [\"s3\"]".to_owned(),
            };
        })
    }

    fn to(kind: Option<&str>, arn: Option<&str>) -> Inventory {
        with(vec![FlowLog {
            log_destination_type: kind.map(LogDestinationType::from),
            log_destination: arn.map(str::to_owned),
            ..flow_log("fl-1", "vpc-1")
        }])
    }

    #[test]
    fn three_ways_to_look() {
        let buckets = allowing(&[DestinationKind::S3]);
        let good = with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]);
        let unread = to(None, None);
        let found = three_ways(
            "destination-not-allowed",
            &buckets,
            [good, recorded(), unread],
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].evidence["LogDestinationType"], "cloud-watch-logs");
        assert_eq!(found[0].evidence["LogDestination"], GROUP);
        assert_eq!(found[0].policy.as_ref().unwrap().line, Some(5));
        insta::assert_snapshot!(found[0].message, @"flow log fl-1 delivers to cloud-watch-logs, the policy allows s3");
    }

    #[test]
    fn every_kind_is_held_against_every_list() {
        let logs = [
            flow_log("fl-1", "vpc-1"),
            to_bucket(flow_log("fl-2", "vpc-1")),
        ];
        let all = with([&logs[..], &[to_stream(flow_log("fl-3", "vpc-1"))]].concat());
        let check = |allowed: &[DestinationKind], expected: &[&str]| {
            let report = assess(&all, &allowing(allowed));
            let found: Vec<_> = findings(&report, "destination-not-allowed")
                .into_iter()
                .map(|finding| finding.resource.id)
                .collect();
            assert_eq!(found, expected, "{allowed:?}");
            assert_eq!(
                only(report).findings.len(),
                only(assess(&all, &Policy::default())).findings.len() + expected.len()
            );
        };
        check(&[], &[]);
        check(&DestinationKind::ALL, &[]);
        check(&[DestinationKind::CloudWatchLogs], &["fl-2", "fl-3"]);
        check(&[DestinationKind::Firehose], &["fl-1", "fl-2"]);
        check(&[DestinationKind::S3, DestinationKind::Firehose], &["fl-1"]);
    }

    #[test]
    fn what_the_answer_does_not_tell_is_no_finding() {
        let buckets = allowing(&[DestinationKind::S3]);
        let count = |inventory: &Inventory| {
            findings(&assess(inventory, &buckets), "destination-not-allowed").len()
        };
        assert_eq!(count(&to(None, Some("somewhere"))), 0);
        assert_eq!(count(&to(Some(""), Some("somewhere"))), 0);
        assert_eq!(
            count(&to(Some("s3"), Some(GROUP))),
            0,
            "they contradict each other"
        );
        assert_eq!(count(&to(None, Some(GROUP))), 1, "the ARN tells");
        assert_eq!(
            count(&to(Some("timestream"), Some("arn:aws:timestream:::t"))),
            1
        );
    }

    #[test]
    fn the_verdict_stays() {
        let report = assess(&recorded(), &allowing(&[DestinationKind::S3]));
        assert_eq!(only(report).verdict, Verdict::Recorded);
    }
}
