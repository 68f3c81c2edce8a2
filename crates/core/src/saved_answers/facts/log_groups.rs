//! CloudWatch Logs log groups.

use std::collections::BTreeMap;

use crate::inventory::{Fact, ListingState, Located, LogGroup};

use super::super::answer::Answer;
use super::super::gaps::Gaps;
use super::super::kind::Kind;
use super::super::listing::{self, About};
use super::super::name::squash;
use super::super::piece::Piece;
use super::super::regions::items;
use super::Store;
use crate::partition;

pub(super) fn read(
    store: &Store<'_>,
    named: &BTreeMap<String, Located>,
    gaps: &mut Gaps,
) -> BTreeMap<String, Fact<LogGroup>> {
    let mut found = by_arn(store);
    let mut listings = BTreeMap::new();
    named
        .iter()
        .map(|(arn, located)| {
            let Located {
                account_id,
                region,
                name,
            } = located;
            let fact = match found.remove(arn) {
                Some(group) => Fact::Present(group),
                None if is_proven_absent(store, account_id, region, name) => Fact::Absent,
                None => {
                    let is_whole = *listings
                        .entry((account_id, region))
                        .or_insert_with(|| is_whole(store, account_id, region, gaps));
                    if is_whole {
                        Fact::Absent
                    } else {
                        Fact::NotRead
                    }
                }
            };
            (arn.clone(), fact)
        })
        .collect()
}

/// Every group of every file, by its ARN without `:*`.
fn by_arn(store: &Store<'_>) -> BTreeMap<String, LogGroup> {
    let mut found = BTreeMap::new();
    for piece in store.of(Kind::DescribeLogGroups) {
        for group in piece
            .answer()
            .and_then(items!(LogGroups: LogGroup))
            .into_iter()
            .flatten()
        {
            let mut group = group.clone();
            if group.arn.is_empty()
                && let (Some(account_id), Some(region)) = (&piece.account_id, &piece.region)
            {
                let (name, partition) = (&group.name, partition::of_region(region));
                group.arn = format!("arn:{partition}:logs:{region}:{account_id}:log-group:{name}");
            }
            found.entry(group.arn.clone()).or_insert(group);
        }
    }
    found
}

/// Whether the list of all groups of a region was saved in full. What it lacks does not exist.
fn is_whole(store: &Store<'_>, account_id: &str, region: &str, gaps: &mut Gaps) -> bool {
    // A name that goes on may be a prefix that was asked for: such a file is no list of all.
    let files: Vec<&Piece> = of(store, account_id, region)
        .filter(|piece| piece.rest.subject.is_empty())
        .collect();
    let about = About {
        kind: Kind::DescribeLogGroups,
        account_id: Some(account_id),
        region: Some(region),
        resource: None,
        subject: "",
    };
    listing::state(&files, about, gaps) == ListingState::Complete
}

/// Whether a file that was asked for just that name holds no such group.
fn is_proven_absent(store: &Store<'_>, account_id: &str, region: &str, name: &str) -> bool {
    let files: Vec<&Piece> = of(store, account_id, region)
        .filter(|piece| squash(&piece.rest.subject) == squash(name))
        .collect();
    let about = About {
        kind: Kind::DescribeLogGroups,
        account_id: None,
        region: None,
        resource: None,
        subject: "",
    };
    listing::state(&files, about, &mut Gaps::default()) == ListingState::Complete
}

fn of<'a>(store: &'a Store<'_>, account_id: &str, region: &str) -> impl Iterator<Item = &'a Piece> {
    store
        .of(Kind::DescribeLogGroups)
        .iter()
        .copied()
        .filter(move |piece| {
            piece.account_id.as_deref() == Some(account_id)
                && piece.region.as_deref() == Some(region)
        })
}
