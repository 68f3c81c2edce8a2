//! A plan for tests with every kind of change.

use std::collections::BTreeMap;

use flowcover_core::call::FlowLogRequest;
use flowcover_core::finding::Resource;
use flowcover_core::inventory::{FlowLog, Tags, TrafficType};
use flowcover_core::plan::{
    Answered, Change, Effect, NotFixed, Plan, PlannedAccount, PolicyStatement, Reason, Replaced,
    SCHEMA, Step,
};
use flowcover_core::reach::Entry;
use flowcover_core::report::PolicySummary;

use crate::fixture::HOSTILE;

pub(super) const PAYMENTS: &str = "111111111111";
pub(super) const ARCHIVE: &str = "222222222222";
pub(super) const SANDBOX: &str = "333333333333";

const BUCKET: &str = "example-flow-logs";
const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Every kind of change, with names that AWS takes.
pub(super) fn plan() -> Plan {
    let accounts = [
        (PAYMENTS, "payments", in_role(Entry::Caller, PAYMENTS)),
        (
            ARCHIVE,
            HOSTILE[11],
            Entry::Profile("log archive".to_owned()),
        ),
        (
            SANDBOX,
            "sandbox",
            in_role(in_role(Entry::Caller, ARCHIVE), SANDBOX),
        ),
    ];
    let accounts = accounts.map(|(id, name, entry)| {
        let name = Some(name.to_owned());
        (id.to_owned(), PlannedAccount { name, entry })
    });
    Plan {
        schema: SCHEMA.to_owned(),
        id: String::new(),
        generator: "flowcover 0.1.0".to_owned(),
        partition: "aws".to_owned(),
        made_by: Vec::new(),
        policy: PolicySummary {
            preset: "cis".to_owned(),
            file: Some("flowcover.toml".to_owned()),
            traffic_type: "REJECT".to_owned(),
            evidence: "delivery-status".to_owned(),
            checks_off: Vec::new(),
        },
        notes: vec![
            "traffic type REJECT keeps the volume down: accepted connections are not seen"
                .to_owned(),
            HOSTILE[5].to_owned(),
        ],
        accounts: BTreeMap::from(accounts),
        steps: [bucket_steps(), log_group_steps(), mending_steps()].concat(),
        not_fixed: not_fixed(),
    }
    .named()
}

/// The same with names that attack whatever they are put into.
pub(super) fn hostile() -> Plan {
    let mut plan = plan();
    for (number, name) in HOSTILE.iter().enumerate() {
        let mut step = step(
            (SANDBOX, Some("us-east-1")),
            ("log-group", Effect::Create),
            ("AWS::Logs::LogGroup", &format!("/{number}/{name}")),
            Change::CreateLogGroup {
                tags: tags(),
                log_group_name: (*name).to_owned(),
                retention_in_days: Some(30),
                kms_key_id: None,
            },
        );
        step.blast_radius = vec![(*name).to_owned()];
        plan.steps.push(step);
    }
    plan.named()
}

/// The same with everything that a role, a group, a bucket and a flow log can have.
pub(super) fn every_attribute() -> Plan {
    let mut plan = plan();
    if let Some(account) = plan.accounts.get_mut(PAYMENTS) {
        account.entry = in_role(Entry::Profile("payments".to_owned()), PAYMENTS);
    }
    let resources = [
        ("Subnet", "subnet-0a"),
        ("NetworkInterface", "eni-0a"),
        ("TransitGateway", "tgw-0a"),
        ("TransitGatewayAttachment", "tgw-attach-0a"),
    ];
    for (resource_type, id) in resources {
        plan.steps.push(step(
            (PAYMENTS, Some("eu-west-1")),
            ("flow-log", Effect::Create),
            ("AWS::EC2::FlowLog", id),
            Change::CreateFlowLogs {
                flow_logs: FlowLogRequest {
                    resource_ids: vec![id.to_owned()],
                    resource_type: resource_type.to_owned(),
                    log_destination_type: Some("kinesis-data-firehose".to_owned()),
                    log_destination: Some(format!(
                        "arn:aws:firehose:eu-west-1:{ARCHIVE}:deliverystream/flow"
                    )),
                    deliver_logs_permission_arn: Some(format!(
                        "arn:aws:iam::{PAYMENTS}:role/firehose"
                    )),
                    deliver_cross_account_role: Some(format!(
                        "arn:aws:iam::{ARCHIVE}:role/firehose"
                    )),
                    ..FlowLogRequest::default()
                },
                existing: Vec::new(),
            },
        ));
    }
    plan.steps.push(step(
        (PAYMENTS, Some("eu-west-1")),
        ("bucket", Effect::Create),
        ("AWS::S3::Bucket", "encrypted"),
        Change::CreateBucket {
            tags: tags(),
            bucket: "encrypted".to_owned(),
            encryption: "aws:kms".to_owned(),
            kms_key: Some(KEY.to_owned()),
            expiration_days: None,
            statements: Vec::new(),
        },
    ));
    plan.named()
}

/// A plan in which nothing is to be done.
pub(super) fn empty() -> Plan {
    let mut plan = plan();
    plan.accounts.clear();
    plan.steps.clear();
    plan.not_fixed.clear();
    plan.named()
}

/// A plan that has no step because a region could not be read.
pub(super) fn unread() -> Plan {
    let mut plan = plan();
    plan.accounts.clear();
    plan.steps.clear();
    plan.notes.clear();
    plan.not_fixed = vec![NotFixed {
        check: "not-readable".to_owned(),
        fingerprint: "0123456789abcdef".to_owned(),
        resource: Resource {
            account_id: Some(PAYMENTS.to_owned()),
            region: Some("eu-west-1".to_owned()),
            kind: "AWS::Organizations::Account".to_owned(),
            id: PAYMENTS.to_owned(),
        },
        reason: Reason::NotRead,
        message: format!(
            "VPCs of account {PAYMENTS}, eu-west-1 were not all listed: ec2:DescribeVpcs: UnauthorizedOperation"
        ),
        manual: vec![
            "grant ec2:DescribeVpcs to the role that audits".to_owned(),
            "then make a new plan".to_owned(),
        ],
    }];
    plan.named()
}

fn in_role(via: Entry, account: &str) -> Entry {
    Entry::Role {
        via: Box::new(via),
        role_arn: format!("arn:aws:iam::{account}:role/flowcover-write"),
        external_id: Some("it's \"one\" ${secret}".to_owned()),
    }
}

/// A step of a plan, with what follows from its change.
pub(super) fn step(
    (account, region): (&str, Option<&str>),
    (kind, effect): (&str, Effect),
    (resource_type, name): (&str, &str),
    change: Change,
) -> Step {
    Step {
        id: format!("{account}/{}/{kind}/{name}", region.unwrap_or("global")),
        account_id: account.to_owned(),
        region: region.map(str::to_owned),
        effect,
        resource: Resource {
            account_id: Some(account.to_owned()),
            region: region.map(str::to_owned),
            kind: resource_type.to_owned(),
            id: name.to_owned(),
        },
        summary: format!("{kind} {name}"),
        answers: Vec::new(),
        because: None,
        after: Vec::new(),
        after_delivery_of: Vec::new(),
        precondition: change.precondition(),
        calls: change.calls(),
        iam_actions: change.iam_actions(),
        inverse: change.inverse(),
        change,
        blast_radius: Vec::new(),
        needs_argument: None,
    }
}

/// Tags that the policy asks for.
fn tags() -> Tags {
    Tags::from([("team".to_owned(), "a 'net' $(id)".to_owned())])
}

fn answered(check: &str, resource: &str) -> Answered {
    Answered {
        check: check.to_owned(),
        fingerprint: format!("{check}-{resource}"),
        resource: resource.to_owned(),
    }
}

fn statement(bucket: &str) -> PolicyStatement {
    PolicyStatement {
        sid: "FlowcoverDelivery".to_owned(),
        statement: format!(
            r#"{{"Sid":"FlowcoverDelivery","Effect":"Allow","Principal":{{"Service":"delivery.logs.amazonaws.com"}},"Action":["s3:PutObject","s3:GetBucketAcl","s3:ListBucket"],"Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"],"Condition":{{"StringEquals":{{"aws:SourceAccount":["{PAYMENTS}","{SANDBOX}"]}},"ArnLike":{{"aws:SourceArn":["arn:aws:logs:*:{PAYMENTS}:*","arn:aws:logs:*:{SANDBOX}:*"]}}}}}}"#
        ),
    }
}

/// A bucket that is made, one whose policy gets a statement, and flow logs to the first.
fn bucket_steps() -> Vec<Step> {
    let made = step(
        (ARCHIVE, Some("eu-central-1")),
        ("bucket", Effect::Create),
        ("AWS::S3::Bucket", BUCKET),
        Change::CreateBucket {
            tags: tags(),
            bucket: BUCKET.to_owned(),
            encryption: "AES256".to_owned(),
            kms_key: None,
            expiration_days: Some(365),
            statements: vec![statement(BUCKET)],
        },
    );
    let mut merged = step(
        (ARCHIVE, Some("us-east-1")),
        ("bucket-statement", Effect::Update),
        ("AWS::S3::BucketPolicy", "old-flow-logs"),
        Change::AddBucketStatement {
            bucket: "old-flow-logs".to_owned(),
            statement: statement("old-flow-logs"),
            before: None,
        },
    );
    merged.blast_radius = vec!["2 flow logs of other accounts deliver to it".to_owned()];
    merged.answers = vec![answered("bucket-refuses-delivery", "old-flow-logs")];
    let mut flow_logs = step(
        (SANDBOX, Some("eu-central-1")),
        ("flow-log", Effect::Create),
        (
            "AWS::EC2::FlowLog",
            "vpc-0cccccccccccccc01, vpc-0cccccccccccccc02",
        ),
        Change::CreateFlowLogs {
            flow_logs: FlowLogRequest {
                resource_ids: vec![
                    "vpc-0cccccccccccccc01".to_owned(),
                    "vpc-0cccccccccccccc02".to_owned(),
                ],
                resource_type: "VPC".to_owned(),
                traffic_type: Some("ALL".to_owned()),
                log_destination_type: Some("s3".to_owned()),
                log_destination: Some(format!("arn:aws:s3:::{BUCKET}/sandbox/")),
                log_format: Some(
                    "${version} ${account-id} ${srcaddr} ${dstaddr} ${action}".to_owned(),
                ),
                max_aggregation_interval: Some(600),
                file_format: Some("parquet".to_owned()),
                hive_compatible_partitions: Some(true),
                per_hour_partition: Some(false),
                tags: tags(),
                ..FlowLogRequest::default()
            },
            existing: Vec::new(),
        },
    );
    flow_logs.after = vec![made.id.clone()];
    flow_logs.answers = ["vpc-0cccccccccccccc01", "vpc-0cccccccccccccc02"]
        .map(|vpc| answered("flow-log-missing", vpc))
        .to_vec();
    vec![made, merged, flow_logs]
}

/// A role, a log group and a flow log for each of two VPCs; the second replaces an old flow log.
fn log_group_steps() -> Vec<Step> {
    let mut steps = log_group_of("vpc-0aaaaaaaaaaaaaa01", Some(KEY), Vec::new());
    let old = "fl-0123456789abcdef0".to_owned();
    let mut replacing = log_group_of("vpc-0aaaaaaaaaaaaaa02", None, vec![old.clone()]);
    let mut delete = step(
        (PAYMENTS, Some("eu-west-1")),
        ("old-flow-log", Effect::Delete),
        ("AWS::EC2::FlowLog", &old),
        Change::DeleteFlowLogs {
            flow_logs: vec![FlowLog {
                flow_log_id: old.clone(),
                resource_id: Some("vpc-0aaaaaaaaaaaaaa02".to_owned()),
                traffic_type: Some(TrafficType::Accept),
                log_group_name: Some("/old/group".to_owned()),
                ..FlowLog::default()
            }],
        },
    );
    delete.needs_argument = Some("--replace".to_owned());
    delete.after_delivery_of = replacing
        .last()
        .map(|step| step.id.clone())
        .into_iter()
        .collect();
    delete.answers = vec![answered(
        "traffic-type-insufficient",
        "vpc-0aaaaaaaaaaaaaa02",
    )];
    steps.append(&mut replacing);
    steps.push(delete);
    steps
}

fn log_group_of(vpc: &str, key: Option<&str>, existing: Vec<String>) -> Vec<Step> {
    let region = "eu-west-1";
    let name = format!("/flowcover/{region}/{vpc}");
    let role_name = format!("flowcover-{region}-{vpc}");
    let role = step(
        (PAYMENTS, None),
        ("role", Effect::Create),
        ("AWS::IAM::Role", &role_name),
        Change::CreateRole {
            tags: tags(),
            role_name: role_name.clone(),
            trust_policy: trust("vpc-flow-logs.amazonaws.com"),
            policy_name: "deliver-flow-logs".to_owned(),
            policy: delivery(&name),
        },
    );
    let group = step(
        (PAYMENTS, Some(region)),
        ("log-group", Effect::Create),
        ("AWS::Logs::LogGroup", &name),
        Change::CreateLogGroup {
            tags: tags(),
            log_group_name: name.clone(),
            retention_in_days: Some(365),
            kms_key_id: key.map(str::to_owned),
        },
    );
    let mut flow_log = step(
        (PAYMENTS, Some(region)),
        ("flow-log", Effect::Create),
        ("AWS::EC2::FlowLog", vpc),
        Change::CreateFlowLogs {
            flow_logs: FlowLogRequest {
                resource_ids: vec![vpc.to_owned()],
                resource_type: "VPC".to_owned(),
                traffic_type: Some("REJECT".to_owned()),
                log_destination_type: Some("cloud-watch-logs".to_owned()),
                log_destination: Some(format!("arn:aws:logs:{region}:{PAYMENTS}:log-group:{name}")),
                deliver_logs_permission_arn: Some(format!(
                    "arn:aws:iam::{PAYMENTS}:role/{role_name}"
                )),
                max_aggregation_interval: Some(60),
                ..FlowLogRequest::default()
            },
            existing,
        },
    );
    flow_log.after = vec![role.id.clone(), group.id.clone()];
    flow_log.answers = vec![answered("flow-log-missing", vpc)];
    vec![role, group, flow_log]
}

fn trust(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"aws:SourceAccount":"{PAYMENTS}"}},"ArnLike":{{"aws:SourceArn":"arn:aws:ec2:eu-west-1:{PAYMENTS}:vpc-flow-log/*"}}}}}}]}}"#
    )
}

fn delivery(group: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents","logs:DescribeLogStreams"],"Resource":"arn:aws:logs:eu-west-1:{PAYMENTS}:log-group:{group}:*"}},{{"Effect":"Allow","Action":"logs:DescribeLogGroups","Resource":"*"}}]}}"#
    )
}

/// What an earlier run made and somebody changed since.
fn mending_steps() -> Vec<Step> {
    let group = "/flowcover/us-east-1/vpc-0bbbbbbbbbbbbbb01";
    let role = "flowcover-us-east-1-vpc-0bbbbbbbbbbbbbb01";
    let mut mended = step(
        (PAYMENTS, None),
        ("role", Effect::Update),
        ("AWS::IAM::Role", role),
        Change::MendRole {
            role_name: role.to_owned(),
            trust_policy: Some(Replaced {
                before: Some(trust("ec2.amazonaws.com")),
                after: trust("vpc-flow-logs.amazonaws.com"),
            }),
            policy_name: "deliver-flow-logs".to_owned(),
            policy: Some(Replaced {
                before: None,
                after: delivery(group),
            }),
        },
    );
    mended.answers = vec![answered("role-not-assumable", role)];
    let mut retention = step(
        (PAYMENTS, Some("us-east-1")),
        ("retention", Effect::Update),
        ("AWS::Logs::LogGroup", group),
        Change::SetRetention {
            log_group_name: group.to_owned(),
            retention_in_days: Replaced {
                before: None,
                after: 365,
            },
        },
    );
    retention.needs_argument = Some("--shorten-retention".to_owned());
    let key = step(
        (PAYMENTS, Some("us-east-1")),
        ("key", Effect::Update),
        ("AWS::Logs::LogGroup", group),
        Change::SetLogGroupKey {
            log_group_name: group.to_owned(),
            kms_key_id: Replaced {
                before: None,
                after: KEY.replace("eu-west-1", "us-east-1"),
            },
        },
    );
    vec![mended, retention, key]
}

fn not_fixed() -> Vec<NotFixed> {
    let item = |check: &str, kind: &str, id: &str, reason, message: &str| NotFixed {
        check: check.to_owned(),
        fingerprint: format!("{check}-{id}"),
        resource: Resource {
            account_id: Some(PAYMENTS.to_owned()),
            region: Some("eu-west-1".to_owned()),
            kind: kind.to_owned(),
            id: id.to_owned(),
        },
        reason,
        message: message.to_owned(),
        manual: vec!["look at it".to_owned(), "change it by hand".to_owned()],
    };
    vec![
        item(
            "retention-out-of-policy",
            "AWS::Logs::LogGroup",
            "/vpc/a",
            Reason::NotOurs,
            "log group /vpc/a was not made by flowcover",
        ),
        item(
            "retention-out-of-policy",
            "AWS::Logs::LogGroup",
            "/vpc/b",
            Reason::NotOurs,
            HOSTILE[11],
        ),
        item(
            "not-readable",
            "AWS::IAM::Role",
            HOSTILE[9],
            Reason::NotRead,
            "the role could not be read",
        ),
        item(
            "not-protected",
            "AWS::Organizations::Account",
            PAYMENTS,
            Reason::NotAChange,
            "flowcover protect prints what keeps it on",
        ),
    ]
}

#[test]
fn the_plan_is_one_that_is_read() {
    for plan in [plan(), hostile(), every_attribute(), empty()] {
        let mut bytes = Vec::new();
        flowcover_core::plan::write(&plan, &mut bytes).expect("memory takes everything");
        assert_eq!(flowcover_core::plan::read(&bytes, "plan.json"), Ok(plan));
    }
}
