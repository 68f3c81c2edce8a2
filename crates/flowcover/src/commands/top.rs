//! `flowcover top`: ready-made reports.

use flowcover_lake::{Cidr, Lake, REPORTS, Report};

use super::reading::{answer, block_on, check_fields, open, pseudonyms};
use crate::cli::{Global, Top};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn run(arguments: &Top, global: &Global) -> anyhow::Result<Exit> {
    let report = Report::named(&arguments.report).ok_or_else(|| unknown(&arguments.report))?;
    let reading = &arguments.reading;
    // What is typed is the address; what is seen is its pseudonym.
    let address = match (arguments.address, pseudonyms(reading)?) {
        (Some(address), Some(pseudonyms)) => pseudonyms.block(Cidr::from(address)).single(),
        (address, _) => address,
    };
    block_on(reading, async {
        let results = &arguments.results;
        let opened = open(reading, results, global).await?;
        check_fields(&opened, reading, global).await?;
        check(&opened.lake, report)?;
        let sql = report
            .sql(arguments.limit, address)
            .ok_or_else(|| no_address(report))?;
        if !global.quiet && terminal::has_progress() {
            terminal::say(&sql);
        }
        answer(&opened, &sql, reading, results, global).await
    })?
}

fn no_address(report: &Report) -> Failure {
    Failure::usage(format!("the report `{}` is about one address", report.name))
        .hint("say which with --address")
}

fn unknown(name: &str) -> Failure {
    let names: Vec<String> = REPORTS
        .iter()
        .map(|report| format!("{} ({})", report.name, report.about))
        .collect();
    Failure::usage(format!("there is no report `{name}`"))
        .hint(format!("one of: {}", names.join(", ")))
}

/// The records must have what the report is about.
fn check(lake: &Lake, report: &Report) -> Result<(), Failure> {
    let lacking = lake.lacking(report.needs());
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "the records have no field {}, which the report `{}` is about",
        lacking.join(", "),
        report.name
    ))
    .hint("a flow log's format cannot be changed: make a new one with these fields"))
}
