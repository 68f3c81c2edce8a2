//! Calls of one scope, with failures noted as gaps.

use std::collections::HashSet;

use flowcover_core::inventory::{Fact, Listing};

use super::Run;
use crate::{CloudError, ErrorKind, Operation, Paged, Scope, ask};

/// Most pages that one listing may have: a token that never ends must not run for ever.
const MOST_PAGES: usize = 10_000;

/// The calls of one scope.
pub(super) struct Session<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) scope: Scope,
}

impl<'a> Session<'a> {
    pub(super) fn new(run: &'a Run<'a>, scope: Scope) -> Self {
        Self { run, scope }
    }

    /// One call, untouched.
    pub(super) async fn ask<O: Operation>(&self, operation: O) -> Result<O::Output, CloudError> {
        ask(self.run.cloud, &self.scope, operation).await
    }

    /// One call about one resource: absent where AWS says that it does not exist.
    pub(super) async fn fact<O: Operation>(&self, resource: &str, operation: O) -> Fact<O::Output> {
        match self.ask(operation).await {
            Ok(value) => Fact::Present(value),
            Err(error) if error.kind == ErrorKind::NotFound => Fact::Absent,
            Err(error) => {
                self.failed(O::ACTION, Some(resource), &error);
                Fact::NotRead
            }
        }
    }

    /// Every page, as far as they can be read. The error of the page that failed is noted and given.
    pub(super) async fn list<O: Paged>(
        &self,
        operation: O,
        resource: Option<&str>,
    ) -> (Listing<O::Item>, Option<CloudError>) {
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            match self.ask(operation.page(token.take())).await {
                Ok(page) => {
                    items.extend(page.items);
                    match page.next_token {
                        None => return (Listing::complete(items), None),
                        Some(next) if !seen.insert(next.clone()) => break,
                        Some(next) => token = Some(next),
                    }
                }
                Err(error) => {
                    self.failed(O::ACTION, resource, &error);
                    let listing = if seen.is_empty() {
                        Listing::not_read()
                    } else {
                        Listing::partial(items)
                    };
                    return (listing, Some(error));
                }
            }
        }
        let error = CloudError::new(
            ErrorKind::Service,
            "EndlessPages",
            "the listing never ends: its page token repeats",
        );
        self.failed(O::ACTION, resource, &error);
        (Listing::partial(items), Some(error))
    }

    /// Notes that a call failed.
    pub(super) fn failed(&self, action: &str, resource: Option<&str>, error: &CloudError) {
        self.run.gaps.failed(&self.scope, action, resource, error);
        self.run.observer.gap();
    }
}
