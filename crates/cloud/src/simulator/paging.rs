//! Pages of listings: any size, and empty ones where AWS gives them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{CloudError, Page};

/// How listings are cut into pages.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    sizes: BTreeMap<String, usize>,
    every: Option<usize>,
    empty_first: BTreeSet<String>,
    empty_last: BTreeSet<String>,
}

impl Paging {
    /// Items of one page of an action (`ec2:DescribeVpcs`).
    pub fn set(&mut self, action: &str, size: usize) {
        self.sizes.insert(action.to_owned(), size.max(1));
    }

    /// Items of one page of every action that has no size of its own.
    pub fn set_every(&mut self, size: usize) {
        self.every = Some(size.max(1));
    }

    /// Puts an empty page, with a token, before every page of an action
    /// (Organizations documents this for all its listings).
    pub fn put_empty_pages(&mut self, action: &str) {
        self.empty_first.insert(action.to_owned());
    }

    /// Lets the last page of an action that has items be followed by an empty one.
    pub fn end_with_empty_page(&mut self, action: &str) {
        self.empty_last.insert(action.to_owned());
    }

    /// Organizations gives no more than 20 items on a page, whatever is asked.
    fn size(&self, action: &str) -> usize {
        let default = default_size(action);
        let wanted = self.sizes.get(action).copied().or(self.every);
        match wanted {
            Some(size) if action.starts_with("organizations:") => size.min(default),
            Some(size) => size,
            None => default,
        }
    }

    /// The page with that token. Tokens are opaque to callers.
    pub(super) fn page<T, I>(
        &self,
        action: &str,
        items: I,
        token: Option<&str>,
    ) -> Result<Page<T>, CloudError>
    where
        I: IntoIterator<Item = T>,
    {
        let (offset, emptied) = match token {
            None => (0, false),
            Some(token) => parse(token).ok_or_else(|| invalid_token(action))?,
        };
        if self.empty_first.contains(action) && !emptied {
            return Ok(Page {
                items: Vec::new(),
                next_token: Some(format!("page.{offset}.e")),
            });
        }
        let size = self.size(action);
        let mut rest = items.into_iter().skip(offset);
        let items: Vec<T> = rest.by_ref().take(size).collect();
        let more = rest.next().is_some() || (self.empty_last.contains(action) && !items.is_empty());
        let next_token = more.then(|| format!("page.{}", offset.saturating_add(size)));
        Ok(Page { items, next_token })
    }
}

/// Documented page sizes; EC2 documents 1,000 as the most of its describe calls.
fn default_size(action: &str) -> usize {
    match action.split(':').next().unwrap_or_default() {
        "organizations" => 20,
        "iam" => 100,
        "logs" => 50,
        "config" => 25,
        _ => 1000,
    }
}

fn parse(token: &str) -> Option<(usize, bool)> {
    let rest = token.strip_prefix("page.")?;
    let (number, emptied) = match rest.strip_suffix(".e") {
        Some(number) => (number, true),
        None => (rest, false),
    };
    Some((number.parse().ok()?, emptied))
}

fn invalid_token(action: &str) -> CloudError {
    let code = match action.split(':').next().unwrap_or_default() {
        "ec2" => "InvalidNextToken",
        "organizations" => "InvalidInputException",
        "logs" => "InvalidParameterException",
        _ => "InvalidParameterValue",
    };
    CloudError::answered(code, 400, "the token of the next page is not valid")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(paging: &Paging, items: &[u32]) -> (Vec<u32>, usize) {
        let (mut read, mut pages, mut token) = (Vec::new(), 0, None);
        loop {
            let page = paging
                .page("ec2:X", items.iter().copied(), token.as_deref())
                .unwrap();
            read.extend(page.items);
            pages += 1;
            token = page.next_token;
            if token.is_none() {
                return (read, pages);
            }
        }
    }

    proptest! {
        #[test]
        fn any_page_size_gives_the_same_listing(
            items in prop::collection::vec(any::<u32>(), 0..60),
            size in 1_usize..70,
            empty in any::<bool>(),
            empty_last in any::<bool>(),
        ) {
            let mut paging = Paging::default();
            paging.set("ec2:X", size);
            if empty {
                paging.put_empty_pages("ec2:X");
            }
            if empty_last {
                paging.end_with_empty_page("ec2:X");
            }
            let (read, pages) = read_all(&paging, &items);
            prop_assert_eq!(&read, &items);
            let last = usize::from(empty_last && !items.is_empty());
            let full = items.len().div_ceil(size).max(1) + last;
            prop_assert_eq!(pages, if empty { full * 2 } else { full });
        }
    }

    #[test]
    fn a_token_of_another_making_is_refused() {
        for token in ["", "x", "page.", "page.-1", "page.1.f"] {
            let error = Paging::default()
                .page("ec2:X", [1], Some(token))
                .unwrap_err();
            assert_eq!(error.code, "InvalidNextToken", "{token:?}");
        }
    }
}
