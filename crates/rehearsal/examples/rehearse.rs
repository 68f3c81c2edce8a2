//! Writes a rehearsal to files, as AWS lays them out, with `labels.json` beside them.
//!
//! ```text
//! rehearse --seed N --days D --hosts H --attacks realistic|easy|evasive|all|none --instances K
//!     [--window 60|600] [--format version5|default] --output DIR
//! ```

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flowcover_rehearsal::{RecordFormat, Rehearsal, Settings, Variant, Window};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let Err(error) = write() else {
        return ExitCode::SUCCESS;
    };
    say(&format!(
        "error: {error}\nhint: the options stand at the head of examples/rehearse.rs"
    ));
    ExitCode::from(2)
}

fn write() -> Outcome<()> {
    let (settings, output) = arguments(std::env::args().skip(1))?;
    let rehearsal = Rehearsal::new(settings)?;
    fs::create_dir_all(&output)?;
    let labels = serde_json::to_vec_pretty(&rehearsal.labels())?;
    fs::write(output.join("labels.json"), labels)?;
    let (mut objects, mut records, mut text, mut packed) = (0_u64, 0, 0, 0);
    for object in rehearsal {
        let bytes = object.gzip();
        put(&output.join(&object.key), &bytes)?;
        objects += 1;
        records += object.records;
        text += object.text.len();
        packed += bytes.len();
    }
    say(&format!(
        "{objects} objects, {records} records, {text} bytes, {packed} packed"
    ));
    Ok(())
}

fn say(what: &str) {
    // Where standard error is closed, there is no one to tell.
    let _ = writeln!(std::io::stderr(), "{what}");
}

fn put(path: &Path, bytes: &[u8]) -> Outcome<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(path, bytes)?)
}

fn arguments(mut given: impl Iterator<Item = String>) -> Outcome<(Settings, PathBuf)> {
    let mut settings = Settings::default();
    let mut output = None;
    while let Some(name) = given.next() {
        let value = given.next().ok_or(format!("{name} needs a value"))?;
        match name.as_str() {
            "--seed" => settings.seed = value.parse()?,
            "--from" => settings.from = value.parse()?,
            "--days" => settings.days = value.parse()?,
            "--hosts" => settings.hosts = value.parse()?,
            "--instances" => settings.instances = value.parse()?,
            "--attacks" => settings.variants = variants(&value)?,
            "--window" => {
                settings.window = match value.as_str() {
                    "60" => Window::Minute,
                    "600" => Window::TenMinutes,
                    _ => return Err(format!("--window is 60 or 600, not {value}").into()),
                }
            }
            "--format" => {
                settings.format = match value.as_str() {
                    "version5" => RecordFormat::Version5,
                    "default" => RecordFormat::Default,
                    _ => return Err(format!("--format is version5 or default, not {value}").into()),
                }
            }
            "--output" => output = Some(PathBuf::from(value)),
            _ => return Err(format!("no option {name}").into()),
        }
    }
    Ok((settings, output.ok_or("--output DIR is missing")?))
}

fn variants(value: &str) -> Outcome<Vec<Variant>> {
    match value {
        "all" => Ok(Variant::ALL.to_vec()),
        "none" => Ok(Vec::new()),
        _ => match Variant::ALL
            .iter()
            .find(|variant| variant.as_str() == value)
        {
            Some(variant) => Ok(vec![*variant]),
            None => Err(format!("no variant {value}").into()),
        },
    }
}
