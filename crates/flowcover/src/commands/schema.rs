//! `flowcover schema`: the definition of a table over flow logs, for other engines.

use std::path::Path;
use std::sync::Arc;

use flowcover_lake::definition::Described;
use flowcover_lake::{Lake, LakeSettings, LocalFiles, list_paths};
use flowcover_record::FileFormat;

use super::reading::refused;
use crate::cli::Schema;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

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

/// What lies there.
fn at(path: &Path, arguments: &Schema) -> anyhow::Result<Described> {
    let objects = list_paths(path).map_err(|error| Failure::usage(error.to_string()))?;
    let settings = LakeSettings {
        format: arguments.log_format.clone(),
        ..LakeSettings::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let open = Lake::open(objects.clone(), Arc::new(LocalFiles::default()), &settings);
    let lake = runtime.block_on(open).map_err(refused)?;
    Ok(
        Described::of_objects(&objects, lake.formats()).map_err(|error| {
            Failure::usage(format!("{}: {error}", path.display()))
                .hint("give a path with the objects of one flow log, or --log-format alone")
        })?,
    )
}
