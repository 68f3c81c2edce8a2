//! The least policy that `permissions apply` prints, under MiniStack: enough for each kind of plan, and no action of it too many.

use std::collections::BTreeSet;

use flowcover_testkit::{Caller, Credentials, MiniStack};
use serde_json::{Value, json};

use super::ministack::{Bench, REGION};
use crate::support::{Program, Run, list, parse, text};

/// What AWS checks besides the action of a call, and MiniStack does not.
const NOT_ENFORCED: [&str; 2] = ["ec2:CreateTags", "logs:CreateLogDelivery"];

/// A kind of plan, and the account that it is for.
struct Tried {
    bench: Bench,
    root: Credentials,
    /// As printed, for MiniStack.
    policy: Value,
}

impl Tried {
    /// Plans by this policy file, in which `ACCOUNT` is the account. `printed`: what `permissions apply` is told.
    fn plan(printed: &[&str], file: &str, prepare: impl Fn(&Caller, &str)) -> Self {
        let run = Program::new(&[&["permissions", "apply"], printed].concat()).run();
        assert_eq!(run.code, 0, "{}", run.stderr);
        let policy = for_ministack(parse(&run.stdout));
        let ministack = MiniStack::start();
        let made = ministack.seed_with(&["principal"], &["--policy", &policy.to_string()]);
        let made: Value = parse(&made);
        let account = text(&made["credentials"]["account_id"]).to_owned();
        let bench = Bench::new(ministack, made);
        let root = bench.ministack.root(&account);
        prepare(&Caller::new(&bench.ministack.url(), &root), &account);
        let (plan, toml) = (bench.path("plan.json"), bench.path("flowcover.toml"));
        std::fs::write(&toml, file.replace("ACCOUNT", &account)).unwrap();
        let arguments = ["plan", "--output", &plan, "--quiet", "--policy", &toml];
        let run = bench.run_as(&root, &[&arguments[..], &["--region", REGION]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let tried = Self {
            bench,
            root,
            policy,
        };
        assert_eq!(tried.bench.plan()["not_fixed"], json!([]));
        tried
    }

    fn apply(&self) -> Run {
        self.bench.apply_as(&self.bench.caller())
    }

    fn apply_without(&self, action: &str) -> Run {
        let document = without(&self.policy, action).to_string();
        let name =
            json!({"UserName": "principal", "PolicyName": "granted", "PolicyDocument": document});
        let owner = Caller::new(&self.bench.ministack.url(), &self.root);
        let answer = owner.call(REGION, ["iam", "put_user_policy"], &name.to_string());
        assert!(answer.contains("\"ok\""), "{answer}");
        self.apply()
    }

    fn roll_back(&self) {
        self.bench.roll_back_as(&self.root);
    }

    /// The policy suffices; of the actions that the plan names, each is missed by its name but these.
    fn is_just_enough(&self, kinds: &[&str], not_missed: &[&str]) {
        let plan = self.bench.plan();
        let steps = || list(&plan["steps"]).iter();
        let planned: BTreeSet<&str> = steps().map(|it| text(&it["change"]["kind"])).collect();
        assert_eq!(planned, kinds.iter().copied().collect(), "{plan:#}");
        // With the policy as it was printed.
        let run = self.apply_without("");
        assert_eq!(run.code, 0, "{}", run.stderr);
        self.roll_back();

        let needed: BTreeSet<&str> = steps()
            .flat_map(|step| list(&step["iam_actions"]))
            .map(text)
            .collect();
        let mut found = BTreeSet::new();
        for action in needed {
            let run = self.apply_without(action);
            if run.code == 0 {
                found.insert(action);
            } else {
                assert!(
                    run.stderr.contains(action),
                    "without {action}: {}",
                    run.stderr
                );
            }
            self.roll_back();
        }
        assert_eq!(found, not_missed.iter().copied().collect());
    }
}

/// MiniStack asks whether EC2 actions are allowed on `*`, whatever they are about.
fn for_ministack(mut policy: Value) -> Value {
    for statement in policy["Statement"].as_array_mut().unwrap() {
        let is_ec2 = |action: &Value| text(action).starts_with("ec2:");
        if list(&statement["Action"]).iter().all(is_ec2) {
            statement["Resource"] = "*".into();
        }
    }
    policy
}

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

fn call(caller: &Caller, what: [&str; 2], parameters: &Value) {
    let answer = caller.call(REGION, what, &parameters.to_string());
    assert!(answer.contains("\"ok\""), "{answer}");
}

fn make_bucket(caller: &Caller, name: &str) {
    call(caller, ["s3", "create_bucket"], &json!({"Bucket": name}));
}

#[test]
fn for_log_groups() {
    let tried = Tried::plan(&[], "", |_, _| ());
    let cannot_tell = |run: &Run| {
        run.stderr
            .contains("whether the quota of IAM roles suffices")
    };
    let run = tried.apply();
    assert!(!cannot_tell(&run), "{}", run.stderr);
    tried.roll_back();
    // Only to tell beforehand whether there is room.
    let run = tried.apply_without("iam:GetAccountSummary");
    assert_eq!((run.code, cannot_tell(&run)), (0, true), "{}", run.stderr);
    tried.roll_back();
    tried.is_just_enough(
        &["create-flow-logs", "create-log-group", "create-role"],
        &[
            "ec2:CreateTags",
            "iam:PassRole",
            "iam:TagRole",
            "logs:TagResource",
            // Read only where something of that name is there: when a run goes on.
            "iam:GetRolePolicy",
            "logs:ListTagsForResource",
        ],
    );
}

#[test]
fn for_a_bucket_that_is_made() {
    let file =
        "[fix]\ndestination = \"s3\"\n[fix.bucket]\nname = \"made-records\"\ncreate = true\n";
    let tried = Tried::plan(&["--bucket", "made-records"], file, |_, _| ());
    // Whether a bucket is there, MiniStack tells everybody; its tags are read only where it is: when a run goes on.
    let read = ["s3:GetBucketTagging", "s3:ListBucket"];
    tried.is_just_enough(
        &["create-bucket", "create-flow-logs"],
        &[&NOT_ENFORCED[..], &read].concat(),
    );
}

#[test]
fn for_a_bucket_that_is_there() {
    let name = "somebodys-bucket";
    let file = format!("[fix]\ndestination = \"s3\"\n[fix.bucket]\nname = \"{name}\"\n");
    let tried = Tried::plan(&["--bucket", name], &file, |owner, _| {
        make_bucket(owner, name);
    });
    tried.is_just_enough(
        &["add-bucket-statement", "create-flow-logs"],
        &[&NOT_ENFORCED[..], &["s3:ListBucket"]].concat(),
    );
}

#[test]
fn for_a_delivery_stream() {
    let stream = "arn:aws:firehose:{region}:ACCOUNT:deliverystream/flow-logs";
    let file = format!(
        "[fix]\ndestination = \"kinesis-data-firehose\"\n[fix.delivery_stream]\narn = \"{stream}\"\n"
    );
    let tried = Tried::plan(&[], &file, |owner, account| {
        make_bucket(owner, "firehose-target");
        let to = json!({
            "RoleARN": format!("arn:aws:iam::{account}:role/firehose"),
            "BucketARN": "arn:aws:s3:::firehose-target",
        });
        let stream = json!({
            "DeliveryStreamName": "flow-logs", "ExtendedS3DestinationConfiguration": to,
        });
        call(owner, ["firehose", "create_delivery_stream"], &stream);
    });
    tried.is_just_enough(&["create-flow-logs"], &NOT_ENFORCED);
}
