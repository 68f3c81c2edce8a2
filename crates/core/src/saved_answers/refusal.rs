//! Error messages of the AWS CLI, which people save beside the answers.

use crate::error_code::Meaning;
use crate::inventory::GapKind;
use crate::snapshot::one_line;

use super::kind::Kind;

/// Why a call failed, as far as the message tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The command that failed, where the message names it.
    pub(super) kind: Option<Kind>,
    /// Error code of AWS, or of flowcover.
    pub(super) code: String,
    /// The message, in one line.
    pub(super) message: String,
    /// Label of the gap.
    pub(super) gap: GapKind,
    /// Whether AWS says that what was asked for does not exist.
    pub(super) is_absent: bool,
}

impl Refusal {
    /// Reads an error message of the AWS CLI out of the text of a file, if there is one:
    /// `An error occurred (CODE) when calling the OPERATION operation: MESSAGE`, or one of the
    /// messages of the CLI itself when it could not ask.
    pub(super) fn read(text: &str) -> Option<Self> {
        const START: &str = "An error occurred (";
        if let Some(at) = text.find(START) {
            let (code, rest) = text[at + START.len()..].split_once(')')?;
            let operation = rest
                .strip_prefix(" when calling the ")
                .and_then(|rest| rest.split_once(" operation"));
            let message = match operation {
                Some((_, rest)) => rest.split_once(": ").map_or(rest, |(_, message)| message),
                None => rest.trim_start_matches([':', ' ']),
            };
            let kind = operation.and_then(|(name, _)| Kind::of_operation(name));
            return Some(Self::new(code, message.trim(), kind));
        }
        let (code, gap) = of_the_client(text)?;
        Some(Self {
            gap,
            ..Self::new(code, text.trim(), None)
        })
    }

    fn new(code: &str, message: &str, kind: Option<Kind>) -> Self {
        let meaning = meaning(code, kind);
        Self {
            kind,
            code: one_line(code),
            message: one_line(message),
            gap: gap_kind(meaning),
            is_absent: meaning == Some(Meaning::NotFound),
        }
    }
}

/// Messages of the CLI when no answer of AWS came (botocore, `exceptions.py`).
fn of_the_client(text: &str) -> Option<(&'static str, GapKind)> {
    const MESSAGES: [(&str, &str, GapKind); 9] = [
        (
            "Could not connect to the endpoint URL",
            "EndpointConnectionError",
            GapKind::Unreachable,
        ),
        (
            "Connect timeout on endpoint URL",
            "ConnectTimeoutError",
            GapKind::Unreachable,
        ),
        (
            "Read timeout on endpoint URL",
            "ReadTimeoutError",
            GapKind::Unreachable,
        ),
        (
            "Connection was closed before",
            "ConnectionClosedError",
            GapKind::Unreachable,
        ),
        (
            "Unable to locate credentials",
            "NoCredentialsError",
            GapKind::Credentials,
        ),
        (
            "Partial credentials found",
            "PartialCredentialsError",
            GapKind::Credentials,
        ),
        (
            "The SSO session associated with this profile",
            "SSOTokenError",
            GapKind::Credentials,
        ),
        (
            "Error loading SSO Token",
            "SSOTokenError",
            GapKind::Credentials,
        ),
        (
            "Error when retrieving",
            "CredentialRetrievalError",
            GapKind::Credentials,
        ),
    ];
    MESSAGES
        .iter()
        .find(|(message, ..)| text.contains(message))
        .map(|(_, code, gap)| (*code, *gap))
}

/// What an error code of a message says: one of AWS, or the HTTP status, as a number or a word,
/// where the answer had no body, as that of S3 to `HeadBucket` (botocore, `parsers.py`). Of any other
/// call such a 404 proves nothing: a proxy, a portal or a wrong endpoint answers so, too.
fn meaning(code: &str, kind: Option<Kind>) -> Option<Meaning> {
    match code {
        "Forbidden" | "403" => Some(Meaning::Denied),
        "NotFound" | "404" => (kind == Some(Kind::HeadBucket)).then_some(Meaning::NotFound),
        _ => Meaning::of(code),
    }
}

const fn gap_kind(meaning: Option<Meaning>) -> GapKind {
    match meaning {
        Some(Meaning::Denied) => GapKind::Denied,
        Some(Meaning::Throttled) => GapKind::Throttled,
        Some(Meaning::Credentials) => GapKind::Credentials,
        Some(
            Meaning::RegionDisabled
            | Meaning::NotFound
            | Meaning::AlreadyExists
            | Meaning::InUse
            | Meaning::Conflict
            | Meaning::QuotaReached
            | Meaning::Transient,
        )
        | None => GapKind::Service,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_cli_are_read() {
        for (text, kind, code, gap, is_absent) in [
            (
                "\nAn error occurred (UnauthorizedOperation) when calling the DescribeFlowLogs operation: You are not authorized to perform this operation.\n",
                Some(Kind::DescribeFlowLogs),
                "UnauthorizedOperation",
                GapKind::Denied,
                false,
            ),
            (
                "aws: [ERROR]: An error occurred (NoSuchEntity) when calling the GetRole operation: The role with name x cannot be found.",
                Some(Kind::GetRole),
                "NoSuchEntity",
                GapKind::Service,
                true,
            ),
            (
                "An error occurred (RequestLimitExceeded) when calling the DescribeVpcs operation (reached max retries: 4): Request limit exceeded.",
                Some(Kind::DescribeVpcs),
                "RequestLimitExceeded",
                GapKind::Throttled,
                false,
            ),
            (
                "An error occurred (404) when calling the HeadBucket operation: Not Found",
                Some(Kind::HeadBucket),
                "404",
                GapKind::Service,
                true,
            ),
            (
                "Could not connect to the endpoint URL: \"https://ec2.xx-east-1.amazonaws.com/\"",
                None,
                "EndpointConnectionError",
                GapKind::Unreachable,
                false,
            ),
            (
                "Unable to locate credentials. You can configure credentials by running \"aws login\".",
                None,
                "NoCredentialsError",
                GapKind::Credentials,
                false,
            ),
        ] {
            let refusal = Refusal::read(text).unwrap();
            assert_eq!(
                (refusal.kind, &*refusal.code, refusal.gap, refusal.is_absent),
                (kind, code, gap, is_absent),
                "{text}"
            );
            assert!(
                !refusal.message.contains('\n') && !refusal.message.is_empty(),
                "{text}"
            );
        }
        for text in ["", "{}", "An error occurred", "An error occurred (x"] {
            assert_eq!(Refusal::read(text), None, "{text}");
        }
    }

    #[test]
    fn every_meaning_of_a_code_has_its_label() {
        for (code, gap, is_absent) in [
            ("AccessDeniedException", GapKind::Denied, false),
            ("Forbidden", GapKind::Denied, false),
            ("403", GapKind::Denied, false),
            ("SlowDown", GapKind::Throttled, false),
            ("ExpiredToken", GapKind::Credentials, false),
            ("AuthFailure", GapKind::Service, false),
            ("InternalError", GapKind::Service, false),
            ("NoSuchBucketPolicy", GapKind::Service, true),
            ("NotFound", GapKind::Service, false),
            ("500", GapKind::Service, false),
            ("MalformedPolicyDocument", GapKind::Service, false),
        ] {
            let refusal = Refusal::new(code, "x", None);
            assert_eq!((refusal.gap, refusal.is_absent), (gap, is_absent), "{code}");
        }
    }

    #[test]
    fn a_bare_404_proves_absence_of_buckets_asked_for_by_head_only() {
        for code in ["404", "NotFound"] {
            for (kind, is_absent) in [
                (Some(Kind::HeadBucket), true),
                (Some(Kind::GetBucketPolicy), false),
                (None, false),
            ] {
                let refusal = Refusal::new(code, "x", kind);
                assert_eq!(refusal.is_absent, is_absent, "{code} {kind:?}");
            }
        }
    }
}
