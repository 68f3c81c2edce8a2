//! Random worlds and the plans that are built for them: what must hold of every run.
//!
//! `PROPTEST_CASES=10000 cargo test --release -p flowcover-cloud --test execute random` runs many.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowcover_cloud::collect::{AccountSelection, CollectOptions, Quiet, collect};
use flowcover_cloud::execute::RollbackOptions;
use flowcover_cloud::simulator::{Matching, Simulator, Trouble, World, policies};
use flowcover_cloud::{Entry, FlowLogRequest, Limited, Limits};
use flowcover_core::inventory::Inventory;
use flowcover_core::judge::assess;
use flowcover_core::plan::{BuildRequest, Plan, build};
use flowcover_core::policy::Policy;
use proptest::prelude::*;

use super::lab::{Crash, Lab};
use super::ours::assert_only_its_own_is_touched;
use super::plans::{self, CENTRAL, EAST, HUB, SHOP, WEB, WEST};
use super::sameness::assert_same;

const SERVICE: &str = "vpc-flow-logs.amazonaws.com";

/// What stands on a VPC before.
#[derive(Clone, Copy, Debug)]
enum Before {
    /// Nothing.
    Bare,
    /// Nothing, and no interface.
    Unused,
    /// A flow log that works.
    Well,
    /// One that records too little.
    Accepted,
    /// One whose role trusts the wrong service.
    Mistrusted,
    /// One whose group is gone.
    Missing,
    /// One whose role is gone.
    Roleless,
}

/// Where the policy wants new flow logs to deliver.
#[derive(Clone, Copy, Debug)]
enum To {
    Groups,
    /// A bucket in each account and region, which is made.
    OwnBuckets,
    /// One that stands in one account, with a policy of somebody.
    CentralBucket,
}

#[derive(Clone, Debug)]
struct Case {
    vpcs: Vec<(usize, usize, Before)>,
    strict: bool,
    replace: bool,
    to: To,
    crash: (usize, bool),
    trouble: Option<(usize, Trouble, u32)>,
}

fn cases() -> impl Strategy<Value = Case> {
    use Before as B;
    let before = prop::sample::select(vec![
        B::Bare,
        B::Unused,
        B::Well,
        B::Accepted,
        B::Mistrusted,
        B::Missing,
        B::Roleless,
    ]);
    let vpcs = prop::collection::vec((0..3_usize, 0..2_usize, before), 1..7);
    let trouble = (
        0..40_usize,
        prop::sample::select(Trouble::ALL.to_vec()),
        0..3_u32,
    );
    (
        vpcs,
        any::<bool>(),
        any::<bool>(),
        prop::sample::select(vec![To::Groups, To::OwnBuckets, To::CentralBucket]),
        (0..1000_usize, any::<bool>()),
        prop::option::of(trouble),
    )
        .prop_map(|(vpcs, strict, replace, to, crash, trouble)| Case {
            vpcs,
            strict,
            replace,
            to,
            crash,
            trouble,
        })
}

fn world(case: &Case) -> World {
    let mut world = World::new("2026-03-02T08:00:00Z".parse().unwrap(), &[EAST, WEST]);
    let accounts = [HUB, WEB, SHOP];
    for id in accounts {
        world.add_account(id, "account");
    }
    world.make_organization("o-example", HUB);
    for id in [WEB, SHOP] {
        world
            .create_role(id, "FlowcoverWrite", &policies::trust_account(HUB))
            .unwrap();
    }
    world.create_bucket(HUB, EAST, CENTRAL);
    world
        .put_bucket_policy(CENTRAL, &policies::bucket_for_account(CENTRAL, HUB))
        .unwrap();
    for (index, (account, region, before)) in case.vpcs.iter().enumerate() {
        add_vpc(
            &mut world,
            accounts[*account],
            [EAST, WEST][*region],
            index,
            *before,
        );
    }
    world.advance(7200);
    world.follow_tokio_time();
    world
}

fn add_vpc(world: &mut World, account: &str, region: &str, index: usize, before: Before) {
    let name = format!("vpc-{index}");
    let vpc_id = match before {
        Before::Unused => world.add_vpc(account, region, &name),
        _ => world.add_workload_vpc(account, region, &name),
    };
    if matches!(before, Before::Bare | Before::Unused) {
        return;
    }
    let (role, group) = (format!("deliver-{index}"), format!("/records/{index}"));
    let service = match before {
        Before::Mistrusted => "ec2.amazonaws.com",
        _ => SERVICE,
    };
    let trust = policies::trust_service(service, Some(account));
    let role_arn = world.create_role(account, &role, &trust).unwrap();
    let group_arn = format!("arn:aws:logs:{region}:{account}:log-group:{group}:*");
    world
        .put_role_policy(
            account,
            &role,
            "deliver",
            &policies::deliver_to(&group_arn, false),
        )
        .unwrap();
    world.create_log_group(account, region, &group, Some(365));
    world.advance(60);
    let traffic = match before {
        Before::Accepted => "ACCEPT",
        _ => "ALL",
    };
    let request = FlowLogRequest {
        resource_ids: vec![vpc_id],
        resource_type: "VPC".to_owned(),
        traffic_type: Some(traffic.to_owned()),
        log_group_name: Some(group.clone()),
        deliver_logs_permission_arn: Some(role_arn),
        ..FlowLogRequest::default()
    };
    let made = world.create_flow_logs(account, region, &request).unwrap();
    assert_eq!(made.unsuccessful, []);
    match before {
        Before::Missing => world.delete_log_group(account, region, &group),
        Before::Roleless => world.delete_role(account, &role),
        _ => {}
    }
}

fn entries() -> BTreeMap<String, Entry> {
    let accounts = plans::empty().accounts.into_iter();
    accounts.map(|(id, account)| (id, account.entry)).collect()
}

async fn read(simulator: &Arc<Simulator>) -> Inventory {
    let options = CollectOptions {
        accounts: AccountSelection::Organization {
            include_units: vec![],
            exclude_units: vec![],
        },
        role_name: Some("FlowcoverWrite".to_owned()),
        bucket_accounts: vec![HUB.to_owned()],
        ..CollectOptions::new(simulator.clock())
    };
    let limited = Limited::new(Arc::clone(simulator) as _, Limits::default());
    collect(&limited, &options, &Quiet).await
}

fn planned(inventory: &Inventory, case: &Case) -> Plan {
    let fix = match case.to {
        To::Groups => String::new(),
        To::OwnBuckets => {
            let name = r#"bucket = { name = "made-{account_id}-{region}", create = true }"#;
            format!("[fix]\ndestination = \"s3\"\n{name}\n")
        }
        To::CentralBucket => format!(
            "[fix]\ndestination = \"s3\"\nbucket = {{ name = \"{CENTRAL}\", account = \"{HUB}\", region = \"{EAST}\" }}\n"
        ),
    };
    let preset = if case.strict { "strict" } else { "cis" };
    let policy = Policy::parse(&fix, "flowcover.toml", Some(preset))
        .unwrap()
        .policy;
    let request = BuildRequest {
        replace: case.replace,
        entries: entries(),
        ..BuildRequest::default()
    };
    build(inventory, &assess(inventory, &policy), &policy, &request)
}

async fn lab(case: &Case) -> Lab {
    let simulator = Arc::new(Simulator::new(world(case)));
    let inventory = read(&simulator).await;
    let plan = planned(&inventory, case);
    let world = simulator.world().clone();
    Lab::with(world, plans::world().1, plan)
}

async fn holds(case: Case) {
    let lab_of = || lab(&case);
    let straight = lab_of().await;
    let before = straight.inventory().await;
    let applied = straight.done().await;
    straight.trace.assert_in_order();
    let (after, writes, appends) = (
        straight.inventory().await,
        straight.trace.writes(),
        straight.trace.events().len(),
    );
    // Twice is once.
    straight.done().await;
    assert_eq!(straight.trace.writes(), writes, "{applied:#?}");
    // What the plan promised holds, and a second plan is empty.
    straight.simulator.world().advance(7200);
    let again = planned(&read(&straight.simulator).await, &case);
    let steps: Vec<&str> = again.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(steps, [""; 0], "a second plan is not empty");
    // A run that dies ends as one that did not.
    let died = lab_of().await;
    let crash = Crash {
        at: 1 + case.crash.0 % appends,
        durable: case.crash.1,
    };
    if let Some((which, trouble, passes)) = case.trouble {
        let actions = flowcover_core::call::WRITE_ACTIONS;
        let matching = Matching::action(actions[which % actions.len()]);
        died.simulator
            .world()
            .faults
            .befall_after(passes, trouble, matching, 1);
    }
    // Trouble may lead to another number of appends.
    let _ = died.apply_until(Some(crash)).await;
    died.done().await;
    died.trace.assert_in_order();
    assert_same(&died.inventory().await, &after, "resumed");
    // Taken back, everything is as it was.
    let records_too = RollbackOptions {
        delete_records: true,
        dry_run: false,
    };
    let rolled = died.rollback(records_too).await;
    died.trace.assert_in_order();
    for lab in [&straight, &died] {
        assert_only_its_own_is_touched(lab, &[CENTRAL]);
    }
    let left: Vec<_> = rolled
        .steps
        .iter()
        .filter(|it| it.end != flowcover_cloud::execute::TakenBackEnd::TakenBack)
        .collect();
    let is_roleless = case
        .vpcs
        .iter()
        .any(|(_, _, before)| matches!(before, Before::Roleless));
    assert!(
        left.is_empty() || (is_roleless && case.replace),
        "{left:#?}"
    );
    if left.is_empty() {
        assert_same(&died.inventory().await, &before, "taken back");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases_to_run()))]

    #[test]
    fn every_run_is_idempotent_resumable_and_can_be_taken_back(case in cases()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(holds(case));
    }
}

/// A small set where nothing else is asked for.
fn cases_to_run() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(24)
}
