//! IAM calls that change something, and the policy simulator, against answers in the wire format of IAM.

#![allow(clippy::unwrap_used)]

use flowcover_cloud::{ErrorKind, Operation};

use super::*;
use crate::testing::{Reply, answer, round_trip};

const NAME: &str = "flowcover-eu-west-1-vpc-1";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;
const ENCODED: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";

fn name() -> String {
    NAME.to_owned()
}

/// An answer that tells nothing.
fn empty(action: &str) -> String {
    format!(
        "<{action}Response><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    )
}

#[tokio::test]
async fn a_role_is_made_with_its_tags_and_read_with_them() {
    let request = CreateRole {
        role_name: name(),
        trust_policy: POLICY.to_owned(),
        tags: [("flowcover:run".to_owned(), "r1".to_owned())].into(),
    };
    let role = format!(
        "<Role><Path>/</Path><RoleName>{NAME}</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::111122223333:role/{NAME}</Arn>
         <CreateDate>2026-03-02T08:00:00Z</CreateDate><AssumeRolePolicyDocument>{ENCODED}</AssumeRolePolicyDocument>
         <Tags><member><Key>flowcover:run</Key><Value>r1</Value></member></Tags></Role>"
    );
    let body = format!(
        "<CreateRoleResponse><CreateRoleResult>{role}</CreateRoleResult></CreateRoleResponse>"
    );
    let sent = [
        "Action=CreateRole",
        "RoleName=flowcover-eu-west-1-vpc-1",
        "Path=%2F",
        ENCODED,
        "Tags.member.1.Key=flowcover%3Arun&Tags.member.1.Value=r1",
    ];
    answer(request, &body, &sent).await;

    let body = format!("<GetRoleResponse><GetRoleResult>{role}</GetRoleResult></GetRoleResponse>");
    let request = GetRole { role_name: name() };
    let told = answer(request, &body, &["Action=GetRole"]).await;
    assert_eq!(told.tags["flowcover:run"], "r1");
    assert_eq!(told.trust_policy.as_deref(), Some(POLICY));
}

#[tokio::test]
async fn policies_of_a_role_are_replaced_and_deleted() {
    let request = UpdateAssumeRolePolicy {
        role_name: name(),
        trust_policy: POLICY.to_owned(),
    };
    let sent = ["Action=UpdateAssumeRolePolicy", NAME, ENCODED];
    answer(request, &empty("UpdateAssumeRolePolicy"), &sent).await;
    let request = PutRolePolicy {
        role_name: name(),
        policy_name: "deliver-flow-logs".to_owned(),
        policy: POLICY.to_owned(),
    };
    let sent = [
        "Action=PutRolePolicy",
        "PolicyName=deliver-flow-logs",
        ENCODED,
    ];
    answer(request, &empty("PutRolePolicy"), &sent).await;
    let request = DeleteRolePolicy {
        role_name: name(),
        policy_name: "deliver-flow-logs".to_owned(),
    };
    let sent = [
        "Action=DeleteRolePolicy",
        NAME,
        "PolicyName=deliver-flow-logs",
    ];
    answer(request, &empty("DeleteRolePolicy"), &sent).await;
    let request = DeleteRole { role_name: name() };
    answer(request, &empty("DeleteRole"), &["Action=DeleteRole&", NAME]).await;
}

#[tokio::test]
async fn refusals_of_changes_are_told_apart() {
    async fn kind<O: Operation<Output = ()>>(operation: O, status: u16, code: &str) -> ErrorKind {
        let body = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
        );
        let error = round_trip(operation, Reply::new(status, &body), &[]).await;
        error.unwrap_err().kind
    }
    for (status, code, expected) in [
        (409, "EntityAlreadyExists", ErrorKind::AlreadyExists),
        (409, "ConcurrentModification", ErrorKind::Conflict),
        (409, "LimitExceeded", ErrorKind::QuotaReached),
        (400, "MalformedPolicyDocument", ErrorKind::Service),
        (500, "ServiceFailure", ErrorKind::Transient),
        (400, "Throttling", ErrorKind::Throttled),
    ] {
        let request = CreateRole {
            role_name: name(),
            ..CreateRole::default()
        };
        assert_eq!(kind(request, status, code).await, expected, "{code}");
    }
    let delete = || DeleteRole { role_name: name() };
    assert_eq!(
        kind(delete(), 409, "DeleteConflict").await,
        ErrorKind::InUse
    );
    assert_eq!(
        kind(delete(), 404, "NoSuchEntity").await,
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn the_policy_simulator_answers_for_each_action_and_resource() {
    let request = SimulatePrincipalPolicy {
        principal_arn: "arn:aws:iam::111122223333:role/writer".to_owned(),
        actions: vec!["iam:PassRole".to_owned(), "ec2:CreateFlowLogs".to_owned()],
        resource_arns: vec!["arn:a".to_owned(), "arn:b".to_owned()],
        context: vec![("iam:PassedToService".to_owned(), "s".to_owned())],
        next_token: Some("now".to_owned()),
    };
    let sent = [
        "Action=SimulatePrincipalPolicy",
        "PolicySourceArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fwriter",
        "ActionNames.member.1=iam%3APassRole&ActionNames.member.2=ec2%3ACreateFlowLogs",
        "ResourceArns.member.1=arn%3Aa&ResourceArns.member.2=arn%3Ab",
        "ContextEntries.member.1.ContextKeyName=iam%3APassedToService",
        "ContextEntries.member.1.ContextKeyValues.member.1=s",
        "Marker=now",
    ];
    let body = "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>true</IsTruncated><Marker>next</Marker>
        <EvaluationResults>
          <member><EvalActionName>iam:PassRole</EvalActionName><EvalResourceName>arn:a</EvalResourceName><EvalDecision>allowed</EvalDecision>
            <ResourceSpecificResults>
              <member><EvalResourceName>arn:a</EvalResourceName><EvalResourceDecision>allowed</EvalResourceDecision></member>
              <member><EvalResourceName>arn:b</EvalResourceName><EvalResourceDecision>implicitDeny</EvalResourceDecision>
                <MissingContextValues><member>aws:x</member></MissingContextValues></member>
            </ResourceSpecificResults></member>
          <member><EvalActionName>ec2:CreateFlowLogs</EvalActionName><EvalDecision>explicitDeny</EvalDecision></member>
        </EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>";
    let page = answer(request, body, &sent).await;
    assert_eq!(page.next_token.as_deref(), Some("next"));
    let told: Vec<_> = page
        .items
        .iter()
        .map(|it| {
            (
                it.action.as_str(),
                it.resource.as_str(),
                it.allowed,
                it.lacks_context,
            )
        })
        .collect();
    let expected = [
        ("iam:PassRole", "arn:a", true, false),
        ("iam:PassRole", "arn:b", false, true),
        ("ec2:CreateFlowLogs", "*", false, false),
    ];
    assert_eq!(told, expected);
}

/// Answers hold some thirty numbers; two matter.
#[tokio::test]
async fn the_account_summary_tells_how_many_roles_there_are_and_may_be() {
    let body = |entries: &str| {
        format!(
            "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>
               <entry><key>Users</key><value>2</value></entry>{entries}
             </SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"
        )
    };
    let roles = "<entry><key>Roles</key><value>995</value></entry>";
    let quota = "<entry><key>RolesQuota</key><value>1000</value></entry>";
    let sent = ["Action=GetAccountSummary"];
    let both = body(&[roles, quota].concat());
    let told = answer(GetAccountSummary {}, &both, &sent).await;
    let expected = AccountSummary {
        roles: 995,
        roles_quota: 1000,
    };
    assert_eq!(told, expected);
    let negative = "<entry><key>RolesQuota</key><value>-1</value></entry>";
    for lacking in [roles, quota, &[roles, negative].concat()] {
        let reply = Reply::new(200, &body(lacking));
        let error = round_trip(GetAccountSummary {}, reply, &sent).await;
        assert_eq!(error.unwrap_err().code, "MalformedAnswer", "{lacking}");
    }
}
