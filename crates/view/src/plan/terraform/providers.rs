//! `providers.tf`: an alias for each account and region.

use flowcover_core::plan::Plan;
use flowcover_core::reach::Entry;

use crate::plan::hcl::{Block, string};

/// Releases of the AWS provider that have every resource and attribute in use.
const VERSIONS: &str = ">= 6.0, < 7.0";

/// The name of the provider of an account in a region: both are words of letters, digits and `-`.
pub(super) fn alias(account_id: &str, region: &str) -> String {
    format!("account_{account_id}_{}", region.replace('-', "_"))
}

pub(super) fn text<'a>(plan: &Plan, places: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let aws = Block::new("aws =")
        .text("source", "hashicorp/aws")
        .text("version", VERSIONS);
    let terraform = Block::new("terraform")
        .text("required_version", ">= 1.3")
        .with(Block::new("required_providers").with(aws));
    let mut text = terraform.render(0);
    for (account_id, region) in places {
        text.push('\n');
        text.push_str(&provider(plan, account_id, region).render(0));
    }
    text
}

fn provider(plan: &Plan, account_id: &str, region: &str) -> Block {
    let block = Block::new("provider \"aws\"")
        .text("alias", &alias(account_id, region))
        .text("region", region)
        .set("allowed_account_ids", format!("[{}]", string(account_id)));
    match plan.accounts.get(account_id) {
        Some(account) => enter(block, &account.entry),
        None => block,
    }
}

/// Roles are assumed in the order in which they stand.
fn enter(block: Block, entry: &Entry) -> Block {
    match entry {
        Entry::Caller => block,
        Entry::Profile(name) => block.text("profile", name),
        Entry::Role {
            via,
            role_arn,
            external_id,
        } => {
            let role = Block::new("assume_role")
                .text("role_arn", role_arn)
                .maybe("external_id", external_id.as_deref().map(string))
                .text("session_name", "flowcover");
            enter(block, via).with(role)
        }
    }
}
