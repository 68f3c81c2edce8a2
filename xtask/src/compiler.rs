//! The compiler as the tests need it: this program stands before `rustc` and compiles tests without optimisation.
//!
//! A profile of cargo cannot tell a crate from its tests: those of an optimised crate are optimised too, and take several times as long
//! to compile as they then take to run. Cargo lets a program stand before the compiler (`RUSTC_WRAPPER`, the Cargo Book, "Configuration").
//! Unit tests compile their crate once more, without optimisation and with debug assertions. What integration tests link, and the program
//! that they run, are those of the demo: for cargo they are the same with and without this.
//!
//! Tests, too, are the same for cargo: which were compiled first stay, until a source changes.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

/// Says to this program that it is called as the compiler.
const CALLED: &str = "FLOWCOVER_XTASK_AS_COMPILER";
/// What stood before the compiler already, a cache of compilations for instance.
const BEFORE: &str = "FLOWCOVER_XTASK_COMPILER_BEFORE";
/// The variables that name what stands before the compiler. The first is what cargo looks at first.
const WRAPPERS: [&str; 2] = ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"];
/// Whose tests are optimised all the same: they go through so many records that they would take twenty times longer than is saved.
const OPTIMISED: &str = "flowcover-rehearsal";

/// Has cargo call this program in place of the compiler.
pub(crate) fn stand_before(cargo: &mut Command) -> Result<()> {
    let program = std::env::current_exe().context("this program does not find itself")?;
    let mut before = WRAPPERS.into_iter().filter_map(std::env::var_os);
    // In the tests of this very program, it stands there already.
    if let Some(before) = before.find(|before| !before.is_empty() && *before != *program) {
        cargo.env(BEFORE, before);
    }
    cargo.env(WRAPPERS[0], program).env(CALLED, "1");
    Ok(())
}

/// Whether cargo called this program in place of the compiler.
pub(crate) fn is_called() -> bool {
    std::env::var_os(CALLED).is_some()
}

/// Becomes the compiler. Cargo gives its path and its arguments.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let before = std::env::var_os(BEFORE);
    let words: Vec<OsString> = before.into_iter().chain(arguments).collect();
    let Some((program, arguments)) = words.split_first() else {
        eprintln!("error: {CALLED} is set, but no compiler is named");
        return ExitCode::FAILURE;
    };
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let mut compiler = Command::new(program);
    compiler.args(arguments).args(besides(&package, arguments));
    let error = compiler.exec();
    eprintln!(
        "error: cannot start {}, as {CALLED} is set: {error}",
        program.display()
    );
    ExitCode::FAILURE
}

/// What the compiler is told besides: of two levels of optimisation, it takes the last.
fn besides(package: &str, arguments: &[OsString]) -> &'static [&'static str] {
    let is_test = arguments.iter().any(|argument| argument == "--test");
    if is_test && package != OPTIMISED {
        &["-C", "opt-level=0", "-C", "debug-assertions=on"]
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
        assert_eq!(of(lake, "rustc --crate-name it --test -C opt-level=3"), 4);
        assert_eq!(of(lake, "rustc --crate-name it -C opt-level=3"), 0);
        assert_eq!(of(lake, "rustc --crate-name test --cfg --tests"), 0);
        assert_eq!(of(OPTIMISED, "rustc --crate-name it --test"), 0);
    }

    #[test]
    fn cargo_calls_this_program() {
        let mut cargo = Command::new("cargo");
        stand_before(&mut cargo).expect("a running program has a path");
        let given: Vec<_> = cargo.get_envs().collect();
        let program = std::env::current_exe().expect("a running program has a path");
        assert!(given.contains(&(WRAPPERS[0].as_ref(), Some(program.as_os_str()))));
        assert!(given.contains(&(CALLED.as_ref(), Some("1".as_ref()))));
    }
}
