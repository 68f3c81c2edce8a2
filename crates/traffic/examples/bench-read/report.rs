//! What came out, as a Markdown table.

use std::fmt::Write as _;

use crate::contest::{COMPARATORS, Contest, Entry};
use crate::cost::Cost;
use crate::question::{Form, Goal};

const MEBIBYTE: f64 = 1_048_576.0;

/// The table. There must have been a round.
pub(crate) fn table(contest: &Contest) -> Option<String> {
    let inflate = contest.inflate()?;
    let mut text = "| question | on | reader | wall | to inflating | processor | peak memory | goal | reached |\n\
         | --- | --- | --- | --: | --: | --: | --: | --- | --- |\n"
        .to_owned();
    let line = figures(inflate, inflate);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| inflating alone | text | libdeflate | {line} | | |");
    for entry in &contest.entries {
        let cost = entry.cost()?;
        let (goal, reached) = judged(entry, cost, inflate, contest);
        let form = match entry.question.form {
            Form::Text => "text",
            Form::Parquet => "Parquet",
        };
        let _ = writeln!(
            text,
            "| {} | {form} | {} | {} | {goal} | {reached} |",
            entry.question.title,
            entry.reader.name(),
            figures(cost, inflate),
        );
    }
    Some(text)
}

fn figures(cost: Cost, inflate: Cost) -> String {
    format!(
        "{:.2} s | {:.2} × | {:.2} s | {:.0} MiB",
        cost.wall,
        cost.wall / inflate.wall,
        cost.processor,
        cost.peak / MEBIBYTE,
    )
}

/// What flowcover should reach, and whether it does. Nothing is asked of the others.
fn judged(entry: &Entry, cost: Cost, inflate: Cost, contest: &Contest) -> (String, &'static str) {
    if COMPARATORS.contains(&entry.reader.name()) {
        return (String::new(), "");
    }
    let memory = entry.question.memory;
    let (goal, wall) = match entry.question.goal {
        Goal::Inflate(times) => (format!("{times} ×"), times * inflate.wall),
        Goal::DuckDb => {
            let wall = contest
                .entries
                .iter()
                .find(|other| {
                    other.reader.name() == COMPARATORS[0] && other.question == entry.question
                })
                .and_then(Entry::cost)
                .map_or(f64::INFINITY, |cost| cost.wall);
            ("DuckDB".to_owned(), wall)
        }
    };
    let reached = match (cost.wall <= wall, cost.peak <= memory as f64 * MEBIBYTE) {
        (true, true) => "yes",
        (false, true) => "**not in time**",
        (true, false) => "**not in memory**",
        (false, false) => "**no**",
    };
    (format!("{goal}, {memory} MiB"), reached)
}
