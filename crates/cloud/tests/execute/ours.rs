//! That a run touches nothing but what it made.

use std::collections::BTreeSet;

use flowcover_cloud::Call;
use flowcover_core::journal::Event;
use flowcover_core::plan::Change;
use serde_json::Value;

use super::lab::{Lab, Line};

/// What calls name their object by.
const NAMES: [&str; 3] = ["role_name", "log_group_name", "bucket"];

/// What a call is about: the role, group or bucket, or the ids of flow logs that it deletes.
fn objects(call: &Call) -> Vec<String> {
    if let Call::DeleteFlowLogs(call) = call {
        return call.flow_log_ids.clone();
    }
    let call = serde_json::to_value(call).unwrap();
    let named = NAMES.iter().map(|name| &call["parameters"][name]);
    named.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Every call of the run that changes or deletes something is about what a call of it made before, by its journal. Beside
/// that, old flow logs that the plan replaces, and the policy of these buckets.
#[track_caller]
pub(super) fn assert_only_its_own_is_touched(lab: &Lab, with_policy: &[&str]) {
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
            ) => own.extend(objects(&call)),
            Line::Written(Call::PutBucketPolicy(call))
                if with_policy.contains(&call.bucket.as_str()) => {}
            Line::Written(call) => {
                let objects = objects(&call);
                assert!(!objects.is_empty(), "about nothing: {call:?}");
                assert!(
                    objects.iter().all(|it| own.contains(it)),
                    "not its own: {call:?}"
                );
            }
        }
    }
}
