//! S3 buckets, read as their owner: nobody else is told a bucket's policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowcover_core::inventory::{Bucket, Fact};
use futures::{StreamExt, stream};
use tokio::sync::Mutex;

use super::Reach;
use crate::collect::{EnteredAccount, Run, Session};
use crate::{
    BucketHead, CloudError, ErrorKind, GetBucketEncryption, GetBucketLifecycle, GetBucketPolicy,
    GetBucketPolicyStatus, GetPublicAccessBlock, HeadBucket, Operation,
};

/// Accounts asked side by side whether a bucket is theirs.
const CANDIDATES_AT_ONCE: usize = 8;

/// Accounts asked for nothing but a guess, over all buckets: twice all of them, or so many.
const FEWEST_GUESSES: usize = 200;

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    named: BTreeMap<String, String>,
) -> BTreeMap<String, Fact<Bucket>> {
    let guesses = Mutex::new(Guesses {
        left: FEWEST_GUESSES.max(2 * reach.accounts.len()),
        owners: BTreeSet::new(),
    });
    let guesses = &guesses;
    stream::iter(named)
        .map(|(name, user)| async move {
            let bucket = read_one(run, reach, guesses, &name, &user).await;
            (name, bucket)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

async fn read_one(
    run: &Run<'_>,
    reach: &Reach<'_>,
    guesses: &Mutex<Guesses>,
    name: &str,
    user: &str,
) -> Fact<Bucket> {
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
    let mut search = Search {
        run,
        name,
        head: &head,
        refusal: None,
    };
    let likely = candidates.partition_point(|it| reach.is_likely_owner(it, name, user));
    let (likely, others) = candidates.split_at(likely.max(1));
    let mut found = search.among(likely).await;
    if found.is_none() {
        found = guesses.lock().await.guess(&mut search, others).await;
    }
    if let Some((account, policy)) = found {
        return Fact::Present(read_as_owner(run, &account, name, &head, policy).await);
    }
    if let Some((session, error)) = search.refusal {
        session.failed(GetBucketPolicy::ACTION, Some(name), &error);
    }
    Fact::Present(Bucket {
        region: head.region,
        ..unread(name)
    })
}

/// An account that may read the policy of a bucket, and that policy.
type Owner = (Arc<EnteredAccount>, Fact<String>);

/// The search for the account that may read a bucket's policy. Only the owner may, as a rule.
struct Search<'a> {
    run: &'a Run<'a>,
    name: &'a str,
    head: &'a BucketHead,
    /// What the likeliest account was told.
    refusal: Option<(Session<'a>, CloudError)>,
}

impl Search<'_> {
    /// The first alone, for it is nearly always the one; then the others, several at once.
    async fn among(&mut self, accounts: &[&Arc<EnteredAccount>]) -> Option<Owner> {
        let (likeliest, others) = accounts.split_at(accounts.len().min(1));
        let groups = std::iter::once(likeliest).chain(others.chunks(CANDIDATES_AT_ONCE));
        for group in groups {
            if let Some(owner) = self.at_once(group).await {
                return Some(owner);
            }
        }
        None
    }

    async fn at_once(&mut self, group: &[&Arc<EnteredAccount>]) -> Option<Owner> {
        let (run, head, name) = (self.run, self.head, self.name);
        let answers: Vec<_> = stream::iter(group)
            .map(|account| async move {
                let session = Session::new(run, scope(account, head));
                let request = GetBucketPolicy {
                    bucket: name.to_owned(),
                };
                let answer = session.ask(request).await;
                (*account, session, answer)
            })
            .buffered(CANDIDATES_AT_ONCE)
            .collect()
            .await;
        for (account, session, answer) in answers {
            match answer {
                Ok(policy) => return Some((Arc::clone(account), Fact::Present(policy))),
                Err(error) if error.code == "NoSuchBucketPolicy" => {
                    return Some((Arc::clone(account), Fact::Absent));
                }
                Err(error) => {
                    self.refusal.get_or_insert((session, error));
                }
            }
        }
        None
    }
}

/// Accounts for which nothing speaks. To ask each of them about each bucket that nobody may read
/// would take more calls than all the rest.
struct Guesses {
    left: usize,
    /// Accounts that a guess was right about: one that owns a central bucket owns more.
    owners: BTreeSet<String>,
}

impl Guesses {
    async fn guess(
        &mut self,
        search: &mut Search<'_>,
        others: &[&Arc<EnteredAccount>],
    ) -> Option<Owner> {
        let (known, others): (Vec<_>, Vec<_>) = others
            .iter()
            .copied()
            .partition(|account| self.owners.contains(&account.account_id));
        let mut found = search.among(&known).await;
        for group in others.chunks(CANDIDATES_AT_ONCE) {
            if found.is_some() || self.left == 0 {
                break;
            }
            let group = &group[..group.len().min(self.left)];
            self.left -= group.len();
            found = search.at_once(group).await;
        }
        if let Some((owner, _)) = &found {
            self.owners.insert(owner.account_id.clone());
        }
        found
    }
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
