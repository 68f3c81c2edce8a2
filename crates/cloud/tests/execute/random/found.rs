//! What runs of random cases come to.

use std::collections::BTreeSet;

use flowcover_core::journal::Event;
use flowcover_core::plan::{Change, Plan, Step};

use super::super::lab::Lab;

/// Everything that a run did, in words: kinds of steps, of resources, of destinations and of their options.
pub(super) fn found(lab: &Lab) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |what: &str| found.insert(what.to_owned());
    for event in lab.trace.events() {
        if matches!(event, Event::Adopted { .. }) {
            note("gone on with");
        }
    }
    let may_fail = |message: &str| message.contains("AWS may not take the delivery up again");
    let mut not_fixed = lab.header.plan.not_fixed.iter();
    if not_fixed.any(|it| may_fail(&it.message)) {
        note("mended and not promised to deliver");
    }
    if are_mended_and_made_anew(&lab.header.plan) {
        note("mended and made anew");
    }
    for step in &lab.header.plan.steps {
        let change = serde_json::to_value(&step.change).unwrap();
        note(change["kind"].as_str().unwrap());
        match &step.change {
            Change::CreateFlowLogs { flow_logs, .. } => {
                let on = &flow_logs.resource_type;
                let to = flow_logs.log_destination_type.as_deref();
                note(&format!("on {on}"));
                note(&format!("to {}", to.unwrap_or_default()));
                let options = [
                    (
                        "parquet",
                        flow_logs.file_format.as_deref() == Some("parquet"),
                    ),
                    ("hive", flow_logs.hive_compatible_partitions == Some(true)),
                    ("per hour", flow_logs.per_hour_partition == Some(true)),
                ];
                for (option, _) in options.iter().filter(|(_, on)| *on) {
                    note(option);
                }
            }
            Change::CreateLogGroup {
                kms_key_id: Some(_),
                ..
            } => {
                note("group with a key");
            }
            Change::CreateBucket {
                kms_key: Some(_), ..
            } => {
                note("bucket with a key");
            }
            _ => {}
        }
    }
    found
}

/// Whether a role is mended for a flow log, and another one takes the place of that all the same.
fn are_mended_and_made_anew(plan: &Plan) -> bool {
    let mends = |step: &&Step| matches!(step.change, Change::MendRole { .. });
    let reasons: Vec<&str> = plan
        .steps
        .iter()
        .filter(mends)
        .filter_map(|step| step.because.as_deref())
        .collect();
    let mut deleted = plan.steps.iter().filter_map(|step| match &step.change {
        Change::DeleteFlowLogs { flow_logs } => Some(flow_logs),
        _ => None,
    });
    deleted.any(|logs| {
        let mut ids = logs.iter().map(|log| log.flow_log_id.as_str());
        ids.any(|id| reasons.iter().any(|reason| reason.contains(id)))
    })
}

/// What must arise.
pub(super) const EVERYTHING: [&str; 24] = [
    "add-bucket-statement",
    "bucket with a key",
    "create-bucket",
    "create-flow-logs",
    "create-log-group",
    "create-role",
    "delete-flow-logs",
    "gone on with",
    "group with a key",
    "hive",
    "mend-role",
    "mended and made anew",
    "mended and not promised to deliver",
    "on NetworkInterface",
    "on Subnet",
    "on TransitGateway",
    "on VPC",
    "parquet",
    "per hour",
    "set-log-group-key",
    "set-retention",
    "to cloud-watch-logs",
    "to kinesis-data-firehose",
    "to s3",
];
