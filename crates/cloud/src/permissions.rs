//! The least permissions that each command needs, from the table of operations.

mod changes;
mod records;

use std::collections::BTreeSet;

use flowcover_core::inventory::Depth;

use crate::{
    AssumeRole, DescribeConfigRules, DescribeDeliveryStream, DescribeFlowLogs, DescribeKey,
    DescribeLogGroups, DescribeLogStreams, DescribeManagedPrefixLists, DescribeNetworkInterfaces,
    DescribeOrganization, DescribePolicy, DescribeRegions, DescribeSecurityGroupRules,
    DescribeSecurityGroups, DescribeSubnets, DescribeTransitGateways, DescribeVpcs,
    GetBucketEncryption, GetBucketLifecycle, GetBucketPolicy, GetBucketPolicyStatus, GetKeyPolicy,
    GetManagedPrefixListEntries, GetPolicy, GetPolicyVersion, GetPublicAccessBlock, GetRole,
    GetRolePolicy, HeadBucket, ListAccounts, ListAccountsForParent, ListAttachedRolePolicies,
    ListObjects, ListOrganizationalUnitsForParent, ListPoliciesForTarget, ListRolePolicies,
    ListRoots, Operation,
};

pub use changes::{Changing, Part, account_with_bucket, account_with_vpcs};
pub use records::records;

/// Why a set of actions is needed: one statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Statement id.
    pub sid: &'static str,
    /// IAM actions, sorted.
    pub actions: BTreeSet<&'static str>,
    /// ARN patterns, at least one; `*` alone where AWS takes no narrower one, or what is read is not known before.
    pub resources: Vec<String>,
    /// What must hold besides.
    pub conditions: Vec<GrantCondition>,
}

/// One condition of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantCondition {
    /// `StringEquals`, …
    pub operator: &'static str,
    /// The condition key.
    pub key: &'static str,
    /// Its value.
    pub value: &'static str,
}

/// What collecting needs in every audited account. The caller's identity needs no permission.
#[must_use]
pub fn audited_account(depth: Depth, prove: bool) -> Vec<Grant> {
    let mut grants = vec![grant(
        "Base",
        &[
            DescribeRegions::ACTION,
            DescribeVpcs::ACTION,
            DescribeFlowLogs::ACTION,
            DescribeSubnets::ACTION,
            DescribeNetworkInterfaces::ACTION,
        ],
    )];
    if depth == Depth::Full {
        grants.push(grant("TransitGateways", &[DescribeTransitGateways::ACTION]));
        grants.push(grant(
            "Roles",
            &[
                GetRole::ACTION,
                ListRolePolicies::ACTION,
                GetRolePolicy::ACTION,
                ListAttachedRolePolicies::ACTION,
                GetPolicy::ACTION,
                GetPolicyVersion::ACTION,
            ],
        ));
        grants.push(grant(
            "Destinations",
            &[
                DescribeLogGroups::ACTION,
                DescribeDeliveryStream::ACTION,
                HeadBucket::ACTION,
                GetBucketPolicy::ACTION,
                GetBucketPolicyStatus::ACTION,
                GetPublicAccessBlock::ACTION,
                GetBucketEncryption::ACTION,
                GetBucketLifecycle::ACTION,
                DescribeKey::ACTION,
                GetKeyPolicy::ACTION,
            ],
        ));
        grants.push(grant("GuardRails", &[DescribeConfigRules::ACTION]));
    }
    if prove {
        grants.push(grant(
            "NewestRecords",
            &[DescribeLogStreams::ACTION, ListObjects::ACTION],
        ));
    }
    grants
}

/// What `collect --security-groups` needs besides, in every account.
#[must_use]
pub fn security_groups() -> Grant {
    grant(
        "SecurityGroups",
        &[
            DescribeSecurityGroups::ACTION,
            DescribeSecurityGroupRules::ACTION,
            DescribeManagedPrefixLists::ACTION,
            GetManagedPrefixListEntries::ACTION,
        ],
    )
}

/// What the account that the run starts from needs besides, to read the organisation.
#[must_use]
pub fn organization(depth: Depth) -> Grant {
    let mut actions = vec![
        ListAccounts::ACTION,
        DescribeOrganization::ACTION,
        ListRoots::ACTION,
        ListOrganizationalUnitsForParent::ACTION,
        ListAccountsForParent::ACTION,
    ];
    if depth == Depth::Full {
        actions.extend([ListPoliciesForTarget::ACTION, DescribePolicy::ACTION]);
    }
    grant("Organization", &actions)
}

/// The action with which the run enters other accounts; its resource is the role in them.
pub const ENTER: &str = AssumeRole::ACTION;

fn grant(sid: &'static str, actions: &[&'static str]) -> Grant {
    Grant {
        sid,
        actions: actions.iter().copied().collect(),
        resources: vec!["*".to_owned()],
        conditions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::READ_ACTIONS;

    /// Every action of the table of operations is granted to somebody, and nothing else is.
    #[test]
    fn the_grants_are_the_table() {
        let mut granted: BTreeSet<&str> = audited_account(Depth::Full, true)
            .into_iter()
            .flat_map(|grant| grant.actions)
            .collect();
        granted.extend(organization(Depth::Full).actions);
        granted.extend(security_groups().actions);
        granted.insert(ENTER);
        granted.extend(changes::READS);
        granted.extend(
            records(&[], &[])
                .into_iter()
                .flat_map(|grant| grant.actions),
        );
        granted.remove(records::DECRYPT);
        let mut table: BTreeSet<&str> = READ_ACTIONS.iter().copied().collect();
        table.remove("sts:GetCallerIdentity");
        assert_eq!(granted, table);
    }

    #[test]
    fn delivery_asks_for_less() {
        let actions: BTreeSet<&str> = audited_account(Depth::Delivery, false)
            .into_iter()
            .flat_map(|grant| grant.actions)
            .collect();
        assert!(
            actions.iter().all(|action| action.starts_with("ec2:")),
            "{actions:?}"
        );
    }
}
