//! What `[detect]` means, and what is said of one that is wrong.
#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use proptest::prelude::*;

use crate::Severity;
use crate::policy::{DETECTION_IDS, DetectPolicy, Level, Network, Policy};

fn detect(text: &str) -> DetectPolicy {
    let parsed = Policy::parse(text, "p.toml", None).unwrap();
    assert_eq!(parsed.warnings, []);
    parsed.policy.detect
}

fn texts(networks: &[Network]) -> Vec<String> {
    networks.iter().map(Network::to_string).collect()
}

const WHOLE: &str = r#"[detect]
inside = ["203.0.113.0/24", "2001:db8::/32"]
resolvers = ["10.0.0.2"]
bad_addresses = ["192.0.2.0/24"]
bad_address_files = ["lists/tor.txt", "lists/own names.txt"]
geoip = "GeoLite2-Country.mmdb"
aws_ranges = "ip-ranges.json"

[detect.port-scan]
enabled = true
severity = "low"
ports = 100
share_of_window = 0.5

[detect.beaconing]
enabled = false
intervals = 0x10

[[detect.allow]]
detection = "beaconing"
clients = ["10.0.3.7/32"]
servers = ["198.51.100.0/24", "2001:db8::/32"]
server_ports = [443, 0]
reason = " heartbeat "
until = 2027-06-30

[[detect.allow]]
server_ports = [443]
reason = "all of it"
until = "2027-12-31"

[[detect.separate]]
name = "tenants"
one = ["10.1.0.0/16"]
other = ["10.2.0.0/16", "10.3.0.0/16"]
"#;

#[test]
fn lists_and_files() {
    let detect = detect(WHOLE);
    assert_eq!(texts(&detect.inside), ["203.0.113.0/24", "2001:db8::/32"]);
    assert_eq!(texts(&detect.resolvers), ["10.0.0.2/32"]);
    assert_eq!(texts(&detect.bad_addresses), ["192.0.2.0/24"]);
    assert_eq!(
        detect.bad_address_files,
        ["lists/tor.txt", "lists/own names.txt"]
    );
    assert_eq!(detect.geoip.as_deref(), Some("GeoLite2-Country.mmdb"));
    assert_eq!(detect.aws_ranges.as_deref(), Some("ip-ranges.json"));
}

#[test]
fn tuning_knows_its_lines() {
    let detect = detect(WHOLE);
    let set = &detect.parameters["port-scan"];
    let ports = &set["ports"];
    assert_eq!((ports.value, ports.origin.line), (100.0, Some(12)));
    assert_eq!(ports.origin.setting, "detect.port-scan.ports = 100");
    assert_eq!(set["share_of_window"].value, 0.5);
    assert_eq!(detect.parameters_of("port-scan").len(), 2);
    assert_eq!(detect.parameters_of("beaconing")["intervals"], 16.0);
    assert_eq!(detect.parameters_of("slow-scan").len(), 0);

    let (severity, line) = detect.severity_of("port-scan", Severity::High);
    assert_eq!((severity, line.unwrap().line), (Severity::Low, Some(11)));
    let own = detect.severity_of("beaconing", Severity::High);
    assert_eq!(own, (Severity::High, None));

    assert!(detect.is_enabled("port-scan") && detect.is_enabled("slow-scan"));
    assert!(!detect.is_enabled("beaconing"));
    assert_eq!(detect.disabled["beaconing"].line, Some(16));
}

#[test]
fn the_allow_list_as_written() {
    let detect = detect(WHOLE);
    let [first, second] = &detect.allow[..] else {
        panic!("{:?}", detect.allow);
    };
    assert_eq!(first.detection.as_deref(), Some("beaconing"));
    assert_eq!(texts(&first.clients), ["10.0.3.7/32"]);
    assert_eq!(texts(&first.servers), ["198.51.100.0/24", "2001:db8::/32"]);
    assert_eq!(first.server_ports, [443, 0]);
    assert_eq!(first.reason, "heartbeat");
    assert_eq!((first.source.as_str(), first.line), ("p.toml", 19));
    assert!(first.in_force(date(2027, 6, 30)) && !first.in_force(date(2027, 7, 1)));
    assert_eq!((&second.detection, second.line), (&None, 27));
    assert_eq!(second.until, date(2027, 12, 31));
}

#[test]
fn what_must_not_talk_as_written() {
    let detect = detect(WHOLE);
    let [entry] = &detect.separate[..] else {
        panic!("{:?}", detect.separate);
    };
    assert_eq!(entry.name, "tenants");
    assert_eq!(texts(&entry.one), ["10.1.0.0/16"]);
    assert_eq!(texts(&entry.other), ["10.2.0.0/16", "10.3.0.0/16"]);
    assert_eq!((entry.source.as_str(), entry.line), ("p.toml", 32));
}

#[test]
fn nothing_is_set_where_nothing_is_said() {
    for text in ["", "[detect]", "[detect.port-scan]\nenabled = true\n"] {
        assert_eq!(detect(text), DetectPolicy::default(), "{text}");
    }
    let empty = "[detect]\ninside = []\nbad_address_files = []\n";
    assert_eq!(detect(empty), DetectPolicy::default());
}

#[test]
fn every_detection_can_be_named_in_each_place() {
    for id in DETECTION_IDS {
        let text = format!(
            "[detect.{id}]\nenabled = false\nseverity = \"info\"\nx = 1\n\
             [[detect.allow]]\ndetection = \"{id}\"\nreason = \"r\"\nuntil = 2027-06-30\n"
        );
        let detect = detect(&text);
        assert!(!detect.is_enabled(id));
        assert_eq!(detect.severities[id].value, Severity::Info);
        assert_eq!(detect.parameters_of(id)["x"], 1.0);
        assert_eq!(detect.allow[0].detection.as_deref(), Some(id));
    }
}

/// What is said of a file, one line for each thing, where it is a single one.
#[track_caller]
fn said_of(text: &str) -> String {
    let found = match Policy::parse(text, "p.toml", None) {
        Ok(parsed) => parsed.warnings,
        Err(found) => found,
    };
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].to_string()
}

#[test]
fn an_entry_that_allows_everything_is_refused() {
    let terms = "reason = \"r\"\nuntil = 2027-06-30\n";
    let said = |conditions: &str| said_of(&format!("[[detect.allow]]\n{conditions}\n{terms}"));
    let nothing = said("");
    assert!(
        nothing.starts_with("p.toml:1:1: error: this entry has no condition"),
        "{nothing}"
    );
    for everywhere in [
        "clients = [\"0.0.0.0/0\"]",
        "servers = [\"10.0.0.0/8\", \"::/0\"]",
        "clients = [\"::/0\"]\nservers = [\"0.0.0.0/0\"]",
    ] {
        let said = said(everywhere);
        assert!(said.contains("hold for every address"), "{said}");
    }
    let conditions = "clients = [\"10.0.0.1/0\"]";
    let text = format!("[[detect.allow]]\n{conditions}\n{terms}");
    let found = Policy::parse(&text, "p.toml", None).unwrap_err();
    let [everything, block] = &found[..] else {
        panic!("{found:#?}");
    };
    assert!(everything.message.contains("hold for every address"));
    assert_eq!(block.message, "`10.0.0.1/0` is read as 0.0.0.0/0");
    for narrow in [
        "clients = [\"0.0.0.0/0\"]\ndetection = \"beaconing\"",
        "clients = [\"0.0.0.0/0\"]\nservers = [\"192.0.2.1\"]",
        "servers = [\"::/0\"]\nserver_ports = [53]",
        "servers = [\"0.0.0.0/1\"]",
    ] {
        let text = format!("[[detect.allow]]\n{narrow}\n{terms}");
        assert_eq!(detect(&text).allow.len(), 1, "{narrow}");
    }
}

#[test]
fn numbers_above_zero_and_no_others() {
    for (written, value) in [
        ("1", 1.0),
        ("0.001", 0.001),
        ("5e9", 5e9),
        ("1_000", 1000.0),
    ] {
        let text = format!("detect.port-scan.ports = {written}");
        assert_eq!(detect(&text).parameters_of("port-scan")["ports"], value);
    }
    for written in [
        "0",
        "-1",
        "0.0",
        "-0.5",
        "inf",
        "-inf",
        "nan",
        "9223372036854775808",
        "true",
        "\"9\"",
        "[1]",
        "{}",
    ] {
        let said = said_of(&format!("detect.port-scan.ports = {written}"));
        let expected = "p.toml:1:26: error: `detect.port-scan.ports` must be a number above zero";
        assert!(said.starts_with(expected), "{written}: {said}");
    }
}

fn networks() -> impl Strategy<Value = Vec<Network>> {
    let network = (any::<core::net::IpAddr>(), 0..=32_u8)
        .prop_map(|(address, bits)| format!("{address}/{bits}").parse().unwrap());
    proptest::collection::btree_set(network, 1..5).prop_map(|set| set.into_iter().collect())
}

/// As a list of the file has them.
fn written(networks: &[Network]) -> String {
    format!("{:?}", texts(networks))
}

/// Lines of `[detect]` that are right or nearly so.
fn nearly_right() -> impl Strategy<Value = String> {
    let headings = r"\[(detect|detect\.port-scan|detect\.portscan|\[detect\.allow\]|\[detect\.separate\]|detect\.allow)\]";
    let names = "(inside|bad_address_files|geoip|aws_ranges|enabled|severity|ports|detection|clients|server_ports|reason|until|name|one|other|\"a b\")";
    let values = r#"(1|-0\.5|true|"low"|"beaconing"|"10\.0\.0\.[0-9]/[0-9]{1,2}"|\["10\.0\.[0-1]\.0/2[0-9]", "::/0"\]|\[22, 70000\]|\[\]|2027-06-30|\{|")"#;
    let line = (headings, names, values, any::<bool>()).prop_map(|(heading, name, value, is)| {
        let line = format!("{name} = {value}");
        if is { heading } else { line }
    });
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn what_is_written_is_what_is_meant(
        inside in networks(),
        clients in networks(),
        ports in proptest::collection::btree_set(any::<u16>(), 1..5),
        value in 1e-9..1e15_f64,
        id in proptest::sample::select(&DETECTION_IDS[..]),
    ) {
        let ports: Vec<u16> = ports.into_iter().collect();
        let text = format!(
            "[detect]\ninside = {}\n[detect.{id}]\nsome_number = {value:?}\n[[detect.allow]]\n\
             clients = {}\nserver_ports = {ports:?}\nreason = \"r\"\nuntil = 2027-06-30\n",
            written(&inside), written(&clients),
        );
        let detect = detect(&text);
        prop_assert_eq!(&detect.inside, &inside);
        prop_assert_eq!(detect.parameters_of(id)["some_number"], value);
        prop_assert_eq!(&detect.allow[0].clients, &clients);
        prop_assert_eq!(&detect.allow[0].server_ports, &ports);
    }

    #[test]
    fn what_is_taken_keeps_its_promises(text in nearly_right()) {
        match Policy::parse(&text, "p.toml", None) {
            Ok(parsed) => {
                let detect = parsed.policy.detect;
                for entry in &detect.allow {
                    let any = entry.detection.is_some() || !entry.clients.is_empty() || !entry.servers.is_empty() || !entry.server_ports.is_empty();
                    prop_assert!(any && !entry.reason.is_empty());
                }
                for entry in &detect.separate {
                    prop_assert!(!entry.name.is_empty() && !entry.one.is_empty() && !entry.other.is_empty());
                }
                let ids = detect.parameters.keys().chain(detect.disabled.keys()).chain(detect.severities.keys());
                for id in ids {
                    prop_assert!(DETECTION_IDS.contains(&id.as_str()));
                }
                for setting in detect.parameters.values().flat_map(|set| set.values()) {
                    prop_assert!(setting.value > 0.0 && setting.value.is_finite());
                }
            }
            Err(found) => {
                prop_assert!(found.iter().any(|found| found.severity == Level::Error));
                for place in found.iter().filter_map(|found| found.place.as_ref()) {
                    prop_assert!(text.get(place.span.clone()).is_some());
                }
            }
        }
    }
}
