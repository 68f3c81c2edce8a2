//! The accounts of the organisation, and the units that hold them.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::inventory::{
    Account, AccountStatus, Depth, Gap, GapKind, Inventory, Listing, Organization,
    OrganizationalUnit, Region, RegionStatus,
};
use futures::{StreamExt, stream};

use super::accounts::member;
use super::{AccountSelection, EnteredAccount, Run, Session};
use crate::{
    DescribeOrganization, ListAccounts, ListAccountsForParent, ListOrganizationalUnitsForParent,
    ListRoots, MemberAccount, Operation, OrganizationInfo, Unit,
};

/// Code of the gap that names a unit which was asked for, and which no organisation has.
pub const NO_SUCH_UNIT: &str = "NoSuchUnit";

/// Who can be asked about an organisation: its accounts may only be told of the management account's
/// credentials, or a delegate's, whether that account is audited or not.
#[derive(Debug)]
pub(super) struct Overseer {
    /// The account that was asked.
    pub(super) base: EnteredAccount,
    /// What it told.
    pub(super) organization: Organization,
}

/// What the organisation of one entry told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The accounts in scope.
    pub(super) members: Vec<Account>,
    /// Who was asked; none if that is not known, or was not needed.
    pub(super) overseer: Option<Overseer>,
    /// Ids and names of its roots and units, where they were needed.
    pub(super) units: BTreeSet<String>,
}

/// The accounts of the organisation, with their units where something needs these.
pub(super) async fn ask(
    run: &Run<'_>,
    base: &EnteredAccount,
    inventory: &mut Inventory,
    include_units: &[String],
    exclude_units: &[String],
) -> Told {
    let session = Session::new(run, base.home.clone());
    let narrowed = !include_units.is_empty() || !exclude_units.is_empty();
    let walk = run.options.depth == Depth::Full || narrowed;
    let listing = session.list(ListAccounts { next_token: None }, None);
    let tree = async {
        if walk {
            Tree::read(&session).await
        } else {
            Tree::default()
        }
    };
    let detail = async { if walk { describe(&session).await } else { None } };
    let ((listing, failed), tree, detail) = futures::join!(listing, tree, detail);
    if failed.is_some() || (narrowed && !tree.is_complete) {
        // Accounts that could not be listed, or placed, must not be missing without a word.
        let unlisted = Region::new("*", "*", RegionStatus::Denied);
        if !inventory.regions.contains(&unlisted) {
            inventory.regions.push(unlisted);
        }
    }
    let management = detail.as_ref().map(|it| it.management_account_id.as_str());
    let mut found = listing.items;
    // The caller's own account can be audited whatever becomes of the list.
    let listed = found.iter().any(|it| it.account_id == base.account_id);
    if failed.is_some() && !listed {
        found.push(MemberAccount {
            account_id: base.account_id.clone(),
            name: None,
            status: AccountStatus::Active.as_str().to_owned(),
        });
    }
    let members = found
        .into_iter()
        .map(|found| tree.account(found, management))
        // Where the tree has holes, nobody knows whether an account outside of it was left out.
        .filter(|it| !narrowed || tree.is_complete || !it.organizational_units.is_empty())
        .filter(|account| in_units(account, &tree.units, include_units, exclude_units))
        .collect();
    let units = tree.units.iter().flat_map(|unit| [&unit.id, &unit.name]);
    let units = units.cloned().collect();
    let overseer = detail.map(|detail| Overseer {
        base: base.clone(),
        organization: Organization {
            id: detail.id,
            management_account_id: detail.management_account_id,
            units: tree.units,
        },
    });
    Told {
        members,
        overseer,
        units,
    }
}

async fn describe(session: &Session<'_>) -> Option<OrganizationInfo> {
    let detail = session.ask(DescribeOrganization {}).await;
    if let Err(error) = &detail {
        session.failed(DescribeOrganization::ACTION, None, error);
    }
    detail.ok()
}

/// What is known of the organisation, or of several: the first one that answered, with the units of all.
pub(super) fn merged(overseers: &[Overseer]) -> Option<Organization> {
    let (first, others) = overseers.split_first()?;
    let mut organization = first.organization.clone();
    for other in others {
        let units = other.organization.units.iter().cloned();
        organization.units.extend(units);
    }
    organization.units.sort();
    organization.units.dedup();
    Some(organization)
}

/// Units that were asked for by a name that no organisation knows.
pub(super) fn note_unknown_units(run: &Run<'_>, base: &EnteredAccount, known: &BTreeSet<String>) {
    let AccountSelection::Organization {
        include_units,
        exclude_units,
    } = &run.options.accounts
    else {
        return;
    };
    let wanted: BTreeSet<&String> = include_units.iter().chain(exclude_units).collect();
    for unit in wanted.into_iter().filter(|unit| !known.contains(*unit)) {
        run.gaps.push(Gap {
            account_id: Some(base.account_id.clone()),
            region: None,
            action: ListOrganizationalUnitsForParent::ACTION.to_owned(),
            resource: Some(unit.clone()),
            kind: GapKind::Service,
            error_code: NO_SUCH_UNIT.to_owned(),
            permission: None,
            message: "no root or unit that was listed has that id or name".to_owned(),
        });
        run.observer.gap();
    }
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
    /// Whether every unit and its accounts could be listed.
    is_complete: bool,
    units: Vec<OrganizationalUnit>,
    paths: BTreeMap<String, Vec<String>>,
}

impl Tree {
    async fn read(session: &Session<'_>) -> Self {
        let mut tree = Self::default();
        let (roots, failed) = session.list(ListRoots { next_token: None }, None).await;
        tree.is_complete = failed.is_none();
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
                tree.is_complete &= accounts.is_complete() && children.is_complete();
                tree.paths.extend(
                    accounts
                        .items
                        .into_iter()
                        .map(|account| (account.account_id, path.clone())),
                );
                tree.units.push(unit);
                level.extend(
                    children
                        .items
                        .into_iter()
                        .map(|child| (child, path.clone())),
                );
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
        Listing<MemberAccount>,
        Listing<Unit>,
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
            accounts,
            children,
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
