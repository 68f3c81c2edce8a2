//! Who may change what, under MiniStack: several accounts through roles, and the least policy.

use std::collections::BTreeSet;

use flowcover_testkit::{Caller, Credentials, MiniStack};
use serde_json::{Value, json};

use super::bench::{is_ours, object_of};
use crate::support::{Program, Report, Run, list, parse, text};

const REGION: &str = "us-east-1";

struct Bench {
    ministack: MiniStack,
    made: Value,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(ministack: MiniStack, made: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            ministack,
            made,
            folder,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Whoever the seed made.
    fn caller(&self) -> Credentials {
        let given = &self.made["credentials"];
        Credentials::new(text(&given["access_key"]), text(&given["secret_key"]))
    }

    fn run_as(&self, credentials: &Credentials, arguments: &[&str]) -> Run {
        Program::new(arguments)
            .against(&self.ministack.url(), credentials)
            .run()
    }

    fn apply_as(&self, credentials: &Credentials) -> Run {
        let (plan, journal) = (self.path("plan.json"), self.path("run.journal"));
        self.run_as(
            credentials,
            &["apply", &plan, "--journal", &journal, "--yes"],
        )
    }

    /// Takes back what was done, whoever did it, and forgets the run.
    fn roll_back_as(&self, credentials: &Credentials) {
        let journal = self.path("run.journal");
        if !std::fs::exists(&journal).unwrap() {
            return;
        }
        let run = self.run_as(
            credentials,
            &["rollback", &journal, "--yes", "--delete-records"],
        );
        assert_eq!(run.code, 0, "{}", run.stderr);
        std::fs::remove_file(journal).unwrap();
    }

    fn plan(&self) -> Value {
        parse(&std::fs::read_to_string(self.path("plan.json")).unwrap())
    }

    /// Plays the delivery service: an object in the bucket of `owner` for every flow log that flowcover made in these accounts.
    /// The keys.
    fn deliver(&self, owner: &str, accounts: &[&str]) -> Vec<String> {
        let url = self.ministack.url();
        let owner = Caller::new(&url, &self.ministack.root(owner));
        let mut keys = Vec::new();
        for account in accounts {
            let caller = Caller::new(&url, &self.ministack.root(account));
            let told: Value = parse(&caller.call(REGION, ["ec2", "describe_flow_logs"], "{}"));
            for log in list(&told["ok"]["FlowLogs"]).iter().filter(is_ours) {
                let object = object_of(log, account, REGION).unwrap();
                let answer = owner.call(REGION, ["s3", "put_object"], &object.to_string());
                assert!(answer.contains("\"ok\""), "{answer}");
                keys.push(text(&object["Key"]).to_owned());
            }
        }
        keys
    }

    /// What flow logs, groups, roles and buckets an account has.
    fn world(&self, account: &str) -> Value {
        let caller = Caller::new(&self.ministack.url(), &self.ministack.root(account));
        let told = |what: [&str; 2], key: &str| -> Value {
            let answer: Value = parse(&caller.call(REGION, what, "{}"));
            answer["ok"][key].clone()
        };
        json!([
            told(["ec2", "describe_flow_logs"], "FlowLogs"),
            told(["logs", "describe_log_groups"], "logGroups"),
            told(["iam", "list_roles"], "Roles"),
            told(["s3", "list_buckets"], "Buckets"),
        ])
    }
}

fn member<'a>(made: &'a Value, name: &str) -> &'a str {
    let mut accounts = list(&made["organization"]["accounts"]).iter();
    text(&accounts.find(|account| account["name"] == name).unwrap()["account_id"])
}

#[test]
fn several_accounts_are_fixed_through_their_roles_into_one_bucket_and_taken_back() {
    let ministack = MiniStack::start();
    let made = parse(&ministack.seed(&["organization"]));
    let bench = Bench::new(ministack, made);
    let [plain, other] = ["plain", "region-denied"].map(|name| member(&bench.made, name));
    let role = text(&bench.made["organization"]["role_name"]);
    let policy = format!(
        "[fix]\ndestination = \"s3\"\n[fix.bucket]\nname = \"central-flow-logs\"\naccount = \"{plain}\"\nregion = \"{REGION}\"\ncreate = true\n"
    );
    std::fs::write(bench.path("flowcover.toml"), policy).unwrap();
    let before = [plain, other].map(|account| bench.world(account));
    let file = bench.path("flowcover.toml");
    let common = [
        "--account",
        plain,
        "--account",
        other,
        "--role-name",
        role,
        "--region",
        REGION,
        "--policy",
        &file,
    ];
    let audit = || -> Report {
        let run = bench.run_as(
            &bench.caller(),
            &[&["audit", "--format", "json", "--quiet"], &common[..]].concat(),
        );
        run.report()
    };
    assert_eq!(audit().verdicts().get("recorded"), Some(&2));

    let plan = || {
        let path = bench.path("plan.json");
        let command = ["plan", "--output", &path, "--quiet"];
        let run = bench.run_as(&bench.caller(), &[&command[..], &common[..]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        bench.plan()
    };
    let accounts = plan()["accounts"].clone();
    assert_eq!(accounts.as_object().unwrap().len(), 2, "{accounts:#}");

    let run = bench.apply_as(&bench.caller());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report = audit();
    assert_eq!(
        report.verdicts().get("recorded"),
        Some(&4),
        "{:#}",
        report.0["vpcs"]
    );
    assert_eq!(plan()["steps"], json!([]));

    let verify = || {
        let verify = ["verify", &bench.path("run.journal"), "--wait", "1"];
        let run = bench.run_as(&bench.caller(), &verify);
        assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
        run.stdout
    };
    // No interface in MiniStack is in use: without records, that is what is said.
    let said = verify();
    assert_eq!(said.matches("no network interface").count(), 2, "{said}");
    let keys = bench.deliver(plain, &[plain, other]);
    assert_eq!(keys.len(), 2);
    let said = verify();
    assert!(keys.iter().all(|key| said.contains(key)), "{said}");

    bench.roll_back_as(&bench.caller());
    assert_eq!([plain, other].map(|account| bench.world(account)), before);
}

/// The policy that a command needs, as it prints it.
fn printed(command: &str) -> Value {
    let run = Program::new(&["permissions", command]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    parse(&run.stdout)
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

/// What AWS checks besides the action of a call, and MiniStack does not; and what is asked only where it can be answered.
const NOT_ENFORCED: [&str; 4] = [
    "ec2:CreateTags",
    "iam:PassRole",
    "iam:TagRole",
    "logs:TagResource",
];

/// What is read only where something of that name is there: when a run goes on.
const ONLY_TO_RESUME: [&str; 2] = ["iam:GetRolePolicy", "logs:ListTagsForResource"];

#[test]
fn the_printed_policy_lets_apply_work_and_each_of_its_actions_is_needed() {
    let ministack = MiniStack::start();
    let policy = for_ministack(printed("apply"));
    let made = parse(&ministack.seed_with(&["principal"], &["--policy", &policy.to_string()]));
    let account = text(&made["credentials"]["account_id"]).to_owned();
    let bench = Bench::new(ministack, made);
    let root = bench.ministack.root(&account);
    let owner = Caller::new(&bench.ministack.url(), &root);
    let plan = bench.path("plan.json");
    let run = bench.run_as(
        &root,
        &["plan", "--output", &plan, "--quiet", "--region", REGION],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);

    let cannot_tell = |run: &Run| {
        run.stderr
            .contains("whether the quota of IAM roles suffices")
    };
    let run = bench.apply_as(&bench.caller());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!cannot_tell(&run), "{}", run.stderr);
    bench.roll_back_as(&root);

    let plan = bench.plan();
    let steps = list(&plan["steps"]).iter();
    let needed: BTreeSet<&str> = steps
        .flat_map(|step| list(&step["iam_actions"]))
        .map(text)
        .collect();
    assert!(needed.len() > 8, "{needed:?}");
    let apply_without = |action: &str| {
        let document = without(&policy, action).to_string();
        let name =
            json!({"UserName": "principal", "PolicyName": "granted", "PolicyDocument": document});
        let answer = owner.call(REGION, ["iam", "put_user_policy"], &name.to_string());
        assert!(answer.contains("\"ok\""), "{answer}");
        bench.apply_as(&bench.caller())
    };
    // Only to tell beforehand whether there is room.
    let run = apply_without("iam:GetAccountSummary");
    assert_eq!((run.code, cannot_tell(&run)), (0, true), "{}", run.stderr);
    bench.roll_back_as(&root);
    let mut not_missed = BTreeSet::new();
    for action in needed {
        let run = apply_without(action);
        if run.code == 0 {
            not_missed.insert(action.to_owned());
        } else {
            assert!(
                run.stderr.contains(action),
                "without {action}: {}",
                run.stderr
            );
        }
        bench.roll_back_as(&root);
    }
    let expected = NOT_ENFORCED
        .iter()
        .chain(&ONLY_TO_RESUME)
        .map(|it| (*it).to_owned());
    assert_eq!(not_missed, expected.collect::<BTreeSet<_>>());
}
