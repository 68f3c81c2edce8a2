//! Guard rails: texts for review that keep flow logs on, or tell when one is missing.
//!
//! None is put in place by flowcover: they bind a whole organisation, whose people decide.

mod config_rule;
mod scp;
mod telemetry_rule;
#[cfg(test)]
mod tests;

pub use config_rule::config_rule;
pub use scp::{MAX_SCP_CHARACTERS, Protected, ScpTooLong, service_control_policy};
pub use telemetry_rule::{TelemetryRule, telemetry_rule};

/// A text to be reviewed and put in place by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardRail {
    /// Name of a file for it.
    pub file_name: &'static str,
    /// The document: JSON for policies; YAML with the remarks as comments for templates.
    pub document: String,
    /// What is to be known before it is put in place.
    pub remarks: Remarks,
}

/// What is to be known about a guard rail, in paragraphs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remarks {
    /// What it does.
    pub does: String,
    /// What it does not stop or see.
    pub does_not: String,
    /// How somebody is let through in an emergency.
    pub exempt: String,
    /// The commands that put it in place.
    pub put_in_place: String,
    /// How it is taken back.
    pub take_back: String,
}

impl Remarks {
    /// Each with its heading.
    #[must_use]
    pub fn paragraphs(&self) -> [(&'static str, &str); 5] {
        [
            ("What it does", &self.does),
            ("What it does not", &self.does_not),
            ("Emergencies", &self.exempt),
            ("Putting it in place", &self.put_in_place),
            ("Taking it back", &self.take_back),
        ]
    }

    /// As comments of YAML.
    fn comments(&self) -> String {
        let mut text = String::new();
        for (heading, paragraph) in self.paragraphs() {
            text.push_str(&format!("# {heading}:\n"));
            for line in paragraph.lines() {
                text.push_str(&format!("#   {line}\n"));
            }
        }
        text
    }
}
