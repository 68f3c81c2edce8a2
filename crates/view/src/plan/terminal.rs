//! A plan for reading in a terminal: what is added, changed and deleted, account by account.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use flowcover_core::plan::{Effect, NotFixed, Plan, Reason, Step};

use super::words::{answers, attributes, kind, name, reason, summary};
use crate::table::page::{Page, Tone, pad};
use crate::words::grouped;
use crate::{Options, RenderError, inert};

/// Columns of the names of attributes.
const NAME: usize = 12;
/// Resources that a line names, unless everything is asked for.
const NAMED: usize = 3;
/// Findings of one reason that are shown, unless everything is asked for.
const ROWS: usize = 5;

/// Writes a plan for reading in a terminal. Nothing is said by colour alone.
///
/// # Errors
///
/// When `out` refuses what is written to it.
pub fn terminal(plan: &Plan, options: &Options, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut page = Page::new(out, options);
    let source = plan.policy.file.as_deref().unwrap_or(&plan.policy.preset);
    let remark = format!("by {} from policy {source}", plan.generator);
    page.heading(
        Tone::Strong,
        &format!("PLAN {}", inert::text(&plan.id)),
        &remark,
    )?;
    for (account_id, steps) in by_account(plan) {
        write_account(plan, account_id, &steps, options.verbose, &mut page)?;
    }
    if !plan.notes.is_empty() {
        page.heading(Tone::Strong, "NOTES", "")?;
        for note in &plan.notes {
            page.entry(2, 4, &[(Tone::Plain, "- ")], Tone::Plain, note)?;
        }
    }
    write_not_fixed(plan, options.verbose, &mut page)?;
    page.blank()?;
    page.text(0, Tone::Strong, &summary(plan))
}

/// Steps in their order, by account in the order in which accounts come first.
pub(super) fn by_account(plan: &Plan) -> Vec<(&str, Vec<&Step>)> {
    let mut accounts: Vec<(&str, Vec<&Step>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for step in &plan.steps {
        let place = *places.entry(&step.account_id).or_insert_with(|| {
            accounts.push((&step.account_id, Vec::new()));
            accounts.len() - 1
        });
        accounts[place].1.push(step);
    }
    accounts
}

fn write_account(
    plan: &Plan,
    account_id: &str,
    steps: &[&Step],
    verbose: bool,
    page: &mut Page<'_>,
) -> Result<(), RenderError> {
    let account = plan.accounts.get(account_id);
    let name = account
        .and_then(|account| account.name.as_deref())
        .unwrap_or_default();
    page.heading(
        Tone::Strong,
        &format!("ACCOUNT {}", inert::text(account_id)),
        name,
    )?;
    let mut regions: BTreeMap<Option<&str>, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        regions
            .entry(step.region.as_deref())
            .or_default()
            .push(step);
    }
    for (region, steps) in regions {
        page.blank()?;
        page.text(2, Tone::Strong, region.unwrap_or("all regions"))?;
        for step in steps {
            write_step(step, verbose, page)?;
        }
    }
    Ok(())
}

const fn tone(effect: Effect) -> Tone {
    match effect {
        Effect::Create => Tone::Good,
        Effect::Update => Tone::Warning,
        Effect::Delete => Tone::Bad,
    }
}

fn write_step(step: &Step, verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    let sign = format!("{} ", step.effect.sign());
    let kind = format!("{}  ", kind(&step.change));
    let lead = [(tone(step.effect), &*sign), (Tone::Strong, &*kind)];
    page.entry(2, 6, &lead, Tone::Plain, name(step))?;
    if let Some(argument) = &step.needs_argument {
        let lead = [(Tone::Bad, "not safe: ")];
        page.entry(6, 8, &lead, Tone::Plain, &format!("only with {argument}"))?;
    }
    for (attribute, value) in attributes(step) {
        // What the line above says is not said again.
        if value != step.resource.id {
            write_attribute(attribute, &value, page)?;
        }
    }
    for (check, resources) in answers(step) {
        let what = shortened(&resources, verbose);
        write_attribute("why", &format!("{check}: {what}"), page)?;
    }
    if let Some(because) = &step.because {
        write_attribute("why", because, page)?;
    }
    for also in &step.blast_radius {
        let lead = [(Tone::Warning, &*pad("also", NAME))];
        page.entry(6, 6 + NAME, &lead, Tone::Plain, also)?;
    }
    if verbose {
        for call in &step.calls {
            write_attribute("call", call.action(), page)?;
        }
        for inverse in &step.inverse {
            write_attribute("taken back", inverse, page)?;
        }
    }
    Ok(())
}

fn write_attribute(name: &str, value: &str, page: &mut Page<'_>) -> Result<(), RenderError> {
    page.entry(
        6,
        6 + NAME,
        &[(Tone::Quiet, &*pad(name, NAME))],
        Tone::Plain,
        value,
    )
}

fn shortened(resources: &[String], verbose: bool) -> String {
    let shown = if verbose {
        resources.len()
    } else {
        NAMED.min(resources.len())
    };
    let names = resources[..shown].join(", ");
    match resources.len() - shown {
        0 => names,
        more => format!("{names} and {} more", grouped(more as u64)),
    }
}

/// Findings that stay, by reason.
pub(super) fn by_reason(plan: &Plan) -> BTreeMap<Reason, Vec<&NotFixed>> {
    let mut reasons: BTreeMap<Reason, Vec<&NotFixed>> = BTreeMap::new();
    for item in &plan.not_fixed {
        reasons.entry(item.reason).or_default().push(item);
    }
    reasons
}

fn write_not_fixed(plan: &Plan, verbose: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    if plan.not_fixed.is_empty() {
        return Ok(());
    }
    page.heading(
        Tone::Strong,
        "NOT FIXED",
        &grouped(plan.not_fixed.len() as u64),
    )?;
    for (why, items) in by_reason(plan) {
        page.blank()?;
        let count = format!("({})", grouped(items.len() as u64));
        page.entry(
            2,
            4,
            &[(Tone::Strong, reason(why)), (Tone::Plain, " ")],
            Tone::Quiet,
            &count,
        )?;
        let limit = if verbose { usize::MAX } else { ROWS };
        for (number, item) in items.iter().take(limit).enumerate() {
            let following = items.get(number + 1).filter(|_| number + 1 < limit);
            // The same steps are said once, under the last of those that they are for.
            let repeated = following.is_some_and(|following| following.manual == item.manual);
            write_item(item, !repeated || verbose, page)?;
        }
        if items.len() > limit {
            let left_out = grouped((items.len() - limit) as u64);
            page.text(
                4,
                Tone::Plain,
                &format!("… and {left_out} more (--verbose lists all)"),
            )?;
        }
    }
    Ok(())
}

fn write_item(item: &NotFixed, with_manual: bool, page: &mut Page<'_>) -> Result<(), RenderError> {
    let check = inert::text(&item.check);
    let lead = [
        (Tone::Plain, "- "),
        (Tone::Strong, &*check),
        (Tone::Plain, "  "),
    ];
    page.entry(4, 6, &lead, Tone::Plain, &item.message)?;
    if !item.message.contains(&item.resource.id) {
        let place = [
            item.resource.account_id.as_deref(),
            item.resource.region.as_deref(),
        ];
        let place: Vec<&str> = place
            .into_iter()
            .flatten()
            .chain([item.resource.id.as_str()])
            .collect();
        page.text(6, Tone::Quiet, &place.join(" "))?;
    }
    if with_manual {
        for (number, manual) in item.manual.iter().enumerate() {
            let lead = format!("{}. ", number + 1);
            page.entry(6, 9, &[(Tone::Quiet, &*lead)], Tone::Quiet, manual)?;
        }
    }
    Ok(())
}
