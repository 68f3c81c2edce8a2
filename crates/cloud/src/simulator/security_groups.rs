//! Security groups, their rules and prefix lists: what EC2 answers about them, and the builders that make them.

use flowcover_core::inventory::{PrefixList, SecurityGroup, SecurityGroupRule};

use super::World;
use super::ec2::filter_values;
use crate::{CloudError, Page};

impl World {
    /// Makes a security group without rules. Returns its id.
    pub fn add_security_group(
        &mut self,
        account_id: &str,
        region: &str,
        vpc_id: &str,
        name: &str,
    ) -> String {
        let group_id = self.ids.resource("sg");
        let group = SecurityGroup {
            group_id: group_id.clone(),
            group_name: Some(name.to_owned()),
            vpc_id: Some(vpc_id.to_owned()),
            owner_id: Some(account_id.to_owned()),
            ..SecurityGroup::default()
        };
        self.network_mut(account_id, region)
            .security_groups
            .insert(group_id.clone(), group);
        group_id
    }

    /// Puts a rule into its group, with an id of its own. Returns that id.
    pub fn add_security_group_rule(
        &mut self,
        account_id: &str,
        region: &str,
        rule: SecurityGroupRule,
    ) -> String {
        let id = self.ids.resource("sgr");
        let rule = SecurityGroupRule {
            security_group_rule_id: id.clone(),
            ..rule
        };
        self.network_mut(account_id, region)
            .security_group_rules
            .insert(id.clone(), rule);
        id
    }

    /// Makes a prefix list of these blocks. Returns its id.
    pub fn add_prefix_list(&mut self, account_id: &str, region: &str, cidrs: &[&str]) -> String {
        let id = self.ids.resource("pl");
        let list = PrefixList {
            prefix_list_id: id.clone(),
            prefix_list_name: None,
            cidrs: Some(cidrs.iter().map(|&cidr| cidr.to_owned()).collect()),
        };
        self.network_mut(account_id, region)
            .prefix_lists
            .insert(id.clone(), list);
        id
    }

    /// Puts an interface into security groups, in place of those that it is in.
    pub fn set_security_groups(
        &mut self,
        account_id: &str,
        region: &str,
        interface_id: &str,
        group_ids: &[&str],
    ) {
        let network = self.network_mut(account_id, region);
        if let Some(interface) = network.interfaces.get_mut(interface_id) {
            let ids = group_ids.iter().map(|&id| id.to_owned());
            interface.detail.security_group_ids = ids.collect();
        }
    }

    pub(super) fn describe_security_groups(
        &self,
        account_id: &str,
        region: &str,
        token: Option<&str>,
    ) -> Result<Page<SecurityGroup>, CloudError> {
        let network = self.network(account_id, region).into_iter();
        let groups = network.flat_map(|it| it.security_groups.values().cloned());
        self.paging
            .page("ec2:DescribeSecurityGroups", groups, token)
    }

    pub(super) fn describe_security_group_rules(
        &self,
        account_id: &str,
        region: &str,
        token: Option<&str>,
    ) -> Result<Page<SecurityGroupRule>, CloudError> {
        let network = self.network(account_id, region).into_iter();
        let rules = network.flat_map(|it| it.security_group_rules.values().cloned());
        self.paging
            .page("ec2:DescribeSecurityGroupRules", rules, token)
    }

    pub(super) fn describe_managed_prefix_lists(
        &self,
        account_id: &str,
        region: &str,
        prefix_list_ids: &[String],
        token: Option<&str>,
    ) -> Result<Page<PrefixList>, CloudError> {
        let wanted = filter_values(prefix_list_ids)?;
        let network = self.network(account_id, region).into_iter();
        let lists = network
            .flat_map(|it| it.prefix_lists.values())
            .filter(|list| wanted.is_empty() || wanted.contains(list.prefix_list_id.as_str()))
            .map(|list| PrefixList {
                cidrs: None,
                ..list.clone()
            });
        self.paging
            .page("ec2:DescribeManagedPrefixLists", lists, token)
    }

    pub(super) fn get_managed_prefix_list_entries(
        &self,
        account_id: &str,
        region: &str,
        prefix_list_id: &str,
        token: Option<&str>,
    ) -> Result<Page<String>, CloudError> {
        let network = self.network(account_id, region);
        let list = network.and_then(|it| it.prefix_lists.get(prefix_list_id));
        let list = list.ok_or_else(|| {
            let message = format!("the prefix list {prefix_list_id} does not exist");
            CloudError::answered("InvalidPrefixListID.NotFound", 400, message)
        })?;
        let blocks = list.cidrs.iter().flatten().cloned();
        self.paging
            .page("ec2:GetManagedPrefixListEntries", blocks, token)
    }
}
