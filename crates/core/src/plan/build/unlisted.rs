//! Accounts and regions of which not enough was read to say what lies there.

use super::Builder;
use super::refusal::Refusal;
use crate::checks::fingerprint;
use crate::finding::Resource;
use crate::inventory::{Account, AccountAccess, AccountStatus, Gap, GapKind, Region, RegionStatus};
use crate::judge::gaps::in_words;
use crate::plan::{NotFixed, unknown_ids};

/// Name of a region that stands for all those of an account, which could not be listed.
const EVERY_REGION: &str = "*";

impl Builder<'_> {
    /// What stands among what is not fixed for each account that could not be entered, and for each region whose VPCs
    /// or flow logs were not all listed: nobody knows what a plan would change there.
    pub(super) fn unlisted(&self) -> Vec<NotFixed> {
        let inventory = self.context.inventory();
        // What is named and nowhere to be found may lie in what was not read.
        let may_lie_there =
            self.request.only.is_empty() || !unknown_ids(inventory, &self.request.only).is_empty();
        let concerned = |account: &str| may_lie_there || self.request.only.contains(account);
        let accounts = inventory.accounts.iter();
        let accounts = accounts
            .filter(|account| is_barred(account) && concerned(&account.account_id))
            .map(|account| self.barred_account(account));
        let regions = inventory.regions.iter().filter(|region| {
            let account = self.context.index.account(&region.account_id);
            let is_barred = account.is_some_and(|account| {
                account.access != AccountAccess::Reached
                    || account.status == AccountStatus::Suspended
            });
            !is_barred && concerned(&region.account_id)
        });
        let regions = regions.filter_map(|region| self.unlisted_region(region));
        accounts.chain(regions).collect()
    }

    fn barred_account(&self, account: &Account) -> NotFixed {
        let id = &account.account_id;
        let gap = self.context.index.gaps.in_region(id, EVERY_REGION, &[]);
        let message = match (account.access, gap) {
            (AccountAccess::NotTried, None) => format!("account {id} was not entered"),
            _ => format!("account {id} could not be entered: {}", in_words(gap)),
        };
        not_read(place(id, None), message, gap.as_slice())
    }

    fn unlisted_region(&self, region: &Region) -> Option<NotFixed> {
        if region.status == RegionStatus::Disabled {
            return None;
        }
        let listings = [
            (region.vpcs.is_complete(), "VPCs", "ec2:DescribeVpcs"),
            (
                region.flow_logs.is_complete(),
                "flow logs",
                "ec2:DescribeFlowLogs",
            ),
        ];
        let (id, name) = (&region.account_id, &region.region);
        let (mut what, mut gaps, mut why) = (Vec::new(), Vec::new(), Vec::new());
        for (_, listed, action) in listings.into_iter().filter(|(complete, ..)| !complete) {
            let gap = self.context.index.gaps.in_region(id, name, &[action]);
            what.push(listed);
            why.push(in_words(gap));
            gaps.extend(gap);
        }
        if what.is_empty() {
            return None;
        }
        why.dedup();
        gaps.dedup();
        let (what, why) = (what.join(" and "), why.join(", "));
        Some(match name.as_str() {
            EVERY_REGION => {
                let message = format!("the regions of account {id} could not be listed: {why}");
                not_read(place(id, None), message, &gaps)
            }
            _ => {
                let message = format!("{what} of account {id}, {name} were not all listed: {why}");
                not_read(place(id, Some(name)), message, &gaps)
            }
        })
    }
}

/// A suspended account is not entered, for nothing can be delivered there.
fn is_barred(account: &Account) -> bool {
    account.access != AccountAccess::Reached && account.status != AccountStatus::Suspended
}

fn place(account_id: &str, region: Option<&str>) -> Resource {
    Resource {
        account_id: Some(account_id.to_owned()),
        region: region.map(str::to_owned),
        kind: "AWS::Organizations::Account".to_owned(),
        id: account_id.to_owned(),
    }
}

fn not_read(resource: Resource, message: String, gaps: &[&Gap]) -> NotFixed {
    let mut permissions: Vec<&str> = gaps
        .iter()
        .filter_map(|gap| gap.permission.as_deref())
        .collect();
    permissions.dedup();
    let passes = |gap: &&Gap| {
        use GapKind as K;
        matches!(
            gap.kind,
            K::Throttled | K::Unreachable | K::Deadline | K::Interrupted
        )
    };
    let permissions = (!permissions.is_empty()).then(|| permissions.join(" and "));
    let mut refusal = Refusal::not_read(message, permissions.as_deref());
    if permissions.is_none() && gaps.iter().any(passes) {
        refusal.manual =
            vec!["make a new plan later: AWS did not answer, or not in time".to_owned()];
    }
    NotFixed {
        check: "not-readable".to_owned(),
        fingerprint: fingerprint("not-readable", &resource, &["listing".to_owned()]),
        resource,
        reason: refusal.reason,
        message: refusal.message,
        manual: refusal.manual,
    }
}
