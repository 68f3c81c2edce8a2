//! A run that dies at any moment and is resumed ends as one that was not interrupted.

use flowcover_cloud::execute::{ExecuteError, RollbackOptions, TakenBackEnd};
use flowcover_core::journal::Event;
use serde_json::Value;

use super::lab::{Crash, Lab};
use super::sameness::assert_same;

const KEEPING: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

/// The end state of a run without interruption, its appends and its calls.
async fn uninterrupted() -> (Value, usize, usize) {
    let lab = Lab::new();
    lab.done().await;
    let appends = lab.trace.events().len();
    (lab.inventory().await, appends, lab.trace.writes())
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_at_any_append_ends_as_if_it_had_not() {
    let (expected, appends, writes) = uninterrupted().await;
    for at in 1..=appends {
        for durable in [false, true] {
            let lab = Lab::new();
            let crash = Crash { at, durable };
            let died = lab.apply_until(Some(crash)).await;
            assert!(
                matches!(died, Err(ExecuteError::Journal(_))),
                "{crash:?}: {died:?}"
            );
            let applied = lab.apply().await.unwrap();
            assert!(
                applied.complete,
                "{crash:?}: {:#?}",
                Lab::not_done(&applied)
            );
            assert_same(&lab.inventory().await, &expected, &format!("{crash:?}"));
            lab.trace.assert_in_order();
            // One call may be made again for each lane that was cut off.
            assert!(
                lab.trace.writes() <= writes + 6,
                "{crash:?}: {}",
                lab.trace.writes()
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_twice_ends_as_if_it_had_not() {
    let (expected, appends, _) = uninterrupted().await;
    for at in (1..=appends).step_by(3) {
        let lab = Lab::new();
        let durable = at % 2 == 0;
        lab.apply_until(Some(Crash { at, durable }))
            .await
            .unwrap_err();
        let again = Crash {
            at: 1 + at % 7,
            durable: !durable,
        };
        let died = lab.apply_until(Some(again)).await;
        let applied = match died {
            Ok(applied) => applied,
            Err(_) => lab.apply().await.unwrap(),
        };
        assert!(applied.complete, "{at}: {:#?}", Lab::not_done(&applied));
        assert_same(&lab.inventory().await, &expected, &format!("{at}"));
        lab.trace.assert_in_order();
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_run_made_that_died_is_taken_back() {
    let before = Lab::new().inventory().await;
    let (_, appends, _) = uninterrupted().await;
    for at in 1..=appends {
        for durable in [false, true] {
            let lab = Lab::new();
            lab.apply_until(Some(Crash { at, durable }))
                .await
                .unwrap_err();
            let rolled = lab.rollback(KEEPING).await;
            assert!(rolled.complete, "{at} {durable}: {:#?}", rolled.steps);
            assert_same(&lab.inventory().await, &before, &format!("{at} {durable}"));
            lab.trace.assert_in_order();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_dies_at_any_append_goes_on() {
    let before = Lab::new().inventory().await;
    let lab = Lab::new();
    lab.done().await;
    let applied = lab.trace.events().len();
    lab.rollback(KEEPING).await;
    let appends = lab.trace.events().len() - applied;
    for at in 1..=appends {
        for durable in [false, true] {
            let lab = Lab::new();
            lab.done().await;
            let died = lab
                .rollback_until(KEEPING, Some(Crash { at, durable }))
                .await;
            assert!(
                matches!(died, Err(ExecuteError::Journal(_))),
                "{at} {durable}"
            );
            let rolled = lab.rollback(KEEPING).await;
            assert!(rolled.complete, "{at} {durable}: {:#?}", rolled.steps);
            assert!(
                rolled
                    .steps
                    .iter()
                    .all(|it| it.end == TakenBackEnd::TakenBack)
            );
            assert_same(&lab.inventory().await, &before, &format!("{at} {durable}"));
            lab.trace.assert_in_order();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_back_cannot_go_on() {
    let lab = Lab::new();
    lab.done().await;
    lab.rollback(KEEPING).await;
    let writes = lab.trace.writes();
    assert_eq!(lab.apply().await, Err(ExecuteError::TakenBack));
    assert_eq!(lab.trace.writes(), writes);
    assert!(lab.trace.events().contains(&Event::RollbackBegun {
        delete_records: true
    }));
}
