//! What is shown is whole, inert and counted.

use proptest::prelude::*;

use flowcover_core::plan::Change;

use super::*;
use crate::plan::fixture;

fn rendered(plan: &Plan, options: &Options) -> String {
    let mut out = Vec::new();
    terminal(plan, options, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("text is UTF-8")
}

#[test]
fn it_reads_as_before() {
    let plans = [
        ("hostile", fixture::hostile()),
        ("empty", fixture::empty()),
        ("unread", fixture::unread()),
    ];
    for (name, plan) in plans {
        insta::assert_snapshot!(
            format!("terminal-{name}"),
            rendered(&plan, &Options::default())
        );
    }
    let options = Options {
        verbose: true,
        width: Some(80),
        ..Options::default()
    };
    insta::assert_snapshot!("terminal-verbose", rendered(&fixture::plan(), &options));
}

#[test]
fn a_step_that_answers_no_finding_says_why_it_is_done() {
    let mut plan = fixture::plan();
    plan.steps[0].answers.clear();
    plan.steps[0].because = Some("vpc-1 is not recorded: fl-2 fails".to_owned());
    let text = rendered(&plan, &Options::default());
    assert!(
        text.contains("why         vpc-1 is not recorded: fl-2 fails"),
        "{text}"
    );
    let mut out = Vec::new();
    crate::plan::markdown(&plan, &Options::default(), &mut out).expect("memory takes everything");
    let text = String::from_utf8(out).expect("Markdown is UTF-8");
    assert!(
        text.contains("| vpc-1 is not recorded: fl-2 fails |"),
        "{text}"
    );
}

#[test]
fn the_last_line_counts() {
    let last = |plan: &Plan| {
        rendered(plan, &Options::default())
            .lines()
            .last()
            .map(str::to_owned)
    };
    let expected = "Plan: 8 to add, 4 to change, 1 to delete; 3 findings are not fixed; 1 thing could not be read.";
    assert_eq!(last(&fixture::plan()).as_deref(), Some(expected));
    assert_eq!(
        last(&fixture::empty()).as_deref(),
        Some("Nothing is to be changed.")
    );
    assert_eq!(
        last(&fixture::unread()).as_deref(),
        Some("Nothing is to be changed in what could be read; 1 thing could not be read.")
    );
}

#[test]
fn every_step_and_every_unsafe_one_is_shown() {
    let plan = fixture::hostile();
    let text = rendered(
        &plan,
        &Options {
            width: Some(400),
            ..Options::default()
        },
    );
    for step in &plan.steps {
        assert!(text.contains(&*inert::text(name(step))), "{}", step.id);
    }
    assert_eq!(text.matches("only with --replace").count(), 1);
    assert_eq!(text.matches("only with --shorten-retention").count(), 1);
}

#[test]
fn colour_adds_nothing_but_colour() {
    let plain = rendered(&fixture::plan(), &Options::default());
    let coloured = rendered(
        &fixture::plan(),
        &Options {
            colour: true,
            ..Options::default()
        },
    );
    assert_ne!(plain, coloured);
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped.push_str(before);
        rest = after.split_once('m').expect("only colours are escapes").1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_text_acts_on_the_terminal(name in any::<String>(), width in 1usize..250, verbose: bool) {
        let mut plan = fixture::plan();
        for account in plan.accounts.values_mut() {
            account.name = Some(name.clone());
        }
        for step in &mut plan.steps {
            step.resource.id = name.clone();
            if let Change::CreateLogGroup { log_group_name, .. } = &mut step.change {
                *log_group_name = name.clone();
            }
            step.blast_radius = vec![name.clone()];
            step.needs_argument = Some(name.clone());
            for answered in &mut step.answers {
                answered.check = name.clone();
                answered.resource = name.clone();
            }
            if let Some(region) = &mut step.region {
                region.push_str(&name);
            }
        }
        plan.notes = vec![name.clone()];
        for item in &mut plan.not_fixed {
            item.message = name.clone();
            item.check = name.clone();
            item.manual = vec![name.clone()];
        }
        let options = Options { width: Some(width), verbose, ..Options::default() };
        let text = rendered(&plan, &options);
        prop_assert!(!text.contains(|c| c != '\n' && inert::is_unsafe(c)));
    }
}
