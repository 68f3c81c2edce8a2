//! Where nothing is proposed, and what is said of it.

use super::world::*;
use crate::inventory::{Inventory, Listing, ListingState, TrafficType};
use crate::suggest::*;

fn one_group() -> Builder {
    let mut builder = Builder(inventory());
    builder
        .group("web")
        .eni("web", &["web"], &["10.0.0.1"])
        .rule("web in tcp 443 0.0.0.0/0")
        .rule("web in tcp 80 0.0.0.0/0");
    builder
}

fn seen() -> Vec<Flow> {
    let mut flows = vec![Flow::of("192.0.2.1 10.0.0.1@web 6 443"); 2];
    flows[1].day = 20;
    flows
}

#[track_caller]
fn check(
    inventory: &Inventory,
    flows: &[Flow],
    parameters: &Parameters,
    status: &Status,
    warning: &str,
) {
    let suggestion = suggest(inventory, flows, parameters);
    assert_eq!(suggestion.groups[0].status, *status);
    assert!(suggestion.groups[0].diff.is_empty() || *status == Status::Change);
    let said: Vec<String> = suggestion
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect();
    let is_said = said.iter().any(|it| it.contains(warning));
    assert!(
        is_said || (warning.is_empty() && said.is_empty()),
        "{said:?}"
    );
}

fn withheld(why: Withheld) -> Status {
    Status::Withheld { why }
}

#[test]
fn each_reason_has_its_status_and_its_warning() {
    let usual = Parameters::default();
    let good = one_group().0;
    check(&good, &seen(), &usual, &Status::Change, "");
    check(
        &good,
        &seen()[..1],
        &usual,
        &Status::Change,
        "the flows span 0 days and 0 hours, not 14 days",
    );
    check(
        &good,
        &[],
        &usual,
        &withheld(Withheld::NothingAccepted),
        "no accepted flow",
    );
    let other = [Flow::of("192.0.2.1 10.0.0.1@web 6 22"), seen().remove(1)];
    check(
        &good,
        &other[..1],
        &usual,
        &withheld(Withheld::NotSeen),
        "no rule of today explains 1 flow",
    );
    check(
        &good,
        &other,
        &usual,
        &Status::Change,
        "no rule of today explains 1 flow",
    );
    let gone = [
        Flow::of("192.0.2.1 10.0.0.1@gone 6 443"),
        seen().remove(0),
        seen().remove(1),
    ];
    check(
        &good,
        &gone,
        &usual,
        &Status::Change,
        "1 flow names an interface that the inventory does not have",
    );

    let mut unread = one_group();
    unread.region().security_group_rules.state = ListingState::Partial;
    check(
        &unread.0,
        &seen(),
        &usual,
        &withheld(Withheld::RulesNotRead),
        "rules were not all read of 1 group",
    );
    let mut unread = one_group();
    unread.region().network_interfaces.state = ListingState::Partial;
    check(
        &unread.0,
        &seen(),
        &usual,
        &withheld(Withheld::MembersNotRead),
        "rules were not all read",
    );
    let mut bare = one_group();
    bare.region().network_interfaces = Listing::complete(Vec::new());
    check(
        &bare.0,
        &seen(),
        &usual,
        &withheld(Withheld::NotAttached),
        "no interface is in 1 group",
    );

    let tight = Parameters {
        keys_per_group: 1,
        ..Parameters::default()
    };
    check(
        &good,
        &seen(),
        &tight,
        &withheld(Withheld::TooMany),
        "too many different ports and addresses",
    );
    let tight = Parameters {
        keys: 1,
        ..Parameters::default()
    };
    check(
        &good,
        &seen(),
        &tight,
        &withheld(Withheld::TooMany),
        "too many different ports and addresses",
    );
}

#[test]
fn an_interface_that_is_not_recorded_speaks_against_a_proposal() {
    let mut builder = one_group();
    builder.region().flow_logs.items[0].traffic_type = Some(TrafficType::Reject);
    let interface_ids = vec!["eni-web".to_owned()];
    let status = withheld(Withheld::NotRecorded { interface_ids });
    let said = "accepted traffic is not recorded of 1 interface";
    check(&builder.0, &seen(), &Parameters::default(), &status, said);
    let despite = Parameters {
        despite_unrecorded: true,
        ..Parameters::default()
    };
    check(&builder.0, &seen(), &despite, &Status::Change, said);
    // Where the flow logs were not read, nothing is known of it.
    builder.region().flow_logs = Listing::not_read();
    check(
        &builder.0,
        &seen(),
        &Parameters::default(),
        &Status::Change,
        "",
    );
}

#[test]
fn rejected_flows_alone_are_no_ground() {
    let mut collector = Collector::new(&one_group().0, Parameters::default());
    collector.rejected(7);
    let suggestion = collector.finish();
    assert_eq!(suggestion.warnings, [Warning::RejectOnly { rejected: 7 }]);
    assert_eq!(
        suggestion.groups[0].status,
        withheld(Withheld::NothingAccepted)
    );
}

#[test]
fn an_inventory_without_groups_is_said_to_be_one() {
    let empty = Inventory::empty("2026-11-20T12:00:00Z".parse().unwrap());
    let suggestion = suggest(&empty, &seen(), &Parameters::default());
    assert_eq!(suggestion.warnings[0], Warning::NoSecurityGroups);
}
