//! Three-valued logic whose third value carries the reasons why nothing can be said.

/// Whether something holds: surely, surely not, or not to be told from what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown(Vec<String>),
}

impl Truth {
    pub(super) fn unknown(reason: impl Into<String>) -> Truth {
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(MAX_REASON_CHARS) {
            reason.truncate(end);
            reason.push('…');
        }
        Truth::Unknown(vec![reason])
    }

    pub(super) fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, truth) | (truth, Truth::Yes) => truth,
            (Truth::Unknown(one), Truth::Unknown(two)) => Truth::Unknown(union(one, two)),
        }
    }

    pub(super) fn or(self, other: Truth) -> Truth {
        self.negate().and(other.negate()).negate()
    }

    pub(super) fn negate(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            unknown @ Truth::Unknown(_) => unknown,
        }
    }

    pub(super) fn negate_if(self, negated: bool) -> Truth {
        if negated { self.negate() } else { self }
    }

    /// Whether any holds; an empty list holds nothing.
    pub(super) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut result = Truth::No;
        for truth in truths {
            result = result.or(truth);
            if result == Truth::Yes {
                break;
            }
        }
        result
    }

    /// Whether all hold; an empty list does.
    pub(super) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        let mut result = Truth::Yes;
        for truth in truths {
            result = result.and(truth);
            if result == Truth::No {
                break;
            }
        }
        result
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }
}

/// Reasons quote the policy, which may hold anything.
const MAX_REASON_CHARS: usize = 300;

/// More reasons than a reader takes in help nobody, and a hostile policy could otherwise pile up thousands.
const MAX_REASONS: usize = 16;

pub(super) fn union(mut into: Vec<String>, more: Vec<String>) -> Vec<String> {
    for reason in more {
        if into.len() >= MAX_REASONS {
            break;
        }
        if !into.contains(&reason) {
            into.push(reason);
        }
    }
    into
}
