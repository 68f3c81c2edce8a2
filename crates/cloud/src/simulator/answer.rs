//! From a request to its answer, in the order in which AWS checks.

use super::World;
use super::refusals::unknown_keys;
use crate::scope::service;
use crate::{Answer, CloudError, Request, Scope};

impl World {
    /// The answer, unless the way there or back is troubled.
    pub(super) fn answer(&mut self, scope: &Scope, request: Request) -> Result<Answer, CloudError> {
        self.catch_up();
        let action = request.action();
        let account_id = self.account_of(&scope.entry)?;
        let trouble = self.faults.next_trouble(&account_id, &scope.region, action);
        let Some(trouble) = trouble else {
            return self.judge(scope, &account_id, request);
        };
        if trouble.acts() {
            let _ = self.judge(scope, &account_id, request);
        }
        Err(trouble.error(&scope.region, action))
    }

    /// Credentials first, then the region, then throttling, then permission.
    fn judge(
        &mut self,
        scope: &Scope,
        account_id: &str,
        request: Request,
    ) -> Result<Answer, CloudError> {
        let action = request.action();
        self.faults.spend_credentials()?;
        let region = &*scope.region;
        self.faults.check_keys(account_id, region, action)?;
        if !self.is_enabled(account_id, region) {
            return Err(region_disabled(action));
        }
        self.faults.spend_token(account_id, region, action)?;
        // Needs no permission, and no policy can deny it (STS API reference).
        if action != "sts:GetCallerIdentity" {
            let allowed = self.authorize(account_id, region, action);
            if let (Request::HeadBucket(it), Err(_)) = (&request, &allowed) {
                return self
                    .refused_head(region, &it.bucket)
                    .map(Answer::HeadBucket);
            }
            allowed?;
        }
        if let Some(call) = request.as_call() {
            return self.write(account_id, region, call);
        }
        match request {
            Request::AssumeRole(it) => self.assume_role(it.entry.as_ref()).map(Answer::AssumeRole),
            Request::GetCallerIdentity(_) => self
                .get_caller_identity(&scope.entry)
                .map(Answer::GetCallerIdentity),
            read => self.read(account_id, region, read),
        }
    }

    /// Calls that change nothing.
    fn read(&self, account: &str, region: &str, request: Request) -> Result<Answer, CloudError> {
        use Request as R;
        match request {
            R::DescribeRegions(_) => Ok(Answer::DescribeRegions(self.describe_regions(account))),
            R::DescribeVpcs(it) => self
                .describe_vpcs(account, region, it.next_token.as_deref())
                .map(Answer::DescribeVpcs),
            R::DescribeFlowLogs(it) => self
                .describe_flow_logs(account, region, &it.resource_ids, it.next_token.as_deref())
                .map(Answer::DescribeFlowLogs),
            R::DescribeSubnets(it) => self
                .describe_subnets(account, region, it.next_token.as_deref())
                .map(Answer::DescribeSubnets),
            R::DescribeNetworkInterfaces(it) => self
                .describe_network_interfaces(account, region, &it.vpc_ids, it.next_token.as_deref())
                .map(Answer::DescribeNetworkInterfaces),
            R::DescribeTransitGateways(it) => self
                .describe_transit_gateways(account, region, it.next_token.as_deref())
                .map(Answer::DescribeTransitGateways),
            R::DescribeSecurityGroups(it) => self
                .describe_security_groups(account, region, it.next_token.as_deref())
                .map(Answer::DescribeSecurityGroups),
            R::DescribeSecurityGroupRules(it) => self
                .describe_security_group_rules(account, region, it.next_token.as_deref())
                .map(Answer::DescribeSecurityGroupRules),
            R::DescribeManagedPrefixLists(it) => self
                .describe_managed_prefix_lists(
                    account,
                    region,
                    &it.prefix_list_ids,
                    it.next_token.as_deref(),
                )
                .map(Answer::DescribeManagedPrefixLists),
            R::GetManagedPrefixListEntries(it) => self
                .get_managed_prefix_list_entries(
                    account,
                    region,
                    &it.prefix_list_id,
                    it.next_token.as_deref(),
                )
                .map(Answer::GetManagedPrefixListEntries),
            R::DescribeLogGroups(it) => self
                .describe_log_groups(
                    account,
                    region,
                    &it.log_group_identifiers,
                    it.next_token.as_deref(),
                )
                .map(Answer::DescribeLogGroups),
            R::DescribeLogStreams(it) => self
                .describe_log_streams(
                    account,
                    region,
                    &it.log_group_name,
                    it.next_token.as_deref(),
                )
                .map(Answer::DescribeLogStreams),
            R::DescribeDeliveryStream(it) => self
                .describe_delivery_stream(account, region, &it.delivery_stream_name)
                .map(Answer::DescribeDeliveryStream),
            R::DescribeConfigRules(it) => {
                let network = self.network(account, region);
                let rules = network
                    .into_iter()
                    .flat_map(|network| network.config_rules.iter().cloned());
                self.paging
                    .page(
                        "config:DescribeConfigRules",
                        rules,
                        it.next_token.as_deref(),
                    )
                    .map(Answer::DescribeConfigRules)
            }
            R::ListTagsForResource(it) => self
                .list_tags_for_log_group(account, region, &it.resource_arn)
                .map(Answer::ListTagsForResource),
            R::DescribeKey(it) => self
                .describe_key(account, region, &it.key_id)
                .map(Answer::DescribeKey),
            R::GetKeyPolicy(it) => self
                .get_key_policy(account, region, &it.key_id)
                .map(Answer::GetKeyPolicy),
            other => self.read_global(account, region, other),
        }
    }

    /// Calls to IAM, S3 and Organizations.
    fn read_global(
        &self,
        account: &str,
        region: &str,
        request: Request,
    ) -> Result<Answer, CloudError> {
        use Request as R;
        match request {
            R::GetRole(it) => self.get_role(account, &it.role_name).map(Answer::GetRole),
            R::ListRolePolicies(it) => self
                .list_role_policies(account, &it.role_name, it.next_token.as_deref())
                .map(Answer::ListRolePolicies),
            R::GetRolePolicy(it) => self
                .get_role_policy(account, &it.role_name, &it.policy_name)
                .map(Answer::GetRolePolicy),
            R::ListAttachedRolePolicies(it) => self
                .list_attached_role_policies(account, &it.role_name, it.next_token.as_deref())
                .map(Answer::ListAttachedRolePolicies),
            R::GetPolicy(it) => self.get_policy(&it.policy_arn).map(Answer::GetPolicy),
            R::GetPolicyVersion(it) => self
                .get_policy_version(&it.policy_arn, &it.version_id)
                .map(Answer::GetPolicyVersion),
            R::SimulatePrincipalPolicy(it) => self
                .simulate_principal_policy(account, region, &it)
                .map(Answer::SimulatePrincipalPolicy),
            R::GetAccountSummary(_) => {
                Ok(Answer::GetAccountSummary(self.get_account_summary(account)))
            }
            R::HeadBucket(it) => self
                .head_bucket(account, region, &it.bucket)
                .map(Answer::HeadBucket),
            R::GetBucketPolicy(it) => self
                .get_bucket_policy(account, region, &it.bucket)
                .map(Answer::GetBucketPolicy),
            R::GetBucketPolicyStatus(it) => self
                .get_bucket_policy_status(account, region, &it.bucket)
                .map(Answer::GetBucketPolicyStatus),
            R::GetPublicAccessBlock(it) => self
                .get_public_access_block(account, region, &it.bucket)
                .map(Answer::GetPublicAccessBlock),
            R::GetBucketEncryption(it) => self
                .get_bucket_encryption(account, region, &it.bucket)
                .map(Answer::GetBucketEncryption),
            R::GetBucketLifecycle(it) => self
                .get_bucket_lifecycle(account, region, &it.bucket)
                .map(Answer::GetBucketLifecycle),
            R::GetBucketTagging(it) => self
                .get_bucket_tagging(account, region, &it.bucket)
                .map(Answer::GetBucketTagging),
            R::ListObjects(it) => self
                .list_objects(
                    account,
                    region,
                    &it.bucket,
                    &it.prefix,
                    it.next_token.as_deref(),
                )
                .map(Answer::ListObjects),
            other => self.read_organization(account, other),
        }
    }

    fn read_organization(&self, account: &str, request: Request) -> Result<Answer, CloudError> {
        use Request as R;
        match request {
            R::DescribeOrganization(_) => self
                .describe_organization(account)
                .map(Answer::DescribeOrganization),
            R::ListAccounts(it) => self
                .list_accounts(account, it.next_token.as_deref())
                .map(Answer::ListAccounts),
            R::ListRoots(it) => self
                .list_roots(account, it.next_token.as_deref())
                .map(Answer::ListRoots),
            R::ListOrganizationalUnitsForParent(it) => self
                .list_units(account, &it.parent_id, it.next_token.as_deref())
                .map(Answer::ListOrganizationalUnitsForParent),
            R::ListAccountsForParent(it) => self
                .list_accounts_for_parent(account, &it.parent_id, it.next_token.as_deref())
                .map(Answer::ListAccountsForParent),
            R::ListPoliciesForTarget(it) => self
                .list_policies_for_target(account, &it.target_id, it.next_token.as_deref())
                .map(Answer::ListPoliciesForTarget),
            R::DescribePolicy(it) => self
                .describe_policy(account, &it.policy_id)
                .map(Answer::DescribePolicy),
            other => Err(CloudError::answered(
                "InvalidAction",
                400,
                format!("{} is not simulated", other.action()),
            )),
        }
    }
}

/// What a region that is not enabled answers: to most services the keys are unknown there, STS says why.
fn region_disabled(action: &str) -> CloudError {
    match service(action) {
        "sts" => CloudError::answered(
            "RegionDisabledException",
            403,
            "STS is not activated in this region for the account",
        ),
        _ => unknown_keys(action),
    }
}
