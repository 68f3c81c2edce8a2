//! Taking back a bucket: whose records are deleted, and how.

use flowcover_cloud::execute::RollbackOptions;
use flowcover_cloud::simulator::World;
use flowcover_core::inventory::FlowLog;
use flowcover_core::journal::Event;

use super::lab::{Crash, Lab};
use super::plans::{EAST, OWN, WEB};
use super::rollback::left;
use super::sameness::assert_same;

const RECORDS_TOO: RollbackOptions = RollbackOptions {
    delete_records: true,
    dry_run: false,
};

/// Why the bucket of a run was left after something happened to it, once no new records come.
async fn bucket_left(change: impl FnOnce(&mut World, &Lab)) -> (Lab, String) {
    let lab = Lab::new();
    lab.done().await;
    change(&mut lab.simulator.world(), &lab);
    let keys = lab.simulator.world().object_keys(OWN);
    let rolled = lab.rollback(RECORDS_TOO).await;
    let left = left(&rolled);
    assert_eq!(left.len(), 1, "{left:#?}");
    assert!(left[0].contains(&format!("bucket/{OWN}")), "{left:#?}");
    assert_eq!(lab.simulator.world().object_keys(OWN), keys);
    (lab, left[0].clone())
}

#[tokio::test(start_paused = true)]
async fn records_of_others_are_never_deleted() {
    let theirs = "AWSLogs/333333333333/vpcflowlogs/eu-west-1/2026/03/02/333333333333_vpcflowlogs_eu-west-1_fl-0123456789abcdef0_20260302T0900Z_abcd1234.log.gz";
    let (_, why) = bucket_left(|world, _| world.put_object(OWN, theirs)).await;
    assert!(why.contains(theirs), "{why}");
    assert!(why.contains("which this run did not make"), "{why}");
    let (_, why) = bucket_left(|world, _| world.put_object(OWN, "notes.txt")).await;
    assert!(
        why.contains("notes.txt, which is no record of a flow log"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_others_deliver_to_is_left_although_it_is_empty() {
    let mut id = String::new();
    let (lab, why) = bucket_left(|world, lab| {
        // In another account of the plan, with no record yet.
        let flow_log = FlowLog {
            resource_id: Some(lab.ids.web_east.clone()),
            traffic_type: Some("ACCEPT".into()),
            log_destination_type: Some("s3".into()),
            log_destination: Some(format!("arn:aws:s3:::{OWN}/theirs")),
            ..FlowLog::default()
        };
        id = world.put_flow_log(WEB, EAST, flow_log);
    })
    .await;
    assert!(
        why.contains(&format!(
            "flow log {id} of account {WEB} in {EAST} delivers there"
        )),
        "{why}"
    );
    // It is gone: so is what stood in the way.
    lab.simulator
        .world()
        .delete_flow_logs(WEB, EAST, &[id])
        .unwrap();
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert!(rolled.complete, "{:?}", left(&rolled));
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_somebody_set_otherwise_is_left() {
    let (_, why) = bucket_left(|world, _| world.expire_objects(OWN, "", 1)).await;
    assert!(why.contains("the lifecycle of bucket"), "{why}");
}

/// A run that is done, with more records in its bucket than a page of three lists.
async fn with_records() -> Lab {
    let lab = Lab::new();
    lab.done().await;
    let mut world = lab.simulator.world();
    world.paging.set("s3:ListBucket", 3);
    let first = world.object_keys(OWN)[0].clone();
    for number in 0..7 {
        let (start, end) = first.rsplit_once('_').unwrap();
        let (_, extension) = end.split_once('.').unwrap();
        world.put_object(OWN, &format!("{start}_more{number}.{extension}"));
    }
    drop(world);
    lab
}

#[tokio::test(start_paused = true)]
async fn records_are_deleted_page_by_page_and_their_keys_are_not_journaled() {
    let lab = with_records().await;
    let keys = lab.simulator.world().object_keys(OWN);
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert!(rolled.complete, "{:?}", left(&rolled));
    lab.trace.assert_in_order();
    let batches = lab
        .trace
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::DeletingRecords {
                first_key, keys, ..
            } => Some((first_key, keys)),
            _ => None,
        });
    let batches: Vec<(String, usize)> = batches.collect();
    let firsts: Vec<&String> = batches.iter().map(|(first, _)| first).collect();
    assert_eq!(firsts, keys.iter().step_by(3).collect::<Vec<_>>());
    assert_eq!(
        batches.iter().map(|(_, keys)| keys).sum::<usize>(),
        keys.len()
    );
    let journal = format!("{:?}", lab.trace.events());
    let told = keys.iter().filter(|key| journal.contains(*key));
    assert!(told.count() < keys.len());
}

#[tokio::test(start_paused = true)]
async fn one_key_of_others_on_the_last_page_keeps_them_all() {
    let lab = with_records().await;
    lab.simulator.world().put_object(OWN, "zzz");
    let keys = lab.simulator.world().object_keys(OWN);
    let rolled = lab.rollback(RECORDS_TOO).await;
    assert_eq!(left(&rolled).len(), 1, "{:?}", left(&rolled));
    assert_eq!(lab.simulator.world().object_keys(OWN), keys);
}

#[tokio::test(start_paused = true)]
async fn deleting_records_may_die_at_any_append() {
    let before = Lab::new().inventory().await;
    let straight = with_records().await;
    let applied = straight.trace.events().len();
    straight.rollback(RECORDS_TOO).await;
    for at in 1..=straight.trace.events().len() - applied {
        for durable in [false, true] {
            let crash = Crash { at, durable };
            let lab = with_records().await;
            lab.rollback_until(RECORDS_TOO, Some(crash))
                .await
                .unwrap_err();
            let rolled = lab.rollback(RECORDS_TOO).await;
            assert!(rolled.complete, "{crash:?}: {:?}", left(&rolled));
            assert_same(&lab.inventory().await, &before, &format!("{crash:?}"));
            lab.trace.assert_in_order();
        }
    }
}
