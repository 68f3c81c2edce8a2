//! A plain organisation of any size: every VPC well recorded to its own log group.

use std::time::Duration;

use flowcover_core::inventory::{DeliverLogsStatus, FlowLog, LogDestinationType, TrafficType};
use jiff::Timestamp;

use super::super::{Matching, Simulator, World, policies};

/// Regions that are enabled by default in every account (AWS Regions, "Available Regions").
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Size of a plain organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Large {
    /// Accounts, the management account included.
    pub accounts: usize,
    /// Regions.
    pub regions: usize,
    /// VPCs in each region of each account.
    pub vpcs_per_region: usize,
    /// How long each call takes.
    pub latency: Duration,
}

/// An organisation of that size, without latency. Its accounts are entered through the role
/// `OrganizationAccountAccessRole`. Each VPC has one working flow log, and no subnets.
#[must_use]
pub fn organization(accounts: usize, regions: usize, vpcs_per_region: usize) -> Simulator {
    Large {
        accounts,
        regions,
        vpcs_per_region,
        latency: Duration::ZERO,
    }
    .build()
}

impl Large {
    /// Builds it.
    #[must_use]
    pub fn build(self) -> Simulator {
        let names = region_names(self.regions);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut world = World::new(Timestamp::UNIX_EPOCH, &names);
        let ids: Vec<String> = (0..self.accounts.max(1))
            .map(|number| format!("{:012}", 100_000_000_001 + number))
            .collect();
        for (number, id) in ids.iter().enumerate() {
            world.add_account(id, &format!("account-{number}"));
            world
                .create_role(
                    id,
                    "OrganizationAccountAccessRole",
                    &policies::trust_account(&ids[0]),
                )
                .expect(policies::WELL_FORMED);
            let trust = policies::trust_service("vpc-flow-logs.amazonaws.com", Some(id));
            world
                .create_role(id, "flow-logs", &trust)
                .expect(policies::WELL_FORMED);
            let groups = format!("arn:aws:logs:*:{id}:log-group:/vpc/*");
            let permissions = policies::deliver_to(&groups, true);
            world
                .put_role_policy(id, "flow-logs", "deliver", &permissions)
                .expect(policies::WELL_FORMED);
            for region in &names {
                self.fill(&mut world, id, region);
            }
        }
        world.make_organization("o-exampleorgid", &ids[0]);
        if !self.latency.is_zero() {
            world.faults.delay(Matching::every_call(), self.latency);
        }
        Simulator::new(world)
    }

    fn fill(self, world: &mut World, account_id: &str, region: &str) {
        for number in 0..self.vpcs_per_region {
            let vpc_id = world.add_vpc(account_id, region, &format!("vpc-{number}"));
            let group = format!("/vpc/{vpc_id}");
            world.create_log_group(account_id, region, &group, Some(365));
            let flow_log = FlowLog {
                resource_id: Some(vpc_id),
                traffic_type: Some(TrafficType::All),
                flow_log_status: Some("ACTIVE".to_owned()),
                deliver_logs_status: Some(DeliverLogsStatus::Success),
                deliver_logs_permission_arn: Some(format!(
                    "arn:aws:iam::{account_id}:role/flow-logs"
                )),
                log_destination_type: Some(LogDestinationType::CloudWatchLogs),
                log_destination: Some(format!(
                    "arn:aws:logs:{region}:{account_id}:log-group:{group}"
                )),
                log_group_name: Some(group),
                max_aggregation_interval: Some(600),
                creation_time: Some(world.now()),
                ..FlowLog::default()
            };
            world.put_flow_log(account_id, region, flow_log);
        }
    }
}

/// So many region names: the real ones, then made-up ones.
fn region_names(count: usize) -> Vec<String> {
    let mut names: Vec<String> = vec!["us-east-1".to_owned()];
    let real = REGIONS.iter().filter(|&&name| name != "us-east-1");
    names.extend(real.map(|&name| name.to_owned()));
    names.extend(
        (1..)
            .take(count.saturating_sub(names.len()))
            .map(|n| format!("xx-test-{n}")),
    );
    names.truncate(count.max(1));
    names
}
