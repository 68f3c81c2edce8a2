//! `flowcover convert`: records sorted and partitioned, as Parquet, CSV, NDJSON or OCSF events.

use std::path::Path;
use std::sync::Arc;

use flowcover_lake::LakeSettings;
use flowcover_lake::convert::{Conversion, ConvertError, ConvertSettings, convert};

use super::reading::{block_on, explain, pseudonyms, say, settings};
use super::watch::{Watch, open_rejects};
use crate::cli::{Convert, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::{self, SCHEME, Sources};
use crate::{pseudonym_key, terminal};

/// Inputs that are named.
const NAMED: usize = 5;

pub(crate) fn run(arguments: &Convert, global: &Global) -> anyhow::Result<Exit> {
    if let Some(path) = &arguments.new_key {
        pseudonym_key::make(path)?;
        return Ok(Exit::Clean);
    }
    let reading = &arguments.reading;
    let output = arguments.output.as_deref().unwrap_or(Path::new("."));
    let (conversion, watch) = block_on(reading, async {
        let rejects = open_rejects(reading, &[])?;
        let sources = source::gather(reading).await?;
        refuse_log_groups(&sources)?;
        let watch = Watch::new(rejects, reading, global, &sources, reading.choosing.explain);
        let settings = ConvertSettings {
            to: arguments.to.into(),
            output: output.to_owned(),
            reading: LakeSettings {
                pseudonyms: pseudonyms(reading)?.map(Arc::new),
                ..settings(reading, &sources, &watch)
            },
        };
        watch.begin();
        match convert(sources.objects, sources.store, &settings).await {
            Ok(conversion) => {
                watch.finish()?;
                anyhow::Ok((conversion, watch))
            }
            Err(error) => Err(watch.stopped().map_or_else(|| refused(error), Into::into)),
        }
    })??;
    say(&conversion.account, global, reading);
    if reading.choosing.explain {
        explain(&conversion.account, &watch, &[]);
    }
    say_earlier(&conversion);
    if !global.quiet {
        terminal::note(&summary(&conversion, output));
    }
    Ok(if conversion.is_complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

/// What was converted is not read again, and records may still come into a slice of a log group.
fn refuse_log_groups(sources: &Sources) -> Result<(), Failure> {
    let mut locations = sources.objects.iter().map(|object| &object.location);
    if locations.any(|location| location.starts_with(SCHEME)) {
        return Err(
            Failure::usage("cannot convert log groups: records may still come into them").hint(
                "read them once with `flowcover query … --cache FOLDER`, and convert the folder",
            ),
        );
    }
    Ok(())
}

fn refused(error: ConvertError) -> anyhow::Error {
    if error.is_bug() {
        return error.into();
    }
    let failure = Failure::usage(error.to_string());
    match error.hint() {
        Some(hint) => failure.hint(hint).into(),
        None => failure.into(),
    }
}

fn say_earlier(conversion: &Conversion) {
    for (location, failure) in conversion.earlier_failures.iter().take(NAMED) {
        terminal::warning(&format!("{location}, converted earlier: {failure}"));
    }
    for location in conversion.changed.iter().take(NAMED) {
        terminal::warning(&format!(
            "{location} has another size than when it was converted, and was left out"
        ));
    }
    if !conversion.changed.is_empty() {
        terminal::hint("convert into a new directory to have what it holds now");
    }
    let all = conversion.earlier_failures.len() + conversion.changed.len();
    if all > 2 * NAMED {
        terminal::warning(&format!("{all} inputs in all are not wholly converted"));
    }
}

fn summary(conversion: &Conversion, output: &Path) -> String {
    let totals = &conversion.totals;
    let mut text = format!(
        "{} records of {} inputs in {} files below {}, read back and found equal",
        totals.records,
        conversion.account.objects,
        conversion.files,
        output.display()
    );
    if conversion.earlier > 0 {
        text.push_str(&format!(
            "; {} inputs were converted earlier",
            conversion.earlier
        ));
    }
    text
}
