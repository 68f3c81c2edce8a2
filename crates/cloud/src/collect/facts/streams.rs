//! Firehose delivery streams.

use std::collections::BTreeMap;

use flowcover_core::inventory::{DeliveryStream, Fact, Located};
use futures::{StreamExt, stream};

use super::Reach;
use crate::DescribeDeliveryStream;
use crate::collect::{Run, Session};

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    named: BTreeMap<String, Located>,
) -> BTreeMap<String, Fact<DeliveryStream>> {
    stream::iter(named)
        .map(|(arn, located)| async move {
            let fact = read_one(run, reach, &arn, located).await;
            (arn, fact)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

async fn read_one(
    run: &Run<'_>,
    reach: &Reach<'_>,
    arn: &str,
    located: Located,
) -> Fact<DeliveryStream> {
    let Some(account) = reach.account(&located.account_id) else {
        reach.out_of_reach(&located.account_id, "firehose:DescribeDeliveryStream", arn);
        return Fact::NotRead;
    };
    let session = Session::new(run, account.home.in_region(&located.region));
    let status = session
        .fact(
            arn,
            DescribeDeliveryStream {
                delivery_stream_name: located.name,
            },
        )
        .await;
    match status {
        Fact::Present(status) => Fact::Present(DeliveryStream {
            arn: arn.to_owned(),
            status,
        }),
        Fact::Absent => Fact::Absent,
        Fact::NotRead => Fact::NotRead,
    }
}
