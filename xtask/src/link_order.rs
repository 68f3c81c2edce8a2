//! The order in which functions lie in the program: those that an audit executes come first, so that few pages of
//! it are read (`crates/flowcover/build.rs` hands the list to the linker).
//!
//! The names are the linker's, which depend on the compiler and on the versions of crates, not on where or by whom
//! they are compiled. A list that has grown old does no harm; it only does less.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{output, run};

/// The list, from the workspace's directory.
const LIST: &str = "crates/flowcover/link-order.txt";
/// Begins the line that says which compiler gave the names.
const COMPILER: &str = "# names by ";
/// Fewer of the names than this share in the program, and the list is to be made anew.
const FRESH: f64 = 0.9;
/// What `bench-audit` measures; each is run once, under callgrind.
const RUNS: [&str; 4] = ["account", "subnets", "organization", "help"];

/// Has `bench` run the audits of the benchmark with `program` under callgrind, and writes which functions they executed.
pub(crate) fn write(workspace: &Path, program: &Path, mut bench: Command) -> Result<()> {
    output(Command::new("valgrind").arg("--version"))
        .context("valgrind is needed to see which functions an audit executes")?;
    let directory = program.with_file_name("link-order");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    let recorder = recorder(&directory, program)?;
    // The figures that it prints are those of callgrind, which is fifty times slower.
    run(bench.arg(recorder).args(RUNS).args(["--runs", "1"]))?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "out") {
            let file = BufReader::new(fs::File::open(&path)?);
            names.extend(executed(file, program)?);
        }
    }
    if names.is_empty() {
        bail!("callgrind saw no function of {}", program.display());
    }
    let path = workspace.join(LIST);
    fs::write(&path, list(&compiler()?, &names))
        .with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("{} functions in {LIST}", names.len());
    Ok(())
}

/// Fails if the list is of this compiler, but no longer of this program.
pub(crate) fn check(workspace: &Path, program: &Path) -> Result<()> {
    let list = fs::read_to_string(workspace.join(LIST)).with_context(|| LIST.to_owned())?;
    let compiler = compiler()?;
    if !list
        .lines()
        .any(|line| line == format!("{COMPILER}{compiler}"))
    {
        eprintln!(
            "{LIST} has the names of another compiler than {compiler}: it has no effect here"
        );
        return Ok(());
    }
    let binary = fs::read(program).with_context(|| program.display().to_string())?;
    let share = share(&list, &binary);
    if share < FRESH {
        bail!(
            "{LIST}: only {:.0} % of its functions are in the program: `cargo xtask link-order` makes it anew",
            share * 100.0
        );
    }
    Ok(())
}

/// A program that runs `program` under callgrind, which writes one file into `directory` for each run.
fn recorder(directory: &Path, program: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = directory.join("record");
    let text = format!(
        "#!/bin/sh\nexec valgrind --tool=callgrind --demangle=no --callgrind-out-file={} {} \"$@\"\n",
        quoted(&directory.join("%p.out")),
        quoted(program)
    );
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

/// The functions of `program` in what callgrind wrote (Valgrind's manual, "Callgrind Format Specification"): `ob=` names the file that
/// the `fn=` after it belong to. A name is given once and then by its number, also where `cob=` and `cfn=` name
/// what is called.
fn executed(file: impl BufRead, program: &Path) -> Result<BTreeSet<String>> {
    let program = program.display().to_string();
    let mut names = HashMap::new();
    let mut files = HashMap::new();
    let mut ours = false;
    let mut executed = HashSet::new();
    for line in file.lines() {
        let line = line?;
        let Some((key, value)) = line.split_once("=(") else {
            continue;
        };
        let Some((number, name)) = value.split_once(')') else {
            continue;
        };
        let number = number.to_owned();
        let named = match key {
            "ob" | "cob" => &mut files,
            "fn" | "cfn" => &mut names,
            _ => continue,
        };
        if let Some(name) = name.strip_prefix(' ') {
            named.insert(number.clone(), name.to_owned());
        }
        match key {
            "ob" => ours = files.get(&number) == Some(&program),
            "fn" if ours => {
                executed.insert(number);
            }
            _ => {}
        }
    }
    let symbols = executed.iter().filter_map(|number| names.get(number));
    // A function that calls itself has one more entry for each depth: `name'2`.
    let symbols = symbols.map(|name| name.split('\'').next().unwrap_or(name));
    // Where there is no symbol, callgrind gives the address.
    let symbols = symbols.filter(|name| !name.starts_with("0x"));
    Ok(symbols.map(str::to_owned).collect())
}

fn list(compiler: &str, names: &BTreeSet<String>) -> String {
    let mut text = String::from(
        "# The functions that an audit executes, for the linker. Made by `cargo xtask link-order`.\n",
    );
    writeln!(text, "{COMPILER}{compiler}").expect("writing to memory");
    for name in names {
        writeln!(text, "{name}").expect("writing to memory");
    }
    text
}

/// Which part of the list's names the program's table of symbols has: texts with a zero byte on either side.
fn share(list: &str, binary: &[u8]) -> f64 {
    let names: HashSet<&[u8]> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::as_bytes)
        .collect();
    let found: HashSet<&[u8]> = binary
        .split(|byte| *byte == 0)
        .filter_map(|text| names.get(text).copied())
        .collect();
    found.len() as f64 / names.len().max(1) as f64
}

fn compiler() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Ok(output(Command::new(rustc).arg("--version"))?
        .trim()
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = "\
ob=(1) /bin/program
fl=(1) ???
fn=(1) _start
0 3
cob=(2) /lib/libc.so
cfn=(2) malloc
calls=1 0
0 7
cfn=(3) _ZN4main17h0E
calls=1 0
fn=(3)
0 5
fn=(4) _ZN4main17h0E'2
0 5
fn=(5) 0x0000000000010270
0 5
ob=(2)
fn=(2)
0 9
";

    #[test]
    fn functions_of_the_program_are_told_from_those_of_libraries() {
        let names = executed(RECORDED.as_bytes(), Path::new("/bin/program")).expect("it is read");
        assert_eq!(
            names.iter().map(String::as_str).collect::<Vec<_>>(),
            ["_ZN4main17h0E", "_start"]
        );
    }

    #[test]
    fn a_list_grows_old() {
        let names = ["a_name", "gone"].map(str::to_owned).into();
        let list = list("rustc 1.2.3", &names);
        assert!((share(&list, b"\0a_name\0other\0") - 0.5).abs() < 1e-9);
        // A part of another name is not the name.
        assert!(share(&list, b"\0a_name_longer\0is gone\0") < 1e-9);
    }

    #[test]
    fn a_path_is_one_word_of_the_shell() {
        assert_eq!(quoted(Path::new("/it's here")), r"'/it'\''s here'");
    }
}
