//! Events of CloudWatch Logs groups.
//!
//! A group is read by slices of time with `FilterLogEvents`, which gives the events of all of its streams, 10,000 at once. The
//! other way, `GetLogEvents`, takes at least two calls for each stream, and a group of flow logs has one for each interface.
//! Calls are what the quotas are about: some regions allow few of either in a second.

mod address;
mod cache;
mod formats;
mod slice;

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use flowcover_cloud::{
    CloudError, DescribeFlowLogs, ErrorKind, FilterLogEvents, GetCallerIdentity, LogEvent, Page,
    Scope,
};
use flowcover_lake::{Content, Object, ObjectError, Span};
use flowcover_record::LogFormat;
use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

pub(crate) use address::{LogGroup, SCHEME};
use cache::{Cache, Entry};
pub(crate) use formats::Formats;
use slice::Slice;

use super::parts::{Part, parts};
use super::reach::{Reach, refused};
use crate::failure::Failure;

/// A record of the span may have begun so long before it, in seconds: the longest aggregation interval.
const LONGEST_WINDOW: i64 = 600;

/// A log group that can be read.
#[derive(Debug)]
pub(crate) struct Group {
    reach: Arc<Reach>,
    scope: Scope,
    address: LogGroup,
    formats: Formats,
    cache: Option<Cache>,
}

impl Group {
    /// Looks whether it can be read, and which flow logs deliver to it.
    pub(crate) async fn open(
        reach: &Arc<Reach>,
        address: LogGroup,
        format: Option<&LogFormat>,
        cache: Option<&Path>,
    ) -> Result<Self, Failure> {
        let region = address.region.clone();
        let region = region.unwrap_or_else(|| reach.home_region().to_owned());
        let mut group = Self {
            reach: Arc::clone(reach),
            scope: reach.scope(&region),
            address: LogGroup {
                region: Some(region),
                ..address
            },
            formats: Formats::default(),
            cache: None,
        };
        group.probe().await?;
        group.formats = match format {
            Some(format) => Formats::given(format.clone()),
            None => group.described().await?,
        };
        if let Some(folder) = cache {
            group.cache = Some(group.cache_in(folder, format).await?);
        }
        Ok(group)
    }

    pub(crate) const fn formats(&self) -> &Formats {
        &self.formats
    }

    /// A call that gives next to nothing: what is refused once would be refused for each slice.
    async fn probe(&self) -> Result<(), Failure> {
        let moment = Timestamp::UNIX_EPOCH;
        match self.events(moment, moment, None).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == ErrorKind::NotFound => Err(Failure::usage(format!(
                "there is no log group {}",
                self.address
            ))
            .hint(
                "logs://NAME?region=REGION: the name begins with / only if that of the group does",
            )),
            Err(error) => Err(refused(&format!("cannot read {}", self.address), &error)),
        }
    }

    async fn described(&self) -> Result<Formats, Failure> {
        const HINT: &str = "give the format with --log-format '${version} ${account-id} …'";
        let flow_logs = self
            .reach
            .list(&self.scope, DescribeFlowLogs::default())
            .await;
        let flow_logs = flow_logs.map_err(|error| {
            refused(
                "cannot list the flow logs, whose formats are needed",
                &error,
            )
            .hint(HINT)
        })?;
        let formats = Formats::of(&flow_logs, &self.address.name);
        if formats.all().is_empty() {
            return Err(Failure::usage(format!(
                "no flow log of this account delivers to {}, so nothing tells the format of its records",
                self.address
            ))
            .hint(HINT));
        }
        Ok(formats)
    }

    async fn cache_in(&self, folder: &Path, format: Option<&LogFormat>) -> Result<Cache, Failure> {
        let identity = self.reach.ask(&self.scope, GetCallerIdentity {}).await;
        let identity = identity
            .map_err(|error| refused("cannot tell the account whose records are kept", &error))?;
        let place: [&str; 3] = [
            identity.account_id.as_str(),
            &self.scope.region,
            &self.address.name,
        ];
        Ok(Cache::new(folder, place, format))
    }

    /// The slices that hold the records of the span, as objects, and what each stands for.
    pub(crate) fn slices(
        &self,
        span: Option<Span>,
        now: Timestamp,
    ) -> Result<Vec<(Object, Slice)>, Failure> {
        let Some(from) = span.and_then(|span| span.from) else {
            return Err(
                Failure::usage(format!("{}: since when is not said", self.address))
                    .hint("add --last 24h, or --since 2026-11-20"),
            );
        };
        let to = span.and_then(|span| span.to);
        let to = to.unwrap_or(i64::MAX).min(now.as_second() + 1);
        let slices = Slice::of(from.saturating_sub(LONGEST_WINDOW), to)
            .ok_or_else(|| Failure::usage("the span is longer than two years"))?;
        let object = |slice: Slice| {
            let to = Timestamp::from_second(slice.to).unwrap_or_default();
            let location = format!("{}&from={}&to={to}", self.address, slice.begins());
            let mut object = Object::new(&location, 0);
            // The time of an event is the start of its record.
            object.first_end = Some(slice.from);
            (object, slice)
        };
        Ok(slices.into_iter().map(object).collect())
    }

    /// One page of events, in the order of time.
    pub(crate) async fn events(
        &self,
        from: Timestamp,
        to: Timestamp,
        next_token: Option<String>,
    ) -> Result<Page<LogEvent>, CloudError> {
        let request = FilterLogEvents {
            log_group_name: self.address.name.clone(),
            from: Some(from),
            to: Some(to),
            next_token,
        };
        self.reach.ask(&self.scope, request).await
    }

    fn read(self: &Arc<Self>, slice: Slice, now: Timestamp) -> Content {
        let cache = self.cache.as_ref().filter(|_| slice.is_closed(now));
        if let Some(kept) = cache.and_then(|cache| cache.read(slice)) {
            return Content::Whole(kept);
        }
        // Where nothing can be kept, all is read all the same.
        let entry = cache.and_then(|cache| match cache.write(slice) {
            Ok(entry) => Some(entry),
            Err(error) => {
                tracing::warn!(%error, "a slice cannot be kept");
                None
            }
        });
        let (sender, reader) = parts();
        let group = Arc::clone(self);
        tokio::spawn(async move { group.give(slice, entry, sender).await });
        Content::Stream(Box::new(reader))
    }

    /// Gives the text of a slice page by page.
    async fn give(&self, slice: Slice, mut entry: Option<Entry>, sender: Sender<Part>) {
        let mut next_token = None;
        let mut seen = HashSet::new();
        let mut text = Text::new(&self.formats);
        loop {
            let page = self.events(slice.begins(), slice.ends(), next_token).await;
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    // Nobody may be there to hear it: a query that has its answer.
                    let _ = sender.send(Err(why(&error))).await;
                    return;
                }
            };
            let part = text.take(page.items);
            let is_kept = entry.as_mut().is_none_or(|entry| entry.add(&part).is_ok());
            if !is_kept {
                entry = None;
            }
            if !part.is_empty() && sender.send(Ok(part)).await.is_err() {
                return;
            }
            match page.next_token {
                None => break,
                Some(next) if !seen.insert(next.clone()) => {
                    let endless = "the listing never ends: its page token repeats".to_owned();
                    let _ = sender.send(Err(ObjectError::Unreadable(endless))).await;
                    return;
                }
                next => next_token = next,
            }
        }
        if let Some(stream) = text.unclear {
            let message = format!(
                "nothing tells the format of {} of its records, such as those of stream {stream}: they are left out",
                text.left_out
            );
            let _ = sender.send(Err(ObjectError::Ambiguous(message))).await;
        } else if let Some(entry) = entry
            && let Err(error) = entry.finish()
        {
            tracing::warn!(%error, "a slice cannot be kept");
        }
    }
}

/// Events as the text of a flow log: with a header line wherever the format changes.
struct Text<'a> {
    formats: &'a Formats,
    current: Option<usize>,
    left_out: u64,
    /// The stream of the first event that could be of several formats.
    unclear: Option<String>,
}

impl<'a> Text<'a> {
    const fn new(formats: &'a Formats) -> Self {
        Self {
            formats,
            current: None,
            left_out: 0,
            unclear: None,
        }
    }

    fn take(&mut self, events: Vec<LogEvent>) -> Vec<u8> {
        let mut by_format: Vec<Vec<String>> = vec![Vec::new(); self.formats.all().len()];
        for event in events {
            match self.formats.of_event(&event.stream, &event.message) {
                Some(format) => by_format[format].push(event.message),
                None => {
                    self.left_out += 1;
                    self.unclear.get_or_insert(event.stream);
                }
            }
        }
        let mut text = Vec::new();
        for (format, messages) in by_format.iter().enumerate() {
            if !messages.is_empty() && self.current.replace(format) != Some(format) {
                text.extend_from_slice(self.formats.all()[format].header().as_bytes());
                text.push(b'\n');
            }
            for message in messages {
                // One event is one line.
                let line = message.trim_end().replace('\n', " ");
                text.extend_from_slice(line.as_bytes());
                text.push(b'\n');
            }
        }
        text
    }
}

fn why(error: &CloudError) -> ObjectError {
    match error.kind {
        ErrorKind::NotFound => ObjectError::Vanished,
        ErrorKind::Denied => ObjectError::Denied(error.to_string()),
        _ => ObjectError::Unreadable(error.to_string()),
    }
}

/// The slices of all groups, by their locations.
#[derive(Debug, Default)]
pub(super) struct Groups {
    slices: HashMap<Arc<str>, (Arc<Group>, Slice)>,
    now: Timestamp,
}

impl Groups {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            slices: HashMap::new(),
            now,
        }
    }

    /// Adds the slices of a group, and gives them as objects.
    pub(super) fn add(&mut self, group: &Arc<Group>, slices: Vec<(Object, Slice)>) -> Vec<Object> {
        let mut objects = Vec::with_capacity(slices.len());
        for (object, slice) in slices {
            let place = (Arc::clone(group), slice);
            self.slices.insert(Arc::clone(&object.location), place);
            objects.push(object);
        }
        objects
    }

    /// What is in a slice. None if the object is none.
    pub(super) fn get(&self, object: &Object) -> Option<Content> {
        let (group, slice) = self.slices.get(&object.location)?;
        Some(group.read(*slice, self.now))
    }

    pub(super) fn has(&self, object: &Object) -> bool {
        self.slices.contains_key(&object.location)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn event(stream: &str, message: &str) -> LogEvent {
        LogEvent {
            stream: stream.to_owned(),
            message: message.to_owned(),
            ..LogEvent::default()
        }
    }

    #[test]
    fn a_header_line_stands_wherever_the_format_changes() {
        let flow_log = |traffic, format: &str| flowcover_core::inventory::FlowLog {
            traffic_type: Some(traffic),
            log_group_name: Some("g".to_owned()),
            log_format: Some(format.to_owned()),
            ..Default::default()
        };
        use flowcover_core::inventory::TrafficType::{All, Reject};
        let flow_logs = [
            flow_log(All, "${srcaddr} ${bytes}"),
            flow_log(Reject, "${dstaddr} ${bytes}"),
        ];
        let formats = Formats::of(&flow_logs, "g");
        let mut text = Text::new(&formats);
        let first = text.take(vec![
            event("eni-1-all", "a 1"),
            event("eni-1-reject", "b 2\n"),
            event("eni-1-all", "c\n3"),
            event("odd", "d 4"),
        ]);
        assert_eq!(
            String::from_utf8(first).unwrap(),
            "srcaddr bytes\na 1\nc 3\ndstaddr bytes\nb 2\n"
        );
        let second = text.take(vec![event("eni-1-reject", "e 5")]);
        assert_eq!(String::from_utf8(second).unwrap(), "e 5\n");
        assert_eq!((text.left_out, text.unclear.as_deref()), (1, Some("odd")));
    }
}
