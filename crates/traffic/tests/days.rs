//! What holds for a network over many days.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use flowcover_traffic::{Settings, Traffic};

fn traffic(settings: Settings) -> Traffic {
    Traffic::new(settings).expect("the settings are valid")
}

#[test]
fn a_network_has_as_many_hosts_as_asked_for() {
    for wanted in [18, 19, 24, 60, 1000] {
        let traffic = traffic(Settings {
            interfaces: Some(wanted as u32),
            minutes: 60,
            ..Settings::default()
        });
        let hosts = traffic.hosts();
        let (count, wanted) = (hosts.len(), wanted as usize);
        assert!(
            count >= 18 && count.abs_diff(wanted) * 5 < wanted,
            "{count}"
        );
        let addresses: BTreeSet<_> = hosts.iter().map(|host| host.address).collect();
        assert_eq!(addresses.len(), count);
    }
}

/// Peers that a host called in a day, by host.
fn peers(traffic: &Traffic, day: u32) -> HashMap<String, BTreeSet<(String, u16)>> {
    let mut peers: HashMap<String, BTreeSet<(String, u16)>> = HashMap::new();
    for one in (day * 288..(day + 1) * 288).flat_map(|bin| traffic.connections(bin)) {
        let (client, server) = (one.client.to_string(), one.server.to_string());
        // Administrators are not at the same servers every week.
        let is_inside = client.starts_with("10.") && server.starts_with("10.");
        if is_inside && one.server_port != 22 {
            let own = peers.entry(client).or_default();
            own.insert((server, one.server_port));
        }
    }
    peers
}

#[test]
fn habits_are_the_same_after_weeks() {
    let traffic = traffic(Settings {
        minutes: 60 * 24 * 60,
        records: 60 * 150_000,
        interfaces: Some(24),
        habits: true,
        ..Settings::default()
    });
    let hosts: BTreeSet<String> = traffic
        .hosts()
        .iter()
        .map(|host| host.interface_id.clone())
        .collect();
    // Both are weekdays, a week apart.
    for day in [1, 43] {
        let (first, later) = (peers(&traffic, day), peers(&traffic, day + 7));
        assert!(first.len() > 8);
        for (client, peers) in &first {
            let kept = peers.intersection(&later[client]).count();
            assert!(
                kept * 10 >= peers.len() * 7,
                "{client}: {kept} of {}",
                peers.len()
            );
        }
        let mut writing = BTreeSet::new();
        for object in (day * 288..day * 288 + 12).flat_map(|bin| traffic.bin(bin)) {
            let text = String::from_utf8(object.text).expect("records are ASCII");
            for line in text.lines().skip(1) {
                writing.extend(line.split(' ').nth(2).map(str::to_owned));
            }
        }
        assert_eq!(writing, hosts);
    }
}

/// Whether an address is in one of the networks of a list.
fn is_in(networks: &[(Ipv4Addr, u32)], address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else {
        return false;
    };
    let within = |(network, length): &(Ipv4Addr, u32)| {
        let host_bits = 32 - length;
        u64::from(u32::from(*network)) >> host_bits == u64::from(u32::from(address)) >> host_bits
    };
    networks.iter().any(within)
}

fn network(cidr: &str) -> (Ipv4Addr, u32) {
    let (address, length) = cidr.split_once('/').expect("a network has a length");
    let parsed = address.parse().expect("an address");
    (parsed, length.parse().expect("a length"))
}

/// What a detection finds in this is a false alarm.
#[test]
fn without_attacks_nothing_is_there_that_must_not_be() {
    let traffic = traffic(Settings {
        seed: 3,
        minutes: 6 * 24 * 60,
        records: 600_000,
        habits: true,
        ..Settings::default()
    });
    let lists = traffic.lists();
    let bad: Vec<_> = lists
        .bad_addresses
        .iter()
        .map(|cidr| network(cidr))
        .collect();
    let (public, private): (Vec<_>, Vec<_>) = lists
        .cross_tenant
        .iter()
        .map(|(from, to)| (network(from), network(to)))
        .unzip();
    let countries: HashMap<&str, &str> = lists
        .countries
        .iter()
        .map(|(cidr, country)| (cidr.as_str(), *country))
        .collect();
    let is_ours = |address: IpAddr| address.to_string().starts_with("10.");
    let mut listening: HashMap<(IpAddr, u16), u32> = HashMap::new();
    let mut called = BTreeSet::new();
    for bin in 0..traffic.bins() {
        for one in traffic.connections(bin) {
            for address in [one.client, one.server] {
                assert!(!is_in(&bad, address), "{one:?}");
            }
            let forth = is_in(&public, one.client) && is_in(&private, one.server);
            let back = is_in(&public, one.server) && is_in(&private, one.client);
            assert!(!forth && !back, "{one:?}");
            assert!([1, 6, 17].contains(&one.protocol), "{one:?}");
            assert!(one.rejected || one.packets_to_client > 0, "{one:?}");
            assert!(one.rejected || one.server_port != 25, "{one:?}");
            let own_server = is_ours(one.server) || one.server.to_string().starts_with("2600:1f18");
            if own_server && !one.rejected {
                assert!(
                    is_ours(one.client) || [80, 443].contains(&one.server_port),
                    "{one:?}"
                );
                listening
                    .entry((one.server, one.server_port))
                    .or_insert(bin);
            }
            if let (false, IpAddr::V4(server)) = (own_server, one.server) {
                let [a, b, ..] = server.octets();
                called.insert(countries[format!("{a}.{b}.0.0/16").as_str()]);
            }
        }
    }
    let late = traffic.bins() / 3 * 2;
    assert!(listening.len() > 30);
    assert!(
        listening.values().all(|first| *first < late),
        "{listening:?}"
    );
    assert!(called.contains("US") && called.len() <= 5, "{called:?}");
}
