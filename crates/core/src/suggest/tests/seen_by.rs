//! Interfaces that saw a flow and do not say which end is theirs.

use super::world::*;
use crate::suggest::*;

/// Two VPCs with the same addresses.
fn twins() -> crate::inventory::Inventory {
    let mut builder = Builder(inventory());
    builder
        .group("web")
        .group("other")
        .eni("web", &["web"], &["10.0.0.10"])
        .eni("other", &["other"], &["10.0.0.10"])
        .rule("web in tcp 0_65535 0.0.0.0/0")
        .rule("other in tcp 0_65535 0.0.0.0/0");
    builder.0
}

fn suggest_seen_by(seen_by: &[&str]) -> Suggestion {
    let flow = Flow::of("192.0.2.1 10.0.0.10 6 443");
    let mut collector = Collector::new(&twins(), Parameters::default());
    collector.add(&AcceptedFlow {
        seen_by,
        ..flow.accepted()
    });
    collector.finish()
}

#[test]
fn the_one_with_the_address_is_the_end() {
    let suggestion = suggest_seen_by(&["eni-web"]);
    assert_eq!(
        proposal(&suggestion, "web"),
        ["ingress tcp 443 from 192.0.2.1/32"]
    );
    assert_eq!(proposal(&suggestion, "other"), [""; 0]);
    let ambiguous = |it: &Warning| matches!(it, Warning::AmbiguousAddresses { .. });
    assert!(!suggestion.warnings.iter().any(ambiguous));
}

#[test]
fn without_one_an_address_that_several_have_tells_nothing() {
    let suggestion = suggest_seen_by(&[]);
    assert_eq!(proposal(&suggestion, "web"), [""; 0]);
    let ambiguous = |it: &Warning| matches!(it, Warning::AmbiguousAddresses { .. });
    assert!(suggestion.warnings.iter().any(ambiguous));
}

#[test]
fn one_that_is_gone_is_warned_of() {
    let suggestion = suggest_seen_by(&["eni-gone", "eni-web"]);
    let unknown = |it: &Warning| matches!(it, Warning::UnknownInterfaces { noted } if noted.examples[0].interface_id.as_deref() == Some("eni-gone"));
    assert!(suggestion.warnings.iter().any(unknown));
    assert_eq!(proposal(&suggestion, "web").len(), 1);
}

#[test]
fn some_groups_alone_can_be_asked_for() {
    let mut suggestion = suggest_seen_by(&["eni-web"]);
    let not_seen = |it: &Warning| matches!(it, Warning::GroupsNotSeen { .. });
    assert!(suggestion.warnings.iter().any(not_seen));
    let wanted = ["sg-web".to_owned()];
    assert_eq!(suggestion.only(&wanted), Ok(()));
    assert_eq!(suggestion.groups.len(), 1);
    assert!(!suggestion.warnings.iter().any(not_seen));
    assert_eq!(suggestion.only(&["sg-x".to_owned()]), Err("sg-x"));
}
