//! Profiles of several partitions and organisations in one run.

use flowcover_cloud::simulator::{World, scenario};
use flowcover_cloud::{Answer, Cloud, CloudError, Entry, ErrorKind, Request, Scope};
use flowcover_core::inventory::{FlowLog, LogDestinationType};
use flowcover_core::partition;
use futures::future::BoxFuture;

use super::*;

const COMMERCIAL: &str = "100000000001";
const CHINA: &str = "100000000002";

/// Two partitions that know nothing of each other. Profiles are named for theirs.
struct Partitions(Arc<Simulator>);

impl Cloud for Partitions {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>> {
        Box::pin(async move {
            let there = partition::of_region(&scope.region);
            if *scope.entry != Entry::Profile(there.to_owned()) {
                let unknown = CloudError::answered("InvalidClientTokenId", 403, "unknown keys");
                assert_eq!(unknown.kind, ErrorKind::Credentials);
                return Err(unknown);
            }
            let mut answer = self.0.call(scope, request).await?;
            match &mut answer {
                Answer::GetCallerIdentity(it) => {
                    it.arn = it.arn.replace("arn:aws:", &format!("arn:{there}:"))
                }
                Answer::DescribeRegions(it) => {
                    it.retain(|it| partition::of_region(&it.name) == there)
                }
                _ => {}
            }
            Ok(answer)
        })
    }
}

fn two_partitions() -> Arc<Simulator> {
    let regions = ["us-east-1", "cn-north-1", "cn-northwest-1"];
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &regions);
    for (account_id, profile, region) in [
        (COMMERCIAL, "aws", "us-east-1"),
        (CHINA, "aws-cn", "cn-northwest-1"),
    ] {
        world.add_account(account_id, "one");
        world.add_profile(profile, account_id);
        let vpc_id = world.add_vpc(account_id, region, "main");
        world.create_log_group(account_id, region, "/vpc", Some(365));
        let flow_log = FlowLog {
            resource_id: Some(vpc_id),
            log_destination_type: Some(LogDestinationType::CloudWatchLogs),
            log_group_name: Some("/vpc".to_owned()),
            ..FlowLog::default()
        };
        world.put_flow_log(account_id, region, flow_log);
    }
    Arc::new(Simulator::new(world))
}

#[tokio::test(start_paused = true)]
async fn profiles_of_two_partitions_are_read_each_in_its_own() {
    for profiles in [["aws", "aws-cn"], ["aws-cn", "aws"]] {
        let simulator = two_partitions();
        let china_first = profiles[0] == "aws-cn";
        let options = CollectOptions {
            entries: profiles.map(|it| Entry::Profile(it.to_owned())).to_vec(),
            home_region: if china_first {
                "cn-northwest-1"
            } else {
                "us-east-1"
            }
            .to_owned(),
            profile_regions: [("aws", "us-east-1"), ("aws-cn", "cn-northwest-1")]
                .map(|(profile, region)| (profile.to_owned(), region.to_owned()))
                .into(),
            ..options(&simulator, AccountSelection::Own, Depth::Full)
        };
        let cloud = Partitions(Arc::clone(&simulator));
        let limited = Limited::new(Arc::new(cloud), Limits::default());
        let inventory = collect(&limited, &options, &Quiet).await;
        assert_eq!(gaps(&inventory), [""; 0]);
        assert_eq!(
            statuses(&inventory),
            [
                ("us-east-1", RegionStatus::Collected),
                ("cn-north-1", RegionStatus::Collected),
                ("cn-northwest-1", RegionStatus::Collected)
            ]
        );
        assert_eq!(inventory.partition, profiles[0]);
        let groups: Vec<_> = inventory.log_groups.keys().map(String::as_str).collect();
        let expected = [
            "arn:aws-cn:logs:cn-northwest-1:100000000002:log-group:/vpc",
            "arn:aws:logs:us-east-1:100000000001:log-group:/vpc",
        ];
        assert_eq!(groups, expected);
        // Judging finds them by the same names.
        let report = flowcover_core::assess(&inventory, &flowcover_core::policy::Policy::default());
        for vpc in &report.vpcs {
            assert!(!vpc.reason.contains("was not read"), "{}", vpc.reason);
        }
    }
}

/// Two organisations, each behind a profile that is named for its management account.
struct Organizations([Arc<Simulator>; 2]);

impl Cloud for Organizations {
    fn call<'a>(
        &'a self,
        scope: &'a Scope,
        request: Request,
    ) -> BoxFuture<'a, Result<Answer, CloudError>> {
        let second = *scope.entry == Entry::Profile("200000000001".to_owned());
        self.0[usize::from(second)].call(scope, request)
    }
}

fn organization(id: &str, account_id: &str, unit: &str) -> Arc<Simulator> {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["us-east-1"]);
    world.add_account(account_id, "management");
    world.add_profile(account_id, account_id);
    let root = world.make_organization(id, account_id);
    world.add_unit(&root, unit, &[account_id]);
    Arc::new(Simulator::new(world))
}

#[tokio::test(start_paused = true)]
async fn the_units_of_two_organizations_are_both_known() {
    let first = organization("o-first", COMMERCIAL, "Prod");
    let second = organization("o-second", "200000000001", "Data");
    let options = CollectOptions {
        entries: vec![
            Entry::Profile(COMMERCIAL.to_owned()),
            Entry::Profile("200000000001".to_owned()),
        ],
        ..options(&first, everything(), Depth::Full)
    };
    let cloud = Organizations([first, second]);
    let limited = Limited::new(Arc::new(cloud), Limits::default());
    let inventory = collect(&limited, &options, &Quiet).await;
    assert_eq!(gaps(&inventory), [""; 0]);
    let known = inventory.organization.unwrap();
    assert_eq!(known.id, "o-first");
    let names: Vec<_> = known.units.iter().map(|unit| unit.name.as_str()).collect();
    assert!(
        names.contains(&"Prod") && names.contains(&"Data"),
        "{names:?}"
    );
    assert!(
        inventory
            .accounts
            .iter()
            .all(|account| account.is_management)
    );
}

#[tokio::test(start_paused = true)]
async fn one_organization_behind_two_profiles_is_asked_for_policies_once() {
    let simulator = Arc::new(scenario::organization(2, 1, 1));
    simulator.world().add_profile("same", COMMERCIAL);
    let once = run(&simulator, &options(&simulator, everything(), Depth::Full)).await;
    let simulator = Arc::new(scenario::organization(2, 1, 1));
    simulator.world().add_profile("same", COMMERCIAL);
    let twice = CollectOptions {
        entries: vec![Entry::Caller, Entry::Profile("same".to_owned())],
        ..options(&simulator, everything(), Depth::Full)
    };
    let twice = run(&simulator, &twice).await;
    assert_eq!(twice.organization, once.organization);
    let action = "organizations:ListPoliciesForTarget";
    assert_eq!(twice.calls[action], once.calls[action]);
}
