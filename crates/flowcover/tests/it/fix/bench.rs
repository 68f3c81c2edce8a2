//! A moto with seeded VPCs, and a folder for plan, policy and journal.

use std::collections::BTreeSet;
use std::path::PathBuf;

use flowcover_testkit::{Caller, Moto, Proxy};
use serde_json::{Value, json};

use crate::support::{Program, Report, Run, list, parse, text};

pub(super) const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// States that a plan mends without touching what others made.
pub(super) const FIXABLE: &[&str] = &[
    "recorded",
    "no-flow-log",
    "accept-only",
    "subnets-partial",
    "log-group-deleted",
    "unused-without-flow-log",
    "hostile-tags",
];

/// A policy with which a bucket is made for all.
pub(super) const CENTRAL_BUCKET: &str = r#"
    [fix]
    destination = "s3"
    [fix.bucket]
    name = "central-flow-logs"
    region = "us-east-1"
    create = true
"#;

pub(super) struct Bench {
    pub(super) moto: Moto,
    pub(super) proxy: Proxy,
    pub(super) made: Value,
    caller: Caller,
    folder: tempfile::TempDir,
}

impl Bench {
    /// With these scenarios in both regions.
    pub(super) fn with(scenarios: &[&str]) -> Self {
        let moto = Moto::start();
        let [first, second] = REGIONS;
        let made = parse(&moto.seed_with(scenarios, &["--region", first, "--region", second]));
        let proxy = Proxy::start(moto.address());
        let caller = Caller::new(&moto.url(), &moto.credentials());
        let folder = tempfile::tempdir().unwrap();
        let bench = Self {
            moto,
            proxy,
            made,
            caller,
            folder,
        };
        bench.policy("");
        bench
    }

    pub(super) fn path(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    pub(super) fn journal(&self) -> String {
        self.path("run.journal")
    }

    /// The policy that audits and plans go by.
    pub(super) fn policy(&self, text: &str) {
        std::fs::write(self.path("flowcover.toml"), text).unwrap();
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Run {
        Program::new(arguments)
            .against(&self.proxy.url(), &self.moto.credentials())
            .run()
    }

    /// What `audit` and `plan` are told alike.
    fn gather(&self, command: &[&str], more: &[&str]) -> Run {
        let policy = self.path("flowcover.toml");
        let [first, second] = REGIONS;
        let common = ["--region", first, "--region", second, "--policy", &policy];
        self.run(&[command, &common[..], more].concat())
    }

    pub(super) fn audit(&self) -> Report {
        self.gather(&["audit", "--format", "json", "--quiet"], &[])
            .report()
    }

    /// Plans, and gives the plan.
    pub(super) fn plan(&self, more: &[&str]) -> Value {
        let path = self.path("plan.json");
        let run = self.gather(&["plan", "--output", &path, "--quiet"], more);
        assert_eq!(run.code, 0, "{}", run.stderr);
        parse(&std::fs::read_to_string(path).unwrap())
    }

    pub(super) fn apply(&self, more: &[&str]) -> Run {
        let (plan, journal) = (self.path("plan.json"), self.journal());
        let arguments = ["apply", &plan, "--journal", &journal, "--yes"];
        self.run(&[&arguments[..], more].concat())
    }

    /// One call as the account's owner, past the proxy.
    pub(super) fn call(&self, region: &str, what: [&str; 2], parameters: &Value) -> Value {
        let answer = self.answer(region, what, parameters);
        assert!(answer.get("ok").is_some(), "{what:?}: {answer}");
        answer["ok"].clone()
    }

    /// The same, with what came of it: `ok` or `error`.
    pub(super) fn answer(&self, region: &str, what: [&str; 2], parameters: &Value) -> Value {
        parse(&self.caller.call(region, what, &parameters.to_string()))
    }

    /// Makes a key that CloudWatch Logs may use there (CloudWatch Logs User Guide, "Encrypt log data"). Its ARN.
    pub(super) fn key_for_groups(&self, region: &str) -> String {
        let account = text(&self.made["account_id"]);
        let may = |principal: Value, actions: Value| json!({"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [
            may(json!({"AWS": format!("arn:aws:iam::{account}:root")}), json!("kms:*")),
            may(
                json!({"Service": format!("logs.{region}.amazonaws.com")}),
                json!(["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]),
            ),
        ]});
        let policy = json!({"Policy": policy.to_string()});
        let made = self.call(region, ["kms", "create_key"], &policy);
        text(&made["KeyMetadata"]["Arn"]).to_owned()
    }

    /// Ids of every flow log.
    pub(super) fn flow_logs(&self) -> BTreeSet<String> {
        let all = REGIONS.iter().flat_map(|region| {
            let told = self.call(region, ["ec2", "describe_flow_logs"], &json!({}));
            let logs = list(&told["FlowLogs"]).to_vec();
            logs.into_iter()
                .map(|log| text(&log["FlowLogId"]).to_owned())
        });
        all.collect()
    }

    /// What a run could touch, as moto tells it: one line for each thing, so that a difference can be read.
    pub(super) fn world(&self) -> BTreeSet<String> {
        let things = |region, what: [&str; 2], field: &str| -> Vec<String> {
            let told = self.call(region, what, &json!({}));
            list(&told[field])
                .iter()
                .map(|thing| format!("{region} {thing}"))
                .collect()
        };
        let mut world = BTreeSet::new();
        for region in REGIONS {
            world.extend(things(region, ["ec2", "describe_flow_logs"], "FlowLogs"));
            world.extend(things(region, ["logs", "describe_log_groups"], "logGroups"));
        }
        world.extend(things(REGIONS[0], ["iam", "list_roles"], "Roles"));
        world.extend(things(REGIONS[0], ["s3", "list_buckets"], "Buckets"));
        world
    }

    /// The account is as it was.
    #[track_caller]
    pub(super) fn assert_world(&self, before: &BTreeSet<String>, run: &Run) {
        let now = self.world();
        assert!(
            now == *before,
            "more: {:#?}\nless: {:#?}\n{}",
            now.difference(before),
            before.difference(&now),
            run.stderr
        );
    }

    /// Plays the delivery service: an event in every group that a flow log of flowcover names, in a stream as AWS names it
    /// (CloudWatch Logs User Guide: `eni-ID-TRAFFIC`).
    pub(super) fn deliver(&self) {
        for region in REGIONS {
            let told = self.call(region, ["ec2", "describe_flow_logs"], &json!({}));
            for log in list(&told["FlowLogs"]).iter().filter(is_ours) {
                let (Some(group), Some(resource)) =
                    (log["LogGroupName"].as_str(), log["ResourceId"].as_str())
                else {
                    continue;
                };
                let traffic = text(&log["TrafficType"]).to_lowercase();
                let stream = format!("{}-{traffic}", self.interface_of(resource));
                let stream = json!({"logGroupName": group, "logStreamName": stream});
                let answer =
                    self.caller
                        .call(region, ["logs", "create_log_stream"], &stream.to_string());
                // Deleted groups, and streams of a flow log beside it.
                if parse(&answer).get("ok").is_none() {
                    continue;
                }
                let mut event = stream;
                let now = jiff_now_millis();
                event["logEvents"] = json!([{"timestamp": now, "message": "2 123456789012 eni-0 10.0.0.1 10.0.0.2 1 2 6 1 1 1 2 ACCEPT OK"}]);
                self.call(region, ["logs", "put_log_events"], &event);
            }
        }
    }

    /// The same for buckets: an object of every flow log of flowcover that delivers to one, with a key as AWS writes it (VPC
    /// User Guide, "Flow log files"). The keys.
    pub(super) fn deliver_to_buckets(&self) -> Vec<String> {
        let account = text(&self.made["account_id"]);
        let mut keys = Vec::new();
        for region in REGIONS {
            let told = self.call(region, ["ec2", "describe_flow_logs"], &json!({}));
            for log in list(&told["FlowLogs"]).iter().filter(is_ours) {
                if let Some(object) = object_of(log, account, region) {
                    self.call(REGIONS[0], ["s3", "put_object"], &object);
                    keys.push(text(&object["Key"]).to_owned());
                }
            }
        }
        keys
    }

    /// An interface of the VPC or subnet that a flow log is on, as far as the seed made one: one in each subnet, in order.
    fn interface_of(&self, resource: &str) -> String {
        let interface = list(&self.made["vpcs"]).iter().find_map(|vpc| {
            let interfaces = list(&vpc["interface_ids"]);
            if vpc["vpc_id"] == resource {
                return interfaces.first();
            }
            let mut subnets = list(&vpc["subnet_ids"]).iter();
            interfaces.get(subnets.position(|id| id == resource)?)
        });
        let interface = interface.and_then(Value::as_str);
        interface.unwrap_or("eni-00000000000000000").to_owned()
    }
}

/// What `PutObject` takes to play the delivery service for a flow log that delivers to a bucket.
pub(super) fn object_of(log: &Value, account: &str, region: &str) -> Option<Value> {
    let bucket = log["LogDestination"]
        .as_str()?
        .strip_prefix("arn:aws:s3:::")?;
    let now = jiff::Timestamp::from_millisecond(i64::try_from(jiff_now_millis()).unwrap()).unwrap();
    let (day, time) = (now.strftime("%Y/%m/%d"), now.strftime("%Y%m%dT%H%MZ"));
    let id = text(&log["FlowLogId"]);
    let key = format!(
        "AWSLogs/{account}/vpcflowlogs/{region}/{day}/{account}_vpcflowlogs_{region}_{id}_{time}_0a1b2c3d.log.gz"
    );
    Some(json!({"Bucket": bucket, "Key": key, "Body": "records"}))
}

/// Whether a flow log was made by flowcover.
pub(super) fn is_ours(log: &&Value) -> bool {
    let mut tags = list(&log["Tags"]).iter();
    tags.any(|tag| tag["Key"] == "flowcover:run")
}

fn jiff_now_millis() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}
