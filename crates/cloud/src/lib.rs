//! AWS in our own words, and how an inventory is collected from it.
//!
//! [`Cloud`] is the one trait between flowcover and AWS: a call has a [`Scope`] (whose
//! credentials, which region) and a [`Request`], and gives an [`Answer`] or a [`CloudError`].
//! Budgets, retries, counting, recording and failure injection wrap any implementation;
//! `flowcover-aws` answers with real AWS calls, `simulator` with a simulated organisation.

mod breaker;
pub mod collect;
mod error;
pub mod execute;
mod limited;
mod operation;
mod pace;
pub mod pages;
pub mod permissions;
mod scope;
pub mod simulator;

use std::sync::Arc;

use futures::future::BoxFuture;

pub use error::{CloudError, ErrorKind};
pub use flowcover_core::call::{BatchResult, Call, FlowLogRequest, Unsuccessful};
pub use limited::{Counters, Limited, Limits, Stop};
pub use operation::*;
pub use scope::{Entry, Scope};

/// Somewhere that answers AWS calls.
///
/// One call is one HTTP request of AWS: paging, retries and budgets are the caller's, so
/// that every call can be counted.
pub trait Cloud: Send + Sync {
    /// Makes one call.
    ///
    /// # Errors
    ///
    /// Whatever AWS or the way to it refuses, classified.
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>>;

    /// Has credentials ready for calls of that scope. Sources of credentials can be slow, people
    /// may have to confirm something; that wait is no part of the time that a call may take.
    ///
    /// # Errors
    ///
    /// Why there are none.
    fn prepare<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<(), CloudError>> {
        let _ = scope;
        Box::pin(std::future::ready(Ok(())))
    }
}

impl<C: Cloud + ?Sized> Cloud for Arc<C> {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>> {
        (**self).call(scope, request)
    }

    fn prepare<'a>(&'a self, scope: &'a Scope) -> BoxFuture<'a, Result<(), CloudError>> {
        (**self).prepare(scope)
    }
}

/// Makes one call and unwraps its typed answer.
///
/// # Errors
///
/// Those of the call; [`ErrorKind::Service`] if the answer belongs to another request.
pub async fn ask<O: Operation>(
    cloud: &dyn Cloud,
    scope: &Scope,
    operation: O,
) -> Result<O::Output, CloudError> {
    let action = O::ACTION;
    let answer = cloud.call(scope, operation.into_request()).await?;
    O::from_answer(answer).ok_or_else(|| {
        CloudError::new(
            ErrorKind::Service,
            "UnexpectedAnswer",
            format!("the answer is not one to {action}"),
        )
    })
}
