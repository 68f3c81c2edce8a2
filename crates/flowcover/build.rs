//! How the program is linked, so that starting it reads and touches few of its pages.
//!
//! Each group of arguments is tried on a program of one line first: a linker that does not take it, or a machine
//! that cannot start what it makes, does without.
#![allow(
    clippy::print_stdout,
    reason = "what a build script tells cargo goes to standard output"
)]

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Made by `cargo xtask link-order`.
const ORDER: &str = "link-order.txt";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    if text("CARGO_CFG_TARGET_OS") != "linux" || text("CARGO_CFG_TARGET_ENV") != "gnu" {
        return;
    }
    let probe = Probe::new();
    for arguments in [compact_relocations(), order()] {
        if probe.takes(&arguments) {
            for argument in arguments {
                println!("cargo::rustc-link-arg-bins={argument}");
            }
        }
    }
}

/// The program can be loaded anywhere, so each of its 400,000 pointers has an entry that the loader reads: 10 MB
/// as they are, 0.1 MB in the compact form that the C library understands from glibc 2.36 on.
fn compact_relocations() -> Vec<String> {
    ["-Wl,-z,pack-relative-relocs"].map(str::to_owned).into()
}

/// Functions that an audit executes lie together: 3 MB of 108. Where they lie scattered, the kernel maps the pages
/// around each of them, too. A name that is no longer there is passed over.
fn order() -> Vec<String> {
    let path = PathBuf::from(text("CARGO_MANIFEST_DIR")).join(ORDER);
    // Not as one `-Wl,…`: a comma in the path would cut it.
    vec![
        "-Xlinker".to_owned(),
        format!("--symbol-ordering-file={}", path.display()),
        "-Wl,--no-warn-symbol-ordering".to_owned(),
    ]
}

struct Probe {
    source: PathBuf,
    program: PathBuf,
}

impl Probe {
    fn new() -> Self {
        let directory = PathBuf::from(text("OUT_DIR"));
        let source = directory.join("probe.rs");
        std::fs::write(&source, "fn main() {}\n").expect("OUT_DIR can be written to");
        Self {
            source,
            program: directory.join("probe"),
        }
    }

    fn takes(&self, arguments: &[String]) -> bool {
        self.links(arguments) && (is_foreign() || starts(&self.program))
    }

    /// As cargo will link the program itself: same compiler, same linker, same flags.
    fn links(&self, arguments: &[String]) -> bool {
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc.arg(&self.source).arg("-o").arg(&self.program);
        rustc.arg("--target").arg(text("TARGET"));
        let flags = text("CARGO_ENCODED_RUSTFLAGS");
        rustc.args(flags.split('\u{1f}').filter(|flag| !flag.is_empty()));
        if let Some(linker) = env::var_os("RUSTC_LINKER") {
            let mut chosen = OsString::from("linker=");
            chosen.push(linker);
            rustc.arg("-C").arg(chosen);
        }
        for argument in arguments {
            rustc.arg("-C").arg(format!("link-arg={argument}"));
        }
        rustc.output().is_ok_and(|said| said.status.success())
    }
}

/// What is built for another machine cannot be started here.
fn is_foreign() -> bool {
    text("TARGET") != text("HOST")
}

fn starts(program: &Path) -> bool {
    Command::new(program)
        .status()
        .is_ok_and(|status| status.success())
}

/// A variable that cargo sets for build scripts (The Cargo Book, "Environment variables Cargo sets for build scripts").
fn text(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
