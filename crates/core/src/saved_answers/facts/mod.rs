//! The facts that flow logs depend on, looked up in the files.

mod buckets;
mod keys;
mod log_groups;
mod roles;
mod streams;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::inventory::{Fact, Inventory, Named};

use super::answer::Answer;
use super::gaps::Gaps;
use super::kind::Kind;
use super::name::squash;
use super::piece::Piece;

/// Reads all facts that the flow logs name.
pub(super) fn read(pieces: &[Piece], inventory: &mut Inventory, gaps: &mut Gaps) {
    let named = Named::by(&inventory.regions);
    let store = Store::new(pieces);
    inventory.roles = roles::read(&store, &named.roles, gaps);
    inventory.log_groups = log_groups::read(&store, &named.log_groups, gaps);
    inventory.buckets = buckets::read(&store, &named.buckets, gaps);
    inventory.delivery_streams = streams::read(&store, &named.delivery_streams, gaps);
    inventory.keys = keys::read(&store, &inventory.log_groups, &inventory.buckets, gaps);
}

/// The files, by what they were asked about.
struct Store<'a> {
    by_kind: BTreeMap<Kind, Vec<&'a Piece>>,
    by_subject: HashMap<(Kind, String), Vec<&'a Piece>>,
}

impl<'a> Store<'a> {
    fn new(pieces: &'a [Piece]) -> Self {
        let mut store = Self {
            by_kind: BTreeMap::new(),
            by_subject: HashMap::new(),
        };
        for piece in pieces {
            store.by_kind.entry(piece.kind).or_default().push(piece);
            let mut subjects: BTreeSet<String> = piece.subjects().collect();
            if piece.rest.subject.is_empty() {
                subjects.extend(bucket_of_policy(piece).map(|name| squash(&name)));
            }
            for subject in subjects {
                store
                    .by_subject
                    .entry((piece.kind, subject))
                    .or_default()
                    .push(piece);
            }
        }
        store
    }

    fn of(&self, kind: Kind) -> &[&'a Piece] {
        self.by_kind.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Files that are named for one of these names, and do not belong to another account. A file
    /// that spells the name exactly is preferred to one that only looks like it.
    fn named(&self, kind: Kind, names: &[&str], account_id: Option<&str>) -> Vec<&'a Piece> {
        let mut found: Vec<&'a Piece> = Vec::new();
        for name in names
            .iter()
            .map(|name| squash(name))
            .collect::<BTreeSet<_>>()
        {
            let pieces = self.by_subject.get(&(kind, name)).into_iter().flatten();
            found.extend(pieces.filter(|piece| {
                account_id.is_none()
                    || piece.account_id.is_none()
                    || piece.account_id.as_deref() == account_id
            }));
        }
        let exact = |piece: &&&'a Piece| {
            names.iter().any(|name| {
                piece.rest.subject == *name || piece.rest.without_page.as_deref() == Some(*name)
            })
        };
        if found.iter().any(|piece| exact(&piece)) {
            found.retain(|piece| exact(&piece));
        }
        found
    }

    /// The same; where there is none, and only one thing of its sort is asked for, the files whose names do not say.
    fn named_or_only(
        &self,
        kind: Kind,
        names: &[&str],
        account_id: Option<&str>,
        is_only: bool,
    ) -> Vec<&'a Piece> {
        let found = self.named(kind, names, account_id);
        if found.is_empty() && is_only {
            return self.named(kind, &[""], account_id);
        }
        found
    }
}

/// The one bucket whose objects a bucket policy is about.
fn bucket_of_policy(piece: &Piece) -> Option<String> {
    let Some(Answer::ResourcePolicy(policy)) = piece.answer() else {
        return None;
    };
    let names: BTreeSet<&str> = policy
        .split(":s3:::")
        .skip(1)
        .filter_map(|rest| rest.split(['/', '"', '*']).next())
        .filter(|name| !name.is_empty())
        .collect();
    (names.len() == 1)
        .then(|| names.first().map(|name| (*name).to_owned()))
        .flatten()
}

/// A file that is missing, for the gap that it leaves.
struct Missing<'a> {
    kind: Kind,
    account_id: Option<&'a str>,
    region: Option<&'a str>,
    resource: &'a str,
    subject: &'a str,
}

/// What those files say: the first answer, or that there is nothing, or why they do not say.
fn fact<T>(
    pieces: &[&Piece],
    value_of: impl Fn(&Answer) -> Option<T>,
    missing: &Missing<'_>,
    gaps: &mut Gaps,
) -> Fact<T> {
    if let Some(value) = pieces
        .iter()
        .filter_map(|piece| piece.answer())
        .find_map(value_of)
    {
        return Fact::Present(value);
    }
    if pieces.iter().any(|piece| piece.is_absent()) {
        return Fact::Absent;
    }
    let mut is_told = false;
    for gap in pieces
        .iter()
        .filter_map(|piece| piece.gap(Some(missing.resource)))
    {
        gaps.push(gap);
        is_told = true;
    }
    if !is_told {
        gaps.not_saved(
            missing.kind,
            missing.account_id,
            missing.region,
            Some(missing.resource),
            missing.subject,
        );
    }
    Fact::NotRead
}

/// Account and last part of the name of an ARN of IAM.
fn account_and_name(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':').skip(3);
    let account_id = parts.next()?;
    let name = parts.next()?.split_once('/')?.1.rsplit('/').next()?;
    (!account_id.is_empty() && !name.is_empty()).then_some((account_id, name))
}
