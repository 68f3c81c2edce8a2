//! What several views ask of a step.

use flowcover_core::call::Call;
use flowcover_core::inventory::Tags;
use flowcover_core::plan::{Change, PLAN_TAG, Plan, STEP_TAG, Step, tag_value};
use serde_json::Value;

use crate::inert;

/// Tags of what a step makes where no run of flowcover makes it: without `flowcover:run`, so that no later
/// plan takes it for flowcover's own.
pub(super) fn tags(plan: &Plan, step: &Step) -> Tags {
    let mut tags = step.change.tags().cloned().unwrap_or_default();
    tags.extend(provenance(plan, step));
    tags
}

fn provenance(plan: &Plan, step: &Step) -> Tags {
    [
        (PLAN_TAG.to_owned(), plan.id.clone()),
        (STEP_TAG.to_owned(), tag_value(&step.id)),
    ]
    .into()
}

/// The calls of a step, with the tags.
pub(super) fn calls(plan: &Plan, step: &Step) -> Vec<Call> {
    step.change.calls_with(&provenance(plan, step))
}

/// Why a step cannot be written into a file that people read and programs run, if so: no name that AWS
/// gives or takes looks like this, so somebody means harm or the plan was edited.
pub(super) fn unfit(plan: &Plan, step: &Step) -> Option<&'static str> {
    let entry = plan
        .accounts
        .get(&step.account_id)
        .map(|account| &account.entry);
    let entry = serde_json::to_value(entry).unwrap_or(Value::Null);
    let change = serde_json::to_value(&step.change).unwrap_or(Value::Null);
    let region = step.region.as_deref().unwrap_or_default();
    let is_plain = |id: &String| is_word(id);
    let ids = match &step.change {
        Change::CreateFlowLogs {
            flow_logs,
            existing,
        } => flow_logs.resource_ids.iter().chain(existing).all(is_plain),
        Change::DeleteFlowLogs { flow_logs } => {
            flow_logs.iter().all(|log| is_plain(&log.flow_log_id))
        }
        _ => true,
    };
    if !ids || !is_word(region) || !is_word(&step.account_id) {
        return Some("an id or the region in it is none that AWS gives");
    }
    unfit_text(&change).or_else(|| unfit_text(&entry))
}

/// An id of EC2, an account or a region.
fn is_word(text: &str) -> bool {
    let taken = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    text.bytes().all(taken) && !text.starts_with('-')
}

fn unfit_text(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(text) if text.contains(inert::is_unsafe) => {
            Some("a name in it holds characters that cannot be seen")
        }
        // Old and new versions of the AWS CLI read the file or page that such a value names.
        Value::String(text)
            if ["file://", "fileb://", "http://", "https://"]
                .iter()
                .any(|it| text.starts_with(it)) =>
        {
            Some("a name in it would be taken for a file or an address")
        }
        // CloudFormation would put a secret there ("dynamic references").
        Value::String(text) if text.contains("{{resolve:") => {
            Some("a name in it would be taken for a reference to a secret")
        }
        Value::Array(items) => items.iter().find_map(unfit_text),
        Value::Object(fields) => fields.values().find_map(unfit_text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture;

    #[test]
    fn ordinary_steps_are_fit() {
        let plan = fixture::plan();
        for step in &plan.steps {
            assert_eq!(unfit(&plan, step), None, "{}", step.id);
        }
    }

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        let step = fixture::step(
            (fixture::SANDBOX, Some("eu-west-1")),
            ("log-group", flowcover_core::plan::Effect::Create),
            ("AWS::Logs::LogGroup", name),
            Change::CreateLogGroup {
                tags: Tags::new(),
                log_group_name: name.to_owned(),
                retention_in_days: None,
                kms_key_id: None,
            },
        );
        let found = unfit(&fixture::plan(), &step);
        assert_eq!(found.is_some(), expected.is_some(), "{name:?}");
        assert!(
            found
                .unwrap_or_default()
                .contains(expected.unwrap_or_default())
        );
    }

    #[test]
    fn names_that_mean_something_to_a_program_are_not_fit() {
        check("/vpc/a", None);
        check("it's ${x} $(id) \"q\"", None);
        check("a\u{202e}b", Some("seen"));
        check("a\nb", Some("seen"));
        check("file:///etc/passwd", Some("file"));
        check("a {{resolve:ssm:b}}", Some("secret"));
    }

    #[test]
    fn ids_are_words() {
        let plan = fixture::plan();
        let mut step = plan.steps[0].clone();
        step.region = Some("eu-west-1; id".to_owned());
        assert!(unfit(&plan, &step).is_some());
    }
}
