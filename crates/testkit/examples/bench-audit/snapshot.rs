//! A large inventory with every common state of a VPC in it.

use flowcover_core::inventory::{
    Account, AccountAccess, AccountStatus, Bucket, BucketEncryption, DeliverLogsStatus, Depth,
    ExpirationRule, Fact, FlowLog, Inventory, Listing, LogDestinationType, LogGroup, NamedPolicy,
    NetworkInterface, PublicAccessBlock, Region, RegionStatus, Role, TrafficType, Vpc,
};
use jiff::Timestamp;

const ACCOUNTS: u64 = 100;
const REGIONS: u64 = 20;
const VPCS: u64 = 50;
/// VPCs after which the states come again.
const CYCLE: u64 = 20;

const BUCKET: &str = "central-flow-logs";
const LOG_ACCOUNT: &str = "100000000000";

/// The verdicts that a report on the inventory must come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) vpcs: u64,
    pub(crate) recorded: u64,
    pub(crate) not_recorded: u64,
}

/// The state of a VPC, by its place in the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    ToLogGroup,
    ToBucket,
    NoFlowLog,
    Unused,
    Failing,
    RoleNotAssumable,
    AcceptOnly,
}

impl State {
    const fn of(number: u64) -> Self {
        match number % CYCLE {
            0..=9 => Self::ToLogGroup,
            10..=14 => Self::ToBucket,
            15 => Self::NoFlowLog,
            16 => Self::Unused,
            17 => Self::Failing,
            18 => Self::RoleNotAssumable,
            _ => Self::AcceptOnly,
        }
    }

    const fn is_recorded(self) -> bool {
        matches!(self, Self::ToLogGroup | Self::ToBucket)
    }

    const fn has_flow_log(self) -> bool {
        !matches!(self, Self::NoFlowLog | Self::Unused)
    }
}

/// 100,000 VPCs of 100 accounts, as collected at full depth: three of four are recorded.
pub(crate) fn large() -> (Inventory, Expected) {
    let mut inventory =
        Inventory::empty(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(490_000));
    let mut expected = Expected::default();
    inventory.depth = Depth::Full;
    inventory
        .buckets
        .insert(BUCKET.to_owned(), Fact::Present(bucket()));
    for account in 0..ACCOUNTS {
        let account_id = format!("1{account:011}");
        for (name, service) in [("deliver", "vpc-flow-logs"), ("broken", "ec2")] {
            let role = role(&account_id, name, service);
            inventory
                .roles
                .insert(role.arn.clone(), Fact::Present(role));
        }
        for region in 0..REGIONS {
            add_region(
                &mut inventory,
                &mut expected,
                &account_id,
                account * REGIONS + region,
            );
        }
        inventory.accounts.push(self::account(account_id));
    }
    inventory.sort();
    (inventory, expected)
}

fn account(account_id: String) -> Account {
    Account {
        name: Some(format!("workload {account_id}")),
        account_id,
        status: AccountStatus::Active,
        access: AccountAccess::Reached,
        is_management: false,
        organizational_units: Vec::new(),
        protection: None,
    }
}

/// `number` is another one for every region of every account.
fn add_region(inventory: &mut Inventory, expected: &mut Expected, account_id: &str, number: u64) {
    let name = format!("eu-north-{}", number % REGIONS);
    let mut region = Region::new(account_id, &name, RegionStatus::Collected);
    region.vpcs = Listing::complete(Vec::new());
    region.flow_logs = Listing::complete(Vec::new());
    region.network_interfaces = Listing::complete(Vec::new());
    region.transit_gateways = Listing::complete(Vec::new());
    for index in 0..VPCS {
        let state = State::of(index);
        let id = format!("{number:08x}{index:09x}");
        region.vpcs.items.push(vpc(account_id, &id));
        if state.has_flow_log() {
            region
                .flow_logs
                .items
                .push(flow_log(account_id, &id, state));
        }
        if state != State::Unused && !state.is_recorded() {
            region
                .network_interfaces
                .items
                .push(interface(account_id, &id));
        }
        if state.has_flow_log() && state != State::ToBucket {
            let group = log_group(account_id, &name, &id);
            inventory
                .log_groups
                .insert(group.arn.clone(), Fact::Present(group));
        }
        expected.vpcs += 1;
        expected.recorded += u64::from(state.is_recorded());
        expected.not_recorded += u64::from(!state.is_recorded());
    }
    inventory.regions.push(region);
}

fn vpc(account_id: &str, id: &str) -> Vpc {
    let tags = [
        ("Name", format!("workload-{id}")),
        ("cost-centre", "4711".to_owned()),
    ];
    Vpc {
        vpc_id: format!("vpc-{id}"),
        owner_id: Some(account_id.to_owned()),
        is_default: Some(false),
        cidr_block: Some("10.0.0.0/16".to_owned()),
        tags: tags.map(|(key, value)| (key.to_owned(), value)).into(),
    }
}

fn group_name(id: &str) -> String {
    format!("/flow-logs/vpc-{id}")
}

fn flow_log(account_id: &str, id: &str, state: State) -> FlowLog {
    let common = FlowLog {
        flow_log_id: format!("fl-{id}"),
        resource_id: Some(format!("vpc-{id}")),
        traffic_type: Some(match state {
            State::AcceptOnly => TrafficType::Accept,
            _ => TrafficType::All,
        }),
        flow_log_status: Some("ACTIVE".to_owned()),
        deliver_logs_status: Some(match state {
            State::Failing => DeliverLogsStatus::Failed,
            _ => DeliverLogsStatus::Success,
        }),
        deliver_logs_error_message: (state == State::Failing).then(|| "Access error".to_owned()),
        max_aggregation_interval: Some(600),
        ..FlowLog::default()
    };
    if state == State::ToBucket {
        return FlowLog {
            log_destination_type: Some(LogDestinationType::S3),
            log_destination: Some(format!("arn:aws:s3:::{BUCKET}")),
            ..common
        };
    }
    let role = match state {
        State::RoleNotAssumable => "broken",
        _ => "deliver",
    };
    FlowLog {
        log_destination_type: Some(LogDestinationType::CloudWatchLogs),
        log_group_name: Some(group_name(id)),
        deliver_logs_permission_arn: Some(role_arn(account_id, role)),
        ..common
    }
}

fn interface(account_id: &str, id: &str) -> NetworkInterface {
    NetworkInterface {
        network_interface_id: format!("eni-{id}"),
        vpc_id: Some(format!("vpc-{id}")),
        subnet_id: Some(format!("subnet-{id}")),
        owner_id: Some(account_id.to_owned()),
        status: Some("in-use".to_owned()),
        interface_type: Some("interface".to_owned()),
        instance_id: Some(format!("i-{id}")),
        ..NetworkInterface::default()
    }
}

fn log_group(account_id: &str, region: &str, id: &str) -> LogGroup {
    let name = group_name(id);
    LogGroup {
        arn: format!("arn:aws:logs:{region}:{account_id}:log-group:{name}"),
        name,
        retention_in_days: Some(365),
        kms_key_id: None,
        stored_bytes: Some(1_000_000),
    }
}

fn role_arn(account_id: &str, name: &str) -> String {
    format!("arn:aws:iam::{account_id}:role/{name}")
}

fn role(account_id: &str, name: &str, service: &str) -> Role {
    let trust = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow",
        "Principal": {{"Service": "{service}.amazonaws.com"}}, "Action": "sts:AssumeRole",
        "Condition": {{"StringEquals": {{"aws:SourceAccount": "{account_id}"}}}}}}]}}"#
    );
    let permissions = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
        "logs:DescribeLogGroups", "logs:DescribeLogStreams"], "Resource": "*"}]}"#;
    let inline = NamedPolicy {
        name: "deliver".to_owned(),
        document: Fact::Present(permissions.to_owned()),
    };
    Role {
        arn: role_arn(account_id, name),
        trust_policy: Fact::Present(trust),
        inline_policies: Listing::complete(vec![inline]),
        attached_policies: Listing::complete(Vec::new()),
        permissions_boundary: Fact::Absent,
        tags: [].into(),
    }
}

fn bucket() -> Bucket {
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [
        {{"Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}},
          "Action": "s3:PutObject", "Resource": "arn:aws:s3:::{BUCKET}/*"}},
        {{"Effect": "Allow", "Principal": {{"Service": "delivery.logs.amazonaws.com"}},
          "Action": ["s3:GetBucketAcl", "s3:ListBucket"], "Resource": "arn:aws:s3:::{BUCKET}"}}]}}"#
    );
    Bucket {
        name: BUCKET.to_owned(),
        owner_account_id: Some(LOG_ACCOUNT.to_owned()),
        region: Some("eu-north-1".to_owned()),
        policy: Fact::Present(policy),
        public: Fact::Present(false),
        public_access_block: Fact::Present(PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }),
        encryption: Fact::Present(BucketEncryption {
            algorithm: "AES256".to_owned(),
            kms_key: None,
        }),
        expiration: Fact::Present(vec![ExpirationRule {
            prefix: String::new(),
            filtered: false,
            days: 365,
        }]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inventory_is_as_large_as_it_says_and_is_the_same_each_time() {
        let (inventory, expected) = large();
        let vpcs = inventory
            .regions
            .iter()
            .map(|region| region.vpcs.items.len());
        assert_eq!(vpcs.sum::<usize>(), 100_000);
        assert_eq!(expected.vpcs, 100_000);
        assert_eq!(expected.recorded + expected.not_recorded, 100_000);
        assert_eq!(inventory, large().0);
    }
}
