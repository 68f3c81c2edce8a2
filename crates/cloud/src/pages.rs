//! Listings, page by page.

use std::collections::HashSet;

use crate::{CloudError, ErrorKind, Limited, Paged, Scope, ask};

/// Most pages that one listing may have: a token that never ends must not run for ever.
const MOST_PAGES: usize = 10_000;

/// Every page of a listing.
///
/// # Errors
///
/// Those of its calls, and if it never ends.
pub async fn list<O: Paged>(
    cloud: &Limited,
    scope: &Scope,
    operation: O,
) -> Result<Vec<O::Item>, CloudError> {
    let mut items = Vec::new();
    pages(cloud, scope, operation, |page| items.extend(page)).await?;
    Ok(items)
}

/// Each page of a listing, none of which is kept.
///
/// # Errors
///
/// Those of its calls, and if it never ends.
pub async fn pages<O: Paged>(
    cloud: &Limited,
    scope: &Scope,
    operation: O,
    mut take: impl FnMut(Vec<O::Item>),
) -> Result<(), CloudError> {
    let mut seen = HashSet::new();
    let mut token = None;
    for _ in 0..MOST_PAGES {
        let page = ask(cloud, scope, operation.page(token.take())).await?;
        take(page.items);
        match page.next_token {
            None => return Ok(()),
            Some(next) if !seen.insert(next.clone()) => {
                return Err(CloudError::new(
                    ErrorKind::Service,
                    "EndlessPages",
                    "the listing never ends: its page token repeats",
                ));
            }
            Some(next) => token = Some(next),
        }
    }
    let message = format!("the listing has more than {MOST_PAGES} pages: more are not followed");
    Err(CloudError::new(ErrorKind::Service, "TooManyPages", message))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::{BoxFuture, FutureExt, ready};

    use super::*;
    use crate::{Answer, Cloud, Entry, Limits, ListObjects, Page, Request};

    /// A listing whose pages are empty. Its token changes so many times, and then repeats.
    struct Endless(AtomicUsize, usize);

    impl Cloud for Endless {
        fn call<'a>(
            &'a self,
            _: &'a Scope,
            _: Request,
        ) -> BoxFuture<'a, Result<Answer, CloudError>> {
            let at = self.0.fetch_add(1, Ordering::Relaxed).min(self.1);
            let page = Page {
                items: Vec::new(),
                next_token: Some(at.to_string()),
            };
            ready(Ok(Answer::ListObjects(page))).boxed()
        }
    }

    async fn refusal(tokens: usize) -> String {
        let limits = Limits {
            deadline: std::time::Duration::from_secs(24 * 3600),
            ..Limits::default()
        };
        let cloud = Limited::new(Arc::new(Endless(AtomicUsize::new(0), tokens)), limits);
        let scope = Scope::new(Entry::Caller, "111122223333", "eu-west-1");
        let listed = list(&cloud, &scope, ListObjects::default()).await;
        listed.unwrap_err().to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_that_is_too_long_is_told_from_one_that_repeats() {
        assert_eq!(
            refusal(usize::MAX).await,
            "TooManyPages: the listing has more than 10000 pages: more are not followed"
        );
        assert_eq!(
            refusal(7).await,
            "EndlessPages: the listing never ends: its page token repeats"
        );
    }
}
