//! Steps in the making, in the order in which they are carried out.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::Findings;
use crate::finding::Resource;
use crate::plan::{Answered, Change, Effect, Step, step_id};

/// When a step comes: buckets before everything, for flow logs of all accounts wait for them; then account by account,
/// region by region, roles first and deletions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Bucket,
    Role,
    LogGroup,
    Setting,
    FlowLogs,
    Deletion,
}

/// What a step is about.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) account_id: String,
    /// Region; none for IAM.
    pub(super) region: Option<String>,
    /// Region among whose steps it stands.
    pub(super) among: String,
    pub(super) rank: Rank,
}

impl Place {
    pub(super) fn regional(account_id: &str, region: &str, rank: Rank) -> Self {
        Self {
            account_id: account_id.to_owned(),
            region: Some(region.to_owned()),
            among: region.to_owned(),
            rank,
        }
    }

    /// A place in IAM, which stands before the steps of that region.
    pub(super) fn global(account_id: &str, among: &str) -> Self {
        Self {
            account_id: account_id.to_owned(),
            region: None,
            among: among.to_owned(),
            rank: Rank::Role,
        }
    }

    /// `ACCOUNT/REGION/KIND/NAME`
    pub(super) fn id(&self, kind: &str, name: &str) -> String {
        step_id(&self.account_id, self.region.as_deref(), kind, name)
    }

    fn key(&self) -> (bool, &str, &str, Rank) {
        let late = self.rank != Rank::Bucket;
        (late, &self.account_id, &self.among, self.rank)
    }
}

/// A step without what follows from its change.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) place: Place,
    pub(super) resource: Resource,
    pub(super) summary: String,
    pub(super) change: Change,
    pub(super) after: BTreeSet<String>,
    pub(super) after_delivery_of: BTreeSet<String>,
    pub(super) blast_radius: Vec<String>,
    pub(super) needs_argument: Option<String>,
}

impl Draft {
    pub(super) fn new(
        place: Place,
        kind: &str,
        name: &str,
        resource: Resource,
        change: Change,
    ) -> Self {
        Self {
            id: place.id(kind, name),
            place,
            resource,
            summary: String::new(),
            change,
            after: BTreeSet::new(),
            after_delivery_of: BTreeSet::new(),
            blast_radius: Vec::new(),
            needs_argument: None,
        }
    }

    pub(super) fn summary(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }
}

/// The steps, by id.
#[derive(Debug, Default)]
pub(super) struct Steps {
    by_id: BTreeMap<String, Draft>,
    /// Places of findings by the id of the step that answers them, which may yet have to be added.
    answers: BTreeMap<String, BTreeSet<usize>>,
    /// Why steps are done that answer nothing, by id.
    because: BTreeMap<String, BTreeSet<String>>,
}

/// Reasons of one step that are told.
const MOST_REASONS: usize = 3;

impl Steps {
    /// Adds a step, unless it is there. Gives its id.
    pub(super) fn add(&mut self, draft: Draft) -> String {
        let id = draft.id.clone();
        self.by_id.entry(id.clone()).or_insert(draft);
        id
    }

    /// What the steps change.
    pub(super) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.by_id.values().map(|draft| &draft.change)
    }

    /// Lets a step wait until the flow logs of another one deliver.
    pub(super) fn wait_for_delivery(&mut self, id: &str, of: String) {
        if let Some(draft) = self.by_id.get_mut(id) {
            draft.after_delivery_of.insert(of);
        }
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// Says that steps answer a finding.
    pub(super) fn answer(&mut self, ids: &BTreeSet<String>, finding: usize) {
        for id in ids {
            self.answers.entry(id.clone()).or_default().insert(finding);
        }
    }

    /// Says why a step is done, should it answer no finding.
    pub(super) fn because(&mut self, id: &str, why: &str) {
        let reasons = self.because.entry(id.to_owned()).or_default();
        reasons.insert(why.to_owned());
    }

    /// Findings that some step answers.
    pub(super) fn answered(&self) -> BTreeSet<usize> {
        let there = |(id, _): &(&String, _)| self.by_id.contains_key(*id);
        let all = self.answers.iter().filter(there);
        all.flat_map(|(_, findings)| findings).copied().collect()
    }

    /// The steps in order.
    pub(super) fn finish(mut self, findings: &Findings<'_>) -> Vec<Step> {
        let mut drafts: Vec<Draft> = std::mem::take(&mut self.by_id).into_values().collect();
        drafts.sort_by(|a, b| (a.place.key(), &a.id).cmp(&(b.place.key(), &b.id)));
        let answers = |id: &str| self.answers.get(id).into_iter().flatten();
        let answered = |id: &str| answers(id).map(|place| findings.answered(*place)).collect();
        drafts
            .into_iter()
            .map(|draft| {
                let answers: BTreeSet<Answered> = answered(&draft.id);
                let because = self.because.get(&draft.id).filter(|_| answers.is_empty());
                step(draft, answers, because.map(told))
            })
            .collect()
    }
}

fn told(reasons: &BTreeSet<String>) -> String {
    let first: Vec<&str> = reasons
        .iter()
        .take(MOST_REASONS)
        .map(String::as_str)
        .collect();
    let told = first.join("; ");
    match reasons.len().saturating_sub(MOST_REASONS) {
        0 => told,
        more => format!("{told}; and {more} more like that"),
    }
}

fn step(draft: Draft, answers: BTreeSet<Answered>, because: Option<String>) -> Step {
    Step {
        id: draft.id,
        account_id: draft.place.account_id,
        region: draft.place.region,
        effect: effect(&draft.change),
        resource: draft.resource,
        summary: draft.summary,
        answers: answers.into_iter().collect(),
        because,
        after: draft.after.into_iter().collect(),
        after_delivery_of: draft.after_delivery_of.into_iter().collect(),
        precondition: draft.change.precondition(),
        calls: draft.change.calls(),
        iam_actions: draft.change.iam_actions(),
        inverse: draft.change.inverse(),
        change: draft.change,
        blast_radius: draft.blast_radius,
        needs_argument: draft.needs_argument,
    }
}

const fn effect(change: &Change) -> Effect {
    match change {
        Change::CreateRole { .. }
        | Change::CreateLogGroup { .. }
        | Change::CreateBucket { .. }
        | Change::CreateFlowLogs { .. } => Effect::Create,
        Change::MendRole { .. }
        | Change::SetRetention { .. }
        | Change::SetLogGroupKey { .. }
        | Change::AddBucketStatement { .. } => Effect::Update,
        Change::DeleteFlowLogs { .. } => Effect::Delete,
    }
}
