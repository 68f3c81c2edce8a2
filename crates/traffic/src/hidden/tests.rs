use super::*;
use crate::network::Size;

fn labels(wanted: &[Hidden], seconds: u32) -> Vec<Label> {
    let network = Network::new(1, "eu-west-1", Size::for_records(0));
    let day = Day {
        from: 1_700_000_100,
        seconds,
    };
    let hoard = hide(1, &network, day, wanted);
    let end = day.from + i64::from(seconds);
    for one in hoard.needles {
        assert!(one.start >= day.from && one.end < end, "{one:?}");
    }
    hoard.labels
}

#[test]
fn scans_come_from_outside_and_from_inside_over_more_than_a_hundred_ports() {
    let labels = labels(&[Hidden::VerticalScan; 3], 86_400);
    let from: Vec<_> = labels.iter().map(|one| one.client.to_string()).collect();
    assert_eq!(from[0], "192.0.2.99");
    assert!(from[1].starts_with("10."));
    assert_eq!(from[2], "192.0.2.97");
    for label in &labels {
        assert!(label.server_ports.len() >= 400);
        assert_eq!(label.server_ports.len(), label.connections);
    }
    assert!(labels[0].end - labels[0].start < 1200);
    assert!(labels[2].end - labels[2].start > 5 * 3600);
}

#[test]
fn an_exfiltration_is_large_and_a_beacon_is_regular_and_small() {
    let labels = labels(&[Hidden::Exfiltration, Hidden::Beacon], 86_400);
    assert!(labels[0].bytes_to_server > 20_000_000_000);
    assert_eq!(labels[0].server.to_string(), "203.0.113.99");
    assert_eq!(labels[1].server.to_string(), "198.51.100.99");
    assert!((680..760).contains(&labels[1].connections));
    assert!(labels[1].bytes_to_server < 1_000_000);
}

#[test]
fn all_of_it_fits_into_a_quarter_of_an_hour() {
    let wanted = [
        Hidden::Beacon,
        Hidden::VerticalScan,
        Hidden::VerticalScan,
        Hidden::VerticalScan,
        Hidden::Exfiltration,
    ];
    assert_eq!(labels(&wanted, 900).len(), 5);
}
