//! What a run makes of a log group that an earlier one left: nothing that costs records.

use flowcover_cloud::Call;
use flowcover_cloud::execute::RollbackOptions;
use flowcover_core::journal::Event;
use flowcover_core::plan::{PLAN_TAG, RUN_TAG, STEP_TAG, step_id, tag_value};

use super::lab::{Lab, RUN};
use super::left_over::{group, left, left_and_changed, role};
use super::plans::{EAST, WEB};
use super::sameness::assert_same;

const RECORDS_TOO: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

const RECORDS_STAY: RollbackOptions = RollbackOptions {
    delete_records: false,
    dry_run: false,
};

/// A group that an earlier run left with another retention and another key: what a run says of it, and makes of it.
async fn kept_group(retention: Option<u32>, key: Option<&str>, says: &str) -> Lab {
    let lab = left_and_changed().await;
    let group = group(&lab.ids);
    {
        let mut world = lab.simulator.world();
        world.create_log_group(WEB, EAST, &group, retention);
        let step = step_id(WEB, Some(EAST), "log-group", &group);
        let tags = [
            (RUN_TAG, RUN),
            (PLAN_TAG, "0123456789abcdef"),
            (STEP_TAG, &tag_value(&step)),
        ];
        for (key, value) in tags {
            world.tag_log_group(WEB, EAST, &group, key, value);
        }
        if let Some(key) = key {
            world.encrypt_log_group(WEB, EAST, &group, key);
        }
    }
    let before = lab.inventory().await;
    let applied = lab.done().await;
    let role = role(&lab.ids);
    let expected = [
        format!(
            "log group {group} is there already, one that run run-1 of flowcover made: it is gone on with{says}"
        ),
        format!(
            "role {role} is there already, one that run run-1 of flowcover made: it is gone on with; its policies become those of the plan"
        ),
    ];
    let mut adopted = applied.adopted;
    adopted.sort();
    assert_eq!(adopted, expected);
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert_eq!(left(&rolled).len(), 2, "{:?}", left(&rolled));
    assert_same(&lab.inventory().await, &before, "taken back");
    lab
}

/// Whether a run made a call that sets something of a group which was there.
fn sets_group(lab: &Lab) -> Vec<&'static str> {
    let name = group(&lab.ids);
    let calls = lab
        .trace
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Intent { call, .. } => Some(*call),
            _ => None,
        });
    let sets = calls.filter_map(|call| match &call {
        Call::PutRetentionPolicy(it) if it.log_group_name == name => Some(call.name()),
        Call::DeleteRetentionPolicy(it) if it.log_group_name == name => Some(call.name()),
        Call::AssociateKmsKey(it) if it.log_group_name == name => Some(call.name()),
        Call::DisassociateKmsKey(it) if it.log_group_name == name => Some(call.name()),
        _ => None,
    });
    sets.collect()
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_there_keeps_its_records_and_its_key() {
    let longer = "; its retention is kept: 400 days (the plan has 365 days), for to shorten it would delete records";
    let lab = kept_group(Some(400), None, longer).await;
    assert_eq!(sets_group(&lab), [""; 0]);
    let for_ever = "; its retention is kept: never to expire (the plan has 365 days), for to shorten it would delete records";
    let lab = kept_group(None, None, for_ever).await;
    assert_eq!(sets_group(&lab), [""; 0]);
    let key = "arn:aws:kms:us-east-1:1:key/a";
    let other_key = format!("; its KMS key is kept: {key} (the plan has none)");
    let lab = kept_group(Some(365), Some(key), &other_key).await;
    assert_eq!(sets_group(&lab), [""; 0]);
    let shorter = "; records are kept for 365 days instead of 7";
    let lab = kept_group(Some(7), None, shorter).await;
    assert_eq!(sets_group(&lab), ["PutRetentionPolicy"; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_retention_is_shortened_again_only_where_records_may_be_deleted() {
    let lab = left_and_changed().await;
    lab.done().await;
    let rolled = lab.rollback(RECORDS_STAY).await;
    let left = left(&rolled);
    let why = "its retention is kept: 365 days, for without --delete-records it is not shortened to 7 days";
    assert!(left.iter().any(|it| it.contains(why)), "{left:#?}");
    assert_eq!(sets_group(&lab), ["PutRetentionPolicy"]);
}
