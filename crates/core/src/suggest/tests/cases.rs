//! Single rules and what becomes of them.

use super::world::*;
use crate::suggest::*;

/// Rules of group `x`, which `eni-x` at 10.0.0.1 is in, flows there, and what is proposed. Beside it stand the group `y` with
/// 10.0.1.1 and 10.0.1.2, and the group `z` with 10.0.2.1 and an IPv6 address.
#[track_caller]
fn check(rules: &[&str], flows: &[&str], expected: &[&str]) {
    let mut builder = Builder(inventory());
    ["x", "y", "z"]
        .iter()
        .for_each(|group| _ = builder.group(group));
    builder
        .eni("x", &["x"], &["10.0.0.1"])
        .eni("y1", &["y"], &["10.0.1.1"])
        .eni("y2", &["y"], &["10.0.1.2"])
        .eni("z", &["z"], &["10.0.2.1", "fd00::1"])
        .prefix_list("pl-1", &["192.0.2.0/24"]);
    rules
        .iter()
        .for_each(|rule| _ = builder.rule(&format!("x {rule}")));
    let flows: Vec<Flow> = flows.iter().map(|flow| Flow::of(flow)).collect();
    let suggestion = suggest(&builder.0, &flows, &Parameters::default());
    assert_eq!(proposal(&suggestion, "x"), expected);
}

#[test]
fn a_group_is_named_if_all_its_members_are_allowed_already() {
    let flow = ["10.0.1.1 10.0.0.1@x 6 443"];
    check(
        &["in tcp 443 10.0.0.0/16"],
        &flow,
        &["ingress tcp 443 from sg-y"],
    );
    check(
        &["in tcp 443 10.0.1.1/32"],
        &flow,
        &["ingress tcp 443 from 10.0.1.1/32"],
    );
    // The member's IPv6 address is not.
    let flow = ["10.0.2.1 10.0.0.1@x 6 443"];
    check(
        &["in tcp 443 10.0.0.0/16"],
        &flow,
        &["ingress tcp 443 from 10.0.2.1/32"],
    );
    let both = ["in tcp 443 10.0.0.0/16", "in tcp 443 fd00::/8"];
    check(&both, &flow, &["ingress tcp 443 from sg-z"]);
}

#[test]
fn prefix_lists_stay_whole_and_blocks_beside_them_go() {
    let rules = ["out -1 * 0.0.0.0/0", "out tcp 443 pl-1"];
    let flows = [
        "10.0.0.1@x 192.0.2.7 6 443",
        "10.0.0.1@x 198.51.100.7 17 123",
    ];
    let expected = [
        "egress tcp 443 to pl-1",
        "egress udp 123 to 198.51.100.7/32",
    ];
    check(&rules, &flows, &expected);
}

#[test]
fn what_cannot_be_judged_stays() {
    let rules = [
        "in tcp 443 sg-elsewhere",
        "in tcp 443 10.0.0.0/8",
        "in tcp 80 pl-unknown",
    ];
    let flows = ["10.0.1.1 10.0.0.1@x 6 443", "10.9.9.9 10.0.0.1@x 6 80"];
    let expected = [
        "ingress tcp 443 from sg-y",
        "ingress tcp 443 from sg-elsewhere",
        "ingress tcp 80 from pl-unknown",
    ];
    check(&rules, &flows, &expected);
}

#[test]
fn icmp_keeps_its_types_and_other_protocols_their_numbers() {
    let flow = ["192.0.2.1 10.0.0.1@x 1 0", "192.0.2.1 10.0.0.1@x 50 0"];
    let typed = [
        "in icmp 8_-1 0.0.0.0/0",
        "in icmp 3_4 198.51.100.0/24",
        "in 50 * 0.0.0.0/0",
    ];
    let expected = [
        "ingress icmp type 8 code -1 from 192.0.2.1/32",
        "ingress protocol 50 from 192.0.2.1/32",
    ];
    check(&typed, &flow, &expected);
    let expected = [
        "ingress icmp from 192.0.2.1/32",
        "ingress protocol 50 from 192.0.2.1/32",
    ];
    check(&["in -1 * 0.0.0.0/0"], &flow, &expected);
}

#[test]
fn a_group_may_name_itself() {
    let flow = ["10.0.0.1@x 10.0.0.1@x 6 7946"];
    check(&["in -1 * sg-x"], &flow, &["ingress tcp 7946 from sg-x"]);
}

/// Answers need no rule: only the direction that opened the flow has one.
#[test]
fn only_the_opening_direction_needs_a_rule() {
    let rules = ["in -1 * 0.0.0.0/0", "out -1 * 0.0.0.0/0"];
    check(
        &rules,
        &["192.0.2.1 10.0.0.1@x 6 443"],
        &["ingress tcp 443 from 192.0.2.1/32"],
    );
    check(
        &rules,
        &["10.0.0.1@x 192.0.2.1 6 443"],
        &["egress tcp 443 to 192.0.2.1/32"],
    );
}

#[test]
fn many_sources_keep_a_port_open_and_scattered_ones_too() {
    let rules = ["in tcp 443 0.0.0.0/0"];
    let near: Vec<String> = (0..63)
        .map(|it| format!("192.0.2.{it} 10.0.0.1@x 6 443"))
        .collect();
    let mut texts: Vec<&str> = near.iter().map(String::as_str).collect();
    let exact = ["0/27", "32/28", "48/29", "56/30", "60/31", "62/32"]
        .map(|it| format!("ingress tcp 443 from 192.0.2.{it}"));
    check(&rules, &texts, &exact.each_ref().map(String::as_str));
    texts.push("203.0.113.1 10.0.0.1@x 6 443");
    check(&rules, &texts, &["ingress tcp 443 from 0.0.0.0/0"]);
    let far: Vec<String> = (1..10)
        .map(|it| format!("{it}.0.0.1 10.0.0.1@x 6 443"))
        .collect();
    let far: Vec<&str> = far.iter().map(String::as_str).collect();
    check(&rules, &far, &["ingress tcp 443 from 0.0.0.0/0"]);
    // More than are kept: what let them through stays, and nothing grows.
    let crowd: Vec<String> = (0..3_000)
        .map(|it| format!("10.9.{}.{} 10.0.0.1@x 6 443", it / 256, it % 256))
        .collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    check(
        &["in tcp 443 10.8.0.0/14"],
        &crowd,
        &["ingress tcp 443 from 10.8.0.0/14"],
    );
}

/// What others wrote stays text, wherever it is put.
#[test]
fn hostile_text_is_harmless() {
    let mut builder = Builder(inventory());
    builder
        .group("x")
        .eni("x", &["x"], &["10.0.0.1"])
        .rule("x in tcp 1_9 0.0.0.0/0");
    let hostile = "'; rm -rf / #\n\u{1b}[2J\" ${file(\"x\")} %{ if }";
    let region = builder.region();
    region.security_groups.items[0].group_name = Some(hostile.to_owned());
    region.security_group_rules.items[0].description = Some(hostile.to_owned());
    region.security_group_rules.items[0].security_group_rule_id = "--debug".to_owned();
    let suggestion = suggest(
        &builder.0,
        &[Flow::of("192.0.2.1 10.0.0.1@x 6 5")],
        &Parameters::default(),
    );
    let texts = [
        diff_text(&suggestion),
        terraform(&suggestion),
        aws_cli(&suggestion),
    ];
    for text in &texts {
        assert!(text.contains("192.0.2.1/32"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
        assert!(text.lines().all(|line| !line.starts_with('[')), "{text}");
    }
    let [_, terraform, script] = texts;
    let code = terraform.lines().filter(|line| !line.starts_with('#'));
    assert!(
        code.into_iter()
            .all(|line| !line.contains("${") && !line.contains("%{")),
        "{terraform}"
    );
    assert!(
        !script.contains("--security-group-rule-ids"),
        "an id that is none is not handed on: {script}"
    );
    let checked = std::process::Command::new("sh")
        .args(["-n", "-c", &script])
        .status();
    assert!(checked.expect("there is a shell").success(), "{script}");
}
