//! The part of the demonstration that reads: a day of records, as AWS would have delivered them, with something hidden in it.

use std::fs;
use std::path::Path;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches};
use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Label, Settings, Traffic, VERSION_5_FORMAT};

use super::says;
use crate::cli::{Arguments, Command, Global};
use crate::commands::{detect, find, investigate, query, top};
use crate::exit::Exit;
use crate::terminal;

/// Enough for a day that looks like one, and few enough to be written in a moment.
const RECORDS: u64 = 200_000;
const HIDDEN: [Hidden; 3] = [Hidden::VerticalScan, Hidden::Exfiltration, Hidden::Beacon];

/// Writes the day below `folder`, and reads it as a user would.
pub(super) fn run(folder: &Path, global: &Global) -> anyhow::Result<()> {
    let logs = folder.join("logs");
    let traffic = traffic()?;
    write(&traffic, &logs)?;
    terminal::note("");
    terminal::note(&format!(
        "a day of flow logs, as AWS delivers them to a bucket, lies in {}",
        logs.display()
    ));
    let typed = Typed {
        logs: logs.to_string_lossy().into_owned(),
        global,
    };
    typed.run(&["top", "rejected"], &["--limit", "5"])?;
    typed.run(&["query", SCANS], &[])?;
    typed.run(&["query", SENT_OUT], &[])?;
    if let Some(beacon) = label(&traffic, Hidden::Beacon) {
        let found = folder.join("found.csv");
        let found = found.to_string_lossy();
        typed.run(&["find", &beacon.server.to_string()], &["--output", &found])?;
        typed.run(&["query", &intervals(beacon)], &[])?;
    }
    let page = folder.join("detections.html");
    let page = page.to_string_lossy();
    let shown = ["--format", "table", "--output", "-"];
    let only = ["--only", "port-scan", "--only", "beaconing"];
    let to_page = ["--format", "html", "--output", &page];
    typed.run(&["detect"], &[&only[..], &shown, &to_page].concat())?;
    if let Some(scan) = label(&traffic, Hidden::VerticalScan) {
        typed.run(&["investigate", &scan.client.to_string()], &[])?;
    }
    say_what_was_hidden(&traffic);
    Ok(())
}

/// Who called many ports of one server.
const SCANS: &str = "select client_addr, server_addr, count(distinct server_port) ports, min(orientation) rule \
     from flows group by 1, 2 having count(distinct server_port) > 100 order by ports desc";

/// Who sent most to the internet.
const SENT_OUT: &str = "select client_addr, server_addr, sum(bytes_to_server) sent, count(*) flows from flows \
     where in_cidr(client_addr, '10.0.0.0/8') and not in_cidr(server_addr, '10.0.0.0/8') \
     group by 1, 2 order by sent desc limit 3";

/// How long after each other the calls to one server come.
fn intervals(label: &Label) -> String {
    format!(
        "select client_addr, count(*) calls, min(since) shortest, approx_percentile_cont(since, 0.5) median, max(since) longest \
         from (select client_addr, start - lag(start) over (partition by client_addr order by start) since \
         from flows where server_addr = '{}') group by 1 order by calls desc limit 1",
        label.server
    )
}

fn traffic() -> anyhow::Result<Traffic> {
    let settings = Settings {
        records: RECORDS,
        format: LogFormat::parse(VERSION_5_FORMAT)
            .context("the format of the simulated records")?,
        hidden: HIDDEN.to_vec(),
        ..Settings::default()
    };
    Traffic::new(settings).context("the simulated traffic")
}

/// Not synced file by file: the next demonstration makes the same again.
fn write(traffic: &Traffic, logs: &Path) -> anyhow::Result<()> {
    for object in (0..traffic.bins()).flat_map(|bin| traffic.bin(bin)) {
        let path = logs.join(object.key.to_string());
        let folder = path.parent().unwrap_or(logs);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, object.gzip()));
        written.with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn label(traffic: &Traffic, hidden: Hidden) -> Option<&Label> {
    traffic.labels().iter().find(|label| label.hidden == hidden)
}

fn say_what_was_hidden(traffic: &Traffic) {
    terminal::note("");
    for label in traffic.labels() {
        let what = match label.hidden {
            Hidden::VerticalScan => "a port scan",
            Hidden::Exfiltration => "an exfiltration",
            Hidden::Beacon => "a beacon",
            Hidden::Attack(technique, _) => technique.id(),
        };
        terminal::note(&format!(
            "hidden there: {what}, from {} to {}, in {} connections",
            label.client, label.server, label.connections
        ));
    }
}

/// Commands as they would be typed.
struct Typed<'a> {
    logs: String,
    global: &'a Global,
}

impl Typed<'_> {
    /// Runs the command through the same code as a typed one, and shows it before.
    fn run(&self, what: &[&str], options: &[&str]) -> anyhow::Result<Exit> {
        let words: Vec<&str> = what
            .iter()
            .copied()
            .chain([self.logs.as_str()])
            .chain(options.iter().copied())
            .collect();
        let shown: Vec<String> = words.iter().map(|word| shown(word)).collect();
        says(&format!("flowcover {}", shown.join(" ")));
        let typed = std::iter::once("flowcover").chain(words);
        let matches = Arguments::command().try_get_matches_from(typed)?;
        let typed = matches.subcommand().map_or(&matches, |(_, typed)| typed);
        match Arguments::from_arg_matches(&matches)?.command {
            Command::Detect(arguments) => detect::run(&arguments, self.global, typed),
            Command::Investigate(arguments) => investigate::run(*arguments, self.global, typed),
            Command::Top(arguments) => top::run(&arguments, self.global),
            Command::Find(arguments) => find::run(&arguments, self.global),
            Command::Query(arguments) => query::run(&arguments, self.global),
            other => anyhow::bail!("the demonstration does not read with {other:?}"),
        }
    }
}

fn shown(word: &str) -> String {
    if word.contains(' ') {
        format!("\"{word}\"")
    } else {
        word.to_owned()
    }
}
