//! What can go wrong with a call, and what kind of wrong it is.

use flowcover_core::error_code::Meaning;
use flowcover_core::inventory::GapKind;
use serde::{Deserialize, Serialize};

/// Kinds of failure that are treated differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// IAM, an SCP or a resource policy denies.
    Denied,
    /// What was asked about does not exist.
    NotFound,
    /// What was to be made is there already, whosever it is.
    AlreadyExists,
    /// Something else must go first: a role has policies, a bucket has objects.
    InUse,
    /// Another change of the same thing is under way: try again later.
    Conflict,
    /// A quota is reached: waiting does not help.
    QuotaReached,
    /// Throttled: try again later.
    Throttled,
    /// No connection, or no answer in time.
    Unreachable,
    /// AWS failed (HTTP 5xx): try again.
    Transient,
    /// Credentials are missing, wrong or expired.
    Credentials,
    /// The region is not enabled for the account.
    RegionDisabled,
    /// The run's deadline passed before an answer came.
    Deadline,
    /// The run was interrupted before an answer came.
    Interrupted,
    /// Any other refusal of the service, or an answer that cannot be understood.
    Service,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{code}: {message}")]
pub struct CloudError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// Error code, as AWS spells it, or one of flowcover (`ConnectTimeout`, `Deadline`).
    pub code: String,
    /// What AWS said, or what happened; one line, no secrets.
    pub message: String,
}

impl CloudError {
    /// An error of a known kind. Line breaks in the message become spaces.
    pub fn new(kind: ErrorKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self {
            kind,
            code: code.into(),
            message: message.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// An error that AWS answered: the kind follows from its code and HTTP status.
    ///
    /// `code` is the error code of the body; without one (a bare 403 from a proxy) the status
    /// decides, but never that something does not exist: only a code of AWS is proof of that.
    pub fn answered(code: &str, status: u16, message: impl Into<String>) -> Self {
        Self::new(
            classify(code, status),
            if code.is_empty() {
                format!("HTTP {status}")
            } else {
                code.to_owned()
            },
            message,
        )
    }

    /// Whether the same call may succeed if made again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Throttled | ErrorKind::Transient | ErrorKind::Conflict
        )
    }

    /// Whether the call may have done its work all the same: there was no answer, or one that only says that AWS
    /// failed. After a call that changes something, only looking tells.
    #[must_use]
    pub const fn is_unclear(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Unreachable
                | ErrorKind::Transient
                | ErrorKind::Deadline
                | ErrorKind::Interrupted
        )
    }

    /// How a gap that this error leaves is labelled.
    #[must_use]
    pub const fn gap_kind(&self) -> GapKind {
        match self.kind {
            ErrorKind::Denied => GapKind::Denied,
            ErrorKind::Throttled => GapKind::Throttled,
            ErrorKind::Unreachable => GapKind::Unreachable,
            ErrorKind::Deadline => GapKind::Deadline,
            ErrorKind::Interrupted => GapKind::Interrupted,
            ErrorKind::Credentials => GapKind::Credentials,
            ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::InUse
            | ErrorKind::Conflict
            | ErrorKind::QuotaReached
            | ErrorKind::Transient
            | ErrorKind::RegionDisabled
            | ErrorKind::Service => GapKind::Service,
        }
    }
}

/// The kind of an error that AWS answered: by its code, else by the HTTP status.
fn classify(code: &str, status: u16) -> ErrorKind {
    match Meaning::of(code) {
        Some(Meaning::Throttled) => ErrorKind::Throttled,
        Some(Meaning::Denied) => ErrorKind::Denied,
        Some(Meaning::Credentials) => ErrorKind::Credentials,
        Some(Meaning::RegionDisabled) => ErrorKind::RegionDisabled,
        Some(Meaning::NotFound) => ErrorKind::NotFound,
        Some(Meaning::AlreadyExists) => ErrorKind::AlreadyExists,
        Some(Meaning::InUse) => ErrorKind::InUse,
        Some(Meaning::Conflict) => ErrorKind::Conflict,
        Some(Meaning::QuotaReached) => ErrorKind::QuotaReached,
        Some(Meaning::Transient) => ErrorKind::Transient,
        // A 404 alone proves nothing: a proxy, a portal or a wrong endpoint answers so, too.
        None => match status {
            401 | 403 => ErrorKind::Denied,
            429 => ErrorKind::Throttled,
            500..=599 => ErrorKind::Transient,
            _ => ErrorKind::Service,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_service_are_classified() {
        for (code, status, expected) in [
            ("RequestLimitExceeded", 503, ErrorKind::Throttled),
            (
                "com.amazonaws.logs#ThrottlingException",
                400,
                ErrorKind::Throttled,
            ),
            ("SlowDown", 503, ErrorKind::Throttled),
            ("", 429, ErrorKind::Throttled),
            ("UnauthorizedOperation", 403, ErrorKind::Denied),
            ("AccessDeniedException", 400, ErrorKind::Denied),
            ("", 403, ErrorKind::Denied),
            ("RequestExpired", 400, ErrorKind::Credentials),
            ("AuthFailure", 401, ErrorKind::RegionDisabled),
            ("NoSuchBucketPolicy", 404, ErrorKind::NotFound),
            ("InternalError", 400, ErrorKind::Transient),
            ("", 500, ErrorKind::Transient),
            ("EntityAlreadyExists", 409, ErrorKind::AlreadyExists),
            ("BucketAlreadyOwnedByYou", 409, ErrorKind::AlreadyExists),
            ("FlowLogAlreadyExists", 400, ErrorKind::AlreadyExists),
            ("DeleteConflict", 409, ErrorKind::InUse),
            ("BucketNotEmpty", 409, ErrorKind::InUse),
            ("OperationAborted", 409, ErrorKind::Conflict),
            (
                "com.amazonaws.logs#LimitExceededException",
                400,
                ErrorKind::QuotaReached,
            ),
            ("MalformedPolicyDocument", 400, ErrorKind::Service),
            ("NoSuchEntity", 404, ErrorKind::NotFound),
            ("", 404, ErrorKind::Service),
            // What a gateway writes, or the SDK makes of an empty answer of S3.
            ("NotFound", 404, ErrorKind::Service),
        ] {
            assert_eq!(
                CloudError::answered(code, status, "x").kind,
                expected,
                "{code} {status}"
            );
        }
    }

    #[test]
    fn only_what_is_no_refusal_leaves_open_whether_the_call_acted() {
        let unclear = |code, status| CloudError::answered(code, status, "x").is_unclear();
        assert!(unclear("InternalError", 500) && unclear("", 502));
        for code in [
            "Throttling",
            "ConcurrentModification",
            "EntityAlreadyExists",
            "DeleteConflict",
            "AccessDenied",
        ] {
            assert!(!unclear(code, 400), "{code}");
        }
        let lost = CloudError::new(ErrorKind::Unreachable, "ConnectionLost", "x");
        assert!(lost.is_unclear() && !lost.is_retryable());
    }

    #[test]
    fn messages_are_one_line() {
        assert_eq!(
            CloudError::answered("A", 400, "a\n  b\r\nc").message,
            "a b c"
        );
    }
}
