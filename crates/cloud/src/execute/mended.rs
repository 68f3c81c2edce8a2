//! Roles that are mended, and given back what they had.

use flowcover_core::plan::{Change, Replaced};

use super::look::{Seen, Setting, setting_of};
use super::role::{delete_policy, find, has_trust, inline, put};
use super::same::same_policy;
use super::work::{LEFT_BEFORE, Work, kept, made_by};
use crate::{Call, CloudError, RoleDetail, UpdateAssumeRolePolicy};

/// To mend a role that flowcover made, or to give it back what it had.
pub(super) async fn look(work: &Work<'_>) -> Result<Seen, CloudError> {
    let Change::MendRole {
        role_name,
        trust_policy,
        policy_name,
        policy,
    } = &work.step.change
    else {
        unreachable!("only steps that mend a role come here");
    };
    let what = format!("role {role_name}");
    let Some(role) = find(work, role_name).await? else {
        return Ok(Seen::changed(what, "it to exist", "none"));
    };
    if !work.step.is_about_ours(&role.tags) {
        return Ok(Seen::changed(
            what,
            "one that flowcover made",
            made_by(&role.tags),
        ));
    }
    let mut calls = Vec::new();
    if let Some(trust) = trust_policy {
        match trust_call(work, role_name, &role, trust) {
            Ok(call) => calls.extend(call),
            Err(()) => return Ok(differs(format!("the trust policy of {what}"))),
        }
    }
    if let Some(policy) = policy {
        let found = inline(work, role_name, policy_name).await?;
        match policy_call(work, role_name, policy_name, found.as_deref(), policy) {
            Ok(call) => calls.extend(call),
            Err(()) => return Ok(differs(format!("the policy {policy_name} of {what}"))),
        }
    }
    Ok(Seen::left(calls))
}

/// A role that an earlier run left and that was adopted: set as the step makes it, or back as it was.
pub(super) async fn look_at_adopted(
    work: &Work<'_>,
    role: &RoleDetail,
    (role_name, policy_name): (&str, &str),
    (trust, policy): (&Replaced<String>, &Replaced<String>),
) -> Result<Seen, CloudError> {
    let what = format!("role {role_name}");
    if !work.is_of_earlier_run(&role.tags) {
        return Ok(Seen::changed(what, LEFT_BEFORE, made_by(&role.tags)));
    }
    let mut calls = Vec::new();
    match trust_call(work, role_name, role, trust) {
        Ok(call) => calls.extend(call),
        Err(()) => return Ok(differs(format!("the trust policy of {what}"))),
    }
    let found = inline(work, role_name, policy_name).await?;
    match policy_call(work, role_name, policy_name, found.as_deref(), policy) {
        Ok(call) => calls.extend(call),
        Err(()) => return Ok(differs(format!("the policy {policy_name} of {what}"))),
    }
    if calls.is_empty() && work.is_taking_back() {
        return Ok(kept(&what, &role.tags));
    }
    Ok(Seen::left(calls))
}

/// Whether a policy is to be replaced by one that says something else.
fn needs_change(policy: &Replaced<String>) -> bool {
    let is_same = |before: &String| same_policy(before, &policy.after);
    !policy.before.as_ref().is_some_and(is_same)
}

fn differs(what: String) -> Seen {
    Seen::changed(what, "what it was when the plan was made", "something else")
}

fn trust_call(
    work: &Work<'_>,
    role_name: &str,
    role: &RoleDetail,
    trust: &Replaced<String>,
) -> Result<Option<Call>, ()> {
    let is_before = trust
        .before
        .as_ref()
        .is_some_and(|before| has_trust(role, before));
    let called = work.may_have_called(|call| matches!(call, Call::UpdateAssumeRolePolicy(_)));
    let back = work.is_taking_back();
    let wanted = if back {
        trust.before.as_ref()
    } else {
        Some(&trust.after)
    };
    let stands = (is_before, has_trust(role, &trust.after));
    match setting_of(needs_change(trust), stands, called, back) {
        Setting::Settled => Ok(None),
        Setting::Replace => {
            let trust_policy = wanted.cloned().ok_or(())?;
            let role_name = role_name.to_owned();
            Ok(Some(
                UpdateAssumeRolePolicy {
                    role_name,
                    trust_policy,
                }
                .into(),
            ))
        }
        Setting::Changed => Err(()),
    }
}

fn policy_call(
    work: &Work<'_>,
    role_name: &str,
    policy_name: &str,
    found: Option<&str>,
    policy: &Replaced<String>,
) -> Result<Option<Call>, ()> {
    let is_before = match (found, &policy.before) {
        (None, None) => true,
        (Some(found), Some(before)) => same_policy(found, before),
        _ => false,
    };
    let is_after = found.is_some_and(|found| same_policy(found, &policy.after));
    let called = work.may_have_called(|call| matches!(call, Call::PutRolePolicy(_)));
    let back = work.is_taking_back();
    match setting_of(needs_change(policy), (is_before, is_after), called, back) {
        Setting::Settled => Ok(None),
        Setting::Replace if !back => Ok(Some(put(role_name, policy_name, &policy.after))),
        Setting::Replace => Ok(Some(match &policy.before {
            Some(before) => put(role_name, policy_name, before),
            None => delete_policy(role_name, policy_name),
        })),
        Setting::Changed => Err(()),
    }
}
