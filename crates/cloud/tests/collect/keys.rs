//! Keys, named as buckets name them.

use flowcover_cloud::simulator::{World, policies};
use flowcover_cloud::{Entry, FlowLogRequest};
use flowcover_core::inventory::Fact;
use flowcover_core::policy::Policy;
use flowcover_core::{Verdict, assess};

use super::*;

const ACCOUNTS: [&str; 2] = ["100000000001", "100000000002"];
const REGION: &str = "eu-west-1";
const SERVES: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}"#;

/// Two accounts, each with a bucket of its own that names its key `alias/flow-logs`. Only that of the
/// first serves the delivery service.
fn same_alias_twice() -> Arc<Simulator> {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["us-east-1", REGION]);
    for (account_id, policy) in ACCOUNTS.iter().zip([SERVES, r#"{"Statement":[]}"#]) {
        world.add_account(account_id, "one");
        world.add_profile(account_id, account_id);
        let bucket = format!("logs-of-{account_id}");
        world.create_bucket(account_id, REGION, &bucket);
        world
            .put_bucket_policy(&bucket, &policies::bucket_for_account(&bucket, account_id))
            .unwrap();
        let key = world.create_key(account_id, REGION, policy).unwrap();
        world.create_alias(&key, "alias/flow-logs");
        let vpc_id = world.add_workload_vpc(account_id, REGION, "web");
        let request = FlowLogRequest {
            resource_ids: vec![vpc_id],
            resource_type: "VPC".to_owned(),
            traffic_type: Some("ALL".to_owned()),
            log_destination_type: Some("s3".to_owned()),
            log_destination: Some(format!("arn:aws:s3:::{bucket}")),
            ..FlowLogRequest::default()
        };
        world
            .create_flow_logs(account_id, REGION, &request)
            .unwrap();
        // Encrypted later: AWS refuses to create a flow log that cannot deliver from the start.
        world.encrypt_bucket(&bucket, "alias/flow-logs");
    }
    Arc::new(Simulator::new(world))
}

#[tokio::test(start_paused = true)]
async fn two_accounts_with_the_same_alias_have_a_key_each() {
    let simulator = same_alias_twice();
    let options = CollectOptions {
        entries: ACCOUNTS.map(|it| Entry::Profile(it.to_owned())).to_vec(),
        ..options(&simulator, AccountSelection::Own, Depth::Full)
    };
    let inventory = run(&simulator, &options).await;
    let policies: Vec<_> = ACCOUNTS
        .iter()
        .map(|account_id| {
            let key =
                &inventory.keys[&format!("arn:aws:kms:{REGION}:{account_id}:alias/flow-logs")];
            key.present().unwrap().policy.clone()
        })
        .collect();
    assert_eq!(policies[0], Fact::Present(SERVES.to_owned()));
    assert_ne!(policies[1], policies[0]);
    let report = assess(&inventory, &Policy::default());
    let verdicts: Vec<_> = report
        .vpcs
        .iter()
        .filter(|vpc| vpc.region == REGION)
        .map(|vpc| (vpc.account_id.as_str(), vpc.verdict))
        .collect();
    let (first, second) = (ACCOUNTS[0], ACCOUNTS[1]);
    assert_eq!(
        verdicts,
        [(first, Verdict::Recorded), (second, Verdict::NotRecorded)]
    );
}
