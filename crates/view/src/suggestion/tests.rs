//! Each format of a small suggestion, with text in it that means harm.

use flowcover_core::inventory::{
    FlowLog, Inventory, Listing, NetworkInterface, PrivateIpAddress, Region, RegionStatus,
    SecurityGroup, SecurityGroupRule, TrafficType, Vpc,
};
use flowcover_core::suggest::{AcceptedFlow, Collector, Parameters, Replay, Replayed, Suggestion};

use super::*;

const HOSTILE: &str = "web\u{1b}[31m`|<img src=x>\u{202e}\n# x";

fn inventory() -> Inventory {
    let at = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut inventory = Inventory::empty(at);
    let mut region = Region::new("111122223333", "eu-west-1", RegionStatus::Collected);
    region.vpcs = Listing::complete(vec![Vpc {
        vpc_id: "vpc-1".to_owned(),
        ..Vpc::default()
    }]);
    region.flow_logs = Listing::complete(vec![FlowLog {
        flow_log_id: "fl-1".to_owned(),
        resource_id: Some("vpc-1".to_owned()),
        traffic_type: Some(TrafficType::All),
        ..FlowLog::default()
    }]);
    let group = |id: &str, name: &str| SecurityGroup {
        group_id: id.to_owned(),
        group_name: Some(name.to_owned()),
        vpc_id: Some("vpc-1".to_owned()),
        ..SecurityGroup::default()
    };
    region.security_groups = Listing::complete(vec![
        group("sg-db", "db"),
        group("sg-old", "old"),
        group("sg-web", HOSTILE),
    ]);
    let interface = |id: &str, group: &str, address: &str| NetworkInterface {
        network_interface_id: id.to_owned(),
        vpc_id: Some("vpc-1".to_owned()),
        security_group_ids: vec![group.to_owned()],
        private_ip_addresses: vec![PrivateIpAddress {
            private_ip_address: address.to_owned(),
            public_ip: None,
        }],
        ..NetworkInterface::default()
    };
    region.network_interfaces = Listing::complete(vec![
        interface("eni-db", "sg-db", "10.0.0.20"),
        interface("eni-web", "sg-web", "10.0.0.10"),
    ]);
    let rule = |id: &str, group: &str, is_egress, port, peer: &str| SecurityGroupRule {
        security_group_rule_id: id.to_owned(),
        group_id: group.to_owned(),
        is_egress,
        ip_protocol: Some("tcp".to_owned()),
        from_port: Some(port),
        to_port: Some(port),
        cidr_ipv4: peer.contains('/').then(|| peer.to_owned()),
        referenced_group_id: peer.starts_with("sg-").then(|| peer.to_owned()),
        ..SecurityGroupRule::default()
    };
    region.security_group_rules = Listing::complete(vec![
        rule("sgr-1", "sg-web", false, 443, "0.0.0.0/0"),
        rule("sgr-2", "sg-web", false, 22, "0.0.0.0/0"),
        rule("sgr-3", "sg-web", true, 5432, "0.0.0.0/0"),
        rule("sgr-4", "sg-db", false, 5432, "sg-web"),
        rule("sgr-5", "sg-old", false, 23, "0.0.0.0/0"),
    ]);
    inventory.regions.push(region);
    inventory
}

fn flows() -> Vec<AcceptedFlow<'static>> {
    let flow = |client: &str, server: &str, server_port| AcceptedFlow {
        client: client.parse().unwrap(),
        server: server.parse().unwrap(),
        server_port,
        protocol: 6,
        client_interface_id: None,
        server_interface_id: None,
        seen_by: &[],
        packets: 12,
        bytes: 3_400,
        first_seen: 1_793_491_200,
        last_seen: 1_795_737_600,
        flows: 3,
    };
    vec![
        flow("192.0.2.8", "10.0.0.10", 443),
        flow("192.0.2.9", "10.0.0.10", 443),
        flow("10.0.0.10", "10.0.0.20", 5432),
    ]
}

fn suggestion() -> (Suggestion, Replayed) {
    let inventory = inventory();
    let mut collector = Collector::new(&inventory, Parameters::default());
    flows().iter().for_each(|flow| collector.add(flow));
    collector.rejected(7);
    let suggestion = collector.finish();
    let mut replay = Replay::new(&inventory, &suggestion);
    flows().iter().for_each(|flow| replay.add(flow));
    (suggestion, replay.finish())
}

fn rendered(format: SuggestionFormat) -> String {
    let (suggestion, replay) = suggestion();
    let suggested = Suggested {
        suggestion: &suggestion,
        replay: &replay,
        covered: Covered {
            records: 20,
            skipdata: 1,
            gaps: vec![format!(
                "ec2:DescribeSecurityGroups was denied in {HOSTILE}"
            )],
            ..Covered::default()
        },
    };
    let mut out = Vec::new();
    render(&suggested, format, &Options::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn each_format() {
    for format in SuggestionFormat::ALL {
        insta::assert_snapshot!(format.as_str(), rendered(format));
    }
}

#[test]
fn text_of_others_is_inert_everywhere() {
    for format in SuggestionFormat::ALL {
        let text = rendered(format);
        let is_bad = |it: char| it != '\n' && crate::inert::is_unsafe(it);
        assert!(!text.contains(is_bad), "{format}: {text}");
        assert!(!text.lines().any(|line| line == "# x"), "{format}: {text}");
    }
    assert!(!rendered(SuggestionFormat::Markdown).contains("<img"));
}

#[test]
fn the_document_is_as_its_schema_says() {
    let schema = serde_json::to_value(crate::suggestion_schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut document: serde_json::Value =
        serde_json::from_str(&rendered(SuggestionFormat::Json)).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(document["schema"], "flowcover.suggestion/1");
    assert_eq!(document["replay"]["blocked_flows"], 0);
    document["groups"][0]["status"]["status"] = "perfect".into();
    assert!(!validator.is_valid(&document));
}
