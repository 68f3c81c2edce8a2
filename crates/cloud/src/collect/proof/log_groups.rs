//! The newest events of a log group, read once for all flow logs that deliver to it.

use std::collections::BTreeSet;

use flowcover_core::inventory::{Fact, FlowLog, LastRecord, ResourceKind};
use flowcover_record::StreamName;
use jiff::Timestamp;

use super::{Found, Search, Wish, for_all};
use crate::collect::{Place, Session};
use crate::{CloudError, DescribeLogStreams, ErrorKind, Operation};

/// Pages of streams read at most per log group: newest first, so the first usually has the answer.
const MOST_PAGES: usize = 20;

/// Streams of a group that have events in the time searched.
struct Recent {
    /// Name, interface if the name tells one, and newest event.
    streams: Vec<(String, Option<String>, Timestamp)>,
    /// Whether these are all.
    whole: bool,
}

impl Search<'_> {
    pub(super) async fn log_group(
        &self,
        (account_id, region, name): &(String, String, String),
        wishes: &[Wish<'_>],
    ) -> Found {
        let Some(account) = self.reach.account(account_id) else {
            let message = "the log group is in an account that is not audited";
            return for_all(wishes, |wish| {
                self.gap(wish, DescribeLogStreams::ACTION, None, message)
            });
        };
        let session = Session::new(self.run, account.home.in_region(region));
        match self.recent_streams(&session, name).await {
            Ok(recent) => for_all(wishes, |wish| self.newest_event(name, &recent, wish)),
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
                    let eni = StreamName::parse(&stream.name).map(|name| name.eni);
                    streams.push((stream.name, eni, at));
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

    /// Streams are named for their interface, so records of several VPCs in one group can be told apart.
    fn newest_event(&self, group: &str, recent: &Recent, wish: Wish<'_>) -> Fact<LastRecord> {
        let wanted = interfaces(wish.0, wish.1);
        let is_wanted = |eni: &str| wanted.is_empty() || wanted.contains(eni);
        let mut record = self.nothing_yet();
        for (stream, eni, at) in &recent.streams {
            if !eni.as_deref().is_none_or(is_wanted) {
                continue;
            }
            if let Some(eni) = eni {
                let newest = record.interfaces.entry(eni.clone()).or_insert(*at);
                *newest = (*at).max(*newest);
            }
            if record.at.is_none_or(|newest| newest < *at) {
                record.at = Some(*at);
                record.seen_in = Some(format!("{group}:{stream}"));
            }
        }
        if recent.whole {
            return Fact::Present(record);
        }
        if record.at.is_none() {
            let message = "the log group has more streams than are looked through";
            return self.gap(wish, DescribeLogStreams::ACTION, None, message);
        }
        // An interface that was not met may stand on a later page: none is told apart.
        record.interfaces.clear();
        Fact::Present(record)
    }
}

/// Interfaces that a flow log reaches, as far as they were read.
fn interfaces<'a>(place: &'a Place, log: &'a FlowLog) -> BTreeSet<&'a str> {
    let Some(resource_id) = log.resource_id.as_deref() else {
        return BTreeSet::new();
    };
    let kind = log.resource_kind();
    place
        .region
        .network_interfaces
        .items
        .iter()
        .filter(|eni| match kind {
            ResourceKind::Vpc => eni.vpc_id.as_deref() == Some(resource_id),
            ResourceKind::Subnet => eni.subnet_id.as_deref() == Some(resource_id),
            _ => eni.network_interface_id == resource_id,
        })
        .map(|eni| eni.network_interface_id.as_str())
        .collect()
}
