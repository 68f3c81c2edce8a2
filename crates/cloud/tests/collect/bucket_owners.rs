//! Who is asked whether a bucket is his.

use flowcover_cloud::simulator::{Matching, World, policies};
use flowcover_core::inventory::{FlowLog, LogDestinationType};

use super::*;

const REGION: &str = "us-east-1";
const ROLE: &str = "OrganizationAccountAccessRole";

fn id(number: usize) -> String {
    format!("{:012}", 100_000_000_001 + number)
}

/// So many accounts, each with one VPC that delivers to these buckets. The last one owns the central ones.
fn delivering_to(accounts: usize, buckets: impl Fn(usize) -> Vec<String>) -> Arc<Simulator> {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &[REGION]);
    for number in 0..accounts {
        world.add_account(&id(number), "one");
        world
            .create_role(&id(number), ROLE, &policies::trust_account(&id(0)))
            .unwrap();
    }
    for number in 0..accounts {
        for bucket in buckets(number) {
            let owner = if bucket.starts_with("central") {
                accounts - 1
            } else {
                number
            };
            world.create_bucket(&id(owner), REGION, &bucket);
            if owner == number && bucket.starts_with("central") {
                continue;
            }
            let vpc_id = world.add_vpc(&id(number), REGION, "main");
            let flow_log = FlowLog {
                resource_id: Some(vpc_id),
                log_destination_type: Some(LogDestinationType::S3),
                log_destination: Some(format!("arn:aws:s3:::{bucket}")),
                ..FlowLog::default()
            };
            world.put_flow_log(&id(number), REGION, flow_log);
        }
    }
    world.make_organization("o-exampleorgid", &id(0));
    Arc::new(Simulator::new(world))
}

async fn read(simulator: &Arc<Simulator>) -> Inventory {
    let options = options(simulator, everything(), Depth::Full);
    run(simulator, &options).await
}

#[tokio::test(start_paused = true)]
async fn buckets_that_nobody_may_read_are_not_asked_for_everywhere() {
    let accounts = 60;
    let simulator = delivering_to(accounts, |number| vec![format!("own-{number}")]);
    let denied = Matching::action("s3:GetBucketPolicy");
    simulator.world().faults.deny(denied);
    let inventory = read(&simulator).await;
    assert_eq!(inventory.buckets.len(), accounts);
    let calls = inventory.calls["s3:GetBucketPolicy"];
    assert!(calls <= 60 + 200, "{calls}");
    let refused = inventory.gaps.iter();
    let refused = refused.filter(|gap| gap.action == "s3:GetBucketPolicy");
    assert_eq!(refused.count(), accounts, "each is a gap");
}

#[tokio::test(start_paused = true)]
async fn the_owner_of_one_central_bucket_is_asked_first_about_the_next() {
    let accounts = 60;
    let central = |_| (0..5).map(|number| format!("central-{number}")).collect();
    let simulator = delivering_to(accounts, central);
    let inventory = read(&simulator).await;
    let owner = id(accounts - 1);
    for bucket in inventory.buckets.values() {
        let found = bucket.present().unwrap().owner_account_id.as_deref();
        assert_eq!(found, Some(owner.as_str()));
    }
    assert_eq!(inventory.buckets.len(), 5);
    let calls = inventory.calls["s3:GetBucketPolicy"];
    // The user of each, one search through all, and one call for each of the others.
    assert!(calls <= 5 + 60 + 4, "{calls}");
    assert_eq!(gaps(&inventory), [""; 0]);
}
