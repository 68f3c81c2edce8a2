//! KMS keys that encrypt destinations.

use std::collections::BTreeMap;

use crate::inventory::{Bucket, Fact, Key, LogGroup, NamedKey};

use super::super::answer::Answer;
use super::super::gaps::Gaps;
use super::super::kind::Kind;
use super::super::piece::Piece;
use super::{Missing, Store, fact};

pub(super) fn read(
    store: &Store<'_>,
    log_groups: &BTreeMap<String, Fact<LogGroup>>,
    buckets: &BTreeMap<String, Fact<Bucket>>,
    gaps: &mut Gaps,
) -> BTreeMap<String, Fact<Key>> {
    let named = NamedKey::all(log_groups, buckets);
    let is_only = named.len() == 1;
    named
        .iter()
        .map(|named| (named.name.clone(), read_one(store, named, is_only, gaps)))
        .collect()
}

fn read_one(store: &Store<'_>, named: &NamedKey, is_only: bool, gaps: &mut Gaps) -> Fact<Key> {
    let missing = |kind| Missing {
        kind,
        account_id: named.account_id.as_deref(),
        region: named.region.as_deref(),
        resource: &named.name,
        subject: short(named),
    };
    let detail = fact(
        &details(store, named),
        key,
        &missing(Kind::DescribeKey),
        gaps,
    );
    let id = match &detail {
        Fact::Present((arn, ..)) => arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        Fact::Absent => return Fact::Absent,
        Fact::NotRead => short(named).to_owned(),
    };
    let files = store.named_or_only(
        Kind::GetKeyPolicy,
        &[
            &id,
            &named.name,
            short(named),
            short(named).trim_start_matches("alias/"),
        ],
        named.account_id.as_deref(),
        is_only,
    );
    let policy = fact(
        &files,
        |answer| match answer {
            Answer::ResourcePolicy(policy) => Some(policy.clone()),
            _ => None,
        },
        &missing(Kind::GetKeyPolicy),
        gaps,
    );
    match detail {
        Fact::Present((arn, _, enabled)) => Fact::Present(Key {
            arn,
            enabled,
            policy,
        }),
        _ if policy.is_not_read() => Fact::NotRead,
        _ => Fact::Present(Key {
            arn: named.name.clone(),
            enabled: None,
            policy,
        }),
    }
}

/// Key id or alias, without what stands before it in an ARN.
fn short(named: &NamedKey) -> &str {
    let resource = named.name.rsplit(':').next().unwrap_or(&named.name);
    resource.strip_prefix("key/").unwrap_or(resource)
}

/// Files that describe the key: by its own ARN or id, or by the alias in the file name.
fn details<'a>(store: &Store<'a>, named: &NamedKey) -> Vec<&'a Piece> {
    let short = short(named);
    let alias = short.strip_prefix("alias/");
    let is_about = |piece: &&&'a Piece| match piece.answer() {
        Some(Answer::Key { arn, id, .. }) => {
            *arn == named.name
                || (id == short
                    && named
                        .account_id
                        .as_deref()
                        .is_none_or(|it| arn.contains(it)))
        }
        _ => false,
    };
    let mut files: Vec<&Piece> = store
        .of(Kind::DescribeKey)
        .iter()
        .filter(is_about)
        .copied()
        .collect();
    if files.is_empty() {
        let mut names = vec![&*named.name, short];
        names.extend(alias);
        files = store.named(Kind::DescribeKey, &names, named.account_id.as_deref());
        // An answer that tells another id is only trusted where an alias was asked for.
        files.retain(|piece| alias.is_some() || piece.answer().is_none());
    }
    files
}

fn key(answer: &Answer) -> Option<(String, String, Option<bool>)> {
    match answer {
        Answer::Key { arn, id, enabled } => Some((arn.clone(), id.clone(), *enabled)),
        _ => None,
    }
}
