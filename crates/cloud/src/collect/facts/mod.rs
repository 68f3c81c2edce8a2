//! The facts that flow logs depend on, each read once: a role once per account, a bucket once
//! per organisation.

mod buckets;
mod keys;
mod log_groups;
mod roles;
mod streams;

use std::collections::BTreeMap;
use std::sync::Arc;

use flowcover_core::inventory::{Gap, GapKind, Inventory, Named};

use super::{Accounts, EnteredAccount, Place, Run};

/// Which accounts can be asked.
pub(super) struct Reach<'a> {
    run: &'a Run<'a>,
    accounts: &'a Accounts,
}

impl<'a> Reach<'a> {
    pub(super) fn new(run: &'a Run<'a>, accounts: &'a Accounts) -> Self {
        Self { run, accounts }
    }

    pub(super) fn account(&self, account_id: &str) -> Option<&'a Arc<EnteredAccount>> {
        self.accounts.get(account_id)
    }

    /// Accounts that may own a bucket, the likeliest first: those named for it, those whose id
    /// stands in its name (as Control Tower names them), those that deliver to it, then all others.
    pub(super) fn likely_owners(&self, bucket: &str, user: &str) -> Vec<&'a Arc<EnteredAccount>> {
        let mut accounts: Vec<_> = self.accounts.values().collect();
        accounts.sort_by_key(|account| self.unlikelihood(account, bucket, user));
        accounts
    }

    /// Whether something speaks for an account as owner of a bucket.
    fn is_likely_owner(&self, account: &EnteredAccount, bucket: &str, user: &str) -> bool {
        self.unlikelihood(account, bucket, user) != (true, true, true)
    }

    fn unlikelihood(
        &self,
        account: &EnteredAccount,
        bucket: &str,
        user: &str,
    ) -> (bool, bool, bool) {
        let id = account.account_id.as_str();
        let mut named = self.run.options.bucket_accounts.iter();
        let is_named = named.any(|named| named == id);
        (!is_named, !bucket.contains(id), id != user)
    }

    /// Notes that something lies in an account that cannot be asked.
    fn out_of_reach(&self, account_id: &str, action: &str, resource: &str) {
        self.run.gaps.push(Gap {
            account_id: Some(account_id.to_owned()),
            region: None,
            action: action.to_owned(),
            resource: Some(resource.to_owned()),
            kind: GapKind::OutOfReach,
            error_code: "AccountNotAudited".to_owned(),
            permission: None,
            message: "it belongs to an account that is not among those audited".to_owned(),
        });
        self.run.observer.gap();
    }
}

/// Reads everything that flow logs name into the inventory, and the buckets `besides`, by name, with their owners.
pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    places: &[Place],
    besides: BTreeMap<String, String>,
    inventory: &mut Inventory,
) {
    let mut named = Named::by(places.iter().map(|place| &place.region));
    // Who is said to own a bucket is likelier to than who delivers to it.
    named.buckets.extend(besides);
    let (roles, log_groups, buckets, delivery_streams) = futures::join!(
        roles::read(run, reach, named.roles),
        log_groups::read(run, reach, named.log_groups),
        buckets::read(run, reach, named.buckets),
        streams::read(run, reach, named.delivery_streams),
    );
    inventory.keys = keys::read(run, reach, &log_groups, &buckets).await;
    inventory.roles = roles;
    inventory.log_groups = log_groups;
    inventory.buckets = buckets;
    inventory.delivery_streams = delivery_streams;
}

/// Reads nothing but these buckets, by name, with their owners, and their keys.
pub(super) async fn read_buckets(
    run: &Run<'_>,
    reach: &Reach<'_>,
    named: BTreeMap<String, String>,
    inventory: &mut Inventory,
) {
    let buckets = buckets::read(run, reach, named).await;
    inventory.keys = keys::read(run, reach, &BTreeMap::new(), &buckets).await;
    inventory.buckets = buckets;
}
