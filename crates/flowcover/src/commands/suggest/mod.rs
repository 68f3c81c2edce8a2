//! `flowcover suggest security-groups`: the least rules that let the accepted traffic through. Nothing is applied.

mod kept;
mod usable;

use std::io;
use std::ops::ControlFlow;

use clap::ArgMatches;
use flowcover_core::inventory::Inventory;
use flowcover_core::suggest::{Collector, Replay, Replayed, Suggestion};
use flowcover_lake::{Account, Interfaces, Outcome};
use flowcover_view::{Covered, Options, Suggested, SuggestionFormat};

use super::reading::{self, Opened, block_on};
use super::{audit, now};
use crate::cli::{self, Global, Reading};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, snapshot, terminal};
use kept::Kept;

pub(crate) fn run(
    arguments: &cli::SuggestSecurityGroups,
    global: &Global,
    typed: &ArgMatches,
) -> anyhow::Result<Exit> {
    let reading = &arguments.reading;
    refuse_pseudonyms(reading)?;
    let path = reading.choosing.inventory.as_deref();
    let path = path.ok_or_else(|| Failure::usage("--inventory FILE is missing"))?;
    let inventory = snapshot::read_chosen(path, &reading.choosing)?;
    usable::refuse_useless(&inventory, path)?;
    refuse_unknown(&arguments.only, &inventory)?;
    let targets = output::pair_of(
        &audit::in_order(typed, "format", &arguments.format),
        &audit::in_order(typed, "output", &arguments.output),
        SuggestionFormat::Table,
        SuggestionFormat::of_ending,
    )?;
    let (sinks, _) = output::open(&targets, None)?;

    let (mut gathered, account, missing) = block_on(reading, async {
        let opened = reading::open_beside(reading, &arguments.output, global).await?;
        let gathered = gather(&opened, reading).await?;
        let missing = opened.watch.missing().to_vec();
        anyhow::Ok((gathered, opened.lake.account(), missing))
    })??;
    let (suggestion, replay) = suggest(&mut gathered, &inventory, arguments)?;
    reading::say(&account, global, reading);
    if gathered.kept.has_file() && !global.quiet {
        terminal::note(
            "conversations went to a temporary file, for want of memory (--memory MIB raises it)",
        );
    }
    let gaps = usable::gaps(&inventory);
    let exit = if account.is_complete() && gaps.is_empty() && !inventory.interrupted {
        Exit::Clean
    } else {
        Exit::Incomplete
    };
    let suggested = Suggested {
        suggestion: &suggestion,
        replay: &replay,
        covered: covered(&inventory, &account, &gathered, missing, gaps),
    };
    let at = now();
    audit::write_each(sinks, &targets, global, |target, to_terminal, out| {
        let options = Options {
            generated_at: Some(at),
            ..audit::without_rules(to_terminal, false)
        };
        flowcover_view::render_suggestion(&suggested, target.format, &options, out)
    })?;
    Ok(exit)
}

/// Rules are about true addresses.
fn refuse_pseudonyms(reading: &Reading) -> Result<(), Failure> {
    if reading.pseudonymise.is_none() {
        return Ok(());
    }
    Err(Failure::usage("rules need true addresses: --pseudonymise hides them").hint("leave it out"))
}

/// Before anything is read.
fn refuse_unknown(only: &[String], inventory: &Inventory) -> Result<(), Failure> {
    let is_known = |id: &&String| {
        let mut regions = inventory.regions.iter();
        regions.any(|region| {
            let mut groups = region.security_groups.items.iter();
            groups.any(|group| group.group_id == **id)
        })
    };
    match only.iter().find(|id| !is_known(id)) {
        None => Ok(()),
        Some(id) => Err(
            Failure::usage(format!("the inventory has no security group {id}"))
                .hint("it may have been made since: collect again with --security-groups"),
        ),
    }
}

/// All conversations of one reading.
struct Gathered {
    kept: Kept,
    interfaces: Interfaces,
    rejected: u64,
    without_action: u64,
}

async fn gather(opened: &Opened, reading: &Reading) -> anyhow::Result<Gathered> {
    // Flows that are still open have half of the memory.
    let memory = reading.memory as usize * 1024 * 1024 / 4;
    let mut gathered = Gathered {
        kept: Kept::within(memory),
        interfaces: Interfaces::default(),
        rejected: 0,
        without_action: 0,
    };
    let mut failed = None;
    opened.watch.begin();
    let taken = opened.lake.conversations(|some, interfaces| {
        for conversation in some {
            match conversation.ends.outcome {
                Outcome::Accepted => {
                    if let Err(error) = gathered.kept.add(conversation) {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                }
                Outcome::Rejected => {
                    gathered.rejected = gathered.rejected.saturating_add(conversation.flows);
                }
                Outcome::Unsaid => {
                    gathered.without_action =
                        gathered.without_action.saturating_add(conversation.flows);
                }
            }
        }
        if gathered.interfaces.count() != interfaces.count() {
            gathered.interfaces.clone_from(interfaces);
        }
        ControlFlow::Continue(())
    });
    let taken = taken.await;
    if let Some(stop) = opened.watch.stopped() {
        return Err(stop.into());
    }
    taken.map_err(reading::refused)?;
    opened.watch.finish()?;
    if let Some(error) = failed {
        return Err(no_room(&error).into());
    }
    let finished = gathered.kept.finish(&gathered.interfaces);
    finished.map_err(|error| no_room(&error))?;
    Ok(gathered)
}

fn no_room(error: &io::Error) -> Failure {
    Failure::usage(format!(
        "cannot keep conversations in a temporary file: {error}"
    ))
    .hint("TMPDIR names another folder; --memory MIB keeps more of them in memory")
}

/// What follows, and what it would have blocked of the very flows that it was made from.
fn suggest(
    gathered: &mut Gathered,
    inventory: &Inventory,
    arguments: &cli::SuggestSecurityGroups,
) -> anyhow::Result<(Suggestion, Replayed)> {
    let mut collector = Collector::new(inventory, arguments.tuning.parameters());
    let Gathered {
        kept, interfaces, ..
    } = gathered;
    kept.each(interfaces, |flow| collector.add(flow))
        .map_err(|error| no_room(&error))?;
    collector.rejected(gathered.rejected);
    let mut suggestion = collector.finish();
    if !arguments.only.is_empty()
        && let Err(id) = suggestion.only(&arguments.only)
    {
        return Err(Failure::usage(format!("nothing is known of the security group {id}")).into());
    }
    let mut replay = Replay::new(inventory, &suggestion);
    kept.each(interfaces, |flow| replay.add(flow))
        .map_err(|error| no_room(&error))?;
    let replay = replay.finish();
    if let Some(blocked) = replay.blocked.first() {
        // Such advice must not leave the program.
        let (direction, flow) = (blocked.direction.as_str(), &blocked.flow);
        anyhow::bail!(
            "the proposed rules would block {} of the {} flows that they were made from, such as {direction} from {} to {}, port {}, protocol {}: nothing is written",
            replay.blocked_flows,
            replay.flows,
            flow.client,
            flow.server,
            flow.server_port,
            flow.protocol
        );
    }
    Ok((suggestion, replay))
}

fn covered(
    inventory: &Inventory,
    account: &Account,
    gathered: &Gathered,
    missing: Vec<String>,
    gaps: Vec<String>,
) -> Covered {
    let counts = &account.counts;
    Covered {
        inventory_collected_at: Some(inventory.collected_at),
        records: counts.parsed,
        nodata: counts.nodata,
        skipdata: counts.skipdata,
        malformed: counts.malformed,
        unreadable_objects: account.failures.len() as u64,
        flows_without_action: gathered.without_action,
        missing,
        gaps,
    }
}
