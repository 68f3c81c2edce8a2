//! Pages put together.

use std::collections::{BTreeSet, HashSet};

use crate::inventory::{Listing, ListingState};

use super::answer::Answer;
use super::gaps::Gaps;
use super::kind::Kind;
use super::piece::{Outcome, Piece};

/// Where a listing belongs, for its gaps.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) kind: Kind,
    pub(super) account_id: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) resource: Option<&'a str>,
    /// What the file name would have gone on with.
    pub(super) subject: &'a str,
}

/// The listing that those files hold together; items of the same id are one. An item without an
/// id cannot be told from others: the listing is then partial.
pub(super) fn merge<T: Clone>(
    pieces: &[&Piece],
    about: About<'_>,
    items_of: impl Fn(&Answer) -> Option<&Vec<T>>,
    id_of: impl Fn(&T) -> &str,
    gaps: &mut Gaps,
) -> Listing<T> {
    let mut seen = HashSet::new();
    let mut items: Vec<T> = Vec::new();
    let mut has_nameless = false;
    for item in pieces
        .iter()
        .filter_map(|piece| piece.answer())
        .filter_map(items_of)
        .flatten()
    {
        let id = id_of(item);
        has_nameless |= id.is_empty();
        if !id.is_empty() && seen.insert(id.to_owned()) {
            items.push(item.clone());
        }
    }
    let state = state(pieces, about, gaps);
    if has_nameless && state == ListingState::Complete {
        gaps.push(crate::inventory::Gap {
            account_id: about.account_id.map(str::to_owned),
            region: about.region.map(str::to_owned),
            action: about.kind.action().to_owned(),
            resource: about.resource.map(str::to_owned),
            kind: crate::inventory::GapKind::Service,
            error_code: "ItemWithoutId".to_owned(),
            permission: None,
            message: "an item of the answer has no id; it was left out".to_owned(),
        });
        return Listing::partial(items);
    }
    Listing { state, items }
}

/// How complete a listing is; every reason for which it is not is a gap.
pub(super) fn state(pieces: &[&Piece], about: About<'_>, gaps: &mut Gaps) -> ListingState {
    let pages: Vec<(Option<u32>, bool)> = pieces
        .iter()
        .filter_map(|piece| match piece.outcome {
            Outcome::Answer { more, .. } => Some((piece.rest.page, more)),
            _ => None,
        })
        .collect();
    let is_broken = pieces
        .iter()
        .any(|piece| matches!(piece.outcome, Outcome::Unreadable(_)));
    if !is_broken && is_whole(&pages) {
        // An error saved before or after does not take away what was answered in full.
        return ListingState::Complete;
    }
    let mut has_gap = false;
    for gap in pieces.iter().filter_map(|piece| piece.gap(about.resource)) {
        gaps.push(gap);
        has_gap = true;
    }
    if pages.is_empty() {
        if !has_gap {
            gaps.not_saved(
                about.kind,
                about.account_id,
                about.region,
                about.resource,
                about.subject,
            );
        }
        return ListingState::NotRead;
    }
    if !has_gap {
        let last = pieces.last().map_or("", |piece| &*piece.path);
        gaps.page_missing(
            about.kind,
            about.account_id,
            about.region,
            last,
            about.resource,
        );
    }
    ListingState::Partial
}

/// Whether pages (their numbers, where file names have some, and whether a token of a next page
/// stands in them) are all pages of a listing.
///
/// A token does not tell which page it leads to. So a listing is whole if its last page is
/// there, and if the numbers have no hole that a page without number could not fill.
fn is_whole(pages: &[(Option<u32>, bool)]) -> bool {
    let numbers: BTreeSet<u32> = pages.iter().filter_map(|(number, _)| *number).collect();
    let highest = numbers.last().copied();
    let has_last = pages
        .iter()
        .any(|(number, more)| !more && (number.is_none() || *number == highest));
    let unnumbered = pages.iter().filter(|(number, _)| number.is_none()).count();
    let missing = highest.map_or(0, |highest| {
        let from_one = numbers.iter().filter(|number| **number > 0).count();
        usize::try_from(highest)
            .unwrap_or(usize::MAX)
            .saturating_sub(from_one)
    });
    has_last && missing <= unnumbered
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn pages_are_whole_only_with_their_last_and_without_holes() {
        for (pages, expected) in [
            (&[][..], false),
            (&[(None, false)], true),
            (&[(None, true)], false),
            (&[(None, true), (None, false)], true),
            (&[(None, true), (Some(2), false)], true),
            (&[(Some(1), true), (Some(2), false)], true),
            (&[(Some(0), true), (Some(1), false)], true),
            (&[(Some(1), true), (Some(3), false)], false),
            (&[(Some(1), true), (Some(2), true)], false),
            (&[(Some(1), false), (Some(2), true)], false),
            (&[(Some(2), false)], false),
            (&[(Some(1), false)], true),
            (&[(Some(u32::MAX), false)], false),
        ] {
            assert_eq!(is_whole(pages), expected, "{pages:?}");
        }
    }
}
