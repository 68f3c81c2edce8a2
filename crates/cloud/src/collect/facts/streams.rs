//! Firehose delivery streams.

use std::collections::BTreeMap;

use flowcover_core::inventory::{DeliveryStream, Fact};
use futures::{StreamExt, stream};

use super::Reach;
use crate::DescribeDeliveryStream;
use crate::collect::{Run, Session};

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    needed: BTreeMap<String, (String, String, String)>,
) -> BTreeMap<String, Fact<DeliveryStream>> {
    stream::iter(needed)
        .map(
            |(arn, (account_id, region, delivery_stream_name))| async move {
                let Some(account) = reach.account(&account_id) else {
                    reach.out_of_reach(&account_id, "firehose:DescribeDeliveryStream", &arn);
                    return (arn, Fact::NotRead);
                };
                let session = Session::new(run, account.home.in_region(&region));
                let fact = match session
                    .fact(
                        &arn,
                        DescribeDeliveryStream {
                            delivery_stream_name,
                        },
                    )
                    .await
                {
                    Fact::Present(status) => Fact::Present(DeliveryStream {
                        arn: arn.clone(),
                        status,
                    }),
                    Fact::Absent => Fact::Absent,
                    Fact::NotRead => Fact::NotRead,
                };
                (arn, fact)
            },
        )
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}
