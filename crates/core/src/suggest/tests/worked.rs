//! One example in full: a website behind a load balancer, its application, its database, and a bastion, with IPv6.

use super::world::*;
use crate::inventory::Inventory;
use crate::suggest::*;

fn website() -> Inventory {
    let mut builder = Builder(inventory());
    for group in ["alb", "web", "app", "db", "bastion", "common", "old"] {
        builder.group(group);
    }
    builder
        .eni("alb-1", &["alb"], &["10.0.0.10", "2001:db8:1::10"])
        .eni("alb-2", &["alb"], &["10.0.0.11", "2001:db8:1::11"])
        .eni(
            "web-1",
            &["web", "common"],
            &["10.0.1.10", "2001:db8:1:1::10"],
        )
        .eni(
            "web-2",
            &["web", "common"],
            &["10.0.1.11", "2001:db8:1:1::11"],
        )
        .eni("app-1", &["app", "common"], &["10.0.2.10"])
        .eni("app-2", &["app", "common"], &["10.0.2.11"])
        .eni("db-1", &["db"], &["10.0.3.10"])
        .eni("bastion", &["bastion"], &["10.0.0.20"])
        .prefix_list("pl-s3", &["198.51.100.0/25", "203.0.113.0/25"])
        .rule("alb in tcp 443 0.0.0.0/0")
        .rule("alb in tcp 443 ::/0")
        .rule("alb in tcp 80 0.0.0.0/0")
        .rule("alb out -1 * 0.0.0.0/0")
        .rule("alb out -1 * ::/0")
        .rule("web in tcp 0_65535 10.0.0.0/16")
        .rule("web in tcp 80 sg-alb")
        .rule("web out -1 * 0.0.0.0/0")
        .rule("app in tcp 8080_8089 sg-web")
        .rule("app out tcp 443 pl-s3")
        .rule("app out -1 * 0.0.0.0/0")
        .rule("db in tcp 5432 10.0.0.0/16")
        .rule("db out -1 * 0.0.0.0/0")
        .rule("bastion in tcp 22 0.0.0.0/0")
        .rule("bastion out tcp 22 10.0.0.0/16")
        .rule("common in tcp 22 10.0.0.0/24")
        .rule("common in icmp 8_-1 10.0.0.0/16")
        .rule("common in tcp 49152_65535 sg-common")
        .rule("old in tcp 23 0.0.0.0/0");
    builder.region().security_group_rules.items[5].description =
        Some("everything inside; it's \"temporary\" ${since} 2019".to_owned());
    builder.0
}

fn month() -> Vec<Flow> {
    let mut texts: Vec<String> = (1..=100)
        .map(|host| {
            format!(
                "192.0.2.{host} 10.0.0.1{}@alb-{} 6 443",
                host % 2,
                host % 2 + 1
            )
        })
        .collect();
    for host in 1..=3 {
        texts.push(format!("2001:db8:ffff::{host} 2001:db8:1::10@alb-1 6 443"));
    }
    for port in 50_000..50_040 {
        texts.push(format!("10.0.1.10@web-1 10.0.2.10@app-1 6 {port}"));
    }
    let others = [
        "10.0.0.10@alb-1 10.0.1.10@web-1 6 80",
        "10.0.0.11@alb-2 10.0.1.11@web-2 6 80",
        "10.0.1.10@web-1 10.0.2.10@app-1 6 8080",
        "10.0.1.11@web-2 10.0.2.11@app-2 6 8081",
        "10.0.2.10@app-1 10.0.3.10@db-1 6 5432",
        "10.0.2.11@app-2 10.0.3.10@db-1 6 5432",
        "10.0.2.10@app-1 203.0.113.9 6 443",
        "192.0.2.200 10.0.0.20@bastion 6 22",
        "192.0.2.201 10.0.0.20@bastion 6 22",
        "10.0.0.20@bastion 10.0.1.10@web-1 6 22",
        "10.0.0.20@bastion 10.0.2.10@app-1 6 22",
        "10.0.0.20@bastion 10.0.2.10@app-1 1 0",
        // Nothing lets this in.
        "10.0.0.20@bastion 10.0.3.10@db-1 6 22",
    ];
    texts.extend(others.map(str::to_owned));
    let mut flows: Vec<Flow> = texts.iter().map(|text| Flow::of(text)).collect();
    for (number, flow) in (0_i64..).zip(&mut flows) {
        flow.day = number % 30;
    }
    flows
}

#[test]
fn as_a_diff() {
    let suggestion = suggest(&website(), &month(), &Parameters::default());
    insta::assert_snapshot!(diff_text(&suggestion));
}

#[test]
fn as_terraform() {
    let suggestion = suggest(&website(), &month(), &Parameters::default());
    insta::assert_snapshot!(terraform(&suggestion));
}

#[test]
fn as_commands_of_the_aws_cli() {
    let suggestion = suggest(&website(), &month(), &Parameters::default());
    insta::assert_snapshot!(aws_cli(&suggestion));
}

#[test]
fn nothing_that_was_seen_would_have_been_blocked() {
    let (inventory, flows) = (website(), month());
    let suggestion = suggest(&inventory, &flows, &Parameters::default());
    let replayed = replay(&inventory, &suggestion, &flows);
    assert_eq!(
        (replayed.flows, replayed.blocked_flows),
        (156, 0),
        "{:?}",
        replayed.blocked
    );
    let new = [Flow::of("10.0.2.10@app-1 10.0.1.10@web-1 6 8443")];
    let replayed = replay(&inventory, &suggestion, &new);
    assert_eq!((replayed.blocked_flows, replayed.blocked_bytes), (1, 1_000));
    assert_eq!(replayed.blocked[0].direction, Direction::Egress);
}

#[test]
fn asked_once_more_it_suggests_nothing() {
    let (inventory, flows) = (website(), month());
    let suggestion = suggest(&inventory, &flows, &Parameters::default());
    let again = suggest(
        &suggestion.applied(&inventory),
        &flows,
        &Parameters::default(),
    );
    assert!(
        again.groups.iter().all(|group| group.diff.is_empty()),
        "{}",
        diff_text(&again)
    );
    assert_eq!(
        aws_cli(&again)
            .matches("# Nothing is to be changed.")
            .count(),
        1
    );
}

#[test]
fn how_much_each_rule_was_used() {
    let suggestion = suggest(&website(), &month(), &Parameters::default());
    let rules = |id: &str| {
        let group = suggestion.groups.iter().find(|it| it.group_id == id);
        group.expect("the group").rules.clone()
    };
    let alb = rules("sg-alb");
    assert_eq!((alb[0].usage.flows, alb[0].usage.bytes), (100, 100_000));
    assert_eq!(alb[1].usage.flows, 3);
    assert_eq!(
        (alb[2].usage, &alb[2].standing),
        (Usage::default(), &Standing::Unused)
    );
    let web = rules("sg-web");
    assert_eq!((web[0].usage.flows, web[0].usage.sole_flows), (3, 0));
    assert_eq!((web[1].usage.flows, web[1].usage.sole_flows), (2, 0));
}
