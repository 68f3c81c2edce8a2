//! Conversations are the flows, taken together.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use flowcover_lake::{Conversation, LakeSettings, Outcome};
use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Settings, Traffic, VERSION_5_FORMAT};

use crate::memory::Memory;

fn stored(format: Option<LogFormat>) -> Memory {
    let settings = Settings {
        seed: 5,
        minutes: 120,
        records: 30_000,
        hidden: vec![Hidden::VerticalScan, Hidden::Exfiltration],
        ..Settings::default()
    };
    let settings = match format {
        Some(format) => Settings { format, ..settings },
        None => settings,
    };
    let traffic = Traffic::new(settings).unwrap();
    let objects = (0..traffic.bins()).flat_map(|bin| traffic.bin(bin));
    objects.fold(Memory::default(), |memory, object| {
        memory.with(&object.key.to_string(), object.text)
    })
}

type Key = [String; 7];

/// Conversations by what the table `flows` has of them, and the names of those that saw without telling which end is theirs.
fn conversations(memory: &Memory, partitions: usize) -> (BTreeMap<Key, Conversation>, Vec<String>) {
    let settings = LakeSettings {
        partitions,
        ..LakeSettings::default()
    };
    memory.with_lake(&settings, async |lake| {
        let mut all: BTreeMap<Key, Conversation> = BTreeMap::new();
        let mut seen_by = Vec::new();
        let taken = lake.conversations(|some, interfaces| {
            for it in some {
                let ends = &it.ends;
                let outcome = match ends.outcome {
                    Outcome::Accepted => "ACCEPT",
                    Outcome::Rejected => "REJECT",
                    Outcome::Unsaid => "",
                };
                let name = |number| interfaces.name(number).unwrap_or_default().to_owned();
                let key = [
                    ends.client.to_string(),
                    ends.server.to_string(),
                    ends.server_port.to_string(),
                    ends.protocol.to_string(),
                    outcome.to_owned(),
                    name(ends.client_interface),
                    name(ends.server_interface),
                ];
                let others = ends.seen_by.iter().filter_map(|it| interfaces.name(*it));
                seen_by.extend(others.map(str::to_owned));
                all.entry(key)
                    .and_modify(|whole| whole.add(it))
                    .or_insert(*it);
            }
            ControlFlow::Continue(())
        });
        taken.await.unwrap();
        seen_by.sort_unstable();
        seen_by.dedup();
        (all, seen_by)
    })
}

const ASKED: &str = "select client_addr, server_addr, server_port, protocol, coalesce(action, ''), \
    coalesce(client_interface_id, ''), coalesce(server_interface_id, ''), count(*), \
    sum(packets_to_server + packets_to_client), sum(bytes_to_server + bytes_to_client), min(start), max(\"end\") \
    from flows group by 1, 2, 3, 4, 5, 6, 7";

#[test]
fn they_are_the_rows_of_flows_taken_together() {
    for format in [None, LogFormat::parse(VERSION_5_FORMAT).ok()] {
        let memory = stored(format);
        let (mut rows, account) = memory.ask(ASKED, &LakeSettings::default());
        assert!(
            account.is_complete() && rows.len() > 1_000,
            "{}",
            rows.len()
        );
        rows.sort_unstable();
        for partitions in [1, 4] {
            let (conversations, _) = conversations(&memory, partitions);
            let mut told: Vec<String> = conversations
                .iter()
                .map(|(key, it)| {
                    let numbers = format!("{},{},{}", it.flows, it.packets, it.bytes);
                    format!(
                        "{},{numbers},{},{}",
                        key.join(","),
                        it.first_seen,
                        it.last_seen
                    )
                })
                .collect();
            told.sort_unstable();
            assert_eq!(told, rows, "{partitions}");
        }
    }
}

#[test]
fn records_without_a_direction_tell_who_saw() {
    let memory = stored(None);
    let (_, seen_by) = conversations(&memory, 3);
    let (mut interfaces, _) = memory.ask(
        "select distinct interface_id from records where srcaddr is not null",
        &LakeSettings::default(),
    );
    interfaces.sort_unstable();
    assert!(!interfaces.is_empty());
    assert_eq!(seen_by, interfaces);
}

#[test]
fn whoever_breaks_off_gets_no_more() {
    let memory = stored(None);
    let settings = LakeSettings {
        partitions: 4,
        ..LakeSettings::default()
    };
    let calls = memory.with_lake(&settings, async |lake| {
        let mut calls = 0;
        let taken = lake.conversations(|_, _| {
            calls += 1;
            ControlFlow::Break(())
        });
        taken.await.unwrap();
        calls
    });
    assert_eq!(calls, 1);
}
