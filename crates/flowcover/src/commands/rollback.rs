//! `flowcover rollback`: takes back what a run made.

use flowcover_cloud::execute::{self, Log, RollbackOptions, RolledBack, TakenBackEnd};
use flowcover_core::journal::{Event, Journal, states};
use flowcover_core::plan::Step;

use crate::cli::{self, Global};
use crate::commands::fixing::{self, Runner};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::journal_file::JournalFile;
use crate::{confirm, terminal};

pub(crate) fn run(arguments: &cli::Rollback, global: &Global) -> anyhow::Result<Exit> {
    if arguments.dry_run {
        let read = JournalFile::look(&arguments.journal)?;
        return carry_out(&read, &NoLog, arguments, global);
    }
    let (journal, read) = JournalFile::open(&arguments.journal)?;
    let known = states(&read.entries);
    let made: Vec<&Step> = read
        .header
        .plan
        .steps
        .iter()
        .rev()
        .filter(|step| {
            known
                .get(&step.id)
                .is_some_and(|state| state.made().is_some())
        })
        .collect();
    if made.is_empty() {
        terminal::note("nothing is to be taken back");
        return Ok(Exit::Clean);
    }
    if !arguments.yes {
        for step in &made {
            terminal::note(&format!("  {}: {}", step.id, step.inverse.join("; ")));
        }
        let records = if arguments.delete_records {
            ", and delete the records that it collected"
        } else {
            ""
        };
        let question = format!(
            "Take back {} of the run {}{records}?",
            fixing::count(made.len(), "step"),
            read.header.run
        );
        if !confirm::ask(&question)? {
            terminal::note("nothing was changed");
            return Ok(Exit::PartWay);
        }
    }
    carry_out(&read, &journal, arguments, global)
}

fn carry_out(
    read: &Journal,
    log: &dyn Log,
    arguments: &cli::Rollback,
    global: &Global,
) -> anyhow::Result<Exit> {
    let asked = RollbackOptions {
        delete_records: arguments.delete_records,
        dry_run: arguments.dry_run,
    };
    let runner = Runner::new(&arguments.calling, 0);
    let done = runner.run(global, async |cloud, options, watcher| {
        execute::rollback(
            cloud,
            &read.header,
            &read.entries,
            log,
            asked,
            options,
            watcher,
        )
        .await
    })?;
    let hint = format!(
        "`flowcover rollback {}` goes on",
        arguments.journal.display()
    );
    match done {
        Ok(done) => {
            let exit = summary(&done, arguments.dry_run, global);
            if exit == Exit::PartWay {
                terminal::hint(&hint);
            }
            Ok(exit)
        }
        Err(error) => Err(Failure::part_way(error.to_string()).hint(hint).into()),
    }
}

/// A dry run writes nothing; were it to, that would be an error.
struct NoLog;

impl Log for NoLog {
    fn append(&self, _: Event) -> std::io::Result<()> {
        Err(std::io::Error::other("a dry run has no journal"))
    }
}

pub(crate) fn summary(done: &RolledBack, dry_run: bool, global: &Global) -> Exit {
    let mut taken_back = 0;
    let mut left = 0;
    let mut failed = 0;
    let mut stopped = 0;
    for step in &done.steps {
        match &step.end {
            TakenBackEnd::TakenBack => taken_back += 1,
            TakenBackEnd::Would(calls) => {
                let calls: Vec<&str> = calls.iter().map(|call| call.name()).collect();
                let what = if calls.is_empty() {
                    "is gone already".to_owned()
                } else {
                    calls.join(", ")
                };
                terminal::note(&format!("{}: {what}", step.step));
            }
            TakenBackEnd::Left(why) => {
                left += 1;
                terminal::warning(&format!("{}: left: {why}", step.step));
            }
            TakenBackEnd::Failed(why) => {
                failed += 1;
                terminal::error(&format!("{}: {why}", step.step));
            }
            TakenBackEnd::NotStarted | TakenBackEnd::Stopped => stopped += 1,
        }
        if !step.new_flow_log_ids.is_empty() {
            terminal::note(&format!(
                "{}: made again as {}",
                step.step,
                step.new_flow_log_ids.join(", ")
            ));
        }
    }
    if dry_run {
        terminal::note("nothing was changed (--dry-run)");
        return if failed > 0 {
            Exit::Incomplete
        } else {
            Exit::Clean
        };
    }
    if !global.quiet || !done.complete {
        terminal::note(&format!(
            "{taken_back} taken back, {left} left, {failed} failed, {stopped} not begun"
        ));
    }
    // What was left was left on purpose, and is listed.
    if failed + stopped > 0 {
        Exit::PartWay
    } else {
        Exit::Clean
    }
}
