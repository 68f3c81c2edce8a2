//! Log groups that are given a key, and given back the one that they had, or none.

use flowcover_cloud::execute::{RollbackOptions, StepEnd, TakenBackEnd};
use flowcover_cloud::simulator::World;
use flowcover_cloud::{DescribeLogGroups, Scope, ask};
use flowcover_core::plan::Plan;

use super::lab::{Crash, Lab};
use super::plans::{self, EAST, WEB, WITHOUT_KEY, mark_group, serving_key};
use super::rollback::left;
use super::sameness::assert_same;

const RECORDS_STAY: RollbackOptions = RollbackOptions {
    delete_records: false,
    dry_run: false,
};

const OTHER: &str = "/earlier-with-key";

/// A group without a key, and one whose key is replaced. The key that the latter has.
fn lab() -> (Lab, String) {
    let (mut world, ids) = plans::world();
    let old = serving_key(&mut world, WEB, EAST);
    world.create_log_group(WEB, EAST, OTHER, Some(365));
    world.encrypt_log_group(WEB, EAST, OTHER, &old);
    mark_group(&mut world, OTHER, "earlier");
    let mut plan: Plan = plans::empty();
    plans::set_key(&mut plan, WITHOUT_KEY, None, &ids.key);
    plans::set_key(&mut plan, OTHER, Some(&old), &ids.key);
    (Lab::with(world, ids, plan.named()), old)
}

/// The keys of the two groups.
async fn keys(lab: &Lab) -> [Option<String>; 2] {
    let entry = lab.header.plan.accounts[WEB].entry.clone();
    let scope = Scope::new(entry, WEB, EAST);
    let request = DescribeLogGroups {
        log_group_identifiers: vec![WITHOUT_KEY.to_owned(), OTHER.to_owned()],
        next_token: None,
    };
    let page = ask(&*lab.simulator, &scope, request).await.unwrap();
    [WITHOUT_KEY, OTHER].map(|name| {
        let mut groups = page.items.iter();
        let group = groups.find(|group| group.name == name).unwrap();
        group.kms_key_id.clone()
    })
}

fn change(lab: &Lab, change: impl FnOnce(&mut World)) {
    change(&mut lab.simulator.world());
}

#[tokio::test(start_paused = true)]
async fn keys_are_given_and_given_back() {
    let (lab, old) = lab();
    let before = lab.inventory().await;
    lab.done().await;
    lab.trace.assert_in_order();
    let new = Some(lab.ids.key.clone());
    assert_eq!(keys(&lab).await, [new.clone(), new]);
    assert_eq!(lab.trace.writes(), 2);
    lab.done().await;
    assert_eq!(lab.trace.writes(), 2, "twice is once");
    let rolled = lab.rollback(RECORDS_STAY).await;
    assert!(rolled.complete, "{:?}", left(&rolled));
    assert_eq!(keys(&lab).await, [None, Some(old)]);
    assert_same(&lab.inventory().await, &before, "taken back");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_gives_each_key_all_the_same_and_can_give_it_back() {
    let (straight, _) = lab();
    straight.done().await;
    let appends = straight.trace.events().len();
    for at in 1..=appends {
        for durable in [false, true] {
            let (lab, old) = lab();
            lab.apply_until(Some(Crash { at, durable }))
                .await
                .unwrap_err();
            lab.done().await;
            let new = Some(lab.ids.key.clone());
            assert_eq!(keys(&lab).await, [new.clone(), new], "{at} {durable}");
            let rolled = lab.rollback(RECORDS_STAY).await;
            assert!(rolled.complete, "{at} {durable}: {:?}", left(&rolled));
            assert_eq!(keys(&lab).await, [None, Some(old)], "{at} {durable}");
            lab.trace.assert_in_order();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_somebody_gave_since_is_left() {
    let (lab, old) = lab();
    lab.done().await;
    change(&lab, |world| {
        let theirs = serving_key(world, WEB, EAST);
        world.encrypt_log_group(WEB, EAST, WITHOUT_KEY, &theirs);
    });
    let [theirs, _] = keys(&lab).await;
    let rolled = lab.rollback(RECORDS_STAY).await;
    let left = left(&rolled);
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(
        left[0].contains("the KMS key of log group /earlier-without-key"),
        "{left:#?}"
    );
    assert_eq!(keys(&lab).await, [theirs, Some(old)]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_serves_no_group_is_refused_by_aws_and_the_other_stays() {
    let (lab, old) = lab();
    change(&lab, |world| {
        world.set_key_enabled(&lab.ids.key.clone(), false);
    });
    let applied = lab.apply().await.unwrap();
    assert!(!applied.complete);
    let refused = applied.steps.iter().filter(
        |step| matches!(&step.end, StepEnd::Failed(why) if why.contains("KMS key does not exist")),
    );
    assert!(refused.count() >= 1, "{:#?}", Lab::not_done(&applied));
    assert_eq!(keys(&lab).await, [None, Some(old)]);
    let rolled = lab.rollback(RECORDS_STAY).await;
    let ends = rolled.steps.iter();
    assert!(
        ends.clone().all(|step| step.end == TakenBackEnd::TakenBack),
        "{:?}",
        left(&rolled)
    );
}
