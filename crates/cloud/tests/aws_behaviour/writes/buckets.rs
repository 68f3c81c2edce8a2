//! Buckets: made, changed and deleted.

use flowcover_cloud::{ErrorKind, HeadBucket};

use super::*;

const NAME: &str = "central-records";

fn create(name: &str) -> CreateBucket {
    CreateBucket {
        bucket: name.to_owned(),
    }
}

fn put(policy: &str) -> PutBucketPolicy {
    PutBucketPolicy {
        bucket: BUCKET.to_owned(),
        policy: policy.to_owned(),
    }
}

async fn in_us_east_1<O: Operation>(lab: &Lab, operation: O) -> Result<O::Output, CloudError> {
    let scope = Scope::new(Entry::Caller, ACCOUNT, "us-east-1");
    ask(&lab.simulator, &scope, operation).await
}

#[tokio::test]
async fn a_bucket_is_made_closed_and_encrypted_and_without_tags() {
    let lab = Lab::new();
    lab.ask(create(NAME)).await.unwrap();
    let bucket = || NAME.to_owned();
    let head = lab.ask(HeadBucket { bucket: bucket() }).await.unwrap();
    assert_eq!(
        (head.region.as_deref(), head.accessible),
        (Some(REGION), Some(true))
    );
    let block = GetPublicAccessBlock { bucket: bucket() };
    assert!(lab.ask(block).await.unwrap().block_public_policy);
    let encryption = GetBucketEncryption { bucket: bucket() };
    assert_eq!(lab.ask(encryption).await.unwrap().algorithm, "AES256");
    let tagging = GetBucketTagging { bucket: bucket() };
    let error = lab.ask(tagging.clone()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::NotFound, "NoSuchTagSet")
    );
    let put = PutBucketTagging {
        bucket: bucket(),
        tags: tags(),
    };
    lab.ask(put).await.unwrap();
    assert_eq!(lab.ask(tagging).await.unwrap(), tags());
    for name in ["ab", "Upper", "-a-", "a..b", &"n".repeat(64)] {
        assert_eq!(
            code(lab.ask(create(name)).await),
            "InvalidBucketName",
            "{name}"
        );
    }
}

/// Names are shared by all accounts. In us-east-1, making one's own bucket again is no error.
#[tokio::test]
async fn a_name_that_is_taken_is_refused_but_for_ones_own_in_us_east_1() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .create_bucket(OTHER, REGION, "theirs-of-old");
    let refusal = async |name: &str| {
        let error = lab.ask(create(name)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::AlreadyExists);
        error.code
    };
    assert_eq!(refusal("theirs-of-old").await, "BucketAlreadyExists");
    assert_eq!(refusal(BUCKET).await, "BucketAlreadyOwnedByYou");
    let elsewhere = in_us_east_1(&lab, create(BUCKET)).await;
    assert_eq!(code(elsewhere), "BucketAlreadyOwnedByYou");
    for _ in 0..2 {
        in_us_east_1(&lab, create(NAME)).await.unwrap();
    }
    let tagging = PutBucketTagging {
        bucket: NAME.to_owned(),
        tags: tags(),
    };
    assert_eq!(
        code(lab.ask(tagging.clone()).await),
        "PermanentRedirect",
        "another region does not serve it"
    );
    in_us_east_1(&lab, tagging).await.unwrap();
    in_us_east_1(&lab, create(NAME)).await.unwrap();
    let bucket = NAME.to_owned();
    let told = in_us_east_1(&lab, GetBucketTagging { bucket }).await;
    assert_eq!(told.unwrap(), tags(), "nothing was reset");
}

#[tokio::test]
async fn a_bucket_with_objects_is_not_deleted() {
    let lab = Lab::new();
    let bucket = || BUCKET.to_owned();
    for key in ["a", "b"] {
        lab.simulator.world().put_object(BUCKET, key);
    }
    let delete = DeleteBucket { bucket: bucket() };
    let objects = |keys: &[&str]| DeleteObjects {
        bucket: bucket(),
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
    };
    let error = lab.ask(delete.clone()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::InUse, "BucketNotEmpty")
    );
    // A key that does not exist is no error; none at all, or too many, is.
    lab.ask(objects(&["a", "none"])).await.unwrap();
    assert_eq!(lab.simulator.world().object_keys(BUCKET), ["b"]);
    assert_eq!(code(lab.ask(objects(&[])).await), "MalformedXML");
    assert_eq!(code(lab.ask(objects(&["b"; 1001])).await), "MalformedXML");
    lab.ask(objects(&["b"])).await.unwrap();
    lab.ask(delete.clone()).await.unwrap();
    assert_eq!(code(lab.ask(delete).await), "NoSuchBucket");
    assert_eq!(code(lab.ask(objects(&["b"])).await), "NoSuchBucket");
}

#[tokio::test]
async fn what_is_no_policy_of_that_bucket_is_malformed_and_a_public_one_is_blocked() {
    let lab = Lab::new();
    let get = GetBucketPolicy {
        bucket: BUCKET.to_owned(),
    };
    let before = lab.ask(get.clone()).await.unwrap();
    let elsewhere = policies::bucket_for_account("other-bucket", ACCOUNT);
    let large = before.replacen("AWSLogDeliveryWrite", &"s".repeat(20_480), 1);
    for text in ["{", policies::ADMINISTRATOR, &elsewhere, &large] {
        assert_eq!(code(lab.ask(put(text)).await), "MalformedPolicy");
    }
    let public = policies::bucket_open_to_everyone(BUCKET, ACCOUNT);
    assert_eq!(code(lab.ask(put(&public)).await), "AccessDenied");
    assert_eq!(lab.ask(get.clone()).await.unwrap(), before);
    lab.simulator.world().delete_public_access_block(BUCKET);
    lab.ask(put(&public)).await.unwrap();
    assert_eq!(lab.ask(get.clone()).await.unwrap(), public);
    // Without a policy, deleting it is no error.
    let delete = DeleteBucketPolicy {
        bucket: BUCKET.to_owned(),
    };
    for _ in 0..2 {
        lab.ask(delete.clone()).await.unwrap();
        assert_eq!(code(lab.ask(get.clone()).await), "NoSuchBucketPolicy");
    }
    assert!(lab.refused(lab.to_bucket()).await.contains("Access Denied"));
}

#[tokio::test]
async fn encryption_and_lifecycle_are_replaced() {
    let lab = Lab::new();
    let bucket = || BUCKET.to_owned();
    let encryption = |algorithm: &str, kms_key: Option<&str>| PutBucketEncryption {
        bucket: bucket(),
        algorithm: algorithm.to_owned(),
        kms_key: kms_key.map(str::to_owned),
    };
    let with_key = encryption("AES256", Some("key"));
    assert_eq!(code(lab.ask(with_key).await), "InvalidArgument");
    assert_eq!(
        code(lab.ask(encryption("rot13", None)).await),
        "MalformedXML"
    );
    lab.ask(encryption("aws:kms", Some("key"))).await.unwrap();
    let told = lab.ask(GetBucketEncryption { bucket: bucket() }).await;
    assert_eq!(told.unwrap().kms_key.as_deref(), Some("key"));

    lab.simulator.world().expire_objects(BUCKET, "old/", 7);
    let lifecycle = |expiration_days| PutBucketLifecycle {
        bucket: bucket(),
        prefix: String::new(),
        expiration_days,
    };
    assert_eq!(code(lab.ask(lifecycle(0)).await), "InvalidArgument");
    lab.ask(lifecycle(365)).await.unwrap();
    let rules = lab.ask(GetBucketLifecycle { bucket: bucket() }).await;
    let rules: Vec<_> = rules
        .unwrap()
        .into_iter()
        .map(|it| (it.prefix, it.days))
        .collect();
    assert_eq!(rules, [(String::new(), 365)]);

    lab.simulator.world().delete_public_access_block(BUCKET);
    lab.ask(PutPublicAccessBlock { bucket: bucket() })
        .await
        .unwrap();
    let block = lab.ask(GetPublicAccessBlock { bucket: bucket() }).await;
    assert!(block.unwrap().restrict_public_buckets);
}

#[tokio::test]
async fn only_the_owner_changes_a_bucket() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .create_bucket(OTHER, REGION, "theirs-of-old");
    let bucket = || "theirs-of-old".to_owned();
    let tagging = PutBucketTagging {
        bucket: bucket(),
        tags: tags(),
    };
    assert_eq!(code(lab.ask(tagging).await), "AccessDenied");
    let delete = DeleteBucket { bucket: bucket() };
    assert_eq!(code(lab.ask(delete).await), "AccessDenied");
    let tagging = GetBucketTagging { bucket: bucket() };
    assert_eq!(code(lab.ask(tagging).await), "AccessDenied");
    assert!(
        lab.ask(HeadBucket { bucket: bucket() })
            .await
            .unwrap()
            .region
            .is_some()
    );
}
