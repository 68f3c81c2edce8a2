//! Baselines as files.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::remembered::{Host, Pair, PairKey, Service, ServiceKey};
use super::{Baseline, Past};
use crate::Address;
use crate::hours::Hours;
use crate::keyed::State as _;

/// The first line of a file.
const SCHEMA: &str = "flowcover.baseline/1";

/// A file that is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It begins otherwise, or belongs to another version.
    #[error("it is no baseline of flowcover: its first line should say {SCHEMA}")]
    NotOne,
    /// It was cut or changed.
    #[error("it was cut short or changed: its check sum does not fit")]
    Damaged,
    /// A line cannot be read.
    #[error("line {line} cannot be read: {error}")]
    Line {
        /// From 1.
        line: usize,
        /// Why.
        error: serde_json::Error,
    },
}

/// A line of the file, after the first and before the last.
#[derive(Serialize, Deserialize)]
enum Line {
    Seen(Hours),
    Host(Address, Host),
    Service(ServiceKey, Service),
    Pair(PairKey, Pair),
}

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
}

#[derive(Serialize, Deserialize)]
struct Foot {
    sha256: String,
}

impl Baseline {
    /// As a file: lines of JSON, with a check sum at the end.
    ///
    /// # Errors
    /// If a line cannot be written as JSON.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let head = Head {
            schema: SCHEMA.to_owned(),
        };
        let mut text = serde_json::to_string(&head)? + "\n";
        let mut add = |line: &Line| -> Result<(), serde_json::Error> {
            text += &serde_json::to_string(line)?;
            text.push('\n');
            Ok(())
        };
        add(&Line::Seen(self.past.seen.clone()))?;
        for (key, host) in self.past.hosts.ordered(|_, _| true) {
            add(&Line::Host(key, host.clone()))?;
        }
        for (key, service) in self.past.services.ordered(|_, _| true) {
            add(&Line::Service(key, service.clone()))?;
        }
        for (key, pair) in self.past.pairs.ordered(|_, _| true) {
            add(&Line::Pair(key, pair.clone()))?;
        }
        let foot = Foot {
            sha256: digest_of(&text),
        };
        Ok(text + &serde_json::to_string(&foot)? + "\n")
    }

    /// Reads a file; what is read may hold so many bytes.
    ///
    /// # Errors
    /// If it is no baseline, is damaged, or a line cannot be read.
    pub fn from_text(text: &str, memory: usize) -> Result<Self, BaselineError> {
        let head = text.lines().next().unwrap_or_default();
        let head: Head = serde_json::from_str(head).map_err(|_| BaselineError::NotOne)?;
        if head.schema != SCHEMA {
            return Err(BaselineError::NotOne);
        }
        let body = text.strip_suffix('\n').ok_or(BaselineError::Damaged)?;
        let (body, foot) = body.rsplit_once('\n').ok_or(BaselineError::Damaged)?;
        let body = &text[..=body.len()];
        let foot: Foot = serde_json::from_str(foot).map_err(|_| BaselineError::Damaged)?;
        if foot.sha256 != digest_of(body) {
            return Err(BaselineError::Damaged);
        }
        let mut past = Past::new(memory);
        for (number, line) in body.lines().enumerate().skip(1) {
            let line = serde_json::from_str(line).map_err(|error| BaselineError::Line {
                line: number + 1,
                error,
            })?;
            match line {
                Line::Seen(seen) => past.seen.join(&seen),
                Line::Host(key, host) => past.hosts.update(key, |mine| mine.join(host)),
                Line::Service(key, service) => past.services.update(key, |mine| mine.join(service)),
                Line::Pair(key, pair) => past.pairs.update(key, |mine| mine.join(pair)),
            }
        }
        Ok(Self { past })
    }
}

pub(super) fn digest_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
