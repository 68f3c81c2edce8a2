//! What the commands need that read records.
//!
//! Resources as the Service Authorization Reference gives them for each action.

use super::changes::{bucket_arns, on_log_groups};
use super::{Grant, GrantCondition, grant};
use crate::{
    DescribeFlowLogs, DescribeNetworkInterfaces, FilterLogEvents, GetObject, HeadBucket, ListKeys,
    Operation,
};

/// S3 needs it of the reader where objects are encrypted with a key of KMS. No call of ours.
pub(super) const DECRYPT: &str = "kms:Decrypt";

/// To read the records of these buckets and log groups (names or patterns; none: all), and of which format they are.
#[must_use]
pub fn records(buckets: &[String], log_groups: &[String]) -> Vec<Grant> {
    let in_s3 = GrantCondition {
        operator: "StringLike",
        key: "kms:ViaService",
        value: "s3.*.amazonaws.com*",
    };
    vec![
        Grant {
            resources: bucket_arns(buckets, ""),
            ..grant("Buckets", &[HeadBucket::ACTION, ListKeys::ACTION])
        },
        Grant {
            resources: bucket_arns(buckets, "/*"),
            ..grant("Objects", &[GetObject::ACTION])
        },
        Grant {
            conditions: vec![in_s3],
            ..grant("EncryptedObjects", &[DECRYPT])
        },
        on_log_groups(log_groups, "LogGroups", &[FilterLogEvents::ACTION]),
        // Formats of log groups, and with --vpc where records lie.
        grant(
            "FlowLogs",
            &[DescribeFlowLogs::ACTION, DescribeNetworkInterfaces::ACTION],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_places_narrow_the_policy() {
        let grants = records(&["logs".to_owned()], &["/vpc/flow".to_owned()]);
        let resources: Vec<_> = grants.iter().map(|grant| &grant.resources[..]).collect();
        assert_eq!(resources[0], ["arn:*:s3:::logs"]);
        assert_eq!(resources[1], ["arn:*:s3:::logs/*"]);
        assert_eq!(
            resources[3],
            [
                "arn:*:logs:*:*:log-group:/vpc/flow",
                "arn:*:logs:*:*:log-group:/vpc/flow:*"
            ]
        );
        let all = records(&[], &[]);
        assert_eq!(all[1].resources, ["arn:*:s3:::*/*"]);
        assert_eq!(all[3].resources, ["arn:*:logs:*:*:log-group:*"]);
    }
}
