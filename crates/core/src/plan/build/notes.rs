//! What the choices mean, in sentences, for whoever reviews a plan.

use std::collections::BTreeSet;

use super::Builder;
use crate::plan::Change;
use crate::policy::EncryptionRequired;

impl Builder<'_> {
    /// Notes on what is made.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let requests = || self.made.iter().map(|new| &new.request);
        let traffic: BTreeSet<&str> = requests()
            .filter_map(|it| it.traffic_type.as_deref())
            .collect();
        notes.extend(
            traffic
                .into_iter()
                .filter_map(about_traffic)
                .map(str::to_owned),
        );
        let kinds: BTreeSet<&str> = requests()
            .filter_map(|it| it.log_destination_type.as_deref())
            .collect();
        notes.extend(
            kinds
                .into_iter()
                .filter_map(about_destination)
                .map(str::to_owned),
        );
        let intervals: BTreeSet<u32> = requests()
            .filter(|it| it.resource_type != "TransitGateway")
            .filter_map(|it| it.max_aggregation_interval)
            .collect();
        notes.extend(intervals.into_iter().map(about_interval).map(str::to_owned));
        let keyless = self.steps.changes().any(|change| {
            matches!(
                change,
                Change::CreateLogGroup {
                    kms_key_id: None,
                    ..
                }
            )
        });
        if keyless && self.context.policy.log_group_encryption.value == EncryptionRequired::Kms {
            notes.push(
                "The policy asks for a KMS key on log groups, and `[fix.log_group]` names none: the groups that are made have no key of yours, and the next audit says so.".to_owned(),
            );
        }
        let shortens = |change: &Change| match change {
            Change::SetRetention {
                retention_in_days: days,
                ..
            } => days.before.is_none_or(|before| before > days.after),
            _ => false,
        };
        if self.steps.changes().any(shortens) {
            notes.push(
                "The retention of log groups is shortened with --shorten-retention only: AWS deletes the records that are older than the new one, and a rollback does not bring them back.".to_owned(),
            );
        }
        notes.extend(self.about_log_groups());
        if !self.deleted().is_empty() {
            notes.push(
                "Old flow logs are deleted with --replace only, and only after the new ones are seen to deliver. Until then the same traffic is recorded, and paid, twice.".to_owned(),
            );
        }
        notes
    }
}

fn about_traffic(traffic: &str) -> Option<&'static str> {
    match traffic {
        "REJECT" => Some(
            "REJECT records what security groups and network ACLs refused: little volume, little cost. What was let in is not seen.",
        ),
        "ALL" => Some(
            "ALL records accepted and rejected traffic: it shows who talked to whom, and its volume and cost grow with the traffic.",
        ),
        "ACCEPT" => Some(
            "ACCEPT completes flow logs that record rejected traffic already: together they see everything.",
        ),
        _ => None,
    }
}

fn about_destination(kind: &str) -> Option<&'static str> {
    match kind {
        "cloud-watch-logs" => Some(
            "Records go to CloudWatch Logs in the account of the VPC: one log group for each VPC, paid by the gigabyte taken in, searched with Logs Insights.",
        ),
        "s3" => Some(
            "Records go to S3, below AWSLogs/ in the folder of each account: cheaper to keep, delivered about every five minutes.",
        ),
        "kinesis-data-firehose" => {
            Some("Records go to a Firehose delivery stream, which must exist and passes them on.")
        }
        _ => None,
    }
}

const fn about_interval(seconds: u32) -> &'static str {
    match seconds {
        60 => {
            "Aggregation over 60 seconds shows short flows apart, and makes several times the records of 600 seconds."
        }
        _ => {
            "Aggregation over 600 seconds makes the fewest records; what happened within those ten minutes is summed up. Interfaces of Nitro instances use 60 seconds or less whatever is set."
        }
    }
}
