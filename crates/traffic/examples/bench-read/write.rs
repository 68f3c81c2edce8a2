//! Writes simulated flow logs to a folder, laid out as in a bucket, and `labels.tsv`, which says what is hidden where.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Label, Settings, Totals, Traffic, VERSION_5_FORMAT};

const USAGE: &str = "usage: bench-read write FOLDER [--records N] [--seed N] [--minutes N] \
     [--format default|v5] [--threads N]";

/// Writes what the command line asks for, and says what it was.
pub(crate) fn command(arguments: &[String]) -> Result<Totals> {
    let wanted = Wanted::parse(arguments)?;
    let traffic = Traffic::new(wanted.settings)?;
    fs::create_dir_all(&wanted.folder).context("cannot make the folder")?;
    let totals = write(&traffic, &wanted.folder, wanted.threads)?;
    let labels = wanted.folder.join("labels.tsv");
    fs::write(&labels, table(traffic.labels())).context("cannot write the labels")?;
    Ok(totals)
}

struct Wanted {
    folder: PathBuf,
    threads: u32,
    settings: Settings,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Result<Self> {
        let Some((folder, options)) = arguments.split_first() else {
            bail!("no folder given\n{USAGE}");
        };
        let mut wanted = Self {
            folder: PathBuf::from(folder),
            threads: 2,
            settings: Settings {
                hidden: vec![
                    Hidden::Beacon,
                    Hidden::Exfiltration,
                    Hidden::VerticalScan,
                    Hidden::VerticalScan,
                    Hidden::VerticalScan,
                ],
                ..Settings::default()
            },
        };
        for option in options.chunks(2) {
            let [name, value] = option else {
                bail!("no value for {option:?}\n{USAGE}");
            };
            wanted.set(name, value)?;
        }
        Ok(wanted)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let number = || {
            value
                .parse()
                .with_context(|| format!("{name} takes a number"))
        };
        let settings = &mut self.settings;
        match name {
            "--records" => settings.records = number()?,
            "--seed" => settings.seed = number()?,
            "--minutes" => settings.minutes = number()?.try_into()?,
            "--threads" => self.threads = number()?.clamp(1, 64) as u32,
            "--format" if value == "v5" => settings.format = LogFormat::parse(VERSION_5_FORMAT)?,
            "--format" if value == "default" => settings.format = LogFormat::default(),
            _ => bail!("no option {name} {value}\n{USAGE}"),
        }
        Ok(())
    }
}

/// Threads take the bins one after the other; each has one at a time in memory.
fn write(traffic: &Traffic, folder: &Path, threads: u32) -> Result<Totals> {
    let next = AtomicU32::new(0);
    let totals = Mutex::new(Totals::default());
    let one_thread = || -> Result<()> {
        loop {
            let bin = next.fetch_add(1, Ordering::Relaxed);
            if bin >= traffic.bins() {
                return Ok(());
            }
            for object in traffic.bin(bin) {
                let path = folder.join(object.key.to_string());
                fs::create_dir_all(path.parent().unwrap_or(folder))?;
                fs::write(&path, object.gzip())
                    .with_context(|| format!("cannot write {}", path.display()))?;
                *totals.lock().expect("no thread panics with the lock") += object.totals;
            }
        }
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        running
            .into_iter()
            .try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;
    Ok(totals.into_inner().expect("no thread panics with the lock"))
}

fn table(labels: &[Label]) -> String {
    let mut table =
        "hidden\tclient\tserver\tinterface\tports\tstart\tend\tconnections\tbytes_to_server\n"
            .to_owned();
    for label in labels {
        let ports = label.server_ports.len();
        let Label {
            hidden,
            client,
            server,
            interface_id,
            start,
            end,
            connections,
            bytes_to_server,
            ..
        } = label;
        writeln!(
            table,
            "{hidden:?}\t{client}\t{server}\t{interface_id}\t{ports}\t{start}\t{end}\t{connections}\t{bytes_to_server}"
        )
        .expect("writing to a string cannot fail");
    }
    table
}
