//! Calls are counted exactly: the fewest that answer.

use flowcover_cloud::simulator::{World, scenario};

use super::*;

const ACCOUNT: &str = "111122223333";

async fn delivery_calls(simulator: Simulator, accounts: AccountSelection) -> (u64, Inventory) {
    let simulator = Arc::new(simulator);
    let options = options(&simulator, accounts, Depth::Delivery);
    let inventory = run(&simulator, &options).await;
    assert_eq!(gaps(&inventory), [""; 0]);
    (simulator.total_calls(), inventory)
}

#[tokio::test(start_paused = true)]
async fn one_account_over_17_regions_takes_36_calls() {
    let (calls, inventory) =
        delivery_calls(scenario::organization(1, 17, 5), AccountSelection::Own).await;
    assert_eq!(calls, 17 * 2 + 2, "{:?}", inventory.calls);
    assert_eq!(inventory.regions.len(), 17);
    assert!(inventory.regions.iter().all(|it| it.vpcs.items.len() == 5));
}

#[tokio::test(start_paused = true)]
async fn an_organization_takes_2ar_and_2a_and_a_page_for_20_accounts() {
    for (accounts, regions) in [(1, 1), (3, 2), (20, 3), (21, 3), (45, 4)] {
        let (calls, inventory) =
            delivery_calls(scenario::organization(accounts, regions, 1), everything()).await;
        let expected = 2 * accounts * regions + 2 * accounts + accounts.div_ceil(20);
        assert_eq!(calls, expected as u64, "{:?}", inventory.calls);
        assert_eq!(inventory.regions.len(), accounts * regions);
    }
}

/// One region with one VPC of two subnets, an interface in each, and flow logs on these resources.
fn below_vpc_level(place_on: impl Fn(&[String], &[String]) -> Vec<String>) -> Simulator {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["us-east-1"]);
    world.add_account(ACCOUNT, "one");
    let vpc_id = world.add_vpc(ACCOUNT, "us-east-1", "main");
    let (mut subnets, mut interfaces) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let subnet_id = world.add_subnet(ACCOUNT, "us-east-1", &vpc_id);
        interfaces.push(world.add_interface(ACCOUNT, "us-east-1", &subnet_id));
        subnets.push(subnet_id);
    }
    for resource_id in place_on(&subnets, &interfaces) {
        let flow_log = flowcover_core::inventory::FlowLog {
            resource_id: Some(resource_id),
            ..Default::default()
        };
        world.put_flow_log(ACCOUNT, "us-east-1", flow_log);
    }
    Simulator::new(world)
}

#[tokio::test(start_paused = true)]
async fn flow_logs_below_vpc_level_take_one_call_more() {
    let own = AccountSelection::Own;
    let (none, _) = delivery_calls(below_vpc_level(|_, _| Vec::new()), own.clone()).await;
    assert_eq!(none, 4);
    let on_subnets = below_vpc_level(|subnets, _| subnets.to_vec());
    let (calls, inventory) = delivery_calls(on_subnets, own.clone()).await;
    assert_eq!(calls, 5, "{:?}", inventory.calls);
    assert_eq!(inventory.regions[0].subnets.items.len(), 2);
    let on_interfaces = below_vpc_level(|_, interfaces| interfaces.to_vec());
    let (calls, inventory) = delivery_calls(on_interfaces, own.clone()).await;
    assert_eq!(calls, 5, "{:?}", inventory.calls);
    assert_eq!(inventory.regions[0].network_interfaces.items.len(), 2);
    // A subnet without a flow log of its own: its interfaces decide.
    let on_one_subnet = below_vpc_level(|subnets, _| subnets[..1].to_vec());
    let (calls, inventory) = delivery_calls(on_one_subnet, own).await;
    assert_eq!(calls, 6, "{:?}", inventory.calls);
}

#[tokio::test(start_paused = true)]
async fn subnets_are_read_only_where_a_vpc_is_bare() {
    let simulator = below_vpc_level(|subnets, _| subnets.to_vec());
    {
        let mut world = simulator.world();
        let vpc_id = world.vpc_ids(ACCOUNT, "us-east-1")[0].clone();
        let flow_log = flowcover_core::inventory::FlowLog {
            resource_id: Some(vpc_id),
            ..Default::default()
        };
        world.put_flow_log(ACCOUNT, "us-east-1", flow_log);
    }
    let (calls, _) = delivery_calls(simulator, AccountSelection::Own).await;
    assert_eq!(calls, 4);
}

#[tokio::test(start_paused = true)]
async fn full_depth_asks_for_interfaces_of_failing_vpcs_alone() {
    let region_calls = async |simulator: Simulator| {
        let simulator = Arc::new(simulator);
        let options = options(&simulator, AccountSelection::Own, Depth::Full);
        let inventory = run(&simulator, &options).await;
        assert_eq!(gaps(&inventory), [""; 0]);
        inventory
    };
    let calls = |inventory: &Inventory, action: &str| inventory.calls.get(action).copied();
    let healthy = region_calls(scenario::organization(1, 1, 1)).await;
    assert_eq!(calls(&healthy, "ec2:DescribeTransitGateways"), Some(1));
    assert_eq!(calls(&healthy, "ec2:DescribeNetworkInterfaces"), None);
    assert_eq!(calls(&healthy, "ec2:DescribeSubnets"), None);
    // Two VPCs in use: the interfaces of the one whose flow log fails are read, not those of the other.
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["us-east-1"]);
    world.add_account(ACCOUNT, "one");
    let mut vpc_of = |name: &str, failing: bool| {
        let vpc_id = world.add_workload_vpc(ACCOUNT, "us-east-1", name);
        let flow_log = flowcover_core::inventory::FlowLog {
            resource_id: Some(vpc_id.clone()),
            ..Default::default()
        };
        let id = world.put_flow_log(ACCOUNT, "us-east-1", flow_log);
        let (status, message) = if failing {
            ("FAILED", Some("Access error"))
        } else {
            ("SUCCESS", None)
        };
        world.pin_delivery(ACCOUNT, "us-east-1", &id, Some(status), message);
        vpc_id
    };
    vpc_of("healthy", false);
    let failing = vpc_of("failing", true);
    let inventory = region_calls(Simulator::new(world)).await;
    assert_eq!(calls(&inventory, "ec2:DescribeNetworkInterfaces"), Some(1));
    let read = &inventory.regions[0].network_interfaces.items;
    assert_eq!(read.len(), 2);
    assert!(read.iter().all(|it| it.vpc_id.as_ref() == Some(&failing)));
}

#[tokio::test(start_paused = true)]
async fn any_page_size_collects_the_same() {
    let whole = {
        let simulator = Arc::new(scenario::demo());
        run(&simulator, &options(&simulator, everything(), Depth::Full)).await
    };
    for size in [1, 2, 3, 7, 50] {
        let simulator = Arc::new(scenario::demo());
        {
            let mut world = simulator.world();
            world.paging.set_every(size);
            world.paging.put_empty_pages("organizations:ListAccounts");
            world.paging.put_empty_pages("ec2:DescribeVpcs");
            for action in [
                "ListAccounts",
                "ListRoots",
                "ListOrganizationalUnitsForParent",
                "ListAccountsForParent",
                "ListPoliciesForTarget",
            ] {
                let action = format!("organizations:{action}");
                world.paging.end_with_empty_page(&action);
            }
        }
        let mut paged = run(&simulator, &options(&simulator, everything(), Depth::Full)).await;
        paged.calls.clone_from(&whole.calls);
        assert!(paged == whole, "page size {size}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_stay_within_the_limits() {
    // One account fills its own limit, six together fill that of all.
    for (accounts, of_all) in [(1, 8), (6, 32)] {
        let simulator = Arc::new(
            scenario::Large {
                accounts,
                regions: 17,
                vpcs_per_region: 1,
                latency: Duration::from_millis(50),
            }
            .build(),
        );
        let limits = Limits {
            in_flight: 32,
            in_flight_per_account: 8,
            ..Limits::default()
        };
        let limited = Limited::new(Arc::clone(&simulator) as _, limits);
        let options = options(&simulator, everything(), Depth::Delivery);
        let inventory = collect(&limited, &options, &Quiet).await;
        assert_eq!(inventory.regions.len(), accounts * 17);
        assert_eq!(simulator.max_in_flight(), of_all);
        for account in &inventory.accounts {
            assert_eq!(simulator.max_in_flight_of(&account.account_id), 8);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_role_bucket_and_stream_is_read_once() {
    let simulator = Arc::new(scenario::demo());
    let inventory = run(&simulator, &options(&simulator, everything(), Depth::Full)).await;
    let calls = |action: &str| inventory.calls.get(action).copied().unwrap_or_default();
    let (roles, buckets) = (inventory.roles.len() as u64, inventory.buckets.len() as u64);
    assert_eq!(calls("iam:GetRole"), roles);
    assert_eq!(calls("iam:ListRolePolicies"), roles);
    assert_eq!(calls("s3:ListBucket"), buckets);
    assert_eq!(calls("s3:GetBucketPolicyStatus"), buckets);
    assert_eq!(calls("s3:GetEncryptionConfiguration"), buckets);
    assert_eq!(
        calls("firehose:DescribeDeliveryStream"),
        inventory.delivery_streams.len() as u64
    );
    assert_eq!(calls("kms:GetKeyPolicy"), inventory.keys.len() as u64);
    // All groups of an account and region in one call.
    let places: std::collections::BTreeSet<_> = inventory
        .log_groups
        .keys()
        .map(|arn| arn.splitn(6, ':').skip(3).take(2).collect::<Vec<_>>())
        .collect();
    assert_eq!(calls("logs:DescribeLogGroups"), places.len() as u64);
    assert!(inventory.log_groups.len() > places.len());
    // The bucket whose name holds its owner's id is asked about in that account first.
    assert_eq!(calls("s3:GetBucketPolicy"), buckets);
}

#[tokio::test(start_paused = true)]
async fn more_than_50_groups_take_a_call_for_each_50() {
    let simulator = Arc::new(scenario::organization(1, 1, 101));
    let options = options(&simulator, AccountSelection::Own, Depth::Full);
    let inventory = run(&simulator, &options).await;
    assert_eq!(gaps(&inventory), [""; 0]);
    assert_eq!(inventory.log_groups.len(), 101);
    assert!(
        inventory
            .log_groups
            .values()
            .all(|fact| fact.present().is_some())
    );
    assert_eq!(inventory.calls["logs:DescribeLogGroups"], 3);
    assert_eq!(inventory.calls["iam:GetRole"], 1);
}
