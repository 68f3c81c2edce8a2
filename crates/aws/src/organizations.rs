//! Organizations: accounts, units and service control policies.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types as sdk;
use flowcover_cloud::{
    CloudError, DescribeOrganization, DescribePolicy, ListAccounts, ListAccountsForParent,
    ListOrganizationalUnitsForParent, ListPoliciesForTarget, ListRoots, MemberAccount,
    OrganizationInfo, Page, Unit,
};

use crate::convert::{page, required};
use crate::error::from_sdk;

/// Largest page that Organizations gives.
const PAGE_SIZE: i32 = 20;

pub(crate) async fn describe_organization(
    client: &Client,
    _: DescribeOrganization,
) -> Result<OrganizationInfo, CloudError> {
    let output = client
        .describe_organization()
        .send()
        .await
        .map_err(from_sdk)?;
    let organization = required(output.organization, "Organization")?;
    Ok(OrganizationInfo {
        id: required(organization.id, "Id")?,
        management_account_id: required(organization.master_account_id, "MasterAccountId")?,
    })
}

pub(crate) async fn list_accounts(
    client: &Client,
    request: ListAccounts,
) -> Result<Page<MemberAccount>, CloudError> {
    let call = client.list_accounts().max_results(PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.accounts.unwrap_or_default(),
        account,
        output.next_token,
    ))
}

pub(crate) async fn list_accounts_for_parent(
    client: &Client,
    request: ListAccountsForParent,
) -> Result<Page<MemberAccount>, CloudError> {
    let call = client.list_accounts_for_parent().max_results(PAGE_SIZE);
    let call = call
        .parent_id(request.parent_id)
        .set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.accounts.unwrap_or_default(),
        account,
        output.next_token,
    ))
}

pub(crate) async fn list_roots(
    client: &Client,
    request: ListRoots,
) -> Result<Page<Unit>, CloudError> {
    let call = client.list_roots().max_results(PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.roots.unwrap_or_default(),
        |root| unit(root.id, root.name),
        output.next_token,
    ))
}

pub(crate) async fn list_organizational_units_for_parent(
    client: &Client,
    request: ListOrganizationalUnitsForParent,
) -> Result<Page<Unit>, CloudError> {
    let call = client.list_organizational_units_for_parent();
    let call = call
        .max_results(PAGE_SIZE)
        .parent_id(request.parent_id)
        .set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.organizational_units.unwrap_or_default(),
        |found| unit(found.id, found.name),
        output.next_token,
    ))
}

pub(crate) async fn list_policies_for_target(
    client: &Client,
    request: ListPoliciesForTarget,
) -> Result<Page<String>, CloudError> {
    let call = client.list_policies_for_target().max_results(PAGE_SIZE);
    let call = call
        .target_id(request.target_id)
        .filter(sdk::PolicyType::ServiceControlPolicy)
        .set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    let policies = output.policies.unwrap_or_default();
    let ids = policies.into_iter().filter_map(|policy| policy.id);
    Ok(page(ids, |id| id, output.next_token))
}

pub(crate) async fn describe_policy(
    client: &Client,
    request: DescribePolicy,
) -> Result<String, CloudError> {
    let call = client.describe_policy().policy_id(request.policy_id);
    let output = call.send().await.map_err(from_sdk)?;
    required(required(output.policy, "Policy")?.content, "Content")
}

/// `State` replaces `Status`, which AWS has announced to retire; older answers have only that.
fn account(account: sdk::Account) -> MemberAccount {
    let state = account.state.map(|state| state.as_str().to_owned());
    #[allow(deprecated)]
    let status = account.status.map(|status| status.as_str().to_owned());
    MemberAccount {
        account_id: account.id.unwrap_or_default(),
        name: account.name,
        status: state.or(status).unwrap_or_default(),
    }
}

fn unit(id: Option<String>, name: Option<String>) -> Unit {
    Unit {
        id: id.unwrap_or_default(),
        name: name.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(deprecated)]
    fn the_newer_state_beats_the_status() {
        let old = sdk::Account::builder().status(sdk::AccountStatus::Suspended);
        assert_eq!(account(old.clone().build()).status, "SUSPENDED");
        let new = old.state(sdk::AccountState::PendingClosure);
        assert_eq!(account(new.build()).status, "PENDING_CLOSURE");
    }
}
