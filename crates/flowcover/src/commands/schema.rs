//! `flowcover schema`: the definition of a table over flow logs, for other engines.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flowcover_lake::definition::Described;
use flowcover_lake::{Lake, LakeSettings, LocalFiles, Object, Store, list_paths};
use flowcover_record::{FileFormat, LogFormat};

use super::reading::{block_on, refused};
use crate::cli::{Reading, Schema};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, source};

/// Log groups are not read, but must be asked for some time: their flow logs tell the format.
const SOME_TIME: Duration = Duration::from_hours(1);

pub(crate) fn run(arguments: &Schema) -> anyhow::Result<Exit> {
    let described = match (&arguments.path, &arguments.log_format) {
        (Some(path), _) => at(path, arguments)?,
        (None, Some(format)) => {
            let file_format = match arguments.parquet {
                true => FileFormat::Parquet,
                false => FileFormat::PlainText,
            };
            Described::of_format(format, file_format)
        }
        (None, None) => return Err(Failure::usage("give a path or --log-format").into()),
    };
    let described = match &arguments.location {
        Some(location) => described.at(location),
        None => described,
    };
    output::print(&described.define(arguments.dialect.into()))?;
    Ok(Exit::Clean)
}

/// What is there.
struct There {
    objects: Vec<Object>,
    store: Arc<dyn Store>,
    /// Of events of log groups.
    formats: Vec<LogFormat>,
}

/// What lies there.
fn at(path: &Path, arguments: &Schema) -> anyhow::Result<Described> {
    let mut reading = Reading::plain(vec![PathBuf::from(path)], arguments.reaching.clone());
    reading.log_format.clone_from(&arguments.log_format);
    let of_group = begins(path, source::SCHEME);
    reading.choosing.last = of_group.then_some(SOME_TIME);
    let (objects, formats) = block_on(&reading, async {
        let there = if of_group || begins(path, source::BUCKETS) {
            let sources = source::gather(&reading).await?;
            There {
                objects: sources.objects,
                store: sources.store,
                formats: sources.formats,
            }
        } else {
            There {
                objects: list_paths(path).map_err(|error| Failure::usage(error.to_string()))?,
                store: Arc::new(LocalFiles::default()),
                formats: Vec::new(),
            }
        };
        let settings = LakeSettings {
            format: arguments.log_format.clone(),
            formats: there.formats,
            ..LakeSettings::default()
        };
        let lake = Lake::open(there.objects.clone(), there.store, &settings).await;
        let formats = lake.map_err(refused)?.formats().to_vec();
        anyhow::Ok((there.objects, formats))
    })??;
    if of_group && let [format] = formats.as_slice() {
        // Where its records will lie for the engine is not known.
        return Ok(Described::of_format(format, FileFormat::PlainText));
    }
    Ok(Described::of_objects(&objects, &formats).map_err(|error| {
        Failure::usage(format!("{}: {error}", path.display()))
            .hint("give a path with the objects of one flow log, or --log-format alone")
    })?)
}

fn begins(path: &Path, scheme: &str) -> bool {
    path.to_str().is_some_and(|path| path.starts_with(scheme))
}
