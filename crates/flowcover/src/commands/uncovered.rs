//! What records do not cover, told from counts, from the names of objects and from formats: for `--explain`.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::words;
use flowcover_record::{Counts, Field, LogFormat, ObjectKey, Scope};
use jiff::Timestamp;

/// Seconds of a bin: VPC user guide, "Flow log files".
const BIN: i64 = 300;
/// Stretches of missing bins that are listed.
const LISTED: usize = 10;
/// Fields that detections want and the default format lacks.
const WANTED: [&str; 5] = [
    "vpc-id",
    "tcp-flags",
    "pkt-srcaddr",
    "pkt-dstaddr",
    "flow-direction",
];

/// What became of the records, in one line.
pub(crate) fn counted(counts: &Counts) -> String {
    format!(
        "of {} records {} parsed, {} NODATA (no traffic), {} SKIPDATA (records that AWS lost), {} malformed, {} passed over by their bytes or statistics, whatever they are",
        counts.read,
        counts.parsed,
        counts.nodata,
        counts.skipdata,
        counts.malformed,
        counts.passed_over
    )
}

/// The bins between the first and the last object of each flow log that no object is of, in lines: the first stretches, then how many more.
///
/// A bin can be missing because nothing was recorded, not even `NODATA`; because delivery failed or is late; or because its object
/// was empty or deleted.
pub(crate) fn missing_bins<'k>(keys: impl Iterator<Item = &'k ObjectKey>) -> Vec<String> {
    let mut bins: BTreeMap<[&str; 3], BTreeSet<i64>> = BTreeMap::new();
    for key in keys {
        let layout = &key.layout;
        let flow_log = [&layout.account_id, &layout.region, &key.flow_log_id];
        let flow_log = flow_log.map(String::as_str);
        let bin = key.bin.start().as_second().div_euclid(BIN);
        bins.entry(flow_log).or_default().insert(bin);
    }
    let mut lines = Vec::new();
    let (mut all, mut listed) = (0, 0);
    for (flow_log, bins) in &bins {
        let next = bins.iter().skip(1);
        for (before, after) in bins.iter().zip(next) {
            let missing = after - before - 1;
            if missing == 0 {
                continue;
            }
            all += missing;
            if lines.len() < LISTED {
                listed += missing;
                lines.push(stretch(flow_log, before + 1, missing));
            }
        }
    }
    if lines.is_empty() {
        return lines;
    }
    let first = format!(
        "{} of 5 minutes between the first and the last object of a flow log have no object:",
        words::counted(all, "bin")
    );
    lines.insert(0, first);
    if all > listed {
        lines.push(format!(
            "  and {}",
            words::counted(all - listed, "more bin")
        ));
    }
    lines
}

fn stretch(flow_log: &[&str; 3], first: i64, bins: i64) -> String {
    let moment = |bin: i64| {
        let start = Timestamp::from_second(bin * BIN).unwrap_or_default();
        start.strftime("%Y-%m-%dT%H:%MZ").to_string()
    };
    format!(
        "  {}: {} to {} ({})",
        flow_log.join(" "),
        moment(first),
        moment(first + bins),
        words::counted(bins, "bin")
    )
}

/// The fields that detections want and formats lack, in one line.
pub(crate) fn lacking_fields(formats: &[LogFormat]) -> Option<String> {
    let lacking: Vec<String> = WANTED
        .iter()
        .filter_map(|name| {
            let field = Field::all().iter().find(|field| field.name == *name)?;
            let could = formats.iter().filter(|format| could_have(format, field));
            let lack = could.filter(|format| !format.contains(name)).count();
            (lack > 0).then(|| {
                let of_all = if lack == formats.len() {
                    String::new()
                } else {
                    format!(", {lack} of {} formats", formats.len())
                };
                format!("{name} (version {}{of_all})", field.version)
            })
        })
        .collect();
    (!lacking.is_empty()).then(|| {
        format!(
            "fields that detections want and the format lacks: {}; a flow log's format cannot be changed: make a new one",
            lacking.join(", ")
        )
    })
}

/// Flow logs of transit gateways have other fields.
fn could_have(format: &LogFormat, field: &Field) -> bool {
    let is_of_gateway = |name: &str| {
        let known = Field::all().iter().find(|field| field.name == name);
        known.is_some_and(|field| field.scope == Scope::TransitGateway)
    };
    let resource = if format.names().any(is_of_gateway) {
        Scope::TransitGateway
    } else {
        Scope::Vpc
    };
    field.scope.covers(resource)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(flow_log: &str, day: u8, time: &str) -> ObjectKey {
        let key = format!(
            "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/{day:02}/123456789012_vpcflowlogs_eu-west-1_{flow_log}_202611{day:02}T{time}Z_aa.log.gz"
        );
        ObjectKey::parse(&key).unwrap()
    }

    fn check(keys: &[ObjectKey], expected: &[&str]) {
        assert_eq!(missing_bins(keys.iter()), expected);
    }

    #[test]
    fn bins_without_an_object_are_listed_by_flow_log() {
        check(&[], &[]);
        check(&[key("fl-1", 20, "0000")], &[]);
        check(
            &[
                key("fl-1", 20, "0005"),
                key("fl-1", 20, "0000"),
                key("fl-1", 20, "0000"),
            ],
            &[],
        );
        // What one flow log has is not missing less at another.
        check(
            &[
                key("fl-2", 20, "0010"),
                key("fl-1", 19, "2350"),
                key("fl-1", 20, "0015"),
                key("fl-2", 20, "0000"),
                key("fl-1", 19, "2355"),
            ],
            &[
                "4 bins of 5 minutes between the first and the last object of a flow log have no object:",
                "  123456789012 eu-west-1 fl-1: 2026-11-20T00:00Z to 2026-11-20T00:15Z (3 bins)",
                "  123456789012 eu-west-1 fl-2: 2026-11-20T00:05Z to 2026-11-20T00:10Z (1 bin)",
            ],
        );
    }

    #[test]
    fn stretches_beyond_the_first_are_counted() {
        let mut keys: Vec<ObjectKey> = (0..12)
            .map(|hour| key("fl-1", 20, &format!("{hour:02}55")))
            .collect();
        let lines = missing_bins(keys.iter());
        assert_eq!(lines.len(), 1 + LISTED + 1);
        assert!(lines[0].starts_with("121 bins "), "{lines:?}");
        assert_eq!(lines[11], "  and 11 more bins");
        // However far apart.
        keys = vec![key("fl-1", 1, "0000"), key("fl-1", 30, "2355")];
        let lines = missing_bins(keys.iter());
        assert!(lines[1].ends_with("(8638 bins)"), "{lines:?}");
    }

    #[test]
    fn fields_are_told_with_the_version_that_brought_them() {
        let all = "vpc-id tcp-flags pkt-srcaddr pkt-dstaddr flow-direction";
        let format = |text: &str| LogFormat::parse(text).unwrap();
        assert_eq!(lacking_fields(&[]), None);
        assert_eq!(lacking_fields(&[format(all)]), None);
        let default = lacking_fields(&[LogFormat::default()]).unwrap();
        assert!(
            default.contains(": vpc-id (version 3), tcp-flags (version 3), pkt-srcaddr (version 3), pkt-dstaddr (version 3), flow-direction (version 5);"),
            "{default}"
        );
        let mixed = lacking_fields(&[
            format(all),
            format("vpc-id tcp-flags pkt-srcaddr pkt-dstaddr"),
        ]);
        assert!(
            mixed
                .unwrap()
                .contains(": flow-direction (version 5, 1 of 2 formats);")
        );
        // Those of transit gateways can have no packet addresses.
        let gateway = lacking_fields(&[format("tgw-id tcp-flags")]).unwrap();
        assert!(
            gateway.contains(": flow-direction (version 5);"),
            "{gateway}"
        );
    }

    #[test]
    fn every_kind_of_record_is_counted() {
        let counts = Counts {
            read: 21,
            parsed: 1,
            nodata: 2,
            skipdata: 3,
            malformed: 4,
            passed_over: 11,
        };
        let text = counted(&counts);
        for part in [
            "of 21 records 1 parsed",
            "2 NODATA",
            "3 SKIPDATA",
            "4 malformed",
            "11 passed over",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
