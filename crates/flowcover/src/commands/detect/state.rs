//! What was reported before: `--state`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flowcover_detect::Report;
use jiff::Timestamp;

use crate::failure::Failure;
use crate::output;

/// Version of the file.
const SCHEMA: &str = "flowcover.detect-state/1";
/// Largest file that is read, in bytes.
const MOST_BYTES: u64 = 256 << 20;

/// Fingerprints of findings, and when they were first reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    reported: BTreeMap<String, String>,
}

impl State {
    /// What the file knows; nothing, if it is not there.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let refused = |why: String| {
            Failure::usage(format!("cannot use the state file {}: {why}", path.display()))
                .hint("without it, everything is reported again: name another file, or move this one away")
        };
        let size = match fs::metadata(path) {
            Ok(about) => about.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(refused(error.to_string())),
        };
        if size > MOST_BYTES {
            return Err(refused("it is larger than 256 MiB".to_owned()));
        }
        let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        Self::parse(&text).ok_or_else(|| refused(format!("it is no {SCHEMA}")))
    }

    fn parse(text: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        if value.get("schema")?.as_str()? != SCHEMA {
            return None;
        }
        let reported = value.get("reported")?.as_object()?.iter();
        let reported =
            reported.map(|(fingerprint, at)| Some((fingerprint.clone(), at.as_str()?.to_owned())));
        Some(Self {
            reported: reported.collect::<Option<_>>()?,
        })
    }

    /// Takes out of the report what was reported before, and says how many.
    pub(crate) fn leave_out(&self, report: &mut Report) -> usize {
        let before = report.findings.len();
        report
            .findings
            .retain(|finding| !self.reported.contains_key(&finding.fingerprint));
        before - report.findings.len()
    }

    /// With what is reported now.
    pub(crate) fn note(mut self, report: &Report, now: Timestamp) -> Self {
        for finding in &report.findings {
            let fingerprint = finding.fingerprint.clone();
            self.reported
                .entry(fingerprint)
                .or_insert_with(|| now.to_string());
        }
        self
    }

    /// Writes the file, whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let value = serde_json::json!({ "schema": SCHEMA, "reported": self.reported });
        output::open_one(Some(path))?.fill(|out| {
            serde_json::to_writer_pretty(&mut *out, &value)?;
            Ok(writeln!(out)?)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_back_what_was_noted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        assert_eq!(State::read(&path).unwrap(), State::default());
        let state = State {
            reported: BTreeMap::from([("00ff".to_owned(), "2026-11-22T00:00:00Z".to_owned())]),
        };
        state.write(&path).unwrap();
        assert_eq!(State::read(&path).unwrap(), state);
    }

    #[test]
    fn what_is_no_state_is_refused() {
        for text in [
            "",
            "{}",
            "[1]",
            r#"{"schema":"flowcover.detect-state/2","reported":{}}"#,
            r#"{"schema":"flowcover.detect-state/1","reported":{"a":1}}"#,
        ] {
            assert_eq!(State::parse(text), None, "{text}");
        }
    }
}
