//! Errors as each AWS protocol words them.

use super::call::{Identified, Protocol};
use super::http::Message;

/// An answer that the proxy gives itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status code.
    pub status: u16,
    /// `Content-Type` of the body.
    pub content_type: String,
    /// The body, sent as it is.
    pub body: String,
}

/// A fault that each service words in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Throttled,
    Denied,
    Expired,
    Internal,
}

/// The error code and status of a fault: the "Common Errors" page of each service's API
/// Reference, and "Error codes" of the EC2 and S3 API References.
fn code_and_status(fault: Fault, protocol: Protocol, service: &str) -> (&'static str, u16) {
    match (fault, protocol) {
        (Fault::Throttled, Protocol::Ec2) => ("RequestLimitExceeded", 503),
        (Fault::Throttled, Protocol::Query) => ("Throttling", 400),
        (Fault::Throttled, Protocol::S3) => ("SlowDown", 503),
        (Fault::Throttled, Protocol::Json) if service == "organizations" => {
            ("TooManyRequestsException", 400)
        }
        (Fault::Throttled, Protocol::Json) => ("ThrottlingException", 400),
        (Fault::Denied, Protocol::Ec2) => ("UnauthorizedOperation", 403),
        (Fault::Denied, Protocol::Query | Protocol::S3) => ("AccessDenied", 403),
        (Fault::Denied, Protocol::Json) => ("AccessDeniedException", 400),
        (Fault::Expired, Protocol::Ec2) => ("RequestExpired", 400),
        (Fault::Expired, Protocol::Query) => ("ExpiredToken", 403),
        (Fault::Expired, Protocol::S3) => ("ExpiredToken", 400),
        (Fault::Expired, Protocol::Json) => ("ExpiredTokenException", 400),
        (Fault::Internal, Protocol::Ec2 | Protocol::S3) => ("InternalError", 500),
        (Fault::Internal, Protocol::Query) => ("InternalFailure", 500),
        (Fault::Internal, Protocol::Json) => ("InternalServerException", 500),
    }
}

fn message(fault: Fault, identified: &Identified) -> String {
    match fault {
        Fault::Throttled => "Request limit exceeded.".to_owned(),
        Fault::Denied => format!(
            "User: arn:aws:iam::{}:user/test is not authorized to perform: {}",
            identified.call.account, identified.call
        ),
        Fault::Expired => "The security token included in the request is expired".to_owned(),
        Fault::Internal => "An internal error has occurred".to_owned(),
    }
}

impl Reply {
    pub(super) fn of(fault: Fault, identified: &Identified) -> Self {
        let protocol = identified.protocol;
        let (code, status) = code_and_status(fault, protocol, &identified.call.service);
        let message = message(fault, identified);
        let body = match protocol {
            Protocol::Json => format!(r#"{{"__type":"{code}","message":"{message}"}}"#),
            _ => xml_error(protocol, code, &message),
        };
        let content_type = match protocol {
            Protocol::Json => "application/x-amz-json-1.1",
            _ => "text/xml",
        };
        Self {
            status,
            content_type: content_type.to_owned(),
            body,
        }
    }

    pub(super) fn into_response(self) -> Message {
        Message {
            start: format!("HTTP/1.1 {} {}", self.status, reason(self.status)),
            headers: vec![
                ("content-type".to_owned(), self.content_type),
                ("x-amzn-requestid".to_owned(), REQUEST_ID.to_owned()),
            ],
            body: self.body.into_bytes(),
        }
    }
}

const REQUEST_ID: &str = "00000000-0000-0000-0000-00000000fa17";

fn xml_error(protocol: Protocol, code: &str, message: &str) -> String {
    const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    let error = format!("<Code>{code}</Code><Message>{message}</Message>");
    match protocol {
        Protocol::Ec2 => format!(
            "{DECLARATION}<Response><Errors><Error>{error}</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
        ),
        Protocol::S3 => {
            format!("{DECLARATION}<Error>{error}<RequestId>{REQUEST_ID}</RequestId></Error>")
        }
        Protocol::Query | Protocol::Json => format!(
            "{DECLARATION}<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        ),
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::call::Call;

    fn reply(fault: Fault, service: &str, protocol: Protocol) -> Reply {
        let identified = Identified {
            call: Call {
                service: service.to_owned(),
                action: "Get".to_owned(),
                region: "eu-west-1".to_owned(),
                account: "111111111111".to_owned(),
            },
            protocol,
            access_key: String::new(),
        };
        Reply::of(fault, &identified)
    }

    #[test]
    fn every_service_words_a_fault_in_its_own_way() {
        for (fault, service, protocol, status, part) in [
            (
                Fault::Throttled,
                "ec2",
                Protocol::Ec2,
                503,
                "<Response><Errors><Error><Code>RequestLimitExceeded</Code>",
            ),
            (
                Fault::Denied,
                "ec2",
                Protocol::Ec2,
                403,
                "<Code>UnauthorizedOperation</Code>",
            ),
            (
                Fault::Expired,
                "ec2",
                Protocol::Ec2,
                400,
                "<Code>RequestExpired</Code>",
            ),
            (
                Fault::Denied,
                "iam",
                Protocol::Query,
                403,
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>",
            ),
            (
                Fault::Throttled,
                "logs",
                Protocol::Json,
                400,
                r#"{"__type":"ThrottlingException","#,
            ),
            (
                Fault::Throttled,
                "organizations",
                Protocol::Json,
                400,
                "TooManyRequestsException",
            ),
            (
                Fault::Denied,
                "logs",
                Protocol::Json,
                400,
                r#"{"__type":"AccessDeniedException","#,
            ),
            (
                Fault::Expired,
                "logs",
                Protocol::Json,
                400,
                "ExpiredTokenException",
            ),
            (
                Fault::Throttled,
                "s3",
                Protocol::S3,
                503,
                "<Error><Code>SlowDown</Code>",
            ),
            (
                Fault::Internal,
                "s3",
                Protocol::S3,
                500,
                "<Code>InternalError</Code>",
            ),
        ] {
            let reply = reply(fault, service, protocol);
            assert_eq!(reply.status, status, "{part}");
            assert!(reply.body.contains(part), "{}", reply.body);
        }
    }

    #[test]
    fn a_json_fault_is_json_and_names_the_call() {
        let reply = reply(Fault::Denied, "logs", Protocol::Json);
        let body: serde_json::Value = serde_json::from_str(&reply.body).expect("json");
        let message = body["message"].as_str().expect("a message");
        assert!(message.ends_with("is not authorized to perform: logs:Get"));
    }
}
