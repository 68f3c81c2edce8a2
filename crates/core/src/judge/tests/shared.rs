//! Exemptions, shared VPCs, transit gateways, and what has no verdict.

use jiff::civil::date;

use crate::Verdict::{Exempt, NotOwned, NotRecorded, Recorded, Unknown};
use crate::fixture::*;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::{Exemption, Policy, Selector};

fn exempting(until: jiff::civil::Date) -> Policy {
    policy("cis", |policy| {
        policy.exemptions.push(Exemption {
            selector: Selector {
                ids: vec!["vpc-1".to_owned()],
                ..Selector::default()
            },
            reason: "being taken down".to_owned(),
            until,
            source: "flowcover.toml".to_owned(),
            line: 7,
        });
    })
}

#[test]
fn exemption_covers_what_would_not_be_recorded() {
    let vpc = only(assess(&bare(), &exempting(date(2026, 11, 20))));
    assert_eq!(vpc.verdict, Exempt);
    let exemption = vpc.exemption.unwrap();
    assert_eq!(
        (exemption.otherwise, exemption.line),
        (NotRecorded, Some(7))
    );
    let unread = but(bare(), |i| i.regions[0].flow_logs = Listing::not_read());
    let vpc = only(assess(&unread, &exempting(date(2026, 11, 21))));
    assert_eq!(vpc.exemption.unwrap().otherwise, Unknown);
}

#[test]
fn exemption_does_not_hide_what_is_recorded() {
    let vpc = only(assess(&recorded(), &exempting(date(2027, 1, 1))));
    assert_eq!((vpc.verdict, vpc.exemption), (Recorded, None));
    assert!(
        vpc.reason
            .ends_with("the exemption at flowcover.toml:7 is not needed"),
        "{}",
        vpc.reason
    );
}

#[test]
fn exemption_ends() {
    let vpc = only(assess(&bare(), &exempting(date(2026, 11, 19))));
    assert_eq!((vpc.verdict, vpc.exemption), (NotRecorded, None));
}

/// `vpc-1` of the account, shared with another account.
fn shared(mut inventory: Inventory) -> Inventory {
    let mut region = Region::new(OTHER, REGION, RegionStatus::Collected);
    region.vpcs = Listing::complete(vec![vpc("vpc-1")]);
    region.flow_logs = Listing::complete(Vec::new());
    inventory.accounts.push(account(OTHER));
    inventory.regions.push(region);
    inventory
}

#[test]
fn participant_does_not_own() {
    let report = cis(&shared(recorded()));
    assert_eq!(report.vpcs[1].verdict, NotOwned);
    assert_eq!(report.vpcs[1].owner_verdict, Some(Recorded));
    assert!(report.vpcs[1].findings.is_empty());
    let report = cis(&shared(bare()));
    assert_eq!(report.vpcs[1].owner_verdict, Some(NotRecorded));
}

#[test]
fn owner_out_of_scope_is_named() {
    let alone = but(shared(bare()), |i| {
        i.regions.remove(0);
    });
    let vpc = only(cis(&alone));
    assert_eq!((vpc.verdict, vpc.owner_verdict), (NotOwned, None));
    assert!(vpc.reason.contains("111111111111"), "{}", vpc.reason);
}

#[test]
fn participant_records_its_own_interfaces() {
    let with_participant = |state: ListingState| {
        but(shared(with(vec![flow_log("fl-1", "eni-1")])), |i| {
            let mut theirs = eni("eni-2", "subnet-1", "vpc-1");
            theirs.owner_id = Some(OTHER.to_owned());
            i.regions[0].network_interfaces.items.push(theirs);
            let items = match state {
                ListingState::Complete => vec![to_bucket(flow_log("fl-2", "eni-2"))],
                _ => Vec::new(),
            };
            i.regions[1].flow_logs = Listing { state, items };
        })
    };
    let verdict = |state| cis(&with_participant(state)).vpcs[0].verdict;
    assert_eq!(verdict(ListingState::Complete), Recorded);
    assert_eq!(verdict(ListingState::NotRead), Unknown);
}

fn gateway(owner: &str) -> TransitGateway {
    TransitGateway {
        transit_gateway_id: "tgw-1".to_owned(),
        owner_id: Some(owner.to_owned()),
        state: Some("available".to_owned()),
        tags: Tags::new(),
    }
}

fn transit(flow_logs: Vec<FlowLog>) -> Inventory {
    but(with(flow_logs), |i| {
        i.regions[0].transit_gateways = Listing::complete(vec![gateway(ACCOUNT)]);
    })
}

#[test]
fn transit_gateway_has_its_own_verdict() {
    let on = |resource: &str| {
        let mut log = to_bucket(flow_log("fl-1", resource));
        log.traffic_type = None;
        log
    };
    let verdict = |inventory: &Inventory| cis(inventory).transit_gateways[0].verdict;
    assert_eq!(verdict(&transit(vec![])), NotRecorded);
    assert_eq!(verdict(&transit(vec![on("tgw-1")])), Recorded);
    let on_attachment = transit(vec![on("tgw-attach-1")]);
    assert_eq!(verdict(&on_attachment), Unknown);
    assert!(
        cis(&on_attachment).transit_gateways[0]
            .reason
            .contains("attachments")
    );
    let unread = but(transit(vec![]), |i| {
        i.regions[0].flow_logs = Listing::not_read()
    });
    assert_eq!(verdict(&unread), Unknown);
    let shared = but(transit(vec![]), |i| {
        i.regions[0].transit_gateways = Listing::complete(vec![gateway(OTHER)]);
    });
    assert_eq!(verdict(&shared), NotOwned);
}

#[test]
fn cloud_wan_and_regional_nat_gateways_are_listed() {
    let flow_logs = vec![
        flow_log("fl-2", "core-network-1"),
        flow_log("fl-1", "nat-1"),
        flow_log("fl-3", "vpc-1"),
    ];
    let report = cis(&with(flow_logs));
    let listed: Vec<_> = report
        .other_flow_logs
        .iter()
        .map(|other| other.flow_log_id.as_str())
        .collect();
    assert_eq!(listed, ["fl-1", "fl-2"]);
}
