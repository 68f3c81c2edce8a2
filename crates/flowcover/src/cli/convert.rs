//! Arguments of `convert` and `schema`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use flowcover_lake::convert::To;
use flowcover_lake::definition::Dialect;
use flowcover_record::LogFormat;

use super::{Reaching, Reading};

#[derive(Debug, Args)]
#[command(after_help = CONVERT_EXAMPLES, mut_arg("inventory", |it| it.requires("vpc")))]
pub(crate) struct Convert {
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// What to write
    #[arg(long, value_enum, default_value_t = ConvertTo::Parquet, help_heading = "Result")]
    pub(crate) to: ConvertTo,
    /// Directory to write into: new, empty, or one that the same command began
    #[arg(
        long,
        short,
        value_name = "DIR",
        required = true,
        help_heading = "Result"
    )]
    pub(crate) output: Option<PathBuf>,
    /// Only make a new key for --pseudonymise, in a new file
    #[arg(
        long,
        value_name = "KEYFILE",
        exclusive = true,
        help_heading = "Result"
    )]
    pub(crate) new_key: Option<PathBuf>,
}

/// What records are converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConvertTo {
    /// Sorted, zstd, with statistics and bloom filters on addresses
    Parquet,
    /// With a header row, gzip
    Csv,
    /// One object a line, gzip
    Ndjson,
    /// Events of OCSF's class Network Activity (4001), one a line, gzip
    Ocsf,
}

impl From<ConvertTo> for To {
    fn from(to: ConvertTo) -> Self {
        match to {
            ConvertTo::Parquet => Self::Parquet,
            ConvertTo::Csv => Self::Csv,
            ConvertTo::Ndjson => Self::Ndjson,
            ConvertTo::Ocsf => Self::Ocsf,
        }
    }
}

const CONVERT_EXAMPLES: &str = "\
Examples:
  flowcover convert ./logs/ --output lake/
  flowcover convert ./logs/ --to ocsf --output events/
  flowcover convert --new-key secret.key
  flowcover convert ./logs/ --pseudonymise secret.key --output shared/";

#[derive(Debug, Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
pub(crate) struct Schema {
    /// File or directory of flow logs whose columns, layout and place count, s3://BUCKET/PREFIX/, logs://LOG_GROUP?region=REGION
    #[arg(value_name = "PATH", required_unless_present = "log_format")]
    pub(crate) path: Option<PathBuf>,
    /// Who is to read them
    #[arg(long = "as", value_enum)]
    pub(crate) dialect: SchemaAs,
    /// Format of the records, as DescribeFlowLogs has it: '${version} ${account-id} …'
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// With --log-format alone: the records lie as Parquet
    #[arg(long, conflicts_with = "path")]
    pub(crate) parquet: bool,
    /// Where the files lie for the engine, such as s3://bucket/prefix
    #[arg(long, value_name = "PLACE")]
    pub(crate) location: Option<String>,
    #[command(flatten)]
    pub(crate) reaching: Reaching,
}

/// Engines that definitions are printed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaAs {
    /// External table with partition projection
    Athena,
    /// View
    Duckdb,
    /// Table, and how to fill it
    Clickhouse,
    /// Index template for what `convert --to ndjson` writes
    Opensearch,
}

impl From<SchemaAs> for Dialect {
    fn from(dialect: SchemaAs) -> Self {
        match dialect {
            SchemaAs::Athena => Self::Athena,
            SchemaAs::Duckdb => Self::DuckDb,
            SchemaAs::Clickhouse => Self::ClickHouse,
            SchemaAs::Opensearch => Self::OpenSearch,
        }
    }
}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  flowcover schema --as duckdb lake/
  flowcover schema --as athena s3://bucket/prefix/
  flowcover schema --as athena ./logs/ --location s3://bucket/prefix
  flowcover schema --as clickhouse --log-format '${srcaddr} ${dstaddr} ${bytes}'";
