//! `--prove`: a record must have arrived where an interface would produce one.

use std::collections::BTreeMap;

use crate::Verdict::{NotRecorded, Recorded, Unknown};
use crate::fixture::*;
use crate::inventory::*;
use crate::verdict::Verdict;

fn proved(at: Option<&str>) -> Inventory {
    but(recorded(), |i| {
        i.proved = true;
        let record = LastRecord {
            at: at.map(|at| at.parse().unwrap()),
            seen_in: None,
            searched_from: "2026-11-19T00:00:00Z".parse().unwrap(),
            interfaces: BTreeMap::new(),
        };
        i.last_records
            .insert("fl-1".to_owned(), Fact::Present(record));
    })
}

#[track_caller]
fn check(inventory: &Inventory, verdict: Verdict) {
    let vpc = only(cis(inventory));
    assert_eq!(vpc.verdict, verdict, "{}", vpc.reason);
}

#[test]
fn fresh_record_is_needed_where_an_interface_is_in_use() {
    check(&proved(Some("2026-11-20T11:50:00Z")), Recorded);
    check(&proved(Some("2026-11-20T09:00:00Z")), NotRecorded);
    check(&proved(None), NotRecorded);
}

#[test]
fn no_record_is_needed_where_no_interface_is_in_use() {
    let idle = but(proved(None), |i| {
        i.regions[0].network_interfaces.items[0].status = Some("available".to_owned());
    });
    check(&idle, Recorded);
    check(
        &but(proved(None), |i| {
            i.regions[0].network_interfaces = Listing::complete(vec![])
        }),
        Recorded,
    );
}

#[test]
fn unread_record_or_interface_is_unknown() {
    check(&but(proved(None), |i| i.last_records.clear()), Unknown);
    check(
        &but(proved(None), |i| {
            i.regions[0].network_interfaces = Listing::not_read()
        }),
        Unknown,
    );
}

#[test]
fn new_flow_log_has_not_had_time() {
    let new = but(proved(None), |i| {
        i.regions[0].flow_logs.items[0].creation_time =
            Some("2026-11-20T11:45:00Z".parse().unwrap());
    });
    check(&new, Unknown);
}

#[test]
fn silence_proves_nothing_where_not_all_traffic_is_captured() {
    let capturing = |traffic_type: Option<&str>, at: Option<&str>| {
        but(proved(at), |i| {
            i.regions[0].flow_logs.items[0].traffic_type = traffic_type.map(TrafficType::from);
        })
    };
    for old in [None, Some("2026-11-20T09:00:00Z")] {
        check(&capturing(Some("ALL"), old), NotRecorded);
        check(&capturing(Some("REJECT"), old), Unknown);
        check(&capturing(Some("SAMPLED"), old), Unknown);
        check(&capturing(None, old), Unknown);
    }
    let silent = capturing(Some("REJECT"), None);
    assert!(only(cis(&silent)).reason.contains("captures REJECT only"));
    assert_eq!(findings(&cis(&silent), "records-stale"), []);
    check(
        &capturing(Some("REJECT"), Some("2026-11-20T11:50:00Z")),
        Recorded,
    );
}

#[test]
fn last_record_is_shown() {
    let vpc = only(cis(&proved(Some("2026-11-20T11:50:00Z"))));
    assert_eq!(
        vpc.last_record_at,
        Some("2026-11-20T11:50:00Z".parse().unwrap())
    );
}
