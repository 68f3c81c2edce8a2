//! Tests of `asymmetric-or-one-way`.

use super::*;
use crate::detections::testing::{MIDNIGHT, every, findings, flow};

const ID: &str = "asymmetric-or-one-way";

fn push(client: &str, server: &str, port: u16, protocol: u8) -> Flow {
    Flow {
        protocol,
        packets_to_server: 100,
        bytes_to_server: 120_000,
        packets_to_client: 0,
        bytes_to_client: 0,
        ..flow(client, server, port)
    }
}

#[test]
fn what_goes_one_way_is_found() {
    for (server, protocol, severity) in [
        ("198.51.100.7", 17, Severity::Medium),
        ("198.51.100.7", 6, Severity::Medium),
        ("10.0.0.9", 6, Severity::Low),
    ] {
        // Over UDP at the port of syslog.
        let port = if protocol == 17 { 514 } else { 4_000 };
        let flows = every(20, MIDNIGHT, 60, |_| {
            push("10.0.0.1", server, port, protocol)
        });
        let found = findings(ID, &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, severity);
        assert!(found[0].message.contains("sent 2400 kB"));
    }
    let back = every(20, MIDNIGHT, 60, |_| Flow {
        packets_to_server: 0,
        bytes_to_server: 0,
        packets_to_client: 100,
        bytes_to_client: 120_000,
        ..push("10.0.0.1", "198.51.100.7", 4_000, 17)
    });
    let found = findings(ID, &back);
    assert_eq!(found[0].severity, Severity::Low);
    assert!(found[0].message.contains("which sent nothing"));
}

#[test]
fn everywhere_is_one_finding() {
    let flows = every(600, MIDNIGHT, 60, |number| {
        push("10.0.0.1", &format!("10.0.1.{}", number % 30), 443, 6)
    });
    let found = findings(ID, &flows);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].measures[0].value, 30.0);
    assert_eq!(found[0].client, None);
}

#[test]
fn what_is_meant_to_go_one_way() {
    // Conversations; logs; attempts at a host that is gone; what was refused; little; multicast.
    let talk = every(100, MIDNIGHT, 60, |_| flow("10.0.0.1", "10.0.0.9", 443));
    let logs = every(100, MIDNIGHT, 60, |_| push("10.0.0.1", "10.0.0.9", 514, 17));
    let gone = every(10_000, MIDNIGHT, 5, |_| Flow {
        bytes_to_server: 6_000,
        ..push("10.0.0.1", "10.0.0.9", 443, 6)
    });
    let refused = every(100, MIDNIGHT, 60, |_| Flow {
        rejected: true,
        ..push("10.0.0.1", "10.0.0.9", 443, 6)
    });
    let little = every(3, MIDNIGHT, 600, |_| push("10.0.0.1", "10.0.0.9", 443, 6));
    let multicast = every(100, MIDNIGHT, 60, |_| {
        push("10.0.0.1", "239.1.2.3", 5_000, 17)
    });
    for flows in [talk, logs, gone, refused, little, multicast] {
        assert_eq!(findings(ID, &flows), []);
    }
}
