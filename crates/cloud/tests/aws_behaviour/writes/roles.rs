//! Roles: made, changed and deleted.

use flowcover_cloud::simulator::Matching;
use flowcover_cloud::{AccountSummary, ErrorKind, GetAccountSummary, SimulatePrincipalPolicy};

use super::*;

fn put(policy: &str) -> PutRolePolicy {
    PutRolePolicy {
        role_name: "made".to_owned(),
        policy_name: "deliver".to_owned(),
        policy: policy.to_owned(),
    }
}

#[tokio::test]
async fn a_role_is_made_once_with_its_tags() {
    let lab = Lab::new();
    lab.ask(role("made")).await.unwrap();
    let get = GetRole {
        role_name: "made".to_owned(),
    };
    let told = lab.ask(get.clone()).await.unwrap();
    assert_eq!(told.arn, format!("arn:aws:iam::{ACCOUNT}:role/made"));
    assert_eq!(
        (told.tags, told.trust_policy),
        (tags(), Some(role("made").trust_policy))
    );
    let other = CreateRole {
        trust_policy: policies::trust_account(OTHER),
        ..role("MADE")
    };
    let error = lab.ask(other).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::AlreadyExists, "EntityAlreadyExists")
    );
    let still = lab.ask(get).await.unwrap();
    assert_eq!(still.trust_policy, Some(role("made").trust_policy));
}

#[tokio::test]
async fn an_account_has_as_many_roles_as_its_quota_allows_and_says_how_many() {
    let lab = Lab::new();
    let before = lab.ask(GetAccountSummary {}).await.unwrap();
    assert_eq!(before.roles_quota, 1000);
    lab.simulator
        .world()
        .set_role_quota(ACCOUNT, before.roles + 1);
    lab.ask(role("made")).await.unwrap();
    let full = AccountSummary {
        roles: before.roles + 1,
        roles_quota: before.roles + 1,
    };
    assert_eq!(lab.ask(GetAccountSummary {}).await.unwrap(), full);
    let error = lab.ask(role("other")).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::QuotaReached, "LimitExceeded")
    );
    // One that exists is said to exist, whatever the quota.
    assert_eq!(code(lab.ask(role("made")).await), "EntityAlreadyExists");
    lab.simulator.world().delete_role(ACCOUNT, "made");
    lab.ask(role("other")).await.unwrap();
}

#[tokio::test]
async fn a_role_with_policies_is_not_deleted() {
    let lab = Lab::new();
    let delete = DeleteRole {
        role_name: "made".to_owned(),
    };
    assert_eq!(code(lab.ask(delete.clone()).await), "NoSuchEntity");
    lab.ask(role("made")).await.unwrap();
    lab.ask(put(policies::ADMINISTRATOR)).await.unwrap();
    let error = lab.ask(delete.clone()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::InUse, "DeleteConflict")
    );
    let unput = DeleteRolePolicy {
        role_name: "made".to_owned(),
        policy_name: "deliver".to_owned(),
    };
    lab.ask(unput.clone()).await.unwrap();
    assert_eq!(code(lab.ask(unput).await), "NoSuchEntity");
    {
        let mut world = lab.simulator.world();
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/more");
        world
            .create_managed_policy(&arn, policies::ADMINISTRATOR)
            .unwrap();
        world.attach_role_policy(ACCOUNT, "made", &arn);
    }
    assert_eq!(code(lab.ask(delete).await), "DeleteConflict");
    lab.ask(role("other")).await.unwrap();
    let role_name = "other".to_owned();
    lab.ask(DeleteRole {
        role_name: role_name.clone(),
    })
    .await
    .unwrap();
    assert_eq!(code(lab.ask(GetRole { role_name }).await), "NoSuchEntity");
}

#[tokio::test]
async fn what_is_no_policy_of_its_kind_is_malformed() {
    let lab = Lab::new();
    lab.ask(role("made")).await.unwrap();
    let trust = policies::trust_service(FLOW_LOGS, None);
    for text in ["{", "{}", policies::ADMINISTRATOR] {
        let create = CreateRole {
            trust_policy: text.to_owned(),
            ..role("new")
        };
        assert_eq!(code(lab.ask(create).await), "MalformedPolicyDocument");
        let update = UpdateAssumeRolePolicy {
            role_name: "made".to_owned(),
            trust_policy: text.to_owned(),
        };
        assert_eq!(code(lab.ask(update).await), "MalformedPolicyDocument");
    }
    for text in ["{", "{}", &trust] {
        assert_eq!(code(lab.ask(put(text)).await), "MalformedPolicyDocument");
    }
    let get = GetRolePolicy {
        role_name: "made".to_owned(),
        policy_name: "deliver".to_owned(),
    };
    assert_eq!(code(lab.ask(get).await), "NoSuchEntity");
    let long = CreateRole {
        role_name: "r".repeat(65),
        ..role("")
    };
    assert_eq!(code(lab.ask(long).await), "ValidationError");
}

#[tokio::test]
async fn policies_of_roles_have_a_largest_size_without_white_space() {
    let lab = Lab::new();
    lab.ask(role("made")).await.unwrap();
    let with_spaces = policies::ADMINISTRATOR.replace(' ', &" ".repeat(2000));
    lab.ask(put(&with_spaces)).await.unwrap();
    let resource = "x".repeat(10_200);
    let large = policies::ADMINISTRATOR.replace(
        r#""Resource": "*""#,
        &format!(r#""Resource": "arn:aws:s3:::{resource}""#),
    );
    let error = lab.ask(put(&large)).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::QuotaReached, "LimitExceeded")
    );
    let trust_policy = policies::trust_service(FLOW_LOGS, Some(&"1".repeat(2000)));
    let large = UpdateAssumeRolePolicy {
        role_name: "made".to_owned(),
        trust_policy,
    };
    assert_eq!(code(lab.ask(large).await), "LimitExceeded");
}

#[tokio::test]
async fn a_role_that_was_made_must_spread_before_flow_logs_take_it() {
    let lab = Lab::new();
    lab.simulator.world().role_propagation_seconds = 30;
    lab.ask(role("made")).await.unwrap();
    let request = FlowLogRequest {
        deliver_logs_permission_arn: Some(format!("arn:aws:iam::{ACCOUNT}:role/made")),
        ..lab.to_group()
    };
    let not_yet = "InvalidParameter: Unable to assume given IAM role";
    assert_eq!(lab.refused(request.clone()).await, not_yet);
    lab.advance(30);
    lab.made(request).await;
}

#[tokio::test]
async fn the_policy_simulator_says_what_calls_would_meet() {
    let lab = Lab::new();
    let actions = ["iam:CreateRole", "ec2:CreateFlowLogs", "iam:PassRole"];
    {
        let mut world = lab.simulator.world();
        world.faults.deny(Matching::action("iam:PassRole"));
        // Not yet.
        world.faults.deny_after(5, Matching::action("ec2:*"));
        world.paging.set("iam:SimulatePrincipalPolicy", 2);
    }
    let simulate = |principal_arn: &str, next_token| SimulatePrincipalPolicy {
        principal_arn: principal_arn.to_owned(),
        actions: actions.map(str::to_owned).into(),
        next_token,
        ..SimulatePrincipalPolicy::default()
    };
    for principal in [
        lab.role_arn.clone(),
        format!("arn:aws:iam::{ACCOUNT}:user/auditor"),
    ] {
        let first = lab.ask(simulate(&principal, None)).await.unwrap();
        let last = lab.ask(simulate(&principal, first.next_token)).await;
        let decisions = first.items.into_iter().chain(last.unwrap().items);
        let told: Vec<(String, bool)> = decisions.map(|it| (it.action, it.allowed)).collect();
        let expected = actions.map(|it| (it.to_owned(), it != "iam:PassRole"));
        assert_eq!(told, expected);
    }
    // Every action on every resource.
    let resource_arns = [lab.role_arn.clone(), "arn:aws:s3:::a".to_owned()];
    let on_two = SimulatePrincipalPolicy {
        resource_arns: resource_arns.to_vec(),
        ..simulate(&lab.role_arn, None)
    };
    lab.simulator
        .world()
        .paging
        .set("iam:SimulatePrincipalPolicy", 100);
    let told = lab.ask(on_two).await.unwrap().items;
    let resources: Vec<_> = told.into_iter().map(|it| it.resource).collect();
    assert_eq!(resources, [&resource_arns; 3].map(|it| it.clone()).concat());
    for (principal, refusal) in [
        (format!("arn:aws:iam::{ACCOUNT}:role/none"), "NoSuchEntity"),
        (format!("arn:aws:iam::{OTHER}:user/auditor"), "NoSuchEntity"),
        (
            format!("arn:aws:sts::{ACCOUNT}:assumed-role/deliver/session"),
            "InvalidInput",
        ),
        ("deliver".to_owned(), "InvalidInput"),
    ] {
        let answer = lab.ask(simulate(&principal, None)).await;
        assert_eq!(code(answer), refusal, "{principal}");
    }
}
