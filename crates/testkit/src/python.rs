//! The scripts under `tests/emulators`, run by the interpreter that has the emulators.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::forks::Fork;

/// Set by the test command to the interpreter of the emulators' environment.
const VARIABLE: &str = "FLOWCOVER_EMULATORS_PYTHON";

/// A command for the script, with no AWS setting of the caller's environment.
pub(crate) fn script(name: &str) -> Command {
    let python = std::env::var_os(VARIABLE);
    let mut command = Command::new(interpreter(python));
    command.arg(directory().join(name));
    for (key, _) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("AWS_") {
            command.env_remove(key);
        }
    }
    // An account's own metadata service must not answer for the emulator.
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// What is wrong with a template, one problem a line: `cloudformation` by cfn-lint, `terraform` by its grammar.
///
/// # Panics
///
/// If there are no emulators: the same environment holds these tools.
#[must_use]
pub fn template_problems(form: &str, template: &str) -> String {
    Fork::of("templates.py").arguments([form]).run(template)
}

/// A program that is installed beside the emulators, such as `aws` or `python`.
///
/// # Panics
///
/// If there are no emulators.
#[must_use]
pub fn tool(name: &str) -> PathBuf {
    let python = PathBuf::from(interpreter(std::env::var_os(VARIABLE)));
    python.parent().unwrap_or(Path::new(".")).join(name)
}

fn interpreter(python: Option<OsString>) -> OsString {
    python.unwrap_or_else(|| {
        panic!(
            "this test needs the emulators of AWS: run the tests with `cargo xtask test`, \
             which installs them and sets {VARIABLE}"
        )
    })
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/emulators")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "run the tests with `cargo xtask test`")]
    fn without_the_emulators_the_test_command_is_named() {
        let _ = interpreter(None);
    }

    #[test]
    fn the_scripts_are_where_they_are_looked_for() {
        assert!(directory().join("serve.py").is_file());
    }
}
