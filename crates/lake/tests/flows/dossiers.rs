//! Every query of a dossier runs, and its rows say what the dossier says.

use std::sync::Arc;

use flowcover_detect::investigate::{Direction, Event, EventKind, Peer, Port};
use flowcover_detect::{Address, Dossier, Engine, Inquiry, Investigation, Settings, World};
use flowcover_lake::LakeSettings;
use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Traffic, TrafficHost, VERSION_5_FORMAT};
use jiff::civil::date;

use crate::memory::Memory;

fn traffic() -> Traffic {
    Traffic::new(flowcover_traffic::Settings {
        seed: 23,
        minutes: 60,
        records: 16_000,
        format: LogFormat::parse(VERSION_5_FORMAT).unwrap(),
        hidden: vec![
            Hidden::VerticalScan,
            Hidden::VerticalScan,
            Hidden::Exfiltration,
        ],
        ..flowcover_traffic::Settings::default()
    })
    .unwrap()
}

fn stored(traffic: &Traffic) -> Memory {
    let objects = (0..traffic.bins()).flat_map(|bin| traffic.bin(bin));
    objects.fold(Memory::default(), |memory, object| {
        memory.with(&object.key.to_string(), object.text)
    })
}

fn dossier(memory: &Memory, inquiry: &Inquiry, partitions: usize) -> Dossier {
    let settings = LakeSettings {
        partitions,
        ..LakeSettings::default()
    };
    let world = Arc::new(World::default());
    let engine = |share| {
        let mut engine = Engine::new(&Settings::default(), &world, share).unwrap();
        engine.investigate(Investigation::new(inquiry.clone(), 8 << 20));
        engine
    };
    memory.with_lake(&settings, async |lake| {
        let judged = lake.judge(engine).await.unwrap();
        let points = |key| judged.point(key);
        let report = judged.engine.finish(&points, &[], &[], date(2026, 11, 22));
        judged.engine.dossier(&report).unwrap()
    })
}

/// The numbers of a row, from this column on.
fn numbers(row: &str, from: usize) -> Vec<i64> {
    let cells = row.split(',').skip(from);
    cells.map(|cell| cell.parse().unwrap()).collect()
}

/// Sums, and the first and last moment, of rows that have them in this order from this column on: flows, refused, bytes to the server, bytes to
/// the client, first and last.
fn summed(rows: &[String], from: usize, direction: Direction) -> [i64; 6] {
    let mut all = [0, 0, 0, 0, i64::MAX, i64::MIN];
    for row in rows {
        let row = numbers(row, from);
        for place in 0..4 {
            all[place] += row[place];
        }
        all[4] = all[4].min(row[4]);
        all[5] = all[5].max(row[5]);
    }
    if direction == Direction::In {
        all.swap(2, 3);
    }
    all
}

fn check_peer(peer: &Peer, rows: &[String]) {
    let said = [peer.flows, peer.refused, peer.bytes_out, peer.bytes_in];
    let [flows, refused, out, into] = said.map(|number| number as i64);
    let said = [flows, refused, out, into, peer.first_seen, peer.last_seen];
    assert_eq!(summed(rows, 2, peer.direction), said, "{peer:#?}");
    // Exact up to 512, and then an estimate that is some 2 % off.
    let (found, said) = (rows.len() as u64, peer.port_count);
    let allowed = if found > 512 { found / 25 } else { 0 };
    assert!(found.abs_diff(said) <= allowed, "{found}: {peer:#?}");
}

fn check_port(port: &Port, rows: &[String]) {
    let said = [port.flows, port.refused, port.bytes_out, port.bytes_in];
    let [flows, refused, out, into] = said.map(|number| number as i64);
    let said = [flows, refused, out, into, port.first_seen, port.last_seen];
    assert_eq!(summed(rows, 2, port.direction), said, "{port:#?}");
}

fn check_event(event: &Event, rows: &[String]) {
    match event.kind {
        EventKind::RefusalBurst => {
            let (refused, _) = event.message.split_once(' ').unwrap();
            let found: i64 = rows.iter().map(|row| numbers(row, 4)[0]).sum();
            assert_eq!(found, refused.parse::<i64>().unwrap(), "{event:#?}");
        }
        EventKind::FirstContact | EventKind::AdminPort | EventKind::LargeTransfer => {
            let start = event.start.to_string();
            let is_it = |row: &String| row.split(',').nth(5) == Some(&start);
            assert!(rows.iter().any(is_it), "{event:#?}\n{rows:?}");
        }
        // Others may have knocked at it all the while.
        EventKind::Silence => {}
        EventKind::FirstSign | EventKind::LastSign | EventKind::Finding => {
            assert!(!rows.is_empty(), "{event:#?}");
        }
    }
}

/// Of so many, evenly: what was scanned has a thousand ports, whose queries are alike.
fn some<T>(all: &[T]) -> impl Iterator<Item = &T> + Clone {
    all.iter().step_by(all.len().div_ceil(100).max(1))
}

/// Runs its queries, and holds that each says what stands beside it.
fn check(memory: &Memory, dossier: &Dossier) {
    let mut queries = vec![dossier.query.as_str(), &dossier.timeline.query];
    queries.extend(dossier.peers.iter().map(|peer| peer.query.as_str()));
    queries.extend(some(&dossier.ports).map(|port| port.query.as_str()));
    queries.extend(dossier.events.iter().map(|event| event.query.as_str()));
    let mut answers = memory.ask_each(&queries).into_iter();
    let mut next = || answers.next().unwrap();

    assert_eq!(next().len() as u64, dossier.totals.flows);
    let cells = dossier.timeline.cells.iter().filter(|cell| cell.flows > 0);
    let said: Vec<Vec<i64>> = cells
        .map(|cell| vec![cell.start, cell.flows as i64, cell.refused as i64])
        .collect();
    let rows: Vec<Vec<i64>> = next().iter().map(|row| numbers(row, 0)).collect();
    let found: Vec<Vec<i64>> = rows.iter().map(|row| row[..3].to_vec()).collect();
    assert_eq!(found, said);
    // Bytes of a flow are spread over the time that it lasts; in all they are the same.
    let sum = |column: usize| rows.iter().map(|row| row[column]).sum::<i64>();
    let totals = &dossier.totals;
    let said = [totals.bytes_out as i64, totals.bytes_in as i64];
    assert_eq!([sum(3), sum(4)], said);

    dossier
        .peers
        .iter()
        .for_each(|peer| check_peer(peer, &next()));
    some(&dossier.ports).for_each(|port| check_port(port, &next()));
    dossier
        .events
        .iter()
        .for_each(|event| check_event(event, &next()));
}

fn host<'a>(hosts: &'a [TrafficHost], role: &str) -> &'a TrafficHost {
    let has_role = |host: &&TrafficHost| host.role == role;
    let roles = || hosts.iter().map(|host| host.role).collect::<Vec<_>>();
    hosts
        .iter()
        .find(has_role)
        .unwrap_or_else(|| panic!("{role}: {:?}", roles()))
}

/// What records say is the instance of this interface.
fn instance(memory: &Memory, interface_id: &str) -> String {
    let sql = format!(
        "select distinct instance_id from records where interface_id = '{interface_id}' and instance_id is not null"
    );
    let (rows, _) = memory.ask(&sql, &LakeSettings::default());
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_iter().next().unwrap()
}

#[test]
fn queries_of_an_address_say_what_its_dossier_says() {
    let traffic = traffic();
    let memory = stored(&traffic);
    let mut kinds = std::collections::BTreeSet::new();
    for label in traffic.labels() {
        // What was scanned, what scans, and what sends much.
        for address in [label.client.one(), label.server.one()]
            .into_iter()
            .flatten()
        {
            let inquiry = Inquiry::new(address.to_string().parse().unwrap()).unwrap();
            let dossier = dossier(&memory, &inquiry, 2);
            assert!(dossier.totals.flows > 0, "{address}");
            check(&memory, &dossier);
            kinds.extend(dossier.events.iter().map(|event| event.kind));
        }
    }
    for kind in [
        EventKind::RefusalBurst,
        EventKind::Finding,
        EventKind::LargeTransfer,
        EventKind::FirstContact,
        EventKind::AdminPort,
    ] {
        assert!(kinds.contains(&kind), "{kind:?}: {kinds:?}");
    }
}

#[test]
fn queries_of_a_block_say_what_its_dossier_says() {
    let traffic = traffic();
    let memory = stored(&traffic);
    let hosts = traffic.hosts();
    let address = host(&hosts, "database").address.to_string();
    let (block, _) = address.rsplit_once('.').unwrap();
    let inquiry = Inquiry::new(format!("{block}.0/24").parse().unwrap()).unwrap();
    let dossier = dossier(&memory, &inquiry, 2);
    assert!(dossier.addresses.len() > 1, "{:?}", dossier.addresses);
    check(&memory, &dossier);
}

#[test]
fn queries_of_an_interface_say_what_its_dossier_says() {
    let traffic = traffic();
    let memory = stored(&traffic);
    let hosts = traffic.hosts();
    let own = host(&hosts, "application server");
    let subject = || own.interface_id.parse().unwrap();
    let alone = dossier(&memory, &Inquiry::new(subject()).unwrap(), 2);
    assert!(
        alone.addresses.contains(&own.address.into()),
        "{:?}",
        alone.addresses
    );
    check(&memory, &alone);
    let addresses = [own.address].into_iter().chain(own.ipv6).map(Address::from);
    let inquiry = Inquiry::new(subject()).unwrap().with_addresses(addresses);
    let known = dossier(&memory, &inquiry, 2);
    assert!(known.totals.flows >= alone.totals.flows);
    check(&memory, &known);
}

#[test]
fn an_instance_is_told_by_records() {
    let traffic = traffic();
    let memory = stored(&traffic);
    let hosts = traffic.hosts();
    let own = host(&hosts, "application server");
    let by_interface = Inquiry::new(own.interface_id.parse().unwrap()).unwrap();
    let by_interface = dossier(&memory, &by_interface, 1);
    let subject = instance(&memory, &own.interface_id).parse().unwrap();
    let inquiry = Inquiry::new(subject).unwrap();
    for partitions in [1, 3] {
        let found = dossier(&memory, &inquiry, partitions);
        assert_eq!(found.totals, by_interface.totals, "{partitions}");
        assert!(found.query.contains("instance_id = 'i-"), "{}", found.query);
        check(&memory, &found);
    }
}

#[test]
fn queries_of_a_security_group_say_what_its_dossier_says() {
    let traffic = traffic();
    let memory = stored(&traffic);
    let hosts = traffic.hosts();
    let members = || {
        hosts
            .iter()
            .filter(|host| host.role == "application server")
    };
    let ids = members().map(|host| &host.interface_id);
    let addresses = members().map(|host| Address::from(host.address));
    let subject = "sg-0123456789abcdef0".parse().unwrap();
    let inquiry = Inquiry::of_interfaces(subject, ids, addresses).unwrap();
    let dossier = dossier(&memory, &inquiry, 2);
    assert_eq!(dossier.kind, "security-group");
    assert!(dossier.addresses.len() > 1, "{:?}", dossier.addresses);
    check(&memory, &dossier);
}
