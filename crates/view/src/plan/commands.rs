//! Calls as commands of the AWS CLI (AWS CLI Command Reference; options that both of its versions have).

use flowcover_core::call::{Call, FlowLogRequest};
use flowcover_core::inventory::Tags;
use serde_json::{Value, json};

use super::shell::Command;

/// The only region whose buckets are made without a location (S3 API Reference, `CreateBucket`).
const NO_LOCATION: &str = "us-east-1";

/// The command that makes a call. `region`: where it is made; calls to IAM do without.
pub(super) fn command(call: &Call, region: Option<&str>) -> Command {
    let iam = |operation, role: &str| {
        let command = Command::new("iam", operation).maybe("--region", region);
        command.option("--role-name", role)
    };
    let logs = |operation, group: &str| {
        let command = Command::new("logs", operation).maybe("--region", region);
        command.option("--log-group-name", group)
    };
    let s3 = |operation, bucket: &str| {
        let command = Command::new("s3api", operation).maybe("--region", region);
        command.option("--bucket", bucket)
    };
    let ec2 = |operation| Command::new("ec2", operation).maybe("--region", region);
    match call {
        Call::CreateRole(call) => iam("create-role", &call.role_name)
            .option("--assume-role-policy-document", &call.trust_policy)
            .json("--tags", &list_of(&call.tags)),
        Call::UpdateAssumeRolePolicy(call) => iam("update-assume-role-policy", &call.role_name)
            .option("--policy-document", &call.trust_policy),
        Call::PutRolePolicy(call) => iam("put-role-policy", &call.role_name)
            .option("--policy-name", &call.policy_name)
            .option("--policy-document", &call.policy),
        Call::DeleteRolePolicy(call) => {
            iam("delete-role-policy", &call.role_name).option("--policy-name", &call.policy_name)
        }
        Call::DeleteRole(call) => iam("delete-role", &call.role_name),
        Call::CreateLogGroup(call) => logs("create-log-group", &call.log_group_name)
            .maybe("--kms-key-id", call.kms_key_id.as_deref())
            .json("--tags", &json!(call.tags)),
        Call::PutRetentionPolicy(call) => logs("put-retention-policy", &call.log_group_name)
            .option("--retention-in-days", &call.retention_in_days.to_string()),
        Call::DeleteRetentionPolicy(call) => logs("delete-retention-policy", &call.log_group_name),
        Call::AssociateKmsKey(call) => {
            logs("associate-kms-key", &call.log_group_name).option("--kms-key-id", &call.kms_key_id)
        }
        Call::DisassociateKmsKey(call) => logs("disassociate-kms-key", &call.log_group_name),
        Call::DeleteLogGroup(call) => logs("delete-log-group", &call.log_group_name),
        Call::CreateBucket(call) => {
            let location = region.filter(|region| *region != NO_LOCATION);
            let location = location.map(|region| format!("LocationConstraint={region}"));
            s3("create-bucket", &call.bucket)
                .maybe("--create-bucket-configuration", location.as_deref())
        }
        Call::PutBucketTagging(call) => s3("put-bucket-tagging", &call.bucket)
            .json("--tagging", &json!({"TagSet": list_of(&call.tags)})),
        Call::PutPublicAccessBlock(call) => s3("put-public-access-block", &call.bucket).json(
            "--public-access-block-configuration",
            &json!({"BlockPublicAcls": true, "IgnorePublicAcls": true,
                "BlockPublicPolicy": true, "RestrictPublicBuckets": true}),
        ),
        Call::PutBucketEncryption(call) => s3("put-bucket-encryption", &call.bucket).json(
            "--server-side-encryption-configuration",
            &encryption(&call.algorithm, call.kms_key.as_deref()),
        ),
        Call::PutBucketLifecycle(call) => s3("put-bucket-lifecycle-configuration", &call.bucket)
            .json(
                "--lifecycle-configuration",
                &lifecycle(&call.prefix, call.expiration_days),
            ),
        Call::PutBucketPolicy(call) => {
            s3("put-bucket-policy", &call.bucket).option("--policy", &call.policy)
        }
        Call::DeleteBucketPolicy(call) => s3("delete-bucket-policy", &call.bucket),
        Call::DeleteObjects(call) => {
            let keys: Vec<Value> = call.keys.iter().map(|key| json!({"Key": key})).collect();
            s3("delete-objects", &call.bucket).json("--delete", &json!({"Objects": keys}))
        }
        Call::DeleteBucket(call) => s3("delete-bucket", &call.bucket),
        Call::CreateFlowLogs(call) => {
            let command = ec2("create-flow-logs");
            let command = command.list("--resource-ids", &call.flow_logs.resource_ids);
            flow_log_options(command, &call.flow_logs)
        }
        Call::DeleteFlowLogs(call) => {
            ec2("delete-flow-logs").list("--flow-log-ids", &call.flow_log_ids)
        }
    }
}

/// Everything of a request but the resources and the token.
pub(super) fn flow_log_options(command: Command, request: &FlowLogRequest) -> Command {
    let interval = request.max_aggregation_interval.map(|it| it.to_string());
    let destination_options = destination_options(request).map(|it| it.to_string());
    let tags = (!request.tags.is_empty()).then(|| {
        json!([{"ResourceType": "vpc-flow-log", "Tags": list_of(&request.tags)}]).to_string()
    });
    command
        .option("--resource-type", &request.resource_type)
        .maybe("--traffic-type", request.traffic_type.as_deref())
        .maybe(
            "--log-destination-type",
            request.log_destination_type.as_deref(),
        )
        .maybe("--log-destination", request.log_destination.as_deref())
        .maybe("--log-group-name", request.log_group_name.as_deref())
        .maybe(
            "--deliver-logs-permission-arn",
            request.deliver_logs_permission_arn.as_deref(),
        )
        .maybe(
            "--deliver-cross-account-role",
            request.deliver_cross_account_role.as_deref(),
        )
        .maybe("--log-format", request.log_format.as_deref())
        .maybe("--max-aggregation-interval", interval.as_deref())
        .maybe("--destination-options", destination_options.as_deref())
        .maybe("--tag-specifications", tags.as_deref())
}

/// `DestinationOptions`, if any is asked for: EC2 refuses them for other destinations than S3. All three:
/// CloudFormation asks for them together; the defaults are AWS's.
pub(super) fn destination_options(request: &FlowLogRequest) -> Option<Value> {
    let asked = request.file_format.is_some()
        || request.hive_compatible_partitions.is_some()
        || request.per_hour_partition.is_some();
    asked.then(|| {
        json!({
            "FileFormat": request.file_format.as_deref().unwrap_or("plain-text"),
            "HiveCompatiblePartitions": request.hive_compatible_partitions.unwrap_or(false),
            "PerHourPartition": request.per_hour_partition.unwrap_or(false),
        })
    })
}

/// Tags as most services list them.
pub(super) fn list_of(tags: &Tags) -> Value {
    let tag = |(key, value)| json!({"Key": key, "Value": value});
    tags.iter().map(tag).collect()
}

/// Whether an algorithm takes bucket keys, which save calls to KMS (S3 User Guide, "Reducing the cost of SSE-KMS with
/// Amazon S3 Bucket Keys").
pub(super) fn takes_bucket_key(algorithm: &str) -> bool {
    algorithm.starts_with("aws:kms")
}

fn encryption(algorithm: &str, kms_key: Option<&str>) -> Value {
    let mut default = json!({"SSEAlgorithm": algorithm});
    if let Some(kms_key) = kms_key {
        default["KMSMasterKeyID"] = json!(kms_key);
    }
    let mut rule = json!({"ApplyServerSideEncryptionByDefault": default});
    if takes_bucket_key(algorithm) {
        rule["BucketKeyEnabled"] = json!(true);
    }
    json!({"Rules": [rule]})
}

fn lifecycle(prefix: &str, days: u32) -> Value {
    json!({"Rules": [{"ID": LIFECYCLE_RULE, "Status": "Enabled", "Filter": {"Prefix": prefix},
        "Expiration": {"Days": days}}]})
}

/// Id of the lifecycle rule of a bucket that is made.
pub(super) const LIFECYCLE_RULE: &str = "flowcover-expiration";
