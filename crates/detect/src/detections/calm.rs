//! A usual week: nothing may be found in it, but what attackers do in it.

use std::sync::Arc;

use jiff::civil::date;

use super::logins::tests::{failed, session};
use super::testing::{MIDNIGHT, chance, every, flow};
use crate::engine::{Engine, Settings};
use crate::flow::Flow;
use crate::world::World;

const WEEK: i64 = 7 * 86_400;

/// What is noise to the address, from hundreds of clients a day: refused, at the ports that are tried most.
fn noise(server: &str, seed: u64) -> Vec<Flow> {
    const TRIED: [u16; 12] = [23, 22, 80, 443, 445, 3389, 8080, 5060, 6379, 1433, 2323, 81];
    every(WEEK / 120, MIDNIGHT, 120, |number| {
        let draw = number as u64 * 7 + seed;
        let client = chance(draw, 2_500);
        let port = match chance(draw + 1, 3) {
            0 => chance(draw + 2, 32_000) as u16 + 1,
            _ => TRIED[chance(draw + 3, 12) as usize],
        };
        Flow {
            rejected: true,
            packets_to_server: 1,
            bytes_to_server: 44,
            packets_to_client: 0,
            bytes_to_client: 0,
            ..flow(
                &format!("198.51.{}.{}", client / 250, client % 250),
                server,
                port,
            )
        }
    })
}

/// Visits at a site, five times as many by day as by night.
fn visits() -> Vec<Flow> {
    let all = every(WEEK / 20, MIDNIGHT, 20, |number| {
        let client = chance(number as u64 * 3, 3_000);
        flow(
            &format!("203.0.{}.{}", client / 250, client % 250),
            "10.0.0.10",
            443,
        )
    });
    let is_awake = |flow: &Flow| {
        (7..22).contains(&(flow.start.rem_euclid(86_400) / 3_600)) || flow.start % 100 == 0
    };
    all.into_iter().filter(is_awake).collect()
}

/// Checks of health that open and close a connection, every half minute, at one target after another.
fn checks() -> Vec<Flow> {
    every(WEEK / 30, MIDNIGHT, 30, |number| Flow {
        packets_to_server: 3,
        bytes_to_server: 164,
        packets_to_client: 2,
        bytes_to_client: 112,
        client_port: 20_000 + (number % 20_000) as u16,
        ..flow("10.0.0.10", &format!("10.0.1.{}", 10 + number % 12), 8_080)
    })
}

/// A program that opens a connection to its database for each request.
fn requests() -> Vec<Flow> {
    every(WEEK / 15, MIDNIGHT, 15, |number| Flow {
        packets_to_server: 9,
        bytes_to_server: 900 + chance(number as u64, 600) as u64,
        packets_to_client: 8,
        bytes_to_client: 1_200 + chance(number as u64 + 1, 9_000) as u64,
        end: 1_700_000_001,
        ..flow(&format!("10.0.1.{}", 10 + number % 12), "10.0.2.20", 3_306)
    })
}

/// A host over which others are administered: sessions, and a tool that looks at each host every quarter of an hour.
fn administration() -> Vec<Flow> {
    let tool = every(WEEK / 75, MIDNIGHT, 75, |number| Flow {
        packets_to_server: 30,
        bytes_to_server: 4_500,
        packets_to_client: 28,
        bytes_to_client: 6_000,
        end: 1_700_000_003,
        ..flow("10.0.3.3", &format!("10.0.1.{}", 10 + number % 12), 22)
    });
    let sessions = every(WEEK / 7_200, MIDNIGHT, 7_200, |number| Flow {
        packets_to_server: 900,
        bytes_to_server: 90_000,
        bytes_to_client: 300_000,
        end: 1_700_000_900,
        ..flow("10.0.3.3", &format!("10.0.1.{}", 10 + number % 12), 22)
    });
    [tool, sessions].concat()
}

/// Calls outside of all hosts through a gateway, and questions of a resolver: some without an answer.
fn outward() -> Vec<Flow> {
    let calls = every(WEEK / 12, MIDNIGHT, 12, |number| {
        let server = chance(number as u64, 4_000);
        let call = flow(
            "10.0.0.250",
            &format!("192.0.{}.{}", 3 + server / 250, server % 250),
            443,
        );
        if chance(number as u64 + 5, 50) == 0 {
            return Flow {
                packets_to_client: 0,
                ..call
            };
        }
        call
    });
    let questions = every(WEEK / 12, MIDNIGHT, 12, |number| {
        let server = chance(number as u64 + 9, 4_000);
        Flow {
            protocol: 17,
            packets_to_server: 1,
            bytes_to_server: 70,
            packets_to_client: u64::from(chance(number as u64, 10) != 0),
            ..flow(
                "10.0.2.53",
                &format!("192.0.{}.{}", 30 + server / 250, server % 250),
                53,
            )
        }
    });
    [calls, questions].concat()
}

/// Ids of the detections that found something in such a week with more flows in it, and what they said.
fn said(more: &[Flow]) -> Vec<(&'static str, String)> {
    let ids = [
        "accepted-from-internet-on-admin-port",
        "address-sweep",
        "asymmetric-or-one-way",
        "brute-force",
        "brute-force-succeeded",
        "ddos-inbound",
        "lateral-movement",
        "new-listener",
        "port-scan",
        "rejected-spike",
        "slow-scan",
    ];
    let settings = Settings {
        only: Some(ids.iter().map(ToString::to_string).collect()),
        ..Settings::default()
    };
    let world = Arc::new(World::default());
    let mut engine = Engine::new(&settings, &world, 1).expect("defaults are sound");
    let servers = (0..12).flat_map(|host| noise(&format!("10.0.0.{}", 10 + host), host));
    let others = [visits(), checks(), requests(), administration(), outward()].concat();
    let mut flows = 0_u64;
    for flow in servers.chain(others).chain(more.iter().copied()) {
        flows += 1;
        engine.see(&flow);
    }
    assert!(flows > 200_000, "{flows}");
    let report = engine.finish(&|_| None, &[], &[], date(2026, 1, 1));
    assert_eq!(report.detections.len(), ids.len());
    let findings = report.findings.into_iter();
    let mut said: Vec<_> = findings
        .map(|finding| (finding.detection, finding.message))
        .collect();
    said.sort();
    said
}

#[test]
fn a_usual_week_finds_nothing() {
    assert_eq!(said(&[]), []);
}

#[test]
fn attacks_stand_out_of_it() {
    const AT: i64 = MIDNIGHT + 5 * 86_400 + 50_000;
    let refused = |client: &str, server: &str, port: i64| Flow {
        rejected: true,
        packets_to_server: 1,
        bytes_to_server: 60,
        packets_to_client: 0,
        bytes_to_client: 0,
        ..flow(client, server, port as u16)
    };
    let attacks = [
        every(254, AT, 1, |number| {
            refused("10.0.1.11", &format!("10.0.4.{number}"), 445)
        }),
        every(400, AT, 9, |_| failed("192.0.2.9", "10.0.0.12", 22)),
        every(1, AT + 3_900, 1, |_| session("192.0.2.9", "10.0.0.12", 22)),
        every(6, AT, 300, |number| {
            flow("10.0.1.12", &format!("10.0.1.{}", 13 + number), 3_389)
        }),
        every(9, AT, 600, |_| flow("192.0.2.77", "10.0.0.10", 4_444)),
        every(20_000, AT + 20_000, 0, |number| {
            let client = chance(number as u64, 5_000);
            flow(
                &format!("198.18.{}.{}", client / 250, client % 250),
                "10.0.0.10",
                443,
            )
        }),
        every(200, MIDNIGHT + 86_400, 900, |number| {
            refused("10.0.1.15", &format!("10.0.0.{}", number % 10), 1 + number)
        }),
        every(60, AT, 60, |_| Flow {
            protocol: 17,
            packets_to_server: 1_000,
            bytes_to_server: 1_200_000,
            packets_to_client: 0,
            ..flow("10.0.1.16", "192.0.2.80", 4_500)
        }),
        every(3_000, AT, 1, |_| refused("192.0.2.81", "10.0.0.14", 5_060)),
    ]
    .concat();
    let said = said(&attacks);
    let ids: Vec<_> = said.iter().map(|(id, _)| *id).collect();
    let expected = [
        "accepted-from-internet-on-admin-port",
        "address-sweep",
        "asymmetric-or-one-way",
        "brute-force",
        "brute-force-succeeded",
        "ddos-inbound",
        "lateral-movement",
        "new-listener",
        "new-listener",
        "rejected-spike",
        "slow-scan",
    ];
    assert_eq!(ids, expected, "{said:#?}");
}
