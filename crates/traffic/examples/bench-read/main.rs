//! Measures how fast flow logs are read: see `docs/performance.md`.
//!
//! `cargo xtask bench-read` makes the Python environment of the comparators, builds the program, and runs this. Figures
//! beyond their goals are shown as such and are no error; answers that differ are.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool: figures on stdout, what it is doing on stderr"
)]

mod answer;
mod contest;
mod cost;
mod inflate;
mod measure;
mod question;
mod report;
mod write;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "usage: bench-read TASK

tasks:
  measure ...   answer questions with flowcover and others, and compare
  write ...     write simulated flow logs to a folder
  inflate FOLDER
                decompress every object of a folder, and do nothing else";

fn main() -> ExitCode {
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
    match task.as_str() {
        "measure" => measure::command(rest)?,
        "write" => println!("{:?}", write::command(rest)?),
        "inflate" => println!("{}", inflate::command(rest)?),
        _ => bail!("no task `{task}`\n{USAGE}"),
    }
    Ok(())
}
