//! S3 buckets, read as their owner: nobody else is told a bucket's policy.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowcover_core::inventory::{Bucket, Fact};
use futures::{StreamExt, stream};

use super::Reach;
use crate::collect::{EnteredAccount, Run, Session};
use crate::{
    BucketHead, CloudError, ErrorKind, GetBucketEncryption, GetBucketLifecycle, GetBucketPolicy,
    GetBucketPolicyStatus, GetPublicAccessBlock, HeadBucket, Operation,
};

/// Accounts asked side by side whether a bucket is theirs.
const CANDIDATES_AT_ONCE: usize = 8;

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    needed: BTreeMap<String, String>,
) -> BTreeMap<String, Fact<Bucket>> {
    stream::iter(needed)
        .map(|(name, user)| async move {
            let bucket = read_one(run, reach, &name, &user).await;
            (name, bucket)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

async fn read_one(run: &Run<'_>, reach: &Reach<'_>, name: &str, user: &str) -> Fact<Bucket> {
    let candidates = reach.likely_owners(name, user);
    let Some(first) = candidates.first() else {
        reach.out_of_reach("", "s3:ListBucket", name);
        return Fact::NotRead;
    };
    let session = Session::new(run, first.home.clone());
    let head = match session
        .ask(HeadBucket {
            bucket: name.to_owned(),
        })
        .await
    {
        Ok(head) => head,
        Err(error) if error.kind == ErrorKind::NotFound => return Fact::Absent,
        Err(error) => {
            session.failed(HeadBucket::ACTION, Some(name), &error);
            return Fact::NotRead;
        }
    };
    match owner(run, name, &head, &candidates).await {
        Owner::Found(account, policy) => {
            Fact::Present(read_as_owner(run, &account, name, &head, policy).await)
        }
        Owner::Refused(session, error) => {
            session.failed(GetBucketPolicy::ACTION, Some(name), &error);
            Fact::Present(Bucket {
                region: head.region,
                ..unread(name)
            })
        }
    }
}

enum Owner<'a> {
    Found(Arc<EnteredAccount>, Fact<String>),
    Refused(Box<Session<'a>>, CloudError),
}

/// The account that may read the bucket's policy. Only the owner may, as a rule.
async fn owner<'a>(
    run: &'a Run<'a>,
    name: &str,
    head: &BucketHead,
    candidates: &[&Arc<EnteredAccount>],
) -> Owner<'a> {
    let mut refused = None;
    // The likeliest alone, for it is nearly always the one; then the others, several at once.
    let (likeliest, others) = candidates.split_at(candidates.len().min(1));
    let groups = std::iter::once(likeliest).chain(others.chunks(CANDIDATES_AT_ONCE));
    for group in groups {
        let answers: Vec<_> = stream::iter(group)
            .map(|account| async move {
                let session = Session::new(run, scope(account, head));
                let answer = session
                    .ask(GetBucketPolicy {
                        bucket: name.to_owned(),
                    })
                    .await;
                (*account, session, answer)
            })
            .buffered(CANDIDATES_AT_ONCE)
            .collect()
            .await;
        for (account, session, answer) in answers {
            match answer {
                Ok(policy) => return Owner::Found(Arc::clone(account), Fact::Present(policy)),
                Err(error) if error.code == "NoSuchBucketPolicy" => {
                    return Owner::Found(Arc::clone(account), Fact::Absent);
                }
                Err(error) => {
                    refused.get_or_insert((session, error));
                }
            }
        }
    }
    let (session, error) =
        refused.expect("there is at least one candidate, and each answer was looked at");
    Owner::Refused(Box::new(session), error)
}

fn scope(account: &EnteredAccount, head: &BucketHead) -> crate::Scope {
    head.region.as_deref().map_or_else(
        || account.home.clone(),
        |region| account.home.in_region(region),
    )
}

async fn read_as_owner(
    run: &Run<'_>,
    account: &EnteredAccount,
    name: &str,
    head: &BucketHead,
    policy: Fact<String>,
) -> Bucket {
    let session = Session::new(run, scope(account, head));
    let bucket = || name.to_owned();
    let public = async {
        // Without a policy there is no policy status.
        if policy.is_absent() {
            Fact::Present(false)
        } else {
            session
                .fact(name, GetBucketPolicyStatus { bucket: bucket() })
                .await
        }
    };
    let (public, public_access_block, encryption, expiration) = futures::join!(
        public,
        session.fact(name, GetPublicAccessBlock { bucket: bucket() }),
        session.fact(name, GetBucketEncryption { bucket: bucket() }),
        session.fact(name, GetBucketLifecycle { bucket: bucket() }),
    );
    Bucket {
        owner_account_id: Some(account.account_id.clone()),
        region: head.region.clone(),
        policy,
        public,
        public_access_block,
        encryption,
        expiration,
        ..unread(name)
    }
}

fn unread(name: &str) -> Bucket {
    Bucket {
        name: name.to_owned(),
        owner_account_id: None,
        region: None,
        policy: Fact::NotRead,
        public: Fact::NotRead,
        public_access_block: Fact::NotRead,
        encryption: Fact::NotRead,
        expiration: Fact::NotRead,
    }
}
