//! What is there, compared with what a step rests on and what it makes.

use flowcover_core::journal::Adopted;
use flowcover_core::plan::Change;

use super::outcome::Changed;
use super::work::Work;
use super::{bucket, bucket_back, flow_logs, group_settings, log_group, mended, role};
use crate::{Call, CloudError};

/// What a look at the world tells of a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    /// These calls are left to be made, in order. Flow logs that this run made already are named.
    Act {
        calls: Vec<Call>,
        flow_log_ids: Vec<String>,
    },
    /// An earlier run left it: it is to be set as the step makes it, once it stands in the journal as it was. What is said
    /// of it, in one sentence.
    Adopt { was: Adopted, says: String },
    /// To take back: it was there before the run, and is as it was then. It is left; why, in one sentence.
    Kept(String),
    /// Everything is as it should be, by this run. Flow logs that this run made are named.
    Settled { flow_log_ids: Vec<String> },
    /// Somebody else changed it. To take a step back this means: it is left.
    Changed(Changed),
}

impl Seen {
    pub(super) const fn act(calls: Vec<Call>) -> Self {
        Self::Act {
            calls,
            flow_log_ids: Vec::new(),
        }
    }

    pub(super) const fn settled() -> Self {
        Self::Settled {
            flow_log_ids: Vec::new(),
        }
    }

    /// Calls that are left, or none.
    pub(super) fn left(calls: Vec<Call>) -> Self {
        if calls.is_empty() {
            Self::settled()
        } else {
            Self::act(calls)
        }
    }

    pub(super) fn changed(
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Changed(Changed::new(what, expected, found))
    }
}

/// Looks at what a step is about, to carry it out or to take it back.
pub(super) async fn look(work: &Work<'_>) -> Result<Seen, CloudError> {
    let back = work.is_taking_back();
    match &work.step.change {
        Change::CreateRole { .. } if back => role::look_back(work).await,
        Change::CreateRole { .. } => role::look(work).await,
        Change::MendRole { .. } => mended::look(work).await,
        Change::CreateLogGroup { .. } if back => log_group::look_back(work).await,
        Change::CreateLogGroup { .. } => log_group::look(work).await,
        Change::SetRetention { .. } | Change::SetLogGroupKey { .. } => {
            group_settings::look_at_setting(work).await
        }
        Change::CreateBucket { .. } if back => bucket_back::look_back(work).await,
        Change::CreateBucket { .. } => bucket::look(work).await,
        Change::AddBucketStatement { .. } => bucket::look_at_statement(work).await,
        Change::CreateFlowLogs { .. } if back => flow_logs::look_back(work).await,
        Change::CreateFlowLogs { .. } => flow_logs::look(work).await,
        Change::DeleteFlowLogs { .. } if back => flow_logs::look_at_deleted(work).await,
        Change::DeleteFlowLogs { .. } => flow_logs::look_at_old(work).await,
    }
}

/// A value that a step replaces, compared with what is there. `called`: whether this run made, or may have made, the call
/// that replaces it. None: nothing is left to do. Some: it is to be made what the step, or its taking back, asks for.
pub(super) enum Setting {
    Settled,
    Replace,
    Changed,
}

/// The same as [`setting`] where the value may be already what it is to become: then it is only not to differ.
pub(super) const fn setting_of(
    needs_change: bool,
    (is_before, is_after): (bool, bool),
    called: bool,
    taking_back: bool,
) -> Setting {
    match (needs_change, is_before) {
        (true, _) => setting(is_before, is_after, called, taking_back),
        (false, true) => Setting::Settled,
        (false, false) => Setting::Changed,
    }
}

/// How a value stands to what a step rests on and makes.
pub(super) const fn setting(
    is_before: bool,
    is_after: bool,
    called: bool,
    taking_back: bool,
) -> Setting {
    match (taking_back, is_before, is_after) {
        (false, _, true) if called => Setting::Settled,
        (false, true, false) => Setting::Replace,
        (true, true, _) => Setting::Settled,
        (true, false, true) if called => Setting::Replace,
        _ => Setting::Changed,
    }
}
