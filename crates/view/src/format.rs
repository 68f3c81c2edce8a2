//! The formats by name.

use std::fmt;
use std::str::FromStr;

/// A report format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For reading in a terminal.
    Table,
    /// The report as it is: one JSON document (`docs/schema/report-1.json`).
    Json,
    /// One JSON object per line, each with a `kind`.
    Ndjson,
    /// One row per finding, and one per VPC without findings.
    Csv,
    /// For a pull-request comment or a wiki page (GitHub Flavored Markdown).
    Markdown,
    /// One self-contained page.
    Html,
    /// Static Analysis Results Interchange Format 2.1.0 (OASIS), for code-scanning dashboards.
    Sarif,
    /// JUnit XML, for CI servers: one test case per VPC.
    Junit,
    /// Open Cybersecurity Schema Framework, class Compliance Finding: one JSON object per line.
    Ocsf,
    /// AWS Security Finding Format, as Security Hub imports it (`BatchImportFindings`).
    Asff,
    /// Prometheus text exposition format, for the textfile collector of node_exporter.
    Prometheus,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Self; 11] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Html,
        Self::Sarif,
        Self::Junit,
        Self::Ocsf,
        Self::Asff,
        Self::Prometheus,
    ];

    /// Those in which [`render_detections`](crate::render_detections) writes: the others have no place for what was found in traffic.
    pub const OF_DETECTIONS: [Self; 8] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Html,
        Self::Sarif,
        Self::Ocsf,
    ];

    /// Those in which [`render_investigation`](crate::render_investigation) writes.
    pub const OF_INVESTIGATIONS: [Self; 6] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        Self::Markdown,
        Self::Html,
    ];

    /// Those in which [`render_cost`](crate::render_cost) writes.
    pub const OF_COSTS: [Self; 4] = [Self::Table, Self::Json, Self::Csv, Self::Markdown];

    /// Whether it may describe checks, and so has a use for [`Options::rules`](crate::Options::rules).
    #[must_use]
    pub const fn describes_checks(self) -> bool {
        !matches!(self, Self::Json | Self::Ndjson | Self::Csv)
    }

    /// The word used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Ocsf => "ocsf",
            Self::Asff => "asff",
            Self::Prometheus => "prometheus",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word given is not a format.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a format: expected {expected}",
    expected = Format::ALL.map(Format::as_str).join(", ")
)]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }

    #[test]
    fn another_word_is_refused_with_the_words_there_are() {
        let message = "xml"
            .parse::<Format>()
            .expect_err("no such format")
            .to_string();
        assert!(message.starts_with("`xml` is not a format: expected table, json,"));
    }
}
