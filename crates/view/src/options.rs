//! What a caller may choose about the way a report is shown.

use flowcover_core::Severity;

/// How a report is shown. The default suits a pipe: no colour, a fixed width, short.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Columns of the terminal; none where there is no terminal. Only for `table`.
    pub width: Option<usize>,
    /// Whether to colour. Only for `table`; nothing is said by colour alone.
    pub colour: bool,
    /// Whether to list also what is in order. Only for `table` and `markdown`, which sum it up otherwise.
    pub verbose: bool,
    /// The checks, for formats that describe them (`sarif`, `ocsf`, `asff`, `html`). A check that is missing here is
    /// shown by its id alone.
    pub rules: Vec<Rule>,
}

impl Options {
    /// The description of a check, if it was given.
    #[must_use]
    pub fn rule(&self, check: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == check)
    }
}

/// What a check is, for formats that carry a description of the rule beside its findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Id of the check.
    pub id: String,
    /// What it finds, in one sentence.
    pub title: String,
    /// Severity unless context or policy changes it.
    pub severity: Severity,
    /// Page about it, if it is published.
    pub help_uri: Option<String>,
    /// Why it matters and what to do, as plain text.
    pub help_text: String,
    /// Requirements of frameworks that it answers, as `CIS AWS Foundations 3.0 3.7`.
    pub requirements: Vec<String>,
}
