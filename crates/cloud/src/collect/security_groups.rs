//! Security groups, their rules, and the prefix lists that these name: what suggesting rules needs beside flow logs.

use std::collections::BTreeSet;

use flowcover_core::inventory::{Listing, PrefixList, Region, RegionStatus};
use futures::{StreamExt, stream};

use super::Session;
use super::region::MOST_FILTER_VALUES;
use crate::{
    DescribeManagedPrefixLists, DescribeSecurityGroupRules, DescribeSecurityGroups,
    GetManagedPrefixListEntries,
};

/// Prefix lists whose blocks are asked for at once.
const LISTS_AT_ONCE: usize = 8;

/// Reads them into the region. Where nothing of the base answer could be read, they are not asked for: its gaps say why.
pub(super) async fn read(session: &Session<'_>, region: &mut Region) {
    if matches!(
        region.status,
        RegionStatus::Denied | RegionStatus::Unreachable
    ) {
        region.security_groups = Listing::not_read();
        region.security_group_rules = Listing::not_read();
        region.prefix_lists = Listing::not_read();
        return;
    }
    let ((groups, _), (rules, _)) = futures::join!(
        session.list(DescribeSecurityGroups { next_token: None }, None),
        session.list(DescribeSecurityGroupRules { next_token: None }, None),
    );
    let named: BTreeSet<String> = rules
        .items
        .iter()
        .filter_map(|rule| rule.prefix_list_id.clone())
        .collect();
    region.security_groups = groups;
    region.security_group_rules = rules;
    if !named.is_empty() {
        region.prefix_lists = prefix_lists(session, named).await;
    }
}

/// Prefix lists with their blocks.
async fn prefix_lists(session: &Session<'_>, named: BTreeSet<String>) -> Listing<PrefixList> {
    let is_named = |list: &PrefixList| named.contains(&list.prefix_list_id);
    // A filter longer than the API takes is worse than none: more is read, nothing is missed.
    let prefix_list_ids = if named.len() > MOST_FILTER_VALUES {
        Vec::new()
    } else {
        named.iter().cloned().collect()
    };
    let request = DescribeManagedPrefixLists {
        prefix_list_ids,
        next_token: None,
    };
    let (mut lists, _) = session.list(request, None).await;
    lists.items.retain(is_named);
    lists.items = stream::iter(lists.items)
        .map(|list| with_blocks(session, list))
        .buffer_unordered(LISTS_AT_ONCE)
        .collect()
        .await;
    lists
}

/// Half of the blocks are as good as none: a rule whose prefix list is not known in full stays as it is.
async fn with_blocks(session: &Session<'_>, list: PrefixList) -> PrefixList {
    let request = GetManagedPrefixListEntries {
        prefix_list_id: list.prefix_list_id.clone(),
        next_token: None,
    };
    let (blocks, _) = session.list(request, Some(&list.prefix_list_id)).await;
    PrefixList {
        cidrs: blocks.is_complete().then_some(blocks.items),
        ..list
    }
}
