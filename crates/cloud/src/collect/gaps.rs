//! Where failures to read are kept.

use std::sync::{Mutex, PoisonError};

use flowcover_core::inventory::{Gap, GapKind};

use crate::{CloudError, Scope};

/// Gaps found so far.
#[derive(Debug, Default)]
pub(super) struct Gaps(Mutex<Vec<Gap>>);

impl Gaps {
    /// A call failed.
    pub(super) fn failed(
        &self,
        scope: &Scope,
        action: &str,
        resource: Option<&str>,
        error: &CloudError,
    ) {
        self.push(Self::of(scope, action, resource, error));
    }

    /// The gap that a failed call leaves.
    pub(super) fn of(
        scope: &Scope,
        action: &str,
        resource: Option<&str>,
        error: &CloudError,
    ) -> Gap {
        let kind = error.gap_kind();
        Gap {
            account_id: Some(scope.account_id.to_string()).filter(|id| !id.is_empty()),
            region: Some(scope.region.to_string()),
            action: action.to_owned(),
            resource: resource.map(str::to_owned),
            kind,
            error_code: error.code.clone(),
            permission: (kind == GapKind::Denied).then(|| action.to_owned()),
            message: error.message.clone(),
        }
    }

    /// Something else stands in the way.
    pub(super) fn push(&self, gap: Gap) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(gap);
    }

    /// All of them.
    pub(super) fn into_vec(self) -> Vec<Gap> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
