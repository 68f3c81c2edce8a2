//! Roles and destinations.

use super::*;
use crate::inventory::{
    Bucket, BucketEncryption, ExpirationRule, Fact, GapKind, ListingState, Role,
};

const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/flow";
const GROUP_ARN: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/flow/main";

const ROLE: &str = r#"{"Role": {
    "Path": "/", "RoleName": "flow", "RoleId": "AROA1", "Arn": "arn:aws:iam::111122223333:role/flow",
    "CreateDate": "2026-01-01T00:00:00+00:00",
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
    "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/edge"},
    "Tags": [{"Key": "team", "Value": "net"}]}}"#;

const GROUPS: &str = r#"{"logGroups": [{"logGroupName": "/flow/main", "creationTime": 1600000000000,
    "retentionInDays": 30, "metricFilterCount": 0, "storedBytes": 17, "logGroupClass": "STANDARD",
    "arn": "arn:aws:logs:eu-west-1:111122223333:log-group:/flow/main:*",
    "logGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:/flow/main",
    "kmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/0000-1111"}]}"#;

/// The region with its network, and further files.
fn with(more: &[(&str, &str)]) -> Inventory {
    with_flow_logs(FLOW_LOGS, more)
}

fn with_flow_logs(flow_logs: &str, more: &[(&str, &str)]) -> Inventory {
    let base = [
        ("describe-vpcs.json", VPCS),
        ("describe-flow-logs.json", flow_logs),
        ("describe-transit-gateways.json", NO_GATEWAYS),
    ];
    read_place(&[&base, more].concat())
}

fn role(inventory: &Inventory) -> &Role {
    inventory.roles[ROLE_ARN].present().unwrap()
}

#[test]
fn a_role_is_put_together_from_its_files() {
    let inventory = with(&[
        ("111122223333/get-role-flow.json", ROLE),
        (
            "111122223333/list-role-policies-flow.json",
            r#"{"PolicyNames": ["write", "other"]}"#,
        ),
        (
            "111122223333/get-role-policy-flow-write.json",
            r#"{"RoleName": "flow", "PolicyName": "write", "PolicyDocument": {"Statement": "w"}}"#,
        ),
        (
            "111122223333/anything.json",
            r#"{"RoleName": "flow", "PolicyName": "other", "PolicyDocument": "%7B%22Statement%22%3A%22o%22%7D"}"#,
        ),
        (
            "111122223333/list-attached-role-policies-flow.json",
            r#"{"AttachedPolicies": [{"PolicyName": "Logs", "PolicyArn": "arn:aws:iam::aws:policy/service-role/Logs"}]}"#,
        ),
        (
            "111122223333/get-policy-logs.json",
            r#"{"Policy": {"PolicyName": "Logs", "Arn": "arn:aws:iam::aws:policy/service-role/Logs", "DefaultVersionId": "v2"}}"#,
        ),
        (
            "111122223333/get-policy-version-Logs-v1.json",
            r#"{"PolicyVersion": {"Document": {"Statement": 1}, "VersionId": "v1", "IsDefaultVersion": false}}"#,
        ),
        (
            "111122223333/get-policy-version-Logs-v2.json",
            r#"{"PolicyVersion": {"Document": {"Statement": 2}, "VersionId": "v2", "IsDefaultVersion": true}}"#,
        ),
        (
            "111122223333/get-policy-version-edge.json",
            r#"{"PolicyVersion": {"Document": {"Statement": 3}, "VersionId": "v7", "IsDefaultVersion": true}}"#,
        ),
    ]);
    let role = role(&inventory);
    assert_eq!(
        role.trust_policy.present().unwrap(),
        r#"{"Statement":[],"Version":"2012-10-17"}"#
    );
    assert_eq!(role.tags["team"], "net");
    let documents =
        |policies: &crate::inventory::Listing<crate::inventory::NamedPolicy>| -> Vec<_> {
            assert_eq!(policies.state, ListingState::Complete);
            policies
                .items
                .iter()
                .map(|it| (it.name.clone(), it.document.present().cloned().unwrap()))
                .collect()
        };
    assert_eq!(
        documents(&role.inline_policies),
        [
            ("write".to_owned(), r#"{"Statement":"w"}"#.to_owned()),
            ("other".to_owned(), r#"{"Statement":"o"}"#.to_owned())
        ]
    );
    assert_eq!(
        documents(&role.attached_policies),
        [(
            "arn:aws:iam::aws:policy/service-role/Logs".to_owned(),
            r#"{"Statement":2}"#.to_owned()
        )]
    );
    let boundary = role.permissions_boundary.present().unwrap();
    assert_eq!(
        boundary.document,
        Fact::Present(r#"{"Statement":3}"#.to_owned())
    );
    assert_eq!(
        gaps(&inventory),
        [(
            "logs:DescribeLogGroups",
            "111122223333/eu-west-1/describe-log-groups.json was not saved"
        )]
    );
}

#[test]
fn what_a_role_lacks_is_a_gap_that_names_the_file() {
    let inventory = with(&[
        ("get-role-flow.json", ROLE),
        (
            "list-role-policies-flow.json",
            r#"{"PolicyNames": ["a/b"]}"#,
        ),
    ]);
    let role = role(&inventory);
    assert!(role.inline_policies.items[0].document.is_not_read());
    assert_eq!(role.attached_policies.state, ListingState::NotRead);
    let gap = gap_of(&inventory, "iam:GetRolePolicy");
    assert_eq!(
        (gap.kind, gap.resource.as_deref()),
        (GapKind::NotSaved, Some(ROLE_ARN))
    );
    assert_eq!(
        gap.message,
        "111122223333/get-role-policy-flow-a-b.json was not saved"
    );
    assert!(
        gap_of(&inventory, "iam:ListAttachedRolePolicies")
            .message
            .contains("list-attached-role-policies-flow.json")
    );
    assert!(
        gap_of(&inventory, "iam:GetPolicyVersion")
            .message
            .contains("get-policy-version-edge.json")
    );
}

#[test]
fn a_role_is_absent_only_where_that_is_proven() {
    let gone = "An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name flow cannot be found.";
    let denied = "An error occurred (AccessDenied) when calling the GetRole operation: no";
    let others =
        r#"{"Roles": [{"RoleName": "other", "Arn": "arn:aws:iam::111122223333:role/other"}]}"#;
    let cut = r#"{"Roles": [], "NextToken": "x"}"#;
    for (file, text, expected, code) in [
        ("get-role-flow.json", gone, Fact::Absent, None),
        (
            "get-role-flow.err",
            denied,
            Fact::NotRead,
            Some("AccessDenied"),
        ),
        ("get-role-other.json", gone, Fact::NotRead, Some("NotSaved")),
        ("list-roles.json", others, Fact::Absent, None),
        ("list-roles.json", cut, Fact::NotRead, Some("NotSaved")),
        (
            "444455556666/list-roles.json",
            r#"{"Roles": []}"#,
            Fact::NotRead,
            Some("NotSaved"),
        ),
    ] {
        let inventory = with(&[(file, text)]);
        assert_eq!(inventory.roles[ROLE_ARN], expected, "{file} {text}");
        let found = inventory
            .gaps
            .iter()
            .find(|gap| gap.action == "iam:GetRole");
        assert_eq!(found.map(|gap| &*gap.error_code), code, "{file} {text}");
    }
}

#[test]
fn a_list_of_roles_gives_the_trust_but_not_the_boundary() {
    let list = r#"{"Roles": [{"RoleName": "flow", "Arn": "arn:aws:iam::111122223333:role/flow", "AssumeRolePolicyDocument": {}}]}"#;
    let inventory = with(&[("list-roles.json", list)]);
    assert_eq!(
        role(&inventory).trust_policy,
        Fact::Present("{}".to_owned())
    );
    assert!(role(&inventory).permissions_boundary.is_not_read());
}

#[test]
fn a_log_group_is_absent_only_if_the_listing_is_whole() {
    let none = r#"{"logGroups": []}"#;
    let cut = r#"{"logGroups": [], "nextToken": "x"}"#;
    for (file, text, is_absent) in [
        ("describe-log-groups.json", none, true),
        ("describe-log-groups.json", cut, false),
        ("describe-log-groups-flow-main.json", none, true),
        ("describe-log-groups-something-else.json", none, false),
        (
            "111122223333/us-east-1/describe-log-groups.json",
            none,
            false,
        ),
        (
            "describe-log-groups.json",
            "An error occurred (AccessDeniedException) when calling the DescribeLogGroups operation: no",
            false,
        ),
    ] {
        let inventory = with(&[(file, text)]);
        let group = &inventory.log_groups[GROUP_ARN];
        assert_eq!(
            (group.is_absent(), group.is_not_read()),
            (is_absent, !is_absent),
            "{file} {text}"
        );
        let has_gap = inventory
            .gaps
            .iter()
            .any(|gap| gap.action == "logs:DescribeLogGroups");
        assert_eq!(has_gap, !is_absent, "{file} {text}");
    }
}

#[test]
fn a_log_group_and_its_key_are_read() {
    let inventory = with(&[
        ("describe-log-groups.json", GROUPS),
        (
            "describe-key-0000-1111.json",
            r#"{"KeyMetadata": {"AWSAccountId": "111122223333", "KeyId": "0000-1111", "Arn": "arn:aws:kms:eu-west-1:111122223333:key/0000-1111", "Enabled": true}}"#,
        ),
        (
            "get-key-policy-0000-1111.json",
            r#"{"Policy": "{\"Statement\":[]}", "PolicyName": "default"}"#,
        ),
    ]);
    let group = inventory.log_groups[GROUP_ARN].present().unwrap();
    assert_eq!(
        (&*group.arn, group.retention_in_days, group.stored_bytes),
        (GROUP_ARN, Some(30), Some(17))
    );
    let key = inventory.keys["arn:aws:kms:eu-west-1:111122223333:key/0000-1111"]
        .present()
        .unwrap();
    assert_eq!(
        (key.enabled, key.policy.present().map(String::as_str)),
        (Some(true), Some(r#"{"Statement":[]}"#))
    );
    let inventory = with(&[("describe-log-groups.json", GROUPS)]);
    assert!(
        gap_of(&inventory, "kms:GetKeyPolicy")
            .message
            .ends_with("get-key-policy-0000-1111.json was not saved")
    );
}

fn to_bucket() -> String {
    FLOW_LOGS
        .replace("cloud-watch-logs", "s3")
        .replace(
            "arn:aws:logs:eu-west-1:111122223333:log-group:/flow/main",
            "arn:aws:s3:::my.logs/vpc",
        )
        .replace(
            "\"DeliverLogsPermissionArn\": \"arn:aws:iam::111122223333:role/flow\",",
            "",
        )
        .replace("\"LogGroupName\": \"/flow/main\",", "")
}

#[test]
fn a_bucket_is_put_together_from_its_files() {
    let policy = r#"{"Policy": "{\"Statement\":[{\"Resource\":\"arn:aws:s3:::my.logs/*\"}]}"}"#;
    let inventory = with_flow_logs(
        &to_bucket(),
        &[
            ("444455556666/get-bucket-policy-my.logs.json", policy),
            (
                "444455556666/get-bucket-policy-status-my-logs.json",
                r#"{"PolicyStatus": {"IsPublic": false}}"#,
            ),
            (
                "444455556666/get-bucket-encryption-my.logs.json",
                r#"{"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/logs"}, "BucketKeyEnabled": true}]}}"#,
            ),
            (
                "444455556666/get-public-access-block-my.logs.json",
                "An error occurred (NoSuchPublicAccessBlockConfiguration) when calling the GetPublicAccessBlock operation: The public access block configuration was not found",
            ),
            (
                "444455556666/get-bucket-lifecycle-configuration-my.logs.json",
                r#"{"Rules": [
            {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "vpc/"}, "Expiration": {"Days": 90}},
            {"ID": "b", "Status": "Disabled", "Filter": {}, "Expiration": {"Days": 1}},
            {"ID": "c", "Status": "Enabled", "Filter": {"And": {"Prefix": "x", "Tags": []}}, "Expiration": {"Days": 2}},
            {"ID": "d", "Status": "Enabled", "Prefix": "", "Transitions": []}]}"#,
            ),
            (
                "444455556666/head-bucket-my.logs.json",
                r#"{"BucketRegion": "eu-north-1", "AccessPointAlias": false}"#,
            ),
        ],
    );
    let Bucket {
        name,
        owner_account_id,
        region,
        policy,
        public,
        public_access_block,
        encryption,
        expiration,
    } = inventory.buckets["my.logs"].present().unwrap().clone();
    assert_eq!(
        (&*name, owner_account_id.as_deref(), region.as_deref()),
        ("my.logs", Some("444455556666"), Some("eu-north-1"))
    );
    assert!(policy.present().unwrap().contains("my.logs/*"));
    assert_eq!(public, Fact::Present(false));
    assert_eq!(public_access_block, Fact::Absent);
    assert_eq!(
        encryption,
        Fact::Present(BucketEncryption {
            algorithm: "aws:kms".into(),
            kms_key: Some("alias/logs".into())
        })
    );
    assert_eq!(
        expiration,
        Fact::Present(vec![
            ExpirationRule {
                prefix: "vpc/".into(),
                filtered: false,
                days: 90
            },
            ExpirationRule {
                prefix: "x".into(),
                filtered: true,
                days: 2
            },
        ])
    );
    assert!(inventory.keys["arn:aws:kms:eu-north-1:444455556666:alias/logs"].is_not_read());
    let asked: Vec<_> = gaps(&inventory).iter().map(|(action, _)| *action).collect();
    assert_eq!(asked, ["kms:DescribeKey", "kms:GetKeyPolicy"]);
}

#[test]
fn the_policy_of_a_bucket_may_tell_its_name() {
    let policy = r#"{"Policy": "{\"Statement\":[{\"Resource\":[\"arn:aws:s3:::my.logs\",\"arn:aws:s3:::my.logs/*\"]}]}"}"#;
    let bare =
        r#"{"Version": "2012-10-17", "Statement": [{"Resource": "arn:aws:s3:::my.logs/*"}]}"#;
    for (file, text) in [
        ("get-bucket-policy.json", policy),
        ("x.json", policy),
        ("get-bucket-policy-my.logs.json", bare),
    ] {
        let inventory = with_flow_logs(&to_bucket(), &[(file, text)]);
        let bucket = inventory.buckets["my.logs"].present().unwrap();
        assert!(
            bucket.policy.present().unwrap().contains("my.logs"),
            "{file}"
        );
        assert_eq!(
            gap_of(&inventory, "s3:GetEncryptionConfiguration").message,
            "111122223333/get-bucket-encryption-my.logs.json was not saved"
        );
    }
}

#[test]
fn buckets_without_policy_without_files_and_without_existence_differ() {
    let no_policy = "An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does not exist";
    let gone = "An error occurred (404) when calling the HeadBucket operation: Not Found";
    let inventory = with_flow_logs(
        &to_bucket(),
        &[("get-bucket-policy-my.logs.json", no_policy)],
    );
    let bucket = inventory.buckets["my.logs"].present().unwrap();
    assert_eq!(
        (&bucket.policy, &bucket.public),
        (&Fact::Absent, &Fact::Present(false))
    );
    let inventory = with_flow_logs(&to_bucket(), &[("head-bucket-my.logs.err", gone)]);
    assert_eq!(inventory.buckets["my.logs"], Fact::Absent);
    assert_eq!(gaps(&inventory), []);
    let inventory = with_flow_logs(&to_bucket(), &[]);
    assert_eq!(inventory.buckets["my.logs"], Fact::NotRead);
    assert_eq!(
        gaps(&inventory),
        [(
            "s3:GetBucketPolicy",
            "get-bucket-policy-my.logs.json was not saved"
        )]
    );
}

#[test]
fn a_delivery_stream_is_known_by_its_arn() {
    let arn = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/s";
    let flow_logs = to_bucket()
        .replace("\"s3\"", "\"kinesis-data-firehose\"")
        .replace("arn:aws:s3:::my.logs/vpc", arn);
    let found = r#"{"DeliveryStreamDescription": {"DeliveryStreamName": "s", "DeliveryStreamARN": "arn:aws:firehose:eu-west-1:111122223333:deliverystream/s", "DeliveryStreamStatus": "ACTIVE"}}"#;
    let gone = "An error occurred (ResourceNotFoundException) when calling the DescribeDeliveryStream operation: Firehose s under account 111122223333 not found.";
    let inventory = with_flow_logs(&flow_logs, &[("x.json", found)]);
    assert_eq!(
        inventory.delivery_streams[arn].present().unwrap().status,
        "ACTIVE"
    );
    let inventory = with_flow_logs(&flow_logs, &[("describe-delivery-stream-s.json", gone)]);
    assert_eq!(inventory.delivery_streams[arn], Fact::Absent);
    let inventory = with_flow_logs(&flow_logs, &[]);
    assert_eq!(inventory.delivery_streams[arn], Fact::NotRead);
    assert!(
        gap_of(&inventory, "firehose:DescribeDeliveryStream")
            .message
            .contains("describe-delivery-stream-s.json")
    );
}

#[test]
fn facts_that_no_flow_log_names_are_not_asked_for() {
    let inventory = with_flow_logs(
        r#"{"FlowLogs": []}"#,
        &[
            ("get-role-flow.json", ROLE),
            ("describe-log-groups.json", GROUPS),
        ],
    );
    assert!(
        inventory.roles.is_empty() && inventory.log_groups.is_empty() && inventory.keys.is_empty()
    );
}
