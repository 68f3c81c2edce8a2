//! What holds of every proposal, for groups, interfaces, rules, flows and parameters at random.

use core::net::IpAddr;

use proptest::prelude::*;

use super::world::*;
use crate::inventory::{Inventory, ListingState};
use crate::suggest::world::{Far, Group, World};
use crate::suggest::*;

const GROUPS: [&str; 5] = ["a", "b", "c", "d", "e"];
const ADDRESSES: [&str; 8] = [
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.3",
    "10.0.0.130",
    "10.0.9.1",
    "10.1.0.1",
    "fd00::1",
    "fd00:0:0:1::1",
];
const STRANGERS: [&str; 18] = [
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.3",
    "192.0.2.9",
    "192.0.2.77",
    "198.51.100.1",
    "198.51.100.2",
    "203.0.113.1",
    "203.0.113.2",
    "203.0.113.200",
    "10.0.0.4",
    "10.0.0.5",
    "10.0.0.200",
    "10.200.0.1",
    "2001:db8::1",
    "2001:db8::2",
    "2001:db8:0:1::1",
    "fd00::99",
];
const SERVICES: [&str; 14] = [
    "-1 *",
    "-1 *",
    "tcp 442_443",
    "tcp 443",
    "tcp 80_81",
    "tcp 8000_8003",
    "tcp 8002_8009",
    "tcp 0_65535",
    "udp 53",
    "udp 0_65535",
    "icmp *",
    "icmp 8_-1",
    "icmpv6 *",
    "50 *",
];
const PEERS: [&str; 22] = [
    "0.0.0.0/0",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/8",
    "10.0.0.0/24",
    "10.0.0.0/25",
    "10.0.0.1/32",
    "10.0.0.2/32",
    "192.0.2.0/24",
    "192.0.2.0/29",
    "192.0.2.2/32",
    "203.0.113.0/24",
    "fd00::/16",
    "2001:db8::/32",
    "sg-a",
    "sg-b",
    "sg-c",
    "sg-d",
    "sg-gone",
    "pl-known",
    "pl-wide",
    "pl-unknown",
];
const TRAFFIC: [(u8, u16); 19] = [
    (6, 443),
    (6, 443),
    (6, 443),
    (6, 443),
    (6, 80),
    (6, 81),
    (6, 8000),
    (6, 8001),
    (6, 8002),
    (6, 8003),
    (6, 8004),
    (6, 50_000),
    (6, 50_001),
    (17, 53),
    (17, 54),
    (1, 0),
    (58, 0),
    (50, 0),
    (47, 0),
];

/// Groups and addresses of some interfaces, their rules.
fn inventories() -> impl Strategy<Value = Inventory> {
    let address = prop::sample::select(ADDRESSES.to_vec());
    let groups = prop::sample::subsequence(GROUPS.to_vec(), 0..=3);
    let eni = (groups, prop::collection::vec(address, 1..3));
    let rule = (
        prop::sample::select(GROUPS.to_vec()),
        any::<bool>(),
        prop::sample::select(SERVICES.to_vec()),
        prop::sample::select(PEERS.to_vec()),
    );
    (
        prop::collection::vec(eni, 1..7),
        prop::collection::vec(rule, 1..16),
        prop::bool::weighted(0.9),
    )
        .prop_map(|(enis, rules, are_all_read)| {
            let mut builder = Builder(inventory());
            GROUPS.iter().for_each(|group| _ = builder.group(group));
            for (at, (groups, addresses)) in enis.iter().enumerate() {
                builder.eni(&at.to_string(), groups, addresses);
            }
            builder.prefix_list("pl-known", &["198.51.100.0/24", "192.0.2.0/30"]);
            builder.prefix_list("pl-wide", &["10.0.0.0/8", "203.0.113.0/25", "fd00::/16"]);
            for (group, is_out, service, peer) in rules {
                let way = if is_out { "out" } else { "in" };
                builder.rule(&format!("{group} {way} {service} {peer}"));
            }
            // AWS has no rule twice.
            let mut seen = std::collections::BTreeSet::new();
            let rules = &mut builder.region().security_group_rules.items;
            rules.retain(|it| seen.insert((it.group_id.clone(), Allow::of(it))));
            if !are_all_read {
                builder.region().network_interfaces.state = ListingState::Partial;
            }
            builder.0
        })
}

fn flows() -> impl Strategy<Value = Vec<Flow>> {
    let end = || {
        let ours = (
            prop::sample::select(ADDRESSES.to_vec()),
            prop::option::of(0_u8..7),
        );
        let stranger = prop::sample::select(STRANGERS.to_vec()).prop_map(|it| (it, None));
        prop_oneof![3 => ours, 2 => stranger]
    };
    let traffic = prop::sample::subsequence(TRAFFIC.to_vec(), 1..=12);
    traffic.prop_flat_map(move |traffic| {
        let flow = (end(), end(), prop::sample::select(traffic)).prop_map(
            |(client, server, (protocol, port))| Flow {
                client: client.0.parse().unwrap(),
                server: server.0.parse().unwrap(),
                client_eni: client.1.map(|it| format!("eni-{it}")),
                server_eni: server.1.map(|it| format!("eni-{it}")),
                protocol,
                port,
                day: 0,
            },
        );
        prop::collection::vec(flow, 1..300)
    })
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let far = (1_usize..5, 8_u8..=32, 32_u8..=128, 2_usize..8, 1_usize..6);
    (
        far,
        1_usize..12,
        prop_oneof![Just(100_000_usize), 1_usize..60],
        prop_oneof![Just(100_000_usize), 1_usize..90],
    )
        .prop_map(
            |((cidrs, v4, v6, open, ports), addresses_per_port, keys_per_group, keys)| Parameters {
                cidrs_per_port: cidrs,
                widest_ipv4: v4,
                widest_ipv6: v6,
                open_after: open,
                ports_per_rule: ports,
                addresses_per_port,
                keys_per_group,
                keys,
                ..Parameters::default()
            },
        )
}

/// Every other end that may make a difference: each interface by each of its addresses, strangers, and the ends of each
/// proposed block.
fn ends(world: &World, suggestion: &Suggestion) -> Vec<Far> {
    let mut ends = Vec::new();
    for (place, interface) in (0_u32..).zip(&world.interfaces) {
        ends.extend(interface.addresses.iter().map(|block| Far {
            address: block.first(),
            interface: Some(place),
        }));
    }
    let rules = suggestion.groups.iter().flat_map(|group| &group.proposal);
    let blocks = rules.filter_map(|rule| match rule.allow.as_ref()?.peer {
        Peer::Block { block } => Some(block),
        _ => None,
    });
    let strangers = STRANGERS.iter().map(|it| it.parse().unwrap());
    let edges = blocks.flat_map(|block| [block.first(), block.last()]);
    ends.extend(strangers.chain(edges).map(|address: IpAddr| Far {
        address,
        interface: None,
    }));
    ends
}

fn allowed(
    world: &World,
    group: &Group,
    direction: Direction,
    (protocol, port): (u8, u16),
    far: Far,
) -> bool {
    group.rules.iter().any(|rule| {
        rule.takes(direction, protocol, port) && (!rule.is_resolved() || world.is_peer(rule, far))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn nothing_that_was_seen_is_blocked(
        inventory in inventories(), flows in flows(), parameters in parameters(),
    ) {
        let suggestion = suggest(&inventory, &flows, &parameters);
        let replayed = replay(&inventory, &suggestion, &flows);
        prop_assert_eq!(replayed.blocked_flows, 0, "{:?}\n{}", replayed.blocked, diff_text(&suggestion));
    }

    #[test]
    fn no_group_allows_more_than_before(
        inventory in inventories(), flows in flows(), parameters in parameters(),
    ) {
        let suggestion = suggest(&inventory, &flows, &parameters);
        let (today, proposed) = (World::of(&inventory), World::of(&suggestion.applied(&inventory)));
        let ends = ends(&today, &suggestion);
        let mut traffic = TRAFFIC.to_vec();
        traffic.extend([(6, 0), (6, 65_535), (6, 8_005), (6, 79), (6, 82), (6, 7_999), (17, 52), (17, 60_000), (132, 0)]);
        for (before, after) in today.groups.iter().zip(&proposed.groups) {
            prop_assert_eq!(&before.group_id, &after.group_id);
            for (&service, &end) in traffic.iter().flat_map(|it| ends.iter().map(move |end| (it, end))) {
                for direction in [Direction::Ingress, Direction::Egress] {
                    let is_new = allowed(&proposed, after, direction, service, end)
                        && !allowed(&today, before, direction, service, end);
                    prop_assert!(
                        !is_new,
                        "{} {direction:?} {service:?} {end:?}\n{}", before.group_id, diff_text(&suggestion)
                    );
                }
            }
        }
    }

    #[test]
    fn asked_once_more_it_suggests_nothing(
        inventory in inventories(), flows in flows(), parameters in parameters(),
    ) {
        // Which group finds no room left depends on what the others take; each group's own bound does not.
        let parameters = Parameters { keys: usize::MAX, ..parameters };
        let suggestion = suggest(&inventory, &flows, &parameters);
        let again = suggest(&suggestion.applied(&inventory), &flows, &parameters);
        prop_assert!(
            again.groups.iter().all(|group| group.diff.is_empty()),
            "{}\nagain:\n{}", diff_text(&suggestion), diff_text(&again)
        );
    }

    #[test]
    fn the_order_of_flows_does_not_matter(
        inventory in inventories(), flows in flows(), parameters in parameters(),
    ) {
        let parameters = Parameters { keys: usize::MAX, keys_per_group: usize::MAX, ..parameters };
        let forth = suggest(&inventory, &flows, &parameters);
        let mut flows = flows;
        flows.reverse();
        prop_assert_eq!(suggest(&inventory, &flows, &parameters).groups, forth.groups);
    }
}

/// The laws above say something only if there is something to suggest.
#[test]
fn random_worlds_are_worth_it() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut changed, mut references, mut lists, mut open, mut whole) = (0, 0, 0, 0, 0);
    for _ in 0..100 {
        let world = (inventories(), flows(), parameters());
        let (inventory, flows, parameters) = world.new_tree(&mut runner).unwrap().current();
        let suggestion = suggest(&inventory, &flows, &parameters);
        let rules: Vec<&ProposedRule> = suggestion
            .groups
            .iter()
            .flat_map(GroupAdvice::authorized)
            .collect();
        let is = |test: fn(&Peer) -> bool| {
            let peers = rules.iter().filter_map(|rule| rule.allow.as_ref());
            usize::from(peers.into_iter().any(|it| test(&it.peer)))
        };
        changed += usize::from(!rules.is_empty());
        references += is(|peer| matches!(peer, Peer::Group { .. }));
        lists += is(|peer| matches!(peer, Peer::PrefixList { .. }));
        let is_open =
            |it: &Reason| matches!(it, Reason::ManyAddresses { .. } | Reason::Scattered { .. });
        let all = suggestion.groups.iter().flat_map(|group| &group.proposal);
        open += usize::from(all.into_iter().any(|rule| rule.reasons.iter().any(is_open)));
        let is_whole = |it: &Reason| matches!(it, Reason::ManyPorts { .. });
        whole += usize::from(rules.iter().any(|rule| rule.reasons.iter().any(is_whole)));
    }
    let found = [changed, references, lists, open, whole];
    assert!(found.iter().all(|&count| count >= 5), "{found:?}");
}
