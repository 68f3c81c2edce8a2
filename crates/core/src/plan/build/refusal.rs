//! Why something is not made.

use crate::plan::Reason;

/// Why something is not made, and what a person can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    /// In one sentence.
    pub(super) message: String,
    pub(super) manual: Vec<String>,
}

impl Refusal {
    pub(super) fn new(reason: Reason, message: impl Into<String>, manual: Vec<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            manual,
        }
    }

    /// The policy's `[fix]` section does not say enough.
    pub(super) fn not_configured(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Reason::NotConfigured, message, vec![hint.into()])
    }

    /// What decides could not be read.
    pub(super) fn not_read(message: impl Into<String>, permission: Option<&str>) -> Self {
        let first = match permission {
            Some(permission) => format!("grant {permission} to the role that audits"),
            None => "let the audit read it: `flowcover permissions audit` prints what it needs"
                .to_owned(),
        };
        Self::new(
            Reason::NotRead,
            message,
            vec![first, "then make a new plan".to_owned()],
        )
    }
}
