//! Security groups are read where they are asked for, in full or with a gap, and nowhere else.

use flowcover_cloud::simulator::{Matching, World};
use flowcover_core::inventory::{ListingState, SecurityGroupRule};

use super::*;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";
/// A region with nothing in it.
const OTHER: &str = "eu-west-1";
/// What is asked for because of `security_groups` alone.
const ACTIONS: [&str; 5] = [
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeManagedPrefixLists",
    "ec2:GetManagedPrefixListEntries",
    "ec2:DescribeNetworkInterfaces",
];

/// A VPC that is recorded, with 3 groups and 2 interfaces; rules name 2 of 3 prefix lists.
fn world() -> World {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &[REGION, OTHER]);
    world.add_account(ACCOUNT, "one");
    let vpc_id = world.add_workload_vpc(ACCOUNT, REGION, "main");
    let flow_log = flowcover_core::inventory::FlowLog {
        resource_id: Some(vpc_id.clone()),
        ..Default::default()
    };
    world.put_flow_log(ACCOUNT, REGION, flow_log);
    let groups =
        ["web", "app", "db"].map(|name| world.add_security_group(ACCOUNT, REGION, &vpc_id, name));
    let blocks: [&[&str]; 3] = [
        &["192.0.2.0/25", "192.0.2.128/25", "198.51.100.0/24"],
        &["203.0.113.0/24"],
        &["10.9.0.0/16"],
    ];
    let [first, second, _] = blocks.map(|blocks| world.add_prefix_list(ACCOUNT, REGION, blocks));
    for (group, list) in [(0, &first), (1, &first), (2, &second)] {
        let rule = SecurityGroupRule {
            group_id: groups[group].clone(),
            ip_protocol: Some("-1".to_owned()),
            prefix_list_id: Some(list.clone()),
            ..SecurityGroupRule::default()
        };
        world.add_security_group_rule(ACCOUNT, REGION, rule);
    }
    world
}

async fn collected(world: World, security_groups: bool) -> Inventory {
    let simulator = Arc::new(Simulator::new(world));
    let options = CollectOptions {
        security_groups,
        ..options(&simulator, AccountSelection::Own, Depth::Delivery)
    };
    run(&simulator, &options).await
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_for_them_unless_told_to() {
    let inventory = collected(world(), false).await;
    for action in ACTIONS {
        assert_eq!(inventory.calls.get(action), None, "{action}");
    }
    let here = region(&inventory, ACCOUNT, REGION);
    assert_eq!(here.security_groups.state, ListingState::NotNeeded);
    assert_eq!(here.security_group_rules.state, ListingState::NotNeeded);
    assert_eq!(here.prefix_lists.state, ListingState::NotNeeded);
}

#[tokio::test(start_paused = true)]
async fn groups_rules_named_prefix_lists_and_all_interfaces_are_read() {
    for page_size in [1, 2, 1000] {
        let mut world = world();
        world.paging.set_every(page_size);
        let inventory = collected(world, true).await;
        assert_eq!(gaps(&inventory), [""; 0]);
        let here = region(&inventory, ACCOUNT, REGION);
        assert!(here.security_groups.is_complete() && here.security_group_rules.is_complete());
        assert!(here.network_interfaces.is_complete() && here.prefix_lists.is_complete());
        assert_eq!(here.security_groups.items.len(), 3);
        assert_eq!(here.security_group_rules.items.len(), 3);
        assert_eq!(here.network_interfaces.items.len(), 2);
        let blocks = here.prefix_lists.items.iter().map(|it| it.cidrs.clone());
        let mut blocks: Vec<usize> = blocks.map(|it| it.unwrap().len()).collect();
        blocks.sort_unstable();
        assert_eq!(blocks, [1, 3]);
        let empty = region(&inventory, ACCOUNT, OTHER);
        assert!(empty.security_groups.is_complete());
        assert_eq!(empty.prefix_lists.state, ListingState::NotNeeded);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_leaves_a_gap() {
    for (action, states) in [
        (ACTIONS[0], [false, true, true, true]),
        (ACTIONS[1], [true, false, true, true]),
        (ACTIONS[2], [true, true, false, true]),
        (ACTIONS[3], [true, true, true, true]),
        (ACTIONS[4], [true, true, true, false]),
    ] {
        let mut world = world();
        let denied = Matching::action(action).in_region(REGION);
        world.faults.deny(denied);
        let inventory = collected(world, true).await;
        let gaps = gaps(&inventory);
        assert!(!gaps.is_empty(), "{action}");
        assert!(gaps.iter().all(|gap| gap.starts_with(action)), "{gaps:?}");
        let here = region(&inventory, ACCOUNT, REGION);
        let mut found = [
            here.security_groups.is_complete(),
            here.security_group_rules.is_complete(),
            here.prefix_lists.is_complete(),
            here.network_interfaces.is_complete(),
        ];
        if action == ACTIONS[1] {
            // Without rules it is not known which prefix lists they name.
            assert_eq!(here.prefix_lists.state, ListingState::NotNeeded);
            found[2] = true;
        }
        assert_eq!(found, states, "{action}");
        if action == ACTIONS[3] {
            assert!(here.prefix_lists.items.iter().all(|it| it.cidrs.is_none()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_closed_has_the_gaps_of_its_base_alone() {
    let mut world = world();
    let closed = Matching::action("ec2:*").in_region(OTHER);
    world.faults.deny_by_control_policy(closed);
    let inventory = collected(world, true).await;
    assert_eq!(gaps(&inventory).len(), 2, "{:?}", gaps(&inventory));
    let here = region(&inventory, ACCOUNT, OTHER);
    assert_eq!(here.security_groups.state, ListingState::NotRead);
    assert_eq!(here.security_group_rules.state, ListingState::NotRead);
}
