//! IAM: roles and their policies.

use aws_sdk_iam::Client;
use aws_sdk_iam::types as sdk;
use flowcover_cloud::{
    AccountSummary, CloudError, CreateRole, DeleteRole, DeleteRolePolicy, GetAccountSummary,
    GetPolicy, GetPolicyVersion, GetRole, GetRolePolicy, ListAttachedRolePolicies,
    ListRolePolicies, Page, PutRolePolicy, RoleDetail, SimulatePrincipalPolicy, SimulatedDecision,
    UpdateAssumeRolePolicy,
};

use crate::convert::{incomplete, page, policy_document, required};
use crate::error::from_sdk;

/// Largest page that IAM gives.
const PAGE_SIZE: i32 = 1000;

pub(crate) async fn get_role(client: &Client, request: GetRole) -> Result<RoleDetail, CloudError> {
    let call = client.get_role().role_name(request.role_name);
    let output = call.send().await.map_err(from_sdk)?;
    let role = required(output.role, "Role")?;
    let trust_policy = role.assume_role_policy_document.as_deref();
    Ok(RoleDetail {
        arn: role.arn,
        trust_policy: trust_policy.map(policy_document).transpose()?,
        permissions_boundary_arn: role
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn),
        tags: role
            .tags
            .unwrap_or_default()
            .into_iter()
            .map(|tag| (tag.key, tag.value))
            .collect(),
    })
}

pub(crate) async fn list_role_policies(
    client: &Client,
    request: ListRolePolicies,
) -> Result<Page<String>, CloudError> {
    let call = client.list_role_policies().role_name(request.role_name);
    let call = call.max_items(PAGE_SIZE).set_marker(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    let next = output.marker.filter(|_| output.is_truncated);
    Ok(page(output.policy_names, |name| name, next))
}

pub(crate) async fn get_role_policy(
    client: &Client,
    request: GetRolePolicy,
) -> Result<String, CloudError> {
    let call = client.get_role_policy().role_name(request.role_name);
    let call = call.policy_name(request.policy_name);
    let output = call.send().await.map_err(from_sdk)?;
    policy_document(&output.policy_document)
}

pub(crate) async fn list_attached_role_policies(
    client: &Client,
    request: ListAttachedRolePolicies,
) -> Result<Page<String>, CloudError> {
    let call = client.list_attached_role_policies();
    let call = call
        .role_name(request.role_name)
        .max_items(PAGE_SIZE)
        .set_marker(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    let next = output.marker.filter(|_| output.is_truncated);
    let policies = output.attached_policies.unwrap_or_default();
    let arns = policies.into_iter().filter_map(|policy| policy.policy_arn);
    Ok(page(arns, |arn| arn, next))
}

pub(crate) async fn get_policy(client: &Client, request: GetPolicy) -> Result<String, CloudError> {
    let call = client.get_policy().policy_arn(request.policy_arn);
    let output = call.send().await.map_err(from_sdk)?;
    let policy = required(output.policy, "Policy")?;
    required(policy.default_version_id, "DefaultVersionId")
}

pub(crate) async fn get_policy_version(
    client: &Client,
    request: GetPolicyVersion,
) -> Result<String, CloudError> {
    let call = client.get_policy_version().policy_arn(request.policy_arn);
    let call = call.version_id(request.version_id);
    let output = call.send().await.map_err(from_sdk)?;
    let version = required(output.policy_version, "PolicyVersion")?;
    policy_document(&required(version.document, "Document")?)
}

pub(crate) async fn simulate_principal_policy(
    client: &Client,
    request: SimulatePrincipalPolicy,
) -> Result<Page<SimulatedDecision>, CloudError> {
    let resources = Some(request.resource_arns).filter(|arns| !arns.is_empty());
    let context = request.context.into_iter().map(|(key, value)| {
        sdk::ContextEntry::builder()
            .context_key_name(key)
            .context_key_values(value)
            .context_key_type(sdk::ContextKeyTypeEnum::String)
            .build()
    });
    let context = Some(context.collect()).filter(|entries: &Vec<_>| !entries.is_empty());
    let call = client.simulate_principal_policy();
    let call = call
        .policy_source_arn(request.principal_arn)
        .set_action_names(Some(request.actions))
        .set_resource_arns(resources)
        .set_context_entries(context)
        .max_items(PAGE_SIZE)
        .set_marker(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    let next = output.marker.filter(|_| output.is_truncated);
    let results = output.evaluation_results.unwrap_or_default();
    Ok(page(results.into_iter().flat_map(decisions), |it| it, next))
}

pub(crate) async fn get_account_summary(
    client: &Client,
    GetAccountSummary {}: GetAccountSummary,
) -> Result<AccountSummary, CloudError> {
    let output = client.get_account_summary().send().await;
    let summary = output.map_err(from_sdk)?.summary_map.unwrap_or_default();
    let number = |key: sdk::SummaryKeyType| {
        let told = summary.get(&key).copied();
        required(told.and_then(|it| u64::try_from(it).ok()), key.as_str())
    };
    Ok(AccountSummary {
        roles: number(sdk::SummaryKeyType::Roles)?,
        roles_quota: number(sdk::SummaryKeyType::RolesQuota)?,
    })
}

/// One decision for each resource; those of several stand one level deeper.
fn decisions(result: sdk::EvaluationResult) -> Vec<SimulatedDecision> {
    let specific = result.resource_specific_results.unwrap_or_default();
    let action = result.eval_action_name;
    if specific.is_empty() {
        return vec![SimulatedDecision {
            action,
            resource: result.eval_resource_name.unwrap_or_else(|| "*".to_owned()),
            allowed: result.eval_decision == ALLOWED,
            lacks_context: lacks_context(result.missing_context_values),
        }];
    }
    let decision = |result: sdk::ResourceSpecificResult| SimulatedDecision {
        action: action.clone(),
        resource: result.eval_resource_name,
        allowed: result.eval_resource_decision == ALLOWED,
        lacks_context: lacks_context(result.missing_context_values),
    };
    specific.into_iter().map(decision).collect()
}

const ALLOWED: sdk::PolicyEvaluationDecisionType = sdk::PolicyEvaluationDecisionType::Allowed;

fn lacks_context(keys: Option<Vec<String>>) -> bool {
    keys.is_some_and(|keys| !keys.is_empty())
}

pub(crate) async fn create_role(
    client: &Client,
    request: Box<CreateRole>,
) -> Result<(), CloudError> {
    let tags = request
        .tags
        .into_iter()
        .map(|(key, value)| sdk::Tag::builder().key(key).value(value).build());
    let tags: Vec<sdk::Tag> = tags.collect::<Result<_, _>>().map_err(incomplete)?;
    let call = client.create_role().role_name(request.role_name);
    let call = call
        .path("/")
        .assume_role_policy_document(request.trust_policy)
        .set_tags(Some(tags).filter(|tags| !tags.is_empty()));
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn update_assume_role_policy(
    client: &Client,
    request: Box<UpdateAssumeRolePolicy>,
) -> Result<(), CloudError> {
    let call = client.update_assume_role_policy();
    let call = call
        .role_name(request.role_name)
        .policy_document(request.trust_policy);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn put_role_policy(
    client: &Client,
    request: Box<PutRolePolicy>,
) -> Result<(), CloudError> {
    let call = client.put_role_policy().role_name(request.role_name);
    let call = call
        .policy_name(request.policy_name)
        .policy_document(request.policy);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn delete_role_policy(
    client: &Client,
    request: Box<DeleteRolePolicy>,
) -> Result<(), CloudError> {
    let call = client.delete_role_policy().role_name(request.role_name);
    let call = call.policy_name(request.policy_name);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn delete_role(
    client: &Client,
    request: Box<DeleteRole>,
) -> Result<(), CloudError> {
    let call = client.delete_role().role_name(request.role_name);
    call.send().await.map_err(from_sdk).map(drop)
}

#[cfg(test)]
#[path = "iam_tests.rs"]
mod tests;
