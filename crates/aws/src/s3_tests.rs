//! S3 calls against answers in its wire format.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::{Reply, answer, round_trip};

fn bucket() -> String {
    "a-bucket".to_owned()
}

async fn head(reply: Reply) -> Result<BucketHead, CloudError> {
    round_trip(HeadBucket { bucket: bucket() }, reply, &["HEAD /a-bucket"]).await
}

#[tokio::test]
async fn the_region_of_a_bucket_comes_with_every_answer() {
    for (status, region, expected) in [
        (200, Some("eu-west-1"), Ok(true)),
        (403, Some("eu-west-1"), Ok(false)),
        (403, None, Ok(false)),
        (301, Some("eu-central-1"), Ok(true)),
        (400, Some("eu-central-1"), Ok(true)),
        // The bucket's own region says 400: something else is wrong.
        (400, Some("eu-west-1"), Err(ErrorKind::Service)),
        (400, None, Err(ErrorKind::Service)),
        (404, None, Err(ErrorKind::NotFound)),
        (503, None, Err(ErrorKind::Transient)),
    ] {
        let mut reply = Reply::new(status, "");
        if let Some(region) = region {
            reply = reply.header(REGION_HEADER, region);
        }
        let found = head(reply).await;
        let accessible = found.as_ref().map(|head| head.accessible);
        assert_eq!(
            accessible.map_err(|e| e.kind),
            expected,
            "{status} {region:?}"
        );
        if let Ok(head) = found {
            assert_eq!(head.region.as_deref(), region, "{status}");
        }
    }
}

#[tokio::test]
async fn policies_are_read_as_they_stand() {
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let request = GetBucketPolicy { bucket: bucket() };
    let text = answer(request, policy, &["GET /a-bucket/?policy"]).await;
    assert_eq!(text, policy);

    let status = "<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>";
    let request = GetBucketPolicyStatus { bucket: bucket() };
    assert!(answer(request, status, &["GET /a-bucket/?policyStatus"]).await);

    let request = GetBucketPolicyStatus { bucket: bucket() };
    let reply = Reply::new(200, "<PolicyStatus/>");
    let unknown = round_trip(request, reply, &[]).await.unwrap_err();
    assert_eq!(unknown.code, "MalformedAnswer", "neither public nor not");
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    for code in ["NoSuchBucket", "NoSuchBucketPolicy"] {
        let body = format!("<Error><Code>{code}</Code><Message>none</Message></Error>");
        let request = GetBucketPolicy { bucket: bucket() };
        let error = round_trip(request, Reply::new(404, &body), &[]).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind, error.code.as_str()),
            (ErrorKind::NotFound, code)
        );
    }
}

#[tokio::test]
async fn a_404_without_a_code_of_aws_proves_nothing() {
    for body in ["", "<html><body>Not Found</body></html>", "not found"] {
        let request = GetBucketPolicy { bucket: bucket() };
        let error = round_trip(request, Reply::new(404, body), &[]).await;
        assert_eq!(error.unwrap_err().kind, ErrorKind::Service, "{body:?}");
    }
}

#[tokio::test]
async fn the_public_access_block_is_read() {
    let body = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>
        <BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>";
    let request = GetPublicAccessBlock { bucket: bucket() };
    let block = answer(request, body, &["?publicAccessBlock"]).await;
    assert!(block.block_public_acls && block.block_public_policy);
    assert!(!block.ignore_public_acls && !block.restrict_public_buckets);
}

#[tokio::test]
async fn the_default_encryption_is_read() {
    let body = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>
        <KMSMasterKeyID>arn:aws:kms:eu-west-1:111122223333:key/k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
    let request = GetBucketEncryption { bucket: bucket() };
    let encryption = answer(request, body, &["?encryption"]).await;
    assert_eq!(encryption.algorithm, "aws:kms");
    assert_eq!(
        encryption.kms_key.as_deref(),
        Some("arn:aws:kms:eu-west-1:111122223333:key/k")
    );
}

#[tokio::test]
async fn only_rules_that_expire_current_objects_count() {
    let body = "<LifecycleConfiguration>
        <Rule><Status>Enabled</Status><Filter><Prefix>AWSLogs/</Prefix></Filter><Expiration><Days>90</Days></Expiration></Rule>
        <Rule><Status>Enabled</Status><Prefix>old/</Prefix><Expiration><Days>30</Days></Expiration></Rule>
        <Rule><Status>Enabled</Status><Filter><And><Prefix>both/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><Expiration><Days>7</Days></Expiration></Rule>
        <Rule><Status>Enabled</Status><Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter><Expiration><Days>8</Days></Expiration></Rule>
        <Rule><Status>Disabled</Status><Filter><Prefix/></Filter><Expiration><Days>1</Days></Expiration></Rule>
        <Rule><Status>Enabled</Status><Filter><Prefix/></Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
        <Rule><Status>Enabled</Status><Filter><Prefix/></Filter><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration></Rule>
        </LifecycleConfiguration>";
    let request = GetBucketLifecycle { bucket: bucket() };
    let rules = answer(request, body, &["?lifecycle"]).await;
    let found: Vec<_> = rules
        .iter()
        .map(|r| (r.prefix.as_str(), r.filtered, r.days))
        .collect();
    assert_eq!(
        found,
        [
            ("AWSLogs/", false, 90),
            ("old/", false, 30),
            ("both/", true, 7),
            ("", true, 8)
        ]
    );
}

#[tokio::test]
async fn objects_are_listed_page_by_page() {
    let body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>
        <Contents><Key>AWSLogs/a.gz</Key><LastModified>2024-02-03T04:05:06.000Z</LastModified><Size>123</Size></Contents><Contents/></ListBucketResult>";
    let request = ListObjects {
        bucket: bucket(),
        prefix: "AWSLogs/".to_owned(),
        next_token: Some("now".to_owned()),
    };
    let sent = [
        "list-type=2",
        "prefix=AWSLogs%2F",
        "continuation-token=now",
        "max-keys=1000",
    ];
    let page = answer(request, body, &sent).await;
    assert_eq!(page.next_token.as_deref(), Some("next"));
    assert_eq!(
        (page.items[0].key.as_str(), page.items[0].size),
        ("AWSLogs/a.gz", 123)
    );
    assert_eq!(
        page.items[0].last_modified,
        "2024-02-03T04:05:06Z".parse().ok()
    );
    assert_eq!(page.items[1].last_modified, None);
}
