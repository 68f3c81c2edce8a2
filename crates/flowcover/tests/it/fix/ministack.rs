//! Who may change what, under MiniStack: several accounts through roles.

use flowcover_testkit::{Caller, Credentials, MiniStack};
use serde_json::{Value, json};

use super::bench::{is_ours, object_of};
use crate::support::{Program, Report, Run, list, parse, text};

pub(super) const REGION: &str = "us-east-1";

pub(super) struct Bench {
    pub(super) ministack: MiniStack,
    pub(super) made: Value,
    folder: tempfile::TempDir,
}

impl Bench {
    pub(super) fn new(ministack: MiniStack, made: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            ministack,
            made,
            folder,
        }
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Whoever the seed made.
    pub(super) fn caller(&self) -> Credentials {
        let given = &self.made["credentials"];
        Credentials::new(text(&given["access_key"]), text(&given["secret_key"]))
    }

    pub(super) fn run_as(&self, credentials: &Credentials, arguments: &[&str]) -> Run {
        Program::new(arguments)
            .against(&self.ministack.url(), credentials)
            .run()
    }

    pub(super) fn apply_as(&self, credentials: &Credentials) -> Run {
        let (plan, journal) = (self.path("plan.json"), self.path("run.journal"));
        self.run_as(
            credentials,
            &["apply", &plan, "--journal", &journal, "--yes"],
        )
    }

    /// Takes back what was done, whoever did it, and forgets the run.
    pub(super) fn roll_back_as(&self, credentials: &Credentials) {
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

    pub(super) fn plan(&self) -> Value {
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

    let verify = |code: i32| {
        let verify = ["verify", &bench.path("run.journal"), "--wait", "1"];
        let run = bench.run_as(&bench.caller(), &verify);
        assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
        run.stdout
    };
    let said = verify(1);
    let missing = said.matches("no record of it was seen yet").count();
    assert_eq!(missing, 2, "{said}");
    let keys = bench.deliver(plain, &[plain, other]);
    assert_eq!(keys.len(), 2);
    let said = verify(0);
    assert!(keys.iter().all(|key| said.contains(key)), "{said}");

    bench.roll_back_as(&bench.caller());
    assert_eq!([plain, other].map(|account| bench.world(account)), before);
}
