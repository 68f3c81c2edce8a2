//! From the command line to the table.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::contest::{COMPARATORS, Contest, Reader};
use crate::cost::Meter;
use crate::question::QUESTIONS;
use crate::{report, write};

const USAGE: &str = "usage: bench-read measure --python PYTHON --scripts FOLDER --cache FOLDER
    [--binary FLOWCOVER] [--records N] [--seed N] [--runs N] [--output FILE]
    [--readers NAME,...] [QUESTION...]

questions: talkers, rejected, scans, needle (all of them if none is named)
readers:   flowcover, duckdb, polars, chdb (all of them by default)";

/// What the command line asks for.
#[derive(Debug, Default)]
struct Wanted {
    python: PathBuf,
    scripts: PathBuf,
    cache: PathBuf,
    binary: Option<PathBuf>,
    records: u64,
    seed: u64,
    runs: usize,
    output: Option<PathBuf>,
    readers: Vec<String>,
    questions: Vec<String>,
}

/// Measures, prints the table, and fails if answers differ.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    let wanted = Wanted::parse(arguments)?;
    let data = wanted.data()?;
    let meter = Meter {
        python: wanted.python.clone(),
        scripts: absolute(&wanted.scripts)?,
        output: data.join("answer.txt"),
    };
    let questions: Vec<_> = QUESTIONS
        .into_iter()
        .filter(|question| {
            wanted.questions.is_empty() || wanted.questions.iter().any(|name| name == question.name)
        })
        .collect();
    let mut contest = Contest::new(meter, &data, &wanted.readers()?, &questions)?;
    eprintln!("warming up, and comparing the answers");
    let differences = contest.warm_up()?;
    let before = load();
    for run in 1..=wanted.runs {
        eprintln!("round {run} of {}", wanted.runs);
        contest.round()?;
    }
    let table = report::table(&contest, wanted.records).context("there was no round")?;
    println!("{table}");
    println!("load of the machine: {before} before, {} after", load());
    if let Some(output) = &wanted.output {
        fs::write(output, &table).with_context(|| format!("cannot write {}", output.display()))?;
    }
    if !differences.is_empty() {
        bail!("answers differ from DuckDB's:\n{}", differences.join("\n"));
    }
    Ok(())
}

impl Wanted {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self {
            records: 20_000_000,
            seed: 1,
            runs: 5,
            ..Self::default()
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if !argument.starts_with("--") {
                if QUESTIONS.iter().all(|question| question.name != argument) {
                    bail!("no question `{argument}`\n{USAGE}");
                }
                wanted.questions.push(argument.clone());
                continue;
            }
            let value = arguments.next();
            let value = value.with_context(|| format!("{argument} takes a value\n{USAGE}"))?;
            wanted.set(argument, value)?;
        }
        if wanted.runs == 0 || wanted.python == PathBuf::new() || wanted.cache == PathBuf::new() {
            bail!("{USAGE}");
        }
        Ok(wanted)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let number = || {
            let number = value.parse::<u64>();
            number.with_context(|| format!("{name} takes a number\n{USAGE}"))
        };
        match name {
            "--python" => self.python = value.into(),
            "--scripts" => self.scripts = value.into(),
            "--cache" => self.cache = value.into(),
            "--binary" => self.binary = Some(absolute(Path::new(value))?),
            "--records" => self.records = number()?,
            "--seed" => self.seed = number()?,
            "--runs" => self.runs = number()?.try_into()?,
            "--output" => self.output = Some(value.into()),
            "--readers" => self.readers = value.split(',').map(str::to_owned).collect(),
            _ => bail!("no option {name}\n{USAGE}"),
        }
        Ok(())
    }

    fn readers(&self) -> Result<Vec<Reader>> {
        let is_known = |name: &String| name == "flowcover" || COMPARATORS.contains(&name.as_str());
        if let Some(name) = self.readers.iter().find(|name| !is_known(name)) {
            bail!("no reader `{name}`\n{USAGE}");
        }
        let wanted =
            |name: &str| self.readers.is_empty() || self.readers.iter().any(|own| own == name);
        let mut readers = Vec::new();
        match &self.binary {
            Some(binary) if wanted("flowcover") && has_query(binary) => {
                readers.push(Reader::Flowcover(binary.clone()));
            }
            Some(binary) if wanted("flowcover") => {
                let binary = binary.display();
                eprintln!("flowcover is left out: `{binary} query --help` fails");
            }
            Some(_) => {}
            None => eprintln!("flowcover is left out: no --binary given"),
        }
        let comparators = COMPARATORS.into_iter().filter(|name| wanted(name));
        readers.extend(comparators.map(Reader::Script));
        Ok(readers)
    }

    /// The folder of the set, made if it is not there or was not finished.
    fn data(&self) -> Result<PathBuf> {
        let data = self.cache.join(format!("{}-{}", self.records, self.seed));
        fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
        let data = absolute(&data)?;
        let (text, parquet) = (data.join("text"), data.join("parquet"));
        once(&text, || {
            let [records, seed] = [self.records, self.seed].map(|number| number.to_string());
            let folder = text.display().to_string();
            let words = [&folder, "--records", &records, "--seed", &seed].map(str::to_owned);
            let totals = write::command(&words)?;
            eprintln!("wrote {} rows", totals.rows());
            Ok(())
        })?;
        once(&parquet, || {
            let script = self.scripts.join("to_parquet.py");
            let mut command = Command::new(&self.python);
            command.arg("-B").args([&script, &text, &parquet]);
            let status = command.status().context("cannot start Python")?;
            if !status.success() {
                bail!("{} failed", script.display());
            }
            Ok(())
        })?;
        Ok(data)
    }
}

/// Makes the folder unless a file beside it says that it was made.
fn once(folder: &Path, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = folder.with_extension("complete");
    if stamp.is_file() {
        return Ok(());
    }
    eprintln!("making {}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).context("cannot remove what was not finished")?;
    }
    make()?;
    fs::write(&stamp, "").context("cannot write the stamp")
}

fn has_query(binary: &Path) -> bool {
    let mut command = Command::new(binary);
    command.args(["query", "--help"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    let found = path.canonicalize();
    found.with_context(|| format!("there is no {}", path.display()))
}

/// How many programs wait for a processor, on average over the last minute; not known but on Linux.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.unwrap_or("not known").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wanted> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Wanted::parse(&words)
    }

    #[test]
    fn options_and_questions_are_read() {
        let line = "--python p --scripts s --cache c --runs 3 needle --readers duckdb";
        let wanted = parsed(line).expect("the line is valid");
        assert_eq!((wanted.runs, wanted.records), (3, 20_000_000));
        assert_eq!(wanted.questions, ["needle"]);
        let readers = wanted.readers().expect("the reader is known");
        assert_eq!(readers, [Reader::Script("duckdb")]);
    }

    #[test]
    fn wrong_lines_are_refused_with_the_usage() {
        for line in [
            "",
            "--python",
            "--python p --scripts s --cache c haystack",
            "--python p --scripts s --cache c --runs 0",
            "--python p --scripts s --cache c --runs many",
            "--python p --scripts s --cache c --threads 2",
        ] {
            let error = parsed(line).expect_err("the line is wrong").to_string();
            assert!(error.contains("usage: bench-read measure"), "{error}");
        }
        let wanted = parsed("--python p --scripts s --cache c --readers grep");
        let wanted = wanted.expect("readers are looked up later");
        assert!(wanted.readers().is_err());
    }
}
