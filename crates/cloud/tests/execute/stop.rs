//! Runs that are stopped: what was begun is told apart from what was not.

use std::time::Duration;

use flowcover_cloud::Limited;
use flowcover_cloud::execute::{RollbackOptions, StepEnd, TakenBackEnd};
use flowcover_cloud::simulator::Matching;
use flowcover_core::plan::{Change, Step};

use super::lab::{Lab, both};

const RECORDS_TOO: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

/// Stops a run once it makes a call of that name, which takes a while.
async fn stop_at(lab: &Lab, cloud: &Limited, action: &str) {
    let slow = Duration::from_secs(5);
    lab.simulator
        .world()
        .faults
        .delay(Matching::action(action), slow);
    let name = action.split(':').next_back().unwrap();
    lab.until_called(name).await;
    cloud.stop().stop();
}

#[tokio::test(start_paused = true)]
async fn a_run_tells_what_was_begun_from_what_was_not() {
    let mut lab = Lab::new();
    // Its one call would be over when the stop comes, and the lane with it.
    let is_key = |step: &Step| matches!(step.change, Change::SetLogGroupKey { .. });
    lab.header.plan.steps.retain(|step| !is_key(step));
    let cloud = lab.limited();
    let (applied, ()) = both(
        lab.apply_on(&cloud, None),
        stop_at(&lab, &cloud, "logs:CreateLogGroup"),
    )
    .await;
    let applied = applied.unwrap();
    let events = lab.trace.events();
    for step in &applied.steps {
        let is_touched = events.iter().any(|it| it.step() == Some(&step.step));
        match &step.end {
            StepEnd::Done | StepEnd::Stopped => assert!(is_touched, "{step:?}"),
            StepEnd::NotStarted(why) => {
                assert!(!is_touched, "{step:?}");
                assert_eq!(why, "the run was stopped");
            }
            other => panic!("{}: {other:?}", step.step),
        }
    }
    let count = |is_it: fn(&StepEnd) -> bool| {
        let ends = applied.steps.iter().map(|step| &step.end);
        ends.filter(|end| is_it(end)).count()
    };
    assert!(count(|end| *end == StepEnd::Stopped) > 0, "{applied:#?}");
    assert!(count(|end| matches!(end, StepEnd::NotStarted(_))) > 0);
}

#[tokio::test(start_paused = true)]
async fn taking_back_tells_what_was_begun_from_what_was_not() {
    let lab = Lab::new();
    lab.done().await;
    let before = lab.trace.events().len();
    let cloud = lab.limited();
    let (rolled, ()) = both(
        lab.rollback_on(&cloud, RECORDS_TOO, None),
        stop_at(&lab, &cloud, "logs:DeleteLogGroup"),
    )
    .await;
    let rolled = rolled.unwrap();
    assert!(rolled.interrupted && !rolled.complete);
    let events = lab.trace.events().split_off(before);
    let mut not_begun = 0;
    for step in &rolled.steps {
        let is_touched = events.iter().any(|it| it.step() == Some(&step.step));
        match &step.end {
            TakenBackEnd::TakenBack | TakenBackEnd::Stopped => assert!(is_touched, "{step:?}"),
            TakenBackEnd::NotStarted => {
                assert!(!is_touched, "{step:?}");
                not_begun += 1;
            }
            other => panic!("{}: {other:?}", step.step),
        }
    }
    assert!(not_begun > 0, "{rolled:#?}");
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert!(rolled.complete, "{:#?}", rolled.steps);
}
