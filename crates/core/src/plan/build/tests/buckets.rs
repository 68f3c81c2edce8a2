//! What `[fix]` says of a bucket that is made, in one place or several.

use super::*;
use crate::fixture::*;
use crate::inventory::Bucket;
use crate::plan::Change;
use crate::policy::{DestinationKind, FixOverride, FixSettings};

#[test]
fn the_key_of_a_bucket_that_is_made_is_that_of_its_account_and_region() {
    let policy = policy("cis", |policy| {
        let fix = &mut policy.fix.base;
        fix.destination = Some(DestinationKind::S3);
        fix.bucket = Some("made-{account_id}".to_owned());
        fix.bucket_create = Some(true);
        fix.bucket_account = Some(OTHER.to_owned());
        fix.bucket_region = Some("us-east-1".to_owned());
        fix.bucket_kms_key = Some("arn:aws:kms:{region}:{account_id}:alias/records".to_owned());
    });
    let plan = plan(&bare(), &policy, false);
    let key = plan.steps.iter().find_map(|step| match &step.change {
        Change::CreateBucket { kms_key, .. } => kms_key.as_deref(),
        _ => None,
    });
    let expected = format!("arn:aws:kms:us-east-1:{OTHER}:alias/records");
    assert_eq!(key, Some(expected.as_str()));
}

/// Two regions share a bucket; only of the one that comes last is it said that it is made, and with which key.
#[test]
fn what_is_said_of_a_shared_bucket_in_one_place_holds_for_all() {
    let mut two = bare();
    let mut other = two.regions[0].clone();
    other.region = "us-east-1".to_owned();
    other.vpcs.items = vec![vpc("vpc-2")];
    two.regions.push(other);
    let policy = policy("strict", |policy| {
        let fix = &mut policy.fix.base;
        fix.destination = Some(DestinationKind::S3);
        fix.bucket = Some("made".to_owned());
        fix.bucket_region = Some(REGION.to_owned());
        policy.fix.overrides = vec![FixOverride {
            regions: vec!["us-east-1".to_owned()],
            settings: FixSettings {
                bucket_create: Some(true),
                bucket_kms_key: Some(KEY.to_owned()),
                ..FixSettings::default()
            },
            ..FixOverride::default()
        }];
    });
    two.buckets.insert("made".to_owned(), Fact::Absent);
    let plan = plan(&two, &policy, false);
    assert_eq!(refused(&plan), []);
    let made = plan.steps.iter().filter_map(|step| match &step.change {
        Change::CreateBucket { kms_key, .. } => kms_key.as_deref(),
        _ => None,
    });
    assert_eq!(made.collect::<Vec<_>>(), [KEY]);
    let after = super::model::apply(&plan, &two);
    assert_eq!(ids(&self::plan(&after, &policy, false)), [""; 0]);
}

/// Records are seen in the account of the bucket, also where nothing of the bucket is to be changed.
#[test]
fn a_plan_reaches_the_account_of_a_bucket_that_is_fit_already() {
    let policy = policy("cis", |policy| {
        let fix = &mut policy.fix.base;
        fix.destination = Some(DestinationKind::S3);
        fix.bucket = Some(BUCKET.to_owned());
    });
    let world = but(bare(), |i| {
        let owner_account_id = Some(OTHER.to_owned());
        let bucket = Bucket {
            owner_account_id,
            ..bucket()
        };
        i.buckets.insert(BUCKET.to_owned(), Fact::Present(bucket));
    });
    let plan = plan(&world, &policy, false);
    let accounts: Vec<&str> = plan.accounts.keys().map(String::as_str).collect();
    let touched: BTreeSet<&str> = plan.steps.iter().map(|it| it.account_id.as_str()).collect();
    assert_eq!(touched, BTreeSet::from([ACCOUNT]));
    assert_eq!(accounts, [ACCOUNT, OTHER]);
}
