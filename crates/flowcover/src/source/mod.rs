//! Where the commands that read records find them.

mod choice;
mod folders;
mod glob;
mod listing;
mod local;
mod parts;
mod place;
mod reach;
mod s3;
mod time;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use flowcover_lake::{Ahead, Content, LocalFiles, Object, ObjectError, Span, Store};

use self::choice::{Choice, Found, Left};
use self::listing::Listing;
use self::place::Place;
use self::reach::Reach;
use self::s3::Buckets;
pub(crate) use self::time::{Moment, duration};
use crate::cli::Reading;
use crate::commands::now;
use crate::failure::Failure;
use crate::terminal;

/// How much is fetched ahead from afar, for each task.
const AHEAD: Ahead = Ahead {
    objects: 16,
    bytes: 32 * 1024 * 1024,
};

/// What is to be read, and from where.
pub(crate) struct Sources {
    pub(crate) objects: Vec<Object>,
    pub(crate) store: Arc<dyn Store>,
    /// Records of this time only.
    pub(crate) span: Option<Span>,
}

/// Finds what the arguments ask for.
pub(crate) async fn gather(reading: &Reading) -> anyhow::Result<Sources> {
    let choosing = &reading.choosing;
    let span = time::span(choosing, now())?;
    let choice = Choice {
        span,
        slack: i64::try_from(choosing.slack.as_secs()).unwrap_or(i64::MAX),
        accounts: choosing.account.clone(),
        regions: choosing.source_region.clone(),
        flow_logs: choosing.flow_log.clone(),
    };
    let places: Vec<Place> = reading
        .paths
        .iter()
        .map(|path| Place::parse(path))
        .collect::<Result<_, _>>()?;
    let mut gathering = Gathering {
        reading,
        choice: &choice,
        reach: None,
        scopes: HashMap::new(),
    };
    let mut found = Found::default();
    for place in &places {
        found.merge(gathering.find(place).await?);
    }
    let mut seen = HashSet::new();
    found
        .objects
        .retain(|object| seen.insert(Arc::clone(&object.location)));
    if choosing.explain {
        found.explain().iter().for_each(|line| terminal::note(line));
    }
    warn(&found, choosing.explain);
    if found.objects.is_empty() {
        return Err(nothing(&found).into());
    }
    let store = Arc::new(Places {
        local: LocalFiles::default(),
        buckets: gathering.buckets(),
    });
    Ok(Sources {
        objects: found.objects,
        store,
        span,
    })
}

/// What was left out although nobody asked for that.
fn warn(found: &Found, is_explained: bool) {
    for left in [Left::Unnamed, Left::Archived] {
        if let Some((objects, _)) = found.left.get(&left).filter(|_| !is_explained) {
            terminal::warning(&format!("{objects} objects are left out: {left}"));
        }
    }
}

fn nothing(found: &Found) -> Failure {
    if found.listed == 0 {
        return Failure::usage("there are no files below the paths given");
    }
    Failure::usage(format!(
        "nothing of what lies there is asked for: of {} objects, {}",
        found.listed,
        found.left_out()
    ))
    .hint("--explain says more; --slack widens the span for the times of objects")
}

struct Gathering<'a> {
    reading: &'a Reading,
    choice: &'a Choice,
    reach: Option<Arc<Reach>>,
    /// Of the buckets so far.
    scopes: HashMap<String, flowcover_cloud::Scope>,
}

impl Gathering<'_> {
    async fn find(&mut self, place: &Place) -> anyhow::Result<Found> {
        match place {
            Place::Local(path) => Ok(local::find(path, self.choice)?),
            Place::Bucket { bucket, path } => {
                let reach = self.reach(None).await?;
                let scope = match self.scopes.get(bucket) {
                    Some(scope) => scope.clone(),
                    None => reach.scope(&reach.region_of(bucket).await?),
                };
                self.scopes.insert(bucket.clone(), scope.clone());
                let listing = Listing {
                    reach: &reach,
                    scope: &scope,
                    bucket,
                    path,
                    choice: self.choice,
                    request_payer: self.reading.reaching.request_payer.is_some(),
                    now: now(),
                };
                Ok(listing.run().await?)
            }
        }
    }

    async fn reach(&mut self, region: Option<&str>) -> anyhow::Result<Arc<Reach>> {
        if let Some(reach) = &self.reach {
            return Ok(Arc::clone(reach));
        }
        let reach = Reach::connect(&self.reading.reaching, region).await?;
        self.reach = Some(Arc::clone(&reach));
        Ok(reach)
    }

    fn buckets(self) -> Option<Arc<Buckets>> {
        let reach = self.reach.filter(|_| !self.scopes.is_empty())?;
        Some(Arc::new(Buckets {
            reach,
            scopes: self.scopes,
            request_payer: self.reading.reaching.request_payer.is_some(),
        }))
    }
}

/// Every place, by what locations begin with.
#[derive(Debug)]
struct Places {
    local: LocalFiles,
    buckets: Option<Arc<Buckets>>,
}

impl Places {
    fn buckets(&self, object: &Object) -> Option<&Arc<Buckets>> {
        let is_there = object.location.starts_with(s3::SCHEME);
        self.buckets.as_ref().filter(|_| is_there)
    }
}

#[async_trait]
impl Store for Places {
    async fn get(&self, object: &Object) -> Result<Content, ObjectError> {
        match self.buckets(object) {
            Some(buckets) => buckets.get(object).await,
            None => self.local.get(object).await,
        }
    }

    async fn head(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError> {
        match self.buckets(object) {
            Some(buckets) => buckets.range(object, 0, object.size.min(most as u64)).await,
            None => self.local.head(object, most).await,
        }
    }

    async fn tail(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError> {
        match self.buckets(object) {
            Some(buckets) => {
                let first = object.size.saturating_sub(most as u64);
                buckets.range(object, first, object.size).await
            }
            None => self.local.tail(object, most).await,
        }
    }

    fn ahead(&self) -> Ahead {
        match self.buckets {
            Some(_) => AHEAD,
            None => Ahead::default(),
        }
    }

    fn remarks(&self) -> Vec<String> {
        let Some(buckets) = &self.buckets else {
            return Vec::new();
        };
        let (calls, throttled) = buckets.reach.calls();
        let mut text = format!("{calls} calls to AWS");
        if throttled > 0 {
            text.push_str(&format!(", {throttled} throttled and made again"));
        }
        vec![text]
    }
}
