//! The emulators, the scenarios and the proxy together, as the program's tests use them.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flowcover_testkit::{Credentials, MiniStack, Moto, Proxy, Rule, call};
use serde_json::{Value, json};

fn made(seed: &str) -> Value {
    serde_json::from_str(seed).unwrap()
}

fn ask(
    endpoint: &str,
    credentials: &Credentials,
    region: &str,
    operation: [&str; 2],
    parameters: &Value,
) -> Value {
    let answer = call(
        endpoint,
        credentials,
        region,
        operation,
        &parameters.to_string(),
    );
    serde_json::from_str(&answer).unwrap()
}

/// The credentials that a seed made, or that AssumeRole gave.
fn credentials(made: &Value, [key, secret, token]: [&str; 3]) -> Credentials {
    let mut credentials =
        Credentials::new(made[key].as_str().unwrap(), made[secret].as_str().unwrap());
    credentials.session_token = made[token].as_str().map(str::to_owned);
    credentials
}

const DESCRIBE_VPCS: [&str; 2] = ["ec2", "describe_vpcs"];
const DESCRIBE_FLOW_LOGS: [&str; 2] = ["ec2", "describe_flow_logs"];
const ASSUME_ROLE: [&str; 2] = ["sts", "assume_role"];

#[test]
fn moto_is_reached_through_the_proxy_by_a_plain_http_call() {
    let moto = Moto::start();
    let made = made(&moto.seed(&["recorded", "no-flow-log"]));
    let proxy = Proxy::start(moto.address());
    let form = "Action=DescribeVpcs&Version=2016-11-15";
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0\r\ncontent-length: {}\r\n\r\n{form}",
        proxy.address(),
        form.len()
    );
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    for vpc in made["vpcs"].as_array().unwrap() {
        assert!(answer.contains(vpc["vpc_id"].as_str().unwrap()), "{answer}");
    }
    assert_eq!(
        proxy.calls().by_action(),
        [("ec2:DescribeVpcs".to_owned(), 1)].into()
    );
}

#[test]
fn every_scenario_can_be_made_in_moto() {
    let moto = Moto::start();
    let made = made(&moto.seed(&["all", "transit-gateways", "firehose"]));
    let flow_logs = ask(
        &moto.url(),
        &moto.credentials(),
        "us-east-1",
        DESCRIBE_FLOW_LOGS,
        &json!({}),
    );
    let known: Vec<&Value> = flow_logs["ok"]["FlowLogs"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let vpcs = made["vpcs"].as_array().unwrap();
    let all = vpcs
        .iter()
        .chain(made["transit_gateways"].as_array().unwrap());
    let of_scenarios: Vec<&Value> = all
        .flat_map(|it| it["flow_log_ids"].as_array().unwrap())
        .collect();
    assert_eq!(of_scenarios.len(), known.len());
    assert!(
        known
            .iter()
            .all(|flow_log| of_scenarios.contains(&&flow_log["FlowLogId"]))
    );
    let failed = known
        .iter()
        .filter(|flow_log| flow_log["DeliverLogsStatus"] == "FAILED");
    assert_eq!(failed.count(), 1, "only the group that was never made");
    for recipe in [
        "trust-on-ec2",
        "policy-on-group",
        "missing-managed-policy",
        "one-group-for-all",
        "no-retention",
        "arn-without-star",
    ] {
        let name = format!("recipe-{recipe}");
        assert!(
            vpcs.iter().any(|vpc| vpc["scenario"] == name.as_str()),
            "{name}"
        );
    }
}

#[test]
fn an_sdk_understands_every_fault_of_the_proxy() {
    let moto = Moto::start();
    let proxy = Proxy::start(moto.address());
    let code_of = |operation, parameters: Value| {
        let answer = ask(
            &proxy.url(),
            &moto.credentials(),
            "us-east-1",
            operation,
            &parameters,
        );
        answer["error"]["code"].clone()
    };
    let role = json!({"RoleName": "x"});
    let bucket = json!({"Bucket": "bucket"});
    for (rule, codes) in [
        (
            Rule::on("*").deny(),
            [
                "UnauthorizedOperation",
                "AccessDenied",
                "AccessDenied",
                "AccessDeniedException",
                "AccessDeniedException",
            ],
        ),
        (
            Rule::on("*").expire(),
            [
                "RequestExpired",
                "ExpiredToken",
                "ExpiredToken",
                "ExpiredTokenException",
                "ExpiredTokenException",
            ],
        ),
        (
            Rule::on("*").throttle(1.0, 0.001),
            [
                "RequestLimitExceeded",
                "Throttling",
                "SlowDown",
                "ThrottlingException",
                "TooManyRequestsException",
            ],
        ),
    ] {
        proxy.clear_rules();
        proxy.add(rule);
        let got = [
            code_of(DESCRIBE_VPCS, json!({})),
            code_of(["iam", "get_role"], role.clone()),
            code_of(["s3", "get_bucket_policy"], bucket.clone()),
            code_of(["logs", "describe_log_groups"], json!({})),
            code_of(["organizations", "list_accounts"], json!({})),
        ];
        assert_eq!(got, codes);
    }
    let actions: Vec<String> = proxy.calls().by_action().into_keys().collect();
    assert_eq!(
        actions,
        [
            "ec2:DescribeVpcs",
            "iam:GetRole",
            "logs:DescribeLogGroups",
            "organizations:ListAccounts",
            "s3:GetBucketPolicy"
        ]
    );
}

#[test]
fn an_sdk_follows_the_pages_that_the_proxy_cuts() {
    let moto = Moto::start();
    let made = made(&moto.seed_with(&["organization"], &["--copies", "5"]));
    let proxy = Proxy::start(moto.address());
    proxy.add(Rule::on("ec2:Describe*").split_pages(2));
    proxy.add(Rule::on("organizations:ListAccounts").split_pages(0));
    let pages = |operation, list: &str| {
        let mut parameters = json!({});
        let mut sizes = Vec::new();
        loop {
            let page = ask(
                &proxy.url(),
                &moto.credentials(),
                "us-east-1",
                operation,
                &parameters,
            );
            sizes.push(page["ok"][list].as_array().unwrap().len());
            let Some(token) = page["ok"]["NextToken"].as_str() else {
                return sizes;
            };
            parameters = json!({"NextToken": token});
        }
    };
    assert_eq!(made["vpcs"].as_array().unwrap().len(), 5 + 2);
    assert_eq!(pages(DESCRIBE_VPCS, "Vpcs"), [2, 2, 1]);
    assert_eq!(
        pages(["organizations", "list_accounts"], "Accounts"),
        [0, 4]
    );
}

#[test]
fn ministack_lets_in_by_trust_policy_and_refuses_by_policy() {
    let ministack = MiniStack::start();
    let made = made(&ministack.seed(&["organization"]));
    let auditor = credentials(&made["credentials"], ["access_key", "secret_key", "none"]);
    let proxy = Proxy::start(ministack.address());
    proxy.know(&auditor.access_key, "111111111111");
    let accounts = made["organization"]["accounts"].as_array().unwrap();
    let id = |name: &str| {
        let account = accounts.iter().find(|account| account["name"] == name);
        account.unwrap()["account_id"].as_str().unwrap()
    };
    let assume = |name: &str, external_id: Option<&str>| {
        let role = format!(
            "arn:aws:iam::{}:role/OrganizationAccountAccessRole",
            id(name)
        );
        let mut parameters = json!({"RoleArn": role, "RoleSessionName": "audit"});
        if let Some(external_id) = external_id {
            parameters["ExternalId"] = external_id.into();
        }
        ask(
            &proxy.url(),
            &auditor,
            "us-east-1",
            ASSUME_ROLE,
            &parameters,
        )
    };
    for refused in ["stranger-trusted", "no-role", "external-id"] {
        assert_eq!(
            assume(refused, None)["error"]["code"],
            "AccessDenied",
            "{refused}"
        );
    }
    assert!(assume("external-id", Some("flowcover-test"))["ok"].is_object());

    let session = |name: &str| {
        let answer = assume(name, None);
        credentials(
            &answer["ok"]["Credentials"],
            ["AccessKeyId", "SecretAccessKey", "SessionToken"],
        )
    };
    let region_denied = session("region-denied");
    let seen = ask(
        &proxy.url(),
        &region_denied,
        "us-east-1",
        DESCRIBE_VPCS,
        &json!({}),
    );
    assert_eq!(seen["ok"]["Vpcs"].as_array().unwrap().len(), 2);
    let denied = ask(
        &proxy.url(),
        &region_denied,
        "eu-west-1",
        DESCRIBE_VPCS,
        &json!({}),
    );
    assert_eq!(
        denied["error"],
        json!({"code": "UnauthorizedOperation", "message": denied["error"]["message"], "status": 403})
    );
    let flow_logs_denied = session("flow-logs-denied");
    let denied = ask(
        &proxy.url(),
        &flow_logs_denied,
        "us-east-1",
        DESCRIBE_FLOW_LOGS,
        &json!({}),
    );
    assert_eq!(denied["error"]["code"], "UnauthorizedOperation");

    let by_account = proxy.calls().by_account();
    assert_eq!(by_account["111111111111"], 6);
    assert_eq!(
        by_account[id("region-denied")],
        2,
        "accounts are learned from AssumeRole"
    );
}

#[test]
fn ministack_holds_a_principal_to_its_policy_and_its_secret() {
    let ministack = MiniStack::start();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}]});
    let policy = policy.to_string();
    let made = made(&ministack.seed_with(&["principal"], &["--policy", &policy]));
    let mut principal = credentials(&made["credentials"], ["access_key", "secret_key", "none"]);
    let code = |principal: &Credentials, operation| {
        let answer = ask(
            &ministack.url(),
            principal,
            "us-east-1",
            operation,
            &json!({}),
        );
        answer["error"]["code"].clone()
    };
    assert_eq!(code(&principal, DESCRIBE_VPCS), Value::Null);
    assert_eq!(
        code(&principal, DESCRIBE_FLOW_LOGS),
        "UnauthorizedOperation"
    );
    principal.secret_key = "wrong".to_owned();
    assert_eq!(code(&principal, DESCRIBE_VPCS), "AuthFailure");
}

#[test]
fn an_emulator_ends_with_its_owner() {
    let address = MiniStack::start().address();
    let answer = TcpStream::connect_timeout(&address, Duration::from_secs(1));
    assert!(answer.is_err(), "something still listens on {address}");
}
