//! Which account and region each file belongs to.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::Reach;
use super::piece::Piece;
use super::{Defaults, SavedAnswersError};
use crate::partition::of_region;
use crate::snapshot::one_line;

/// Gives every piece its account and region: from its folder, its name, the defaults, or from
/// what the files beside it tell.
pub(super) fn place(pieces: &mut [Piece], defaults: &Defaults) -> Result<(), SavedAnswersError> {
    let accounts = place_accounts(pieces, defaults);
    let regions = place_regions(pieces, defaults);
    for piece in pieces.iter().filter(|piece| piece.kind.is_network()) {
        if piece.account_id.is_none() {
            let path = one_line(&piece.path);
            return Err(match several(accounts.get(&piece.name.group)) {
                Some(found) => SavedAnswersError::SeveralAccounts { path, found },
                None => SavedAnswersError::NoAccount { path },
            });
        }
        if piece.region.is_none() {
            let path = one_line(&piece.path);
            return Err(match several(regions.get(&piece.name.folder)) {
                Some(found) => SavedAnswersError::SeveralRegions { path, found },
                None => SavedAnswersError::NoRegion { path },
            });
        }
    }
    Ok(())
}

type Candidates = BTreeMap<String, BTreeSet<String>>;

fn several(found: Option<&BTreeSet<String>>) -> Option<String> {
    let found = found.filter(|found| found.len() > 1)?;
    Some(
        found
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", "),
    )
}

fn place_accounts(pieces: &mut [Piece], defaults: &Defaults) -> Candidates {
    let candidates = groups(
        pieces,
        |piece| &piece.name.group,
        |pieces| {
            let unplaced = || pieces.iter().filter(|piece| piece.account_id.is_none());
            let tiers: [BTreeSet<String>; 3] = [
                unplaced()
                    .flat_map(|piece| piece.traces.identity.clone())
                    .collect(),
                unplaced()
                    .flat_map(|piece| piece.traces.asked.clone())
                    .collect(),
                unplaced()
                    .flat_map(|piece| piece.traces.owners.clone())
                    .collect(),
            ];
            tiers
                .into_iter()
                .find(|tier| !tier.is_empty())
                .unwrap_or_default()
        },
    );
    // Facts that lie beside account folders belong to whom their own content says.
    let only = only(
        pieces
            .iter()
            .filter_map(|piece| piece.account_id.as_ref())
            .chain(&defaults.account_id),
    );
    for piece in pieces.iter_mut().filter(|piece| piece.account_id.is_none()) {
        piece.account_id = defaults
            .account_id
            .clone()
            .or_else(|| only_of(&piece.traces.asked))
            .or_else(|| above(&candidates, &piece.name.group))
            .or_else(|| only.clone());
    }
    candidates
}

fn place_regions(pieces: &mut [Piece], defaults: &Defaults) -> Candidates {
    let candidates = groups(
        pieces,
        |piece| &piece.name.folder,
        |pieces| {
            pieces
                .iter()
                .filter(|piece| piece.kind.reach() == Reach::Region && piece.region.is_none())
                .flat_map(|piece| piece.traces.regions.clone())
                .collect()
        },
    );
    let unplaced =
        |piece: &&mut Piece| piece.kind.reach() == Reach::Region && piece.region.is_none();
    for piece in pieces.iter_mut().filter(unplaced) {
        piece.is_region_given = defaults.region.is_some();
        piece.region = defaults
            .region
            .clone()
            .or_else(|| only_of(&piece.traces.regions))
            .or_else(|| above(&candidates, &piece.name.folder));
    }
    candidates
}

fn groups(
    pieces: &[Piece],
    key: impl Fn(&Piece) -> &String,
    candidates: impl Fn(&[&Piece]) -> BTreeSet<String>,
) -> Candidates {
    let mut groups: BTreeMap<String, Vec<&Piece>> = BTreeMap::new();
    for piece in pieces {
        groups.entry(key(piece).clone()).or_default().push(piece);
    }
    groups
        .into_iter()
        .map(|(key, pieces)| (key, candidates(&pieces)))
        .collect()
}

/// The one candidate of the folder, or of the nearest folder above that has any.
fn above(candidates: &Candidates, folder: &str) -> Option<String> {
    let mut folder = folder;
    loop {
        match candidates.get(folder) {
            Some(found) if !found.is_empty() => return only_of(found),
            _ if folder.is_empty() => return None,
            _ => folder = folder.rsplit_once('/').map_or("", |(above, _)| above),
        }
    }
}

fn only_of(found: &BTreeSet<String>) -> Option<String> {
    only(found.iter())
}

fn only<'a>(found: impl Iterator<Item = &'a String>) -> Option<String> {
    let found: BTreeSet<&String> = found.collect();
    match found.len() {
        1 => found.first().map(|one| (*one).clone()),
        _ => None,
    }
}

/// The partition: as ARNs say, or as the regions are named.
pub(super) fn partition(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .find_map(|piece| piece.traces.partition.clone())
        .or_else(|| {
            pieces
                .iter()
                .filter_map(|piece| piece.region.as_deref())
                .map(of_region)
                .find(|partition| *partition != "aws")
                .map(str::to_owned)
        })
        .unwrap_or_else(|| "aws".to_owned())
}
