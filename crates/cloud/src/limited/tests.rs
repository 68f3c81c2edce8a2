use crate::simulator::{Simulator, World};
use crate::{
    DescribeVpcs, Entry, GetBucketPolicy, GetRole, ListObjects, ListRoots, Operation, ask,
};

use super::*;

const ACCOUNT: &str = "111122223333";

/// Seconds that 20 calls in each of two regions take, at one call a second after a burst of 20.
async fn seconds_for<O: Operation + Clone>(operation: O) -> u64 {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["eu-west-1", "us-east-1"]);
    world.add_account(ACCOUNT, "one");
    let limits = Limits {
        calls_per_second: 1.0,
        ..Limits::default()
    };
    let limited = Limited::new(Arc::new(Simulator::new(world)), limits);
    let began = Instant::now();
    for region in ["eu-west-1", "us-east-1"] {
        let scope = Scope::new(Entry::Caller, ACCOUNT, region);
        for _ in 0..20 {
            // A refusal is an answer too, and takes its token.
            let _ = ask(&limited, &scope, operation.clone()).await;
        }
    }
    assert_eq!(limited.counters().total(), 40);
    began.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn the_regions_of_a_global_service_share_one_pace() {
    let role_name = "any".to_owned();
    assert_eq!(seconds_for(GetRole { role_name }).await, 20);
    let bucket = "any".to_owned();
    assert_eq!(seconds_for(GetBucketPolicy { bucket }).await, 20);
    assert_eq!(seconds_for(ListRoots::default()).await, 20);
    assert_eq!(seconds_for(DescribeVpcs::default()).await, 0);
    // Objects are listed where the bucket lies.
    assert_eq!(seconds_for(ListObjects::default()).await, 0);
}
