//! Random worlds and the plans that are built for them: what must hold of every run.
//!
//! `PROPTEST_CASES=10000 cargo test --release -p flowcover-cloud --test execute random` runs many.

#[path = "random/earlier.rs"]
mod earlier;
#[path = "random/fix.rs"]
mod fix;
#[path = "random/found.rs"]
mod found;
#[path = "random/old.rs"]
mod old;
#[path = "random/promises.rs"]
mod promises;
#[path = "random/stage.rs"]
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowcover_cloud::collect::{AccountSelection, CollectOptions, Quiet, collect};
use flowcover_cloud::execute::{Applied, ExecuteError, RollbackOptions, RolledBack, TakenBackEnd};
use flowcover_cloud::simulator::{Matching, Simulator, Trouble, World};
use flowcover_cloud::{Entry, Limited, Limits};
use flowcover_core::inventory::{Depth, Inventory};
use flowcover_core::judge::assess;
use flowcover_core::plan::{BuildRequest, Plan, build, fix_buckets};
use flowcover_core::policy::Policy;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::lab::{Crash, Lab};
use super::ours::{Standing, assert_only_its_own_is_touched};
use super::plans::{self, CENTRAL, HUB};
use super::sameness::assert_same;
use earlier::{Earlier, earlier_runs};
use fix::{Fix, fixes};
use promises::keeps_its_promises;
use stage::{Stage, stages};

#[derive(Clone, Debug)]
struct Case {
    stage: Stage,
    earlier: Option<Earlier>,
    fix: Fix,
    replace: bool,
    crash: (usize, bool),
    trouble: Option<(usize, Trouble, u32)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let trouble = (
        0..40_usize,
        prop::sample::select(Trouble::ALL.to_vec()),
        0..3_u32,
    );
    (
        stages(),
        prop::option::of(earlier_runs()),
        fixes(),
        any::<bool>(),
        (0..1000_usize, any::<bool>()),
        prop::option::of(trouble),
    )
        .prop_map(|(stage, earlier, fix, replace, crash, trouble)| Case {
            stage,
            earlier,
            fix,
            replace,
            crash,
            trouble,
        })
}

fn entries() -> BTreeMap<String, Entry> {
    let accounts = plans::empty().accounts.into_iter();
    accounts.map(|(id, account)| (id, account.entry)).collect()
}

fn policy(fix: &Fix) -> Policy {
    let text = fix.toml();
    let parsed = Policy::parse(&text, "flowcover.toml", Some(fix.preset()));
    parsed
        .unwrap_or_else(|error| panic!("{error:?}\n{text}"))
        .policy
}

/// What `flowcover plan` reads.
async fn read(simulator: &Arc<Simulator>, fix: &Fix) -> Inventory {
    let policy = policy(fix);
    let options = CollectOptions {
        accounts: AccountSelection::Organization {
            include_units: vec![],
            exclude_units: vec![],
        },
        role_name: Some("FlowcoverWrite".to_owned()),
        bucket_accounts: vec![HUB.to_owned()],
        buckets_besides: Some(Arc::new(move |inventory| fix_buckets(inventory, &policy))),
        depth: Depth::Full,
        ..CollectOptions::new(simulator.clock())
    };
    let limited = Limited::new(Arc::clone(simulator) as _, Limits::default());
    collect(&limited, &options, &Quiet).await
}

fn planned(inventory: &Inventory, fix: &Fix, replace: bool) -> Plan {
    let policy = policy(fix);
    let request = BuildRequest {
        replace,
        entries: entries(),
        ..BuildRequest::default()
    };
    build(inventory, &assess(inventory, &policy), &policy, &request)
}

/// The plan for a world as it stands, and a run of it.
async fn lab(world: World, fix: &Fix, replace: bool, run: &str) -> Lab {
    let simulator = Arc::new(Simulator::new(world));
    simulator.world().follow_tokio_time();
    let plan = planned(&read(&simulator, fix).await, fix, replace);
    let world = simulator.world().clone();
    run_of(world, plan, run)
}

fn run_of(world: World, plan: Plan, run: &str) -> Lab {
    let mut lab = Lab::with(world, plans::world().1, plan);
    run.clone_into(&mut lab.header.run);
    lab.header.allowed.push("--shorten-retention".to_owned());
    lab
}

/// What stands before the run of a case: what is somebody's, and what an earlier run left.
async fn before(case: &Case) -> (World, Standing) {
    let (world, theirs) = stage::world(&case.stage);
    let mut standing = Standing {
        theirs,
        earlier: BTreeSet::new(),
    };
    let Some(earlier) = &case.earlier else {
        return (world, standing);
    };
    let first = lab(world, &earlier.fix, false, "run-0").await;
    standing.earlier = earlier::play(&first, earlier).await;
    let world = first.simulator.world().clone();
    (world, standing)
}

async fn holds(case: Case) {
    let (world, standing) = before(&case).await;
    let straight = lab(world, &case.fix, case.replace, "run-1").await;
    let died = run_of(
        straight.simulator.world().clone(),
        straight.header.plan.clone(),
        "run-1",
    );
    let before = straight.inventory().await;
    let applied = match straight.apply().await {
        Ok(applied) => applied,
        // What an earlier run left, and somebody changed since, may stand in the way: then nothing is done.
        Err(ExecuteError::Preflight(obstacles)) if case.earlier.is_some() => {
            assert_eq!(straight.trace.lines(), [], "{obstacles:#?}");
            return;
        }
        Err(error) => panic!("{error:#?}"),
    };
    let is_done = is_done(&applied);
    straight.trace.assert_in_order();
    let (after, writes, appends) = (
        straight.inventory().await,
        straight.trace.writes(),
        straight.trace.events().len(),
    );
    // Twice is once.
    assert_eq!(self::is_done(&straight.apply().await.unwrap()), is_done);
    assert_eq!(straight.trace.writes(), writes, "{applied:#?}");
    if is_done {
        keeps_its_promises(&straight, &case).await;
    }
    // A run that dies ends as one that did not.
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
    assert_eq!(self::is_done(&died.apply().await.unwrap()), is_done);
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
        assert_only_its_own_is_touched(lab, &[CENTRAL], &standing);
    }
    if everything_came_back(&rolled, &case) {
        assert_same(&died.inventory().await, &before, "taken back");
    }
}

/// Whether every step was done. Where a VPC is not in use, an old flow log waits for records of the new one that do not come.
fn is_done(applied: &Applied) -> bool {
    let not_done = Lab::not_done(applied);
    let waits = |it: &String| it.contains("there is no network interface, so no record will come");
    assert!(not_done.iter().all(waits), "{not_done:#?}");
    assert_eq!(applied.complete, not_done.is_empty());
    not_done.is_empty()
}

/// Whether nothing was left that is not as it was.
fn everything_came_back(rolled: &RolledBack, case: &Case) -> bool {
    let mut is_whole = true;
    for step in &rolled.steps {
        match &step.end {
            TakenBackEnd::TakenBack => {}
            TakenBackEnd::Left(why)
                if case.earlier.is_some() && why.contains("was there before this run") => {}
            TakenBackEnd::Left(why) => {
                let things = &case.stage.things;
                let is_lost = things
                    .iter()
                    .any(|it| it.before.is_lost_with_its_flow_log())
                    || case
                        .earlier
                        .as_ref()
                        .is_some_and(|it| !it.damages.is_empty());
                let is_said = why.contains("AWS does not make it again");
                assert!(case.replace && is_lost && is_said, "{}: {why}", step.step);
                is_whole = false;
            }
            other => panic!("{}: {other:?}", step.step),
        }
    }
    is_whole
}

/// Runs where time passes only when everything waits.
fn paused(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future);
}

/// No law says much of what never happens.
#[test]
fn random_cases_have_something_of_everything() {
    let mut runner = TestRunner::deterministic();
    let mut found = BTreeSet::new();
    for _ in 0..300 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        paused(async {
            let (world, _) = before(&case).await;
            let lab = lab(world, &case.fix, case.replace, "run-1").await;
            // Something of an earlier run may stand in its way.
            if lab.apply().await.is_ok() {
                found.extend(found::found(&lab));
            }
        });
    }
    assert_eq!(found, found::EVERYTHING.map(str::to_owned).into());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases_to_run()))]

    #[test]
    fn every_run_is_idempotent_resumable_and_can_be_taken_back(case in cases()) {
        paused(holds(case));
    }
}

/// A small set where nothing else is asked for.
fn cases_to_run() -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|it| it.parse().ok()).unwrap_or(24)
}
