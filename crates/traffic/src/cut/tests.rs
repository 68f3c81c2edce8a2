use super::*;
use crate::connection::{Course, Place, UDP};
use crate::network::{Role, Size};
use crate::random::Random;

fn network() -> Network {
    Network::new(5, "eu-west-1", Size::for_records(0))
}

fn volume(packets: u64, bytes: u64) -> Volume {
    Volume { packets, bytes }
}

fn course(protocol: u8, start: i64, lasts: i64) -> Course {
    Course {
        protocol,
        start,
        lasts,
        to_server: volume(1001, 123_456),
        to_client: volume(77, 9_876_543_210),
    }
}

fn all(connection: &Connection, network: &Network, span: Span) -> Vec<Record> {
    let mut records = Vec::new();
    cut(connection, network, span, &mut |record, _| {
        if span.contains(record.end) {
            records.push(record);
        }
    });
    records
}

fn flow(record: &Record) -> Flow {
    match record.status {
        Status::Ok(flow) => flow,
        other => panic!("a connection makes no {other:?}"),
    }
}

fn pair(network: &Network) -> (Place, Place) {
    let mut random = Random::stream(9, &[]);
    let client = network.of(Role::Application)[0];
    let server = network.of(Role::Database)[0];
    (
        Place::client(network, client, &mut random),
        Place::new(network, server, 5432),
    )
}

#[test]
fn parts_of_every_interface_and_direction_add_up() {
    let network = network();
    let (client, server) = pair(&network);
    for lasts in [0, 1, 59, 60, 61, 1000, 7200] {
        let course = course(TCP, 1_700_000_017, lasts);
        let connection = Connection::inside(&network, course, client, server);
        let bins = (0..30).map(|bin| Span {
            from: 1_699_999_800 + bin * 300,
            to: 1_700_000_100 + bin * 300,
            interval: 60,
        });
        let records: Vec<Record> = bins
            .flat_map(|span| all(&connection, &network, span))
            .collect();
        for interface in [client.interface, server.interface] {
            for to_server in [true, false] {
                let own: Vec<&Record> = records
                    .iter()
                    .filter(|one| one.interface == interface)
                    .filter(|one| (flow(one).source == client.end) == to_server)
                    .collect();
                let sum = |part: fn(Volume) -> u64| -> u64 {
                    own.iter().map(|one| part(flow(one).volume)).sum()
                };
                let whole = if to_server {
                    course.to_server
                } else {
                    course.to_client
                };
                assert_eq!(sum(|one| one.packets), whole.packets, "{lasts}");
                assert_eq!(sum(|one| one.bytes), whole.bytes, "{lasts}");
                assert!(own.iter().all(|one| one.end - one.start < 60));
            }
        }
    }
}

#[test]
fn windows_of_an_interface_begin_at_its_phase() {
    let network = network();
    let (client, server) = pair(&network);
    let connection = Connection::inside(&network, course(UDP, 6000, 300), client, server);
    let span = Span {
        from: 0,
        to: 100_000,
        interval: 60,
    };
    for record in all(&connection, &network, span) {
        let phase = network.interface(record.interface).phase;
        let is_border = |moment: i64| (moment - phase).rem_euclid(60) == 0;
        assert!(record.start == 6000 || is_border(record.start));
        assert!(record.end == 6300 || is_border(record.end + 1));
        assert_eq!(flow(&record).tcp_flags, 0);
    }
}

#[test]
fn flags_tell_the_first_and_the_last_window() {
    let network = network();
    let (client, server) = pair(&network);
    let connection = Connection::inside(&network, course(TCP, 6000, 300), client, server);
    let span = Span {
        from: 0,
        to: 100_000,
        interval: 600,
    };
    let flags = |span| -> Vec<u8> {
        let records = all(&connection, &network, span);
        let own = records
            .iter()
            .filter(|one| one.interface == client.interface);
        own.map(|one| flow(one).tcp_flags).collect()
    };
    let in_minutes = flags(Span {
        interval: 60,
        ..span
    });
    assert_eq!(in_minutes[..2], [SYN, SYN_ACK]);
    assert!(in_minutes[2..4].iter().all(|flags| *flags == 0));
    assert!(in_minutes.ends_with(&[FIN, FIN]));
    let whole = Connection::inside(&network, course(TCP, 60_060, 20), client, server);
    let records = all(&whole, &network, span);
    let flags: Vec<u8> = records.iter().map(|one| flow(one).tcp_flags).collect();
    assert_eq!(flags, [3, 19, 3, 19]);
}

#[test]
fn refusals_are_told_where_they_happen() {
    let network = network();
    let (client, server) = pair(&network);
    let course = Course {
        to_client: Volume::default(),
        ..course(TCP, 60_060, 0)
    };
    let refused = Connection::inside_rejected(&network, course, client, server);
    let span = Span {
        from: 0,
        to: 100_000,
        interval: 60,
    };
    let records = all(&refused, &network, span);
    let told: Vec<_> = records
        .iter()
        .map(|one| (flow(one).egress, flow(one).rejected, flow(one).tcp_flags))
        .collect();
    assert_eq!(told, [(true, false, SYN), (false, true, SYN)]);
}

#[test]
fn a_nat_gateway_shows_its_own_address_and_the_packet_that_of_the_peer() {
    let network = network();
    let (client, _) = pair(&network);
    let gateway = Place::new(&network, network.of(Role::NatGateway)[0], 2000);
    let server = End {
        host: network.servers.at(0),
        port: 443,
    };
    let connection = Connection::through_nat(course(TCP, 60_060, 0), client, gateway, server);
    let span = Span {
        from: 0,
        to: 100_000,
        interval: 60,
    };
    let (instance, nat) = (client.end.host, gateway.end.host);
    let seen: Vec<_> = all(&connection, &network, span)
        .iter()
        .map(flow)
        .map(|flow| {
            let addresses = (flow.source.host, flow.destination.host);
            (addresses, (flow.packet_source, flow.packet_destination))
        })
        .collect();
    let out = server.host;
    assert_eq!(
        seen,
        [
            ((instance, out), (instance, out)),
            ((out, instance), (out, instance)),
            ((instance, nat), (instance, out)),
            ((nat, instance), (out, instance)),
            ((nat, out), (nat, out)),
            ((out, nat), (out, nat)),
        ]
    );
    assert_eq!(count(&connection, &network, span), 6);
}
