//! That a run touches nothing but what it made.

use std::collections::BTreeSet;

use flowcover_cloud::Call;
use flowcover_core::journal::Event;
use flowcover_core::plan::Change;
use serde_json::Value;

use super::lab::{Lab, Line};

/// What calls name their object by.
const NAMES: [&str; 3] = ["role_name", "log_group_name", "bucket"];

/// The names of what stands before a run.
pub(super) struct Standing {
    /// Somebody's: it is not touched.
    pub(super) theirs: BTreeSet<String>,
    /// An earlier run's: it is not deleted.
    pub(super) earlier: BTreeSet<String>,
}

/// What a call is about: the role, group or bucket, or the ids of flow logs that it deletes.
pub(super) fn objects(call: &Call) -> Vec<String> {
    if let Call::DeleteFlowLogs(call) = call {
        return call.flow_log_ids.clone();
    }
    let call = serde_json::to_value(call).unwrap();
    let named = NAMES.iter().map(|name| &call["parameters"][name]);
    named.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Every call of the run that changes or deletes something is about what a call of it made before, by its journal, or changes
/// what an earlier run left. Beside that, old flow logs that the plan replaces, and the policy of these buckets.
#[track_caller]
pub(super) fn assert_only_its_own_is_touched(lab: &Lab, with_policy: &[&str], before: &Standing) {
    let mut own = BTreeSet::new();
    for step in &lab.header.plan.steps {
        if let Change::DeleteFlowLogs { flow_logs } = &step.change {
            own.extend(flow_logs.iter().map(|log| log.flow_log_id.clone()));
        }
    }
    for line in lab.trace.lines() {
        match line {
            Line::Journaled(Event::Result { result, .. }) => own.extend(result.flow_log_ids),
            Line::Journaled(Event::Found { flow_log_ids, .. }) => own.extend(flow_log_ids),
            Line::Journaled(_) | Line::Written(Call::CreateFlowLogs(_)) => {}
            Line::Written(
                call @ (Call::CreateRole(_) | Call::CreateLogGroup(_) | Call::CreateBucket(_)),
            ) => {
                let made = objects(&call).into_iter();
                // What is there is not made again.
                own.extend(made.filter(|it| !before.earlier.contains(it)));
            }
            Line::Written(Call::PutBucketPolicy(call))
                if with_policy.contains(&call.bucket.as_str()) => {}
            // What had no policy has none again.
            Line::Written(Call::DeleteBucketPolicy(call))
                if with_policy.contains(&call.bucket.as_str()) => {}
            Line::Written(call) => {
                let objects = objects(&call);
                assert!(!objects.is_empty(), "about nothing: {call:?}");
                let may = |it: &String| {
                    !before.theirs.contains(it)
                        && (own.contains(it) || (!deletes(&call) && before.earlier.contains(it)))
                };
                assert!(objects.iter().all(may), "not its own: {call:?}");
            }
        }
    }
}

/// Whether a call deletes what it is about. A policy of a role is part of the role.
const fn deletes(call: &Call) -> bool {
    matches!(
        call,
        Call::DeleteRole(_)
            | Call::DeleteLogGroup(_)
            | Call::DeleteBucket(_)
            | Call::DeleteObjects(_)
            | Call::DeleteFlowLogs(_)
    )
}
