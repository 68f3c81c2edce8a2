//! What is said of entries of the allow-list.

use flowcover_core::Severity;
use flowcover_detect::{AllowState, Report};

use crate::words;

/// How an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its last day has passed.
    Expired,
    /// It holds, and nothing matched it.
    NotNeeded,
    /// It kept findings out of the report.
    Used,
}

impl Standing {
    pub(super) const fn of(state: &AllowState) -> Self {
        match (state.expired, state.findings) {
            (true, _) => Self::Expired,
            (false, 0) => Self::NotNeeded,
            (false, _) => Self::Used,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotNeeded => "not needed",
            Self::Used => "used",
        }
    }

    /// As grave as an exemption of an audit that stands likewise.
    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::Expired => Severity::Medium,
            Self::NotNeeded => Severity::Low,
            Self::Used => Severity::Info,
        }
    }
}

/// Entries that need a look, in their order.
pub(super) fn worth_a_look(report: &Report) -> impl Iterator<Item = &AllowState> {
    let entries = report.allowed.iter();
    entries.filter(|state| Standing::of(state) != Standing::Used)
}

/// How an entry stands, in one sentence. It holds the user's text: not inert.
pub(super) fn sentence(state: &AllowState) -> String {
    let AllowState { place, until, .. } = state;
    match Standing::of(state) {
        Standing::Expired => {
            format!("the entry at {place} ended on {until}: it keeps nothing out any more")
        }
        Standing::NotNeeded => {
            format!("the entry at {place}, until {until}, is not needed: no finding matches it")
        }
        Standing::Used => format!(
            "the entry at {place}, until {until}, kept {} out",
            words::plural(state.findings, "finding")
        ),
    }
}
