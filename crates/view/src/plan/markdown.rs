//! A plan for a pull-request comment (GitHub Flavored Markdown).

use std::io::Write;

use flowcover_core::plan::{Plan, Step};

use super::terminal::{by_account, by_reason};
use super::words::{answers, attributes, kind, name, reason, summary};
use crate::inert::{clip, markdown as inert};
use crate::words::{grouped, plural};
use crate::{Options, RenderError};

/// Rows of one table, unless everything is asked for: a comment on GitHub holds 65,536 characters.
const ROWS: usize = 40;
/// Rows of all tables together, likewise.
const ALL_ROWS: usize = 80;
/// Where the rest is.
const ALL_OF_IT: &str = "`--verbose` or the plan file lists them all.";
/// Characters of one value.
const VALUE: usize = 160;

/// Writes a plan under one second-level heading.
///
/// # Errors
///
/// When `out` refuses what is written to it.
pub fn markdown(plan: &Plan, options: &Options, out: &mut dyn Write) -> Result<(), RenderError> {
    writeln!(
        out,
        "## VPC flow logs: plan {}\n\n{}",
        value(&plan.id),
        summary(plan)
    )?;
    let mut left = if options.verbose {
        usize::MAX
    } else {
        ALL_ROWS
    };
    let accounts = by_account(plan);
    for (number, (account_id, steps)) in accounts.iter().enumerate() {
        if left == 0 {
            let more = plural((accounts.len() - number) as u64, "account");
            writeln!(out, "\n… and {more} more; {ALL_OF_IT}")?;
            break;
        }
        write_account(plan, account_id, steps, &mut left, out)?;
    }
    if !plan.notes.is_empty() {
        writeln!(out, "\n### Notes\n")?;
        for note in &plan.notes {
            writeln!(out, "- {}", value(note))?;
        }
    }
    write_not_fixed(plan, options.verbose, out)?;
    let source = plan.policy.file.as_deref().unwrap_or(&plan.policy.preset);
    Ok(writeln!(
        out,
        "\n<sub>{}, policy {}</sub>",
        value(&plan.generator),
        value(source)
    )?)
}

fn write_account(
    plan: &Plan,
    account_id: &str,
    steps: &[&Step],
    left: &mut usize,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let account = plan.accounts.get(account_id);
    let name = account.and_then(|account| account.name.as_deref());
    let name = name
        .map(|name| format!(" ({})", value(name)))
        .unwrap_or_default();
    // No name stands in the summary: there, Markdown's escapes are no escapes.
    let count = plural(steps.len() as u64, "step");
    writeln!(out, "\n### Account {}{name}\n", value(account_id))?;
    writeln!(out, "<details open>\n<summary>{count}</summary>\n")?;
    writeln!(
        out,
        "| | region | resource | what | why |\n| --- | --- | --- | --- | --- |"
    )?;
    let limit = if *left == usize::MAX {
        usize::MAX
    } else {
        ROWS.min(*left)
    };
    let shown = steps.len().min(limit);
    if limit != usize::MAX {
        *left -= shown;
    }
    for step in &steps[..shown] {
        write_step(step, out)?;
    }
    if shown < steps.len() {
        let more = grouped((steps.len() - shown) as u64);
        writeln!(out, "\n… and {more} more; {ALL_OF_IT}")?;
    }
    Ok(writeln!(out, "\n</details>")?)
}

fn write_step(step: &Step, out: &mut dyn Write) -> Result<(), RenderError> {
    let mut what: Vec<String> = attributes(step)
        .iter()
        .map(|(attribute, text)| format!("{attribute}: {}", value(text)))
        .collect();
    if let Some(argument) = &step.needs_argument {
        what.insert(0, format!("**not safe, only with {}**", value(argument)));
    }
    what.extend(
        step.blast_radius
            .iter()
            .map(|also| format!("**also:** {}", value(also))),
    );
    let why: Vec<String> = answers(step)
        .iter()
        .map(|(check, resources)| format!("{check}: {}", resources.join(", ")))
        .chain(step.because.clone())
        .map(|why| value(&why))
        .collect();
    Ok(writeln!(
        out,
        "| `{}` | {} | {} {} | {} | {} |",
        step.effect.sign(),
        value(step.region.as_deref().unwrap_or("–")),
        kind(&step.change),
        value(name(step)),
        what.join("<br>"),
        why.join("<br>")
    )?)
}

fn write_not_fixed(plan: &Plan, verbose: bool, out: &mut dyn Write) -> Result<(), RenderError> {
    for (why, items) in by_reason(plan) {
        let count = grouped(items.len() as u64);
        writeln!(
            out,
            "\n<details>\n<summary>Not fixed, {} ({count})</summary>\n",
            reason(why)
        )?;
        writeln!(
            out,
            "| check | resource | message | by hand |\n| --- | --- | --- | --- |"
        )?;
        let limit = if verbose { usize::MAX } else { ROWS / 2 };
        for item in items.iter().take(limit) {
            let manual: Vec<String> = item
                .manual
                .iter()
                .enumerate()
                .map(|(number, text)| format!("{}\\. {}", number + 1, value(text)))
                .collect();
            writeln!(
                out,
                "| {} | {} | {} | {} |",
                value(&item.check),
                value(&item.resource.id),
                value(&item.message),
                manual.join("<br>")
            )?;
        }
        if items.len() > limit {
            let more = grouped((items.len() - limit) as u64);
            writeln!(out, "\n… and {more} more; {ALL_OF_IT}")?;
        }
        writeln!(out, "\n</details>")?;
    }
    Ok(())
}

fn value(raw: &str) -> String {
    inert(&clip(raw, VALUE)).into_owned()
}

#[cfg(test)]
mod tests {
    use flowcover_core::plan::Change;
    use proptest::prelude::*;

    use super::*;
    use crate::plan::fixture;

    fn rendered(plan: &Plan, options: &Options) -> String {
        let mut out = Vec::new();
        markdown(plan, options, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("Markdown is UTF-8")
    }

    #[test]
    fn it_reads_as_before() {
        insta::assert_snapshot!(
            "markdown",
            rendered(&fixture::hostile(), &Options::default())
        );
        insta::assert_snapshot!(
            "markdown-empty",
            rendered(&fixture::empty(), &Options::default())
        );
        insta::assert_snapshot!(
            "markdown-unread",
            rendered(&fixture::unread(), &Options::default())
        );
    }

    #[test]
    fn a_comment_holds_it() {
        let mut plan = fixture::plan();
        plan.steps = vec![plan.steps[5].clone(); 5_000];
        plan.not_fixed = vec![plan.not_fixed[0].clone(); 5_000];
        let text = rendered(&plan, &Options::default());
        assert!(text.len() < 65_536, "{}", text.len());
        assert!(text.contains("… and 4,960 more"), "{text}");
        for (number, step) in plan.steps.iter_mut().enumerate() {
            step.account_id = format!("{number:012}");
        }
        let text = rendered(&plan, &Options::default());
        assert!(text.len() < 65_536, "{}", text.len());
        assert!(text.contains("… and 4,920 accounts more"), "{text}");
        let all = Options {
            verbose: true,
            ..Options::default()
        };
        assert!(rendered(&plan, &all).lines().count() > 10_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn no_name_leaves_its_cell(name in any::<String>()) {
            let mut plan = fixture::plan();
            for step in &mut plan.steps {
                step.resource.id = name.clone();
                if let Change::CreateLogGroup { log_group_name, .. } = &mut step.change {
                    *log_group_name = name.clone();
                }
                step.blast_radius = vec![name.clone()];
            }
            for item in &mut plan.not_fixed {
                item.message = name.clone();
            }
            let text = rendered(&plan, &Options::default());
            prop_assert!(!text.contains(|c| c != '\n' && crate::inert::is_unsafe(c)));
            let rows = text.lines().filter(|line| line.starts_with("| `"));
            for row in rows {
                prop_assert_eq!(row.matches('|').count(), 6);
            }
        }
    }
}
