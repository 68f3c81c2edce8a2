//! SDK errors as [`CloudError`]s: one function for every service.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use flowcover_cloud::{CloudError, ErrorKind};

/// Longest message that is kept, in characters: EC2 appends an encoded message of kilobytes to a refusal.
const MESSAGE_LIMIT: usize = 400;

/// What failed, classified.
pub(crate) fn from_sdk<E>(error: SdkError<E, HttpResponse>) -> CloudError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    if let Some(known) = from_credentials(&error) {
        return known;
    }
    let status = error
        .raw_response()
        .map_or(0, |response| response.status().as_u16());
    match &error {
        SdkError::ServiceError(context) => answered(context.err(), status),
        SdkError::ResponseError(_) if status >= 400 => bare(status),
        SdkError::ResponseError(_) => unreadable(&error),
        SdkError::DispatchFailure(failure) => failure
            .as_connector_error()
            .map_or_else(|| unreadable(&error), unreachable),
        SdkError::TimeoutError(_) => CloudError::new(
            ErrorKind::Unreachable,
            "ReadTimeout",
            "the answer did not end in time",
        ),
        _ => CloudError::new(ErrorKind::Service, "InvalidRequest", causes(&error)),
    }
}

/// An error that the service wrote, or the SDK about what it could not read.
fn answered<E: Error + ProvideErrorMetadata + 'static>(error: &E, status: u16) -> CloudError {
    match error.code().filter(|code| !code.is_empty()) {
        // JSON services may prefix the namespace of the shape: `com.amazonaws.logs#AccessDeniedException`.
        Some(code) => CloudError::answered(
            code.rsplit('#').next().unwrap_or(code),
            status,
            shorten(error.message().unwrap_or("no message")),
        ),
        None if status >= 400 => bare(status),
        None => unreadable(error),
    }
}

fn bare(status: u16) -> CloudError {
    CloudError::answered("", status, "an error without a code")
}

fn unreadable(error: &(dyn Error + 'static)) -> CloudError {
    CloudError::new(
        ErrorKind::Service,
        "MalformedAnswer",
        format!("the answer cannot be understood: {}", causes(error)),
    )
}

fn unreachable(error: &ConnectorError) -> CloudError {
    let message = causes(error);
    // The SDK keeps the type of its timeout to itself; its text tells which one it was.
    let code = match (error.is_timeout(), message.contains("connect")) {
        (true, true) => "ConnectTimeout",
        (true, false) => "ReadTimeout",
        (false, true) => "ConnectError",
        (false, false) => "ConnectionLost",
    };
    CloudError::new(ErrorKind::Unreachable, code, message)
}

/// The failure to have credentials, where that is what stands behind an error.
fn from_credentials(error: &(dyn Error + 'static)) -> Option<CloudError> {
    chain(error).find_map(|cause| {
        cause
            .downcast_ref::<CloudError>()
            .cloned()
            .or_else(|| cause.downcast_ref().map(|error| credentials(error, None)))
    })
}

/// Why there are no credentials, in the profile if one was asked for. Providers name files and services, never secrets.
pub(crate) fn credentials(error: &CredentialsError, profile: Option<&str>) -> CloudError {
    let (code, message) = match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            let place = profile.map_or(String::new(), |name| format!(" in the profile {name}"));
            (
                "CredentialsNotLoaded",
                format!("no AWS credentials were found{place}: {}", causes(error)),
            )
        }
        CredentialsError::ProviderTimedOut(_) => ("CredentialsTimeout", causes(error)),
        CredentialsError::InvalidConfiguration(_) => ("InvalidConfiguration", causes(error)),
        _ => ("CredentialsError", causes(error)),
    };
    CloudError::new(ErrorKind::Credentials, code, shorten(&message))
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The texts of an error and its causes, each once.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in chain(error) {
        let text = cause.to_string();
        if !texts.iter().any(|seen| seen.contains(&text)) {
            texts.push(text);
        }
    }
    shorten(&texts.join(": "))
}

fn shorten(message: &str) -> String {
    let message = message
        .split("Encoded authorization failure message")
        .next()
        .unwrap_or(message);
    match message.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_cut_between_characters() {
        let long = "é".repeat(MESSAGE_LIMIT + 1);
        assert_eq!(shorten(&long).chars().count(), MESSAGE_LIMIT + 1);
        assert_eq!(
            shorten("You are not authorized. Encoded authorization failure message: xyz").trim(),
            "You are not authorized."
        );
    }

    #[test]
    fn credentials_errors_say_why() {
        let error = credentials(
            &CredentialsError::invalid_configuration("no such profile"),
            None,
        );
        assert_eq!(error.kind, ErrorKind::Credentials);
        assert_eq!(error.code, "InvalidConfiguration");
        assert!(
            error.message.contains("no such profile"),
            "{}",
            error.message
        );
    }
}
