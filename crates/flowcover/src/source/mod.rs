//! Where the commands that read records find them.

mod choice;
mod folders;
mod glob;
mod listing;
mod local;
mod logs;
mod parts;
mod place;
mod reach;
mod s3;
mod time;
mod vpc;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use flowcover_lake::{Ahead, Content, LocalFiles, Object, ObjectError, Span, Store};
use flowcover_record::LogFormat;

use self::choice::{Choice, Found, Left};
use self::listing::Listing;
use self::logs::Groups;
pub(crate) use self::logs::{Group, LogGroup, SCHEME};
use self::place::Place;
pub(crate) use self::reach::Reach;
use self::s3::Buckets;
pub(crate) use self::s3::SCHEME as BUCKETS;
pub(crate) use self::time::{Moment, duration};
use crate::cli::Reading;
use crate::commands::now;
use crate::failure::Failure;
use crate::{snapshot, terminal};

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
    /// Formats of what has no header line to show.
    pub(crate) formats: Vec<LogFormat>,
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
    let mut gathering = Gathering {
        reading,
        reach: None,
        scopes: HashMap::new(),
        groups: Groups::new(now()),
        formats: Vec::new(),
    };
    let mut found = Found::default();
    for path in &reading.paths {
        found.merge(gathering.find(&Place::parse(path)?, &choice).await?);
    }
    if let Some(vpc_id) = &choosing.vpc {
        found.merge(gathering.of_vpc(vpc_id, &choice).await?);
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
    let formats = std::mem::take(&mut gathering.formats);
    Ok(Sources {
        objects: found.objects,
        store: Arc::new(gathering.places()),
        span,
        formats,
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
    reach: Option<Arc<Reach>>,
    /// Of the buckets so far.
    scopes: HashMap<String, flowcover_cloud::Scope>,
    groups: Groups,
    formats: Vec<LogFormat>,
}

impl Gathering<'_> {
    async fn of_vpc(&mut self, vpc_id: &str, choice: &Choice) -> anyhow::Result<Found> {
        let known = match &self.reading.choosing.inventory {
            Some(path) => {
                let inventory = snapshot::read_chosen(path, &self.reading.choosing)?;
                vpc::saved(&inventory, vpc_id)?
            }
            None => {
                let reach = self.reach(None).await?;
                vpc::live(&reach, reach.home_region(), vpc_id).await?
            }
        };
        known.remarks.iter().for_each(|it| terminal::warning(it));
        let mut found = Found::default();
        for lies in known.lies {
            let mut choice = choice.clone();
            if let Some(flow_log) = lies.flow_log {
                choice.narrow(&flow_log);
            }
            found.merge(self.find(&lies.place, &choice).await?);
        }
        Ok(found)
    }

    async fn find(&mut self, place: &Place, choice: &Choice) -> anyhow::Result<Found> {
        match place {
            Place::Local(path) => Ok(local::find(path, choice)?),
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
                    choice,
                    request_payer: self.reading.choosing.request_payer.is_some(),
                    now: now(),
                };
                Ok(listing.run().await?)
            }
            Place::LogGroup(address) => self.slices(address, choice).await,
        }
    }

    async fn slices(&mut self, address: &LogGroup, choice: &Choice) -> anyhow::Result<Found> {
        let by_name = [&choice.accounts, &choice.regions, &choice.flow_logs];
        if by_name.iter().any(|asked| !asked.is_empty()) {
            return Err(Failure::usage(format!(
                "--account, --source-region and --flow-log choose objects by their names: {address} has none"
            ))
            .into());
        }
        let reach = self.reach(address.region.as_deref()).await?;
        let cache = self.reading.choosing.cache.as_deref();
        let format = self.reading.log_format.as_ref();
        let group = Group::open(&reach, address.clone(), format, cache).await?;
        let slices = group.slices(choice.span, now())?;
        self.formats.extend_from_slice(group.formats().all());
        let mut found = Found::default();
        for object in self.groups.add(&Arc::new(group), slices) {
            found.add(object, None);
        }
        Ok(found)
    }

    async fn reach(&mut self, region: Option<&str>) -> anyhow::Result<Arc<Reach>> {
        if let Some(reach) = &self.reach {
            return Ok(Arc::clone(reach));
        }
        let reach = Reach::connect(&self.reading.reaching, region).await?;
        self.reach = Some(Arc::clone(&reach));
        Ok(reach)
    }

    fn places(self) -> Places {
        let reach = self.reach.clone().filter(|_| !self.scopes.is_empty());
        let buckets = reach.map(|reach| {
            Arc::new(Buckets {
                reach,
                scopes: self.scopes,
                request_payer: self.reading.choosing.request_payer.is_some(),
            })
        });
        Places {
            local: LocalFiles::default(),
            buckets,
            groups: self.groups,
            reach: self.reach,
        }
    }
}

/// Every place, by what locations begin with.
#[derive(Debug)]
struct Places {
    local: LocalFiles,
    buckets: Option<Arc<Buckets>>,
    groups: Groups,
    /// If anything lies in AWS.
    reach: Option<Arc<Reach>>,
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
        if let Some(content) = self.groups.get(object) {
            return Ok(content);
        }
        match self.buckets(object) {
            Some(buckets) => buckets.get(object).await,
            None => self.local.get(object).await,
        }
    }

    async fn head(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError> {
        if self.groups.has(object) {
            // Their formats are known.
            return Ok(Vec::new());
        }
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
        match self.reach {
            Some(_) => AHEAD,
            None => Ahead::default(),
        }
    }

    fn remarks(&self) -> Vec<String> {
        let Some(reach) = &self.reach else {
            return Vec::new();
        };
        let (calls, throttled) = reach.calls();
        let mut text = format!("{calls} calls to AWS");
        if throttled > 0 {
            text.push_str(&format!(", {throttled} throttled and made again"));
        }
        vec![text]
    }
}
