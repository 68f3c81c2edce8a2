//! Which objects are opened, told from what is known without opening them.

use std::collections::BTreeMap;
use std::fmt;

use flowcover_lake::{Object, Span};

use super::vpc::FlowLogOf;

/// Why an object was left unopened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Left {
    /// It has no bytes.
    Empty,
    /// Its name ends as no flow log's does.
    Name,
    /// It lies among the logs of another service.
    OtherService,
    /// It must be restored from an archive first.
    Archived,
    /// It does not fit the pattern.
    Pattern,
    /// Another account's.
    Account,
    /// Another region's.
    Region,
    /// Another flow log's.
    FlowLog,
    /// Its name does not tell whose it is, and that was asked for.
    Unnamed,
    /// Its records ended before the span.
    Earlier,
    /// Its records began after the span.
    Later,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::Name => "no flow logs by their names",
            Self::OtherService => "logs of other services",
            Self::Archived => "archived: to be restored first",
            Self::Pattern => "do not fit the pattern",
            Self::Account => "of other accounts",
            Self::Region => "of other regions",
            Self::FlowLog => "of other flow logs",
            Self::Unnamed => "their names do not tell account, region and flow log",
            Self::Earlier => "earlier than asked for",
            Self::Later => "later than asked for",
        })
    }
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) span: Option<Span>,
    /// How far outside of the span the bin of an object may lie, in seconds.
    pub(crate) slack: i64,
    pub(crate) accounts: Vec<String>,
    pub(crate) regions: Vec<String>,
    pub(crate) flow_logs: Vec<String>,
}

impl Choice {
    /// Whether it asks for less than everything, in a way that folders tell.
    pub(crate) fn is_narrow(&self) -> bool {
        self.span.is_some() || !self.accounts.is_empty() || !self.regions.is_empty()
    }

    /// Only objects of this flow log: of others none, if others were asked for.
    pub(super) fn narrow(&mut self, flow_log: &FlowLogOf) {
        for (asked, value) in [
            (&mut self.accounts, &flow_log.account_id),
            (&mut self.regions, &flow_log.region),
            (&mut self.flow_logs, &flow_log.id),
        ] {
            if asked.is_empty() {
                asked.push(value.clone());
            }
        }
    }

    pub(crate) fn has_account(&self, account: &str) -> bool {
        is_asked(&self.accounts, account)
    }

    pub(crate) fn has_region(&self, region: &str) -> bool {
        is_asked(&self.regions, region)
    }

    /// The seconds between which the `end` of a record of the span can lie, with slack. None where it is open.
    ///
    /// Objects are named by the bin of their records' `end`. A record that begins in the span ends within the longest
    /// aggregation interval, ten minutes, after it.
    pub(crate) fn ends_between(&self) -> (Option<i64>, Option<i64>) {
        let span = self.span.unwrap_or_default();
        (
            span.from.map(|from| from.saturating_sub(self.slack)),
            span.to.map(|to| to.saturating_add(self.slack)),
        )
    }

    /// Why the object is not to be opened; none: it is.
    pub(crate) fn leaves(&self, object: &Object) -> Option<Left> {
        let Some(key) = &object.key else {
            let asks =
                [&self.accounts, &self.regions, &self.flow_logs].map(|asked| !asked.is_empty());
            return asks.contains(&true).then_some(Left::Unnamed);
        };
        if !self.has_account(&key.layout.account_id) {
            return Some(Left::Account);
        }
        if !self.has_region(&key.layout.region) {
            return Some(Left::Region);
        }
        if !is_asked(&self.flow_logs, &key.flow_log_id) {
            return Some(Left::FlowLog);
        }
        let (earliest, latest) = self.ends_between();
        let (starts, ends) = (key.bin.start().as_second(), key.bin.end().as_second());
        if earliest.is_some_and(|earliest| ends <= earliest) {
            return Some(Left::Earlier);
        }
        latest
            .is_some_and(|latest| starts > latest)
            .then_some(Left::Later)
    }
}

fn is_asked(asked: &[String], value: &str) -> bool {
    asked.is_empty() || asked.iter().any(|it| it == value)
}

/// What was found where records may lie, and what of it was left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// What is to be opened.
    pub(crate) objects: Vec<Object>,
    /// Objects that were seen.
    pub(crate) listed: u64,
    /// Folders that were listed.
    pub(crate) folders: u64,
    /// Objects left out, and their bytes, by reason.
    pub(crate) left: BTreeMap<Left, (u64, u64)>,
}

impl Found {
    /// Takes an object, or leaves it out.
    pub(crate) fn add(&mut self, object: Object, left: Option<Left>) {
        self.listed += 1;
        match left {
            None => self.objects.push(object),
            Some(left) => {
                let (objects, bytes) = self.left.entry(left).or_default();
                *objects += 1;
                *bytes += object.size;
            }
        }
    }

    /// Adds what was found elsewhere.
    pub(crate) fn merge(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.listed += other.listed;
        self.folders += other.folders;
        for (left, (objects, bytes)) in other.left {
            let sum = self.left.entry(left).or_default();
            sum.0 += objects;
            sum.1 += bytes;
        }
    }

    /// What was left out and why, in one line; empty if nothing was.
    pub(crate) fn left_out(&self) -> String {
        let reasons = self.left.iter();
        let reasons: Vec<String> = reasons
            .map(|(left, (objects, _))| format!("{objects} {left}"))
            .collect();
        reasons.join(", ")
    }

    /// What was found, in lines.
    pub(crate) fn explain(&self) -> Vec<String> {
        let bytes: u64 = self.objects.iter().map(|object| object.size).sum();
        let mut lines = vec![format!(
            "{} objects listed, {} to be opened with {bytes} bytes",
            self.listed,
            self.objects.len()
        )];
        if self.folders > 0 {
            lines.push(format!("{} folders of buckets listed", self.folders));
        }
        for (left, (objects, bytes)) in &self.left {
            lines.push(format!("{objects} left out with {bytes} bytes: {left}"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(time: &str) -> Object {
        let day = &time[6..8];
        let key = format!(
            "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/{day}/123456789012_vpcflowlogs_eu-west-1_fl-1_{time}Z_aa.log.gz"
        );
        Object::new(&key, 10)
    }

    /// 2026-11-20, from 08:00 to 09:00.
    fn choice() -> Choice {
        Choice {
            span: Some(Span {
                from: Some(1_795_161_600),
                to: Some(1_795_165_200),
            }),
            slack: 600,
            ..Choice::default()
        }
    }

    #[test]
    fn bins_within_the_slack_are_opened() {
        for (time, left) in [
            ("20261120T0745", Some(Left::Earlier)),
            ("20261120T0750", None),
            ("20261120T0830", None),
            ("20261120T0910", None),
            ("20261120T0915", Some(Left::Later)),
            ("20261119T0830", Some(Left::Earlier)),
        ] {
            assert_eq!(choice().leaves(&object(time)), left, "{time}");
        }
        let tight = Choice {
            slack: 0,
            ..choice()
        };
        assert_eq!(tight.leaves(&object("20261120T0755")), Some(Left::Earlier));
        assert_eq!(tight.leaves(&object("20261120T0800")), None);
    }

    #[test]
    fn names_tell_whose_objects_are() {
        let object = object("20261120T0830");
        let mine = |accounts: &[&str], regions: &[&str], flow_logs: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
            Choice {
                accounts: owned(accounts),
                regions: owned(regions),
                flow_logs: owned(flow_logs),
                ..Choice::default()
            }
        };
        let all = mine(&["1", "123456789012"], &["eu-west-1"], &["fl-1"]);
        assert_eq!(all.leaves(&object), None);
        assert_eq!(mine(&["1"], &[], &[]).leaves(&object), Some(Left::Account));
        assert_eq!(mine(&[], &["x"], &[]).leaves(&object), Some(Left::Region));
        assert_eq!(
            mine(&[], &[], &["fl-2"]).leaves(&object),
            Some(Left::FlowLog)
        );
        let unnamed = Object::new("x.log.gz", 1);
        assert_eq!(all.leaves(&unnamed), Some(Left::Unnamed));
        assert_eq!(
            choice().leaves(&unnamed),
            None,
            "its records tell their time"
        );
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let mut found = Found::default();
        found.add(object("20261120T0830"), None);
        found.add(object("20261120T0830"), Some(Left::Later));
        let mut other = Found::default();
        other.add(object("20261120T0835"), Some(Left::Later));
        found.merge(other);
        assert_eq!(found.left_out(), "2 later than asked for");
        assert_eq!(
            found.explain(),
            [
                "3 objects listed, 1 to be opened with 10 bytes",
                "2 left out with 20 bytes: later than asked for"
            ]
        );
    }
}
