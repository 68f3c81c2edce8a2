//! The newest events of a log group, read once for all flow logs that deliver to it.

use flowcover_core::inventory::{Fact, LastRecord};
use flowcover_record::StreamName;

use super::streams::{Seen, Stream, Writers};
use super::{Found, Search, Wish, for_all};
use crate::collect::{Place, Session};
use crate::{CloudError, DescribeLogStreams, ErrorKind, Operation};

/// Pages of streams read at most per log group: newest first, so the first usually has the answer.
const MOST_PAGES: usize = 20;

/// A log group: account, region and name.
type Group = (String, String, String);

/// Streams of a group that have events in the time searched.
struct Recent {
    streams: Vec<Stream>,
    /// Whether these are all.
    whole: bool,
}

impl Search<'_> {
    pub(super) async fn log_group(&self, group: &Group, wishes: &[Wish<'_>]) -> Found {
        let (account_id, region, name) = group;
        let Some(account) = self.reach.account(account_id) else {
            let message = "the log group is in an account that is not audited";
            return for_all(wishes, |wish| {
                self.gap(wish, DescribeLogStreams::ACTION, None, message)
            });
        };
        let session = Session::new(self.run, account.home.in_region(region));
        match self.recent_streams(&session, name).await {
            Ok(recent) => self.newest_events(group, &recent, wishes),
            Err(error) if error.kind == ErrorKind::NotFound => {
                for_all(wishes, |_| Fact::Present(self.nothing_yet()))
            }
            Err(error) => {
                session.failed(DescribeLogStreams::ACTION, Some(name), &error);
                for_all(wishes, |_| Fact::NotRead)
            }
        }
    }

    async fn recent_streams(
        &self,
        session: &Session<'_>,
        group: &str,
    ) -> Result<Recent, CloudError> {
        let mut streams = Vec::new();
        let mut next_token = None;
        for _ in 0..MOST_PAGES {
            let request = DescribeLogStreams {
                log_group_name: group.to_owned(),
                next_token: next_token.take(),
            };
            let page = session.ask(request).await?;
            let mut all_old = !page.items.is_empty();
            for stream in page.items {
                let Some(at) = stream.last_event_at.max(stream.last_ingested_at) else {
                    continue;
                };
                if at >= self.from {
                    all_old = false;
                    streams.push(Stream {
                        parsed: StreamName::parse(&stream.name),
                        name: stream.name,
                        at,
                    });
                }
            }
            next_token = page.next_token;
            if next_token.is_none() || all_old {
                return Ok(Recent {
                    streams,
                    whole: true,
                });
            }
        }
        Ok(Recent {
            streams,
            whole: false,
        })
    }

    /// Streams are named for their interface, so records of several VPCs in one group can be told apart, as far as the
    /// interfaces are known.
    fn newest_events(&self, group: &Group, recent: &Recent, wishes: &[Wish<'_>]) -> Found {
        let writers = Writers {
            wishes,
            interfaces: &self.interfaces,
            all: self.all_are_known(group, wishes),
        };
        let seen = writers.seen(&recent.streams);
        wishes
            .iter()
            .zip(seen)
            .map(|(&wish, seen)| {
                let fact = self.newest_event(&group.2, recent.whole, seen, wish);
                (wish.1.flow_log_id.clone(), fact)
            })
            .collect()
    }

    /// Whether these are all flow logs that deliver to a group. One that takes records of
    /// another account may take those of any account.
    fn all_are_known(&self, (account_id, region, _): &Group, wishes: &[Wish<'_>]) -> bool {
        let is_own = |place: &Place| {
            place.region.account_id == *account_id && place.region.region == *region
        };
        let own = self.places.iter().find(|&place| is_own(place));
        own.is_some_and(|own| own.region.flow_logs.is_complete())
            && wishes.iter().all(|(place, _)| is_own(place))
    }

    fn newest_event(
        &self,
        group: &str,
        whole: bool,
        seen: Seen<'_>,
        wish: Wish<'_>,
    ) -> Fact<LastRecord> {
        let action = DescribeLogStreams::ACTION;
        if seen.newest.is_none_or(|newest| newest.at < self.fresh_from) {
            if !whole {
                let message = "the log group has more streams than are looked through";
                return self.gap(wish, action, None, message);
            }
            if seen.doubtful.is_some_and(|at| at >= self.fresh_from) {
                let message = "the log group has fresh records, but which of several flow logs wrote them cannot be told";
                return self.gap(wish, action, None, message);
            }
        }
        Fact::Present(LastRecord {
            at: seen.newest.map(|newest| newest.at),
            seen_in: seen.newest.map(|newest| format!("{group}:{}", newest.name)),
            // An interface that was not met may stand on a later page: none is told apart.
            interfaces: if whole { seen.interfaces } else { [].into() },
            ..self.nothing_yet()
        })
    }
}
