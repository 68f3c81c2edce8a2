//! Calls to CloudWatch Logs against answers in its wire format.

#![allow(clippy::unwrap_used)]

use flowcover_cloud::{ErrorKind, Operation};

use super::*;
use crate::testing::{Reply, answer, round_trip};

#[test]
fn a_log_group_is_named_by_its_arn_without_the_star() {
    let plain = "arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/a";
    let starred = format!("{plain}:*");
    let both = sdk::LogGroup::builder().arn(&starred).log_group_arn(plain);
    let old = sdk::LogGroup::builder().arn(&starred);
    for group in [both.build(), old.build()] {
        assert_eq!(log_group(group).arn, plain);
    }
}

#[test]
fn what_is_missing_or_negative_is_none() {
    let group = log_group(sdk::LogGroup::builder().retention_in_days(-1).build());
    assert_eq!(group.retention_in_days, None);
    assert_eq!((group.arn.as_str(), group.stored_bytes), ("", None));
    let stream = log_stream(sdk::LogStream::builder().log_stream_name("s").build());
    assert_eq!(
        (stream.last_event_at, stream.last_ingested_at),
        (None, None)
    );
}

const NAME: &str = "/flowcover/eu-west-1/vpc-1";

fn name() -> String {
    NAME.to_owned()
}

#[tokio::test]
async fn tags_of_a_group_are_read() {
    let resource_arn = format!("arn:aws:logs:eu-west-1:111122223333:log-group:{NAME}");
    let request = ListTagsForResource {
        resource_arn: resource_arn.clone(),
    };
    let sent = ["Logs_20140328.ListTagsForResource", &resource_arn];
    let tags = answer(request, r#"{"tags":{"flowcover:run":"r1"}}"#, &sent).await;
    assert_eq!(tags, [("flowcover:run".to_owned(), "r1".to_owned())].into());
    let request = ListTagsForResource { resource_arn };
    assert!(answer(request, "{}", &[]).await.is_empty());
}

#[tokio::test]
async fn a_group_is_made_with_its_tags_and_key() {
    let request = CreateLogGroup {
        log_group_name: name(),
        kms_key_id: Some("arn:aws:kms:x".to_owned()),
        tags: [("flowcover:run".to_owned(), "r1".to_owned())].into(),
    };
    let sent = [
        "Logs_20140328.CreateLogGroup",
        r#""logGroupName":"/flowcover/eu-west-1/vpc-1""#,
        r#""kmsKeyId":"arn:aws:kms:x""#,
        r#""tags":{"flowcover:run":"r1"}"#,
    ];
    answer(request, "", &sent).await;
}

#[tokio::test]
async fn retention_and_key_are_set_and_taken_away() {
    let request = PutRetentionPolicy {
        log_group_name: name(),
        retention_in_days: 365,
    };
    let sent = ["PutRetentionPolicy", NAME, r#""retentionInDays":365"#];
    answer(request, "", &sent).await;
    let request = DeleteRetentionPolicy {
        log_group_name: name(),
    };
    answer(request, "", &["DeleteRetentionPolicy", NAME]).await;
    let request = AssociateKmsKey {
        log_group_name: name(),
        kms_key_id: "arn:aws:kms:x".to_owned(),
    };
    let sent = ["AssociateKmsKey", NAME, r#""kmsKeyId":"arn:aws:kms:x""#];
    answer(request, "", &sent).await;
    let request = DisassociateKmsKey {
        log_group_name: name(),
    };
    answer(request, "", &["DisassociateKmsKey", NAME]).await;
    let request = DeleteLogGroup {
        log_group_name: name(),
    };
    answer(request, "", &["DeleteLogGroup", NAME]).await;
}

#[tokio::test]
async fn refusals_of_changes_are_told_apart() {
    async fn kind<O: Operation<Output = ()>>(operation: O, code: &str) -> ErrorKind {
        let body = format!(r#"{{"__type":"com.amazonaws.logs#{code}","message":"no"}}"#);
        let error = round_trip(operation, Reply::new(400, &body), &[]).await;
        error.unwrap_err().kind
    }
    for (code, expected) in [
        ("ResourceAlreadyExistsException", ErrorKind::AlreadyExists),
        ("LimitExceededException", ErrorKind::QuotaReached),
        ("OperationAbortedException", ErrorKind::Conflict),
        ("InvalidParameterException", ErrorKind::Service),
        ("ServiceUnavailableException", ErrorKind::Transient),
    ] {
        let found = kind(CreateLogGroup::default(), code).await;
        assert_eq!(found, expected, "{code}");
    }
    let found = kind(DeleteLogGroup::default(), "ResourceNotFoundException").await;
    assert_eq!(found, ErrorKind::NotFound);
}

#[tokio::test]
async fn events_come_with_stream_and_time() {
    let request = FilterLogEvents {
        log_group_name: name(),
        from: Some("2026-11-20T00:00:00Z".parse().unwrap()),
        to: Some("2026-11-20T00:14:59.999Z".parse().unwrap()),
        next_token: Some("t1".to_owned()),
    };
    let sent = [
        "Logs_20140328.FilterLogEvents",
        r#""startTime":1795132800000"#,
        r#""endTime":1795133699999"#,
        r#""nextToken":"t1""#,
    ];
    let body = r#"{"events":[{"eventId":"7","logStreamName":"eni-1-all","timestamp":1795132801000,"message":"2 x"}],"nextToken":"t2"}"#;
    let page = answer(request, body, &sent).await;
    assert_eq!(page.next_token.as_deref(), Some("t2"));
    let [event] = page.items.as_slice() else {
        panic!("one event: {page:?}");
    };
    assert_eq!(
        (event.stream.as_str(), event.message.as_str()),
        ("eni-1-all", "2 x")
    );
    assert_eq!(event.id, "7");
    assert_eq!(event.at.unwrap().to_string(), "2026-11-20T00:00:01Z");
}
