//! Words that the views of a plan share.

use flowcover_core::call::FlowLogRequest;
use flowcover_core::iam::{PolicyDocument, Scope};
use flowcover_core::inventory::Tags;
use flowcover_core::plan::{Change, Effect, Plan, Reason, Replaced, Step};

use crate::words::{grouped, plural};

/// How many steps do what, and how much stays. That nothing is to be changed is said of what was read only.
pub(super) fn summary(plan: &Plan) -> String {
    let count = |effect| {
        let steps = plan.steps.iter().filter(|step| step.effect == effect);
        grouped(steps.count() as u64)
    };
    let changes = match (plan.steps.is_empty(), plan.is_complete()) {
        (true, true) => "Nothing is to be changed".to_owned(),
        (true, false) => "Nothing is to be changed in what could be read".to_owned(),
        (false, _) => format!(
            "Plan: {} to add, {} to change, {} to delete",
            count(Effect::Create),
            count(Effect::Update),
            count(Effect::Delete)
        ),
    };
    let unread = plan.not_fixed.iter();
    let unread = unread.filter(|it| it.reason == Reason::NotRead).count() as u64;
    let findings = plan.not_fixed.len() as u64 - unread;
    let stays = match findings {
        0 => String::new(),
        1 => "; 1 finding is not fixed".to_owned(),
        more => format!("; {} are not fixed", plural(more, "finding")),
    };
    let unread = match unread {
        0 => String::new(),
        1 => "; 1 thing could not be read".to_owned(),
        more => format!("; {} could not be read", plural(more, "thing")),
    };
    format!("{changes}{stays}{unread}.")
}

/// What a step makes or changes, by its name in prose.
pub(super) const fn kind(change: &Change) -> &'static str {
    match change {
        Change::CreateRole { .. } | Change::MendRole { .. } => "role",
        Change::CreateLogGroup { .. }
        | Change::SetRetention { .. }
        | Change::SetLogGroupKey { .. } => "log group",
        Change::CreateBucket { .. } => "bucket",
        Change::AddBucketStatement { .. } => "bucket policy",
        Change::CreateFlowLogs { .. } | Change::DeleteFlowLogs { .. } => "flow log",
    }
}

/// What a step makes or changes, by its own name: account and region stand above it.
pub(super) fn name(step: &Step) -> &str {
    match &step.change {
        Change::CreateRole { role_name, .. } | Change::MendRole { role_name, .. } => role_name,
        Change::CreateLogGroup { log_group_name, .. }
        | Change::SetRetention { log_group_name, .. }
        | Change::SetLogGroupKey { log_group_name, .. } => log_group_name,
        Change::CreateBucket { bucket, .. } | Change::AddBucketStatement { bucket, .. } => bucket,
        Change::CreateFlowLogs { .. } | Change::DeleteFlowLogs { .. } => &step.resource.id,
    }
}

/// Why findings are not fixed, as a heading.
pub(super) const fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NotOurs => "not made by flowcover",
        Reason::NotRead => "not read",
        Reason::NeedsReplace => "needs --replace",
        Reason::NotOwned => "belongs to another account",
        Reason::NotAChange => "no change in an account fixes it",
        Reason::Quota => "AWS takes no further flow log",
        Reason::NotConfigured => "[fix] does not say enough",
        Reason::LeftAlone => "left alone by the policy",
    }
}

/// What decides about a change, by name. Values as they stand in the plan.
pub(super) fn attributes(step: &Step) -> Vec<(&'static str, String)> {
    match &step.change {
        Change::CreateRole {
            trust_policy,
            policy_name,
            policy,
            tags,
            ..
        } => [
            ("trust", principals(trust_policy)),
            ("policy", format!("{policy_name}: {}", actions(policy))),
        ]
        .into_iter()
        .chain(tagged(tags))
        .collect(),
        Change::MendRole {
            trust_policy,
            policy_name,
            policy,
            ..
        } => {
            let trust = trust_policy
                .as_ref()
                .map(|trust| ("trust", changed(trust, |it| principals(it))));
            let policy = policy.as_ref().map(|policy| {
                (
                    "policy",
                    format!("{policy_name}: {}", changed(policy, |it| actions(it))),
                )
            });
            trust.into_iter().chain(policy).collect()
        }
        Change::CreateLogGroup {
            retention_in_days,
            kms_key_id,
            tags,
            ..
        } => {
            let key = kms_key_id.clone().map(|key| ("key", key));
            [("retention", retention(*retention_in_days))]
                .into_iter()
                .chain(key)
                .chain(tagged(tags))
                .collect()
        }
        Change::SetRetention {
            retention_in_days: Replaced { before, after },
            ..
        } => {
            vec![(
                "retention",
                format!("{} → {}", retention(*before), retention(Some(*after))),
            )]
        }
        Change::SetLogGroupKey { kms_key_id, .. } => {
            vec![("key", changed(kms_key_id, Clone::clone))]
        }
        Change::CreateBucket {
            encryption,
            kms_key,
            expiration_days,
            statements,
            tags,
            ..
        } => {
            let mut attributes = vec![
                ("encryption", encryption.clone()),
                ("retention", retention(*expiration_days)),
                ("public", "blocked".to_owned()),
            ];
            attributes.extend(kms_key.clone().map(|key| ("key", key)));
            attributes.extend(statements.iter().map(|it| ("statement", it.sid.clone())));
            attributes.extend(tagged(tags));
            attributes
        }
        Change::AddBucketStatement {
            statement, before, ..
        } => {
            let how = if before.is_some() {
                "replaced"
            } else {
                "added beside the others"
            };
            vec![("statement", format!("{}, {how}", statement.sid))]
        }
        Change::CreateFlowLogs {
            flow_logs,
            existing,
        } => flow_log_attributes(flow_logs, existing),
        Change::DeleteFlowLogs { flow_logs } => flow_logs
            .iter()
            .map(|log| {
                let traffic = log.traffic_type.as_ref().map_or("", |it| it.as_str());
                let destination = log.log_destination.as_ref().or(log.log_group_name.as_ref());
                let on = log.resource_id.as_deref().unwrap_or_default();
                let parts = [
                    log.flow_log_id.as_str(),
                    "on",
                    on,
                    traffic,
                    destination.map_or("", |it| it),
                ];
                let parts = parts.into_iter().filter(|part| !part.is_empty());
                ("deletes", parts.collect::<Vec<_>>().join(" "))
            })
            .collect(),
    }
}

fn flow_log_attributes(
    request: &FlowLogRequest,
    existing: &[String],
) -> Vec<(&'static str, String)> {
    let destination = request
        .log_destination
        .as_ref()
        .or(request.log_group_name.as_ref());
    let options = [
        request.file_format.clone(),
        request
            .hive_compatible_partitions
            .filter(|it| *it)
            .map(|_| "Hive-compatible prefixes".to_owned()),
        request
            .per_hour_partition
            .filter(|it| *it)
            .map(|_| "a prefix for each hour".to_owned()),
    ];
    let options: Vec<String> = options.into_iter().flatten().collect();
    let joined = |parts: &[String]| (!parts.is_empty()).then(|| parts.join(", "));
    let attributes = [
        ("on", Some(request.resource_ids.join(", "))),
        ("traffic", request.traffic_type.clone()),
        ("destination", destination.cloned()),
        ("files", joined(&options)),
        ("role", request.deliver_logs_permission_arn.clone()),
        ("cross-account", request.deliver_cross_account_role.clone()),
        ("format", request.log_format.clone()),
        (
            "interval",
            request
                .max_aggregation_interval
                .map(|it| format!("{it} seconds")),
        ),
        tagged(&request.tags).map_or(("tags", None), |(name, tags)| (name, Some(tags))),
        ("beside", joined(existing)),
    ];
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn tagged(tags: &Tags) -> Option<(&'static str, String)> {
    let tags: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    (!tags.is_empty()).then(|| ("tags", tags.join(", ")))
}

fn retention(days: Option<u32>) -> String {
    days.map_or_else(
        || "for ever".to_owned(),
        |days| plural(u64::from(days), "day"),
    )
}

fn changed<T>(value: &Replaced<T>, show: impl Fn(&T) -> String) -> String {
    let before = value
        .before
        .as_ref()
        .map_or_else(|| "none".to_owned(), &show);
    format!("{before} → {}", show(&value.after))
}

/// Services and principals that a trust policy names, as they stand there.
fn principals(policy: &str) -> String {
    let found = serde_json::from_str::<serde_json::Value>(policy).ok();
    let statements = found
        .map(|policy| policy["Statement"].clone())
        .unwrap_or_default();
    let statements = statements
        .as_array()
        .cloned()
        .unwrap_or_else(|| vec![statements]);
    let mut names = Vec::new();
    for statement in &statements {
        push_texts(&statement["Principal"], &mut names);
        if statement["Condition"].is_object() {
            names.push("under conditions".to_owned());
        }
    }
    names.join(", ")
}

fn push_texts(value: &serde_json::Value, names: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => names.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| push_texts(item, names)),
        serde_json::Value::Object(fields) => {
            fields.values().for_each(|item| push_texts(item, names))
        }
        _ => {}
    }
}

/// Actions that a policy allows.
fn actions(policy: &str) -> String {
    let Ok(policy) = PolicyDocument::parse(policy) else {
        return "a policy that cannot be read".to_owned();
    };
    let actions = policy
        .statements
        .iter()
        .map(|statement| match &statement.actions {
            Scope::Only(actions) => actions.join(", "),
            Scope::AllBut(actions) => format!("all but {}", actions.join(", ")),
        });
    actions.collect::<Vec<_>>().join(", ")
}

/// The findings that a step answers: each check once, with what it is about.
pub(super) fn answers(step: &Step) -> Vec<(String, Vec<String>)> {
    let mut answers: Vec<(String, Vec<String>)> = Vec::new();
    for answered in &step.answers {
        match answers
            .iter_mut()
            .find(|(check, _)| *check == answered.check)
        {
            Some((_, resources)) => resources.push(answered.resource.clone()),
            None => answers.push((answered.check.clone(), vec![answered.resource.clone()])),
        }
    }
    answers
}
