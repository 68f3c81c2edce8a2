//! Ways into the accounts of a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowcover_core::partition;
use flowcover_core::plan::Plan;
use futures::future::BoxFuture;
use futures::{StreamExt, stream};

use super::options::ExecuteOptions;
use crate::{
    AssumeRole, CallerIdentity, CloudError, Entry, GetCallerIdentity, Limited, Scope, ask,
};

/// An account that was entered.
#[derive(Clone, Debug)]
pub(super) struct Home {
    /// Its scope in a region that answers, where IAM is asked too.
    pub(super) scope: Scope,
    /// ARN of the user or the role session.
    pub(super) arn: String,
}

/// Accounts by id: entered, or why not.
#[derive(Debug, Default)]
pub(super) struct Places(pub(super) BTreeMap<String, Result<Home, String>>);

impl Places {
    pub(super) fn home(&self, account_id: &str) -> Result<&Home, String> {
        match self.0.get(account_id) {
            Some(Ok(home)) => Ok(home),
            Some(Err(why)) => Err(why.clone()),
            None => Err("the plan does not say how the account is reached".to_owned()),
        }
    }
}

/// Enters accounts of a plan side by side.
pub(super) async fn enter_accounts(
    cloud: &Limited,
    plan: &Plan,
    ids: BTreeSet<&str>,
    options: &ExecuteOptions,
) -> Places {
    let entries = ids.iter().filter_map(|&id| plan.accounts.get(id));
    let entries = entries.map(|account| &account.entry);
    let owners = owners(cloud, &plan.partition, entries, options).await;
    let owners = &owners;
    let entered = stream::iter(ids)
        .map(|id| async move {
            let home = match plan.accounts.get(id) {
                Some(account) => {
                    let entry = without_own_roles(&account.entry, owners);
                    enter_one(cloud, &plan.partition, id, &entry, options).await
                }
                None => Err("the plan does not say how the account is reached".to_owned()),
            };
            (id.to_owned(), home)
        })
        .buffer_unordered(options.steps_at_once.max(1))
        .collect()
        .await;
    Places(entered)
}

/// Accounts that credentials belong to, by the entry that is no role. Those of a role belong to the account in its ARN.
type Owners = BTreeMap<Entry, String>;

/// Whose the credentials are that roles are assumed with, each asked once. One that cannot be told is not in it: what is
/// wrong then, entering an account tells.
async fn owners(
    cloud: &Limited,
    partition: &str,
    entries: impl Iterator<Item = &Entry>,
    options: &ExecuteOptions,
) -> Owners {
    let is_role = |entry: &&Entry| matches!(entry, Entry::Role { .. });
    let bases: BTreeSet<&Entry> = entries.filter(is_role).map(base).collect();
    let mut owners = Owners::new();
    for base in bases {
        for region in regions(partition, options) {
            let scope = Scope::new(base.clone(), "", region);
            if let Ok(identity) = ask(cloud, &scope, GetCallerIdentity {}).await {
                owners.insert(base.clone(), identity.account_id);
                break;
            }
        }
    }
    owners
}

/// The entry that a chain of roles begins with.
fn base(entry: &Entry) -> &Entry {
    match entry {
        Entry::Role { via, .. } => base(via),
        Entry::Caller | Entry::Profile(_) => entry,
    }
}

/// The account that the credentials of an entry belong to, where it is known.
fn owner<'a>(entry: &'a Entry, owners: &'a Owners) -> Option<&'a str> {
    match entry {
        Entry::Role { role_arn, .. } => role_arn.split(':').nth(4),
        Entry::Caller | Entry::Profile(_) => owners.get(entry).map(String::as_str),
    }
}

/// An account is never entered through a role assumed from itself: what assumes it is in the account already. The role that
/// an organisation makes in its accounts (`OrganizationAccountAccessRole`) is not there in the management account.
fn without_own_roles(entry: &Entry, owners: &Owners) -> Entry {
    let Entry::Role {
        via,
        role_arn,
        external_id,
    } = entry
    else {
        return entry.clone();
    };
    let via = without_own_roles(via, owners);
    let account = owner(entry, owners);
    if account.is_some() && account == owner(&via, owners) {
        return via;
    }
    Entry::Role {
        via: Box::new(via),
        role_arn: role_arn.clone(),
        external_id: external_id.clone(),
    }
}

async fn enter_one(
    cloud: &Limited,
    partition: &str,
    account_id: &str,
    entry: &Entry,
    options: &ExecuteOptions,
) -> Result<Home, String> {
    let mut refusal = String::new();
    for region in regions(partition, options) {
        let scope = Scope::new(entry.clone(), account_id, region);
        match identify(cloud, &scope, entry).await {
            Ok(identity) => return home(scope, identity, partition, account_id),
            Err(error) if refusal.is_empty() => {
                refusal = format!("account {account_id} cannot be entered: {error}");
            }
            Err(_) => {}
        }
    }
    Err(refusal)
}

/// The region that the run starts from, if it lies in the partition, then the partition's own.
fn regions<'a>(partition: &str, options: &'a ExecuteOptions) -> Vec<&'a str> {
    let own = partition::home_region(partition);
    let start = options.home_region.as_str();
    if partition::of_region(start) == partition && start != own {
        vec![start, own]
    } else {
        vec![own]
    }
}

/// Who an entry makes of the caller. A role is assumed with the entry that leads to it, which is entered before.
fn identify<'a>(
    cloud: &'a Limited,
    scope: &'a Scope,
    entry: &'a Entry,
) -> BoxFuture<'a, Result<CallerIdentity, CloudError>> {
    Box::pin(async move {
        let Entry::Role { via, .. } = entry else {
            return ask(cloud, scope, GetCallerIdentity {}).await;
        };
        let before = Scope {
            entry: Arc::new((**via).clone()),
            ..scope.clone()
        };
        if matches!(**via, Entry::Role { .. }) {
            identify(cloud, &before, via).await?;
        }
        let entry = Some(entry.clone());
        ask(cloud, &before, AssumeRole { entry }).await
    })
}

/// That the credentials belong to the account that the plan is about.
fn home(
    scope: Scope,
    identity: CallerIdentity,
    partition: &str,
    account_id: &str,
) -> Result<Home, String> {
    let CallerIdentity {
        account_id: found,
        arn,
    } = identity;
    if found != account_id {
        return Err(format!(
            "the plan is about account {account_id}, the credentials belong to {found}"
        ));
    }
    let told = arn.split(':').nth(1).unwrap_or_default();
    if told != partition {
        return Err(format!(
            "the plan is about partition {partition}, the credentials belong to {told}"
        ));
    }
    Ok(Home { scope, arn })
}
