//! A world with something of everything to do, and the plan that does it.

use std::collections::BTreeMap;

use flowcover_cloud::simulator::{World, policies};
use flowcover_cloud::{Entry, FlowLogRequest};
use flowcover_core::finding::Resource;
use flowcover_core::inventory::{FlowLog, Tags};
use flowcover_core::plan::{
    Change, Effect, PLAN_TAG, Plan, PlannedAccount, PolicyStatement, RUN_TAG, Replaced, SCHEMA,
    STEP_TAG, Step, step_id, tag_value,
};
use flowcover_core::report::PolicySummary;
use flowcover_record::LogFormat;
use serde_json::json;

pub(super) const HUB: &str = "111111111111";
pub(super) const WEB: &str = "222222222222";
pub(super) const SHOP: &str = "333333333333";
pub(super) const EAST: &str = "us-east-1";
pub(super) const WEST: &str = "eu-west-1";
pub(super) const CENTRAL: &str = "central-records";
pub(super) const OWN: &str = "shop-records";
const ROLE: &str = "FlowcoverWrite";
const SERVICE: &str = "vpc-flow-logs.amazonaws.com";

/// What stands in the world of [`world`], and its plan is about.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    pub(super) web_east: String,
    pub(super) web_west: String,
    pub(super) shop_east: String,
    pub(super) shop_west: String,
    /// A flow log that fails and is to be replaced.
    pub(super) old: FlowLog,
    /// A key that serves the log groups of the first account.
    pub(super) key: String,
}

/// The role that an earlier run made.
pub(super) const EARLIER: &str = "flowcover-earlier";

/// The log group that it made without a key.
pub(super) const WITHOUT_KEY: &str = "/earlier-without-key";

/// The tags that a run writes on what it makes in a step.
fn marks(run: &str, step: &str) -> [(&'static str, String); 3] {
    [
        (RUN_TAG, run.to_owned()),
        (PLAN_TAG, "0123456789abcdef".to_owned()),
        (STEP_TAG, tag_value(step)),
    ]
}

/// Lets a log group of the first account look as that run makes it.
pub(super) fn mark_group(world: &mut World, name: &str, run: &str) {
    for (key, value) in marks(run, &step_id(WEB, Some(EAST), "log-group", name)) {
        world.tag_log_group(WEB, EAST, name, key, &value);
    }
}

/// Three accounts with VPCs in use; a bucket with a policy of somebody; a group and a role that an earlier run made.
pub(super) fn world() -> (World, Ids) {
    let mut world = World::new("2026-03-02T08:00:00Z".parse().unwrap(), &[EAST, WEST]);
    for (id, name) in [(HUB, "hub"), (WEB, "web"), (SHOP, "shop")] {
        world.add_account(id, name);
    }
    world.make_organization("o-example", HUB);
    for id in [WEB, SHOP] {
        world
            .create_role(id, ROLE, &policies::trust_account(HUB))
            .unwrap();
    }
    world.create_bucket(HUB, EAST, CENTRAL);
    world
        .put_bucket_policy(CENTRAL, &policies::bucket_for_account(CENTRAL, HUB))
        .unwrap();
    let web_east = world.add_workload_vpc(WEB, EAST, "web-east");
    let web_west = world.add_workload_vpc(WEB, WEST, "web-west");
    let shop_east = world.add_workload_vpc(SHOP, EAST, "shop-east");
    let shop_west = world.add_workload_vpc(SHOP, WEST, "shop-west");
    // What an earlier run left, with a wrong trust policy and a retention too short.
    world.create_log_group(WEB, EAST, "/earlier", Some(7));
    world
        .create_role(
            WEB,
            EARLIER,
            &policies::trust_service("ec2.amazonaws.com", None),
        )
        .unwrap();
    world
        .put_role_policy(
            WEB,
            EARLIER,
            "deliver-flow-logs",
            &policies::deliver_to("*", false),
        )
        .unwrap();
    mark_group(&mut world, "/earlier", "earlier");
    world.create_log_group(WEB, EAST, WITHOUT_KEY, Some(365));
    mark_group(&mut world, WITHOUT_KEY, "earlier");
    let key = serving_key(&mut world, WEB, EAST);
    for (key, value) in marks("earlier", &step_id(WEB, None, "role", EARLIER)) {
        world.tag_role(WEB, EARLIER, key, &value);
    }
    // A role that many guides make: it delivers nothing.
    world
        .create_role(
            SHOP,
            "guide",
            &policies::trust_service("ec2.amazonaws.com", None),
        )
        .unwrap();
    let old = world.put_flow_log(SHOP, WEST, old_flow_log(&shop_west));
    let old = world.flow_log(SHOP, WEST, &old).unwrap().clone();
    world.advance(3600);
    let ids = Ids {
        web_east,
        web_west,
        shop_east,
        shop_west,
        old,
        key,
    };
    (world, ids)
}

/// Makes a key that CloudWatch Logs may use for the log groups of an account and region.
pub(super) fn serving_key(world: &mut World, account_id: &str, region: &str) -> String {
    let service = format!("logs.{region}.amazonaws.com");
    let policy = policies::key_for_service(account_id, &service);
    world.create_key(account_id, region, &policy).unwrap()
}

fn old_flow_log(vpc_id: &str) -> FlowLog {
    FlowLog {
        resource_id: Some(vpc_id.to_owned()),
        traffic_type: Some("ALL".into()),
        flow_log_status: Some("ACTIVE".to_owned()),
        log_destination_type: Some("cloud-watch-logs".into()),
        log_destination: Some(format!("arn:aws:logs:{WEST}:{SHOP}:log-group:/old")),
        log_group_name: Some("/old".to_owned()),
        deliver_logs_permission_arn: Some(format!("arn:aws:iam::{SHOP}:role/guide")),
        log_format: Some(LogFormat::default().to_string()),
        max_aggregation_interval: Some(600),
        tags: [("team".to_owned(), "shop".to_owned())].into(),
        ..FlowLog::default()
    }
}

/// The plan for it.
pub(super) fn plan(ids: &Ids) -> Plan {
    let mut plan = empty();
    for (region, vpc_id) in [(EAST, &ids.web_east), (WEST, &ids.web_west)] {
        to_log_group(&mut plan, WEB, region, vpc_id);
    }
    let statement = delivery_statement(CENTRAL, &[SHOP]);
    let central = add(
        &mut plan,
        HUB,
        Some(EAST),
        &[],
        Change::AddBucketStatement {
            bucket: CENTRAL.to_owned(),
            statement,
            before: None,
        },
    );
    to_bucket(
        &mut plan,
        EAST,
        &ids.shop_east,
        CENTRAL,
        vec![central],
        vec![],
    );
    let own = add(
        &mut plan,
        SHOP,
        Some(WEST),
        &[],
        Change::CreateBucket {
            tags: tags(),
            bucket: OWN.to_owned(),
            encryption: "AES256".to_owned(),
            kms_key: None,
            expiration_days: Some(365),
            statements: vec![delivery_statement(OWN, &[SHOP])],
        },
    );
    let existing = vec![ids.old.flow_log_id.clone()];
    let new = to_bucket(&mut plan, WEST, &ids.shop_west, OWN, vec![own], existing);
    let delete = Change::DeleteFlowLogs {
        flow_logs: vec![ids.old.clone()],
    };
    add(&mut plan, SHOP, Some(WEST), &[], delete);
    let delete = plan.steps.last_mut().unwrap();
    delete.after_delivery_of = vec![new];
    delete.needs_argument = Some("--replace".to_owned());
    mend_earlier(&mut plan);
    set_key(&mut plan, WITHOUT_KEY, None, &ids.key);
    plan.named()
}

/// Gives a log group of the first account a key.
pub(super) fn set_key(plan: &mut Plan, name: &str, before: Option<&str>, after: &str) {
    let change = Change::SetLogGroupKey {
        log_group_name: name.to_owned(),
        kms_key_id: Replaced {
            before: before.map(str::to_owned),
            after: after.to_owned(),
        },
    };
    add(plan, WEB, Some(EAST), &[], change);
}

pub(super) fn mend_earlier(plan: &mut Plan) {
    add(
        plan,
        WEB,
        None,
        &[],
        Change::MendRole {
            role_name: EARLIER.to_owned(),
            trust_policy: Some(Replaced {
                before: Some(policies::trust_service("ec2.amazonaws.com", None)),
                after: policies::trust_service(SERVICE, Some(WEB)),
            }),
            policy_name: "deliver-flow-logs".to_owned(),
            policy: Some(Replaced {
                before: Some(policies::deliver_to("*", false)),
                after: policies::deliver_to(
                    &format!("arn:aws:logs:{EAST}:{WEB}:log-group:/earlier:*"),
                    false,
                ),
            }),
        },
    );
    add(
        plan,
        WEB,
        Some(EAST),
        &[],
        Change::SetRetention {
            log_group_name: "/earlier".to_owned(),
            retention_in_days: Replaced {
                before: Some(7),
                after: 365,
            },
        },
    );
}

pub(super) fn empty() -> Plan {
    let entry = |id: &str| Entry::Role {
        via: Box::new(Entry::Caller),
        role_arn: format!("arn:aws:iam::{id}:role/{ROLE}"),
        external_id: None,
    };
    let account = |entry| PlannedAccount { name: None, entry };
    Plan {
        schema: SCHEMA.to_owned(),
        id: String::new(),
        generator: "test".to_owned(),
        partition: "aws".to_owned(),
        made_by: Vec::new(),
        policy: PolicySummary {
            preset: "cis".to_owned(),
            file: None,
            traffic_type: "REJECT".to_owned(),
            evidence: "delivery-status".to_owned(),
            checks_off: vec![],
        },
        notes: vec![],
        accounts: BTreeMap::from([
            (HUB.to_owned(), account(Entry::Caller)),
            (WEB.to_owned(), account(entry(WEB))),
            (SHOP.to_owned(), account(entry(SHOP))),
        ]),
        steps: vec![],
        not_fixed: vec![],
    }
}

/// The tags that the policy asks for.
fn tags() -> Tags {
    [("team".to_owned(), "net".to_owned())].into()
}

/// Role, group and flow log of one VPC.
pub(super) fn to_log_group(plan: &mut Plan, account_id: &str, region: &str, vpc_id: &str) {
    let role_name = format!("flowcover-{region}-{vpc_id}");
    let log_group_name = format!("/flowcover/{region}/{vpc_id}");
    let group_arn = format!("arn:aws:logs:{region}:{account_id}:log-group:{log_group_name}");
    let role = add(
        plan,
        account_id,
        None,
        &[],
        Change::CreateRole {
            tags: tags(),
            trust_policy: policies::trust_service(SERVICE, Some(account_id)),
            policy_name: "deliver-flow-logs".to_owned(),
            policy: policies::deliver_to(&format!("{group_arn}:*"), false),
            role_name: role_name.clone(),
        },
    );
    let group = add(
        plan,
        account_id,
        Some(region),
        &[],
        Change::CreateLogGroup {
            tags: tags(),
            log_group_name,
            retention_in_days: Some(365),
            kms_key_id: None,
        },
    );
    add(
        plan,
        account_id,
        Some(region),
        &[role, group],
        Change::CreateFlowLogs {
            flow_logs: FlowLogRequest {
                resource_ids: vec![vpc_id.to_owned()],
                resource_type: "VPC".to_owned(),
                traffic_type: Some("REJECT".to_owned()),
                log_destination_type: Some("cloud-watch-logs".to_owned()),
                log_destination: Some(group_arn),
                deliver_logs_permission_arn: Some(format!(
                    "arn:aws:iam::{account_id}:role/{role_name}"
                )),
                tags: tags(),
                ..FlowLogRequest::default()
            },
            existing: vec![],
        },
    );
}

fn to_bucket(
    plan: &mut Plan,
    region: &str,
    vpc_id: &str,
    bucket: &str,
    after: Vec<String>,
    existing: Vec<String>,
) -> String {
    let change = Change::CreateFlowLogs {
        flow_logs: FlowLogRequest {
            resource_ids: vec![vpc_id.to_owned()],
            resource_type: "VPC".to_owned(),
            traffic_type: Some("ALL".to_owned()),
            log_destination_type: Some("s3".to_owned()),
            log_destination: Some(format!("arn:aws:s3:::{bucket}")),
            ..FlowLogRequest::default()
        },
        existing,
    };
    add(plan, SHOP, Some(region), &after, change)
}

/// Lets the delivery service write for these accounts.
pub(super) fn delivery_statement(bucket: &str, accounts: &[&str]) -> PolicyStatement {
    let sources: Vec<String> = accounts
        .iter()
        .map(|id| format!("arn:aws:logs:*:{id}:*"))
        .collect();
    let statement = json!({
        "Sid": "FlowcoverDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["s3:PutObject", "s3:GetBucketAcl", "s3:ListBucket"],
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": accounts},
            "ArnLike": {"aws:SourceArn": sources}
        }
    });
    PolicyStatement {
        sid: "FlowcoverDelivery".to_owned(),
        statement: statement.to_string(),
    }
}

/// Adds a step; its id.
pub(super) fn add(
    plan: &mut Plan,
    account_id: &str,
    region: Option<&str>,
    after: &[String],
    change: Change,
) -> String {
    let (kind, name, effect) = match &change {
        Change::CreateRole { role_name, .. } => ("role", role_name.clone(), Effect::Create),
        Change::MendRole { role_name, .. } => ("role", role_name.clone(), Effect::Update),
        Change::CreateLogGroup { log_group_name, .. } => {
            ("log-group", log_group_name.clone(), Effect::Create)
        }
        Change::SetRetention { log_group_name, .. } => {
            ("retention", log_group_name.clone(), Effect::Update)
        }
        Change::SetLogGroupKey { log_group_name, .. } => {
            ("key", log_group_name.clone(), Effect::Update)
        }
        Change::CreateBucket { bucket, .. } => ("bucket", bucket.clone(), Effect::Create),
        Change::AddBucketStatement { bucket, .. } => ("statement", bucket.clone(), Effect::Update),
        Change::CreateFlowLogs { flow_logs, .. } => (
            "flow-log",
            flow_logs.resource_ids[0].clone(),
            Effect::Create,
        ),
        Change::DeleteFlowLogs { flow_logs } => (
            "old-flow-log",
            flow_logs[0].flow_log_id.clone(),
            Effect::Delete,
        ),
    };
    let id = format!("{account_id}/{}/{kind}/{name}", region.unwrap_or("global"));
    plan.steps.push(Step {
        id: id.clone(),
        account_id: account_id.to_owned(),
        region: region.map(str::to_owned),
        effect,
        resource: Resource {
            account_id: Some(account_id.to_owned()),
            region: region.map(str::to_owned),
            kind: kind.to_owned(),
            id: name,
        },
        summary: String::new(),
        answers: vec![],
        because: None,
        after: after.to_vec(),
        after_delivery_of: vec![],
        precondition: change.precondition(),
        calls: change.calls(),
        iam_actions: change.iam_actions(),
        inverse: change.inverse(),
        blast_radius: vec![],
        needs_argument: None,
        change,
    });
    id
}
