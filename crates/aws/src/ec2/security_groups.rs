//! Security groups, their rules, and the prefix lists that rules name.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types as sdk;
use flowcover_cloud::{
    CloudError, DescribeManagedPrefixLists, DescribeSecurityGroupRules, DescribeSecurityGroups,
    GetManagedPrefixListEntries, Page,
};
use flowcover_core::inventory::{PrefixList, SecurityGroup, SecurityGroupRule};

use super::{PAGE_SIZE, one_of, tags};
use crate::convert::page;
use crate::error::from_sdk;

/// Largest page of prefix lists and of their entries (EC2 API reference, `DescribeManagedPrefixLists`).
const PREFIX_LIST_PAGE_SIZE: i32 = 100;

pub(crate) async fn describe_security_groups(
    client: &Client,
    request: DescribeSecurityGroups,
) -> Result<Page<SecurityGroup>, CloudError> {
    let call = client.describe_security_groups().max_results(PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.security_groups.unwrap_or_default(),
        security_group,
        output.next_token,
    ))
}

pub(crate) async fn describe_security_group_rules(
    client: &Client,
    request: DescribeSecurityGroupRules,
) -> Result<Page<SecurityGroupRule>, CloudError> {
    let call = client
        .describe_security_group_rules()
        .max_results(PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.security_group_rules.unwrap_or_default(),
        security_group_rule,
        output.next_token,
    ))
}

pub(crate) async fn describe_managed_prefix_lists(
    client: &Client,
    request: DescribeManagedPrefixLists,
) -> Result<Page<PrefixList>, CloudError> {
    let filters = one_of("prefix-list-id", request.prefix_list_ids);
    let call = client
        .describe_managed_prefix_lists()
        .max_results(PREFIX_LIST_PAGE_SIZE);
    let call = call.set_filters(filters).set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.prefix_lists.unwrap_or_default(),
        prefix_list,
        output.next_token,
    ))
}

pub(crate) async fn get_managed_prefix_list_entries(
    client: &Client,
    request: GetManagedPrefixListEntries,
) -> Result<Page<String>, CloudError> {
    let call = client
        .get_managed_prefix_list_entries()
        .prefix_list_id(request.prefix_list_id)
        .max_results(PREFIX_LIST_PAGE_SIZE);
    let call = call.set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    // An entry without a block must not vanish: the list would be taken for narrower than it is.
    Ok(page(
        output.entries.unwrap_or_default(),
        |entry| entry.cidr.unwrap_or_default(),
        output.next_token,
    ))
}

fn security_group(group: sdk::SecurityGroup) -> SecurityGroup {
    SecurityGroup {
        group_id: group.group_id.unwrap_or_default(),
        group_name: group.group_name,
        description: group.description,
        vpc_id: group.vpc_id,
        owner_id: group.owner_id,
        tags: tags(group.tags),
    }
}

fn security_group_rule(rule: sdk::SecurityGroupRule) -> SecurityGroupRule {
    let (referenced, owner) = rule
        .referenced_group_info
        .map_or((None, None), |it| (it.group_id, it.user_id));
    SecurityGroupRule {
        security_group_rule_id: rule.security_group_rule_id.unwrap_or_default(),
        group_id: rule.group_id.unwrap_or_default(),
        is_egress: rule.is_egress.unwrap_or_default(),
        ip_protocol: rule.ip_protocol,
        from_port: rule.from_port,
        to_port: rule.to_port,
        cidr_ipv4: rule.cidr_ipv4,
        cidr_ipv6: rule.cidr_ipv6,
        prefix_list_id: rule.prefix_list_id,
        referenced_group_id: referenced,
        referenced_group_owner_id: owner,
        description: rule.description,
    }
}

fn prefix_list(list: sdk::ManagedPrefixList) -> PrefixList {
    PrefixList {
        prefix_list_id: list.prefix_list_id.unwrap_or_default(),
        prefix_list_name: list.prefix_list_name,
        cidrs: None,
    }
}

#[cfg(test)]
#[path = "security_groups_tests.rs"]
mod tests;
