//! Blocks, interfaces and instances, and both families of addresses.

use super::super::{Direction, Inquiry};
use super::{ENI, at, dossier, dossier_of, inquiry};
use crate::address::Address;
use crate::coverage::CapturePoint;
use crate::flow::Flow;
use crate::flow::tests::flow;

#[test]
fn blocks_tell_within_from_without() {
    let flows = [
        at(0, flow("10.0.3.7", "10.0.3.8", 22)),
        at(60, flow("10.0.3.8", "203.0.113.5", 443)),
        at(90, flow("10.0.2.9", "10.0.3.9", 80)),
        at(95, flow("10.0.2.9", "10.0.4.9", 80)),
    ];
    let dossier = dossier("10.0.3.0/24", &flows);
    let directions: Vec<_> = dossier
        .peers
        .iter()
        .map(|peer| (peer.direction, peer.own.to_string(), peer.peer.to_string()))
        .collect();
    assert_eq!(directions.len(), 3);
    for (direction, own, peer) in [
        (Direction::Within, "10.0.3.7", "10.0.3.8"),
        (Direction::Out, "10.0.3.8", "203.0.113.5"),
        (Direction::In, "10.0.3.9", "10.0.2.9"),
    ] {
        assert!(directions.contains(&(direction, own.to_owned(), peer.to_owned())));
    }
    let own: Vec<String> = dossier.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(own, ["10.0.3.7", "10.0.3.8", "10.0.3.9"]);
    assert_eq!(dossier.totals.peers, 2);
    assert!(dossier.query.contains(
        "where (in_cidr(client_addr, '10.0.3.0/24') or in_cidr(server_addr, '10.0.3.0/24'))"
    ));
}

#[test]
fn both_families_alike() {
    let flows = [
        at(0, flow("2001:db8:1::7", "2001:db8:ff::9", 443)),
        at(9, flow("2001:db8:2::9", "2001:db8:1::7", 22)),
        at(9, flow("2001:db8:2::9", "2001:db8:1::8", 22)),
    ];
    let one = dossier("2001:db8:1::7", &flows);
    assert_eq!((one.totals.flows_out, one.totals.flows_in), (1, 1));
    assert!(one.query.contains("client_addr = '2001:db8:1::7'"));
    let block = dossier("2001:db8:1::/64", &flows);
    assert_eq!((block.totals.flows_out, block.totals.flows_in), (1, 2));
}

#[test]
fn an_interface_is_known_by_where_flows_were_captured() {
    let here = CapturePoint::key(ENI);
    let captured = |flow: Flow| Flow {
        point: here,
        ..flow
    };
    let flows = [
        // Both ends are ours: that all of them share 10.0.3.7 tells whose interface it is.
        captured(at(0, flow("10.0.3.7", "10.0.2.9", 443))),
        captured(at(60, flow("10.0.2.20", "10.0.3.7", 22))),
        captured(at(90, flow("10.0.3.7", "203.0.113.5", 443))),
        at(95, flow("10.0.3.7", "10.0.2.30", 443)),
    ];
    let found = dossier(ENI, &flows);
    let own: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(own, ["10.0.3.7"]);
    assert_eq!((found.totals.flows_out, found.totals.flows_in), (2, 1));
    assert_eq!(found.totals.bytes_out, 2 * 1_000 + 5_000);
    let ssh = found
        .ports
        .iter()
        .find(|port| port.server_port == 22)
        .unwrap();
    assert_eq!(
        (ssh.direction, ssh.peers, ssh.is_admin),
        (Direction::In, 1, true)
    );
    assert!(found.query.contains(&format!("capture_point = '{ENI}'")));
    assert!(found.remarks[0].starts_with("known by its interface only"));

    // With its address, what was captured elsewhere is found as well.
    let known = inquiry(ENI).with_addresses(["10.0.3.7".parse::<Address>().unwrap()]);
    assert_eq!(dossier_of(&known, &flows).totals.flows, 4);

    let instance = "i-0123abcd".parse().unwrap();
    let instance = Inquiry::of_interfaces(instance, [ENI], [] as [Address; 0]).unwrap();
    let by_instance = dossier_of(&instance, &flows);
    assert_eq!(by_instance.totals, found.totals);
    assert_eq!(by_instance.kind, "instance");
}
