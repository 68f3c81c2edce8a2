//! Runs the program as a user would, and reads what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use flowcover_testkit::Credentials;
use serde_json::Value;

/// A run that takes longer hangs: it is ended, and the test fails.
const LONGEST: Duration = Duration::from_mins(3);

/// A run of the program that has ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its exit code.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// The program with arguments and an environment without any AWS setting of the caller.
pub(crate) struct Program {
    command: assert_cmd::Command,
    /// Where it runs: an empty folder, so that no policy file is found by accident.
    folder: tempfile::TempDir,
}

impl Program {
    /// The program with these arguments.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_flowcover"));
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy().into_owned();
            if name.starts_with("AWS_") || name == "NO_COLOR" {
                command.env_remove(key);
            }
        }
        command.args(arguments).current_dir(folder.path());
        command.env("HOME", folder.path()).timeout(LONGEST);
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        Self { command, folder }
    }

    /// With these credentials, against the emulator or proxy at `endpoint`.
    pub(crate) fn against(mut self, endpoint: &str, credentials: &Credentials) -> Self {
        self.command.envs(credentials.environment(endpoint));
        self
    }

    /// In this region.
    pub(crate) fn region(mut self, region: &str) -> Self {
        self.command.env("AWS_REGION", region);
        self
    }

    /// With more arguments.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    /// With a file of this name in the folder where it runs.
    pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
        std::fs::write(self.folder.path().join(name), content).unwrap();
        self
    }

    /// With this variable in its environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With these bytes on standard input.
    pub(crate) fn input(mut self, bytes: &[u8]) -> Self {
        self.command.write_stdin(bytes);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Run {
        self.run_then(|_| ()).0
    }

    /// Runs it to its end, and looks at the folder where it ran.
    pub(crate) fn run_then<T>(mut self, look: impl FnOnce(&Path) -> T) -> (Run, T) {
        let started = Instant::now();
        let output = self.command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let run = Run {
            code: output
                .status
                .code()
                .unwrap_or_else(|| panic!("ended by a signal or too slow:\n{stderr}")),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr,
            took: started.elapsed(),
        };
        let seen = look(self.folder.path());
        (run, seen)
    }
}

impl Run {
    /// Its standard output as a JSON report.
    pub(crate) fn report(&self) -> Report {
        let value = serde_json::from_str(&self.stdout);
        Report(value.unwrap_or_else(|error| panic!("{error}\n{self:#?}")))
    }

    /// Lines of standard error that begin with `start`.
    pub(crate) fn complaints(&self, start: &str) -> Vec<&str> {
        let lines = self.stderr.lines();
        lines.filter(|line| line.starts_with(start)).collect()
    }
}

/// A JSON report.
#[derive(Clone, Debug)]
pub(crate) struct Report(pub(crate) Value);

impl Report {
    /// What it says of a VPC. MiniStack gives VPCs of several accounts the same id.
    pub(crate) fn vpc(&self, account: &str, region: &str, id: &str) -> Option<&Value> {
        list(&self.0["vpcs"]).iter().find(|vpc| {
            vpc["vpc_id"] == id && vpc["account_id"] == account && vpc["region"] == region
        })
    }

    /// What it says of the VPC that a seed made.
    pub(crate) fn seeded(&self, made: &Value) -> &Value {
        let [account, region, id] = ["account_id", "region", "vpc_id"].map(|key| text(&made[key]));
        self.vpc(account, region, id)
            .unwrap_or_else(|| panic!("no VPC {id} of {account} in {region}: {:#}", self.0))
    }

    /// Checks with a finding on a role or destination that this VPC's records go through.
    pub(crate) fn checks_about(&self, vpc_id: &str) -> BTreeSet<&str> {
        let findings = list(&self.0["findings"]).iter();
        let affecting = findings.filter(|it| {
            list(&it["evidence"]["Affected"])
                .iter()
                .any(|id| id == vpc_id)
        });
        affecting.map(|finding| text(&finding["check"])).collect()
    }

    /// Number of VPCs by verdict.
    pub(crate) fn verdicts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for vpc in list(&self.0["vpcs"]) {
            *counts.entry(text(&vpc["verdict"])).or_insert(0) += 1;
        }
        counts
    }

    /// Status of each region, by account and region.
    pub(crate) fn regions(&self) -> BTreeMap<(&str, &str), &str> {
        let regions = list(&self.0["regions"]).iter();
        regions
            .map(|region| {
                let [account, name, status] =
                    ["account_id", "region", "status"].map(|key| text(&region[key]));
                ((account, name), status)
            })
            .collect()
    }

    /// What could not be read.
    pub(crate) fn gaps(&self) -> &[Value] {
        list(&self.0["gaps"])
    }

    /// One field of every gap.
    pub(crate) fn of_gaps(&self, key: &str) -> BTreeSet<&str> {
        let values = self.gaps().iter().filter_map(|gap| gap[key].as_str());
        values.collect()
    }
}

/// Checks that have a finding on this VPC.
pub(crate) fn checks(vpc: &Value) -> BTreeSet<&str> {
    let findings = list(&vpc["findings"]).iter();
    findings.map(|finding| text(&finding["check"])).collect()
}

/// The items of a JSON list.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A JSON string.
pub(crate) fn text(value: &Value) -> &str {
    let wrong = || panic!("not a string: {value}");
    value.as_str().unwrap_or_else(wrong)
}

/// What a seed printed.
pub(crate) fn parse(seeded: &str) -> Value {
    serde_json::from_str(seeded).unwrap()
}
