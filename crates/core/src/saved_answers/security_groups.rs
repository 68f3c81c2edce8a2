//! Security groups, their rules, and the prefix lists that these name.
//!
//! `describe-security-groups.json` holds the rules, too, but without their ids; `describe-security-group-rules.json` has these, and is
//! preferred where it is whole.

use std::collections::BTreeSet;

use crate::inventory::{Listing, PrefixList, Region, SecurityGroup, SecurityGroupRule};

use super::answer::{Answer, Traces};
use super::form;
use super::gaps::Gaps;
use super::kind::Kind;
use super::listing::{self, About};
use super::piece::Piece;
use super::regions::{Place, items};

/// A security group with the rules that stand in it; none where they were left out of the answer.
#[derive(Clone, Debug)]
pub(super) struct GroupDetail {
    group: SecurityGroup,
    rules: Option<Vec<SecurityGroupRule>>,
}

pub(super) fn group(it: form::SecurityGroup, traces: &mut Traces) -> GroupDetail {
    if let Some(arn) = &it.security_group_arn {
        let _ = traces.arn(arn);
    }
    traces.owner(it.owner_id.as_ref());
    let group_id = it.group_id.unwrap_or_default();
    let rules = it.ip_permissions.zip(it.ip_permissions_egress);
    let rules = rules.map(|(ingress, egress)| {
        let ingress = ingress.into_iter().map(|permission| (false, permission));
        let egress = egress.into_iter().map(|permission| (true, permission));
        let all = ingress.chain(egress);
        all.flat_map(|(is_egress, permission)| of_permission(&group_id, is_egress, permission))
            .collect()
    });
    GroupDetail {
        rules,
        group: SecurityGroup {
            group_id,
            group_name: it.group_name,
            description: it.description,
            vpc_id: it.vpc_id,
            owner_id: it.owner_id,
            tags: form::tags(it.tags),
        },
    }
}

/// One rule for each peer, as `DescribeSecurityGroupRules` has them, but without ids.
fn of_permission(
    group_id: &str,
    is_egress: bool,
    it: form::IpPermission,
) -> Vec<SecurityGroupRule> {
    let alike = SecurityGroupRule {
        group_id: group_id.to_owned(),
        is_egress,
        ip_protocol: it.ip_protocol,
        from_port: it.from_port,
        to_port: it.to_port,
        ..SecurityGroupRule::default()
    };
    let mut rules = Vec::new();
    for range in it.ip_ranges.into_iter().flatten() {
        rules.push(SecurityGroupRule {
            cidr_ipv4: range.cidr_ip,
            description: range.description,
            ..alike.clone()
        });
    }
    for range in it.ipv6_ranges.into_iter().flatten() {
        rules.push(SecurityGroupRule {
            cidr_ipv6: range.cidr_ipv6,
            description: range.description,
            ..alike.clone()
        });
    }
    for list in it.prefix_list_ids.into_iter().flatten() {
        rules.push(SecurityGroupRule {
            prefix_list_id: list.prefix_list_id,
            description: list.description,
            ..alike.clone()
        });
    }
    for pair in it.user_id_group_pairs.into_iter().flatten() {
        rules.push(SecurityGroupRule {
            referenced_group_id: pair.group_id,
            referenced_group_owner_id: pair.user_id,
            description: pair.description,
            ..alike.clone()
        });
    }
    rules
}

pub(super) fn rule(it: form::SecurityGroupRule, traces: &mut Traces) -> SecurityGroupRule {
    if let Some(arn) = &it.security_group_rule_arn {
        let _ = traces.arn(arn);
    }
    traces.owner(it.group_owner_id.as_ref());
    let (referenced_group_id, referenced_group_owner_id) = it
        .referenced_group_info
        .map_or((None, None), |it| (it.group_id, it.user_id));
    SecurityGroupRule {
        security_group_rule_id: it.security_group_rule_id.unwrap_or_default(),
        group_id: it.group_id.unwrap_or_default(),
        is_egress: it.is_egress == Some(true),
        ip_protocol: it.ip_protocol,
        from_port: it.from_port,
        to_port: it.to_port,
        cidr_ipv4: it.cidr_ipv4,
        cidr_ipv6: it.cidr_ipv6,
        prefix_list_id: it.prefix_list_id,
        referenced_group_id,
        referenced_group_owner_id,
        description: it.description,
    }
}

/// Whether anything about security groups was saved. Where nothing was, nobody asked for them, and nothing is missing.
pub(super) fn are_asked(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| {
        matches!(
            piece.kind,
            Kind::DescribeSecurityGroups | Kind::DescribeSecurityGroupRules
        )
    })
}

/// Reads them into the region.
pub(super) fn read(place: &Place<'_>, region: &mut Region, gaps: &mut Gaps) {
    let groups = place.list(
        Kind::DescribeSecurityGroups,
        items!(SecurityGroups: GroupDetail),
        |it| &it.group.group_id,
        gaps,
    );
    region.security_group_rules = rules(place, &groups, gaps);
    region.security_groups = Listing {
        state: groups.state,
        items: groups.items.into_iter().map(|it| it.group).collect(),
    };
    let named: BTreeSet<&str> = region
        .security_group_rules
        .items
        .iter()
        .filter_map(|rule| rule.prefix_list_id.as_deref())
        .collect();
    if !named.is_empty() {
        let lists = named.into_iter().map(|id| prefix_list(place, id, gaps));
        region.prefix_lists = Listing::complete(lists.collect());
    }
}

fn rules(
    place: &Place<'_>,
    groups: &Listing<GroupDetail>,
    gaps: &mut Gaps,
) -> Listing<SecurityGroupRule> {
    let mut without_them = Gaps::default();
    let rules = place.list(
        Kind::DescribeSecurityGroupRules,
        items!(SecurityGroupRules: SecurityGroupRule),
        |it| &it.security_group_rule_id,
        &mut without_them,
    );
    let in_groups: Option<Vec<_>> = groups.items.iter().map(|it| it.rules.clone()).collect();
    match in_groups {
        Some(in_groups) if !rules.is_complete() && !groups.items.is_empty() => Listing {
            state: groups.state,
            items: in_groups.into_iter().flatten().collect(),
        },
        _ => {
            gaps.extend(without_them.into_vec());
            rules
        }
    }
}

/// A prefix list with its blocks. Half of the blocks are as good as none: a rule whose prefix list is not known in full stays as it is.
fn prefix_list(place: &Place<'_>, id: &str, gaps: &mut Gaps) -> PrefixList {
    let mut described = place
        .files(Kind::DescribeManagedPrefixLists)
        .iter()
        .filter_map(|piece| match piece.answer() {
            Some(Answer::PrefixLists(lists)) => lists.iter().find(|it| it.prefix_list_id == id),
            _ => None,
        });
    let mut list = described.next().cloned().unwrap_or_else(|| PrefixList {
        prefix_list_id: id.to_owned(),
        ..PrefixList::default()
    });
    if list.cidrs.is_some() {
        return list;
    }
    let is_of_it = |piece: &&&Piece| {
        let rest = &piece.rest;
        rest.subject == id || rest.without_page.as_deref() == Some(id)
    };
    let files = place.files(Kind::GetManagedPrefixListEntries);
    let files: Vec<&Piece> = files.iter().filter(is_of_it).copied().collect();
    let about = About {
        resource: Some(id),
        subject: id,
        ..place.about(Kind::GetManagedPrefixListEntries)
    };
    let blocks = listing::merge(&files, about, items!(Cidrs: String), |it| it, gaps);
    list.cidrs = blocks.is_complete().then_some(blocks.items);
    list
}
