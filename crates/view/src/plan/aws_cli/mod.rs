//! A plan as a POSIX shell script of AWS CLI commands.

mod steps;

use std::io::Write;

use flowcover_core::partition::home_region;
use flowcover_core::plan::{Plan, Step};
use flowcover_core::reach::Entry;

use super::shell::quote;
use super::step::unfit;
use crate::{RenderError, inert};

/// What every script begins with: how credentials are taken, and how what exists is looked at.
const PRELUDE: &str = include_str!("prelude.sh");

/// Writes the script. It stops at the first failure and can be run again: what carries the tags of the plan
/// is not made a second time. It needs the AWS CLI (`$AWS`, by default `aws`) and Python 3 (`$PYTHON`, by
/// default `python3`).
///
/// # Errors
///
/// When `out` refuses what is written to it.
pub fn aws_cli(plan: &Plan, out: &mut dyn Write) -> Result<(), RenderError> {
    write_head(plan, out)?;
    let blocks = plan
        .steps
        .chunk_by(|one, other| one.account_id == other.account_id);
    for block in blocks {
        write_block(plan, block, out)?;
    }
    Ok(writeln!(out, "\nsay 'Done.'")?)
}

fn write_head(plan: &Plan, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(out, "#!/bin/sh")?;
    writeln!(
        out,
        "# Plan {} of {}.",
        comment(&plan.id),
        comment(&plan.generator)
    )?;
    writeln!(out, "#")?;
    writeln!(
        out,
        "# Makes the changes of the plan with the AWS CLI, version 1 or 2, and python3. It stops at the first failure"
    )?;
    writeln!(
        out,
        "# and can be run again: what carries the tags of this plan is not made a second time."
    )?;
    writeln!(out, "#")?;
    writeln!(out, "# AWS=PROGRAM     the AWS CLI to run, by default aws")?;
    writeln!(
        out,
        "# PYTHON=PROGRAM  the Python to run, by default python3"
    )?;
    writeln!(
        out,
        "# --replace       deletes old flow logs whose successors deliver"
    )?;
    writeln!(
        out,
        "# --shorten-retention  lets AWS delete records that are older than the plan keeps them"
    )?;
    writeln!(out, "set -eu\n")?;
    writeln!(out, "PLAN={}", quote(&plan.id))?;
    Ok(out.write_all(PRELUDE.as_bytes())?)
}

/// The steps of one account that follow each other, in a subshell: its credentials end with it.
fn write_block(plan: &Plan, steps: &[Step], out: &mut dyn Write) -> Result<(), RenderError> {
    let Some(first) = steps.first() else {
        return Ok(());
    };
    let account = plan.accounts.get(&first.account_id);
    let name = account.and_then(|account| account.name.as_deref());
    let name = name
        .map(|name| format!(" ({})", comment(name)))
        .unwrap_or_default();
    writeln!(out, "\n# Account {}{name}", comment(&first.account_id))?;
    let fit: Vec<&Step> = steps
        .iter()
        .filter(|step| unfit(plan, step).is_none())
        .collect();
    for step in steps {
        if let Some(why) = unfit(plan, step) {
            writeln!(out, "# NOT INCLUDED {}: {why}", comment(&step.id))?;
        }
    }
    if fit.is_empty() {
        return Ok(());
    }
    writeln!(out, "(")?;
    writeln!(out, "region={}", quote(region(plan, fit[0])))?;
    if let Some(account) = account {
        write_entry(&account.entry, out)?;
    }
    writeln!(out, "expect_account {}", quote(&first.account_id))?;
    let mut current = region(plan, fit[0]);
    for step in fit {
        let region = region(plan, step);
        writeln!(out)?;
        if region != current {
            writeln!(out, "region={}", quote(region))?;
            current = region;
        }
        writeln!(
            out,
            "say {}",
            quote(&format!("{} {}", step.effect.sign(), comment(&step.id)))
        )?;
        steps::write(plan, step, region, out)?;
    }
    Ok(writeln!(out, ")")?)
}

/// Where calls go: those to IAM, to the region that no account can close.
fn region<'a>(plan: &'a Plan, step: &'a Step) -> &'a str {
    step.region
        .as_deref()
        .unwrap_or_else(|| home_region(&plan.partition))
}

/// Takes the credentials of an entry, the assuming ones first.
fn write_entry(entry: &Entry, out: &mut dyn Write) -> Result<(), RenderError> {
    match entry {
        Entry::Caller => {}
        Entry::Profile(name) => writeln!(out, "use_profile {}", quote(name))?,
        Entry::Role {
            via,
            role_arn,
            external_id,
        } => {
            write_entry(via, out)?;
            let external_id = external_id.as_deref().unwrap_or_default();
            writeln!(out, "assume {} {}", quote(role_arn), quote(external_id))?;
        }
    }
    Ok(())
}

/// Text in a comment: one line, whatever it holds.
fn comment(text: &str) -> std::borrow::Cow<'_, str> {
    inert::text(text)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::plan::fixture;

    fn script(plan: &Plan) -> String {
        let mut out = Vec::new();
        aws_cli(plan, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("a script is UTF-8")
    }

    #[test]
    fn it_reads_as_before() {
        let text = script(&fixture::hostile());
        let (_, own) = text.split_once(PRELUDE).expect("the prelude is in it");
        insta::assert_snapshot!("aws-cli", own);
    }

    #[test]
    fn a_shell_can_read_it() {
        for plan in [fixture::hostile(), fixture::empty()] {
            let mut shell = Command::new("sh")
                .arg("-n")
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("there is a shell");
            let mut stdin = shell.stdin.take().expect("it is piped");
            stdin
                .write_all(script(&plan).as_bytes())
                .expect("the shell reads");
            drop(stdin);
            let output = shell.wait_with_output().expect("it ends");
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }

    #[test]
    fn nothing_in_it_acts_on_a_terminal() {
        let text = script(&fixture::hostile());
        let acts = |character: char| !"\n\t".contains(character) && inert::is_unsafe(character);
        assert!(!text.contains(acts));
    }

    #[test]
    fn every_step_is_in_it_or_named() {
        let plan = fixture::hostile();
        let text = script(&plan);
        for step in &plan.steps {
            let said = format!(
                "say {}",
                quote(&format!("{} {}", step.effect.sign(), comment(&step.id)))
            );
            let left_out = format!("# NOT INCLUDED {}:", comment(&step.id));
            let times = text.matches(&said).count() + text.matches(&left_out).count();
            assert!(times >= 1, "{}", step.id);
        }
    }
}
