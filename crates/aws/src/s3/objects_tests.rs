//! Reading objects, against answers in S3's wire format.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{Reply, answer, round_trip};

fn object() -> GetObject {
    GetObject {
        bucket: "a-bucket".to_owned(),
        key: "AWSLogs/a b.log.gz".to_owned(),
        ..GetObject::default()
    }
}

#[tokio::test]
async fn listings_hold_objects_and_folders() {
    let request = ListKeys {
        bucket: "a-bucket".to_owned(),
        prefix: "AWSLogs/".to_owned(),
        by_folder: true,
        request_payer: true,
        next_token: None,
    };
    let body = "<ListBucketResult><Contents><Key>AWSLogs/x.gz</Key><Size>12</Size>\
        <ETag>&quot;abc&quot;</ETag><StorageClass>GLACIER</StorageClass></Contents>\
        <CommonPrefixes><Prefix>AWSLogs/123456789012/</Prefix></CommonPrefixes>\
        <NextContinuationToken>next</NextContinuationToken></ListBucketResult>";
    let sent = [
        "list-type=2",
        "delimiter=%2F",
        "prefix=AWSLogs%2F",
        "x-amz-request-payer: requester",
    ];
    let page = answer(request, body, &sent).await;
    assert_eq!(page.next_token.as_deref(), Some("next"));
    assert_eq!(
        page.items,
        [
            Listed::Folder("AWSLogs/123456789012/".to_owned()),
            Listed::Object {
                key: "AWSLogs/x.gz".to_owned(),
                size: 12,
                etag: Some("\"abc\"".to_owned()),
                storage_class: Some("GLACIER".to_owned()),
            },
        ]
    );
}

#[tokio::test]
async fn an_object_is_asked_for_as_it_was_listed() {
    let request = GetObject {
        range: Some((10, 19)),
        if_match: Some("\"abc\"".to_owned()),
        request_payer: true,
        ..object()
    };
    let sent = [
        "GET /a-bucket/AWSLogs/a%20b.log.gz",
        "range: bytes=10-19",
        "if-match: \"abc\"",
        "x-amz-request-payer: requester",
    ];
    let bytes = answer(request, "0123456789", &sent).await;
    assert_eq!(bytes.0, b"0123456789");
    assert_eq!(format!("{bytes:?}"), "ObjectBytes(10)");
}

#[tokio::test]
async fn refusals_keep_their_codes() {
    for (code, status, kind) in [
        ("NoSuchKey", 404, ErrorKind::NotFound),
        ("AccessDenied", 403, ErrorKind::Denied),
        ("PreconditionFailed", 412, ErrorKind::Service),
        ("SlowDown", 503, ErrorKind::Throttled),
    ] {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        let error = round_trip(object(), Reply::new(status, &body), &[]).await;
        let error = error.unwrap_err();
        assert_eq!((error.code.as_str(), error.kind), (code, kind));
    }
}
