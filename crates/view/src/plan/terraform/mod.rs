//! A plan as a Terraform module.

mod providers;
mod resources;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flowcover_core::plan::{Change, Plan};

use super::hcl::Block;
use super::made::{Made, resource_kind};
use super::names::file_part;
use super::step::unfit;
use super::{left_out, made};
use crate::inert::{markdown, text};

/// The files of the module: name and text. Nothing of it was made by flowcover's own run, so everything carries the
/// tag `flowcover:plan` but not `flowcover:run`: no later plan changes it.
#[must_use]
pub fn terraform(plan: &Plan) -> Vec<(String, String)> {
    let made = Made::new(plan);
    let mut accounts = BTreeMap::<&str, Vec<Block>>::new();
    let mut places = BTreeMap::<(&str, &str), ()>::new();
    for step in plan.steps.iter().filter(|step| unfit(plan, step).is_none()) {
        let blocks = resources::of(plan, &made, step);
        if !blocks.is_empty() {
            accounts.entry(&step.account_id).or_default().extend(blocks);
            places.insert((&step.account_id, made::region(plan, step)), ());
        }
    }
    let left_out = left_out::left_out(plan, "Terraform", |step| match &step.change {
        Change::CreateFlowLogs { flow_logs, .. } => {
            resources::attachment(resource_kind(flow_logs)).is_some()
        }
        _ => true,
    });
    let mut files = vec![
        ("README.md".to_owned(), readme(plan, !left_out.is_empty())),
        (
            "providers.tf".to_owned(),
            providers::text(plan, places.into_keys()),
        ),
    ];
    for (account_id, blocks) in accounts {
        let name = plan
            .accounts
            .get(account_id)
            .and_then(|account| account.name.as_deref());
        let mut file = format!("# Account {account_id}");
        if let Some(name) = name {
            let _ = write!(file, " ({})", text(name));
        }
        file.push('\n');
        for block in blocks {
            file.push('\n');
            file.push_str(&block.render(0));
        }
        files.push((format!("account-{}.tf", file_part(account_id)), file));
    }
    files.extend(left_out::page(plan, &left_out));
    files
}

fn readme(plan: &Plan, left_out: bool) -> String {
    let first = if left_out {
        "\nNot everything is in it: do first what `not-included.md` lists under \"Before\", and last what it lists under \"Afterwards\".\n"
    } else {
        ""
    };
    format!(
        "# Flow logs, plan {}\n\n\
         Made by {}. It holds the new resources of the plan, one file for each account.\n{first}\n\
         ```sh\nterraform init\nterraform plan\nterraform apply\n```\n\n\
         The providers take the credentials that the plan was made with, and refuse to work in another account.\n\n\
         A fresh role cannot be assumed at once. Where `apply` says \"Unable to assume given IAM role\", run it again after a minute.\n\n\
         Everything carries the tag `flowcover:plan`. To take it back: `terraform destroy`. It leaves the log groups, and a bucket that holds records.\n",
        markdown(&plan.id),
        markdown(&plan.generator)
    )
}
