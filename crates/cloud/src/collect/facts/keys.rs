//! KMS keys that encrypt destinations: a key that refuses stops delivery.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::inventory::{Bucket, Fact, Key, LogGroup};
use futures::{StreamExt, stream};

use super::Reach;
use crate::collect::{Run, Session};
use crate::{DescribeKey, GetKeyPolicy};

/// A key as a destination names it, and where to ask about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    name: String,
    account_id: Option<String>,
    region: Option<String>,
}

impl Named {
    /// A key named by ARN tells where it is; a bare id or alias stays only where one of both is not known.
    fn new(name: &str, account_id: Option<&str>, region: Option<&str>) -> Self {
        let parts: Vec<&str> = name.splitn(6, ':').collect();
        let (region, account_id) = match parts.as_slice() {
            ["arn", _, "kms", region, account_id, _] => (Some(*region), Some(*account_id)),
            _ => (region, account_id),
        };
        Self {
            name: name.to_owned(),
            account_id: account_id.map(str::to_owned),
            region: region.map(str::to_owned),
        }
    }
}

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    log_groups: &BTreeMap<String, Fact<LogGroup>>,
    buckets: &BTreeMap<String, Fact<Bucket>>,
) -> BTreeMap<String, Fact<Key>> {
    let of_groups = log_groups
        .values()
        .filter_map(Fact::present)
        .filter_map(|group| group.kms_key_id.as_deref())
        .map(|name| Named::new(name, None, None));
    let of_buckets = buckets
        .values()
        .filter_map(Fact::present)
        .filter_map(|bucket| {
            Some(Named::new(
                &bucket.key_arn()?,
                bucket.owner_account_id.as_deref(),
                bucket.region.as_deref(),
            ))
        });
    let named: BTreeSet<Named> = of_groups.chain(of_buckets).collect();
    stream::iter(named)
        .map(|named| async move {
            let key = read_one(run, reach, &named).await;
            (named.name, key)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

async fn read_one(run: &Run<'_>, reach: &Reach<'_>, named: &Named) -> Fact<Key> {
    let account_id = named.account_id.as_deref().unwrap_or_default();
    let (Some(account), Some(region)) = (reach.account(account_id), named.region.as_deref()) else {
        reach.out_of_reach(account_id, "kms:GetKeyPolicy", &named.name);
        return Fact::NotRead;
    };
    let session = Session::new(run, account.home.in_region(region));
    match session
        .fact(
            &named.name,
            DescribeKey {
                key_id: named.name.clone(),
            },
        )
        .await
    {
        Fact::Present(detail) => {
            // `GetKeyPolicy` takes no alias, so it is asked with what the alias stands for.
            let policy = session
                .fact(
                    &named.name,
                    GetKeyPolicy {
                        key_id: detail.arn.clone(),
                    },
                )
                .await;
            Fact::Present(Key {
                arn: detail.arn,
                enabled: Some(detail.enabled),
                policy,
            })
        }
        Fact::Absent => Fact::Absent,
        Fact::NotRead if named.name.contains("alias/") => Fact::NotRead,
        Fact::NotRead => {
            let policy = session
                .fact(
                    &named.name,
                    GetKeyPolicy {
                        key_id: named.name.clone(),
                    },
                )
                .await;
            Fact::Present(Key {
                arn: named.name.clone(),
                enabled: None,
                policy,
            })
        }
    }
}
