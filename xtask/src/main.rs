//! Development tasks: `cargo xtask test`, `lint`, `drift`, `ci`, the measurements `bench-…`, `count-read` and `link-order`.
#![allow(
    clippy::print_stderr,
    reason = "a developer's tool that says on stderr what it is about to run"
)]

mod compiler;
mod drift;
mod instructions;
mod link_order;
mod process;
mod python;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use process::{cargo, run};

const USAGE: &str = "usage: cargo xtask TASK

tasks:
  test [ARGUMENT...]  run every test, with the emulators; arguments go to `cargo test`
  lint                check formatting and lints
  drift               check that generated files are in step with their sources
  ci                  lint, test and drift
  bench-audit [ARGUMENT...]
                      measure what an audit costs (docs/performance.md)
  bench-read [--binary FLOWCOVER] [ARGUMENT...]
                      measure how fast flow logs are read, beside DuckDB, polars and chDB;
                      builds flowcover unless a binary is given
  bench-s3 [--binary FLOWCOVER] [--count N] [--latency MS] [--runs N]
                      show whether fetching from S3 and reading overlap, on an emulator; takes the
                      records that bench-read makes
  bench-detect [--purpose tuning|reporting|both] [--show] [ARGUMENT...]
                      measure what detections find in labelled traffic, and what else they report;
                      writes the figures into docs/detections.md unless one purpose is chosen
  bench-detect-speed [--records N,N,...] [--runs N] [--hostile]
                      measure what all detections cost beside one query on flows
  count-read [--update]
                      count the instructions that the record format takes, beside those kept in
                      tests/bench/instructions.tsv (needs valgrind)
  link-order          see which functions an audit executes, for the linker to put them together
                      (crates/flowcover/link-order.txt; needs valgrind)";

/// The tests find the interpreter of the emulators' environment under this name.
const EMULATORS_VARIABLE: &str = "FLOWCOVER_EMULATORS_PYTHON";
/// The same of what the reading of records is compared with.
const COMPARATORS_VARIABLE: &str = "FLOWCOVER_COMPARATORS_PYTHON";

/// How many tests run at a time (the Rust Book's `--test-threads`).
const THREADS_VARIABLE: &str = "RUST_TEST_THREADS";

fn main() -> ExitCode {
    if compiler::is_called() {
        return compiler::run(std::env::args_os().skip(1));
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let Some((task, rest)) = arguments.split_first() else {
        bail!("no task given\n{USAGE}");
    };
    let takes_arguments = [
        "test",
        "bench-audit",
        "bench-read",
        "bench-s3",
        "bench-detect",
        "bench-detect-speed",
        "count-read",
    ]
    .contains(&task.as_str());
    if !takes_arguments && !rest.is_empty() {
        bail!("task `{task}` takes no arguments\n{USAGE}");
    }
    match task.as_str() {
        "test" => test(rest),
        "lint" => lint(),
        "drift" => drift(),
        "ci" => ci(),
        "bench-audit" => bench_audit(rest),
        "bench-read" => bench_read(rest),
        "bench-s3" => bench_s3(rest),
        "bench-detect" => bench_detect(rest),
        "bench-detect-speed" => bench_detect_speed(rest),
        "count-read" => instructions::count(&workspace(), rest),
        "link-order" => link_order(),
        _ => bail!("no task `{task}`\n{USAGE}"),
    }
}

fn ci() -> Result<()> {
    lint()?;
    let before = drift::tree(&workspace())?;
    test(&[])?;
    drift::unchanged_since(&before, &workspace())?;
    drift()
}

fn drift() -> Result<()> {
    let workspace = workspace();
    drift::check(&workspace)?;
    link_order::check(&workspace, &build_flowcover(&workspace)?)
}

/// What the tests need besides is installed while they are compiled.
fn test(arguments: &[String]) -> Result<()> {
    let workspace = workspace();
    let target = python::target_directory(&workspace);
    let (emulators, comparators) = std::thread::scope(|scope| {
        let install = |environment: python::Environment| {
            let (workspace, target) = (&workspace, &target);
            scope.spawn(move || environment.prepare(workspace, target))
        };
        let environments = [python::EMULATORS, python::COMPARATORS].map(install);
        let is_built = if arguments.is_empty() {
            run(tests(&workspace)?.arg("--no-run"))
        } else {
            Ok(())
        };
        let [emulators, comparators] = environments.map(|installing| {
            let ended = installing.join();
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        is_built?;
        Ok::<_, anyhow::Error>((emulators?, comparators?))
    })?;
    run(tests(&workspace)?
        .args(arguments)
        .env(THREADS_VARIABLE, threads())
        .env(EMULATORS_VARIABLE, emulators)
        .env(COMPARATORS_VARIABLE, comparators))
}

/// Tests at a time, unless the caller says. Those that take longest wait for emulators half of the time.
fn threads() -> String {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::env::var(THREADS_VARIABLE).unwrap_or_else(|_| (2 * cores).to_string())
}

fn tests(workspace: &Path) -> Result<Command> {
    let mut command = cargo(workspace);
    command.args(["test", "--workspace", "--release"]);
    compiler::stand_before(&mut command)?;
    Ok(command)
}

/// The harness is a program of its own, so that the other tasks need not build what it needs.
fn bench_audit(arguments: &[String]) -> Result<()> {
    let workspace = workspace();
    let program = build_flowcover(&workspace)?;
    run(Command::new(example(&workspace, "bench-audit")?)
        .arg(program)
        .args(arguments))
}

/// What an audit executes is seen by running those of the benchmark.
fn link_order() -> Result<()> {
    let workspace = workspace();
    let program = build_flowcover(&workspace)?;
    let bench = Command::new(example(&workspace, "bench-audit")?);
    link_order::write(&workspace, &program, bench)
}

/// The set of records is kept in the target directory, and so is the environment of the comparators.
fn bench_read(arguments: &[String]) -> Result<()> {
    let workspace = workspace();
    let target = python::target_directory(&workspace);
    let python = python::COMPARATORS.prepare(&workspace, &target)?;
    let mut command = Command::new(example(&workspace, "bench-read")?);
    command.arg("measure").arg("--python").arg(python);
    command
        .arg("--scripts")
        .arg(workspace.join("tests").join("bench"));
    command.arg("--cache").arg(target.join("bench-read"));
    if !arguments.iter().any(|argument| argument == "--binary") {
        command.arg("--binary").arg(build_flowcover(&workspace)?);
    }
    run(command.args(arguments))
}

/// The emulator's interpreter runs the script, which talks to it.
fn bench_s3(arguments: &[String]) -> Result<()> {
    let workspace = workspace();
    let target = python::target_directory(&workspace);
    let mut command = Command::new(python::EMULATORS.prepare(&workspace, &target)?);
    command.arg(workspace.join("tests").join("bench").join("s3.py"));
    command.arg("--objects").arg(target.join("bench-read"));
    if !arguments.iter().any(|argument| argument == "--binary") {
        command.arg("--binary").arg(build_flowcover(&workspace)?);
    }
    run(command.args(arguments))
}

/// What all detections cost beside one query.
fn bench_detect_speed(arguments: &[String]) -> Result<()> {
    let workspace = workspace();
    let target = python::target_directory(&workspace);
    let binary = build_flowcover(&workspace)?;
    let mut command = Command::new("python3");
    command.arg(
        workspace
            .join("tests")
            .join("bench")
            .join("detect_speed.py"),
    );
    command.arg("--binary").arg(binary);
    command
        .arg("--write")
        .arg(example(&workspace, "bench-read")?);
    command.arg("--work").arg(target.join("bench-detect"));
    run(command.args(arguments))
}

/// Generated traffic is kept in the target directory.
fn bench_detect(arguments: &[String]) -> Result<()> {
    let workspace = workspace();
    let target = python::target_directory(&workspace);
    let mut command = Command::new("python3");
    command.arg(workspace.join("tests").join("bench").join("detect.py"));
    command.arg("--binary").arg(build_flowcover(&workspace)?);
    for (argument, name) in [("--corpus", "corpus"), ("--rehearse", "rehearse")] {
        command.arg(argument).arg(example(&workspace, name)?);
    }
    command.arg("--work").arg(target.join("bench-detect"));
    if !arguments.iter().any(|argument| argument == "--purpose") {
        command
            .arg("--page")
            .arg(workspace.join("docs").join("detections.md"));
    }
    run(command.args(arguments))
}

fn build_flowcover(workspace: &Path) -> Result<PathBuf> {
    run(cargo(workspace).args(["build", "--release", "--package", "flowcover"]))?;
    let release = python::target_directory(workspace).join("release");
    let program = release.join("flowcover");
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

/// An example's program. It is built as one of the whole workspace, as the tests are: by itself, what it needs could have fewer features, and
/// would be compiled once more.
pub(crate) fn example(workspace: &Path, name: &str) -> Result<PathBuf> {
    run(cargo(workspace).args(["build", "--workspace", "--release", "--example", name]))?;
    let release = python::target_directory(workspace).join("release");
    let program = release.join("examples").join(name);
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

fn lint() -> Result<()> {
    let workspace = workspace();
    run(cargo(&workspace).args(["fmt", "--all", "--check"]))?;
    // The profile of the tests, so that build scripts and macros are built once.
    run(cargo(&workspace)
        .args(["clippy", "--workspace", "--all-targets", "--release"])
        .args(["--", "--deny", "warnings"]))
}

/// The checkout that cargo runs this program for: another may have compiled it, into a target directory that they share.
fn workspace() -> PathBuf {
    let compiled = || env!("CARGO_MANIFEST_DIR").into();
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(compiled));
    manifest
        .parent()
        .map_or_else(|| manifest.clone(), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let error = dispatch(&arguments).expect_err("the arguments are wrong");
        error.to_string()
    }

    #[test]
    fn wrong_arguments_are_told_with_the_usage() {
        for (arguments, message) in [
            (vec![], "no task given"),
            (vec!["tset"], "no task `tset`"),
            (vec!["lint", "--fix"], "task `lint` takes no arguments"),
        ] {
            let error = refused(&arguments);
            assert!(error.starts_with(message), "{error}");
            assert!(error.contains("usage: cargo xtask TASK"), "{error}");
        }
    }

    #[test]
    fn workspace_is_the_directory_with_the_lock_file() {
        assert!(workspace().join("Cargo.lock").is_file());
    }
}
