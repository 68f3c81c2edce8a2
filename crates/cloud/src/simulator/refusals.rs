//! How each service words a refusal: the codes differ, and callers tell causes apart by them.

use crate::scope::service;
use crate::{CloudError, ErrorKind};

/// A denial, with the code of the service ("Common errors" of each API reference).
pub(super) fn denied(action: &str, reason: &str) -> CloudError {
    let (code, status) = match service(action) {
        "ec2" => ("UnauthorizedOperation", 403),
        "iam" | "sts" | "s3" => ("AccessDenied", 403),
        _ => ("AccessDeniedException", 400),
    };
    CloudError::answered(
        code,
        status,
        format!("not authorized to perform: {action}: {reason}"),
    )
}

/// Keys that are not valid, with the code of the service. EC2's is also that of a region which is not enabled.
pub(super) fn unknown_keys(action: &str) -> CloudError {
    let (code, status) = match service(action) {
        "ec2" => ("AuthFailure", 401),
        "s3" => ("InvalidAccessKeyId", 403),
        "iam" | "sts" => ("InvalidClientTokenId", 403),
        _ => ("UnrecognizedClientException", 400),
    };
    let message = "AWS was not able to validate the provided access credentials";
    CloudError::answered(code, status, message)
}

/// Throttling, with the code of the service.
pub(super) fn throttled(action: &str) -> CloudError {
    let (code, status) = match service(action) {
        "ec2" => ("RequestLimitExceeded", 503),
        "iam" | "sts" => ("Throttling", 400),
        "s3" => ("SlowDown", 503),
        "organizations" => ("TooManyRequestsException", 429),
        _ => ("ThrottlingException", 400),
    };
    CloudError::answered(code, status, "rate exceeded")
}

/// A failure of AWS itself, with the code of the service.
pub(super) fn failed(action: &str) -> CloudError {
    let (code, status) = match service(action) {
        "ec2" | "s3" => ("InternalError", 500),
        "iam" => ("ServiceFailure", 500),
        "logs" => ("ServiceUnavailableException", 503),
        _ => ("InternalFailure", 500),
    };
    CloudError::answered(code, status, "an internal error has occurred")
}

/// An endpoint that does not answer.
pub(super) fn no_connection(region: &str, action: &str) -> CloudError {
    CloudError::new(
        ErrorKind::Unreachable,
        "ConnectTimeout",
        format!(
            "no connection to the endpoint of {} in {region}",
            service(action)
        ),
    )
}
