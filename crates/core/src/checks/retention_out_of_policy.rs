//! Records never expire, or are kept too short or too long for the policy.

use flowcover_record::Destination;

use super::evidence::{Dependents, bucket_name, dependents, log_group_arn};
use super::{Check, Sink, resource};
use crate::Severity;
use crate::finding::{PolicyLine, Resource};
use crate::inventory::{Bucket, Depth, ExpirationRule, Fact};
use crate::judge::Context;
use crate::policy::Policy;

/// The check.
pub const CHECK: Check = Check {
    id: "retention-out-of-policy",
    severity: Severity::Medium,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    if context.inventory().depth == Depth::Delivery {
        return;
    }
    for (&arn, dependents) in &dependents(context, log_group_arn) {
        if let Some(Fact::Present(group)) = context.inventory().log_groups.get(arn) {
            let group_of = || resource::by_arn("AWS::Logs::LogGroup", arn);
            let kept = Kept {
                shortest: group.retention_in_days,
                longest: group.retention_in_days,
            };
            judge(context, sink, group_of, "retentionInDays", kept, dependents);
        }
    }
    for (&name, dependents) in &dependents(context, bucket_name) {
        if let Some(Fact::Present(bucket)) = context.inventory().buckets.get(name)
            && let Some(kept) = kept_in_bucket(context, bucket, dependents)
        {
            let bucket_of = || resource::bucket(bucket);
            judge(
                context,
                sink,
                bucket_of,
                "Expiration.Days",
                kept,
                dependents,
            );
        }
    }
}

/// For how many days records are kept; none: for ever.
#[derive(Clone, Copy)]
struct Kept {
    shortest: Option<u32>,
    longest: Option<u32>,
}

/// How far it is from what the policy asks: the word that tells findings apart, what is wrong, and the line.
fn fault(policy: &Policy, kept: Kept) -> Option<(&'static str, String, &PolicyLine)> {
    let (min, max) = (&policy.retention_min_days, &policy.retention_max_days);
    match (kept.shortest, min.value) {
        (Some(days), Some(least)) if days < least => {
            return Some((
                "short",
                format!("are kept {days} days, the policy asks for at least {least}"),
                &min.origin,
            ));
        }
        _ => {}
    }
    match (kept.longest, max.value) {
        (None, _) if !policy.retention_may_be_unlimited.value => {
            let line = &policy.retention_may_be_unlimited.origin;
            Some(("unlimited", "never expire".to_owned(), line))
        }
        (Some(days), Some(most)) if days > most => Some((
            "long",
            format!("are kept {days} days, the policy allows {most}"),
            &max.origin,
        )),
        _ => None,
    }
}

fn judge(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    resource: impl FnOnce() -> Resource,
    field: &str,
    kept: Kept,
    dependents: &Dependents<'_>,
) {
    let Some((kind, fault, line)) = fault(context.policy, kept) else {
        return;
    };
    let resource = resource();
    let message = format!("records in {} {fault}", resource.id);
    let days = if kind == "short" {
        kept.shortest
    } else {
        kept.longest
    };
    let draft = CHECK
        .finds(resource, message)
        .evidence(field, days)
        .policy(line)
        .told_apart_by(kind)
        // A longer retention takes nothing away; a shorter one deletes records.
        .fix(
            "set the retention that the policy asks for",
            kind == "short",
        );
    sink.on_report(dependents.add_to(draft));
}

/// None where the rules were not read, or only rules that filter by tag or size could apply.
fn kept_in_bucket(
    context: &Context<'_>,
    bucket: &Bucket,
    dependents: &Dependents<'_>,
) -> Option<Kept> {
    let rules: &[ExpirationRule] = match &bucket.expiration {
        Fact::Present(rules) => rules,
        Fact::Absent => &[],
        Fact::NotRead => return None,
    };
    let folders = dependents.flow_logs.iter().filter_map(|place| {
        match &context.index.flow_logs[*place].destination {
            Destination::Bucket { prefix, .. } => Some(format!("{prefix}AWSLogs/")),
            _ => None,
        }
    });
    let (mut shortest, mut longest) = (None, Some(0));
    for folder in folders {
        let overlaps = |rule: &&ExpirationRule| {
            rule.prefix.starts_with(&folder) || folder.starts_with(&rule.prefix)
        };
        let reaching = || rules.iter().filter(overlaps);
        let whole = reaching().filter(|rule| !rule.filtered && folder.starts_with(&rule.prefix));
        let surely = whole.map(|rule| rule.days).min();
        if surely.is_none() && reaching().next().is_some() {
            // Rules that filter, or that reach part of the folder, may or may not hold for a record.
            return None;
        }
        let least = reaching()
            .filter(|rule| !rule.filtered)
            .map(|rule| rule.days)
            .min();
        shortest = [shortest, least].into_iter().flatten().min();
        longest = match (longest, surely) {
            (Some(a), Some(b)) => Some(a.max(b)),
            _ => None,
        };
    }
    Some(Kept { shortest, longest })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{Bucket, ExpirationRule, Fact, Inventory, LogGroup};
    use crate::policy::Policy;

    fn group(retention_in_days: Option<u32>) -> Inventory {
        but(recorded(), |i| {
            let group = LogGroup {
                retention_in_days,
                ..log_group()
            };
            i.log_groups.insert(GROUP.to_owned(), Fact::Present(group));
        })
    }

    fn in_bucket(expiration: Fact<Vec<ExpirationRule>>) -> Inventory {
        but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
            i.buckets.insert(
                BUCKET.to_owned(),
                Fact::Present(Bucket {
                    expiration,
                    ..bucket()
                }),
            );
        })
    }

    fn rule(prefix: &str, filtered: bool, days: u32) -> ExpirationRule {
        ExpirationRule {
            prefix: prefix.to_owned(),
            filtered,
            days,
        }
    }

    #[test]
    fn three_ways_for_log_groups() {
        let unread = but(recorded(), |i| i.log_groups.clear());
        let cases = [group(Some(400)), group(None), unread];
        let found = three_ways("retention-out-of-policy", &Policy::default(), cases);
        assert!(
            found[0].message.ends_with("never expire"),
            "{}",
            found[0].message
        );
        assert!(
            found[0]
                .policy
                .as_ref()
                .unwrap()
                .setting
                .contains("unlimited")
        );
    }

    #[test]
    fn three_ways_for_buckets() {
        let kept = |days| in_bucket(Fact::Present(vec![rule("AWSLogs/", false, days)]));
        let cases = [kept(400), kept(30), in_bucket(Fact::NotRead)];
        let found = three_ways("retention-out-of-policy", &Policy::default(), cases);
        assert!(found[0].message.contains("30 days"), "{}", found[0].message);
    }

    #[test]
    fn too_long() {
        let capped = policy("cis", |policy| policy.retention_max_days.value = Some(365));
        let report = crate::judge::assess(&group(Some(400)), &capped);
        assert_eq!(findings(&report, "retention-out-of-policy").len(), 1);
    }

    #[test]
    fn rules_of_other_folders_do_not_count() {
        let found = |rules| {
            findings(
                &cis(&in_bucket(Fact::Present(rules))),
                "retention-out-of-policy",
            )
        };
        assert!(
            found(vec![rule("other/", false, 400)])[0]
                .message
                .ends_with("never expire")
        );
        assert_eq!(
            found(vec![rule("AWSLogs/", true, 400)]),
            [],
            "a filter leaves it open"
        );
    }
}
