//! Roles: what is there.

use flowcover_core::inventory::FlowLog;
use flowcover_core::journal::Adopted;
use flowcover_core::plan::{Change, Replaced};

use super::flow_logs::is_new_of_others;
use super::look::Seen;
use super::mended;
use super::same::same_policy;
use super::work::{LEFT_BEFORE, Work, left_by, made_by};
use crate::pages::list;
use crate::{
    Call, CloudError, DeleteRole, DeleteRolePolicy, DescribeFlowLogs, GetRole, GetRolePolicy,
    ListAttachedRolePolicies, ListRolePolicies, PutRolePolicy, RoleDetail,
};

/// What a step that makes a role says.
struct Wanted<'a> {
    role_name: &'a str,
    trust_policy: &'a str,
    policy_name: &'a str,
    policy: &'a str,
}

fn wanted<'a>(work: &Work<'a>) -> Wanted<'a> {
    match &work.step.change {
        Change::CreateRole {
            role_name,
            trust_policy,
            policy_name,
            policy,
            ..
        } => Wanted {
            role_name,
            trust_policy,
            policy_name,
            policy,
        },
        _ => unreachable!("only steps that make a role come here"),
    }
}

/// To make a role: it must not exist, or be the one that this step made.
pub(super) async fn look(work: &Work<'_>) -> Result<Seen, CloudError> {
    let wanted = wanted(work);
    let what = format!("role {}", wanted.role_name);
    let Some(role) = find(work, wanted.role_name).await? else {
        return Ok(match work.adopted() {
            Some(_) => Seen::changed(what, LEFT_BEFORE, "none"),
            None => Seen::act(work.calls()),
        });
    };
    if let Some(was) = work.adopted() {
        return look_at_adopted(work, &wanted, &role, was).await;
    }
    if work.is_of_earlier_run(&role.tags) {
        return adopt(work, &wanted, &role).await;
    }
    if !is_made_here(work, &role) {
        return Ok(Seen::changed(what, "none", made_by(&role.tags)));
    }
    if !has_trust(&role, wanted.trust_policy) {
        return Ok(edited(format!("the trust policy of {what}")));
    }
    match inline(work, wanted.role_name, wanted.policy_name).await? {
        None => Ok(Seen::act(work.calls().split_off(1))),
        Some(policy) if same_policy(&policy, wanted.policy) => Ok(Seen::settled()),
        Some(_) => Ok(edited(format!("the inline policy of {what}"))),
    }
}

/// A role that an earlier run left. It is gone on with if it has no policies but its own.
async fn adopt(
    work: &Work<'_>,
    wanted: &Wanted<'_>,
    role: &RoleDetail,
) -> Result<Seen, CloudError> {
    let what = format!("role {}", wanted.role_name);
    // The flow logs name it by its ARN, without a path.
    if !role.arn.ends_with(&format!(":role/{}", wanted.role_name)) {
        return Ok(Seen::changed(what, "one without a path", role.arn.clone()));
    }
    if let Some(found) = other_policies(work, wanted).await? {
        let what = format!("{what} in its policies");
        return Ok(Seen::changed(what, "only its own", found));
    }
    let Some(trust_policy) = role.trust_policy.clone() else {
        let what = format!("the trust policy of {what}");
        return Ok(Seen::changed(what, "one", "none"));
    };
    let policy = inline(work, wanted.role_name, wanted.policy_name).await?;
    let is_set = has_trust(role, wanted.trust_policy)
        && policy
            .as_deref()
            .is_some_and(|it| same_policy(it, wanted.policy));
    let mut says = left_by(&what, &role.tags);
    if !is_set {
        says.push_str("; its policies become those of the plan");
    }
    Ok(Seen::Adopt {
        was: Adopted::Role {
            trust_policy,
            policy,
        },
        says,
    })
}

async fn look_at_adopted(
    work: &Work<'_>,
    wanted: &Wanted<'_>,
    role: &RoleDetail,
    was: &Adopted,
) -> Result<Seen, CloudError> {
    let Adopted::Role {
        trust_policy,
        policy,
    } = was
    else {
        let what = format!("role {}", wanted.role_name);
        let expected = "a journal that says how it was";
        return Ok(Seen::changed(what, expected, "another one"));
    };
    let replaced = |before: Option<&String>, after: &str| Replaced {
        before: before.cloned(),
        after: after.to_owned(),
    };
    let trust = replaced(Some(trust_policy), wanted.trust_policy);
    let policy = replaced(policy.as_ref(), wanted.policy);
    let names = (wanted.role_name, wanted.policy_name);
    let seen = mended::look_at_adopted(work, role, names, (&trust, &policy)).await?;
    if work.is_taking_back()
        && matches!(seen, Seen::Act { .. })
        && let Some(user) = other_user(work, &role.arn).await?
    {
        return Ok(in_use(wanted, &user));
    }
    Ok(seen)
}

/// Policies of a role beside its own, if any, in words.
async fn other_policies(
    work: &Work<'_>,
    wanted: &Wanted<'_>,
) -> Result<Option<String>, CloudError> {
    let policies = work
        .list(ListRolePolicies {
            role_name: wanted.role_name.to_owned(),
            next_token: None,
        })
        .await?;
    let attached = work
        .list(ListAttachedRolePolicies {
            role_name: wanted.role_name.to_owned(),
            next_token: None,
        })
        .await?;
    let others = policies.iter().filter(|name| *name != wanted.policy_name);
    let others: Vec<&str> = others.chain(&attached).map(String::as_str).collect();
    Ok((!others.is_empty()).then(|| format!("also {}", others.join(", "))))
}

fn edited(what: String) -> Seen {
    Seen::changed(what, "what this run wrote", "something else")
}

pub(super) fn put(role_name: &str, policy_name: &str, policy: &str) -> Call {
    PutRolePolicy {
        role_name: role_name.to_owned(),
        policy_name: policy_name.to_owned(),
        policy: policy.to_owned(),
    }
    .into()
}

pub(super) fn delete_policy(role_name: &str, policy_name: &str) -> Call {
    DeleteRolePolicy {
        role_name: role_name.to_owned(),
        policy_name: policy_name.to_owned(),
    }
    .into()
}

/// By tag and by journal.
fn is_made_here(work: &Work<'_>, role: &RoleDetail) -> bool {
    work.is_of_this_step(&role.tags)
        && work.may_have_called(|call| matches!(call, Call::CreateRole(_)))
}

pub(super) fn has_trust(role: &RoleDetail, trust_policy: &str) -> bool {
    let found = role.trust_policy.as_deref();
    found.is_some_and(|found| same_policy(found, trust_policy))
}

pub(super) async fn find(
    work: &Work<'_>,
    role_name: &str,
) -> Result<Option<RoleDetail>, CloudError> {
    let role_name = role_name.to_owned();
    work.find(GetRole { role_name }).await
}

pub(super) async fn inline(
    work: &Work<'_>,
    role_name: &str,
    policy_name: &str,
) -> Result<Option<String>, CloudError> {
    let request = GetRolePolicy {
        role_name: role_name.to_owned(),
        policy_name: policy_name.to_owned(),
    };
    work.find(request).await
}

/// To take a role back: it must be as this step made it, and nobody else may use it.
pub(super) async fn look_back(work: &Work<'_>) -> Result<Seen, CloudError> {
    let wanted = wanted(work);
    let Some(role) = find(work, wanted.role_name).await? else {
        return Ok(Seen::settled());
    };
    let what = format!("role {}", wanted.role_name);
    if let Some(was) = work.adopted() {
        return look_at_adopted(work, &wanted, &role, was).await;
    }
    if !is_made_here(work, &role) {
        if !work.has_called(|call| matches!(call, Call::CreateRole(_))) {
            // Somebody else's, which stood in the way of the call.
            return Ok(Seen::settled());
        }
        return Ok(Seen::changed(
            what,
            "the one that this run made",
            made_by(&role.tags),
        ));
    }
    if !has_trust(&role, wanted.trust_policy) {
        return Ok(edited(format!("the trust policy of {what}")));
    }
    if let Some(found) = other_policies(work, &wanted).await? {
        return Ok(Seen::changed(
            format!("{what} in its policies"),
            "only its own",
            found,
        ));
    }
    let mut calls = Vec::new();
    if let Some(policy) = inline(work, wanted.role_name, wanted.policy_name).await? {
        if !same_policy(&policy, wanted.policy) {
            return Ok(edited(format!("the inline policy of {what}")));
        }
        calls.push(delete_policy(wanted.role_name, wanted.policy_name));
    }
    if let Some(user) = other_user(work, &role.arn).await? {
        return Ok(in_use(&wanted, &user));
    }
    let role_name = wanted.role_name.to_owned();
    calls.push(DeleteRole { role_name }.into());
    Ok(Seen::act(calls))
}

fn in_use(wanted: &Wanted<'_>, user: &str) -> Seen {
    Seen::changed(
        format!("the use of role {}", wanted.role_name),
        "no new flow log",
        format!("flow log {user} delivers with it"),
    )
}

/// A flow log that somebody else made since to deliver with the role, in the regions that the plan is about.
async fn other_user(work: &Work<'_>, role_arn: &str) -> Result<Option<String>, CloudError> {
    let steps = work.run.header.plan.steps.iter();
    let regions: std::collections::BTreeSet<&str> = steps
        .filter(|step| step.account_id == work.step.account_id)
        .filter_map(|step| step.region.as_deref())
        .collect();
    for region in regions {
        let scope = work.scope.in_region(region);
        let logs = list(work.run.cloud, &scope, DescribeFlowLogs::default()).await?;
        let uses = |log: &&FlowLog| {
            log.deliver_logs_permission_arn.as_deref() == Some(role_arn)
                && is_new_of_others(work, log)
        };
        if let Some(log) = logs.iter().find(uses) {
            return Ok(Some(log.flow_log_id.clone()));
        }
    }
    Ok(None)
}
