//! Errors of every kind, assumed roles, and the environment.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Instant;

use flowcover_cloud::{
    DescribeLogGroups, DescribeVpcs, GetCallerIdentity, HeadBucket, Operation, ask,
};

use super::*;
use crate::testing::{Reply, Server, cloud_at, quick, round_trip, scope};

async fn error_of<O: Operation>(operation: O, reply: Reply) -> CloudError
where
    O::Output: std::fmt::Debug,
{
    round_trip(operation, reply, &[]).await.unwrap_err()
}

fn ec2_error(code: &str) -> String {
    format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>You are not\nauthorized. Encoded authorization failure message: x</Message></Error></Errors></Response>"
    )
}

#[tokio::test]
async fn refusals_in_xml_are_classified() {
    for (status, body, kind, code) in [
        (
            403,
            ec2_error("UnauthorizedOperation"),
            ErrorKind::Denied,
            "UnauthorizedOperation",
        ),
        (
            503,
            ec2_error("RequestLimitExceeded"),
            ErrorKind::Throttled,
            "RequestLimitExceeded",
        ),
        (
            401,
            ec2_error("AuthFailure"),
            ErrorKind::RegionDisabled,
            "AuthFailure",
        ),
        (
            400,
            ec2_error("RequestExpired"),
            ErrorKind::Credentials,
            "RequestExpired",
        ),
        (403, String::new(), ErrorKind::Denied, "HTTP 403"),
        (404, String::new(), ErrorKind::Service, "HTTP 404"),
        (
            404,
            "<html>proxy".to_owned(),
            ErrorKind::Service,
            "HTTP 404",
        ),
        (403, "<html>proxy".to_owned(), ErrorKind::Denied, "HTTP 403"),
        (500, "oops".to_owned(), ErrorKind::Transient, "HTTP 500"),
        (
            200,
            "<DescribeVpcsResponse><vpcSet><item>".to_owned(),
            ErrorKind::Service,
            "MalformedAnswer",
        ),
        (200, String::new(), ErrorKind::Service, "MalformedAnswer"),
        (
            200,
            "<DescribeVpcsResponse><vpcSet/>".to_owned(),
            ErrorKind::Service,
            "MalformedAnswer",
        ),
        (
            200,
            "not xml".to_owned(),
            ErrorKind::Service,
            "MalformedAnswer",
        ),
    ] {
        let error = error_of(DescribeVpcs::default(), Reply::new(status, &body)).await;
        assert_eq!(
            (error.kind, error.code.as_str()),
            (kind, code),
            "{body}: {error}"
        );
        assert!(
            !error.message.contains('\n') && !error.message.contains("Encoded"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn refusals_in_json_are_classified() {
    for (status, body, kind, code) in [
        (
            400,
            r#"{"__type":"com.amazonaws.logs#AccessDeniedException","Message":"no"}"#,
            ErrorKind::Denied,
            "AccessDeniedException",
        ),
        (
            400,
            r#"{"__type":"ThrottlingException","message":"slow"}"#,
            ErrorKind::Throttled,
            "ThrottlingException",
        ),
        (403, "<ErrorResponse/>", ErrorKind::Denied, "HTTP 403"),
        (403, "", ErrorKind::Denied, "HTTP 403"),
        (404, "<html/>", ErrorKind::Service, "HTTP 404"),
        (200, "{", ErrorKind::Service, "MalformedAnswer"),
    ] {
        let error = error_of(DescribeLogGroups::default(), Reply::new(status, body)).await;
        assert_eq!(
            (error.kind, error.code.as_str()),
            (kind, code),
            "{body}: {error}"
        );
    }
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_unreachable_in_time() {
    let server = Server::start(|_| None).await;
    let started = Instant::now();
    let cloud = cloud_at(&server.endpoint, &quick());
    let error = ask(&cloud, &scope(), DescribeVpcs::default())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Unreachable, "ReadTimeout"),
        "{error}"
    );
    assert!(
        started.elapsed() < 4 * quick().read_timeout,
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn an_answer_that_never_ends_is_unreachable_in_time() {
    let cut = Reply::new(200, "<DescribeVpcsResponse>").header("content-length", "9999");
    let server = Server::start(move |_| Some(cut.clone())).await;
    let cloud = cloud_at(&server.endpoint, &quick());
    let started = Instant::now();
    let error = ask(&cloud, &scope(), DescribeVpcs::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert!(started.elapsed().as_secs() < 3, "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_unreachable() {
    let cloud = cloud_at("http://127.0.0.1:1", &quick());
    let error = ask(&cloud, &scope(), DescribeVpcs::default())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Unreachable, "ConnectError"),
        "{error}"
    );
    assert!(!error.is_retryable());
}

fn role_entry() -> Entry {
    Entry::Role {
        via: Box::new(Entry::Caller),
        role_arn: "arn:aws:iam::444455556666:role/Audit".to_owned(),
        external_id: Some("ext-1".to_owned()),
    }
}

fn assumed(expiration: &str) -> Reply {
    Reply::new(
        200,
        &format!(
            "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>A:flowcover</AssumedRoleId>
             <Arn>arn:aws:sts::444455556666:assumed-role/Audit/flowcover</Arn></AssumedRoleUser>
             <Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>
             <SessionToken>role-token</SessionToken><Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

/// Plays STS, which gives credentials that expire then, and EC2 without VPCs.
async fn sts_and_ec2(expiration: &'static str) -> Server {
    Server::start(move |request| {
        Some(if request.contains("Action=AssumeRole") {
            assumed(expiration)
        } else {
            Reply::new(200, "<DescribeVpcsResponse/>")
        })
    })
    .await
}

#[tokio::test]
async fn an_assumed_role_signs_its_calls() {
    let server = sts_and_ec2("2099-01-01T00:00:00Z").await;
    let cloud = cloud_at(&server.endpoint, &quick());
    let entry = role_entry();
    let role = Scope {
        entry: Arc::new(entry.clone()),
        ..scope()
    };

    let early = ask(&cloud, &role, DescribeVpcs::default())
        .await
        .unwrap_err();
    assert_eq!(
        (early.kind, early.code.as_str()),
        (ErrorKind::Credentials, "RoleNotAssumed")
    );

    let identity = ask(&cloud, &scope(), AssumeRole { entry: Some(entry) })
        .await
        .unwrap();
    assert_eq!(identity.account_id, "444455556666");
    ask(&cloud, &role, DescribeVpcs::default()).await.unwrap();

    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for part in [
        "RoleSessionName=flowcover",
        "ExternalId=ext-1",
        "Credential=AKIACALLER/",
    ] {
        assert!(requests[0].contains(part), "{part}");
    }
    for part in ["Credential=ASIAROLE/", "x-amz-security-token: role-token"] {
        assert!(requests[1].contains(part), "{part} in {}", requests[1]);
    }
    let text = format!("{cloud:?} {:?}", cloud.known(&role_entry()));
    for secret in ["role-secret", "role-token", "caller-secret", "AKIACALLER"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn role_credentials_are_renewed_when_they_expire() {
    let server = sts_and_ec2("2020-01-01T00:00:00Z").await;
    let cloud = cloud_at(&server.endpoint, &quick());
    let role = Scope {
        entry: Arc::new(role_entry()),
        ..scope()
    };
    let request = AssumeRole {
        entry: Some(role_entry()),
    };
    ask(&cloud, &scope(), request).await.unwrap();
    ask(&cloud, &role, DescribeVpcs::default()).await.unwrap();
    let assumptions = server
        .requests()
        .iter()
        .filter(|r| r.contains("AssumeRole"))
        .count();
    assert!(assumptions >= 2, "{assumptions}");
}

#[tokio::test]
async fn credentials_are_made_ready_apart_from_the_call() {
    let server = sts_and_ec2("2020-01-01T00:00:00Z").await;
    let cloud = cloud_at(&server.endpoint, &quick());
    let role = Scope {
        entry: Arc::new(role_entry()),
        ..scope()
    };
    let early = cloud.prepare(&role).await.unwrap_err();
    assert_eq!(early.code, "RoleNotAssumed");
    let request = AssumeRole {
        entry: Some(role_entry()),
    };
    ask(&cloud, &scope(), request).await.unwrap();
    cloud.prepare(&role).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2, "assumed, and renewed");
    assert!(requests.iter().all(|it| it.contains("Action=AssumeRole")));
}

#[tokio::test]
async fn a_refused_role_says_so() {
    let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>";
    let error = error_of(
        AssumeRole {
            entry: Some(role_entry()),
        },
        Reply::new(403, body),
    )
    .await;
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Denied, "AccessDenied")
    );
}

#[tokio::test]
async fn only_roles_can_be_assumed() {
    let cloud = cloud_at("http://127.0.0.1:1", &quick());
    for entry in [
        None,
        Some(Entry::Caller),
        Some(Entry::Profile("p".to_owned())),
    ] {
        let error = ask(&cloud, &scope(), AssumeRole { entry })
            .await
            .unwrap_err();
        assert_eq!(error.code, "InvalidEntry");
    }
}

#[tokio::test]
async fn emulators_are_asked_with_the_bucket_in_the_path() {
    let request = HeadBucket {
        bucket: "a.b".to_owned(),
    };
    round_trip(request, Reply::new(200, ""), &["HEAD /a.b"])
        .await
        .unwrap();
}

#[tokio::test]
async fn an_identity_without_an_account_is_none() {
    let reply = Reply::new(200, "<GetCallerIdentityResponse/>");
    let error = error_of(GetCallerIdentity {}, reply).await;
    assert_eq!(error.code, "MalformedAnswer");
}
