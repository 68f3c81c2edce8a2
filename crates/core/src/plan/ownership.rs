//! What flowcover made, to go by its tags and its name.
//!
//! Anybody who may tag a resource may write these tags. So more is asked than that they are there: each must look as a
//! run writes it, and the step must be the one that makes this very resource. Tags that were copied from another
//! resource, or made up without care, do not make it ours.

use super::{Change, PLAN_TAG, RUN_TAG, STEP_TAG, Step, tag_value};
use crate::inventory::{FlowLog, Tags};

/// Longest id of a run.
const LONGEST_RUN: usize = 64;

/// How the names of all roles begin that flowcover makes.
pub const ROLE_PREFIX: &str = "flowcover-";

/// Whether tags say that flowcover made what carries them. A hint for reading only: whether something may be changed,
/// [`is_ours_as`] says.
#[must_use]
pub fn is_ours(tags: &Tags) -> bool {
    tags.contains_key(RUN_TAG) && tags.contains_key(PLAN_TAG)
}

/// Id of a step: `ACCOUNT/REGION/KIND/NAME`, with `global` for what has no region.
#[must_use]
pub fn step_id(account_id: &str, region: Option<&str>, kind: &str, name: &str) -> String {
    let region = region.unwrap_or("global");
    format!("{account_id}/{region}/{kind}/{name}")
}

/// Whether tags say that a run made what carries them in the step `maker_id`, which is the id of the step that makes
/// this very resource. Before anything is changed, the tags are read again, and what a run takes back must stand in its
/// journal too.
#[must_use]
pub fn is_ours_as(tags: &Tags, maker_id: &str) -> bool {
    let of_role = maker_id.split_once("/global/role/");
    has_marks(tags)
        && tags.get(STEP_TAG) == Some(&tag_value(maker_id))
        && of_role.is_none_or(|(_, name)| name.starts_with(ROLE_PREFIX))
}

/// Whether a flow log says that a run made it there. One step makes many flow logs, and names the first of their
/// resources, in order, and how many more there are.
#[must_use]
pub fn is_our_flow_log(log: &FlowLog, account_id: &str, region: &str) -> bool {
    let place = step_id(account_id, Some(region), "flow-log", "");
    let name = log
        .tags
        .get(STEP_TAG)
        .and_then(|id| id.strip_prefix(&place));
    let named = name.zip(log.resource_id.as_deref());
    has_marks(&log.tags) && named.is_some_and(|(name, on)| names_flow_log(name, on, log))
}

fn names_flow_log(name: &str, on: &str, log: &FlowLog) -> bool {
    let mut parts = name.split('/');
    let resources = parts.next().unwrap_or_default();
    let traffic = parts.next();
    let is_on = match resources.split_once('+') {
        None => resources == on,
        Some((first, more)) => {
            let alike = first.split('-').next() == on.split('-').next();
            alike && first <= on && more.parse::<u32>().is_ok()
        }
    };
    let captures = log.traffic_type.as_ref().map(|it| it.as_str());
    let is_traffic = |it: &str| matches!(it, "ALL" | "ACCEPT" | "REJECT");
    is_on && traffic.is_none_or(|it| !is_traffic(it) || captures == Some(it))
}

/// Whether run and plan are such as flowcover writes: a run of letters, digits and hyphens, a plan by its digest.
fn has_marks(tags: &Tags) -> bool {
    let run = tags.get(RUN_TAG).is_some_and(|run| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=LONGEST_RUN).contains(&run.len()) && run.bytes().all(is_plain)
    });
    let plan = tags.get(PLAN_TAG).is_some_and(|plan| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        plan.len() == 16 && plan.bytes().all(is_digit)
    });
    run && plan
}

impl Step {
    /// Id of the step that makes the role, log group or bucket which this one makes or sets right.
    #[must_use]
    pub fn maker_id(&self) -> Option<String> {
        let (kind, name) = match &self.change {
            Change::CreateRole { role_name, .. } | Change::MendRole { role_name, .. } => {
                return Some(step_id(&self.account_id, None, "role", role_name));
            }
            Change::CreateLogGroup { log_group_name, .. }
            | Change::SetRetention { log_group_name, .. }
            | Change::SetLogGroupKey { log_group_name, .. } => ("log-group", log_group_name),
            Change::CreateBucket { bucket, .. } => ("bucket", bucket),
            Change::AddBucketStatement { .. }
            | Change::CreateFlowLogs { .. }
            | Change::DeleteFlowLogs { .. } => return None,
        };
        Some(step_id(
            &self.account_id,
            self.region.as_deref(),
            kind,
            name,
        ))
    }

    /// Whether tags say that flowcover made the role, log group or bucket which this step makes or sets right.
    #[must_use]
    pub fn is_about_ours(&self, tags: &Tags) -> bool {
        self.maker_id().is_some_and(|id| is_ours_as(tags, &id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "20261120T120000Z-01234567-1f";
    const PLAN: &str = "0123456789abcdef";
    const GROUP: &str = "111111111111/eu-west-1/log-group//flowcover/eu-west-1/vpc-1";
    const ROLE: &str = "111111111111/global/role/flowcover-eu-west-1-vpc-1";

    fn tags(run: &str, plan: &str, step: &str) -> Tags {
        [(RUN_TAG, run), (PLAN_TAG, plan), (STEP_TAG, step)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    #[track_caller]
    fn check(tags: &Tags, maker_id: &str, expected: bool) {
        assert_eq!(is_ours_as(tags, maker_id), expected, "{tags:?}");
    }

    #[test]
    fn tags_are_those_of_this_very_resource() {
        for id in [GROUP, ROLE] {
            check(&tags(RUN, PLAN, id), id, true);
            check(&tags("run-1", PLAN, id), id, true);
            check(&tags("x", "x", id), id, false);
            check(&tags("", PLAN, id), id, false);
            check(&tags("a b", PLAN, id), id, false);
            check(&tags("é", PLAN, id), id, false);
            check(&tags(&"a".repeat(65), PLAN, id), id, false);
            check(&tags(RUN, "0123456789ABCDEF", id), id, false);
            check(&tags(RUN, "0123456789abcde", id), id, false);
            for key in [RUN_TAG, PLAN_TAG, STEP_TAG] {
                let mut fewer = tags(RUN, PLAN, id);
                fewer.remove(key);
                check(&fewer, id, false);
            }
        }
        check(&tags(RUN, PLAN, ROLE), GROUP, false);
        check(&tags(RUN, PLAN, GROUP), &format!("{GROUP}2"), false);
        let foreign = "111111111111/global/role/admin";
        check(&tags(RUN, PLAN, foreign), foreign, false);
    }

    #[test]
    fn names_that_no_tag_takes_are_compared_as_they_are_written() {
        let id = "111111111111/eu-west-1/log-group/a#b";
        check(&tags(RUN, PLAN, &tag_value(id)), id, true);
        check(
            &tags(RUN, PLAN, &tag_value(id)),
            &id.replace('#', "_"),
            false,
        );
        let long = format!("{GROUP}{}", "a".repeat(300));
        check(&tags(RUN, PLAN, &tag_value(&long)), &long, true);
        check(
            &tags(RUN, PLAN, &tag_value(&long)),
            &format!("{long}a"),
            false,
        );
    }

    #[test]
    fn flow_logs_are_told_by_place_resource_and_traffic() {
        let log = |step: &str, on: &str, traffic: Option<&str>| FlowLog {
            resource_id: Some(on.to_owned()),
            traffic_type: traffic.map(Into::into),
            tags: tags(
                RUN,
                PLAN,
                &format!("111111111111/eu-west-1/flow-log/{step}"),
            ),
            ..FlowLog::default()
        };
        #[track_caller]
        fn check(log: &FlowLog, expected: bool) {
            assert_eq!(is_our_flow_log(log, "111111111111", "eu-west-1"), expected);
            assert!(!is_our_flow_log(log, "111111111111", "eu-west-2"));
            assert!(!is_our_flow_log(log, "222222222222", "eu-west-1"));
        }
        check(&log("vpc-1/REJECT", "vpc-1", Some("REJECT")), true);
        check(&log("vpc-1/REJECT/2", "vpc-1", Some("REJECT")), true);
        check(&log("vpc-1/REJECT", "vpc-1", Some("ALL")), false);
        check(&log("vpc-1/REJECT", "vpc-2", Some("REJECT")), false);
        check(&log("vpc-1+3/ALL", "vpc-2", Some("ALL")), true);
        check(&log("vpc-2+3/ALL", "vpc-1", Some("ALL")), false);
        check(&log("vpc-1+x/ALL", "vpc-2", Some("ALL")), false);
        check(&log("subnet-1+3/ALL", "vpc-2", Some("ALL")), false);
        check(&log("tgw-1", "tgw-1", None), true);
        let mut bare = log("vpc-1/ALL", "vpc-1", Some("ALL"));
        bare.tags.insert(PLAN_TAG.to_owned(), "x".to_owned());
        check(&bare, false);
    }
}
