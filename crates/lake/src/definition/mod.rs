//! Definitions of tables over flow logs for other engines.
//!
//! Text has its columns by position: a definition whose order is off answers wrongly, and no engine says so. So definitions are made of what a
//! header line, a Parquet schema or a log format says.

mod athena;
mod clickhouse;
mod duckdb;
mod opensearch;

use flowcover_record::{FieldKind, FileFormat, LogFormat};

use crate::columns::column_name;
use crate::convert::PARTITION_COLUMNS;
use crate::object::Object;

/// The name of the table in each of them.
const TABLE: &str = "vpc_flow_logs";

/// Who is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon Athena: an external table with partition projection.
    Athena,
    /// DuckDB: a view over files.
    DuckDb,
    /// ClickHouse: a table, and how it is filled.
    ClickHouse,
    /// OpenSearch: an index template for NDJSON that `convert` writes.
    OpenSearch,
}

/// How objects lie below their root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// `AWSLogs/ACCOUNT/vpcflowlogs/REGION/YYYY/MM/DD/`, or with names as Hive has them.
    Aws {
        /// `HiveCompatiblePartitions`.
        hive: bool,
        /// `PerHourPartition`.
        per_hour: bool,
        /// The organisation id after `AWSLogs/`.
        organization: Option<String>,
    },
    /// What `flowcover convert` writes.
    Converted,
    /// Nothing is known of it.
    Unknown,
}

/// What a table is to be defined over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    columns: Vec<(String, FieldKind)>,
    file_format: FileFormat,
    layout: Layout,
    /// Where the layout begins, without `/` at the end. `None`: a placeholder is written.
    root: Option<String>,
    account: Option<String>,
    region: Option<String>,
}

/// Why no table can be defined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// Nothing says which columns there are.
    #[error("nothing there says which fields the records have")]
    NoFormat,
    /// Columns are by position, and there are several orders.
    #[error("{0} formats lie there, and a table of text has one")]
    Formats(usize),
    /// Text and Parquet.
    #[error("text and Parquet lie there, and a table has one of them")]
    Mixed,
}

impl Described {
    /// Records of that format, wherever they lie.
    #[must_use]
    pub fn of_format(format: &LogFormat, file_format: FileFormat) -> Self {
        Self {
            columns: columns([format], file_format),
            file_format,
            layout: Layout::Unknown,
            root: None,
            account: None,
            region: None,
        }
    }

    /// What was found there.
    ///
    /// # Errors
    /// If one table cannot hold all of it.
    pub fn of_objects(objects: &[Object], formats: &[LogFormat]) -> Result<Self, Undefined> {
        let first = objects.first().ok_or(Undefined::NoFormat)?;
        let file_format = first.format();
        if objects.iter().any(|object| object.format() != file_format) {
            return Err(Undefined::Mixed);
        }
        match (formats.len(), file_format) {
            (0, _) => return Err(Undefined::NoFormat),
            (2.., FileFormat::PlainText) => return Err(Undefined::Formats(formats.len())),
            _ => {}
        }
        let (layout, root) = layout_of(first);
        // One value that all share is the only one that can be written down.
        let shared = |value: &dyn Fn(&Object) -> Option<String>| {
            let one = value(first)?;
            let same = |object: &Object| value(object).as_ref() == Some(&one);
            objects.iter().all(same).then_some(one)
        };
        let of_key = |object: &Object, account: bool| {
            let layout = &object.key.as_ref()?.layout;
            Some(match account {
                true => layout.account_id.clone(),
                false => layout.region.clone(),
            })
        };
        Ok(Self {
            columns: columns(formats, file_format),
            file_format,
            layout,
            root,
            account: shared(&|object| of_key(object, true)),
            region: shared(&|object| of_key(object, false)),
        })
    }

    /// With another root: where the objects lie, or will lie, for the engine.
    #[must_use]
    pub fn at(self, root: &str) -> Self {
        Self {
            root: Some(root.trim_end_matches('/').to_owned()),
            ..self
        }
    }

    /// The definition.
    #[must_use]
    pub fn define(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Athena => athena::define(self),
            Dialect::DuckDb => duckdb::define(self),
            Dialect::ClickHouse => clickhouse::define(self),
            Dialect::OpenSearch => opensearch::define(self),
        }
    }

    /// Whether texts without a value are `-` where the engine does not know what that means: AWS writes it into Parquet, `convert` does not.
    fn has_dashes(&self) -> bool {
        self.file_format == FileFormat::Parquet && self.layout != Layout::Converted
    }

    fn root(&self, unsaid: &str) -> String {
        self.root.clone().unwrap_or_else(|| unsaid.to_owned())
    }

    fn ending(&self) -> &'static str {
        match self.file_format {
            FileFormat::PlainText => "log.gz",
            FileFormat::Parquet => "parquet",
        }
    }
}

/// The columns in their order. Of text every one must be there, also one that comes twice; Parquet has its columns by name.
fn columns<'f>(
    formats: impl IntoIterator<Item = &'f LogFormat>,
    file_format: FileFormat,
) -> Vec<(String, FieldKind)> {
    let mut columns: Vec<(String, FieldKind)> = Vec::new();
    for column in formats.into_iter().flat_map(LogFormat::columns) {
        let mut name = column_name(column);
        let is_taken = |name: &str| columns.iter().any(|(of, _)| of == name);
        if is_taken(&name) {
            if file_format == FileFormat::Parquet {
                continue;
            }
            let mut numbered = (2..).map(|number| format!("{name}_{number}"));
            if let Some(free) = numbered.find(|name| !is_taken(name)) {
                name = free;
            }
        }
        columns.push((name, column.kind()));
    }
    columns
}

fn layout_of(object: &Object) -> (Layout, Option<String>) {
    let location = &*object.location;
    let start = format!("{}=", PARTITION_COLUMNS[0]);
    if let Some(at) = location.find(&start) {
        return (Layout::Converted, Some(without_slash(&location[..at])));
    }
    match (&object.key, location.find("AWSLogs/")) {
        (Some(key), Some(at)) => {
            let layout = Layout::Aws {
                hive: key.layout.hive,
                per_hour: key.layout.per_hour,
                organization: key.layout.organization.clone(),
            };
            (layout, Some(without_slash(&location[..at])))
        }
        _ => {
            let folder = location.rsplit_once('/').map_or(".", |(folder, _)| folder);
            (Layout::Unknown, Some(folder.to_owned()))
        }
    }
}

fn without_slash(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => ".".to_owned(),
        path => path.to_owned(),
    }
}

/// A text between quotes, as SQL has it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests;
