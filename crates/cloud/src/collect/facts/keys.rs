//! KMS keys that encrypt destinations: a key that refuses stops delivery.

use std::collections::BTreeMap;

use flowcover_core::inventory::{Bucket, Fact, Key, LogGroup, NamedKey};
use futures::{StreamExt, stream};

use super::Reach;
use crate::collect::{Run, Session};
use crate::{DescribeKey, GetKeyPolicy};

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    log_groups: &BTreeMap<String, Fact<LogGroup>>,
    buckets: &BTreeMap<String, Fact<Bucket>>,
) -> BTreeMap<String, Fact<Key>> {
    stream::iter(NamedKey::all(log_groups, buckets))
        .map(|named| async move {
            let key = read_one(run, reach, &named).await;
            (named.name, key)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

async fn read_one(run: &Run<'_>, reach: &Reach<'_>, named: &NamedKey) -> Fact<Key> {
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
