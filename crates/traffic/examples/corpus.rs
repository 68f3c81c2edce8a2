//! Writes a labelled corpus: simulated flow logs as they lie in a bucket, and `labels.json`, which says what is hidden in them and
//! what a user of that network would have on lists of their own.
//!
//! One attack may look like several techniques: a miner also keeps a connection open, a scan also makes a spike of refusals. What is
//! found on the hosts and in the time of any label is no false alarm.
//!
//! ```sh
//! cargo run --release -p flowcover-traffic --example corpus -- \
//!     --seed 1 --days 14 --hosts 24 --records-per-day 100000 --attacks realistic --output corpus
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool: what was written on stdout, errors on stderr"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flowcover_record::LogFormat;
use flowcover_traffic::{
    Hidden, Label, Settings, Technique, Totals, Traffic, VERSION_5_FORMAT, Variant,
};
use serde::Serialize;

const USAGE: &str =
    "usage: corpus --output DIR [--seed N] [--days N] [--hosts N] [--records-per-day N]
              [--attacks easy|realistic|evasive|none] [--each N] [--only ID,ID,...]
              [--interval 60|600] [--format default|v5]

  --each N       so many attacks of each technique, 1 to 4 (default 1)
  --only ID,...  attacks of these techniques only, as `port-scan`";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Wanted::parse(&arguments).and_then(|wanted| wanted.write()) {
        Ok(totals) => {
            println!("{totals:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
struct Wanted {
    output: PathBuf,
    days: u32,
    records_per_day: u64,
    variant: Option<Variant>,
    each: usize,
    techniques: Vec<Technique>,
    settings: Settings,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self {
            output: PathBuf::new(),
            days: 14,
            records_per_day: 100_000,
            variant: Some(Variant::Realistic),
            each: 1,
            techniques: Technique::all().collect(),
            settings: Settings {
                interfaces: Some(24),
                habits: true,
                format: LogFormat::parse(VERSION_5_FORMAT)?,
                ..Settings::default()
            },
        };
        for option in arguments.chunks(2) {
            let [name, value] = option else {
                bail!("no value for {option:?}\n{USAGE}");
            };
            wanted.set(name, value)?;
        }
        if wanted.output.as_os_str().is_empty() {
            bail!("no folder given\n{USAGE}");
        }
        Ok(wanted)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let number = || -> Result<u32> {
            let number = value.parse();
            number.with_context(|| format!("{name} takes a number, not {value}"))
        };
        match name {
            "--output" => self.output = PathBuf::from(value),
            "--seed" => self.settings.seed = value.parse().context("--seed takes a number")?,
            "--days" => self.days = number()?,
            "--hosts" => self.settings.interfaces = Some(number()?),
            "--records-per-day" => self.records_per_day = number()?.into(),
            "--each" => {
                self.each = number()? as usize;
                if !(1..=4).contains(&self.each) {
                    bail!("--each takes 1 to 4: there are no more addresses for attackers");
                }
            }
            "--interval" => self.settings.interval = number()?,
            "--attacks" if value == "none" => self.variant = None,
            "--attacks" => {
                let variant = Variant::by_id(value);
                self.variant = Some(variant.with_context(|| format!("no variant {value}"))?);
            }
            "--only" => {
                let named = value
                    .split(',')
                    .map(|id| Technique::by_id(id).with_context(|| format!("no technique {id}")));
                self.techniques = named.collect::<Result<_>>()?;
            }
            "--format" if value == "v5" => {}
            "--format" if value == "default" => self.settings.format = LogFormat::default(),
            _ => bail!("no option {name} {value}\n{USAGE}"),
        }
        Ok(())
    }

    fn traffic(&self) -> Result<Traffic> {
        let hidden = self.variant.into_iter().flat_map(|variant| {
            let all = self.techniques.iter();
            all.flat_map(move |one| vec![Hidden::Attack(*one, variant); self.each])
        });
        let settings = Settings {
            minutes: self.days.saturating_mul(24 * 60),
            records: self.records_per_day.saturating_mul(u64::from(self.days)),
            hidden: hidden.collect(),
            ..self.settings.clone()
        };
        Ok(Traffic::new(settings)?)
    }

    fn write(&self) -> Result<Totals> {
        let traffic = self.traffic()?;
        fs::create_dir_all(&self.output).context("cannot make the folder")?;
        if fs::read_dir(&self.output)?.next().is_some() {
            bail!("{} is not empty", self.output.display());
        }
        let mut totals = Totals::default();
        for object in (0..traffic.bins()).flat_map(|bin| traffic.bin(bin)) {
            let path = self.output.join(object.key.to_string());
            write(&path, &object.gzip())?;
            totals += object.totals;
        }
        let labels = serde_json::to_string_pretty(&self.labels(&traffic))?;
        write(&self.output.join("labels.json"), labels.as_bytes())?;
        Ok(totals)
    }

    fn labels(&self, traffic: &Traffic) -> Corpus {
        let from = self.settings.start.as_second();
        let lists = traffic.lists();
        let pairs = lists.cross_tenant.into_iter();
        let countries = lists.countries.into_iter();
        Corpus {
            generator: "traffic",
            seed: self.settings.seed,
            hosts: traffic.hosts().len(),
            from,
            to: from + i64::from(traffic.bins()) * 300,
            labels: traffic.labels().iter().map(Written::of).collect(),
            bad_addresses: lists.bad_addresses,
            cross_tenant: pairs.map(|(from, to)| Pair { from, to }).collect(),
            resolvers: lists.resolvers.iter().map(ToString::to_string).collect(),
            countries: countries
                .map(|(cidr, country)| Country { cidr, country })
                .collect(),
        }
    }
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, content));
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// `labels.json`. Times are seconds since the Unix epoch; `to` is the first second after the records.
#[derive(Serialize)]
struct Corpus {
    generator: &'static str,
    seed: u64,
    hosts: usize,
    from: i64,
    to: i64,
    labels: Vec<Written>,
    bad_addresses: Vec<String>,
    cross_tenant: Vec<Pair>,
    resolvers: Vec<String>,
    countries: Vec<Country>,
}

/// A label; `client` and `server` are null where there are many.
#[derive(Serialize)]
struct Written {
    detection: &'static str,
    variant: &'static str,
    client: Option<String>,
    server: Option<String>,
    server_ports: Vec<u16>,
    interface_id: String,
    start: i64,
    end: i64,
    connections: usize,
}

#[derive(Serialize)]
struct Pair {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Country {
    cidr: String,
    country: &'static str,
}

impl Written {
    fn of(label: &Label) -> Self {
        Self {
            detection: label.hidden.technique().id(),
            variant: label.hidden.variant().id(),
            client: label.client.one().map(|address| address.to_string()),
            server: label.server.one().map(|address| address.to_string()),
            server_ports: label.server_ports.clone(),
            interface_id: label.interface_id.clone(),
            start: label.start,
            end: label.end,
            connections: label.connections,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flowcover_record::ObjectKey;

    fn written(options: &str) -> (tempfile::TempDir, serde_json::Value, Totals) {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let mut arguments: Vec<String> = options.split(' ').map(str::to_owned).collect();
        arguments.extend(["--output".to_owned(), folder.path().display().to_string()]);
        let wanted = Wanted::parse(&arguments).expect("the options are valid");
        let totals = wanted.write().expect("the folder is empty");
        let labels = fs::read(folder.path().join("labels.json")).expect("it was written");
        let labels = serde_json::from_slice(&labels).expect("it is JSON");
        (folder, labels, totals)
    }

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files(&path, found);
            } else {
                found.push(path);
            }
        }
    }

    #[test]
    fn objects_have_keys_as_in_a_bucket_and_labels_name_every_technique() {
        let (folder, labels, totals) =
            written("--seed 3 --days 1 --hosts 30 --records-per-day 50000 --each 2");
        let mut found = Vec::new();
        files(&folder.path().join("AWSLogs"), &mut found);
        assert!(found.len() >= 288);
        for path in found {
            let key = path.strip_prefix(folder.path()).expect("it lies below");
            let key = key.to_str().expect("keys are ASCII");
            assert!(ObjectKey::parse(key).is_ok(), "{key}");
        }
        assert!(totals.rows() > 50_000, "{totals:?}");
        assert_eq!(labels["labels"].as_array().map(Vec::len), Some(46));
        assert_eq!(labels["hosts"], 30);
        assert_eq!(
            labels["to"].as_i64(),
            labels["from"].as_i64().map(|from| from + 86_400)
        );
        for list in ["bad_addresses", "cross_tenant", "resolvers", "countries"] {
            assert!(labels[list].as_array().is_some_and(|list| !list.is_empty()));
        }
        let first = &labels["labels"][0];
        assert_eq!(first["detection"], "port-scan");
        assert_eq!(first["variant"], "realistic");
    }

    #[test]
    fn without_attacks_there_are_no_labels_but_the_same_lists() {
        let options = "--days 1 --hosts 18 --records-per-day 20000 --only port-scan";
        let (_, with, _) = written(&format!("{options} --attacks easy"));
        let (_, without, _) = written(&format!("{options} --attacks none"));
        assert_eq!(with["labels"].as_array().map(Vec::len), Some(1));
        assert_eq!(without["labels"].as_array().map(Vec::len), Some(0));
        for list in ["bad_addresses", "cross_tenant", "resolvers", "countries"] {
            assert_eq!(with[list], without[list]);
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        for options in [
            "--attacks hard --output x",
            "--only nothing",
            "--each 5",
            "--days many",
            "--days 3",
            "--days",
        ] {
            let arguments: Vec<String> = options.split(' ').map(str::to_owned).collect();
            assert!(Wanted::parse(&arguments).is_err(), "{options}");
        }
        let (folder, ..) = written("--days 1 --hosts 18 --records-per-day 1 --attacks none");
        let again = ["--output".to_owned(), folder.path().display().to_string()];
        let refused = Wanted::parse(&again).expect("valid").write();
        assert!(refused.is_err_and(|error| error.to_string().contains("not empty")));
    }
}
