//! Instructions that the record format takes, counted by callgrind: the same in every run, whatever else the machine does.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::example;
use crate::process::output;

/// Where the counts are kept, so that a change of them shows in review.
const KEPT: &str = "tests/bench/instructions.tsv";
/// What each task does that many times.
const LINES: u64 = 20_000;
/// What `crates/record/examples/count.rs` can do.
const TASKS: [(&str, &str); 9] = [
    ("split", "cut a line of the default format, read one number"),
    ("split-v5", "cut a line of 24 fields, read one number"),
    ("parse", "read every value of a line of the default format"),
    ("parse-v5", "read every value of a line of 24 fields"),
    (
        "parse-encode",
        "the same of the default format, and write it again",
    ),
    ("envelope", "find a line in {\"message\": …}"),
    ("header", "recognise a header line of 24 fields"),
    ("object-key", "read the key of an object"),
    ("pseudonym", "replace an IPv4 address"),
];

/// Counts, shows the difference from what is kept, and keeps the new counts if `update`.
pub(crate) fn count(workspace: &Path, arguments: &[String]) -> Result<()> {
    let update = match arguments {
        [] => false,
        [only] if only == "--update" => true,
        _ => bail!("count-read takes no argument but --update"),
    };
    output(Command::new("valgrind").arg("--version"))
        .context("valgrind is needed to count instructions")?;
    let program = example(workspace, "count")?;
    let nothing = instructions(&program, "nothing")?;
    let path = workspace.join(KEPT);
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let mut table = "task\tinstructions\twhat\n".to_owned();
    for (task, about) in TASKS {
        let each = (instructions(&program, task)?.saturating_sub(nothing)) / LINES;
        writeln!(table, "{task}\t{each}\t{about}")?;
        say(task, each, before(&kept, task));
    }
    if update {
        fs::write(&path, table).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn before(kept: &str, task: &str) -> Option<u64> {
    let lines = kept
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let mut lines = lines.filter(|fields| fields.first() == Some(&task));
    lines.next()?.get(1)?.parse().ok()
}

fn say(task: &str, each: u64, before: Option<u64>) {
    let change = match before {
        Some(before) if before > 0 => {
            format!("{:+.1} %", (each as f64 / before as f64 - 1.0) * 100.0)
        }
        _ => "new".to_owned(),
    };
    eprintln!("{task:<14} {each:>8} instructions  {change}");
}

/// All that the program executes for one task.
fn instructions(program: &Path, task: &str) -> Result<u64> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .arg(task)
        .output()
        .context("cannot start valgrind")?;
    let said = String::from_utf8_lossy(&run.stderr);
    if !run.status.success() {
        bail!("the task {task} failed under valgrind:\n{said}");
    }
    collected(&said).with_context(|| format!("valgrind gave no count:\n{said}"))
}

/// The number in `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        assert_eq!(
            collected("==7== Events    : Ir\n==7== Collected : 1234\n"),
            Some(1234)
        );
        assert_eq!(collected("==7== nothing"), None);
        assert_eq!(
            before("task\tinstructions\nsplit\t55\tx\n", "split"),
            Some(55)
        );
        assert_eq!(before("split-v5\t55\tx\n", "split"), None);
    }
}
