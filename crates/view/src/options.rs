//! What a caller may choose about the way a report is shown.

use flowcover_core::Severity;
use flowcover_core::explain::{Page, framework_name, pages};
use jiff::Timestamp;

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
    /// When detections ran, for [`render_detections`](crate::render_detections): what they found does not say. The report of an audit knows
    /// its own time.
    pub generated_at: Option<Timestamp>,
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
    /// What it asks, then why it matters; paragraphs of plain text.
    pub help_text: String,
    /// Everything that is known about it, as Markdown.
    pub help_markdown: Option<String>,
    /// Requirements of frameworks that it answers, as `CIS AWS Foundations 3.0 3.7`.
    pub requirements: Vec<String>,
}

impl Rule {
    /// Every check that `flowcover explain` knows.
    #[must_use]
    pub fn all() -> Vec<Self> {
        pages().iter().map(Self::from).collect()
    }
}

impl From<&Page> for Rule {
    fn from(page: &Page) -> Self {
        let paragraphs = ["Statement", "Rationale"].map(|heading| {
            let section = page.section(heading);
            section.map_or("", |section| section.body.trim())
        });
        let requirements = page.frameworks.iter().map(|control| {
            let framework = framework_name(&control.framework);
            format!("{framework} {} {}", control.version, control.control)
        });
        Self {
            id: page.id.clone(),
            title: page.title.clone(),
            severity: page.severity,
            help_uri: None,
            help_text: paragraphs.join("\n\n"),
            help_markdown: Some(page.to_markdown()),
            requirements: requirements.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_explained_check_is_a_rule() {
        let rules = Rule::all();
        assert_eq!(rules.len(), pages().len());
        for rule in &rules {
            assert!(!rule.title.is_empty(), "{}", rule.id);
            assert!(rule.help_text.len() > 100, "{}", rule.id);
        }
        let options = Options {
            rules,
            ..Options::default()
        };
        let rule = options.rule("flow-log-missing");
        let requirements = &rule.expect("the check is explained").requirements;
        assert!(
            requirements.iter().any(|text| text.starts_with("CIS ")),
            "{requirements:?}"
        );
        assert!(options.rule("no-such-check").is_none());
    }
}
