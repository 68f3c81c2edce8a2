//! What an estimate assumes where nothing was measured.

use flowcover_record::{Field, LogFormat, Scope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A report whose queries are estimated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportShape {
    /// Its name.
    pub name: String,
    /// The columns that it reads, as in Parquet (`log_status`) or as in a format (`log-status`).
    pub columns: Vec<String>,
    /// The days that it looks at; none: [`Options::query_days`].
    #[serde(default)]
    pub days: Option<u32>,
}

/// What is assumed, and what is asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Bytes of gzip for a thousand bytes of text, where no objects were measured.
    pub gzip_permille: u32,
    /// Bytes of Parquet for a thousand bytes of gzip text.
    pub parquet_permille: u32,
    /// Records that windows of one minute make of one of ten minutes, at most.
    pub most_minutes: u32,
    /// Objects that a flow log writes in five minutes, where none were measured.
    pub objects_in_five_minutes: u32,
    /// What storage is priced at for records that never expire: as it is after so many days.
    pub endless_days: u32,
    /// Days that records are kept in every alternative; none: as today.
    pub retention_days: Option<u32>,
    /// The format that the default one is held against.
    pub fuller_format: LogFormat,
    /// Days that a query looks at.
    pub query_days: u32,
    /// The reports whose queries are estimated.
    pub reports: Vec<ReportShape>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            gzip_permille: 150,
            parquet_permille: 800,
            most_minutes: 10,
            objects_in_five_minutes: 1,
            endless_days: 365,
            retention_days: None,
            fuller_format: up_to_version(5),
            query_days: 1,
            reports: Vec::new(),
        }
    }
}

/// All fields of VPC flow logs up to a version.
fn up_to_version(version: u8) -> LogFormat {
    let fields = Field::all().iter().filter(|field| field.version <= version);
    let fields = fields.filter(|field| field.scope != Scope::TransitGateway);
    let names: Vec<&str> = fields.map(|field| field.name).collect();
    LogFormat::parse(&names.join(" ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuller_format_has_29_fields() {
        assert_eq!(Options::default().fuller_format.columns().len(), 29);
    }
}
