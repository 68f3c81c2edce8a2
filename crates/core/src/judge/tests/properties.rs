//! What holds for every inventory.

use proptest::prelude::*;

use crate::Severity;
use crate::checks;
use crate::fixture::*;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::Policy;
use crate::report::{Report, VpcReport};
use crate::verdict::Verdict;

/// One flow log: where, what it captures, what AWS says, where it goes.
fn any_flow_log() -> impl Strategy<Value = FlowLog> {
    let places = [
        "vpc-1", "vpc-2", "subnet-1", "subnet-2", "subnet-3", "eni-1", "eni-2", "eni-3", "tgw-1",
        "nat-1",
    ];
    let resource = prop::sample::select(places.to_vec());
    let traffic = prop::sample::select(vec![
        Some("ALL"),
        Some("ACCEPT"),
        Some("REJECT"),
        Some("NEW"),
        None,
    ]);
    let status = prop::sample::select(vec![
        None,
        Some("SUCCESS"),
        Some("SUCCESS"),
        Some("FAILED"),
        Some("NEW"),
    ]);
    let message = prop::option::weighted(0.1, Just("Access error".to_owned()));
    (resource, traffic, status, message, 0..4_u8).prop_map(
        |(resource, traffic, status, message, to)| {
            let mut log = flow_log("fl", resource);
            log.traffic_type = traffic.map(TrafficType::from);
            log.deliver_logs_status = status.map(DeliverLogsStatus::from);
            log.deliver_logs_error_message = message;
            match to {
                0 => to_bucket(log),
                1 => to_stream(log),
                _ => log,
            }
        },
    )
}

fn any_fact<T: Clone + std::fmt::Debug + 'static>(
    values: Vec<T>,
) -> impl Strategy<Value = Fact<T>> {
    prop_oneof![
        4 => prop::sample::select(values).prop_map(Fact::Present),
        1 => Just(Fact::Absent),
        1 => Just(Fact::NotRead),
    ]
}

fn any_state() -> impl Strategy<Value = ListingState> {
    prop_oneof![
        5 => Just(ListingState::Complete),
        1 => Just(ListingState::Partial),
        1 => Just(ListingState::NotRead),
        1 => Just(ListingState::NotNeeded),
    ]
}

fn listing<T: Clone + std::fmt::Debug + 'static>(
    items: Vec<T>,
) -> impl Strategy<Value = Listing<T>> {
    let most = items.len();
    (any_state(), prop::sample::subsequence(items, 0..=most)).prop_map(|(state, items)| match state
    {
        ListingState::Complete | ListingState::Partial => Listing { state, items },
        ListingState::NotRead | ListingState::NotNeeded => Listing {
            state,
            items: Vec::new(),
        },
    })
}

fn any_network() -> impl Strategy<Value = Region> {
    let vpcs = vec![
        vpc("vpc-1"),
        vpc("vpc-2"),
        Vpc {
            owner_id: Some(OTHER.to_owned()),
            ..vpc("vpc-3")
        },
    ];
    let subnets = vec![
        subnet("subnet-1", "vpc-1"),
        subnet("subnet-2", "vpc-1"),
        subnet("subnet-3", "vpc-2"),
    ];
    let idle = NetworkInterface {
        status: Some("available".to_owned()),
        ..eni("eni-2", "subnet-2", "vpc-1")
    };
    let homeless = NetworkInterface {
        subnet_id: None,
        ..eni("eni-4", "", "vpc-1")
    };
    let interfaces = vec![
        eni("eni-1", "subnet-1", "vpc-1"),
        idle,
        eni("eni-3", "subnet-3", "vpc-2"),
        homeless,
    ];
    let gateway = TransitGateway {
        transit_gateway_id: "tgw-1".to_owned(),
        owner_id: Some(ACCOUNT.to_owned()),
        ..TransitGateway::default()
    };
    let flow_logs = prop::collection::vec(any_flow_log(), 0..6);
    (
        listing(vpcs),
        flow_logs,
        any_state(),
        listing(subnets),
        listing(interfaces),
    )
        .prop_map(
            move |(vpcs, mut logs, state, subnets, network_interfaces)| {
                let mut network_interfaces = network_interfaces;
                if subnets.is_complete() {
                    // What is complete holds the subnet of every interface.
                    let listed =
                        |id: &String| subnets.items.iter().any(|subnet| subnet.subnet_id == *id);
                    let known = |eni: &NetworkInterface| eni.subnet_id.as_ref().is_none_or(listed);
                    network_interfaces.items.retain(known);
                }
                for (number, log) in logs.iter_mut().enumerate() {
                    log.flow_log_id = format!("fl-{number}");
                }
                Region {
                    vpcs,
                    flow_logs: Listing { state, items: logs },
                    subnets,
                    network_interfaces,
                    transit_gateways: Listing::complete(vec![gateway.clone()]),
                    ..Region::new(ACCOUNT, REGION, RegionStatus::Collected)
                }
            },
        )
}

fn any_record() -> impl Strategy<Value = Fact<LastRecord>> {
    let record = |at: Option<&str>| LastRecord {
        at: at.map(|at| at.parse().unwrap()),
        seen_in: None,
        searched_from: "2026-11-18T00:00:00Z".parse().unwrap(),
        interfaces: std::collections::BTreeMap::new(),
    };
    any_fact(vec![
        record(None),
        record(Some("2026-11-20T11:55:00Z")),
        record(Some("2026-11-18T12:00:00Z")),
    ])
}

fn any_inventory() -> impl Strategy<Value = Inventory> {
    let roles = any_fact(vec![
        role(TRUST, WRITE_LOGS),
        role(WRONG_TRUST, WRITE_LOGS),
        role(TRUST, r#"{"Statement":[]}"#),
    ]);
    let groups = any_fact(vec![log_group()]);
    let buckets = any_fact(vec![
        bucket(),
        Bucket {
            policy: Fact::Absent,
            ..bucket()
        },
        Bucket {
            policy: Fact::NotRead,
            ..bucket()
        },
    ]);
    let stream = |status: &str| DeliveryStream {
        arn: STREAM.to_owned(),
        status: status.to_owned(),
    };
    let streams = any_fact(vec![
        stream("ACTIVE"),
        stream("DELETING"),
        stream("CREATING"),
    ]);
    let records = prop::collection::vec(any_record(), 6);
    let whole = prop::sample::select(vec![Depth::Full, Depth::Full, Depth::Full, Depth::Delivery]);
    (
        any_network(),
        roles,
        groups,
        buckets,
        streams,
        records,
        any::<bool>(),
        whole,
    )
        .prop_map(
            |(region, role, group, bucket, stream, records, proved, depth)| {
                let mut inventory = Inventory::empty(now());
                inventory.accounts = vec![account(ACCOUNT)];
                inventory.regions = vec![region];
                inventory.roles.insert(ROLE.to_owned(), role);
                inventory.log_groups.insert(GROUP.to_owned(), group);
                inventory.buckets.insert(BUCKET.to_owned(), bucket);
                inventory.delivery_streams.insert(STREAM.to_owned(), stream);
                let records = records.into_iter().enumerate();
                inventory.last_records = records
                    .map(|(number, record)| (format!("fl-{number}"), record))
                    .collect();
                inventory.proved = proved;
                inventory.depth = depth;
                inventory
            },
        )
}

/// Takes one thing that was read out of sight.
fn hide(inventory: &mut Inventory, what: u8) {
    let region = &mut inventory.regions[0];
    match what {
        0 => region.flow_logs = Listing::not_read(),
        1 => region.subnets = Listing::not_read(),
        2 => region.network_interfaces = Listing::not_read(),
        3 => inventory.roles.clear(),
        4 => inventory
            .log_groups
            .values_mut()
            .for_each(|fact| *fact = Fact::NotRead),
        5 => inventory.buckets.clear(),
        6 => inventory
            .delivery_streams
            .values_mut()
            .for_each(|fact| *fact = Fact::NotRead),
        7 => inventory.last_records.clear(),
        _ => {
            if let Some(Fact::Present(bucket)) = inventory.buckets.get_mut(BUCKET) {
                bucket.policy = Fact::NotRead;
            }
        }
    }
}

fn any_policy() -> impl Strategy<Value = Policy> {
    prop::sample::select(vec!["cis", "strict", "pci"])
        .prop_map(|preset| Policy::preset(preset).unwrap())
}

fn deciding(vpc: &VpcReport) -> impl Iterator<Item = &crate::finding::Finding> {
    vpc.findings
        .iter()
        .filter(|finding| checks::by_id(&finding.check).unwrap().decides)
}

fn verdicts(report: &Report) -> Vec<(&str, Verdict)> {
    report
        .vpcs
        .iter()
        .map(|vpc| (vpc.vpc_id.as_str(), vpc.verdict))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_verdict_is_explained(inventory in any_inventory(), policy in any_policy()) {
        for vpc in &assess(&inventory, &policy).vpcs {
            prop_assert!(!vpc.reason.is_empty());
            match vpc.verdict {
                Verdict::NotRecorded => {
                    prop_assert!(deciding(vpc).next().is_some(), "{}: {:?}", vpc.reason, vpc.findings);
                    prop_assert!(vpc.basis.is_some());
                }
                Verdict::Recorded => {
                    prop_assert!(vpc.basis.is_some());
                    let worst = deciding(vpc).map(|finding| finding.severity).max();
                    prop_assert!(worst.is_none_or(|worst| worst <= Severity::Low));
                }
                Verdict::Unknown => {
                    prop_assert_eq!(vpc.basis, None);
                    let says = ["could not", "not read", "cannot be told", "not known", "does not say", "asks for more"];
                    prop_assert!(says.iter().any(|says| vpc.reason.contains(says)), "{}", vpc.reason);
                }
                Verdict::Exempt | Verdict::NotOwned => {}
            }
        }
    }

    #[test]
    fn hidden_facts_never_turn_a_verdict_round(inventory in any_inventory(), what in 0..9_u8) {
        // Under `evidence = "facts"` what is hidden can only make a verdict unknown.
        let strict = Policy::preset("strict").unwrap();
        let mut hidden = inventory.clone();
        hide(&mut hidden, what);
        let (seen, unseen) = (assess(&inventory, &strict), assess(&hidden, &strict));
        for ((id, before), (_, after)) in verdicts(&seen).into_iter().zip(verdicts(&unseen)) {
            prop_assert!(after == before || after == Verdict::Unknown, "{id}: {before} became {after}, hiding {what}");
        }
    }

    #[test]
    fn hidden_facts_never_break_what_is_recorded(inventory in any_inventory(), what in 0..9_u8, policy in any_policy()) {
        let mut hidden = inventory.clone();
        hide(&mut hidden, what);
        let (seen, unseen) = (assess(&inventory, &policy), assess(&hidden, &policy));
        for ((id, before), (_, after)) in verdicts(&seen).into_iter().zip(verdicts(&unseen)) {
            let broke = before == Verdict::Recorded && after == Verdict::NotRecorded;
            prop_assert!(!broke, "{id}, hiding {what}");
            // Only DeliverLogsStatus can make good what a hidden fact proved broken.
            if before == Verdict::NotRecorded && after == Verdict::Recorded {
                let vpc = unseen.vpcs.iter().find(|vpc| vpc.vpc_id == id).unwrap();
                prop_assert_eq!(vpc.basis, Some(crate::verdict::Basis::DeliveryStatus));
            }
        }
    }

    #[test]
    fn facts_that_are_read_break_only_by_proof(inventory in any_inventory(), what in 0..9_u8, policy in any_policy()) {
        // From hidden to seen: recorded becomes not-recorded only where a finding proves it.
        let mut hidden = inventory.clone();
        hide(&mut hidden, what);
        let (seen, unseen) = (assess(&inventory, &policy), assess(&hidden, &policy));
        for (vpc, (_, before)) in seen.vpcs.iter().zip(verdicts(&unseen)) {
            if before == Verdict::Recorded && vpc.verdict == Verdict::NotRecorded {
                let proves = |check: &str| {
                    ["destination-missing", "role-not-assumable", "role-lacks-permission", "bucket-refuses-delivery", "records-stale"]
                        .contains(&check)
                };
                prop_assert!(vpc.findings.iter().any(|finding| proves(&finding.check)), "{}", vpc.reason);
            }
        }
    }

    #[test]
    fn wider_policies_only_ask_for_more(inventory in any_inventory()) {
        let reject = Policy::default();
        let all = policy("cis", |policy| policy.traffic_type.value = TrafficType::All);
        let (narrow, wide) = (assess(&inventory, &reject), assess(&inventory, &all));
        for ((id, narrow), (_, wide)) in verdicts(&narrow).into_iter().zip(verdicts(&wide)) {
            prop_assert!(wide != Verdict::Recorded || narrow == Verdict::Recorded, "{id}");
            prop_assert!(narrow != Verdict::NotRecorded || wide == Verdict::NotRecorded, "{id}");
        }
    }

    #[test]
    fn same_inventory_gives_the_same_bytes(inventory in any_inventory(), policy in any_policy()) {
        let bytes = |inventory: &Inventory| serde_json::to_string(&assess(inventory, &policy)).unwrap();
        let mut shuffled = inventory.clone();
        shuffled.regions[0].flow_logs.items.reverse();
        shuffled.regions[0].vpcs.items.reverse();
        shuffled.regions[0].subnets.items.reverse();
        shuffled.regions[0].network_interfaces.items.reverse();
        shuffled.sort();
        let mut sorted = inventory.clone();
        sorted.sort();
        prop_assert_eq!(bytes(&sorted), bytes(&shuffled));
        let stored: Inventory = serde_json::from_str(&serde_json::to_string(&sorted).unwrap()).unwrap();
        prop_assert_eq!(bytes(&stored), bytes(&sorted));
    }

    #[test]
    fn report_survives_its_json(inventory in any_inventory()) {
        let report = cis(&inventory);
        let stored: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        prop_assert_eq!(stored, report);
    }

    #[test]
    fn counts_add_up_and_fingerprints_are_unique(inventory in any_inventory(), policy in any_policy()) {
        let report = assess(&inventory, &policy);
        let summary = &report.summary;
        let sum = summary.recorded + summary.not_recorded + summary.unknown + summary.exempt + summary.not_owned;
        prop_assert_eq!(sum, summary.vpcs);
        prop_assert_eq!(summary.vpcs as usize, inventory.regions[0].vpcs.items.len());
        let prints: std::collections::HashSet<_> = report.all_findings().map(|finding| &finding.fingerprint).collect();
        prop_assert_eq!(prints.len(), report.all_findings().count());
        prop_assert_eq!(summary.findings.values().sum::<u64>() as usize, prints.len());
    }
}
