//! Who may do what, under MiniStack: roles in other accounts, refusals, and the least policy.

use std::collections::BTreeSet;

use flowcover_testkit::{Credentials, MiniStack, Proxy, call};
use serde_json::{Value, json};

use crate::support::{Program, Report, Run, list, parse, text};

const REGIONS: [&str; 4] = ["--region", "us-east-1", "--region", "eu-west-1"];
const AUDIT: [&str; 4] = ["audit", "--format", "json", "--quiet"];

fn credentials(made: &Value) -> Credentials {
    let given = &made["credentials"];
    Credentials::new(text(&given["access_key"]), text(&given["secret_key"]))
}

/// Id of the member account with that name.
fn member<'a>(made: &'a Value, name: &str) -> &'a str {
    let mut accounts = list(&made["organization"]["accounts"]).iter();
    let account = accounts.find(|account| account["name"] == name).unwrap();
    text(&account["account_id"])
}

/// One call as the account's root user, who may do everything.
fn as_root(ministack: &MiniStack, account: &str, what: [&str; 2], parameters: &Value) -> Value {
    let answer = call(
        &ministack.url(),
        &ministack.root(account),
        "us-east-1",
        what,
        &parameters.to_string(),
    );
    let answer: Value = parse(&answer);
    assert!(answer.get("ok").is_some(), "{what:?}: {answer}");
    answer["ok"].clone()
}

/// The policy document that `permissions` prints.
fn printed_policy(arguments: &[&str]) -> Value {
    let run = Program::new(&[&["permissions", "audit"], arguments].concat()).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    parse(&run.stdout)
}

fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = list(&policy["Statement"]).iter();
    let actions = statements.flat_map(|statement| list(&statement["Action"]));
    actions.map(|action| text(action).to_owned()).collect()
}

/// The policy without one action; statements that grant nothing then are left out.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    let statements = policy["Statement"].as_array_mut().unwrap();
    for statement in statements.iter_mut() {
        if let Some(actions) = statement["Action"].as_array_mut() {
            actions.retain(|it| it != action);
        }
    }
    statements.retain(|statement| statement["Action"] != json!([]));
    policy
}

fn denied(report: &Report) -> Vec<&Value> {
    let gaps = report.gaps().iter();
    gaps.filter(|gap| gap["kind"] == "denied").collect()
}

/// Holds each VPC of the seed against the report, as far as its owner lets the auditor look.
fn compare(report: &Report, made: &Value, opened: Option<&str>) {
    for vpc in list(&made["vpcs"]) {
        let [account, region, id] = ["account_id", "region", "vpc_id"].map(|key| text(&vpc[key]));
        let told = report.vpc(account, region, id);
        let verdict = told.map(|told| text(&told["verdict"]));
        let expected = match text(&vpc["expected"]["verdict"]) {
            "unreadable" if opened == Some(account) && vpc["scenario"] == "recorded-s3" => {
                Some("recorded")
            }
            "unreadable" if opened == Some(account) => Some("not-recorded"),
            "unreadable" => None,
            expected => Some(expected),
        };
        assert_eq!(verdict, expected, "{vpc:#}\n{told:#?}");
    }
}

fn audit_organization(endpoint: &str, made: &Value, more: &[&str]) -> Run {
    let role = text(&made["organization"]["role_name"]);
    Program::new(&AUDIT)
        .with(&["--organization", "--role-name", role])
        .with(&REGIONS)
        .with(more)
        .against(endpoint, &credentials(made))
        .run()
}

#[test]
fn an_organisation_is_judged_as_far_as_its_accounts_let_the_auditor_in() {
    let ministack = MiniStack::start();
    let made = parse(&ministack.seed(&["organization"]));
    let proxy = Proxy::start(ministack.address());
    let run = audit_organization(&proxy.url(), &made, &[]);
    let report = run.report();
    compare(&report, &made, None);
    assert_eq!(run.code, 1, "{}", run.stderr);

    let statuses = |account: &str| -> Vec<&str> {
        let regions = report.regions().into_iter();
        let of_account = regions.filter(|((owner, _), _)| *owner == account);
        of_account.map(|(_, status)| status).collect()
    };
    let management = text(&made["organization"]["management_account_id"]);
    assert_eq!(statuses(management), ["collected", "collected"]);
    assert_eq!(statuses(member(&made, "plain")), ["collected", "collected"]);
    let partly = statuses(member(&made, "region-denied"));
    assert!(
        partly.contains(&"denied") && partly.contains(&"collected"),
        "{partly:?}"
    );
    for refusing in ["external-id", "stranger-trusted", "no-role"] {
        let statuses = statuses(member(&made, refusing));
        assert!(!statuses.is_empty(), "{refusing}");
        assert!(
            statuses.iter().all(|it| *it == "denied"),
            "{refusing}: {statuses:?}"
        );
    }
    assert!(statuses(member(&made, "closed")).is_empty());
    // One for each active member; none for the account that the run starts from.
    assert_eq!(proxy.calls().count("sts:AssumeRole"), 6);
}

#[test]
fn an_external_id_opens_the_account_that_asks_for_it() {
    let ministack = MiniStack::start();
    let made = parse(&ministack.seed(&["organization"]));
    let id = text(&made["organization"]["external_id"]);
    let run = audit_organization(&ministack.url(), &made, &["--external-id", id]);
    compare(&run.report(), &made, Some(member(&made, "external-id")));
}

#[test]
fn an_account_that_refuses_the_role_is_incomplete() {
    let ministack = MiniStack::start();
    let made = parse(&ministack.seed(&["organization"]));
    let role = text(&made["organization"]["role_name"]);
    let refusing = member(&made, "no-role");
    let run = Program::new(&AUDIT)
        .with(&["--account", refusing, "--role-name", role])
        .with(&REGIONS)
        .against(&ministack.url(), &credentials(&made))
        .run();
    assert_eq!(run.code, 4, "nothing could be read: {}", run.stderr);
    let report = run.report();
    assert!(
        report.of_gaps("permission").contains("sts:AssumeRole"),
        "{:#?}",
        report.gaps()
    );
}

/// An account in which an audit makes as many kinds of calls as MiniStack lets it.
fn rich_account(ministack: &MiniStack, policy: &Value) -> (Value, String) {
    let policy = policy.to_string();
    let made = parse(&ministack.seed_with(&["principal"], &["--policy", &policy]));
    let account = text(&made["credentials"]["account_id"]).to_owned();
    let root = |what: [&str; 2], parameters: Value| as_root(ministack, &account, what, &parameters);
    let bucket = format!("recorded-{account}-us-east-1");
    let bare = list(&made["vpcs"])
        .iter()
        .find(|vpc| vpc["scenario"] == "no-flow-log" && vpc["region"] == "us-east-1");
    let subnets = &bare.unwrap()["subnet_ids"];
    root(
        ["ec2", "create_flow_logs"],
        json!({
            "ResourceIds": subnets, "ResourceType": "Subnet", "TrafficType": "ALL",
            "LogDestinationType": "s3", "LogDestination": format!("arn:aws:s3:::{bucket}"),
        }),
    );
    let key = root(["kms", "create_key"], json!({}));
    root(
        ["s3", "put_bucket_encryption"],
        json!({"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": [{
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["KeyMetadata"]["Arn"],
            },
        }]}}),
    );
    root(
        ["logs", "create_log_group"],
        json!({"logGroupName": "/group"}),
    );
    root(
        ["ec2", "create_flow_logs"],
        json!({
            "ResourceIds": subnets, "ResourceType": "Subnet", "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogDestination": format!("arn:aws:logs:us-east-1:{account}:log-group:/group"),
            "DeliverLogsPermissionArn": format!("arn:aws:iam::{account}:role/flow-logs"),
        }),
    );
    (made, account)
}

/// The policy lets an audit read everything, and each action of it that an audit under MiniStack
/// calls is missed, by its name, when it is taken away.
#[test]
fn the_printed_policy_is_sufficient_and_each_of_its_actions_necessary() {
    let ministack = MiniStack::start();
    let policy = printed_policy(&["--prove"]);
    let (made, account) = rich_account(&ministack, &policy);
    let audit = || {
        Program::new(&AUDIT)
            .with(&["--region", "us-east-1", "--prove"])
            .against(&ministack.url(), &credentials(&made))
            .run()
    };
    let report = audit().report();
    assert_eq!(denied(&report), Vec::<&Value>::new());
    let granted = actions(&policy);
    let called = report.0["calls"].as_object().unwrap().keys();
    let called: Vec<&String> = called
        .filter(|action| *action != "sts:GetCallerIdentity")
        .collect();
    for action in &called {
        assert!(
            granted.contains(*action),
            "{action} is called, and not granted"
        );
    }
    for action in called {
        let document = without(&policy, action).to_string();
        let names =
            json!({"UserName": "principal", "PolicyName": "granted", "PolicyDocument": document});
        as_root(&ministack, &account, ["iam", "put_user_policy"], &names);
        let run = audit();
        let report = run.report();
        let missed = report.of_gaps("permission");
        assert_eq!(
            missed,
            BTreeSet::from([action.as_str()]),
            "without {action}"
        );
        assert_ne!(run.code, 0, "without {action}");
    }
}

/// For an organisation: the caller has what `--organization` prints, the member what it prints without.
#[test]
fn the_printed_policies_are_sufficient_for_an_organisation() {
    let ministack = MiniStack::start();
    let made = parse(&ministack.seed(&["organization"]));
    let role = text(&made["organization"]["role_name"]);
    let management = text(&made["organization"]["management_account_id"]);
    let plain = member(&made, "plain");
    let caller = printed_policy(&["--organization", "--role-name", role]).to_string();
    as_root(
        &ministack,
        management,
        ["iam", "put_user_policy"],
        &json!({"UserName": "auditor", "PolicyName": "granted", "PolicyDocument": caller}),
    );
    as_root(
        &ministack,
        plain,
        ["iam", "put_role_policy"],
        &json!({"RoleName": role, "PolicyName": "access", "PolicyDocument": printed_policy(&[]).to_string()}),
    );
    let run = audit_organization(&ministack.url(), &made, &[]);
    let report = run.report();
    compare(&report, &made, None);
    let here = |gap: &&&Value| gap["account_id"] == plain || gap["account_id"] == management;
    let denied = denied(&report);
    let denied: Vec<_> = denied.iter().filter(here).collect();
    assert!(denied.is_empty(), "{denied:#?}");
}
