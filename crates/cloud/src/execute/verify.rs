//! Verifying: that flow logs deliver, and that records were seen from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use flowcover_core::inventory::Depth;
use flowcover_core::journal::{Header, StepState};
use flowcover_core::plan::{Plan, Step};
use tokio::time::Instant;

use super::enter::{self, Places};
use super::judge::{Delivery, Made, Verified, judge};
use super::options::{ExecuteOptions, Watcher};
use super::run::Run;
use crate::Limited;
use crate::collect::{CollectOptions, EnteredAccount, sight};

/// Records are looked for no further back than this.
const LONGEST_WINDOW: Duration = Duration::from_secs(48 * 3600);

/// The flow logs that a run made and has not taken back, by its journal.
#[must_use]
pub fn made_flow_logs(header: &Header, states: &BTreeMap<String, StepState>) -> Vec<Made> {
    let made = header.plan.steps.iter().filter_map(|step| {
        let ids = &states.get(&step.id)?.made()?.flow_log_ids;
        Some(of_step(step, ids))
    });
    made.flatten().collect()
}

fn of_step(step: &Step, ids: &[String]) -> Vec<Made> {
    let made = |id: &String| Made {
        account_id: step.account_id.clone(),
        region: step.region.clone().unwrap_or_default(),
        flow_log_id: id.clone(),
    };
    ids.iter().map(made).collect()
}

/// Waits until each of these flow logs of a plan's accounts delivers and a record of it was seen, or it is known that none will
/// come, or that its account cannot be entered, or the time of [`ExecuteOptions::delivery`] is over. What is missing then is said.
pub async fn verify(
    cloud: &Limited,
    plan: &Plan,
    flow_logs: &[Made],
    options: &ExecuteOptions,
    watcher: &dyn Watcher,
) -> Vec<Verified> {
    // All accounts of the plan: a central bucket is listed by its owner.
    let ids = plan.accounts.keys().map(String::as_str).collect();
    let places = enter::enter_accounts(cloud, plan, ids, options).await;
    watcher.stage("waiting for records");
    wait(cloud, &places, flow_logs, options, watcher).await
}

/// Waits until records were seen from the flow logs that a step made on these resources; from all of them, if it made none
/// there.
pub(super) async fn wait_for_records(
    run: &Run<'_>,
    maker: &Step,
    ids: &[String],
    resource_ids: &BTreeSet<&str>,
) -> Result<(), String> {
    if ids.is_empty() {
        let maker = &maker.id;
        return Err(format!(
            "{maker} made no flow log whose records can be waited for"
        ));
    }
    let mut flow_logs = of_step(maker, ids);
    let seen = look(
        run.cloud,
        &run.places,
        &flow_logs.iter().collect::<Vec<_>>(),
        run.options,
    )
    .await;
    let is_there = |it: &&Verified| {
        let on = it.resource_id.as_deref();
        on.is_some_and(|id| resource_ids.contains(id))
    };
    let there: Vec<Made> = seen
        .iter()
        .filter(is_there)
        .map(|it| it.flow_log.clone())
        .collect();
    if !there.is_empty() {
        flow_logs = there;
    }
    let verified = wait(run.cloud, &run.places, &flow_logs, run.options, run.watcher).await;
    // Nothing is given up for a flow log of which no record was seen, and none may ever be.
    let delivers =
        |it: &&Verified| matches!(it.delivery, Delivery::Records { .. } | Delivery::Reported);
    verified
        .iter()
        .find(|it| !delivers(it))
        .map_or(Ok(()), |it| {
            let id = &it.flow_log.flow_log_id;
            Err(format!(
                "the new flow log {id} does not deliver: {}",
                it.delivery
            ))
        })
}

async fn wait(
    cloud: &Limited,
    places: &Places,
    flow_logs: &[Made],
    options: &ExecuteOptions,
    watcher: &dyn Watcher,
) -> Vec<Verified> {
    let until = Instant::now() + options.delivery;
    let stop = cloud.stop();
    let mut settled = BTreeMap::<&Made, Verified>::new();
    // Accounts are entered once, before: no waiting opens one.
    let is_closed = |it: &Made| places.home(&it.account_id).is_err();
    for made in flow_logs {
        if let Err(why) = places.home(&made.account_id) {
            settled.insert(
                made,
                Verified {
                    flow_log: made.clone(),
                    resource_id: None,
                    delivery: Delivery::Unknown(why),
                },
            );
        }
    }
    loop {
        let is_good =
            |it: &Made| settled.get(it).is_some_and(|it| it.delivery.is_good()) || is_closed(it);
        let open: Vec<&Made> = flow_logs.iter().filter(|it| !is_good(it)).collect();
        for verified in look(cloud, places, &open, options).await {
            if let Some(made) = flow_logs.iter().find(|it| **it == verified.flow_log) {
                settled.insert(made, verified);
            }
        }
        let good = settled
            .values()
            .filter(|it| is_settled(&it.delivery) || is_closed(&it.flow_log))
            .count();
        watcher.verified(good, flow_logs.len());
        let over = Instant::now() + options.poll > until || stop.is_stopped();
        if over || good >= settled.len() {
            return flow_logs
                .iter()
                .filter_map(|it| settled.get(it).cloned())
                .collect();
        }
        tokio::select! {
            () = tokio::time::sleep(options.poll) => {}
            () = stop.stopped() => {}
        }
    }
}

/// Whether waiting changes nothing: what AWS reports as failing may be mended by itself, as where a role has not spread.
const fn is_settled(delivery: &Delivery) -> bool {
    delivery.is_good() || matches!(delivery, Delivery::Gone)
}

/// One look at all of them.
async fn look(
    cloud: &Limited,
    places: &Places,
    flow_logs: &[&Made],
    options: &ExecuteOptions,
) -> Vec<Verified> {
    let wanted: BTreeSet<(String, String)> = flow_logs
        .iter()
        .map(|it| (it.account_id.clone(), it.region.clone()))
        .collect();
    let mut collect = CollectOptions::new(Arc::clone(&options.clock));
    collect.home_region.clone_from(&options.home_region);
    collect.depth = Depth::Delivery;
    collect.prove_window = Some(LONGEST_WINDOW);
    collect.places_at_once = options.steps_at_once;
    let seen = sight(cloud, entered(places), wanted, LONGEST_WINDOW, &collect).await;
    flow_logs
        .iter()
        .map(|made| judge(places, &seen, made))
        .collect()
}

fn entered(places: &Places) -> Vec<EnteredAccount> {
    let accounts = places.0.iter().filter_map(|(account_id, home)| {
        let home = home.as_ref().ok()?;
        Some(EnteredAccount {
            account_id: account_id.clone(),
            partition: home.arn.split(':').nth(1).unwrap_or("aws").to_owned(),
            audited: true,
            home: home.scope.clone(),
        })
    });
    accounts.collect()
}
