//! Who: the accounts in scope, and a way into each.

use std::collections::BTreeSet;
use std::sync::Arc;

use flowcover_core::inventory::{
    Account, AccountAccess, AccountStatus, Gap, GapKind, Inventory, Region, RegionStatus,
};
use flowcover_core::partition;
use futures::{StreamExt, stream};

use super::entered::Entered;
use super::gaps::Gaps;
use super::{AccountSelection, Run, Session, organization, start};
use crate::{AssumeRole, CallerIdentity, Entry, GetCallerIdentity, Operation, Scope};

/// Error code of the gap of an account that cannot be entered because no role was named.
pub const NO_ROLE_NAME: &str = "NoRoleName";

/// An account that calls can be made in.
#[derive(Clone, Debug)]
pub struct EnteredAccount {
    /// Twelve digits.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// Whether it is audited; otherwise it was only entered for the buckets that it holds.
    pub audited: bool,
    /// Its scope in a region that answers: the one that the run starts from, if that serves. Global
    /// services have one endpoint for all regions of a partition.
    pub home: Scope,
}

/// Enters every account in scope. Those that cannot be entered stand in the inventory as refused.
pub(super) async fn enter(run: &Run<'_>, inventory: &mut Inventory) -> Entered {
    let mut entered = Entered::default();
    let mut units = BTreeSet::new();
    for entry in &run.options.entries {
        let Some(base) = identify(run, entry).await else {
            continue;
        };
        if entered.bases.is_empty() {
            inventory.partition.clone_from(&base.partition);
        }
        let members = match &run.options.accounts {
            AccountSelection::Own => vec![member(&base.account_id)],
            AccountSelection::Listed(ids) => ids.iter().map(|id| member(id)).collect(),
            AccountSelection::Organization {
                include_units,
                exclude_units,
            } => {
                let told =
                    organization::ask(run, &base, inventory, include_units, exclude_units).await;
                units.extend(told.units);
                entered.oversee(told.overseer);
                told.members
            }
        };
        enter_members(run, &base, members, inventory, &mut entered).await;
        let owners = &run.options.bucket_accounts;
        enter_for_buckets(run, &base, owners, inventory, &mut entered).await;
        entered.bases.push(base);
    }
    if let Some(base) = entered.bases.last() {
        organization::note_unknown_units(run, base, &units);
    }
    inventory.organization = organization::merged(&entered.overseers);
    entered.note_refusals(run);
    entered
}

pub(super) fn member(account_id: &str) -> Account {
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
    let region = start::region(run, entry);
    let session = Session::new(run, Scope::new(entry.clone(), "", region));
    let regions = start::regions(run, partition::of_region(region));
    match start::ask(session, &regions, GetCallerIdentity {}).await {
        (session, Ok(identity)) => Some(entered(run, entry.clone(), &identity, &session.scope)),
        (session, Err(error)) => {
            let resource = match entry {
                Entry::Profile(name) => Some(format!("profile {name}")),
                _ => None,
            };
            session.failed("sts:GetCallerIdentity", resource.as_deref(), &error);
            None
        }
    }
}

/// An account whose credentials answered in that scope.
fn entered(
    run: &Run<'_>,
    entry: Entry,
    identity: &CallerIdentity,
    scope: &Scope,
) -> EnteredAccount {
    let partition = identity
        .arn
        .split(':')
        .nth(1)
        .filter(|part| !part.is_empty())
        .unwrap_or("aws");
    // Behind an endpoint of one's own, a region of another partition may have answered.
    let region = if partition::of_region(&scope.region) == partition {
        scope.region.to_string()
    } else {
        let mut regions = start::regions(run, partition).into_iter();
        regions
            .next()
            .unwrap_or_else(|| partition::home_region(partition).to_owned())
    };
    EnteredAccount {
        account_id: identity.account_id.clone(),
        partition: partition.to_owned(),
        audited: true,
        home: Scope::new(entry, &identity.account_id, &region),
    }
}

/// Enters the members side by side. Those that an entry before this one settled are left alone.
async fn enter_members(
    run: &Run<'_>,
    base: &EnteredAccount,
    mut members: Vec<Account>,
    inventory: &mut Inventory,
    entered: &mut Entered,
) {
    members.retain(|member| {
        inventory
            .account(&member.account_id)
            .is_none_or(|known| known.access == AccountAccess::Refused)
    });
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
}

/// Enters accounts that turned out to hold buckets after all others were entered.
pub(super) async fn enter_owners(
    run: &Run<'_>,
    owners: impl IntoIterator<Item = &String>,
    inventory: &Inventory,
    entered: &mut Entered,
) {
    let mut owners: Vec<&String> = owners.into_iter().collect();
    owners.sort();
    owners.dedup();
    // Those that refused before would do so again, and are gaps already.
    owners.retain(|&id| !run.options.bucket_accounts.contains(id));
    for base in std::mem::take(&mut entered.bases) {
        enter_for_buckets(run, &base, owners.iter().copied(), inventory, entered).await;
        entered.bases.push(base);
    }
    entered.note_refusals(run);
}

/// Enters the accounts that are not audited, but hold buckets.
async fn enter_for_buckets(
    run: &Run<'_>,
    base: &EnteredAccount,
    owners: impl IntoIterator<Item = &String>,
    inventory: &Inventory,
    entered: &mut Entered,
) {
    for id in owners {
        if inventory.account(id).is_some() || entered.accounts.contains_key(id) {
            continue;
        }
        match assume(run, base, id).await {
            Ok(mut account) => {
                account.audited = false;
                entered.accounts.insert(id.clone(), Arc::new(account));
            }
            Err(why) => entered.refuse(id, *why),
        }
    }
}

/// Into one account: with the base credentials if they belong to it, through the role otherwise.
async fn assume(
    run: &Run<'_>,
    base: &EnteredAccount,
    account_id: &str,
) -> Result<EnteredAccount, Box<Gap>> {
    if account_id == base.account_id {
        return Ok(base.clone());
    }
    let Some(role_name) = &run.options.role_name else {
        return Err(Box::new(Gap {
            account_id: Some(account_id.to_owned()),
            region: None,
            action: "sts:AssumeRole".to_owned(),
            resource: None,
            kind: GapKind::Credentials,
            error_code: NO_ROLE_NAME.to_owned(),
            permission: None,
            message: "no role was named to enter this account with".to_owned(),
        }));
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
    let request = AssumeRole {
        entry: Some(entry.clone()),
    };
    let regions = start::regions(run, &base.partition);
    match start::ask(Session::new(run, scope), &regions, request).await {
        (session, Ok(identity)) => {
            let identity = CallerIdentity {
                account_id: account_id.to_owned(),
                ..identity
            };
            Ok(entered(run, entry, &identity, &session.scope))
        }
        (session, Err(error)) => {
            let role_arn = entry_role(&entry);
            let why = Gaps::of(&session.scope, AssumeRole::ACTION, role_arn, &error);
            Err(Box::new(why))
        }
    }
}

fn entry_role(entry: &Entry) -> Option<&str> {
    match entry {
        Entry::Role { role_arn, .. } => Some(role_arn),
        Entry::Caller | Entry::Profile(_) => None,
    }
}

/// Puts an account into the inventory. One that refused stands there with all its regions unread,
/// until another entry leads into it.
fn add(
    inventory: &mut Inventory,
    entered: &mut Entered,
    mut member: Account,
    outcome: Result<EnteredAccount, Box<Gap>>,
) {
    let refused_before = inventory.account(&member.account_id).is_some();
    match outcome {
        Ok(account) => {
            inventory
                .accounts
                .retain(|known| known.account_id != member.account_id);
            inventory
                .regions
                .retain(|region| region.account_id != member.account_id);
            member.access = AccountAccess::Reached;
            let id = member.account_id.clone();
            entered.accounts.insert(id, Arc::new(account));
        }
        Err(why) => {
            entered.refuse(&member.account_id, *why);
            if refused_before {
                return;
            }
            member.access = AccountAccess::Refused;
            inventory
                .regions
                .push(Region::new(&member.account_id, "*", RegionStatus::Denied));
        }
    }
    inventory.accounts.push(member);
}
