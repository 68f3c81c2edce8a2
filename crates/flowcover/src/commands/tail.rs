//! `flowcover tail`: follows a log group.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use flowcover_cloud::{CloudError, ErrorKind, LogEvent};
use flowcover_record::{LogFormat, LogStatus, Record};
use jiff::{SignedDuration, Timestamp};
use owo_colors::OwoColorize as _;

use super::{gather, now};
use crate::cli::{Filter, Tail};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::{Group, LogGroup, Reach, SCHEME};
use crate::terminal;

/// Events come in this long after they happened: aggregation takes ten minutes at most, delivery about five more.
const LATE: SignedDuration = SignedDuration::from_mins(20);
/// The shortest wait between two looks.
const SHORTEST: Duration = Duration::from_secs(1);

pub(crate) fn run(arguments: &Tail) -> anyhow::Result<Exit> {
    let runtime = gather::runtime()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            biased;
            // That is how it ends.
            _ = tokio::signal::ctrl_c() => Ok(Exit::Clean),
            ended = follow(arguments) => ended,
        }
    });
    runtime.shutdown_background();
    ended
}

async fn follow(arguments: &Tail) -> anyhow::Result<Exit> {
    let Some(rest) = arguments.group.strip_prefix(SCHEME) else {
        return Err(
            Failure::usage(format!("{} cannot be followed", arguments.group))
                .hint("give a log group: logs:///vpc/flow?region=eu-west-1")
                .into(),
        );
    };
    let address = LogGroup::parse(rest)?;
    let reach = Reach::connect(&arguments.reaching, address.region.as_deref()).await?;
    let group = Group::open(&reach, address, arguments.log_format.as_ref(), None).await?;
    let mut tail = Follower {
        shown_from: before(
            now(),
            SignedDuration::try_from(arguments.last).unwrap_or(LATE),
        ),
        seen: HashMap::new(),
        unclear: 0,
        group,
    };
    loop {
        match tail.look().await {
            Ok(events) => tail.show(&events, arguments)?,
            Err(error) if passes(&error) => terminal::warning(&format!("{error}; trying again")),
            Err(error) => {
                return Err(Failure::nothing_read(error.to_string()).into());
            }
        }
        tokio::time::sleep(arguments.interval.max(SHORTEST)).await;
    }
}

/// So long before, but not before there were computers.
fn before(now: Timestamp, time: SignedDuration) -> Timestamp {
    let at = now.checked_sub(time).unwrap_or_default();
    at.max(Timestamp::UNIX_EPOCH)
}

/// Whether the next look may succeed.
fn passes(error: &CloudError) -> bool {
    error.is_retryable() || error.kind == ErrorKind::Unreachable
}

struct Follower {
    group: Group,
    shown_from: Timestamp,
    /// Events that came already, and when they happened.
    seen: HashMap<String, Timestamp>,
    /// Events that could be of several formats.
    unclear: u64,
}

impl Follower {
    /// Events that were not there before. What comes late happened long ago: all of the last minutes is read each time.
    async fn look(&mut self) -> Result<Vec<LogEvent>, CloudError> {
        let now = now();
        let since = before(now, LATE);
        let from = since.min(self.shown_from);
        // Clocks differ a little.
        let to = now.checked_add(LATE).unwrap_or(now);
        let mut events = Vec::new();
        let mut tokens = HashSet::new();
        let mut next_token = None;
        loop {
            let page = self.group.events(from, to, next_token).await?;
            for event in page.items {
                let at = event.at.unwrap_or(now);
                let is_new = self.seen.insert(event.id.clone(), at).is_none();
                if is_new && at >= self.shown_from {
                    events.push(event);
                }
            }
            match page.next_token {
                Some(next) if tokens.insert(next.clone()) => next_token = Some(next),
                _ => break,
            }
        }
        // From now on, nothing older is asked for.
        self.shown_from = self.shown_from.max(since);
        let from = self.shown_from;
        self.seen.retain(|_, at| *at >= from);
        Ok(events)
    }

    fn show(&mut self, events: &[LogEvent], arguments: &Tail) -> std::io::Result<()> {
        let formats = self.group.formats();
        let mut out = anstream::stdout().lock();
        for event in events {
            let Some(format) = formats.of_event(&event.stream, &event.message) else {
                self.unclear += 1;
                if self.unclear == 1 {
                    terminal::warning(&format!(
                        "events of stream {} could be of several formats, and are left out",
                        event.stream
                    ));
                    terminal::hint("give the format with --log-format");
                }
                continue;
            };
            if let Some(line) = line(event, &formats.all()[format], arguments) {
                writeln!(out, "{line}")?;
            }
        }
        out.flush()
    }
}

/// What is shown of an event, if it is.
fn line(event: &LogEvent, format: &LogFormat, arguments: &Tail) -> Option<String> {
    let text = event.message.trim_end();
    let inert = |text: &str| flowcover_view::inert_text(text).into_owned();
    let Ok(record) = Record::parse(format, text.as_bytes()) else {
        return Some(inert(text));
    };
    if !shows(&record, &arguments.filter) {
        return None;
    }
    if arguments.raw {
        return Some(inert(text));
    }
    let word = |name: &str| inert(record.text(name).unwrap_or("-"));
    let number = |name: &str| {
        record
            .int(name)
            .map_or_else(|| "-".to_owned(), |number| number.to_string())
    };
    let at = record
        .int("start")
        .and_then(|at| Timestamp::from_second(at).ok());
    let at = at
        .or(event.at)
        .map_or_else(|| "-".to_owned(), |at| at.to_string());
    let interface = word("interface-id");
    Some(match record.log_status() {
        Some(LogStatus::SkipData) => format!("{at} {interface} SKIPDATA: AWS lost records here"),
        _ => format!(
            "{at} {interface} {} {}:{} → {}:{} {} {} packets {} bytes",
            action(&word("action")),
            word("srcaddr"),
            number("srcport"),
            word("dstaddr"),
            number("dstport"),
            protocol(record.int("protocol")),
            number("packets"),
            number("bytes"),
        ),
    })
}

fn action(action: &str) -> String {
    match action {
        "ACCEPT" => action.green().to_string(),
        "REJECT" => action.red().to_string(),
        other => other.to_owned(),
    }
}

/// The names of the commonest (IANA, "Protocol Numbers").
fn protocol(number: Option<i64>) -> String {
    match number {
        Some(1) => "icmp".to_owned(),
        Some(6) => "tcp".to_owned(),
        Some(17) => "udp".to_owned(),
        Some(58) => "icmpv6".to_owned(),
        Some(other) => other.to_string(),
        None => "-".to_owned(),
    }
}

/// Whether the record fits all that is asked for. Windows without traffic never do.
fn shows(record: &Record<'_>, filter: &Filter) -> bool {
    if record.log_status() == Some(LogStatus::NoData) {
        return false;
    }
    let wanted = match (filter.accepted, filter.rejected) {
        (true, _) => Some("ACCEPT"),
        (_, true) => Some("REJECT"),
        _ => None,
    };
    if wanted.is_some_and(|wanted| record.text("action") != Some(wanted)) {
        return false;
    }
    let addresses = ["srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"];
    let is_address = |block: &flowcover_lake::Cidr| {
        let texts = addresses.iter().filter_map(|name| record.text(name));
        let mut found = texts.filter_map(|text| text.parse::<IpAddr>().ok());
        found.any(|address| block.contains(address))
    };
    let is_port = |port: &u16| {
        ["srcport", "dstport"]
            .iter()
            .any(|name| record.int(name) == Some(i64::from(*port)))
    };
    let is_interface = |id: &String| record.text("interface-id") == Some(id);
    (filter.address.is_empty() || filter.address.iter().any(is_address))
        && (filter.port.is_empty() || filter.port.iter().any(is_port))
        && (filter.interface.is_empty() || filter.interface.iter().any(is_interface))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const REJECT: &str =
        "2 123456789012 eni-1 203.0.113.9 10.0.0.1 55555 22 6 1 40 1795132800 1795132850 REJECT OK";
    const NODATA: &str = "2 123456789012 eni-2 - - - - - - - 1795132800 1795132850 - NODATA";

    #[track_caller]
    fn check(line: &str, filter: &Filter, expected: bool) {
        let format = LogFormat::default();
        let record = Record::parse(&format, line.as_bytes()).unwrap();
        assert_eq!(shows(&record, filter), expected, "{line} {filter:?}");
    }

    #[test]
    fn records_fit_all_that_is_asked_for() {
        let all = Filter::default();
        check(REJECT, &all, true);
        check(NODATA, &all, false);
        let filter = |accepted, rejected, address: &str, port, interface: &str| Filter {
            accepted,
            rejected,
            address: address.parse().into_iter().collect(),
            port: vec![port],
            interface: vec![interface.to_owned()],
        };
        check(
            REJECT,
            &filter(false, true, "203.0.113.0/24", 22, "eni-1"),
            true,
        );
        check(
            REJECT,
            &filter(false, false, "10.0.0.1", 55555, "eni-1"),
            true,
        );
        check(REJECT, &filter(true, false, "10.0.0.1", 22, "eni-1"), false);
        check(REJECT, &filter(false, true, "10.0.0.2", 22, "eni-1"), false);
        check(REJECT, &filter(false, true, "10.0.0.1", 23, "eni-1"), false);
        check(REJECT, &filter(false, true, "10.0.0.1", 22, "eni-2"), false);
    }
}
