//! Who: the accounts in scope, and a way into each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowcover_core::inventory::{
    Account, AccountAccess, AccountStatus, Gap, GapKind, Inventory, Organization,
    OrganizationalUnit, Region, RegionStatus,
};
use futures::{StreamExt, stream};

use super::{AccountSelection, Accounts, Run, Session};
use crate::{
    AssumeRole, CallerIdentity, DescribeOrganization, Entry, GetCallerIdentity, ListAccounts,
    ListAccountsForParent, ListOrganizationalUnitsForParent, ListRoots, MemberAccount, Scope, Unit,
};

/// An account that calls can be made in.
#[derive(Clone, Debug)]
pub struct EnteredAccount {
    /// Twelve digits.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// Whether it is audited; otherwise it was only entered for the buckets that it holds.
    pub audited: bool,
    /// Its scope in the home region of its partition, where global services answer.
    pub home: Scope,
}

/// Enters every account in scope. Those that cannot be entered stand in the inventory as refused.
pub(super) async fn enter(run: &Run<'_>, inventory: &mut Inventory) -> Accounts {
    let mut entered = Accounts::new();
    for entry in &run.options.entries {
        let Some(base) = identify(run, entry).await else {
            continue;
        };
        if entered.is_empty() {
            inventory.partition.clone_from(&base.partition);
        }
        let members = match &run.options.accounts {
            AccountSelection::Own => {
                add(inventory, &mut entered, member(&base.account_id), Ok(base));
                continue;
            }
            AccountSelection::Listed(ids) => ids.iter().map(|id| member(id)).collect(),
            AccountSelection::Organization {
                include_units,
                exclude_units,
            } => organization(run, &base, inventory, include_units, exclude_units).await,
        };
        enter_members(run, &base, members, inventory, &mut entered).await;
    }
    entered
}

fn member(account_id: &str) -> Account {
    Account {
        account_id: account_id.to_owned(),
        name: None,
        status: AccountStatus::Active,
        access: AccountAccess::NotTried,
        is_management: false,
        organizational_units: Vec::new(),
        protection: None,
    }
}

/// Who the credentials of an entry belong to.
async fn identify(run: &Run<'_>, entry: &Entry) -> Option<EnteredAccount> {
    let scope = Scope::new(entry.clone(), "", &run.options.home_region);
    let session = Session::new(run, scope);
    match session.ask(GetCallerIdentity {}).await {
        Ok(identity) => Some(entered(entry.clone(), &identity)),
        Err(error) => {
            let resource = match entry {
                Entry::Profile(name) => Some(format!("profile {name}")),
                _ => None,
            };
            session.failed("sts:GetCallerIdentity", resource.as_deref(), &error);
            None
        }
    }
}

fn entered(entry: Entry, identity: &CallerIdentity) -> EnteredAccount {
    let partition = identity
        .arn
        .split(':')
        .nth(1)
        .filter(|part| !part.is_empty())
        .unwrap_or("aws");
    EnteredAccount {
        account_id: identity.account_id.clone(),
        partition: partition.to_owned(),
        audited: true,
        home: Scope::new(entry, &identity.account_id, home_region(partition)),
    }
}

/// Region whose endpoints answer for the global services of a partition.
fn home_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// Enters the members, and the accounts that hold buckets, side by side.
async fn enter_members(
    run: &Run<'_>,
    base: &EnteredAccount,
    members: Vec<Account>,
    inventory: &mut Inventory,
    entered: &mut Accounts,
) {
    let audited: BTreeSet<&str> = members
        .iter()
        .map(|member| member.account_id.as_str())
        .collect();
    let extra: Vec<String> = run
        .options
        .bucket_accounts
        .iter()
        .filter(|id| !audited.contains(id.as_str()) && !entered.contains_key(*id))
        .cloned()
        .collect();
    let mut outcomes: Vec<_> = stream::iter(members)
        .map(|member| async {
            let outcome = if member.status == AccountStatus::Active {
                Some(assume(run, base, &member.account_id).await)
            } else {
                None
            };
            (member, outcome)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await;
    outcomes.sort_by(|a, b| a.0.account_id.cmp(&b.0.account_id));
    for (member, outcome) in outcomes {
        match outcome {
            Some(outcome) => add(inventory, entered, member, outcome),
            None => inventory.accounts.push(member),
        }
    }
    for id in extra {
        if let Ok(mut account) = assume(run, base, &id).await {
            account.audited = false;
            entered.insert(id, Arc::new(account));
        }
    }
}

/// Into one account: with the base credentials if they belong to it, through the role otherwise.
async fn assume(
    run: &Run<'_>,
    base: &EnteredAccount,
    account_id: &str,
) -> Result<EnteredAccount, ()> {
    if account_id == base.account_id {
        return Ok(base.clone());
    }
    let Some(role_name) = &run.options.role_name else {
        run.gaps.push(Gap {
            account_id: Some(account_id.to_owned()),
            region: None,
            action: "sts:AssumeRole".to_owned(),
            resource: None,
            kind: GapKind::Credentials,
            error_code: "NoRoleName".to_owned(),
            permission: None,
            message: "no role was named to enter this account with".to_owned(),
        });
        run.observer.gap();
        return Err(());
    };
    let entry = Entry::Role {
        via: Box::new((*base.home.entry).clone()),
        role_arn: format!(
            "arn:{}:iam::{account_id}:role/{}",
            base.partition,
            role_name.trim_start_matches('/')
        ),
        external_id: run.options.external_id.clone(),
    };
    let scope = Scope {
        account_id: account_id.into(),
        ..base.home.clone()
    };
    let session = Session::new(run, scope);
    match session
        .ask(AssumeRole {
            entry: Some(entry.clone()),
        })
        .await
    {
        Ok(identity) => Ok(entered(
            entry,
            &CallerIdentity {
                account_id: account_id.to_owned(),
                ..identity
            },
        )),
        Err(error) => {
            session.failed("sts:AssumeRole", entry_role(&entry), &error);
            Err(())
        }
    }
}

fn entry_role(entry: &Entry) -> Option<&str> {
    match entry {
        Entry::Role { role_arn, .. } => Some(role_arn),
        Entry::Caller | Entry::Profile(_) => None,
    }
}

/// Puts an account into the inventory. One that refused stands there with all its regions unread.
fn add(
    inventory: &mut Inventory,
    entered: &mut Accounts,
    mut member: Account,
    outcome: Result<EnteredAccount, ()>,
) {
    if inventory.account(&member.account_id).is_some() {
        return;
    }
    match outcome {
        Ok(account) => {
            member.access = AccountAccess::Reached;
            entered.insert(member.account_id.clone(), Arc::new(account));
        }
        Err(()) => {
            member.access = AccountAccess::Refused;
            inventory
                .regions
                .push(Region::new(&member.account_id, "*", RegionStatus::Denied));
        }
    }
    inventory.accounts.push(member);
}

/// The accounts of the organisation, with their units where something needs these.
async fn organization(
    run: &Run<'_>,
    base: &EnteredAccount,
    inventory: &mut Inventory,
    include_units: &[String],
    exclude_units: &[String],
) -> Vec<Account> {
    let session = Session::new(run, base.home.clone());
    let full = run.options.depth == flowcover_core::inventory::Depth::Full;
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
    if failed.is_some() && listing.items.is_empty() {
        // The caller's own account can still be audited; the gap says what is missing.
        inventory
            .regions
            .push(Region::new("*", "*", RegionStatus::Denied));
        return vec![member(&base.account_id)];
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
    listing
        .items
        .into_iter()
        .map(|found| tree.account(found, management.as_deref()))
        .filter(|account| in_units(account, &tree.units, include_units, exclude_units))
        .collect()
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
