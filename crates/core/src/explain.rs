//! What each check means, why it matters and how to mend it: the pages behind `flowcover explain`.
//!
//! A page is one file, `checks/<id_with_underscores>.md`: TOML front matter between two lines of
//! `+++`, then the sections of [`SECTIONS`] in that order. Pages are part of the binary and are
//! parsed once, when first asked for. `docs/checks/` is written from them.

mod controls;
mod parse;
mod render;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use serde::Deserialize;

use crate::Severity;

pub use controls::{
    ControlChecks, FrameworkControls, control_index, framework_name, frameworks_markdown,
};
pub use parse::PageError;
pub use render::index_markdown;

/// The sections of every page in their order, each with its parts.
pub const SECTIONS: [(&str, &[&str]); 11] = [
    ("Statement", &[]),
    ("Rationale", &[]),
    ("Impact", &[]),
    ("Default value", &[]),
    ("Prerequisites", &[]),
    ("When it matters less", &[]),
    ("Audit", &["Console", "AWS CLI"]),
    (
        "Remediation",
        &["Console", "AWS CLI", "Terraform", "CloudFormation"],
    ),
    ("Back out", &[]),
    ("Cost and side effects", &[]),
    ("Gotchas", &[]),
];

/// One page: everything that is known about a check, apart from how it judges.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Id of the check, kebab-case; public API.
    pub id: String,
    /// What is wrong, in one line.
    pub title: String,
    /// Severity unless the finding or the policy says otherwise.
    pub severity: Severity,
    /// Whether the finding can decide a verdict.
    pub decides: bool,
    /// Profile level as the CIS benchmarks use it: 1 for everybody, 2 for defence in depth.
    pub profile_level: u8,
    /// Who should care.
    pub audience: Vec<String>,
    /// Controls of frameworks that the check gives evidence for.
    pub frameworks: Vec<Control>,
    /// The sections of [`SECTIONS`], in that order.
    pub sections: Vec<Section>,
}

/// A control of a framework.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Id of the framework, such as `cis-aws`; [`framework_name`] has its human name.
    pub framework: String,
    /// Version or edition of the framework.
    pub version: String,
    /// Number of the control as the framework writes it.
    pub control: String,
    /// What the control asks, in one line.
    pub title: String,
}

/// One section of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Heading, one of [`SECTIONS`].
    pub heading: String,
    /// Markdown between the heading and the first part; may be empty where there are parts.
    pub body: String,
    /// Parts, such as `Console` and `AWS CLI`.
    pub parts: Vec<Part>,
}

/// A part of a section: one way to do what the section is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Heading of the part.
    pub heading: String,
    /// Markdown.
    pub body: String,
}

impl Page {
    /// The section with this heading.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.heading == heading)
    }

    /// The page as one markdown document, front matter rendered, ending with one line feed.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        render::page_markdown(self)
    }
}

impl Section {
    /// The part with this heading.
    #[must_use]
    pub fn part(&self, heading: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.heading == heading)
    }
}

/// Names the page files once; the id of a page stands in its front matter.
macro_rules! sources {
    ($($file:literal),* $(,)?) => {
        &[$(include_str!(concat!("checks/", $file, ".md"))),*]
    };
}

/// Page files in the order in which the design lists the checks.
const SOURCES: &[&str] = sources![
    "flow_log_missing",
    "coverage_partial",
    "delivery_failing",
    "traffic_type_insufficient",
    "destination_missing",
    "role_not_assumable",
    "role_lacks_permission",
    "role_too_broad",
    "bucket_refuses_delivery",
    "bucket_exposed",
    "retention_out_of_policy",
    "destination_shared",
    "destination_not_allowed",
    "log_group_unencrypted",
    "format_lacks_fields",
    "interval_too_coarse",
    "records_stale",
    "flow_log_duplicate",
    "transit_gateway_not_recorded",
    "not_protected",
    "exemption_stale",
    "exemption_expired",
    "not_readable",
];

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    SOURCES
        .iter()
        .map(|source| parse::parse(source).expect("a test parses every page in the binary"))
        .collect()
});

/// All pages, in the order in which reports list the checks.
#[must_use]
pub fn pages() -> &'static [Page] {
    &PAGES
}

/// The page of the check with this id.
#[must_use]
pub fn page(id: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.id == id)
}
