//! What policies decide, and which statements did.

use std::fmt;

/// A statement to cite.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRef {
    /// The policy it stands in, as the caller named it.
    pub policy: String,
    /// Its place there, from 1.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
}

impl fmt::Display for StatementRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, statement {}", self.policy, self.index)?;
        match &self.sid {
            Some(sid) => write!(formatter, " (Sid {sid:?})"),
            None => Ok(()),
        }
    }
}

/// Whether a request is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Surely allowed.
    Allowed {
        /// The statements that allow it.
        by: Vec<StatementRef>,
    },
    /// Surely not allowed: nothing allows it. A `Deny` that cannot be decided may stand beside that, and changes nothing.
    ImplicitlyDenied {
        /// Which kind of policy lacks the permission.
        reason: String,
    },
    /// Surely not allowed: something denies it.
    ExplicitlyDenied {
        /// The statements that deny it.
        by: Vec<StatementRef>,
    },
    /// It hangs on what is not known.
    CannotTell {
        /// What that is.
        reasons: Vec<String>,
    },
}

impl Decision {
    /// Surely allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Decision::Allowed { .. })
    }

    /// Surely not allowed.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(
            self,
            Decision::ImplicitlyDenied { .. } | Decision::ExplicitlyDenied { .. }
        )
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |by: &[StatementRef]| {
            by.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        };
        match self {
            Decision::Allowed { by } => write!(formatter, "allowed by {}", list(by)),
            Decision::ImplicitlyDenied { reason } => write!(formatter, "not allowed: {reason}"),
            Decision::ExplicitlyDenied { by } => write!(formatter, "denied by {}", list(by)),
            Decision::CannotTell { reasons } => {
                write!(formatter, "cannot tell: {}", reasons.join("; "))
            }
        }
    }
}
