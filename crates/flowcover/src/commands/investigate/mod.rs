//! `flowcover investigate`: everything that somebody did.

mod held;
mod who;

use clap::ArgMatches;
use flowcover_core::inventory::Inventory;
use flowcover_core::policy::Policy;
use flowcover_detect::investigate::Window;
use flowcover_detect::{Dossier, Inquiry, Pseudonyms};
use flowcover_lake::Account;
use flowcover_view::{Format, Options};

use super::detect::{self, knowledge};
use super::reading::{self, Opened, block_on};
use super::{audit, now};
use crate::cli::{self, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Target};
use crate::policy_file;
use crate::source::Moment;

pub(crate) fn run(
    mut arguments: cli::Investigate,
    global: &Global,
    typed: &ArgMatches,
) -> anyhow::Result<Exit> {
    let giver = reading::pseudonym_giver(&arguments.reading)?;
    let subject = who::parse(&arguments.subject)?;
    look_around(&mut arguments)?;
    let arguments = &arguments;
    let policy = policy_file::load(arguments.knowing.policy.as_deref(), None)?;
    let inventory = knowledge::inventory(&arguments.reading)?;
    let inquiry = who::inquiry(subject, inventory.as_ref())?;
    let vpc = arguments.reading.choosing.vpc.as_deref();
    let (inquiry, said) = held::within_one_vpc(inquiry, vpc, inventory.as_ref());
    let inquiry = match arguments.around {
        Some(moment) => inquiry.around(moment.as_second()),
        None => inquiry,
    };
    let targets = targets(arguments, typed)?;
    let (sinks, _) = output::open(&targets, None)?;
    let (mut dossier, account) = block_on(&arguments.reading, async {
        let opened = reading::open_beside(&arguments.reading, &arguments.output, global).await?;
        let dossier = investigate(arguments, &opened, &inquiry, &policy, inventory.as_ref());
        anyhow::Ok((dossier.await?, opened.lake.account()))
    })??;
    dossier.remarks.splice(0..0, said);
    if let Some(giver) = &giver {
        Pseudonyms::new(&|address| giver.address(address)).dossier(&mut dossier);
    }
    reading::say(&account, global, &arguments.reading);
    let at = now();
    audit::write_each(sinks, &targets, global, |target, to_terminal, out| {
        let options = Options {
            generated_at: Some(at),
            ..audit::without_rules(to_terminal, arguments.all)
        };
        flowcover_view::render_investigation(&dossier, target.format, &options, out)
    })?;
    Ok(exit_of(&account))
}

/// `--around` and `--within` as the span that they are short for.
fn look_around(arguments: &mut cli::Investigate) -> Result<(), Failure> {
    let Some(moment) = arguments.around else {
        return Ok(());
    };
    let beyond =
        |_| Failure::usage("--within goes beyond what a calendar holds").hint("for instance 6h");
    let from = moment.checked_sub(arguments.within).map_err(beyond)?;
    let to = moment.checked_add(arguments.within).map_err(beyond)?;
    let choosing = &mut arguments.reading.choosing;
    choosing.since = Some(Moment::At(from));
    choosing.until = Some(Moment::At(to));
    Ok(())
}

/// What to write, and where.
fn targets(arguments: &cli::Investigate, typed: &ArgMatches) -> Result<Vec<Target>, Failure> {
    let targets = output::pair(
        &audit::in_order(typed, "format", &arguments.format),
        &audit::in_order(typed, "output", &arguments.output),
    )?;
    let unfit = |target: &&Target| !Format::OF_INVESTIGATIONS.contains(&target.format);
    match targets.iter().find(unfit) {
        Some(target) => Err(Failure::usage(format!(
            "investigations have no form as {}",
            target.format
        ))
        .hint("table, json, ndjson, csv, markdown or html")),
        None => Ok(targets),
    }
}

/// Shows all flows to the detections and the investigation.
async fn investigate(
    arguments: &cli::Investigate,
    opened: &Opened,
    inquiry: &Inquiry,
    policy: &Policy,
    inventory: Option<&Inventory>,
) -> anyhow::Result<Dossier> {
    if inquiry.is_told_by_records() && !opened.lake.lacking(&["instance_id"]).is_empty() {
        return Err(who::untold(inquiry.subject()).into());
    }
    let reading = &arguments.reading;
    // Flows that are still open have the other half.
    let memory = reading.memory as usize * 1024 * 1024 / 2;
    let own = memory / 4;
    let settings = detect::settings(&[], &[], memory - own, policy)?;
    let world = knowledge::world(
        &arguments.knowing,
        policy,
        arguments.baseline.as_deref(),
        reading,
        inventory,
    )?;
    let judged = detect::judge(opened, &settings, world, policy, Some((inquiry, own)));
    let (mut report, engine) = judged.await?;
    let names = knowledge::names(&arguments.knowing, policy, inventory)?;
    names.fill(&mut report);
    detect::apply_severities(&mut report, policy);
    let mut dossier = engine
        .dossier(&report)
        .expect("the engine was told to investigate before it saw anything");
    dossier.window = opened.span.map(|span| Window {
        from: span.from,
        to: span.to,
    });
    names.fill_dossier(&mut dossier);
    Ok(dossier)
}

/// What was asked is answered, whatever the answer is: findings about the subject are no failure of the question.
fn exit_of(account: &Account) -> Exit {
    if account.is_complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}
