//! The resources of a step.

use flowcover_core::call::FlowLogRequest;
use flowcover_core::inventory::{ResourceKind, Tags};
use flowcover_core::plan::{Change, Plan, PolicyStatement, Step, policy_of};
use serde_json::{Value, json};

use super::providers::alias;
use crate::plan::commands::{LIFECYCLE_RULE, takes_bucket_key};
use crate::plan::hcl::{Block, string, value};
use crate::plan::made::{Made, region, resource_kind};
use crate::plan::names::identifier;
use crate::plan::step::tags;

/// The attribute of `aws_flow_log` that says what it is attached to; none where there is none.
pub(super) const fn attachment(kind: ResourceKind) -> Option<&'static str> {
    match kind {
        ResourceKind::Vpc => Some("vpc_id"),
        ResourceKind::Subnet => Some("subnet_id"),
        ResourceKind::NetworkInterface => Some("eni_id"),
        ResourceKind::TransitGateway => Some("transit_gateway_id"),
        ResourceKind::TransitGatewayAttachment => Some("transit_gateway_attachment_id"),
        // Regional NAT gateways came later than the oldest release of the provider that is accepted.
        ResourceKind::RegionalNatGateway | ResourceKind::CoreNetwork | ResourceKind::Other => None,
    }
}

/// What Terraform makes for a step: nothing where something exists already.
pub(super) fn of(plan: &Plan, made: &Made<'_>, step: &Step) -> Vec<Block> {
    match &step.change {
        Change::CreateRole {
            role_name,
            trust_policy,
            policy_name,
            policy,
            ..
        } => {
            let name = name(step);
            let role = resource(plan, step, "aws_iam_role", &name)
                .text("name", role_name)
                .set("assume_role_policy", policy_text(trust_policy))
                .set("tags", tag_map(&tags(plan, step)));
            let inline = resource(plan, step, "aws_iam_role_policy", &name)
                .text("name", policy_name)
                .set("role", format!("aws_iam_role.{name}.id"))
                .set("policy", policy_text(policy));
            vec![role, inline]
        }
        Change::CreateLogGroup {
            log_group_name,
            retention_in_days,
            kms_key_id,
            ..
        } => {
            let group = resource(plan, step, "aws_cloudwatch_log_group", &name(step))
                .text("name", log_group_name)
                .maybe("retention_in_days", retention_in_days.map(|days| days.to_string()))
                .maybe("kms_key_id", kms_key_id.as_deref().map(string))
                // Records outlive what made them.
                .set("skip_destroy", "true")
                .set("tags", tag_map(&tags(plan, step)));
            vec![group]
        }
        Change::CreateBucket {
            bucket,
            encryption,
            kms_key,
            expiration_days,
            statements,
            ..
        } => {
            let settings = [
                Some(public_access_block(plan, step)),
                Some(encryption_of(plan, step, encryption, kms_key.as_deref())),
                expiration_days.map(|days| lifecycle(plan, step, days)),
                (!statements.is_empty()).then(|| bucket_policy(plan, step, statements)),
            ];
            let bucket = resource(plan, step, "aws_s3_bucket", &name(step))
                .text("bucket", bucket)
                .set("tags", tag_map(&tags(plan, step)));
            [Some(bucket)]
                .into_iter()
                .chain(settings)
                .flatten()
                .collect()
        }
        Change::CreateFlowLogs { flow_logs, .. } => flow_logs
            .resource_ids
            .iter()
            .filter_map(|id| flow_log(plan, made, step, flow_logs, id))
            .collect(),
        _ => Vec::new(),
    }
}

fn resource(plan: &Plan, step: &Step, kind: &str, name: &str) -> Block {
    let provider = alias(&step.account_id, region(plan, step));
    Block::new(format!("resource \"{kind}\" \"{name}\"")).set("provider", format!("aws.{provider}"))
}

/// The name of the resources of a step other than flow logs.
fn name(step: &Step) -> String {
    let named = match &step.change {
        Change::CreateRole { role_name, .. } => role_name,
        Change::CreateLogGroup { log_group_name, .. } => log_group_name,
        Change::CreateBucket { bucket, .. } => bucket,
        _ => &step.id,
    };
    identifier(named, &step.id)
}

fn tag_map(tags: &Tags) -> String {
    value(&json!(tags), 2)
}

/// A policy as an expression; what is no JSON stays as it is.
fn policy_text(policy: &str) -> String {
    match serde_json::from_str::<Value>(policy) {
        Ok(policy) => format!("jsonencode({})", value(&policy, 2)),
        Err(_) => string(policy),
    }
}

fn public_access_block(plan: &Plan, step: &Step) -> Block {
    of_bucket(plan, step, "aws_s3_bucket_public_access_block")
        .set("block_public_acls", "true")
        .set("block_public_policy", "true")
        .set("ignore_public_acls", "true")
        .set("restrict_public_buckets", "true")
}

fn encryption_of(plan: &Plan, step: &Step, algorithm: &str, kms_key: Option<&str>) -> Block {
    let default = Block::new("apply_server_side_encryption_by_default")
        .text("sse_algorithm", algorithm)
        .maybe("kms_master_key_id", kms_key.map(string));
    let rule = Block::new("rule")
        .maybe(
            "bucket_key_enabled",
            takes_bucket_key(algorithm).then(|| "true".to_owned()),
        )
        .with(default);
    of_bucket(
        plan,
        step,
        "aws_s3_bucket_server_side_encryption_configuration",
    )
    .with(rule)
}

fn lifecycle(plan: &Plan, step: &Step, days: u32) -> Block {
    let rule = Block::new("rule")
        .text("id", LIFECYCLE_RULE)
        .text("status", "Enabled")
        .with(Block::new("filter").text("prefix", ""))
        .with(Block::new("expiration").set("days", days.to_string()));
    of_bucket(plan, step, "aws_s3_bucket_lifecycle_configuration").with(rule)
}

fn bucket_policy(plan: &Plan, step: &Step, statements: &[PolicyStatement]) -> Block {
    let block = format!("aws_s3_bucket_public_access_block.{}", name(step));
    of_bucket(plan, step, "aws_s3_bucket_policy")
        .set("policy", policy_text(&policy_of(statements)))
        .set("depends_on", format!("[{block}]"))
}

fn of_bucket(plan: &Plan, step: &Step, kind: &str) -> Block {
    let name = name(step);
    resource(plan, step, kind, &name).set("bucket", format!("aws_s3_bucket.{name}.id"))
}

fn flow_log(
    plan: &Plan,
    made: &Made<'_>,
    step: &Step,
    request: &FlowLogRequest,
    resource_id: &str,
) -> Option<Block> {
    let attachment = attachment(resource_kind(request))?;
    let delivers_to = step.destination(&plan.partition)?;
    let traffic_type = request.traffic_type.as_deref();
    // The same whatever batch of the plan it stands in.
    let key = format!(
        "{resource_id} {} {delivers_to}",
        traffic_type.unwrap_or_default()
    );
    let role = request.deliver_logs_permission_arn.as_deref();
    let role_step = role.and_then(|arn| made.step(arn));
    let destination_step = made.destination(&delivers_to);
    let group =
        destination_step.filter(|step| matches!(step.change, Change::CreateLogGroup { .. }));
    let log_destination = match group {
        Some(step) => format!("aws_cloudwatch_log_group.{}.arn", name(step)),
        None => string(request.log_destination.as_deref().unwrap_or(&delivers_to)),
    };
    let role = match (role, role_step) {
        (_, Some(step)) => Some(format!("aws_iam_role.{}.arn", name(step))),
        (role, None) => role.map(string),
    };
    let interval = request.max_aggregation_interval.map(|it| it.to_string());
    let block = resource(plan, step, "aws_flow_log", &identifier(resource_id, &key))
        .text(attachment, resource_id)
        .maybe("traffic_type", traffic_type.map(string))
        .maybe(
            "log_destination_type",
            request.log_destination_type.as_deref().map(string),
        )
        .set("log_destination", log_destination)
        .maybe("iam_role_arn", role)
        .maybe(
            "deliver_cross_account_role",
            request.deliver_cross_account_role.as_deref().map(string),
        )
        .maybe("log_format", request.log_format.as_deref().map(string))
        .maybe("max_aggregation_interval", interval)
        .set("tags", tag_map(&tags(plan, step)))
        .maybe("depends_on", depends_on(role_step, destination_step));
    Some(match options(request) {
        Some(options) => block.with(options),
        None => block,
    })
}

/// What a flow log needs beside what it names: without it, nothing would be delivered.
fn depends_on(role: Option<&Step>, destination: Option<&Step>) -> Option<String> {
    let role = role.map(|step| format!("aws_iam_role_policy.{}", name(step)));
    let bucket = destination.and_then(|step| match &step.change {
        Change::CreateBucket { statements, .. } if !statements.is_empty() => {
            Some(format!("aws_s3_bucket_policy.{}", name(step)))
        }
        Change::CreateBucket { .. } => Some(format!("aws_s3_bucket.{}", name(step))),
        _ => None,
    });
    let needed: Vec<String> = role.into_iter().chain(bucket).collect();
    (!needed.is_empty()).then(|| format!("[{}]", needed.join(", ")))
}

fn options(request: &FlowLogRequest) -> Option<Block> {
    let FlowLogRequest {
        file_format,
        hive_compatible_partitions,
        per_hour_partition,
        ..
    } = request;
    let asked = file_format.is_some()
        || hive_compatible_partitions.is_some()
        || per_hour_partition.is_some();
    asked.then(|| {
        Block::new("destination_options")
            .maybe("file_format", file_format.as_deref().map(string))
            .maybe(
                "hive_compatible_partitions",
                hive_compatible_partitions.map(|it| it.to_string()),
            )
            .maybe(
                "per_hour_partition",
                per_hour_partition.map(|it| it.to_string()),
            )
    })
}
