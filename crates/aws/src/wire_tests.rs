//! Calls to IAM, CloudWatch Logs, KMS, Firehose, AWS Config, Organizations and STS against answers in their wire formats.

#![allow(clippy::unwrap_used)]

use flowcover_cloud::*;

use crate::testing::answer;

fn role() -> String {
    "flow".to_owned()
}

#[tokio::test]
async fn roles_come_with_decoded_documents() {
    let body = "<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>flow</RoleName><RoleId>R</RoleId>
        <Arn>arn:aws:iam::111122223333:role/flow</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate>
        <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>
        <PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType><PermissionsBoundaryArn>arn:b</PermissionsBoundaryArn></PermissionsBoundary>
        <Tags><member><Key>k</Key><Value>v</Value></member></Tags></Role></GetRoleResult></GetRoleResponse>";
    let detail = answer(
        GetRole { role_name: role() },
        body,
        &["Action=GetRole", "RoleName=flow"],
    )
    .await;
    assert_eq!(detail.arn, "arn:aws:iam::111122223333:role/flow");
    assert_eq!(
        detail.trust_policy.as_deref(),
        Some(r#"{"Version":"2012-10-17"}"#)
    );
    assert_eq!(detail.permissions_boundary_arn.as_deref(), Some("arn:b"));
    assert_eq!(detail.tags["k"], "v");
}

#[tokio::test]
async fn policies_of_a_role_are_listed_by_marker() {
    let body = "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>one</member></PolicyNames>
        <IsTruncated>true</IsTruncated><Marker>m</Marker></ListRolePoliciesResult></ListRolePoliciesResponse>";
    let request = ListRolePolicies {
        role_name: role(),
        next_token: Some("page2".to_owned()),
    };
    let page = answer(request, body, &["MaxItems=1000", "Marker=page2"]).await;
    assert_eq!(
        (page.items, page.next_token),
        (vec!["one".to_owned()], Some("m".to_owned()))
    );

    let body = "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies>
        <member><PolicyName>p</PolicyName><PolicyArn>arn:aws:iam::aws:policy/p</PolicyArn></member></AttachedPolicies>
        <IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>";
    let request = ListAttachedRolePolicies {
        role_name: role(),
        next_token: None,
    };
    let page = answer(request, body, &["MaxItems=1000"]).await;
    assert_eq!(
        (page.items, page.next_token),
        (vec!["arn:aws:iam::aws:policy/p".to_owned()], None)
    );
}

#[tokio::test]
async fn policy_texts_are_decoded() {
    let body = "<GetRolePolicyResponse><GetRolePolicyResult><RoleName>flow</RoleName><PolicyName>one</PolicyName>
        <PolicyDocument>%7B%22a%22%3A1%7D</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>";
    let request = GetRolePolicy {
        role_name: role(),
        policy_name: "one".to_owned(),
    };
    assert_eq!(
        answer(request, body, &["PolicyName=one"]).await,
        r#"{"a":1}"#
    );

    let body = "<GetPolicyResponse><GetPolicyResult><Policy><DefaultVersionId>v3</DefaultVersionId></Policy></GetPolicyResult></GetPolicyResponse>";
    let request = GetPolicy {
        policy_arn: "arn:p".to_owned(),
    };
    assert_eq!(answer(request, body, &["PolicyArn=arn%3Ap"]).await, "v3");

    let body = "<GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><Document>%7B%7D</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>";
    let request = GetPolicyVersion {
        policy_arn: "arn:p".to_owned(),
        version_id: "v3".to_owned(),
    };
    assert_eq!(answer(request, body, &["VersionId=v3"]).await, "{}");
}

#[tokio::test]
async fn log_groups_are_asked_for_by_identifier() {
    let body = r#"{"logGroups":[{"logGroupName":"/vpc/a","arn":"arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/a:*","retentionInDays":30,"storedBytes":12,"kmsKeyId":"k"}],"nextToken":""}"#;
    let request = DescribeLogGroups {
        log_group_identifiers: vec!["/vpc/a".to_owned()],
        next_token: None,
    };
    let sent = [
        "Logs_20140328.DescribeLogGroups",
        r#""logGroupIdentifiers":["/vpc/a"]"#,
        r#""limit":50"#,
    ];
    let page = answer(request, body, &sent).await;
    assert_eq!(page.next_token, None);
    assert_eq!(
        page.items[0].arn,
        "arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/a"
    );
    assert_eq!(
        (page.items[0].retention_in_days, page.items[0].stored_bytes),
        (Some(30), Some(12))
    );
}

#[tokio::test]
async fn log_streams_come_newest_first() {
    let body = r#"{"logStreams":[{"logStreamName":"eni-1-all","lastEventTimestamp":1700000000123,"lastIngestionTime":1700000001000},{"logStreamName":"eni-2-all"}]}"#;
    let request = DescribeLogStreams {
        log_group_name: "/vpc/a".to_owned(),
        next_token: None,
    };
    let sent = [
        r#""orderBy":"LastEventTime""#,
        r#""descending":true"#,
        r#""limit":50"#,
        r#""logGroupName":"/vpc/a""#,
    ];
    let page = answer(request, body, &sent).await;
    assert_eq!(
        page.items[0].last_event_at,
        "2023-11-14T22:13:20.123Z".parse().ok()
    );
    assert_eq!(
        page.items[0].last_ingested_at,
        "2023-11-14T22:13:21Z".parse().ok()
    );
    assert_eq!(page.items[1].last_event_at, None);
}

#[tokio::test]
async fn keys_streams_and_rules_are_read() {
    let body = r#"{"KeyMetadata":{"KeyId":"k","Arn":"arn:aws:kms:eu-west-1:1:key/k","Enabled":false,"KeyState":"PendingDeletion"}}"#;
    let detail = answer(
        DescribeKey {
            key_id: "alias/a".to_owned(),
        },
        body,
        &[r#""KeyId":"alias/a""#],
    )
    .await;
    assert_eq!(
        (detail.arn.as_str(), detail.enabled),
        ("arn:aws:kms:eu-west-1:1:key/k", false)
    );

    let body = r#"{"Policy":"{\"Statement\":[]}","PolicyName":"default"}"#;
    let policy = answer(
        GetKeyPolicy {
            key_id: "k".to_owned(),
        },
        body,
        &["TrentService.GetKeyPolicy"],
    )
    .await;
    assert_eq!(policy, r#"{"Statement":[]}"#);

    let body = r#"{"DeliveryStreamDescription":{"DeliveryStreamName":"s","DeliveryStreamARN":"arn:s","DeliveryStreamStatus":"CREATING_FAILED","DeliveryStreamType":"DirectPut","VersionId":"1","Destinations":[],"HasMoreDestinations":false}}"#;
    let request = DescribeDeliveryStream {
        delivery_stream_name: "s".to_owned(),
    };
    assert_eq!(
        answer(request, body, &[r#""DeliveryStreamName":"s""#]).await,
        "CREATING_FAILED"
    );

    let body = r#"{"ConfigRules":[{"ConfigRuleName":"r","Source":{"Owner":"AWS","SourceIdentifier":"VPC_FLOW_LOGS_ENABLED"}},{"ConfigRuleName":"s"}],"NextToken":"n"}"#;
    let page = answer(
        DescribeConfigRules::default(),
        body,
        &["StarlingDoveService.DescribeConfigRules"],
    )
    .await;
    assert_eq!(
        page.items[0].source_identifier.as_deref(),
        Some("VPC_FLOW_LOGS_ENABLED")
    );
    assert_eq!(
        (
            page.items[1].source_identifier.as_deref(),
            page.next_token.as_deref()
        ),
        (None, Some("n"))
    );
}

#[tokio::test]
async fn the_organisation_is_read() {
    let body = r#"{"Organization":{"Id":"o-1","MasterAccountId":"111122223333"}}"#;
    let organization = answer(DescribeOrganization {}, body, &["DescribeOrganization"]).await;
    assert_eq!(
        (
            organization.id.as_str(),
            organization.management_account_id.as_str()
        ),
        ("o-1", "111122223333")
    );

    let body = r#"{"Accounts":[{"Id":"222233334444","Name":"b","Status":"SUSPENDED","JoinedTimestamp":1.5E9}],"NextToken":"n"}"#;
    let page = answer(ListAccounts::default(), body, &[r#""MaxResults":20"#]).await;
    assert_eq!(
        (
            page.items[0].account_id.as_str(),
            page.items[0].status.as_str()
        ),
        ("222233334444", "SUSPENDED")
    );
    assert_eq!(page.next_token.as_deref(), Some("n"));

    let body = r#"{"Accounts":[],"NextToken":"n"}"#;
    let request = ListAccountsForParent {
        parent_id: "ou-1".to_owned(),
        next_token: None,
    };
    let page = answer(request, body, &[r#""ParentId":"ou-1""#]).await;
    assert_eq!(
        (page.items.len(), page.next_token.as_deref()),
        (0, Some("n")),
        "empty pages may have a next one"
    );
}

#[tokio::test]
async fn units_and_policies_are_read() {
    let page = answer(
        ListRoots::default(),
        r#"{"Roots":[{"Id":"r-1","Name":"Root"}]}"#,
        &["ListRoots"],
    )
    .await;
    assert_eq!(
        (page.items[0].id.as_str(), page.items[0].name.as_str()),
        ("r-1", "Root")
    );

    let body = r#"{"OrganizationalUnits":[{"Id":"ou-1","Name":"prod"}]}"#;
    let request = ListOrganizationalUnitsForParent {
        parent_id: "r-1".to_owned(),
        next_token: None,
    };
    let page = answer(request, body, &[r#""ParentId":"r-1""#]).await;
    assert_eq!(page.items[0].name, "prod");

    let body = r#"{"Policies":[{"Id":"p-1","Name":"guard"}]}"#;
    let request = ListPoliciesForTarget {
        target_id: "ou-1".to_owned(),
        next_token: None,
    };
    let page = answer(request, body, &[r#""Filter":"SERVICE_CONTROL_POLICY""#]).await;
    assert_eq!(page.items, ["p-1"]);

    let body = r#"{"Policy":{"PolicySummary":{"Id":"p-1"},"Content":"{}"}}"#;
    assert_eq!(
        answer(
            DescribePolicy {
                policy_id: "p-1".to_owned()
            },
            body,
            &["p-1"]
        )
        .await,
        "{}"
    );
}

#[tokio::test]
async fn the_caller_is_named() {
    let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>U</UserId>
        <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let identity = answer(GetCallerIdentity {}, body, &["eu-west-1/sts/aws4_request"]).await;
    assert_eq!(identity.account_id, "111122223333");
    assert_eq!(identity.arn, "arn:aws:iam::111122223333:user/u");
}
