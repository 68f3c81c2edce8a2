use std::collections::BTreeSet;

use super::*;
use crate::hidden::{Day, Hidden, Label, Party, hide};
use crate::network::{Network, Size};

const FROM: i64 = 1_700_000_100;

fn network() -> Network {
    let mut network = Network::new(1, "eu-west-1", Size::for_records(0));
    network.add_strangers(1, KINDS);
    network
}

fn everything() -> Vec<Hidden> {
    let variants = |technique| Variant::ALL.map(|variant| Hidden::Attack(technique, variant));
    Technique::all().flat_map(variants).collect()
}

fn labels(days: u32) -> Vec<Label> {
    let day = Day {
        from: FROM,
        seconds: days * 86_400,
    };
    hide(1, &network(), day, &everything()).labels
}

fn label(labels: &[Label], technique: Technique, variant: Variant) -> &Label {
    let hidden = Hidden::Attack(technique, variant);
    let own = labels.iter().find(|label| label.hidden == hidden);
    own.expect("there is a label for everything")
}

#[test]
fn the_table_is_in_the_order_of_the_techniques_and_its_ids_are_those_of_the_detections() {
    let ids: Vec<&str> = Technique::all().map(Technique::id).collect();
    assert_eq!(ids.len(), 23);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 23);
    for (place, technique) in Technique::all().enumerate() {
        assert_eq!(technique as usize, place);
        assert_eq!(Technique::by_id(technique.id()), Some(technique));
        let is_kebab = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        assert!(technique.id().chars().all(is_kebab));
    }
    for variant in Variant::ALL {
        assert_eq!(Variant::by_id(variant.id()), Some(variant));
    }
    assert_eq!(Technique::by_id("nothing"), None);
}

#[test]
fn every_attack_of_every_seed_lies_within_every_span() {
    let network = network();
    for (seed, seconds) in [
        (1, 300),
        (2, 1800),
        (3, 86_400),
        (4, 14 * 86_400),
        (5, 60 * 86_400),
    ] {
        let day = Day {
            from: FROM,
            seconds,
        };
        let hoard = hide(seed, &network, day, &everything());
        let end = FROM + i64::from(seconds);
        assert_eq!(hoard.labels.len(), 69);
        assert_eq!(hoard.stops.len(), 3);
        for one in &hoard.attacks {
            assert!(
                one.start >= FROM && one.end < end && one.end >= one.start,
                "{one:?}"
            );
            assert!(one.to_server.packets > 0 && one.to_server.bytes >= one.to_server.packets * 20);
            assert_eq!(one.to_client.packets == 0, one.to_client.bytes == 0);
        }
        let sum: usize = hoard.labels.iter().map(|label| label.connections).sum();
        assert_eq!(sum, hoard.attacks.len());
        for label in &hoard.labels {
            let technique = label.hidden.technique();
            let stops = technique == Technique::RecordingStopped;
            assert_eq!(label.connections == 0, stops, "{label:?}");
            assert!(label.start <= label.end && label.end < end);
            let late = FROM + i64::from(seconds - seconds / 3);
            assert!(!technique.needs_past() || label.start >= late, "{label:?}");
        }
    }
}

#[test]
fn the_evasive_is_quieter_than_the_easy() {
    let labels = labels(14);
    for technique in Technique::all() {
        if technique == Technique::RecordingStopped || technique == Technique::LongConnection {
            continue;
        }
        let [easy, realistic, evasive] =
            Variant::ALL.map(|variant| label(&labels, technique, variant));
        let rate = |label: &Label| {
            let lasts = (label.end - label.start + 60) as u64;
            (label.bytes_to_server + label.bytes_to_client) * 1000 / lasts
        };
        for louder in [easy, realistic] {
            let fewer = evasive.connections < louder.connections;
            assert!(
                fewer || rate(evasive) < rate(louder),
                "{louder:?} {evasive:?}"
            );
        }
        let once = evasive.connections == 1;
        assert!(once || rate(evasive) < rate(easy), "{easy:?} {evasive:?}");
    }
}

#[test]
fn more_cannot_stop_than_leaves_one_of_each_kind() {
    let stop = Hidden::Attack(Technique::RecordingStopped, Variant::Realistic);
    let network = network();
    let stopped = stopped(1, &network, &[stop; 100]);
    let made: Vec<_> = stopped.iter().flatten().collect();
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len());
    assert!(made.len() > 5 && stopped.iter().skip(made.len()).all(Option::is_none));
    let day = Day {
        from: FROM,
        seconds: 86_400,
    };
    assert_eq!(
        hide(1, &network, day, &[stop; 100]).labels.len(),
        made.len()
    );
}

#[test]
fn nobody_relies_on_what_stops_recording() {
    let network = network();
    let day = Day {
        from: FROM,
        seconds: 86_400,
    };
    for seed in 0..20 {
        let hoard = hide(seed, &network, day, &everything());
        let stopped: BTreeSet<_> = hoard.stops.iter().map(|stop| stop.interface).collect();
        assert_eq!(stopped.len(), 3);
        for one in &hoard.attacks {
            let seen = one.legs().iter().map(|leg| leg.interface);
            assert!(
                seen.clone().all(|interface| !stopped.contains(&interface)),
                "{one:?}"
            );
        }
    }
}

#[test]
fn attacks_are_what_they_are_called() {
    let labels = labels(14);
    let of = |technique, variant| label(&labels, technique, variant);
    for variant in Variant::ALL {
        let scan = of(Technique::PortScan, variant);
        assert!(
            scan.server_ports.len() > 200 && scan.server.one().is_some(),
            "{scan:?}"
        );
        assert_eq!(of(Technique::AddressSweep, variant).server, Party::Many);
        assert_eq!(of(Technique::AddressSweep, variant).server_ports.len(), 1);
        assert_eq!(of(Technique::DnsTunnel, variant).server_ports, [53]);
        assert_eq!(of(Technique::DdosInbound, variant).client, Party::Many);
        assert!(
            of(Technique::UnusualProtocol, variant)
                .server_ports
                .is_empty()
        );
    }
    let realistic = |technique| of(technique, Variant::Realistic);
    assert_eq!(realistic(Technique::PortScan).server_ports.len(), 1000);
    let slow = realistic(Technique::SlowScan);
    assert!(slow.end - slow.start > 3 * 86_400);
    assert_eq!(
        of(Technique::BruteForce, Variant::Evasive).client,
        Party::Many
    );
    let long = realistic(Technique::LongConnection);
    assert_eq!(long.connections, 1);
    assert!(long.end - long.start > 15 * 3600);
    let exfiltration = realistic(Technique::ExfiltrationVolume);
    assert!(exfiltration.bytes_to_server > 2_000_000_000);
    let admin = of(Technique::AcceptedFromInternetOnAdminPort, Variant::Evasive);
    assert!(admin.server.one().is_some_and(|address| address.is_ipv6()));
}

#[test]
fn a_stop_swallows_its_own_interface_in_its_time() {
    let stop = Stop {
        interface: 3,
        from: 100,
        to: 200,
        announced: false,
    };
    let swallowed = [(3, 99), (3, 100), (3, 199), (3, 200), (4, 150)]
        .map(|(interface, end)| stop.swallows(interface, end));
    assert_eq!(swallowed, [false, true, true, false, false]);
}
