//! The commands of one step, with what must hold before.

use std::io::Write;

use flowcover_core::call::{Call, FlowLogRequest};
use flowcover_core::inventory::FlowLog;
use flowcover_core::plan::{Change, Plan, PolicyStatement, Replaced, Step, tag_value};

use crate::RenderError;
use crate::plan::commands::{command, flow_log_options};
use crate::plan::shell::{Command, quote};
use crate::plan::step::{calls, tags};

/// EC2 takes 300 resources in one call, but only 200 values in one filter.
const MOST_RESOURCES: usize = 200;

/// Writes the commands of a step.
pub(super) fn write(
    plan: &Plan,
    step: &Step,
    region: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    match &step.change {
        Change::CreateRole { role_name, .. } => {
            let tag = format!("role_tag {} flowcover:plan", quote(role_name));
            write_unless_made(&tag, &calls(plan, step), region, out)
        }
        Change::CreateLogGroup { log_group_name, .. } => {
            let arn = log_group_arn(plan, step, region, log_group_name);
            let tag = format!("log_group_tag {} flowcover:plan", quote(&arn));
            write_unless_made(&tag, &calls(plan, step), region, out)
        }
        Change::CreateBucket { bucket, .. } => write_bucket(plan, step, bucket, region, out),
        Change::MendRole {
            role_name,
            trust_policy,
            policy_name,
            policy,
        } => {
            write_must_be_ours(step, "role_tag", role_name, role_name, out)?;
            if let Some(trust_policy) = trust_policy {
                let now = Command::new("iam", "get-role").option("--role-name", role_name);
                write_same(
                    "trust policy",
                    &now,
                    "Role.AssumeRolePolicyDocument",
                    trust_policy,
                    out,
                )?;
            }
            if let Some(policy) = policy {
                let now = Command::new("iam", "get-role-policy").option("--role-name", role_name);
                let now = now.option("--policy-name", policy_name);
                write_same("inline policy", &now, "PolicyDocument", policy, out)?;
            }
            write_calls(&calls(plan, step), region, out)
        }
        Change::SetRetention {
            log_group_name,
            retention_in_days,
        } => {
            let is_unsafe = step.needs_argument.is_some();
            if is_unsafe {
                writeln!(out, "if [ \"$shorten_retention\" = yes ]; then")?;
            }
            write_ours(plan, step, region, log_group_name, out)?;
            let days = |days: u32| days.to_string();
            let before = retention_in_days.before.map(days);
            let after = retention_in_days.after.to_string();
            write_was(
                "retentionInDays",
                log_group_name,
                before.as_deref(),
                &after,
                out,
            )?;
            write_calls(&calls(plan, step), region, out)?;
            if is_unsafe {
                writeln!(
                    out,
                    "else say '  left: older records go for good; --shorten-retention does it'\nfi"
                )?;
            }
            Ok(())
        }
        Change::SetLogGroupKey {
            log_group_name,
            kms_key_id,
        } => {
            write_ours(plan, step, region, log_group_name, out)?;
            let Replaced { before, after } = kms_key_id;
            write_was("kmsKeyId", log_group_name, before.as_deref(), after, out)?;
            write_calls(&calls(plan, step), region, out)
        }
        Change::AddBucketStatement {
            bucket,
            statement,
            before,
        } => write_statement(bucket, statement, before.as_deref(), out),
        Change::CreateFlowLogs {
            flow_logs,
            existing,
        } => {
            let request = FlowLogRequest {
                tags: tags(plan, step),
                ..flow_logs.clone()
            };
            write_flow_logs(step, &request, existing, out)
        }
        Change::DeleteFlowLogs { flow_logs } => write_deletion(plan, step, flow_logs, out),
    }
}

fn write_calls(calls: &[Call], region: &str, out: &mut dyn Write) -> Result<(), RenderError> {
    for call in calls {
        let command = command(call, Some(region)).with_program("\"$AWS\"");
        writeln!(out, "{command} >/dev/null")?;
    }
    Ok(())
}

/// The first call makes what then carries the tag of the plan; the others can be repeated.
fn write_unless_made(
    tag: &str,
    calls: &[Call],
    region: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let Some((create, settings)) = calls.split_first() else {
        return Ok(());
    };
    writeln!(out, "tag=$({tag})")?;
    writeln!(
        out,
        "if [ \"$tag\" = \"$PLAN\" ]; then say '  made before'; else"
    )?;
    write_calls(std::slice::from_ref(create), region, out)?;
    writeln!(out, "fi")?;
    write_calls(settings, region, out)
}

/// In one region, S3 lets a caller make a bucket of his own again, so it is looked for first.
fn write_bucket(
    plan: &Plan,
    step: &Step,
    bucket: &str,
    region: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let calls = calls(plan, step);
    // It is known by its tags whose the bucket is.
    let is_making =
        |call: &&Call| matches!(call, Call::CreateBucket(_) | Call::PutBucketTagging(_));
    let (making, settings): (Vec<Call>, Vec<Call>) =
        calls.into_iter().partition(|call| is_making(&call));
    let bucket = quote(bucket);
    writeln!(
        out,
        "if \"$AWS\" s3api head-bucket --region \"$region\" --bucket {bucket} >/dev/null 2>&1; then"
    )?;
    writeln!(out, "tag=$(bucket_tag {bucket} flowcover:plan)")?;
    writeln!(
        out,
        "[ \"$tag\" = \"$PLAN\" ] || fail 'there is a bucket of that name'"
    )?;
    writeln!(out, "say '  made before'")?;
    writeln!(out, "else")?;
    write_calls(&making, region, out)?;
    writeln!(out, "fi")?;
    write_calls(&settings, region, out)
}

fn log_group_arn(plan: &Plan, step: &Step, region: &str, name: &str) -> String {
    format!(
        "arn:{}:logs:{region}:{}:log-group:{name}",
        plan.partition, step.account_id
    )
}

fn write_ours(
    plan: &Plan,
    step: &Step,
    region: &str,
    log_group_name: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let arn = log_group_arn(plan, step, region, log_group_name);
    write_must_be_ours(step, "log_group_tag", &arn, log_group_name, out)
}

/// That a run made it, in the step that makes this very resource.
fn write_must_be_ours(
    step: &Step,
    look: &str,
    tagged: &str,
    name: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let maker = tag_value(&step.maker_id().unwrap_or_default());
    let (tagged, name) = (quote(tagged), quote(name));
    writeln!(out, "run=$({look} {tagged} flowcover:run)")?;
    writeln!(out, "made_by=$({look} {tagged} flowcover:step)")?;
    let maker = quote(&maker);
    Ok(writeln!(
        out,
        "must_be_ours {name} \"$run\" \"$made_by\" {maker}"
    )?)
}

/// A setting of a log group is as it was, or already as it shall be.
fn write_was(
    field: &str,
    log_group_name: &str,
    before: Option<&str>,
    after: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    // Group names hold no quote; what is looked for is compared by the shell, not by the query.
    let now = Command::new("logs", "describe-log-groups")
        .option("--log-group-name-prefix", log_group_name)
        .option("--query", &format!("logGroups[].[logGroupName,{field}]"));
    let now = now.with_program("\"$AWS\"");
    writeln!(
        out,
        "{now} \\\n  --region \"$region\" --output text >\"$work/groups\""
    )?;
    let line = |value: &str| quote(&format!("{log_group_name}\t{value}")).into_owned();
    let (before, after) = (line(before.unwrap_or("None")), line(after));
    writeln!(out, "grep -qxF -e {before} -e {after} \"$work/groups\" ||")?;
    Ok(writeln!(
        out,
        "  fail {}",
        quote(&format!("{field} is not as it was when the plan was made"))
    )?)
}

/// A policy is as it was, or already as it shall be.
fn write_same(
    what: &str,
    now: &Command,
    query: &str,
    policy: &Replaced<String>,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let [service, operation] = now.operation();
    let now = now.clone().option("--query", query);
    let now = now.lines(&format!(
        "unless_missing NoSuchEntity {service} {operation}"
    ));
    writeln!(out, "now=$({now} \\\n  --region \"$region\" --output json)")?;
    let before = policy.before.as_deref().unwrap_or_default();
    writeln!(out, "policy same \"$now\" {} ||", quote(before))?;
    writeln!(out, "  policy same \"$now\" {} ||", quote(&policy.after))?;
    Ok(writeln!(
        out,
        "  fail {}",
        quote(&format!(
            "the {what} is not as it was when the plan was made"
        ))
    )?)
}

fn write_statement(
    bucket: &str,
    statement: &PolicyStatement,
    before: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    Ok(writeln!(
        out,
        "add_statement {} {} \\\n  {} \\\n  {}",
        quote(bucket),
        quote(&statement.sid),
        quote(&statement.statement),
        quote(before.unwrap_or_default())
    )?)
}

fn write_flow_logs(
    step: &Step,
    request: &FlowLogRequest,
    existing: &[String],
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    for resource_ids in request.resource_ids.chunks(MOST_RESOURCES) {
        let head = format!(
            "make_flow_logs {} {} {}",
            quote(&tag_value(&step.id)),
            quote(&resource_ids.join(" ")),
            quote(&existing.join(" "))
        );
        let options = flow_log_options(Command::new("ec2", "create-flow-logs"), request);
        writeln!(out, "{}", options.lines(&head))?;
    }
    Ok(())
}

fn write_deletion(
    plan: &Plan,
    step: &Step,
    flow_logs: &[FlowLog],
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let ids: Vec<&str> = flow_logs
        .iter()
        .map(|log| log.flow_log_id.as_str())
        .collect();
    write!(out, "if [ \"$replace\" = yes ]")?;
    for id in &step.after_delivery_of {
        let count = plan.step(id).map_or(0, |step| match &step.change {
            Change::CreateFlowLogs { flow_logs, .. } => flow_logs.resource_ids.len(),
            _ => 0,
        });
        write!(out, " && deliver {} {count}", quote(&tag_value(id)))?;
    }
    writeln!(out, "; then")?;
    writeln!(out, "delete_flow_logs {}", ids.join(" "))?;
    writeln!(
        out,
        "else say '  left: run this again with --replace once the new ones deliver'"
    )?;
    Ok(writeln!(out, "fi")?)
}
