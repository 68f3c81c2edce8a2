//! Throttling.

use std::time::Duration;

use flowcover_cloud::simulator::{Matching, TokenBucket};
use flowcover_cloud::{DescribeVpcs, GetRole};

use super::errors::codes;
use super::*;

#[tokio::test(start_paused = true)]
async fn throttling_has_the_code_of_the_service() {
    let lab = Lab::new();
    let empty = TokenBucket {
        capacity: 1.0,
        refill: 0.0,
        initial: 0.0,
    };
    lab.simulator
        .world()
        .faults
        .throttle(Matching::every_call(), empty);
    assert_eq!(
        codes(&lab).await,
        [
            "RequestLimitExceeded",
            "Throttling",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "ThrottlingException",
            "ThrottlingException",
            "TooManyRequestsException"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn ec2_has_a_token_bucket_per_action_account_and_region() {
    let lab = Lab::new();
    lab.simulator.world().faults.throttle_as_ec2();
    let scope = Scope::new(Entry::Caller, ACCOUNT, REGION);
    let burst = async |scope: &Scope| {
        let mut answered = 0;
        while ask(&lab.simulator, scope, DescribeVpcs::default())
            .await
            .is_ok()
        {
            answered += 1;
        }
        answered
    };
    // 100 tokens, refilled at 20 a second.
    assert_eq!(burst(&scope).await, 100);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(burst(&scope).await, 40);
    // Another action, another region, another account: a bucket of its own.
    assert!(lab.ask(DescribeFlowLogs::default()).await.is_ok());
    assert_eq!(burst(&scope.in_region("us-east-1")).await, 100);
    lab.simulator.world().add_profile("other", OTHER);
    let other = Scope::new(Entry::Profile("other".to_owned()), OTHER, REGION);
    assert_eq!(burst(&other).await, 100);
    // Calls that change something: 50, refilled at 5 a second.
    let deletions = async || {
        let mut deleted = 0;
        while lab.delete(&["fl-0"]).await.is_ok() {
            deleted += 1;
        }
        deleted
    };
    assert_eq!(deletions().await, 50);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(deletions().await, 10);
}

#[tokio::test(start_paused = true)]
async fn global_services_have_one_bucket_for_all_regions_of_an_account() {
    let lab = Lab::new();
    let two = TokenBucket {
        capacity: 2.0,
        refill: 0.0,
        initial: 2.0,
    };
    {
        let mut world = lab.simulator.world();
        world.add_profile("other", OTHER);
        world
            .create_role(OTHER, "deliver", &policies::trust_account(ACCOUNT))
            .unwrap();
        world.faults.throttle(Matching::every_call(), two);
    }
    let scope = Scope::new(Entry::Caller, ACCOUNT, REGION);
    let other = Scope::new(Entry::Profile("other".to_owned()), OTHER, REGION);
    let get_role = async |scope: &Scope| {
        let role_name = "deliver".to_owned();
        ask(&lab.simulator, scope, GetRole { role_name })
            .await
            .map_err(|error| error.code)
    };
    for _ in 0..2 {
        assert!(get_role(&scope).await.is_ok());
    }
    let elsewhere = scope.in_region("us-east-1");
    assert_eq!(get_role(&elsewhere).await, Err("Throttling".to_owned()));
    assert!(get_role(&other).await.is_ok());
}
