//! What a tool that owns what it makes cannot do: it stands on a page beside the files, with the commands.

use std::fmt::Write as _;

use flowcover_core::plan::{Change, Plan, Step};

use super::commands::command;
use super::step::{calls, unfit};
use crate::inert::markdown;

/// Name of the page.
pub(super) const FILE: &str = "not-included.md";

/// A step that is not in the files.
pub(super) struct LeftOut<'a> {
    step: &'a Step,
    why: String,
    /// Whether it comes last.
    after: bool,
}

/// The steps that `tool` cannot carry out. `includes`: whether it knows what a step makes.
pub(super) fn left_out<'a>(
    plan: &'a Plan,
    tool: &str,
    includes: impl Fn(&Step) -> bool,
) -> Vec<LeftOut<'a>> {
    let steps = plan.steps.iter().filter_map(|step| {
        let why = match (unfit(plan, step), &step.change) {
            (Some(why), _) => format!("Left out: {why}."),
            (None, Change::SetRetention { .. }) if step.needs_argument.is_some() => format!(
                "It exists, and {tool} did not make it. AWS then deletes the records that are older, and nothing brings them back."
            ),
            (None, Change::MendRole { .. } | Change::SetRetention { .. } | Change::SetLogGroupKey { .. }) => {
                format!("It exists, and {tool} did not make it.")
            }
            (None, Change::AddBucketStatement { .. }) => format!(
                "The policy of that bucket has other statements: {tool} would replace all of them. Put this one beside them."
            ),
            (None, Change::DeleteFlowLogs { .. }) => format!(
                "{tool} did not make it. Delete it only once the new flow logs deliver (`flowcover verify` tells), for until then nothing else records."
            ),
            (None, _) if !includes(step) => format!("{tool} has no such flow log."),
            _ => return None,
        };
        let after = matches!(step.change, Change::DeleteFlowLogs { .. });
        Some(LeftOut { step, why, after })
    });
    steps.collect()
}

/// The page; none if there is nothing to say.
pub(super) fn page(plan: &Plan, steps: &[LeftOut<'_>]) -> Option<(String, String)> {
    if steps.is_empty() {
        return None;
    }
    let mut text = format!(
        "# Not included\n\nSteps of plan {} that are not in these files, with the commands that do the same.\n",
        markdown(&plan.id)
    );
    for (heading, after) in [("Before", false), ("Afterwards", true)] {
        let mut these = steps.iter().filter(|step| step.after == after).peekable();
        if these.peek().is_some() {
            let _ = write!(text, "\n## {heading}\n");
        }
        for step in these {
            push(&mut text, plan, step);
        }
    }
    Some((FILE.to_owned(), text))
}

fn push(text: &mut String, plan: &Plan, left_out: &LeftOut<'_>) {
    let step = left_out.step;
    let _ = write!(
        text,
        "\n### {}\n\n{}\n\n{}\n",
        markdown(&step.id),
        markdown(&step.summary),
        left_out.why
    );
    if unfit(plan, step).is_some() {
        return;
    }
    let region = step.region.as_deref();
    let commands: Vec<String> = match &step.change {
        Change::AddBucketStatement {
            bucket, statement, ..
        } => {
            let statement = pretty(&statement.statement);
            let fence = fence(&statement);
            let _ = write!(text, "\n{fence}json\n{statement}\n{fence}\n");
            let get = super::shell::Command::new("s3api", "get-bucket-policy")
                .maybe("--region", region)
                .option("--bucket", bucket)
                .option("--query", "Policy")
                .option("--output", "text");
            let put = super::shell::Command::new("s3api", "put-bucket-policy")
                .maybe("--region", region)
                .option("--bucket", bucket)
                .option("--policy", "file://policy.json");
            vec![
                format!("{get} >policy.json"),
                "# Put the statement among those in policy.json.".to_owned(),
                put.to_string(),
            ]
        }
        _ => calls(plan, step)
            .iter()
            .map(|call| command(call, region).to_string())
            .collect(),
    };
    let commands = commands.join("\n");
    let fence = fence(&commands);
    let _ = write!(
        text,
        "\nAs account {}:\n\n{fence}sh\n{commands}\n{fence}\n",
        step.account_id
    );
}

/// Backticks that no text in the block ends.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// JSON on several lines; as it is, if it is none.
fn pretty(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| json.to_owned())
}
