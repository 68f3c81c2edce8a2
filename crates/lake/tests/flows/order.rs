//! Which records are one flow depends neither on the order of reading, nor on what is asked for, nor on how many work.

use flowcover_lake::{FlowSettings, LakeSettings};
use proptest::prelude::*;

use crate::memory::Memory;

const HEADER: &str = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags";
const EVERYTHING: &str = "select * from flows order by start, client_addr, client_port, server_addr, server_port, \"end\"";

/// A record of one of few tuples, so that they meet.
fn record() -> impl Strategy<Value = (i64, String)> {
    let values = (
        0..3_u8,
        0..3_u8,
        0..3_u8,
        0..2_u8,
        0_i64..3000,
        0_i64..600,
        1_u64..50,
        prop::sample::select(vec![0, 2, 18, 19]),
    );
    values.prop_map(|(interface, from, to, service, start, lasts, packets, flags)| {
        let port = |host: u8| if host == 0 { 443 + u16::from(service) } else { 40_000 + u16::from(host) };
        let end = 1_792_368_000 + start + lasts;
        let line = format!(
            "eni-{interface} 10.0.0.{from} 10.0.0.{to} {} {} 6 {packets} {} {} {end} ACCEPT OK {flags}",
            port(from),
            port(to),
            packets * 100,
            1_792_368_000 + start,
        );
        (end, line)
    })
}

/// The key of the object that AWS would put a record into.
fn key(end: i64, hash: usize) -> String {
    let bin =
        flowcover_record::TimeBin::containing(jiff::Timestamp::from_second(end).unwrap()).unwrap();
    let day = bin.start().strftime("%Y/%m/%d").to_string();
    let stamp = bin.start().strftime("%Y%m%dT%H%MZ").to_string();
    format!(
        "AWSLogs/123456789012/vpcflowlogs/us-east-1/{day}/123456789012_vpcflowlogs_us-east-1_fl-1_{stamp}_{hash}.log.gz"
    )
}

fn as_delivered(records: &[(i64, String)], hash: usize) -> Memory {
    let mut objects = std::collections::BTreeMap::<String, String>::new();
    for (index, (end, line)) in records.iter().enumerate() {
        let object = objects
            .entry(key(*end, index % hash))
            .or_insert_with(|| format!("{HEADER}\n"));
        object.push_str(line);
        object.push('\n');
    }
    objects
        .into_iter()
        .fold(Memory::default(), |memory, (key, text)| {
            memory.with(&key, text)
        })
}

fn settings(partitions: usize) -> LakeSettings {
    LakeSettings {
        partitions,
        ..LakeSettings::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_same_flows_whatever_the_order(mut records in prop::collection::vec(record(), 1..60), hash in 1..4_usize, partitions in 1..5_usize) {
        let lines: Vec<&str> = records.iter().map(|(_, line)| line.as_str()).collect();
        let one = Memory::default().with("all.log", format!("{HEADER}\n{}\n", lines.join("\n")));
        let (expected, _) = one.ask(EVERYTHING, &settings(1));
        let (delivered, account) = as_delivered(&records, hash).ask(EVERYTHING, &settings(partitions));
        prop_assert_eq!(&delivered, &expected);
        prop_assert_eq!(account.counts.parsed, records.len() as u64);
        records.reverse();
        let (reversed, _) = as_delivered(&records, hash).ask(EVERYTHING, &settings(partitions));
        prop_assert_eq!(&reversed, &expected);
    }

    #[test]
    fn no_record_is_lost_or_counted_twice(records in prop::collection::vec(record(), 1..60), partitions in 1..5_usize) {
        let (rows, _) = as_delivered(&records, 2).ask("select sum(records) from flows", &settings(partitions));
        prop_assert_eq!(rows, [records.len().to_string()]);
    }

    #[test]
    fn little_memory_loses_nothing(records in prop::collection::vec(record(), 1..60)) {
        let little = LakeSettings {
            flows: FlowSettings { memory: 4096, ..FlowSettings::default() },
            ..settings(2)
        };
        let (rows, _) = as_delivered(&records, 2).ask("select sum(records) from flows", &little);
        prop_assert_eq!(rows, [records.len().to_string()]);
    }
}

#[test]
fn what_was_given_early_is_said() {
    let lines: Vec<(i64, String)> = (0..500)
        .map(|number: i64| {
            (
                1_792_368_000 + number,
                format!(
                    "eni-1 10.0.{}.{} 10.9.9.9 40000 443 6 1 100 {} {} ACCEPT OK 2",
                    number / 200,
                    number % 200,
                    1_792_368_000 + number,
                    1_792_368_000 + number,
                ),
            )
        })
        .collect();
    let little = LakeSettings {
        flows: FlowSettings {
            memory: 4096,
            ..FlowSettings::default()
        },
        ..settings(1)
    };
    let (rows, account) = as_delivered(&lines, 1).ask("select count(*) from flows", &little);
    assert_eq!(rows, ["500"]);
    assert!(account.flows_shed > 0);
    let (rows, account) = as_delivered(&lines, 1).ask("select count(*) from flows", &settings(1));
    assert_eq!(
        (rows.as_slice(), account.flows_shed),
        (["500".to_owned()].as_slice(), 0)
    );
}

#[test]
fn who_asks_for_little_gets_the_same() {
    let records: Vec<(i64, String)> = (0..40)
        .map(|number: i64| {
            let end = 1_792_368_000 + number * 50;
            (
                end,
                format!(
                    "eni-{} 10.0.0.1 10.0.0.2 40000 443 6 1 100 {end} {end} ACCEPT OK 0",
                    number % 3
                ),
            )
        })
        .collect();
    let (one, _) = as_delivered(&records, 1).ask("select count(*) from flows", &settings(2));
    let (other, _) =
        as_delivered(&records, 1).ask("select count(*) from (select * from flows)", &settings(2));
    assert_eq!(one, other);
    let (limited, _) =
        as_delivered(&records, 1).ask("select client_addr from flows limit 1", &settings(2));
    assert_eq!(limited, ["10.0.0.1"]);
}
