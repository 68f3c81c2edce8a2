//! What was measured of records.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose records were measured.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum SampleOf {
    /// One flow log (`fl-…`): its records as it delivers them.
    FlowLog(String),
    /// One VPC (`vpc-…`): accepted and rejected records of all its interfaces, each once. It stands in for the flow
    /// logs on the VPC itself that have no sample of their own.
    Vpc(String),
}

impl SampleOf {
    /// The id of the flow log or the VPC.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::FlowLog(id) | Self::Vpc(id) => id,
        }
    }
}

/// How records lay where they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StoredForm {
    /// Text in gzip.
    GzipText,
    /// Parquet as AWS writes it.
    Parquet,
}

/// The objects that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stored {
    /// In which form.
    pub form: StoredForm,
    /// Their bytes, compressed.
    pub bytes: u64,
    /// How many they were.
    pub objects: u64,
}

/// What was measured over a span of time. Counts are totals of the span; an estimate makes months of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// Whose records.
    pub of: SampleOf,
    /// Length of the span in seconds: that of the time asked for, or of the day that was read; not the time between first and last record.
    pub seconds: u64,
    /// Records, those without a flow (`NODATA`, `SKIPDATA`) included.
    pub records: u64,
    /// Their bytes as lines of text, uncompressed, line ends included. For Parquet, see [`typical_line`](super::typical_line).
    pub text_bytes: u64,
    /// Records with the action `ACCEPT`.
    pub accepted_records: u64,
    /// Records with the action `REJECT`.
    pub rejected_records: u64,
    /// Bytes of the rejected records as text, where they were told apart.
    #[serde(default)]
    pub rejected_text_bytes: Option<u64>,
    /// The objects they lay in; none for log groups.
    #[serde(default)]
    pub stored: Option<Stored>,
    /// Of a flow log with windows of one minute: how many records would be left if those of one flow within ten minutes were one.
    #[serde(default)]
    pub records_in_ten_minutes: Option<u64>,
}
