//! The examples that `--help` of the commands that read records shows: each is run as it stands there.

use std::path::Path;
use std::process::{Command, Output};

use crate::said::{HEADER, gzip};

const LINES: [&str; 4] = [
    "2 123456789012 eni-1 10.0.0.1 198.51.100.99 40000 443 6 10 1000 1763600000 1763600050 ACCEPT OK",
    "2 123456789012 eni-1 198.51.100.99 10.0.0.1 443 40000 6 12 9000 1763600001 1763600050 ACCEPT OK",
    "2 123456789012 eni-1 203.0.113.9 10.20.0.1 55555 3389 6 1 40 1763600002 1763600050 REJECT OK",
    "2 123456789012 eni-0123456789abcdef0 - - - - - - - 1763600002 1763600050 - NODATA",
];

/// A shell in that folder, for which `flowcover` is the program under test.
fn shell(folder: &Path, line: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_flowcover"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("AWS_") {
            command.env_remove(key);
        }
    }
    command.args(["-c", line]).current_dir(folder).env(
        "PATH",
        format!("{}:{path}", program.parent().unwrap().display()),
    );
    command.output().unwrap()
}

/// The examples of a command's help, as they stand there.
fn examples(folder: &Path, command: &str) -> Vec<String> {
    let help = shell(folder, &format!("flowcover {command} --help"));
    assert!(help.status.success(), "{command}");
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    let mut found: Vec<String> = Vec::new();
    let lines = examples.lines().take_while(|line| !line.trim().is_empty());
    for line in lines {
        // The help breaks long lines between words.
        let is_first = line.starts_with("  flowcover ") || line.starts_with("  zcat ");
        match found.last_mut() {
            Some(before) if !is_first => before.push_str(&format!(" {}", line.trim())),
            _ => found.push(line.trim().to_owned()),
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn the_examples_of_the_help_run() {
    // Of each command: examples that are run, and those that ask AWS.
    for (command, runs, asks) in [
        ("query", 5, 2),
        ("top", 4, 1),
        ("find", 4, 1),
        ("convert", 4, 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        std::fs::create_dir(&logs).unwrap();
        let text = format!("{HEADER}\n{}\n", LINES.join("\n"));
        std::fs::write(logs.join("a.log.gz"), gzip(text.as_bytes())).unwrap();
        std::fs::write(folder.path().join("x.log.gz"), gzip(text.as_bytes())).unwrap();
        let (mut ran, mut skipped) = (0, 0);
        for example in examples(folder.path(), command) {
            if ["s3://", "logs://", "--vpc "]
                .iter()
                .any(|place| example.contains(place))
            {
                skipped += 1;
                continue;
            }
            ran += 1;
            let output = shell(folder.path(), &example);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{example}: {said}");
            let makes_files = ["--output", "--new-key"]
                .iter()
                .any(|it| example.contains(it));
            assert!(makes_files || output.stdout.contains(&b'\n'), "{example}");
        }
        assert_eq!((ran, skipped), (runs, asks), "{command}");
    }
}
