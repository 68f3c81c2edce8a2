//! Flow logs of others that deliver to a bucket.

use std::collections::BTreeSet;
use std::sync::Arc;

use flowcover_core::inventory::FlowLog;
use flowcover_record::{Destination, Owner};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::run::Run;
use super::work::Work;
use crate::pages::list;
use crate::{CloudError, DescribeFlowLogs, ErrorKind};

/// A flow log that delivers to a bucket.
#[derive(Clone, Debug)]
pub(super) struct BucketUser {
    flow_log_id: String,
    bucket: String,
}

/// Those of one account and region, once they were read.
pub(super) type BucketUsers = Arc<OnceCell<Vec<BucketUser>>>;

/// A flow log that delivers to the bucket and that this run did not make, in words. Looked for where the plan has steps, as far
/// as it can be read: at the bucket's own place each time, elsewhere once in a run, for there may be as many buckets as places.
pub(super) async fn user(work: &Work<'_>, bucket: &str) -> Result<Option<String>, CloudError> {
    let run = work.run;
    let own = (work.step.account_id.as_str(), work.scope.region.as_ref());
    let steps = run.header.plan.steps.iter();
    let places = steps.filter_map(|step| Some((step.account_id.as_str(), step.region.as_deref()?)));
    let places: BTreeSet<(&str, &str)> = places.chain([own]).collect();
    let users = stream::iter(places).map(|place| async move {
        let kept = if place == own {
            BucketUsers::default()
        } else {
            run.bucket_users(place)
        };
        let users = kept.get_or_try_init(|| read(run, place)).await?;
        let is_user = |it: &&BucketUser| it.bucket == bucket && !run.has_made(&it.flow_log_id);
        let (account_id, region) = place;
        let text = |it: &BucketUser| {
            let id = &it.flow_log_id;
            format!("flow log {id} of account {account_id} in {region}")
        };
        Ok::<_, CloudError>(users.iter().find(is_user).map(text))
    });
    let users = users.buffered(run.options.steps_at_once.max(1));
    let found: Vec<Option<String>> = users.try_collect().await?;
    Ok(found.into_iter().flatten().next())
}

/// What cannot be read tells nothing; what fails for another reason is an error, for it can be tried again.
async fn read(
    run: &Run<'_>,
    (account_id, region): (&str, &str),
) -> Result<Vec<BucketUser>, CloudError> {
    let Ok(home) = run.places.home(account_id) else {
        return Ok(Vec::new());
    };
    let scope = home.scope.in_region(region);
    let logs = match list(run.cloud, &scope, DescribeFlowLogs::default()).await {
        Ok(logs) => logs,
        Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::RegionDisabled) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let owner = Owner {
        partition: &run.header.plan.partition,
        region,
        account_id,
    };
    let user = |log: &FlowLog| match log.destination(owner) {
        Destination::Bucket { name: bucket, .. } => Some(BucketUser {
            flow_log_id: log.flow_log_id.clone(),
            bucket,
        }),
        _ => None,
    };
    Ok(logs.iter().filter_map(user).collect())
}
