//! What came out, as a Markdown table.

use std::fmt::Write as _;

use crate::contest::{COMPARATORS, Contest, Entry};
use crate::cost::Cost;
use crate::question::{CONVERTED_EACH_SECOND, CONVERTED_MEMORY, Form, Goal};

const MEBIBYTE: f64 = 1_048_576.0;

/// The table. There must have been a round.
pub(crate) fn table(contest: &Contest, records: u64) -> Option<String> {
    let inflate = contest.inflate()?;
    let mut text = "| question | on | reader | wall | to inflating | processor | peak memory | goal | reached |\n\
         | --- | --- | --- | --: | --: | --: | --: | --- | --- |\n"
        .to_owned();
    let line = figures(inflate, inflate);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| inflating alone | text | libdeflate | {line} | | |");
    if let Some(cost) = contest.conversion() {
        let each_second = records as f64 / cost.wall;
        let is_reached =
            each_second >= CONVERTED_EACH_SECOND && cost.peak <= CONVERTED_MEMORY as f64 * MEBIBYTE;
        let _ = writeln!(
            text,
            "| converting to Parquet: {:.2} M records/s | text | flowcover | {} | {:.1} M records/s, {CONVERTED_MEMORY} MiB | {} |",
            each_second / 1e6,
            figures(cost, inflate),
            CONVERTED_EACH_SECOND / 1e6,
            if is_reached { "yes" } else { "**no**" },
        );
    }
    for entry in &contest.entries {
        let cost = entry.cost()?;
        let (goal, reached) = judged(entry, cost, inflate, contest);
        let form = match entry.question.form {
            Form::Text => "text",
            Form::Parquet => "Parquet",
            Form::Converted => "Parquet of `convert`",
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
        Goal::DuckDb(times) => {
            let wall = contest
                .entries
                .iter()
                .find(|other| {
                    other.reader.name() == COMPARATORS[0]
                        && other.question.name == entry.question.name
                        && other.question.form == Form::Parquet
                })
                .and_then(Entry::cost)
                .map_or(f64::INFINITY, |cost| times * cost.wall);
            (format!("{times} × DuckDB on AWS's Parquet"), wall)
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
