//! Measures what an audit costs, against what it should cost: see `docs/performance.md`.
//!
//! `cargo xtask bench-audit` builds the program and runs this with its path. Figures beyond their
//! goals are shown as such and are no error; wrong verdicts and runs that fail are.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool: figures on stdout, what it is doing on stderr"
)]

mod figures;
mod live;
mod process;
mod saved;
mod snapshot;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use flowcover_testkit::Organization;

use figures::{Figure, Row, medians, table};
use live::Live;

const USAGE: &str = "usage: bench-audit PROGRAM [--runs N] [MEASUREMENT...]

measurements (all of them if none is named):
  account       1 account x 17 regions x 187 VPCs, 50 ms a call
  subnets       the same with flow logs on subnets
  organization  100 accounts x 17 regions x 5 VPCs, 50 ms a call
  snapshot      100,000 VPCs from a snapshot, in every format
  help          flowcover --help";

const MEGABYTE: u64 = 1_000_000;

/// Every measurement, in the order in which they are made.
const MEASUREMENTS: [(&str, &str); 5] = [
    ("account", "1 account x 17 regions x 187 VPCs, 50 ms a call"),
    (
        "subnets",
        "1 account x 17 regions x 187 VPCs, flow logs on subnets, 50 ms a call",
    ),
    (
        "organization",
        "100 accounts x 17 regions x 5 VPCs, 50 ms a call",
    ),
    ("snapshot", "100,000 VPCs from a snapshot"),
    ("help", "flowcover --help"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = Wanted::parse(&arguments).and_then(|wanted| wanted.measure());
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    program: PathBuf,
    runs: usize,
    measurements: Vec<String>,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Result<Self> {
        let Some((program, rest)) = arguments.split_first() else {
            bail!("no program given\n{USAGE}");
        };
        let mut wanted = Self {
            program: PathBuf::from(program),
            runs: 7,
            measurements: Vec::new(),
        };
        let mut rest = rest.iter();
        while let Some(argument) = rest.next() {
            if argument == "--runs" {
                let runs = rest.next().and_then(|runs| runs.parse().ok());
                let runs = runs.filter(|runs| *runs > 0);
                wanted.runs = runs.with_context(|| format!("--runs takes a number\n{USAGE}"))?;
            } else if MEASUREMENTS.iter().any(|(name, _)| name == argument) {
                wanted.measurements.push(argument.clone());
            } else {
                bail!("no measurement `{argument}`\n{USAGE}");
            }
        }
        Ok(wanted)
    }

    fn measure(&self) -> Result<()> {
        let program = self.program.canonicalize();
        let program = program.with_context(|| format!("no program {}", self.program.display()))?;
        let wanted = |name: &str| {
            self.measurements.is_empty() || self.measurements.iter().any(|wanted| wanted == name)
        };
        for (name, title) in MEASUREMENTS {
            if wanted(name) {
                eprintln!("measuring: {title}");
                let rows = measure(name, &program, self.runs);
                let rows = rows.with_context(|| format!("measurement `{name}` failed"))?;
                println!("{}", table(title, &rows));
            }
        }
        Ok(())
    }
}

fn measure(name: &str, program: &Path, runs: usize) -> Result<Vec<Row>> {
    let one = Organization::new(1, 17, 187);
    let live = |organization, megabytes: u64| Live {
        organization,
        memory: megabytes * MEGABYTE,
    };
    match name {
        "account" => live(one, 40).measure(program, runs),
        "subnets" => live(one.with_flow_logs_on_subnets(), 40).measure(program, runs),
        "organization" => live(Organization::new(100, 17, 5), 150).measure(program, runs),
        "snapshot" => saved::measure(program, runs),
        _ => help(program, runs),
    }
}

fn help(program: &Path, runs: usize) -> Result<Vec<Row>> {
    let costs = (0..runs * 5)
        .map(|_| process::run(command(program).arg("--help"), &[0]))
        .collect::<Result<Vec<_>>>()?;
    let goal = Figure::Time(Duration::from_millis(20));
    Ok(vec![Row::goal(
        "wall time",
        Some(medians(&costs).wall),
        goal,
    )])
}

/// The program, away from any policy file, and without the caller's AWS and proxy settings.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(std::env::temp_dir());
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if upper.starts_with("AWS_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Wanted> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        Wanted::parse(&arguments)
    }

    #[test]
    fn arguments_say_what_to_measure_and_how_often() {
        let wanted = parse(&["flowcover", "help", "--runs", "3"]).expect("they are right");
        assert_eq!(
            (wanted.runs, wanted.measurements),
            (3, vec!["help".to_owned()])
        );
        for wrong in [
            vec![],
            vec!["x", "nothing"],
            vec!["x", "--runs"],
            vec!["x", "--runs", "0"],
        ] {
            let error = parse(&wrong).expect_err("they are wrong").to_string();
            assert!(error.contains("usage: bench-audit"), "{error}");
        }
    }

    #[test]
    fn every_measurement_is_in_the_usage() {
        for (name, _) in MEASUREMENTS {
            assert!(USAGE.lines().any(|line| line.trim().starts_with(name)));
        }
    }
}
