//! Tests of `slow-scan`.

use super::*;
use crate::detections::testing::{self, MIDNIGHT, chance, every, findings, flow};

fn knock(client: &str, server: i64, port: i64) -> Flow {
    testing::knock(client, &format!("10.0.0.{server}"), port as u16)
}

#[test]
fn a_slow_scan_is_found() {
    let ports = every(300, MIDNIGHT, 600, |number| {
        knock("10.0.0.9", 5, 1 + number)
    });
    let wide = every(300, MIDNIGHT, 600, |number| {
        knock("10.0.0.9", number % 20, 1 + number / 20)
    });
    let one_port = every(200, MIDNIGHT, 600, |number| knock("10.0.0.9", number, 445));
    for flows in [ports, wide, one_port] {
        let found = findings("slow-scan", &flows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::High);
    }
    let outside = every(300, MIDNIGHT, 600, |number| {
        knock("198.51.100.7", 5, 1 + number)
    });
    assert_eq!(findings("slow-scan", &outside)[0].severity, Severity::Low);
}

#[test]
fn a_scan_that_is_slow_at_each_server_is_found() {
    // Ninety in an hour are neither many at one of three servers nor many at one of their ports.
    let flows = every(1_200, MIDNIGHT, 40, |number| {
        knock("10.0.0.9", number % 3, 1 + number / 3)
    });
    let found = findings("slow-scan", &flows);
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .message
            .ends_with("never more than 90 times in one")
    );
}

#[test]
fn a_fast_scan_does_not_hide_a_slow_one() {
    let slow = |doors| {
        every(doors, MIDNIGHT, 600, |number| {
            knock("10.0.0.9", 5, 1 + number)
        })
    };
    let fast = every(1_000, MIDNIGHT + 9 * 3_600, 1, |number| {
        knock("10.0.0.9", 6, 1 + number)
    });
    let found = findings("slow-scan", &[slow(300), fast.clone()].concat());
    assert_eq!(found.len(), 1);
    assert!(
        found[0].message.contains("in 49 different hours"),
        "{}",
        found[0].message
    );
    // What the fast one found is not to its credit.
    let flows = [slow(60), fast].concat();
    assert_eq!(findings("slow-scan", &flows), []);
}

#[test]
fn who_goes_round_all_of_us_in_vain_is_noise() {
    let round = |servers, answers: bool| {
        let flows = every(servers * 150, MIDNIGHT, 300, |number| Flow {
            packets_to_client: u64::from(answers && number % 50 == 0),
            rejected: false,
            ..knock("198.51.100.7", number % servers, 1 + number / servers)
        });
        findings("slow-scan", &flows)[0].severity
    };
    assert_eq!(round(12, false), Severity::Info);
    assert_eq!(round(12, true), Severity::Low);
    assert_eq!(round(3, false), Severity::Low);
}

#[test]
fn what_is_no_slow_scan() {
    // Fast; few doors again and again; a program that looks for servers that are gone; noise; late packets to clients; conversations.
    let fast = every(300, MIDNIGHT, 10, |number| knock("10.0.0.9", 5, 1 + number));
    let waiting = every(3_000, MIDNIGHT, 60, |number| {
        knock("10.0.0.9", 5, 80 + number % 90)
    });
    let gone = every(100, MIDNIGHT, 3_600, |number| {
        knock("10.0.0.9", number, 9_100)
    });
    let noise = every(2_000, MIDNIGHT, 600, |number| {
        knock("198.51.100.7", number % 50, 1 + chance(number as u64, 60))
    });
    let late = every(300, MIDNIGHT, 600, |number| {
        knock("10.0.0.9", 5, 40_000 + number)
    });
    let talks = every(300, MIDNIGHT, 600, |number| {
        flow("10.0.0.9", "10.0.0.5", 1 + number as u16)
    });
    for flows in [fast, waiting, gone, noise, late, talks] {
        assert_eq!(findings("slow-scan", &flows), []);
    }
}
