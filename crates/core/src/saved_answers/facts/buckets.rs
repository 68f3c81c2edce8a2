//! S3 buckets.

use std::collections::BTreeMap;

use crate::inventory::{Bucket, Fact};

use super::super::answer::Answer;
use super::super::gaps::Gaps;
use super::super::kind::Kind;
use super::super::piece::{Outcome, Piece};
use super::{Missing, Store, fact};

const KINDS: [Kind; 7] = [
    Kind::HeadBucket,
    Kind::GetBucketLocation,
    Kind::GetBucketPolicy,
    Kind::GetBucketPolicyStatus,
    Kind::GetPublicAccessBlock,
    Kind::GetBucketEncryption,
    Kind::GetBucketLifecycleConfiguration,
];

pub(super) fn read(
    store: &Store<'_>,
    named: &BTreeMap<String, String>,
    gaps: &mut Gaps,
) -> BTreeMap<String, Fact<Bucket>> {
    named
        .keys()
        .map(|name| {
            let files = KINDS
                .iter()
                .map(|kind| {
                    (
                        *kind,
                        store.named_or_only(*kind, &[name], None, named.len() == 1),
                    )
                })
                .collect();
            (name.clone(), Asked { name, files }.read(gaps))
        })
        .collect()
}

/// One bucket that is asked for.
struct Asked<'a> {
    name: &'a str,
    files: BTreeMap<Kind, Vec<&'a Piece>>,
}

impl Asked<'_> {
    fn read(&self, gaps: &mut Gaps) -> Fact<Bucket> {
        if self.all().any(is_gone) {
            return Fact::Absent;
        }
        if self.all().next().is_none() {
            return self.fact(Kind::GetBucketPolicy, |_| None, gaps);
        }
        let policy = self.fact(
            Kind::GetBucketPolicy,
            |answer| match answer {
                Answer::ResourcePolicy(policy) => Some(policy.clone()),
                _ => None,
            },
            gaps,
        );
        // Without a policy there is no policy status.
        let public = if policy.is_absent() {
            Fact::Present(false)
        } else {
            self.fact(
                Kind::GetBucketPolicyStatus,
                |answer| match answer {
                    Answer::IsPublic(is_public) => *is_public,
                    _ => None,
                },
                gaps,
            )
        };
        Fact::Present(Bucket {
            name: self.name.to_owned(),
            owner_account_id: self.owner(),
            region: self.region(),
            policy,
            public,
            public_access_block: self.fact(
                Kind::GetPublicAccessBlock,
                |answer| match answer {
                    Answer::PublicAccessBlock(block) => Some(*block),
                    _ => None,
                },
                gaps,
            ),
            encryption: self.fact(
                Kind::GetBucketEncryption,
                |answer| match answer {
                    Answer::Encryption(encryption) => Some(encryption.clone()),
                    _ => None,
                },
                gaps,
            ),
            expiration: self.fact(
                Kind::GetBucketLifecycleConfiguration,
                |answer| match answer {
                    Answer::Expiration(rules) => Some(rules.clone()),
                    _ => None,
                },
                gaps,
            ),
        })
    }

    fn all(&self) -> impl Iterator<Item = &Piece> {
        self.files.values().flatten().copied()
    }

    fn of(&self, kind: Kind) -> &[&Piece] {
        self.files.get(&kind).map_or(&[], Vec::as_slice)
    }

    fn fact<T>(
        &self,
        kind: Kind,
        value_of: impl Fn(&Answer) -> Option<T>,
        gaps: &mut Gaps,
    ) -> Fact<T> {
        let owner = self.owner();
        let missing = Missing {
            kind,
            account_id: owner.as_deref(),
            region: None,
            resource: self.name,
            subject: self.name,
        };
        fact(self.of(kind), value_of, &missing, gaps)
    }

    /// The account that was told the policy, or that there is none: only the owner is, as a rule.
    fn owner(&self) -> Option<String> {
        self.of(Kind::GetBucketPolicy)
            .iter()
            .find(|piece| piece.answer().is_some() || piece.is_absent())
            .and_then(|piece| piece.account_id.clone())
    }

    fn region(&self) -> Option<String> {
        [Kind::HeadBucket, Kind::GetBucketLocation]
            .iter()
            .flat_map(|kind| self.of(*kind))
            .find_map(|piece| match piece.answer()? {
                Answer::BucketRegion(region) => region.clone(),
                _ => None,
            })
    }
}

/// Whether AWS answered that there is no such bucket, rather than that it lacks something.
fn is_gone(piece: &Piece) -> bool {
    match &piece.outcome {
        Outcome::Refused(refusal) => {
            refusal.code == "NoSuchBucket" || (piece.kind == Kind::HeadBucket && refusal.is_absent)
        }
        _ => false,
    }
}
