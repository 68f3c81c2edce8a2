//! What the policy simulator of IAM is asked before anything is changed: each action of the steps, on what it is about.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::plan::{Change, PLAN_TAG, RUN_TAG, Step};

/// Resources named in one question: their names follow one pattern, so a few tell.
const MOST_RESOURCES: usize = 5;

/// The service that roles are passed to.
const FLOW_LOGS: &str = "vpc-flow-logs.amazonaws.com";

/// Keys of conditions that are known of every call of a run that has them.
pub(super) fn context(run: &str, plan_id: &str) -> Vec<(String, String)> {
    [
        ("iam:PassedToService", FLOW_LOGS),
        // Nothing else in EC2 is tagged.
        ("ec2:CreateAction", "CreateFlowLogs"),
        (&format!("aws:RequestTag/{RUN_TAG}"), run),
        (&format!("aws:RequestTag/{PLAN_TAG}"), plan_id),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// Actions by the resources that they are about. No resource: any.
pub(super) fn questions(partition: &str, steps: &[&Step]) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut resources = BTreeMap::<&str, BTreeSet<String>>::new();
    for step in steps {
        for action in &step.iam_actions {
            let arns = resource_arns(partition, step, action);
            resources.entry(action).or_default().extend(arns);
        }
    }
    let mut questions = BTreeMap::<Vec<String>, Vec<String>>::new();
    for (action, arns) in resources {
        let arns = arns.into_iter().take(MOST_RESOURCES).collect();
        questions.entry(arns).or_default().push(action.to_owned());
    }
    questions
}

/// The resources that an action of a step is about, where policies can tell them apart (Service Authorization Reference).
fn resource_arns(partition: &str, step: &Step, action: &str) -> Vec<String> {
    let account_id = &step.account_id;
    let region = step.region.as_deref().unwrap_or_default();
    let ec2 = |name: &str| format!("arn:{partition}:ec2:{region}:{account_id}:{name}");
    match &step.change {
        Change::CreateRole { role_name, .. } | Change::MendRole { role_name, .. } => {
            vec![format!(
                "arn:{partition}:iam::{account_id}:role/{role_name}"
            )]
        }
        Change::CreateLogGroup { log_group_name, .. }
        | Change::SetRetention { log_group_name, .. }
        | Change::SetLogGroupKey { log_group_name, .. }
            if action != "logs:DescribeLogGroups" =>
        {
            let group = format!("log-group:{log_group_name}");
            vec![format!(
                "arn:{partition}:logs:{region}:{account_id}:{group}"
            )]
        }
        Change::CreateBucket { bucket, .. } | Change::AddBucketStatement { bucket, .. } => {
            vec![format!("arn:{partition}:s3:::{bucket}")]
        }
        Change::CreateFlowLogs { flow_logs, .. } if action == "iam:PassRole" => {
            let role = &flow_logs.deliver_logs_permission_arn;
            role.iter().cloned().collect()
        }
        Change::CreateFlowLogs { flow_logs, .. } if action == "ec2:CreateFlowLogs" => {
            let recorded = flow_logs.resource_ids.first();
            let recorded = recorded.zip(resource_type(&flow_logs.resource_type));
            let recorded = recorded.map(|(id, kind)| ec2(&format!("{kind}/{id}")));
            [ec2("vpc-flow-log/*")]
                .into_iter()
                .chain(recorded)
                .collect()
        }
        Change::CreateFlowLogs { .. } | Change::DeleteFlowLogs { .. }
            if ["ec2:CreateTags", "ec2:DeleteFlowLogs"].contains(&action) =>
        {
            vec![ec2("vpc-flow-log/*")]
        }
        _ => Vec::new(),
    }
}

/// What the Service Authorization Reference calls what `CreateFlowLogs` calls so.
fn resource_type(kind: &str) -> Option<&'static str> {
    match kind {
        "VPC" => Some("vpc"),
        "Subnet" => Some("subnet"),
        "NetworkInterface" => Some("network-interface"),
        "TransitGateway" => Some("transit-gateway"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "questions_tests.rs"]
#[allow(clippy::unwrap_used)]
mod tests;
