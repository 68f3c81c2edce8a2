use super::*;
use crate::connection::{ICMP, Volume};
use crate::network::Size;

#[test]
fn shares_add_up() {
    let sum: u32 = SHARES.iter().map(|(_, share)| share).sum();
    assert_eq!(sum, 1000);
}

#[test]
fn nothing_lasts_longer_than_a_minute_and_all_carries_something() {
    let network = Network::new(1, "eu-west-1", Size::for_records(0));
    let mut random = Random::stream(1, &[]);
    let mut connections = Vec::new();
    for _ in 0..5000 {
        happen(&network, &mut random, 6000, &mut |one| {
            connections.push(one);
        });
    }
    assert!(connections.len() > 5000);
    for connection in connections {
        assert!((6000..6060).contains(&connection.start));
        assert!((0..60).contains(&(connection.end - connection.start)));
        let (there, back) = (connection.to_server, connection.to_client);
        assert!(there.packets > 0 && there.bytes > there.packets * 20);
        assert_eq!(back == Volume::default(), connection.is_rejected());
    }
}

#[test]
fn a_server_has_the_lower_port_unless_a_scanner_knocks_anywhere() {
    let network = Network::new(1, "eu-west-1", Size::for_records(0));
    let mut random = Random::stream(2, &[]);
    for _ in 0..5000 {
        happen(&network, &mut random, 6000, &mut |one| {
            let (client, server) = one.ends();
            let echo = one.protocol == ICMP;
            assert!(one.is_rejected() || echo || server.port < client.port);
        });
    }
}
