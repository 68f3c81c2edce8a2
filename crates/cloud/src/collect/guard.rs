//! Guard rails: what stops a principal from deleting a flow log.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::inventory::{ControlLevel, Fact, Inventory, NamedPolicy, Protection};
use futures::{StreamExt, stream};

use super::organization::Overseer;
use super::{Place, Run, Session};
use crate::{DescribeConfigRules, DescribePolicy, ListPoliciesForTarget};

/// Reads the guard rails of every audited account that has a flow log to guard.
pub(super) async fn read(
    run: &Run<'_>,
    overseers: &[Overseer],
    places: &[Place],
    inventory: &mut Inventory,
) {
    let guarded: Vec<&Place> = places
        .iter()
        .filter(|place| !place.region.flow_logs.items.is_empty())
        .collect();
    let (rules, scps) = futures::join!(
        config_rules(run, &guarded),
        Scps::read(run, overseers, &guarded, inventory)
    );
    let account_ids: BTreeSet<&str> = guarded
        .iter()
        .map(|place| place.region.account_id.as_str())
        .collect();
    for account in &mut inventory.accounts {
        if account_ids.contains(account.account_id.as_str()) {
            account.protection = Some(Protection {
                service_control_policies: scps
                    .on(&account.account_id, &account.organizational_units),
                service_control_levels: scps
                    .levels(&account.account_id, &account.organizational_units),
                config_rules: rules
                    .get(&account.account_id)
                    .cloned()
                    .unwrap_or(Fact::NotRead),
            });
        }
    }
}

/// Managed Config rules about flow logs, by account.
async fn config_rules(run: &Run<'_>, places: &[&Place]) -> BTreeMap<String, Fact<Vec<String>>> {
    let read: Vec<_> = stream::iter(places)
        .map(|place| async move {
            let session = Session::new(run, place.account.home.in_region(&place.region.region));
            let (rules, _) = session
                .list(DescribeConfigRules { next_token: None }, None)
                .await;
            (
                place.region.account_id.clone(),
                place.region.region.clone(),
                rules,
            )
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await;
    let mut by_account: BTreeMap<String, Fact<Vec<String>>> = BTreeMap::new();
    for (account_id, region, listing) in read {
        let entry = by_account
            .entry(account_id)
            .or_insert_with(|| Fact::Present(Vec::new()));
        if !listing.is_complete() {
            *entry = Fact::NotRead;
        }
        if let Fact::Present(found) = entry {
            let about_flow_logs = listing
                .items
                .into_iter()
                .filter_map(|rule| rule.source_identifier)
                .filter(|id| id.contains("FLOW_LOG"));
            found.extend(about_flow_logs.map(|id| format!("{region} {id}")));
            found.sort();
        }
    }
    by_account
}

/// Service control policies by what they are attached to.
#[derive(Debug, Default)]
struct Scps {
    asked: bool,
    attached: BTreeMap<String, Option<Vec<String>>>,
    documents: BTreeMap<String, Fact<String>>,
}

impl Scps {
    /// Read from each account that told of an organisation, whether it is audited or not.
    async fn read(
        run: &Run<'_>,
        overseers: &[Overseer],
        guarded: &[&Place],
        inventory: &Inventory,
    ) -> Self {
        let mut scps = Self::default();
        for overseer in overseers {
            scps.read_of(run, overseer, guarded, inventory).await;
        }
        scps
    }

    async fn read_of(
        &mut self,
        run: &Run<'_>,
        overseer: &Overseer,
        guarded: &[&Place],
        inventory: &Inventory,
    ) {
        let session = &Session::new(run, overseer.base.home.clone());
        let organization = &overseer.organization;
        let units: BTreeSet<&String> = organization.units.iter().map(|unit| &unit.id).collect();
        let is_member = |id: &str| {
            let account = inventory.account(id);
            let root = account.and_then(|account| account.organizational_units.first());
            root.is_some_and(|root| units.contains(root))
        };
        let targets: BTreeSet<String> = guarded
            .iter()
            .map(|place| &place.region.account_id)
            // Service control policies do not restrict the management account.
            .filter(|id| **id != organization.management_account_id && is_member(id))
            .chain(units.iter().copied())
            .cloned()
            .collect();
        let attached: BTreeMap<_, _> = stream::iter(targets)
            .map(|target_id| async move {
                let request = ListPoliciesForTarget {
                    target_id: target_id.clone(),
                    next_token: None,
                };
                let (listing, _) = session.list(request, Some(&target_id)).await;
                let complete = listing.is_complete();
                (target_id, complete.then_some(listing.items))
            })
            .buffer_unordered(8)
            .collect()
            .await;
        let ids: BTreeSet<String> = attached.values().flatten().flatten().cloned().collect();
        let documents: Vec<_> = stream::iter(ids)
            .map(|policy_id| async move {
                let request = DescribePolicy {
                    policy_id: policy_id.clone(),
                };
                let document = session.fact(&policy_id, request).await;
                (policy_id, document)
            })
            .buffer_unordered(8)
            .collect()
            .await;
        self.asked = true;
        self.attached.extend(attached);
        self.documents.extend(documents);
    }

    /// What is attached where, from the root down to the account; empty where that was not read.
    fn levels(&self, account_id: &str, above: &[String]) -> Vec<ControlLevel> {
        if self.on(account_id, above).is_not_read() {
            return Vec::new();
        }
        let targets = above.iter().map(String::as_str).chain([account_id]);
        let attached = targets.filter_map(|target| Some((target, self.attached.get(target)?)));
        attached
            .map(|(target, ids)| {
                let mut policies = ids.clone().unwrap_or_default();
                policies.sort();
                ControlLevel {
                    target_id: target.to_owned(),
                    policies,
                }
            })
            .collect()
    }

    /// The policies in force on an account: its own and those of everything above it.
    fn on(&self, account_id: &str, above: &[String]) -> Fact<Vec<NamedPolicy>> {
        if !self.asked || above.is_empty() {
            return Fact::NotRead;
        }
        let mut policies = Vec::new();
        for target in above.iter().map(String::as_str).chain([account_id]) {
            match self.attached.get(target) {
                Some(Some(ids)) => policies.extend(ids.iter().map(|id| NamedPolicy {
                    name: id.clone(),
                    document: self.documents.get(id).cloned().unwrap_or(Fact::NotRead),
                })),
                Some(None) => return Fact::NotRead,
                // Not asked: the management account, which no such policy restricts.
                None => {}
            }
        }
        policies.sort_by(|a, b| a.name.cmp(&b.name));
        policies.dedup();
        Fact::Present(policies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_from_the_root_to_the_account() {
        let ids = |ids: &[&str]| Some(ids.iter().map(|id| (*id).to_owned()).collect());
        let above = ["r-1".to_owned(), "ou-1".to_owned()];
        let mut scps = Scps {
            asked: true,
            ..Scps::default()
        };
        for (target, attached) in [
            ("111111111111", ids(&["p-b", "p-a"])),
            ("ou-1", ids(&["p-full"])),
            ("r-1", ids(&["p-full"])),
        ] {
            scps.attached.insert(target.to_owned(), attached);
        }
        let level = |target: &str, policies: &[&str]| ControlLevel {
            target_id: target.to_owned(),
            policies: policies.iter().map(|id| (*id).to_owned()).collect(),
        };
        assert_eq!(
            scps.levels("111111111111", &above),
            [
                level("r-1", &["p-full"]),
                level("ou-1", &["p-full"]),
                level("111111111111", &["p-a", "p-b"]),
            ]
        );
        scps.attached.insert("ou-1".to_owned(), None);
        assert_eq!(scps.levels("111111111111", &above), []);
    }
}
