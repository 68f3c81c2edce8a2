//! The Python environment that holds the emulators of AWS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{output, run};

const REQUIREMENTS: &str = "tests/emulators/requirements.txt";

/// Where cargo builds: the directory of this very program, whatever set it.
pub(crate) fn target_directory(workspace: &Path) -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .find(|directory| directory.join(".rustc_info.json").is_file())
        .map_or_else(|| workspace.join("target"), Path::to_path_buf)
}

/// Makes the environment if it is missing or its requirements changed, and
/// gives the path of its interpreter.
pub(crate) fn prepare(workspace: &Path, target: &Path) -> Result<PathBuf> {
    let requirements = workspace.join(REQUIREMENTS);
    let wanted = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let environment = target.join("emulators-venv");
    let python = interpreter(&environment);
    if !is_current(&environment, &wanted) {
        create(&environment)?;
        install(&python, &requirements)?;
        fs::write(stamp(&environment), wanted).context("cannot write the environment's stamp")?;
    }
    Ok(python)
}

/// Written last, so an environment that was cut short is never taken for complete.
fn stamp(environment: &Path) -> PathBuf {
    environment.join("installed-requirements.txt")
}

fn interpreter(environment: &Path) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts").join("python.exe")
    } else {
        environment.join("bin").join("python")
    }
}

fn is_current(environment: &Path, wanted: &str) -> bool {
    let installed = fs::read_to_string(stamp(environment));
    // The system's Python may have been replaced under the environment's feet.
    installed.is_ok_and(|installed| installed == wanted)
        && output(Command::new(interpreter(environment)).args(["-c", "import boto3"])).is_ok()
}

fn create(environment: &Path) -> Result<()> {
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(environment))
    .context("the emulators need Python 3.11 or newer as `python3`, with its `venv` module")
}

fn install(python: &Path, requirements: &Path) -> Result<()> {
    run(Command::new(python)
        .args(["-m", "pip", "install", "--quiet"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(requirements))
    .context("cannot install the emulators; the first run needs a Python package index")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        let path = crate::workspace().join(REQUIREMENTS);
        let requirements = fs::read_to_string(path).expect("the requirements are in the tree");
        let lines: Vec<&str> = requirements
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        for emulator in ["moto", "ministack", "boto3"] {
            assert!(lines.iter().any(|line| line.starts_with(emulator)));
        }
        for line in lines {
            assert_eq!(line.matches("==").count(), 1, "not pinned: {line}");
        }
    }

    #[test]
    fn an_environment_without_stamp_is_not_current() {
        let nowhere = Path::new("/nowhere/emulators-venv");
        assert!(!is_current(nowhere, ""));
    }

    #[test]
    fn target_directory_is_the_one_that_holds_this_test() {
        let target = target_directory(Path::new("/nowhere"));
        let program = std::env::current_exe().expect("a running program has a path");
        assert!(program.starts_with(target));
    }
}
