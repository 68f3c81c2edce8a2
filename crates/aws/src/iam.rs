//! IAM: roles and their policies.

use aws_sdk_iam::Client;
use flowcover_cloud::{
    CloudError, GetPolicy, GetPolicyVersion, GetRole, GetRolePolicy, ListAttachedRolePolicies,
    ListRolePolicies, Page, RoleDetail,
};

use crate::convert::{page, policy_document, required};
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
