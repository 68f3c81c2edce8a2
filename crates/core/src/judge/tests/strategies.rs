//! Random inventories, and what can be hidden in them.

use proptest::prelude::*;

use crate::fixture::*;
use crate::inventory::*;

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

pub(crate) fn any_inventory() -> impl Strategy<Value = Inventory> {
    let roles = any_fact(vec![
        role(TRUST, WRITE_LOGS),
        Role {
            trust_policy: Fact::NotRead,
            ..role(TRUST, WRITE_LOGS)
        },
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
        encrypted(),
        encrypted(),
    ]);
    let key = |policy: &str| Key {
        arn: KEY.to_owned(),
        enabled: Some(true),
        policy: Fact::Present(policy.to_owned()),
    };
    let keys = any_fact(vec![key(KEY_TAKES), key(r#"{"Statement":[]}"#)]);
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
        (any::<bool>(), any_guard_rails(), keys),
        whole,
    )
        .prop_map(
            |(region, role, group, bucket, stream, records, (proved, guard_rails, key), depth)| {
                let mut inventory = Inventory::empty(now());
                let (organization, protection) = guard_rails;
                inventory.organization = organization;
                inventory.accounts = vec![Account {
                    protection,
                    ..account(ACCOUNT)
                }];
                inventory.keys.insert(KEY.to_owned(), key);
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

const KEY_TAKES: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}"#;

fn encrypted() -> Bucket {
    let encryption = BucketEncryption {
        algorithm: "aws:kms".to_owned(),
        kms_key: Some(KEY.to_owned()),
    };
    Bucket {
        encryption: Fact::Present(encryption),
        ..bucket()
    }
}

/// No organisation; or one, with service control policies of which the levels are known or not.
fn any_guard_rails() -> impl Strategy<Value = (Option<Organization>, Option<Protection>)> {
    let documents = [
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Deny","Action":"logs:*","Resource":"*"}]}"#,
    ];
    let named = documents.map(|text| NamedPolicy {
        name: text.to_owned(),
        document: Fact::Present(text.to_owned()),
    });
    let levels = |policies: &[NamedPolicy]| {
        let level = |policy: &NamedPolicy| ControlLevel {
            target_id: "r-1".to_owned(),
            policies: vec![policy.name.clone()],
        };
        policies.iter().map(level).collect()
    };
    let policies = prop::sample::subsequence(named.to_vec(), 0..=2);
    let protection = (policies, any::<bool>()).prop_map(move |(policies, placed)| Protection {
        service_control_levels: if placed {
            levels(&policies)
        } else {
            Vec::new()
        },
        service_control_policies: Fact::Present(policies),
        config_rules: Fact::Present(Vec::new()),
    });
    prop_oneof![
        3 => Just((None, None)),
        1 => Just((Some(organization()), None)),
        4 => protection.prop_map(|protection| (Some(organization()), Some(protection))),
    ]
}

/// How many things [`hide`] can take.
pub(crate) const HIDDEN: u8 = 14;

/// Takes one thing that was read out of sight.
pub(crate) fn hide(inventory: &mut Inventory, what: u8) {
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
        8 => inventory.keys.clear(),
        9 => inventory.accounts.clear(),
        10 => inventory.accounts[0].protection = None,
        11 => {
            if let Some(protection) = &mut inventory.accounts[0].protection {
                protection.service_control_policies = Fact::NotRead;
            }
        }
        12 => {
            if let Some(Fact::Present(role)) = inventory.roles.get_mut(ROLE) {
                role.trust_policy = Fact::NotRead;
            }
        }
        13 => {
            if let Some(Fact::Present(bucket)) = inventory.buckets.get_mut(BUCKET) {
                bucket.encryption = Fact::NotRead;
            }
        }
        _ => {
            if let Some(Fact::Present(bucket)) = inventory.buckets.get_mut(BUCKET) {
                bucket.policy = Fact::NotRead;
            }
        }
    }
}
