//! The Python environments of the tests and measurements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{output, run};

/// One environment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Environment {
    /// What it is for, in messages.
    name: &'static str,
    /// Its folder below the target directory.
    folder: &'static str,
    /// Every package with its version.
    requirements: &'static str,
    /// A module that must be there.
    module: &'static str,
}

/// The emulators of AWS.
pub(crate) const EMULATORS: Environment = Environment {
    name: "emulators",
    folder: "emulators-venv",
    requirements: "tests/emulators/requirements.txt",
    module: "boto3",
};

/// What the reading of flow logs is measured against.
pub(crate) const COMPARATORS: Environment = Environment {
    name: "comparators",
    folder: "bench-venv",
    requirements: "tests/bench/requirements.txt",
    module: "duckdb",
};

/// Where cargo builds: the directory of this very program, whatever set it.
pub(crate) fn target_directory(workspace: &Path) -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .find(|directory| directory.join(".rustc_info.json").is_file())
        .map_or_else(|| workspace.join("target"), Path::to_path_buf)
}

impl Environment {
    /// Makes the environment if it is missing or its requirements changed, and
    /// gives the path of its interpreter.
    pub(crate) fn prepare(self, workspace: &Path, target: &Path) -> Result<PathBuf> {
        let requirements = workspace.join(self.requirements);
        let wanted = fs::read_to_string(&requirements)
            .with_context(|| format!("cannot read {}", requirements.display()))?;
        let folder = target.join(self.folder);
        let python = interpreter(&folder);
        if !self.is_current(&folder, &wanted) {
            self.create(&folder)?;
            self.install(&python, &requirements)?;
            fs::write(stamp(&folder), wanted).context("cannot write the environment's stamp")?;
        }
        Ok(python)
    }

    fn is_current(self, folder: &Path, wanted: &str) -> bool {
        let installed = fs::read_to_string(stamp(folder));
        let import = format!("import {}", self.module);
        // The system's Python may have been replaced under the environment's feet.
        installed.is_ok_and(|installed| installed == wanted)
            && output(Command::new(interpreter(folder)).args(["-c", &import])).is_ok()
    }

    fn create(self, folder: &Path) -> Result<()> {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder))
        .with_context(|| {
            let name = self.name;
            format!("the {name} need Python 3.11 or newer as `python3`, with its `venv` module")
        })
    }

    fn install(self, python: &Path, requirements: &Path) -> Result<()> {
        run(Command::new(python)
            // Python compiles what it imports, which is a small part of what is installed.
            .args(["-m", "pip", "install", "--quiet", "--no-compile"])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(requirements))
        .with_context(|| {
            let name = self.name;
            format!("cannot install the {name}; the first run needs a Python package index")
        })
    }
}

/// Written last, so an environment that was cut short is never taken for complete.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("installed-requirements.txt")
}

fn interpreter(folder: &Path) -> PathBuf {
    if cfg!(windows) {
        folder.join("Scripts").join("python.exe")
    } else {
        folder.join("bin").join("python")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        for (environment, packages) in [
            (EMULATORS, ["moto", "ministack", "boto3"]),
            (COMPARATORS, ["duckdb", "polars", "chdb"]),
        ] {
            let path = crate::workspace().join(environment.requirements);
            let requirements = fs::read_to_string(path).expect("the requirements are in the tree");
            let lines: Vec<&str> = requirements
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .collect();
            for package in packages {
                assert!(lines.iter().any(|line| line.starts_with(package)));
            }
            for line in lines {
                assert_eq!(line.matches("==").count(), 1, "not pinned: {line}");
            }
        }
    }

    #[test]
    fn an_environment_without_stamp_is_not_current() {
        let nowhere = Path::new("/nowhere/venv");
        assert!(!EMULATORS.is_current(nowhere, ""));
    }

    #[test]
    fn target_directory_is_the_one_that_holds_this_test() {
        let target = target_directory(Path::new("/nowhere"));
        let program = std::env::current_exe().expect("a running program has a path");
        assert!(program.starts_with(target));
    }
}
