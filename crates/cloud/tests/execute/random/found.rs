//! What runs of random cases come to.

use std::collections::BTreeSet;

use flowcover_core::journal::Event;
use flowcover_core::plan::Change;

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

/// What must arise.
pub(super) const EVERYTHING: [&str; 22] = [
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
