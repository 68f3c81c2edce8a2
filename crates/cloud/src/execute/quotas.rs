//! Whether an account has room for what is made in it, as far as AWS tells.
//!
//! IAM tells how many roles there are and may be. Of the other quotas nothing is asked: CloudWatch Logs and S3 do not tell theirs,
//! and those are large (1,000,000 log groups for each region, 10,000 buckets for each account: "CloudWatch Logs quotas", "General
//! purpose bucket quotas"); flow logs for each resource are counted when the plan is made.

use super::enter::Home;
use super::run::Run;
use crate::{AccountSummary, Call, GetAccountSummary, ask};

/// What is known of the room for what is made.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is enough, or nothing is made that takes any.
    Enough,
    /// There is not; why, in one sentence.
    Lacking(String),
    /// AWS did not tell; why, in one sentence.
    CouldNotTell(String),
}

/// Whether these calls fit into an account.
pub(super) async fn check(run: &Run<'_>, home: &Home, calls: &[Call]) -> Room {
    let is_new_role = |call: &&Call| matches!(call, Call::CreateRole(_));
    let new = calls.iter().filter(is_new_role).count() as u64;
    if new == 0 {
        return Room::Enough;
    }
    match ask(run.cloud, &home.scope, GetAccountSummary {}).await {
        Ok(summary) => room(new, summary),
        Err(error) => {
            Room::CouldNotTell(format!("whether the quota of IAM roles suffices: {error}"))
        }
    }
}

fn room(new: u64, AccountSummary { roles, roles_quota }: AccountSummary) -> Room {
    if roles.saturating_add(new) <= roles_quota {
        return Room::Enough;
    }
    Room::Lacking(format!(
        "the quota of IAM roles is {roles_quota}, {roles} are in use, and the plan needs {new} more"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_exactly_fits_and_one_more_does_not() {
        let summary = |roles, roles_quota| AccountSummary { roles, roles_quota };
        for (new, roles, quota) in [(1, 0, 1), (3, 997, 1000), (1, 999, 5000)] {
            assert_eq!(room(new, summary(roles, quota)), Room::Enough);
        }
        // A quota may have been lowered, and numbers of AWS are not to be trusted with arithmetic.
        for (new, roles, quota) in [(1, 1, 1), (4, 997, 1000), (1, 12, 10), (2, u64::MAX, 10)] {
            let found = room(new, summary(roles, quota));
            let Room::Lacking(what) = &found else {
                panic!("{new} more than {roles} of {quota}: {found:?}");
            };
            let numbers = [quota, roles, new].map(|it| it.to_string());
            assert!(numbers.iter().all(|it| what.contains(it)), "{what}");
        }
    }
}
