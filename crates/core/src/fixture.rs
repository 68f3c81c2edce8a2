//! Inventories for tests: everything is good until a test says otherwise.

use jiff::Timestamp;

use crate::finding::Finding;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::{Exemption, Policy, Selector};
use crate::report::{Report, VpcReport};

pub(crate) const ACCOUNT: &str = "111111111111";
pub(crate) const OTHER: &str = "222222222222";
pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const ROLE: &str = "arn:aws:iam::111111111111:role/flow-logs";
pub(crate) const GROUP: &str = "arn:aws:logs:eu-west-1:111111111111:log-group:/vpc/flow-logs";
pub(crate) const BUCKET: &str = "central-flow-logs";
pub(crate) const STREAM: &str = "arn:aws:firehose:eu-west-1:111111111111:deliverystream/flow";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd";

pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole",
    "Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}]}"#;
pub(crate) const WRONG_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
pub(crate) const WRITE_LOGS: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"],
     "Resource":["arn:aws:logs:eu-west-1:111111111111:log-group:/vpc/flow-logs","arn:aws:logs:eu-west-1:111111111111:log-group:/vpc/flow-logs:*"]},
    {"Effect":"Allow","Action":"logs:DescribeLogGroups","Resource":"*"}]}"#;
pub(crate) const TAKE_DELIVERY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"AWSLogDeliveryWrite","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},
     "Action":"s3:PutObject","Resource":"arn:aws:s3:::central-flow-logs/AWSLogs/*"},
    {"Sid":"AWSLogDeliveryCheck","Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},
     "Action":["s3:GetBucketAcl","s3:ListBucket"],"Resource":"arn:aws:s3:::central-flow-logs"}]}"#;

pub(crate) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().expect("a timestamp")
}

pub(crate) fn account(id: &str) -> Account {
    Account {
        account_id: id.to_owned(),
        name: None,
        status: AccountStatus::Active,
        access: AccountAccess::Reached,
        is_management: false,
        organizational_units: Vec::new(),
        protection: None,
    }
}

/// An organisation that another account manages.
pub(crate) fn organization() -> Organization {
    Organization {
        id: "o-1".to_owned(),
        management_account_id: "999999999999".to_owned(),
        units: Vec::new(),
    }
}

pub(crate) fn vpc(id: &str) -> Vpc {
    Vpc {
        vpc_id: id.to_owned(),
        owner_id: Some(ACCOUNT.to_owned()),
        ..Vpc::default()
    }
}

pub(crate) fn subnet(id: &str, vpc: &str) -> Subnet {
    Subnet {
        subnet_id: id.to_owned(),
        vpc_id: Some(vpc.to_owned()),
        owner_id: Some(ACCOUNT.to_owned()),
        ..Subnet::default()
    }
}

pub(crate) fn eni(id: &str, subnet: &str, vpc: &str) -> NetworkInterface {
    NetworkInterface {
        network_interface_id: id.to_owned(),
        vpc_id: Some(vpc.to_owned()),
        subnet_id: Some(subnet.to_owned()),
        owner_id: Some(ACCOUNT.to_owned()),
        status: Some("in-use".to_owned()),
        ..NetworkInterface::default()
    }
}

/// A flow log to the log group, which AWS says is delivered.
pub(crate) fn flow_log(id: &str, resource: &str) -> FlowLog {
    FlowLog {
        flow_log_id: id.to_owned(),
        resource_id: Some(resource.to_owned()),
        traffic_type: Some(TrafficType::All),
        flow_log_status: Some("ACTIVE".to_owned()),
        deliver_logs_status: Some(DeliverLogsStatus::Success),
        deliver_logs_permission_arn: Some(ROLE.to_owned()),
        log_destination_type: Some(LogDestinationType::CloudWatchLogs),
        log_destination: Some(GROUP.to_owned()),
        max_aggregation_interval: Some(600),
        creation_time: Some("2026-01-01T00:00:00Z".parse().expect("a timestamp")),
        ..FlowLog::default()
    }
}

pub(crate) fn to_bucket(mut flow_log: FlowLog) -> FlowLog {
    flow_log.log_destination_type = Some(LogDestinationType::S3);
    flow_log.log_destination = Some(format!("arn:aws:s3:::{BUCKET}"));
    flow_log.deliver_logs_permission_arn = None;
    flow_log
}

pub(crate) fn to_stream(mut flow_log: FlowLog) -> FlowLog {
    flow_log.log_destination_type = Some(LogDestinationType::Firehose);
    flow_log.log_destination = Some(STREAM.to_owned());
    flow_log.deliver_logs_permission_arn = None;
    flow_log
}

pub(crate) fn role(trust: &str, permissions: &str) -> Role {
    Role {
        arn: ROLE.to_owned(),
        trust_policy: Fact::Present(trust.to_owned()),
        inline_policies: Listing::complete(vec![NamedPolicy {
            name: "deliver".to_owned(),
            document: Fact::Present(permissions.to_owned()),
        }]),
        attached_policies: Listing::complete(Vec::new()),
        permissions_boundary: Fact::Absent,
        tags: Tags::new(),
    }
}

pub(crate) fn log_group() -> LogGroup {
    LogGroup {
        arn: GROUP.to_owned(),
        name: "/vpc/flow-logs".to_owned(),
        retention_in_days: Some(400),
        kms_key_id: None,
        stored_bytes: Some(0),
    }
}

pub(crate) fn bucket() -> Bucket {
    Bucket {
        name: BUCKET.to_owned(),
        owner_account_id: Some(OTHER.to_owned()),
        region: Some(REGION.to_owned()),
        policy: Fact::Present(TAKE_DELIVERY.to_owned()),
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
            days: 400,
        }]),
    }
}

/// One account with one region: VPC `vpc-1` with a subnet and an interface in use, and no flow log.
/// Role, log group, bucket and stream are there and good.
pub(crate) fn bare() -> Inventory {
    let mut region = Region::new(ACCOUNT, REGION, RegionStatus::Collected);
    region.vpcs = Listing::complete(vec![vpc("vpc-1")]);
    region.flow_logs = Listing::complete(Vec::new());
    region.subnets = Listing::complete(vec![subnet("subnet-1", "vpc-1")]);
    region.network_interfaces = Listing::complete(vec![eni("eni-1", "subnet-1", "vpc-1")]);
    region.transit_gateways = Listing::complete(Vec::new());
    let mut inventory = Inventory::empty(now());
    inventory.accounts = vec![account(ACCOUNT)];
    inventory.regions = vec![region];
    inventory
        .roles
        .insert(ROLE.to_owned(), Fact::Present(role(TRUST, WRITE_LOGS)));
    inventory
        .log_groups
        .insert(GROUP.to_owned(), Fact::Present(log_group()));
    inventory
        .buckets
        .insert(BUCKET.to_owned(), Fact::Present(bucket()));
    let stream = DeliveryStream {
        arn: STREAM.to_owned(),
        status: "ACTIVE".to_owned(),
    };
    inventory
        .delivery_streams
        .insert(STREAM.to_owned(), Fact::Present(stream));
    inventory
}

/// The same with flow logs.
pub(crate) fn with(flow_logs: Vec<FlowLog>) -> Inventory {
    let mut inventory = bare();
    inventory.regions[0].flow_logs = Listing::complete(flow_logs);
    inventory
}

/// The same, recorded by a flow log on the VPC.
pub(crate) fn recorded() -> Inventory {
    with(vec![flow_log("fl-1", "vpc-1")])
}

/// Changes an inventory.
pub(crate) fn but(mut inventory: Inventory, change: impl FnOnce(&mut Inventory)) -> Inventory {
    change(&mut inventory);
    inventory
}

/// A gap of one action in the region.
pub(crate) fn gap(action: &str) -> Gap {
    Gap {
        account_id: Some(ACCOUNT.to_owned()),
        region: Some(REGION.to_owned()),
        action: action.to_owned(),
        resource: None,
        kind: GapKind::Denied,
        error_code: "UnauthorizedOperation".to_owned(),
        permission: Some(action.to_owned()),
        message: "not authorized".to_owned(),
    }
}

/// The policy of a preset, changed.
pub(crate) fn policy(preset: &str, change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy::preset(preset).expect("a preset");
    change(&mut policy);
    policy
}

/// The report under the preset `cis`.
pub(crate) fn cis(inventory: &Inventory) -> Report {
    assess(inventory, &Policy::default())
}

/// The one VPC of a report.
pub(crate) fn only(report: Report) -> VpcReport {
    let mut vpcs = report.vpcs.into_iter();
    let vpc = vpcs.next().expect("one VPC");
    assert!(vpcs.next().is_none(), "one VPC only");
    vpc
}

/// The findings of one check, wherever they stand.
pub(crate) fn findings(report: &Report, check: &str) -> Vec<Finding> {
    report
        .all_findings()
        .filter(|finding| finding.check == check)
        .cloned()
        .collect()
}

/// Holds a check against an inventory that is good, one that is not, and one in which what it looks
/// at was not read: only the second has findings of it. Gives those.
#[track_caller]
pub(crate) fn three_ways(
    check: &str,
    policy: &Policy,
    [good, bad, unread]: [Inventory; 3],
) -> Vec<Finding> {
    let found = |inventory: &Inventory| findings(&assess(inventory, policy), check);
    assert_eq!(found(&good), [], "the good inventory");
    assert_eq!(found(&unread), [], "the unread inventory");
    let found = found(&bad);
    assert!(
        !found.is_empty(),
        "the bad inventory has no finding of {check}"
    );
    for finding in &found {
        assert!(!finding.evidence.is_empty() && !finding.message.is_empty());
    }
    found
}

/// The preset `cis` with an exemption of one id at line 7.
pub(crate) fn exempting(id: &str, until: jiff::civil::Date) -> Policy {
    policy("cis", |policy| {
        policy.exemptions.push(Exemption {
            selector: Selector {
                ids: vec![id.to_owned()],
                ..Selector::default()
            },
            reason: "being taken down".to_owned(),
            until,
            source: "flowcover.toml".to_owned(),
            line: 7,
        });
    })
}
