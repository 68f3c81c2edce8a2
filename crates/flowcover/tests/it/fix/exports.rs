//! Plans for those whose changes go through review: they parse, and come to the same end as `apply`.

use std::fs;
use std::path::Path;
use std::process::Command;

use flowcover_testkit::{template_problems, tool};
use serde_json::{Value, json};

use super::bench::{Bench, REGIONS};
use crate::support::{list, parse, text};

const POLICIES: [&str; 2] = [
    "",
    r#"
    [fix]
    destination = "s3"
    [fix.bucket]
    name = "central-flow-logs"
    region = "us-east-1"
    create = true
    format = "parquet"
    "#,
];

/// The names and texts of the files of an export.
fn export(bench: &Bench, form: &str) -> Vec<(String, String)> {
    let folder = bench.path(form);
    bench.plan(&[]);
    let policy = bench.path("flowcover.toml");
    let [first, second] = REGIONS;
    let run = bench.run(&[
        "plan",
        "--as",
        form,
        "--output",
        &format!("{folder}/"),
        "--quiet",
        "--region",
        first,
        "--region",
        second,
        "--policy",
        &policy,
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut files: Vec<_> = fs::read_dir(Path::new(&folder))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    // The list of what was written is for the next export.
    files.retain(|(name, _)| !name.starts_with('.'));
    files.sort();
    files
}

/// What flow logs, groups, roles and buckets of flowcover are like, without ids, times and tags.
fn end_state(bench: &Bench) -> Value {
    let mut state = Vec::new();
    for region in REGIONS {
        let told = bench.call(region, ["ec2", "describe_flow_logs"], &json!({}));
        for log in list(&told["FlowLogs"]) {
            let mut log = log.clone();
            for key in [
                "FlowLogId",
                "CreationTime",
                "Tags",
                "FlowLogStatus",
                "DeliverLogsStatus",
                "DeliverLogsErrorMessage",
            ] {
                log.as_object_mut().unwrap().remove(key);
            }
            // EC2 takes a group by name or by ARN and tells both; moto tells what it was given.
            if let Some((_, group)) = log["LogDestination"]
                .as_str()
                .and_then(|arn| arn.split_once(":log-group:"))
            {
                log["LogGroupName"] = group.into();
                log.as_object_mut().unwrap().remove("LogDestination");
            }
            state.push(log);
        }
        let told = bench.call(region, ["logs", "describe_log_groups"], &json!({}));
        for group in list(&told["logGroups"]) {
            state.push(json!([
                region,
                group["logGroupName"],
                group["retentionInDays"]
            ]));
        }
    }
    let told = bench.call(REGIONS[0], ["iam", "list_roles"], &json!({}));
    for role in list(&told["Roles"]) {
        let name = &role["RoleName"];
        if !text(name).starts_with("flowcover-") {
            continue;
        }
        let policy = json!({"RoleName": name, "PolicyName": "deliver-flow-logs"});
        let policy = bench.call(REGIONS[0], ["iam", "get_role_policy"], &policy);
        state.push(json!([
            name,
            role["AssumeRolePolicyDocument"],
            document(&policy["PolicyDocument"])
        ]));
    }
    state.sort_by_key(ToString::to_string);
    Value::Array(state)
}

/// The policy, encryption and public-access block of each bucket.
fn buckets(bench: &Bench) -> Vec<Value> {
    let told = bench.call(REGIONS[0], ["s3", "list_buckets"], &json!({}));
    let buckets = list(&told["Buckets"]).iter().map(|bucket| {
        let name = json!({"Bucket": bucket["Name"]});
        let [policy, encryption, block] = [
            "get_bucket_policy",
            "get_bucket_encryption",
            "get_public_access_block",
        ]
        .map(|what| bench.call(REGIONS[0], ["s3", what], &name));
        let policy: Value = parse(text(&policy["Policy"]));
        let rules = list(&encryption["ServerSideEncryptionConfiguration"]["Rules"]);
        let encryption = &rules[0]["ApplyServerSideEncryptionByDefault"];
        json!([
            name,
            policy,
            encryption,
            block["PublicAccessBlockConfiguration"]
        ])
    });
    buckets.collect()
}

/// The same of the buckets of a template: moto makes buckets from templates without their policies and settings.
fn buckets_of(template: &str) -> Vec<Value> {
    let template: Value = parse(template);
    let resources = template["Resources"].as_object().unwrap();
    let of = |kind: &str| {
        resources
            .values()
            .filter(|it| it["Type"] == kind)
            .map(|it| &it["Properties"])
            .collect::<Vec<_>>()
    };
    let policies = of("AWS::S3::BucketPolicy");
    let buckets = of("AWS::S3::Bucket")
        .into_iter()
        .zip(policies)
        .map(|(bucket, policy)| {
            let rules = list(&bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]);
            json!([
                {"Bucket": bucket["BucketName"]},
                policy["PolicyDocument"],
                rules[0]["ServerSideEncryptionByDefault"],
                bucket["PublicAccessBlockConfiguration"],
            ])
        });
    buckets.collect()
}

/// A policy; moto gives what CloudFormation made as Python writes it.
fn document(told: &Value) -> Value {
    match told {
        Value::String(text) => parse(&text.replace('\'', "\"")),
        other => other.clone(),
    }
}

/// The state that `apply` comes to.
fn applied(bench: &Bench) -> Value {
    bench.plan(&[]);
    let run = bench.apply(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    end_state(bench)
}

/// Takes away what an export made, as its user would by hand.
fn wipe(bench: &Bench) {
    for region in REGIONS {
        let told = bench.call(region, ["ec2", "describe_flow_logs"], &json!({}));
        let tagged = |log: &&Value| {
            list(&log["Tags"])
                .iter()
                .any(|tag| tag["Key"] == "flowcover:plan")
        };
        let ids: Vec<&Value> = list(&told["FlowLogs"])
            .iter()
            .filter(tagged)
            .map(|log| &log["FlowLogId"])
            .collect();
        bench.call(
            region,
            ["ec2", "delete_flow_logs"],
            &json!({"FlowLogIds": ids}),
        );
        let told = bench.call(
            region,
            ["logs", "describe_log_groups"],
            &json!({"logGroupNamePrefix": "/flowcover/"}),
        );
        for group in list(&told["logGroups"]) {
            let name = json!({"logGroupName": group["logGroupName"]});
            bench.call(region, ["logs", "delete_log_group"], &name);
        }
    }
    let told = bench.call(REGIONS[0], ["iam", "list_roles"], &json!({}));
    for role in list(&told["Roles"]) {
        let name = &role["RoleName"];
        if text(name).starts_with("flowcover-") {
            let policy = json!({"RoleName": name, "PolicyName": "deliver-flow-logs"});
            bench.call(REGIONS[0], ["iam", "delete_role_policy"], &policy);
            bench.call(
                REGIONS[0],
                ["iam", "delete_role"],
                &json!({"RoleName": name}),
            );
        }
    }
    let told = bench.call(REGIONS[0], ["s3", "list_buckets"], &json!({}));
    for bucket in list(&told["Buckets"]) {
        bench.call(
            REGIONS[0],
            ["s3", "delete_bucket"],
            &json!({"Bucket": bucket["Name"]}),
        );
    }
}

#[test]
fn terraform_parses() {
    for policy in POLICIES {
        let bench = Bench::with(&["no-flow-log", "accept-only", "hostile-tags"]);
        bench.policy(policy);
        let files = export(&bench, "terraform");
        let modules: Vec<_> = files
            .iter()
            .filter(|(name, _)| name.ends_with(".tf"))
            .collect();
        assert!(modules.len() >= 2, "{files:?}");
        for (name, text) in modules {
            assert_eq!(template_problems("terraform", text), "", "{name}:\n{text}");
        }
        let all: String = files.into_iter().map(|(_, text)| text).collect();
        assert!(all.contains("resource \"aws_flow_log\""), "{all}");
    }
}

#[test]
fn cloudformation_is_well_formed_and_comes_to_the_same_end() {
    for policy in POLICIES {
        let bench = Bench::with(&["no-flow-log", "accept-only"]);
        bench.policy(policy);
        let files = export(&bench, "cloudformation");
        let mut templates: Vec<_> = files
            .iter()
            .filter(|(name, _)| name.ends_with(".json"))
            .collect();
        // As the README of the folder says: the bucket first.
        templates.sort_by_key(|(_, template)| !template.contains("AWS::S3::Bucket\""));
        for (name, template) in &templates {
            assert_eq!(
                template_problems("cloudformation", template),
                "",
                "{name}:\n{template}"
            );
            let region = REGIONS
                .into_iter()
                .find(|region| name.contains(region))
                .unwrap();
            let stack = json!({
                "StackName": name.trim_end_matches(".json").replace('.', "-").replace(|it: char| it.is_ascii_digit(), "n"),
                "TemplateBody": template,
                "Capabilities": ["CAPABILITY_NAMED_IAM"],
            });
            bench.call(region, ["cloudformation", "create_stack"], &stack);
        }
        let state = end_state(&bench);
        wipe(&bench);
        assert_eq!(state, applied(&bench), "{policy}");
        let templates = templates
            .iter()
            .flat_map(|(_, template)| buckets_of(template));
        assert_eq!(templates.collect::<Vec<_>>(), buckets(&bench), "{policy}");
    }
}

/// One test for each place where records go: the AWS CLI takes its time.
#[test]
fn the_script_makes_log_groups_and_nothing_twice() {
    check_script(POLICIES[0]);
}

#[test]
fn the_script_makes_a_bucket_and_nothing_twice() {
    check_script(POLICIES[1]);
}

/// Run twice, it comes to the end that `apply` comes to.
#[track_caller]
fn check_script(policy: &str) {
    let bench = Bench::with(&["no-flow-log", "accept-only", "hostile-tags"]);
    bench.policy(policy);
    let files = export(&bench, "aws-cli");
    assert_eq!(files.len(), 1);
    let states = [0, 1].map(|_| {
        let home = tempfile::tempdir().unwrap();
        let output = Command::new("sh")
            .arg(Path::new(&bench.path("aws-cli")).join(&files[0].0))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", home.path())
            .env("AWS", tool("aws"))
            .env("PYTHON", tool("python"))
            .envs(bench.moto.credentials().environment(&bench.moto.url()))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{}", files[0].1);
        (end_state(&bench), buckets(&bench))
    });
    wipe(&bench);
    let expected = (applied(&bench), buckets(&bench));
    assert_eq!(states, [expected.clone(), expected], "{policy}");
}
