//! The compiler as the tests need it: this program stands before `rustc` and compiles tests without optimisation.
//!
//! A profile of cargo cannot tell a crate from its tests: those of an optimised crate are optimised too, and take several times as long
//! to compile as they then take to run. Cargo lets a program stand before the compiler (`RUSTC_WRAPPER`, the Cargo Book, "Configuration")
//! and takes what it makes for the same: crates, and the program that the tests run, stay those of the demo.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// Says to this program that it is called as the compiler.
const CALLED: &str = "FLOWCOVER_XTASK_AS_COMPILER";
/// What stood before the compiler already, a cache of compilations for instance.
const BEFORE: &str = "FLOWCOVER_XTASK_COMPILER_BEFORE";
const WRAPPER: &str = "RUSTC_WRAPPER";
/// Whose tests are optimised all the same: they go through so many records that they would take twenty times longer than is saved.
const OPTIMISED: &str = "flowcover-rehearsal";

/// Has cargo call this program in place of the compiler.
pub(crate) fn stand_before(cargo: &mut Command) -> Result<()> {
    let program = std::env::current_exe().context("this program does not find itself")?;
    let before = std::env::var_os(WRAPPER).filter(|before| !before.is_empty() && !is_called());
    if let Some(before) = before {
        cargo.env(BEFORE, before);
    }
    cargo.env(WRAPPER, program).env(CALLED, "1");
    Ok(())
}

/// Whether cargo called this program in place of the compiler.
pub(crate) fn is_called() -> bool {
    std::env::var_os(CALLED).is_some()
}

/// Compiles. Cargo gives the compiler and its arguments.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let before = std::env::var_os(BEFORE);
    let words: Vec<OsString> = before.into_iter().chain(arguments).collect();
    let Some((program, arguments)) = words.split_first() else {
        return ExitCode::FAILURE;
    };
    let mut command = Command::new(program);
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    command.args(arguments).args(besides(&package, arguments));
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: cannot start {}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}

/// What the compiler is told besides: of two levels of optimisation, it takes the last.
fn besides(package: &str, arguments: &[OsString]) -> &'static [&'static str] {
    let is_test = arguments.iter().any(|argument| argument == "--test");
    if is_test && package != OPTIMISED {
        &["-C", "opt-level=0"]
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_are_compiled_without_optimisation() {
        let of = |package, line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            besides(package, &words).len()
        };
        let lake = "flowcover-lake";
        assert_eq!(of(lake, "rustc --crate-name it --test -C opt-level=3"), 2);
        assert_eq!(of(lake, "rustc --crate-name it -C opt-level=3"), 0);
        assert_eq!(of(lake, "rustc --crate-name test --cfg --tests"), 0);
        assert_eq!(of(OPTIMISED, "rustc --crate-name it --test"), 0);
    }

    #[test]
    fn cargo_calls_this_program() {
        let mut cargo = Command::new("cargo");
        stand_before(&mut cargo).expect("a running program has a path");
        let wrapper = cargo.get_envs().find(|(name, _)| *name == WRAPPER);
        let program = wrapper
            .and_then(|(_, value)| value)
            .map(std::path::Path::new);
        assert!(program.is_some_and(std::path::Path::is_file));
    }
}
