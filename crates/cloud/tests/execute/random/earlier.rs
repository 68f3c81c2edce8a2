//! An earlier run, whole or cut off, taken back or not, and what somebody did to what it made.

use std::collections::BTreeSet;

use flowcover_cloud::execute::RollbackOptions;
use flowcover_cloud::simulator::policies;
use flowcover_cloud::{
    AssociateKmsKey, Call, DeleteRetentionPolicy, DescribeLogGroups, GetRole, HeadBucket,
    Operation, PutRetentionPolicy, Scope, ask,
};
use flowcover_core::journal::states;
use flowcover_core::plan::{Change, Step};
use proptest::prelude::*;

use super::super::lab::{Crash, Lab, Line};
use super::fix::{ACCOUNTS, Fix, GROUP_KEY, REGIONS, fixes};

/// What somebody did to what a step of the earlier run made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Damage {
    /// It is deleted.
    Deleted,
    /// A role trusts the wrong service; a log group keeps its records for a week.
    Mistrusted,
    /// A role may write elsewhere only; a log group keeps its records for ever.
    Misdirected,
    /// A role may do far more than it needs; a log group has a key.
    Widened,
}

#[derive(Clone, Debug)]
pub(super) struct Earlier {
    pub(super) fix: Fix,
    /// Where it was cut off, and whether that append is durable.
    pub(super) crash: Option<(usize, bool)>,
    /// Whether it was taken back, but for records.
    pub(super) back: bool,
    /// By a number that chooses the step.
    pub(super) damages: Vec<(usize, Damage)>,
}

pub(super) fn earlier_runs() -> impl Strategy<Value = Earlier> {
    use Damage as D;
    // A flow log whose role was misdirected may have to be made anew: it is met more often than the others.
    let damage = prop::sample::select(vec![
        D::Deleted,
        D::Mistrusted,
        D::Misdirected,
        D::Misdirected,
        D::Misdirected,
        D::Widened,
    ]);
    (
        fixes(),
        prop::option::weighted(0.4, (0..60_usize, any::<bool>())),
        prop::bool::weighted(0.3),
        prop::collection::vec((0..24_usize, damage), 0..4),
    )
        .prop_map(|(fix, crash, back, damages)| Earlier {
            fix,
            crash,
            back,
            damages,
        })
}

/// Does it, and what came after. Gives the names of what it left.
pub(super) async fn play(lab: &Lab, earlier: &Earlier) -> BTreeSet<String> {
    match earlier.crash {
        Some((at, durable)) => {
            let at = at + 1;
            // It may end before.
            let _ = lab.apply_until(Some(Crash { at, durable })).await;
        }
        None => {
            assert!(lab.apply().await.unwrap().complete);
        }
    }
    lab.simulator.world().advance(7200);
    if earlier.back {
        let how = RollbackOptions {
            delete_records: false,
            dry_run: false,
        };
        lab.rollback(how).await;
    }
    for (number, damage) in &earlier.damages {
        if let Some(step) = damaged(&lab.header.plan.steps, *number) {
            do_damage(lab, step, *damage).await;
        }
    }
    lab.simulator.world().advance(7200);
    left(lab).await
}

/// Every other time it is a role, where there is one: there are few of them, and much hangs on each.
fn damaged(steps: &[Step], number: usize) -> Option<&Step> {
    let is_role = |step: &&Step| matches!(step.change, Change::CreateRole { .. });
    let roles: Vec<&Step> = steps.iter().filter(is_role).collect();
    match (number % 2, roles.len()) {
        (0, many @ 1..) => roles.get(number / 2 % many).copied(),
        _ => steps.get(number / 2 % steps.len().max(1)),
    }
}

async fn do_damage(lab: &Lab, step: &Step, damage: Damage) {
    let account = step.account_id.as_str();
    let region = step.region.as_deref().unwrap_or(REGIONS[0]);
    let scope = scope(lab, account, region);
    let states = states(&lab.trace.entries());
    let world = || lab.simulator.world();
    match (&step.change, damage) {
        (Change::CreateRole { role_name, .. }, Damage::Deleted) => {
            world().delete_role(account, role_name);
        }
        (Change::CreateRole { role_name, .. }, Damage::Mistrusted) => {
            let trust = policies::trust_service("ec2.amazonaws.com", None);
            let _ = world().set_role_trust(account, role_name, &trust);
        }
        (
            Change::CreateRole {
                role_name,
                policy_name,
                ..
            },
            damage,
        ) => {
            let elsewhere = format!("arn:aws:logs:{region}:{account}:log-group:elsewhere:*");
            let to = match damage {
                Damage::Misdirected => elsewhere.as_str(),
                _ => "*",
            };
            let policy = policies::deliver_to(to, true);
            let _ = world().put_role_policy(account, role_name, policy_name, &policy);
        }
        (Change::CreateLogGroup { log_group_name, .. }, damage) => {
            let log_group_name = log_group_name.clone();
            // Each of these fails where the run came not so far.
            let _ = match damage {
                Damage::Deleted => {
                    world().delete_log_group(account, region, &log_group_name);
                    Ok(())
                }
                Damage::Mistrusted => {
                    let retention_in_days = 7;
                    let call = PutRetentionPolicy {
                        log_group_name,
                        retention_in_days,
                    };
                    ask(&*lab.simulator, &scope, call).await
                }
                Damage::Misdirected => {
                    ask(
                        &*lab.simulator,
                        &scope,
                        DeleteRetentionPolicy { log_group_name },
                    )
                    .await
                }
                Damage::Widened => {
                    let kms_key_id = format!("arn:aws:kms:{region}:{account}:{GROUP_KEY}");
                    let call = AssociateKmsKey {
                        log_group_name,
                        kms_key_id,
                    };
                    ask(&*lab.simulator, &scope, call).await
                }
            };
        }
        (Change::CreateFlowLogs { .. }, _) => {
            let made = states.get(&step.id).and_then(|state| state.made());
            let ids = made
                .map(|made| made.flow_log_ids.clone())
                .unwrap_or_default();
            for id in ids {
                let _ = world().delete_flow_logs(account, region, &[id]);
            }
        }
        (
            Change::CreateBucket { bucket, .. } | Change::AddBucketStatement { bucket, .. },
            Damage::Mistrusted,
        ) => world().delete_bucket_policy(bucket),
        _ => {}
    }
}

fn scope(lab: &Lab, account: &str, region: &str) -> Scope {
    let entry = lab.header.plan.accounts[account].entry.clone();
    Scope::new(entry, account, region)
}

/// The names of roles, groups and buckets that the run made and that are still there.
async fn left(lab: &Lab) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in lab.trace.lines() {
        let Line::Written(call) = line else { continue };
        for account in lab.header.plan.accounts.keys() {
            debug_assert!(ACCOUNTS.contains(&account.as_str()));
            for region in REGIONS {
                let scope = scope(lab, account, region);
                if is_there(lab, &scope, &call).await {
                    names.extend(super::super::ours::objects(&call));
                }
            }
        }
    }
    names
}

async fn is_there(lab: &Lab, scope: &Scope, call: &Call) -> bool {
    async fn told<O: Operation>(lab: &Lab, scope: &Scope, operation: O) -> Option<O::Output> {
        ask(&*lab.simulator, scope, operation).await.ok()
    }
    match call {
        Call::CreateRole(call) => {
            let role_name = call.role_name.clone();
            told(lab, scope, GetRole { role_name }).await.is_some()
        }
        Call::CreateLogGroup(call) => {
            let request = DescribeLogGroups {
                log_group_identifiers: vec![call.log_group_name.clone()],
                next_token: None,
            };
            let page = told(lab, scope, request).await;
            page.is_some_and(|page| !page.items.is_empty())
        }
        Call::CreateBucket(call) => {
            let bucket = call.bucket.clone();
            told(lab, scope, HeadBucket { bucket }).await.is_some()
        }
        _ => false,
    }
}
