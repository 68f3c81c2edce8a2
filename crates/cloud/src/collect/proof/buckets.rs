//! The newest objects below a prefix, listed once for all flow logs that write there.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::inventory::{Fact, LastRecord};
use flowcover_record::ObjectKey;
use jiff::{SignedDuration, Timestamp};

use super::{Found, Search, SharedPrefix, Wish, for_all};
use crate::collect::Session;
use crate::{CloudError, ListObjects, Operation};

/// Pages of one prefix that are listed at most, 1,000 keys each.
const MOST_PAGES: usize = 20;

/// Pages of a shared prefix that are listed however few flow logs share it.
const FEWEST_PAGES: usize = 4;

/// Flow log → its newest object, and the time in its key.
type Newest = BTreeMap<String, (Timestamp, String)>;

/// How the listing of a prefix ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    Whole,
    /// More pages follow than are read.
    CutShort,
    Failed,
}

impl Search<'_> {
    /// The newest object of each flow log: keys carry account, region, flow-log id and time.
    pub(super) async fn bucket(&self, shared: &SharedPrefix<'_>) -> Found {
        let bucket = &shared.bucket;
        let Some(session) = self.readers.get(bucket).and_then(Option::as_ref) else {
            let action = ListObjects::ACTION;
            let message = "no audited account may list the bucket";
            return for_all(&shared.flow_logs, |wish| {
                self.gap(wish, action, Some(action), message)
            });
        };
        let mut lister = Lister {
            session,
            bucket,
            from: self.from,
            newest: Newest::new(),
        };
        let mut found = Found::new();
        let listed = self.list_together(&mut lister, shared).await;
        for &wish in &shared.flow_logs {
            let id = &wish.1.flow_log_id;
            let listed = match listed {
                Listed::CutShort if !lister.newest.contains_key(id) => {
                    self.list_alone(&mut lister, shared, id).await
                }
                other => other,
            };
            found.insert(id.clone(), self.newest_object(&lister, listed, wish));
        }
        found
    }

    fn newest_object(
        &self,
        lister: &Lister<'_>,
        listed: Listed,
        wish: Wish<'_>,
    ) -> Fact<LastRecord> {
        match (lister.newest.get(&wish.1.flow_log_id), listed) {
            (Some((at, key)), _) => Fact::Present(LastRecord {
                at: Some(*at),
                seen_in: Some(format!("s3://{}/{key}", lister.bucket)),
                ..self.nothing_yet()
            }),
            (None, Listed::Whole) => Fact::Present(self.nothing_yet()),
            (None, Listed::CutShort) => {
                let message = "the bucket has more objects than are looked through";
                self.gap(wish, ListObjects::ACTION, None, message)
            }
            (None, Listed::Failed) => Fact::NotRead,
        }
    }

    /// Lists whole days, or hours where they have folders, newest first, until each flow log was seen. It gives up where
    /// it would take more pages than asking for each flow log by itself.
    async fn list_together(&self, lister: &mut Lister<'_>, shared: &SharedPrefix<'_>) -> Listed {
        let wanted: BTreeSet<&str> = shared
            .flow_logs
            .iter()
            .map(|(_, log)| log.flow_log_id.as_str())
            .collect();
        let most_pages = wanted.len().clamp(FEWEST_PAGES, MOST_PAGES);
        let mut prefixes: Vec<String> = self
            .moments()
            .map(|moment| shared.layout.hour_prefix(moment, None))
            .collect();
        prefixes.dedup();
        for prefix in prefixes {
            let listed = lister.list(&prefix, &wanted, most_pages).await;
            if listed != Listed::Whole {
                return listed;
            }
            if wanted.iter().all(|&id| lister.newest.contains_key(id)) {
                break;
            }
        }
        Listed::Whole
    }

    /// Lists the objects of one flow log, hour by hour backwards.
    async fn list_alone(
        &self,
        lister: &mut Lister<'_>,
        shared: &SharedPrefix<'_>,
        id: &str,
    ) -> Listed {
        let wanted = BTreeSet::from([id]);
        for moment in self.moments() {
            let prefix = shared.layout.hour_prefix(moment, Some(id));
            let listed = lister.list(&prefix, &wanted, MOST_PAGES).await;
            if listed != Listed::Whole || lister.newest.contains_key(id) {
                return listed;
            }
        }
        Listed::Whole
    }

    /// One moment of each hour searched, newest first.
    fn moments(&self) -> impl Iterator<Item = Timestamp> {
        let now = self.now;
        (0..=self.hours).map(move |hour| now - SignedDuration::from_hours(hour))
    }
}

struct Lister<'a> {
    session: &'a Session<'a>,
    bucket: &'a str,
    from: Timestamp,
    newest: Newest,
}

impl Lister<'_> {
    /// Lists a prefix page by page, and keeps only the newest object of each flow log that is wanted. Keys come in order, so
    /// where the listing breaks off, the flow log of the last key may have newer ones: it counts as not met.
    async fn list(&mut self, prefix: &str, wanted: &BTreeSet<&str>, most_pages: usize) -> Listed {
        let mut next_token = None;
        let mut last_met = None;
        for _ in 0..most_pages {
            let request = ListObjects {
                bucket: self.bucket.to_owned(),
                prefix: prefix.to_owned(),
                next_token: next_token.take(),
            };
            match self.session.ask(request).await {
                Ok(page) => {
                    for object in page.items {
                        if let Ok(parsed) = ObjectKey::parse(&object.key) {
                            last_met = Some(parsed.flow_log_id.clone());
                            self.keep(wanted, parsed, object.key);
                        }
                    }
                    next_token = page.next_token;
                }
                Err(error) => {
                    self.forget(last_met);
                    return self.failed(&error);
                }
            }
            if next_token.is_none() {
                return Listed::Whole;
            }
        }
        self.forget(last_met);
        Listed::CutShort
    }

    fn forget(&mut self, flow_log_id: Option<String>) {
        if let Some(id) = flow_log_id {
            self.newest.remove(&id);
        }
    }

    fn failed(&self, error: &CloudError) -> Listed {
        let bucket = Some(self.bucket);
        self.session.failed(ListObjects::ACTION, bucket, error);
        Listed::Failed
    }

    fn keep(&mut self, wanted: &BTreeSet<&str>, parsed: ObjectKey, key: String) {
        let at = parsed.bin.start();
        if at < self.from || !wanted.contains(parsed.flow_log_id.as_str()) {
            return;
        }
        let newest = self.newest.entry(parsed.flow_log_id);
        let newest = newest.or_insert_with(|| (at, key.clone()));
        if newest.0 < at || (newest.0 == at && newest.1 < key) {
            *newest = (at, key);
        }
    }
}
