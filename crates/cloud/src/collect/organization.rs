//! The accounts of the organisation, and the units that hold them.

use std::collections::BTreeMap;

use flowcover_core::inventory::{
    Account, AccountStatus, Depth, Inventory, Organization, OrganizationalUnit, Region,
    RegionStatus,
};
use futures::{StreamExt, stream};

use super::accounts::member;
use super::{EnteredAccount, Run, Session};
use crate::{
    DescribeOrganization, ListAccounts, ListAccountsForParent, ListOrganizationalUnitsForParent,
    ListRoots, MemberAccount, Unit,
};

/// The accounts of the organisation, with their units where something needs these.
pub(super) async fn members(
    run: &Run<'_>,
    base: &EnteredAccount,
    inventory: &mut Inventory,
    include_units: &[String],
    exclude_units: &[String],
) -> Vec<Account> {
    let session = Session::new(run, base.home.clone());
    let full = run.options.depth == Depth::Full;
    let walk = full || !include_units.is_empty() || !exclude_units.is_empty();
    let listing = session.list(ListAccounts { next_token: None }, None);
    let tree = async {
        if walk {
            Some(Tree::read(&session).await)
        } else {
            None
        }
    };
    let detail = async {
        if walk {
            session.ask(DescribeOrganization {}).await.ok()
        } else {
            None
        }
    };
    let ((listing, failed), tree, detail) = futures::join!(listing, tree, detail);
    if failed.is_some() {
        // Accounts that could not be listed must not be missing without a word.
        let unlisted = Region::new("*", "*", RegionStatus::Denied);
        if !inventory.regions.contains(&unlisted) {
            inventory.regions.push(unlisted);
        }
    }
    let tree = tree.unwrap_or_default();
    if let Some(detail) = detail {
        inventory.organization = Some(Organization {
            id: detail.id,
            management_account_id: detail.management_account_id,
            units: tree.units.clone(),
        });
    }
    let management = inventory
        .organization
        .as_ref()
        .map(|it| it.management_account_id.clone());
    let mut members: Vec<Account> = listing
        .items
        .into_iter()
        .map(|found| tree.account(found, management.as_deref()))
        .filter(|account| in_units(account, &tree.units, include_units, exclude_units))
        .collect();
    // The caller's own account can be audited whatever becomes of the list.
    let listed = members.iter().any(|it| it.account_id == base.account_id);
    if failed.is_some() && !listed {
        members.push(member(&base.account_id));
    }
    members
}

fn in_units(
    account: &Account,
    units: &[OrganizationalUnit],
    include: &[String],
    exclude: &[String],
) -> bool {
    let named = |wanted: &String| {
        account.organizational_units.iter().any(|id| {
            id == wanted
                || units
                    .iter()
                    .any(|unit| unit.id == *id && unit.name == *wanted)
        })
    };
    (include.is_empty() || include.iter().any(named)) && !exclude.iter().any(named)
}

/// Roots, units, and which holds which account.
#[derive(Debug, Default)]
struct Tree {
    units: Vec<OrganizationalUnit>,
    paths: BTreeMap<String, Vec<String>>,
}

impl Tree {
    async fn read(session: &Session<'_>) -> Self {
        let mut tree = Self::default();
        let (roots, _) = session.list(ListRoots { next_token: None }, None).await;
        let mut level: Vec<(Unit, Vec<String>)> = roots
            .items
            .into_iter()
            .map(|root| (root, Vec::new()))
            .collect();
        // Organizations nests units five deep at most; the bound guards against a loop.
        for _ in 0..16 {
            let read: Vec<_> = stream::iter(std::mem::take(&mut level))
                .map(|(unit, above)| Self::read_unit(session, unit, above))
                .buffered(16)
                .collect()
                .await;
            for (unit, path, accounts, children) in read {
                tree.paths.extend(
                    accounts
                        .into_iter()
                        .map(|account| (account.account_id, path.clone())),
                );
                tree.units.push(unit);
                level.extend(children.into_iter().map(|child| (child, path.clone())));
            }
            if level.is_empty() {
                break;
            }
        }
        tree.units.sort();
        tree
    }

    async fn read_unit(
        session: &Session<'_>,
        unit: Unit,
        above: Vec<String>,
    ) -> (
        OrganizationalUnit,
        Vec<String>,
        Vec<MemberAccount>,
        Vec<Unit>,
    ) {
        let parent_id = unit.id.clone();
        let accounts = session.list(
            ListAccountsForParent {
                parent_id: parent_id.clone(),
                next_token: None,
            },
            Some(&unit.id),
        );
        let children = session.list(
            ListOrganizationalUnitsForParent {
                parent_id,
                next_token: None,
            },
            Some(&unit.id),
        );
        let ((accounts, _), (children, _)) = futures::join!(accounts, children);
        let parent_id = above.last().cloned();
        let mut path = above;
        path.push(unit.id.clone());
        (
            OrganizationalUnit {
                id: unit.id,
                name: unit.name,
                parent_id,
            },
            path,
            accounts.items,
            children.items,
        )
    }

    fn account(&self, found: MemberAccount, management: Option<&str>) -> Account {
        Account {
            name: found.name,
            status: AccountStatus::from(found.status),
            is_management: management == Some(found.account_id.as_str()),
            organizational_units: self
                .paths
                .get(&found.account_id)
                .cloned()
                .unwrap_or_default(),
            ..member(&found.account_id)
        }
    }
}
