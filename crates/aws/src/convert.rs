//! Small conversions that several services share.

use aws_smithy_types::DateTime;
use aws_smithy_types::error::operation::BuildError;
use flowcover_cloud::{CloudError, ErrorKind, Page};
use jiff::Timestamp;

/// A page with its items converted. AWS may send an empty token on the last page.
pub(crate) fn page<I: IntoIterator, T>(
    items: I,
    convert: impl FnMut(I::Item) -> T,
    next_token: Option<String>,
) -> Page<T> {
    Page {
        items: items.into_iter().map(convert).collect(),
        next_token: next_token.filter(|token| !token.is_empty()),
    }
}

/// An SDK time as ours; none outside of the years that can be written.
pub(crate) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanoseconds).ok()
}

/// Milliseconds since the Unix epoch, as CloudWatch Logs writes times.
pub(crate) fn milliseconds(time: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(time).ok()
}

/// A count that cannot be negative; AWS's types are signed.
pub(crate) fn count(value: i32) -> Option<u32> {
    u32::try_from(value).ok()
}

/// The part of an answer without which it means nothing.
pub(crate) fn required<T>(part: Option<T>, name: &str) -> Result<T, CloudError> {
    part.ok_or_else(|| {
        CloudError::new(
            ErrorKind::Service,
            "MalformedAnswer",
            format!("{name} is missing from the answer"),
        )
    })
}

/// A request that lacks what the SDK asks for.
pub(crate) fn incomplete(error: BuildError) -> CloudError {
    CloudError::new(ErrorKind::Service, "InvalidRequest", error.to_string())
}

/// The account id in an ARN (`arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`).
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':')
        .nth(4)
        .filter(|account| !account.is_empty() && arn.starts_with("arn:"))
}

/// An IAM policy document as JSON text. IAM percent-encodes documents (RFC 3986; a `+` stays a
/// `+`); text that already is JSON is left alone, as emulators of AWS send it.
pub(crate) fn policy_document(text: &str) -> Result<String, CloudError> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    required(
        String::from_utf8(percent_decode(text)).ok(),
        "a policy document in UTF-8",
    )
}

/// Replaces each `%` with two hexadecimal digits by that byte; any other `%` stays.
fn percent_decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'%', [high, low, after @ ..])
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                bytes.push(high << 4 | low);
                rest = after;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_once() {
        for (encoded, decoded) in [
            ("%7B%22a%22%3A%22b%22%7D", r#"{"a":"b"}"#),
            ("%7B%22a%22%3A%22%2B+%25%22%7D", r#"{"a":"++%"}"#),
            (r#"{"a":"%41"}"#, r#"{"a":"%41"}"#),
            ("%7B%zz%4", "{%zz%4"),
            ("%7B%C3%A9", "{é"),
            ("", ""),
        ] {
            assert_eq!(policy_document(encoded).unwrap(), decoded, "{encoded}");
        }
        assert_eq!(
            policy_document("%7B%FF").unwrap_err().code,
            "MalformedAnswer"
        );
    }

    #[test]
    fn times_outside_of_the_calendar_are_none() {
        assert_eq!(
            timestamp(&DateTime::from_secs_f64(1_600_000_000.5)),
            "2020-09-13T12:26:40.5Z".parse().ok()
        );
        assert_eq!(timestamp(&DateTime::from_secs(i64::MAX)), None);
        assert_eq!(milliseconds(0), "1970-01-01T00:00:00Z".parse().ok());
        assert_eq!(milliseconds(i64::MIN), None);
    }

    #[test]
    fn an_empty_token_ends_a_listing() {
        assert_eq!(page([1], |n| n, Some(String::new())).next_token, None);
        assert_eq!(
            page([1], |n| n, Some("t".to_owned())).next_token.as_deref(),
            Some("t")
        );
    }

    #[test]
    fn accounts_are_read_from_arns() {
        for (arn, account) in [
            (
                "arn:aws:sts::111122223333:assumed-role/Audit/flowcover",
                Some("111122223333"),
            ),
            ("arn:aws:s3:::bucket", None),
            ("a:b:c:d:e:f", None),
            ("", None),
        ] {
            assert_eq!(account_of(arn), account, "{arn}");
        }
    }
}
