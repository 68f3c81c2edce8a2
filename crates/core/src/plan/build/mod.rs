//! Building a plan: from an inventory, its report and the policy to steps, and to what is not fixed.
//!
//! What records and what does not is asked of [`crate::judge`], not decided again. First it is settled
//! what becomes of each flow log that fails (`mend`, `renew`), then what is missing where those that record
//! are left alone (`missing`), then what each remaining finding comes to (`settle`).

mod batch;
mod blast;
mod bucket;
mod bucket_policy;
mod chosen;
mod complete;
mod destination;
mod documents;
mod findings;
mod log_group_patterns;
mod made;
mod manual;
mod mend;
mod missing;
mod naming;
mod notes;
mod reasons;
mod refusal;
mod renew;
mod retire;
mod role;
mod settings;
mod settle;
mod steps;
mod surveyors;
mod unlisted;
mod unread;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use flowcover_record::Destination;

use super::{Change, Plan, PlannedAccount, Reason, SCHEMA, Step};
use crate::inventory::Inventory;
use crate::judge::Context;
use crate::judge::exemptions::Units;
use crate::policy::Policy;
use crate::reach::Entry;
use crate::report::Report;
pub use bucket::fix_buckets;
use bucket::{BucketNeed, SharedBucket, shared_buckets};
use chosen::Chosen;
use findings::Findings;
use made::NewFlowLog;
use mend::Fate;
use refusal::Refusal;
use retire::Retired;
use steps::Steps;

/// What is asked of a plan beside the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildRequest {
    /// Whether flow logs that are wrong are replaced: the old ones are deleted once the new ones deliver.
    pub replace: bool,
    /// Whose credentials make changes, by account id. Nothing is changed in other accounts.
    pub entries: BTreeMap<String, Entry>,
    /// Ids of VPCs, transit gateways or other resources that the plan is about; empty: all. Findings
    /// about others stand neither among the steps nor among what is not fixed.
    pub only: BTreeSet<String>,
    /// Arguments that would ask for the same again; see [`Plan::made_by`].
    pub made_by: Vec<String>,
}

/// Builds the plan. `report` is what [`crate::judge::assess`] made of that inventory under that policy.
///
/// The same input gives the same plan, whatever the order of the lists in the inventory.
#[must_use]
pub fn build(
    inventory: &Inventory,
    report: &Report,
    policy: &Policy,
    request: &BuildRequest,
) -> Plan {
    let context = Context::new(inventory, policy);
    let mut builder = Builder::new(&context, report, request);
    builder.settle();
    builder.into_plan(report)
}

/// A plan in the making.
struct Builder<'a> {
    context: &'a Context<'a>,
    request: &'a BuildRequest,
    /// What the policy chooses, or why nothing is changed there, by region as in the index.
    chosen: Vec<Result<Chosen, Refusal>>,
    /// What it says of buckets, taken together.
    shared_buckets: BTreeMap<String, SharedBucket>,
    findings: Findings<'a>,
    steps: Steps,
    made: Vec<NewFlowLog>,
    /// Those that are made by region and resource.
    made_on: HashMap<(usize, String), Vec<usize>>,
    buckets: BTreeMap<String, BucketNeed>,
    /// What becomes of each flow log, in the order of the index.
    fates: Vec<Fate>,
    /// Why nothing takes the place of flow logs that may go on failing, by their place in the index.
    kept: BTreeMap<usize, Refusal>,
    /// Flow logs that are deleted, or why not, by their place in the index.
    retired: BTreeMap<usize, Result<Retired, Refusal>>,
    /// Steps that delete, each with a flow log that must deliver before, as its place among those that are made.
    waits: Vec<(String, usize)>,
    /// Flow logs by the role that they name, as places in the index.
    by_role: HashMap<&'a str, Vec<usize>>,
    /// Flow logs by the key of their destination, as places in the index.
    by_destination: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Builder<'a> {
    fn new(context: &'a Context<'a>, report: &'a Report, request: &'a BuildRequest) -> Self {
        let mut by_role: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_destination: HashMap<&str, Vec<usize>> = HashMap::new();
        for &place in &context.in_order {
            let at = &context.index.flow_logs[place];
            if let Some(role) = at.flow_log.deliver_logs_permission_arn.as_deref() {
                by_role.entry(role).or_default().push(place);
            }
            let users = by_destination.entry(&at.destination.key).or_default();
            users.push(place);
        }
        let chosen = chosen(context, request);
        Self {
            context,
            request,
            shared_buckets: shared_buckets(&context.index, &chosen),
            chosen,
            findings: Findings::new(context, report, &request.only),
            steps: Steps::default(),
            made: Vec::new(),
            made_on: HashMap::new(),
            buckets: BTreeMap::new(),
            fates: Vec::new(),
            kept: BTreeMap::new(),
            retired: BTreeMap::new(),
            waits: Vec::new(),
            by_role,
            by_destination,
        }
    }

    /// What is chosen in a region, given as its place in the index.
    fn chosen(&self, region: usize) -> Result<&Chosen, Refusal> {
        self.chosen[region].as_ref().map_err(Clone::clone)
    }

    /// Whether the plan is about that resource.
    fn concerns(&self, id: &str) -> bool {
        self.request.only.is_empty() || self.request.only.contains(id)
    }

    fn into_plan(mut self, report: &Report) -> Plan {
        self.add_bucket_steps();
        self.add_flow_log_steps();
        let answered = self.steps.answered();
        let (unread, unlisted) = (self.unread(), self.unlisted());
        let notes = self.notes();
        let inventory = self.context.inventory();
        let steps = self.steps.finish(&self.findings);
        let mut not_fixed = self.findings.not_fixed(&answered);
        not_fixed.extend(unread);
        not_fixed.extend(unlisted);
        not_fixed.sort_by(|a, b| {
            (&a.resource, &a.check, &a.fingerprint).cmp(&(&b.resource, &b.check, &b.fingerprint))
        });
        not_fixed.dedup();
        let accounts = steps.iter().map(|step| step.account_id.as_str());
        let accounts = accounts.chain(owners_of_buckets(inventory, &steps));
        let accounts = accounts.filter_map(|id| {
            let account = self.context.index.account(id);
            let planned = PlannedAccount {
                name: account.and_then(|account| account.name.clone()),
                entry: self.request.entries.get(id)?.clone(),
            };
            Some((id.to_owned(), planned))
        });
        let accounts = accounts.collect();
        let plan = Plan {
            schema: SCHEMA.to_owned(),
            id: String::new(),
            generator: concat!("flowcover ", env!("CARGO_PKG_VERSION")).to_owned(),
            partition: inventory.partition.clone(),
            made_by: self.request.made_by.clone(),
            policy: report.policy.clone(),
            notes: if steps.is_empty() { Vec::new() } else { notes },
            accounts,
            steps,
            not_fixed,
        };
        plan.named()
    }
}

/// The accounts of the buckets to which flow logs of these steps deliver: whether records arrive is seen only there, also where
/// nothing of the bucket is changed.
fn owners_of_buckets<'a>(inventory: &'a Inventory, steps: &[Step]) -> BTreeSet<&'a str> {
    let buckets = steps.iter().filter_map(|step| {
        let Change::CreateFlowLogs { flow_logs, .. } = &step.change else {
            return None;
        };
        match Destination::parse_arn(flow_logs.log_destination.as_deref()?) {
            Destination::Bucket { name, .. } => inventory.buckets.get(&name),
            _ => None,
        }
    });
    buckets
        .filter_map(|bucket| bucket.present()?.owner_account_id.as_deref())
        .collect()
}

fn chosen(context: &Context<'_>, request: &BuildRequest) -> Vec<Result<Chosen, Refusal>> {
    let units = Units::new(&context.index);
    let regions = context.index.regions.iter().map(|region| {
        let (account, name) = (&region.region.account_id, &region.region.region);
        let given = context.policy.fix.settings_for(account, units.above(account), name);
        let chosen = Chosen::new(context.policy, given);
        if !chosen.enabled {
            return Err(Refusal::new(
                Reason::LeftAlone,
                format!("the policy switches changes in account {account}, {name} off"),
                vec!["set `enabled` in `[fix]`, or in its override, to true".to_owned()],
            ));
        }
        if !request.entries.contains_key(account) {
            return Err(Refusal::not_configured(
                format!("how account {account} is reached for changes is not known"),
                "name the role that makes changes with --write-role-name, or a profile of that account",
            ));
        }
        Ok(chosen)
    });
    regions.collect()
}
