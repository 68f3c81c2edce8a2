//! The way to AWS of the commands that read records.

use std::sync::Arc;
use std::time::Duration;

use flowcover_aws::{AwsCloud, Settings};
use flowcover_cloud::{
    AssumeRole, Cloud, CloudError, Entry, ErrorKind, HeadBucket, Limited, Limits, Operation, Paged,
    Scope, ask, pages,
};
use flowcover_core::partition;
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinSet;

use crate::cli::Reaching;
use crate::failure::Failure;

/// Threads that fetch. Queries take all of the others, for long: what comes over the network must not wait for them.
const THREADS: usize = 2;
/// How long one answer may take, with all its bytes.
const ATTEMPT: Duration = Duration::from_secs(120);
/// Calls a second: S3 takes 5,500 for each prefix ("Best practices design patterns" of its user guide).
const S3_PACE: f64 = 2000.0;
/// Of all other actions, as in an audit. How often `FilterLogEvents` may be called differs by region ("CloudWatch Logs quotas"):
/// what is throttled is made again, slower.
const PACE: f64 = 20.0;

/// Makes calls, within budgets, on threads of its own.
pub(crate) struct Reach {
    s3: Arc<Limited>,
    others: Arc<Limited>,
    entry: Entry,
    home_region: String,
    runtime: Option<Runtime>,
}

impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reach").finish_non_exhaustive()
    }
}

impl Drop for Reach {
    fn drop(&mut self) {
        // Nobody waits for what is still under way.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Reach {
    /// Finds the way, and assumes the role if one was given.
    pub(crate) async fn connect(
        reaching: &Reaching,
        region: Option<&str>,
    ) -> anyhow::Result<Arc<Self>> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("flowcover-fetch")
            .enable_all()
            .build()?;
        let settings = Settings {
            profile: reaching.profile.clone(),
            region: None,
            read_timeout: ATTEMPT / 2,
            ..Settings::default()
        };
        let connected = on(runtime.handle(), AwsCloud::connect(settings)).await;
        let cloud = connected.map_err(|error| Failure::nothing_read(error.to_string()))?;
        let configured = cloud.default_region().map(ToOwned::to_owned);
        let home_region = configured
            .or(region.map(ToOwned::to_owned))
            .unwrap_or_else(|| partition::home_region("aws").to_owned());
        let cloud: Arc<dyn Cloud> = Arc::new(cloud);
        let limits = |calls_per_second| Limits {
            in_flight: usize::from(reaching.concurrency),
            in_flight_per_account: usize::from(reaching.concurrency),
            calls_per_second,
            attempt_timeout: ATTEMPT,
            deadline: Duration::from_secs(reaching.deadline),
            ..Limits::default()
        };
        let mut reach = Self {
            s3: Arc::new(Limited::new(Arc::clone(&cloud), limits(S3_PACE))),
            others: Arc::new(Limited::new(cloud, limits(PACE))),
            entry: Entry::Caller,
            home_region,
            runtime: Some(runtime),
        };
        if let Some(role_arn) = &reaching.read_role_arn {
            reach.assume(role_arn, reaching.external_id.clone()).await?;
        }
        Ok(Arc::new(reach))
    }

    /// Over anything that answers.
    #[cfg(test)]
    pub(super) fn over(cloud: Arc<dyn Cloud>) -> Arc<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a test has threads");
        let limits = Limits {
            calls_per_second: S3_PACE,
            ..Limits::default()
        };
        Arc::new(Self {
            s3: Arc::new(Limited::new(Arc::clone(&cloud), limits.clone())),
            others: Arc::new(Limited::new(cloud, limits)),
            entry: Entry::Caller,
            home_region: "us-east-1".to_owned(),
            runtime: Some(runtime),
        })
    }

    async fn assume(&mut self, role_arn: &str, external_id: Option<String>) -> Result<(), Failure> {
        let role = Entry::Role {
            via: Box::new(Entry::Caller),
            role_arn: role_arn.to_owned(),
            external_id,
        };
        let request = AssumeRole {
            entry: Some(role.clone()),
        };
        let assumed = self.ask(&self.scope(&self.home_region), request).await;
        assumed.map_err(|error| refused(&format!("cannot assume {role_arn}"), &error))?;
        self.entry = role;
        Ok(())
    }

    /// Where the run starts from.
    pub(crate) fn home_region(&self) -> &str {
        &self.home_region
    }

    /// The caller, or its role, in a region.
    pub(crate) fn scope(&self, region: &str) -> Scope {
        Scope::new(self.entry.clone(), "", region)
    }

    /// Makes a call.
    pub(crate) async fn ask<O>(&self, scope: &Scope, operation: O) -> Result<O::Output, CloudError>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        let cloud = Arc::clone(self.limited::<O>());
        let scope = scope.clone();
        let Some(runtime) = &self.runtime else {
            return Err(over());
        };
        on(runtime.handle(), async move {
            ask(&cloud, &scope, operation).await
        })
        .await
    }

    /// Makes the calls of a whole listing.
    pub(crate) async fn list<O>(
        &self,
        scope: &Scope,
        operation: O,
    ) -> Result<Vec<O::Item>, CloudError>
    where
        O: Paged + Send + Sync + 'static,
        O::Item: Send + 'static,
    {
        let cloud = Arc::clone(self.limited::<O>());
        let scope = scope.clone();
        let Some(runtime) = &self.runtime else {
            return Err(over());
        };
        let listed = async move { pages::list(&cloud, &scope, operation).await };
        on(runtime.handle(), listed).await
    }

    fn limited<O: Operation>(&self) -> &Arc<Limited> {
        match O::ACTION.starts_with("s3:") {
            true => &self.s3,
            false => &self.others,
        }
    }

    /// The region of a bucket, which S3 tells whoever asks.
    pub(crate) async fn region_of(&self, bucket: &str) -> Result<String, Failure> {
        let request = HeadBucket {
            bucket: bucket.to_owned(),
        };
        match self.ask(&self.scope(&self.home_region), request).await {
            Ok(head) => Ok(head.region.unwrap_or_else(|| self.home_region.clone())),
            Err(error) if error.kind == ErrorKind::NotFound => {
                Err(Failure::usage(format!("there is no bucket {bucket}")))
            }
            Err(error) => Err(refused(&format!("cannot find the bucket {bucket}"), &error)),
        }
    }

    /// How many calls were made, and how many of them AWS throttled.
    pub(crate) fn calls(&self) -> (u64, u64) {
        let counters = [self.s3.counters(), self.others.counters()];
        let sum = |count: fn(&flowcover_cloud::Counters) -> u64| {
            counters.iter().map(|counters| count(counters)).sum()
        };
        (
            sum(flowcover_cloud::Counters::total),
            sum(flowcover_cloud::Counters::throttles),
        )
    }
}

fn over() -> CloudError {
    CloudError::new(ErrorKind::Interrupted, "Interrupted", "the run is over")
}

/// Runs `work` there; it ends with this future.
pub(super) async fn on<T: Send + 'static>(
    handle: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    // Dropping a set ends what it holds.
    let mut tasks = JoinSet::new();
    tasks.spawn_on(work, handle);
    loop {
        match tasks.join_next().await {
            Some(Ok(done)) => return done,
            Some(Err(error)) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
            // It was ended with the runtime, and so is whoever waits for it.
            None => std::future::pending().await,
        }
    }
}

/// Why nothing can be read there.
pub(super) fn refused(what: &str, error: &CloudError) -> Failure {
    let failure = Failure::nothing_read(format!("{what}: {error}"));
    match error.kind {
        ErrorKind::Credentials => failure.hint(
            "check with `aws sts get-caller-identity`; set AWS_PROFILE or --profile, or log in with `aws sso login`",
        ),
        ErrorKind::Denied => failure.hint("`flowcover permissions query` prints what reading needs"),
        ErrorKind::Unreachable => failure.hint("check the network, AWS_ENDPOINT_URL and the region"),
        ErrorKind::Throttled | ErrorKind::Deadline | ErrorKind::Interrupted => {
            failure.hint("run it again")
        }
        _ => failure,
    }
}
