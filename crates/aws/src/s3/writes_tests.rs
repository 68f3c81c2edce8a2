//! S3 calls that change something, on the wire.

#![allow(clippy::unwrap_used)]

use flowcover_cloud::{ErrorKind, GetBucketTagging, Operation, ask};

use super::*;
use crate::settings::Settings;
use crate::testing::{Reply, Server, answer, cloud_at, round_trip, scope};

fn bucket() -> String {
    "a-bucket".to_owned()
}

#[tokio::test]
async fn a_bucket_is_made_in_the_region_of_the_call() {
    for (region, constraint) in [
        ("eu-west-1", Some("eu-west-1")),
        ("us-gov-west-1", Some("us-gov-west-1")),
        ("us-east-1", None),
    ] {
        let server = Server::start(|_| Some(Reply::new(200, ""))).await;
        let cloud = cloud_at(&server.endpoint, &Settings::default());
        let request = CreateBucket { bucket: bucket() };
        let done = ask(&cloud, &scope().in_region(region), request).await;
        assert_eq!(done, Ok(()), "{region}");
        let [request] = &server.requests()[..] else {
            panic!("one call is one request");
        };
        assert!(request.starts_with("PUT /a-bucket"), "{request}");
        let sent = request
            .split_once("<LocationConstraint>")
            .and_then(|(_, rest)| rest.split_once("</LocationConstraint>"))
            .map(|(constraint, _)| constraint);
        assert_eq!(sent, constraint, "{request}");
    }
}

#[tokio::test]
async fn tags_are_put_and_read() {
    let request = PutBucketTagging {
        bucket: bucket(),
        tags: [("flowcover:run".to_owned(), "r1".to_owned())].into(),
    };
    let sent = [
        "PUT /a-bucket/?tagging",
        "<TagSet><Tag><Key>flowcover:run</Key><Value>r1</Value></Tag></TagSet>",
    ];
    answer(request, "", &sent).await;
    let request = GetBucketTagging { bucket: bucket() };
    let body =
        "<Tagging><TagSet><Tag><Key>flowcover:run</Key><Value>r1</Value></Tag></TagSet></Tagging>";
    let tags = answer(request, body, &["GET /a-bucket/?tagging"]).await;
    assert_eq!(tags, [("flowcover:run".to_owned(), "r1".to_owned())].into());
    let request = GetBucketTagging { bucket: bucket() };
    let body = "<Error><Code>NoSuchTagSet</Code><Message>none</Message></Error>";
    let none = round_trip(request, Reply::new(404, body), &[]).await;
    assert_eq!(none.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn all_four_parts_of_the_public_access_block_are_switched_on() {
    let request = PutPublicAccessBlock { bucket: bucket() };
    let sent = [
        "PUT /a-bucket/?publicAccessBlock",
        "<BlockPublicAcls>true</BlockPublicAcls>",
        "<IgnorePublicAcls>true</IgnorePublicAcls>",
        "<BlockPublicPolicy>true</BlockPublicPolicy>",
        "<RestrictPublicBuckets>true</RestrictPublicBuckets>",
    ];
    answer(request, "", &sent).await;
}

#[tokio::test]
async fn encryption_names_its_key() {
    let request = PutBucketEncryption {
        bucket: bucket(),
        algorithm: "aws:kms".to_owned(),
        kms_key: Some("arn:aws:kms:x".to_owned()),
    };
    let sent = [
        "PUT /a-bucket/?encryption",
        "<SSEAlgorithm>aws:kms</SSEAlgorithm>",
        "<KMSMasterKeyID>arn:aws:kms:x</KMSMasterKeyID>",
        "<BucketKeyEnabled>true</BucketKeyEnabled>",
    ];
    answer(request, "", &sent).await;
    let request = PutBucketEncryption {
        bucket: bucket(),
        algorithm: "AES256".to_owned(),
        kms_key: None,
    };
    answer(request, "", &["<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"]).await;
}

#[tokio::test]
async fn the_lifecycle_is_one_rule_that_expires_objects() {
    for (prefix, filter) in [
        ("AWSLogs/", "<Filter><Prefix>AWSLogs/</Prefix></Filter>"),
        ("", "<Filter><Prefix></Prefix></Filter>"),
    ] {
        let request = PutBucketLifecycle {
            bucket: bucket(),
            prefix: prefix.to_owned(),
            expiration_days: 365,
        };
        let sent = [
            "PUT /a-bucket/?lifecycle",
            "<Expiration><Days>365</Days></Expiration>",
            "<ID>flowcover-expiration</ID>",
            "<Status>Enabled</Status>",
            filter,
        ];
        answer(request, "", &sent).await;
    }
}

#[tokio::test]
async fn the_policy_is_put_word_for_word_and_deleted() {
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let request = PutBucketPolicy {
        bucket: bucket(),
        policy: policy.to_owned(),
    };
    answer(request, "", &["PUT /a-bucket/?policy", policy]).await;
    let request = DeleteBucketPolicy { bucket: bucket() };
    let reply = Reply::new(204, "");
    let done = round_trip(request, reply, &["DELETE /a-bucket/?policy"]).await;
    assert_eq!(done, Ok(()));
    let request = DeleteBucket { bucket: bucket() };
    let reply = Reply::new(204, "");
    let done = round_trip(request, reply, &["DELETE /a-bucket"]).await;
    assert_eq!(done, Ok(()));
}

#[tokio::test]
async fn objects_that_stay_are_an_error_although_the_call_succeeds() {
    let request = || DeleteObjects {
        bucket: bucket(),
        keys: vec!["a&b".to_owned(), "c".to_owned()],
    };
    let sent = [
        "POST /a-bucket/?delete",
        "<Object><Key>a&amp;b</Key></Object><Object><Key>c</Key></Object>",
        "<Quiet>true</Quiet>",
    ];
    answer(request(), "<DeleteResult></DeleteResult>", &sent).await;
    for (code, kind) in [
        ("AccessDenied", ErrorKind::Denied),
        ("InternalError", ErrorKind::Transient),
    ] {
        let body = format!(
            "<DeleteResult><Error><Key>c</Key><Code>{code}</Code><Message>no</Message></Error></DeleteResult>"
        );
        let error = round_trip(request(), Reply::new(200, &body), &[]).await;
        let error = error.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (kind, code));
        assert_eq!(
            error.message,
            "1 of 2 objects were not deleted, such as c: no"
        );
    }
}

#[tokio::test]
async fn refusals_of_changes_are_told_apart() {
    async fn kind<O: Operation<Output = ()>>(operation: O, status: u16, code: &str) -> ErrorKind {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        let error = round_trip(operation, Reply::new(status, &body), &[]).await;
        let error = error.unwrap_err();
        assert_eq!(error.code, code);
        error.kind
    }
    for (status, code, expected) in [
        (409, "BucketAlreadyExists", ErrorKind::AlreadyExists),
        (409, "BucketAlreadyOwnedByYou", ErrorKind::AlreadyExists),
        (409, "OperationAborted", ErrorKind::Conflict),
        (400, "TooManyBuckets", ErrorKind::QuotaReached),
        (400, "InvalidBucketName", ErrorKind::Service),
        (503, "SlowDown", ErrorKind::Throttled),
        (500, "InternalError", ErrorKind::Transient),
    ] {
        let request = CreateBucket { bucket: bucket() };
        assert_eq!(kind(request, status, code).await, expected, "{code}");
    }
    let delete = || DeleteBucket { bucket: bucket() };
    assert_eq!(
        kind(delete(), 409, "BucketNotEmpty").await,
        ErrorKind::InUse
    );
    assert_eq!(
        kind(delete(), 404, "NoSuchBucket").await,
        ErrorKind::NotFound
    );
}
