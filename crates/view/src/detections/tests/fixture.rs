//! What an engine found in a few flows, and what the rest of the program adds to it.

use std::sync::Arc;

use flowcover_core::Severity;
use flowcover_detect::{Allow, Engine, Finding, Flow, Report, Settings, Unit, World};
use jiff::civil::date;

/// Markup, formulas, terminal escapes, reordering and line breaks, in one name.
pub(super) const HOSTILE: &str = "=cmd|' <script>alert(1)</script>\u{1b}]8;;https://evil.example\u{7}\u{202e}@all `x` | **b**\n# \"q\"";

/// Midnight of a day.
const MIDNIGHT: i64 = 1_700_006_400;

fn flow(client: &str, server: &str, server_port: u16, start: i64) -> Flow {
    Flow {
        client: client.parse().unwrap(),
        client_port: 50_000,
        server: server.parse().unwrap(),
        server_port,
        protocol: 6,
        start,
        end: start + 2,
        packets_to_server: 10,
        bytes_to_server: 1_000,
        packets_to_client: 10,
        bytes_to_client: 5_000,
        rejected: false,
        flags_to_server: 19,
        flags_to_client: 19,
        point: 0,
        client_inside: false,
        server_inside: false,
    }
}

/// Knocks at 120 ports, two a minute from `start` on.
fn scan(client: &str, server: &str, start: i64) -> Vec<Flow> {
    let knock = |number: u16| Flow {
        rejected: true,
        packets_to_client: 0,
        bytes_to_client: 0,
        ..flow(
            client,
            server,
            1_000 + number,
            start + 30 * i64::from(number),
        )
    };
    (0..120).map(knock).collect()
}

/// A call every five minutes, for two days.
fn beacon(client: &str, server: &str) -> Vec<Flow> {
    let call = |number: i64| flow(client, server, 443, MIDNIGHT + 300 * number);
    (0..576).map(call).collect()
}

fn allow(client: &str, until: jiff::civil::Date, line: u32, reason: &str) -> Allow {
    Allow {
        detection: Some("port-scan".to_owned()),
        clients: vec![client.parse().unwrap()],
        servers: Vec::new(),
        server_ports: Vec::new(),
        reason: reason.to_owned(),
        until,
        source: "flowcover.toml".to_owned(),
        line,
    }
}

fn judged(flows: &[Flow], lacking: &[String], allowed: &[Allow]) -> Report {
    // What is read here does not change with each detection that is added.
    let only = ["port-scan", "beaconing", "exfiltration-volume"];
    let settings = Settings {
        only: Some(only.map(str::to_owned).to_vec()),
        ..Settings::default()
    };
    let mut engine = Engine::new(&settings, &Arc::new(World::default()), 1).unwrap();
    flows.iter().for_each(|flow| engine.see(flow));
    engine.finish(&|_| None, lacking, allowed, date(2026, 11, 20))
}

/// Nothing seen.
pub(super) fn empty() -> Report {
    judged(&[], &[], &[])
}

/// Something seen, and nothing found in it.
pub(super) fn quiet() -> Report {
    let flows = [flow("10.0.1.5", "10.0.2.9", 443, MIDNIGHT)];
    let mut report = judged(&flows, &[], &[]);
    report.coverage.interfaces = 2;
    report.coverage.records = 2;
    report
}

/// Findings of every severity, hostile names, both families, no ends, estimates; every state of the allow-list; coverage with gaps.
pub(super) fn report() -> Report {
    let flows = [
        scan("10.0.1.5", "10.0.2.9", MIDNIGHT + 3 * 3600),
        scan("2001:db8::bad", "fd00::17", MIDNIGHT + 7 * 3600),
        scan("10.9.9.9", "10.0.2.9", MIDNIGHT),
        beacon("10.0.1.7", "203.0.113.50"),
    ]
    .concat();
    let allowed = [
        allow("10.9.9.9", date(2026, 12, 31), 12, "our own scanner"),
        allow("10.0.1.5", date(2026, 11, 1), 18, HOSTILE),
        allow("10.7.7.7", date(2027, 1, 31), 24, "retired scanner"),
    ];
    let mut report = judged(&flows, &["tcp-flags".to_owned()], &allowed);
    name_ends(&mut report);
    report.findings.extend(without_ends(&report.findings[0]));
    report.beyond.insert("port-scan", 1_234);
    let coverage = &mut report.coverage;
    (coverage.records, coverage.interfaces) = (1_897, 12);
    (coverage.nodata, coverage.skipdata) = (40, 3);
    (coverage.malformed, coverage.unreadable_objects) = (1, 2);
    coverage.missing = vec!["111111111111 eu-west-1: 2023-11-15 12:00 – 13:00 UTC".to_owned()];
    report
}

fn name_ends(report: &mut Report) {
    for finding in &mut report.findings {
        let point = &mut finding.capture_point;
        point.account_id = Some("111111111111".to_owned());
        point.vpc_id = Some("vpc-0aaaaaaaaaaaaaa01".to_owned());
        point.interface_id = Some("eni-0aaaaaaaaaaaaaa01".to_owned());
        if finding.detection == "beaconing" {
            finding.client_name = Some("build-7".to_owned());
            point.instance_id = Some(HOSTILE.to_owned());
            finding.approximate =
                Some("the number of ports is an estimate, some 2 % off".to_owned());
        } else {
            finding.client_name = Some(HOSTILE.to_owned());
            finding.server_name = Some("payments-db".to_owned());
        }
    }
}

/// A finding about an interface, of a detection that this version does not know.
fn without_ends(like: &Finding) -> Option<Finding> {
    let mut finding = like.clone();
    finding.detection = "made-up";
    finding.severity = Severity::Info;
    finding.message = "an interface fell silent".to_owned();
    (finding.client, finding.server) = (None, None);
    (finding.client_name, finding.server_name) = (None, None);
    (finding.server_port, finding.protocol) = (None, None);
    // A moment beyond any calendar, as records may claim.
    finding.last_seen = i64::MAX;
    finding.hours.clear();
    finding.measures.truncate(1);
    finding.measures[0].name = "silence";
    finding.measures[0].unit = Unit::Seconds;
    finding.measures[0].value = 16_080.0;
    finding.fingerprint = "00ff00ff00ff00ff".to_owned();
    finding.query = "select 1 -- `".to_owned();
    Some(finding)
}
