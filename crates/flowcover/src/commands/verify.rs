//! `flowcover verify`: waits until what was made delivers, and shows the evidence.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flowcover_cloud::execute::{self, Delivery, Made, Verified};
use flowcover_core::inventory::{Depth, Inventory};
use flowcover_core::journal::{StepState, states};
use flowcover_core::plan::{self, Change, Plan, PlannedAccount, Step};
use flowcover_core::report::PolicySummary;
use serde_json::json;

use crate::cli::{self, Collecting, DepthArgument, Global, ListFormat};
use crate::commands::fixing::{self, Runner};
use crate::commands::gather;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::journal_file::JournalFile;
use crate::{output, terminal};

pub(crate) fn run(arguments: &cli::Verify, global: &Global) -> anyhow::Result<Exit> {
    let found = match &arguments.journal {
        Some(path) => of_run(path)?,
        None => ours(&arguments.collecting, global)?,
    };
    found.missing.iter().for_each(|what| terminal::error(what));
    if found.flow_logs.is_empty() {
        terminal::note("there is no flow log of flowcover's to look at");
        return Ok(found.exit);
    }
    let calling = arguments.collecting.calling();
    let runner = Runner::new(&calling, arguments.wait);
    let verified = runner.run(global, async |cloud, options, watcher| {
        execute::verify(cloud, &found.plan, &found.flow_logs, options, watcher).await
    })?;
    output::open_one(None)?.fill(|out| match arguments.format {
        ListFormat::Table => table(&verified, out),
        ListFormat::Json => json(&verified, out),
    })?;
    let good = verified.iter().filter(|it| it.delivery.is_good()).count();
    if !global.quiet {
        let of = fixing::count(verified.len(), "flow log");
        terminal::note(&format!("{good} of {of} verified"));
    }
    Ok(worse(found.exit, exit(&verified)))
}

/// What there is to look at, and what is missing.
struct Found {
    plan: Plan,
    flow_logs: Vec<Made>,
    missing: Vec<String>,
    /// How the command ends if everything found is well.
    exit: Exit,
}

/// The flow logs of a run. Those that it did not come to make are missing.
fn of_run(path: &Path) -> Result<Found, Failure> {
    let read = JournalFile::look(path)?;
    let known = states(&read.entries);
    let flow_logs = execute::made_flow_logs(&read.header, &known);
    let asked = |step: &&Step| {
        let only = read.header.only.as_ref();
        only.is_none_or(|only| only.contains(&step.id))
            && matches!(step.change, Change::CreateFlowLogs { .. })
    };
    let is_open = |step: &&Step| match known.get(&step.id) {
        None | Some(StepState::NotStarted | StepState::Begun(_)) => true,
        Some(StepState::Done(_) | StepState::TakenBack | StepState::Left(_)) => false,
    };
    let open = read.header.plan.steps.iter().filter(asked).filter(is_open);
    let missing: Vec<String> = open
        .map(|step| {
            format!(
                "{}: not made; `flowcover apply --resume {}` goes on",
                step.id,
                path.display()
            )
        })
        .collect();
    Ok(Found {
        plan: read.header.plan.clone(),
        flow_logs,
        exit: if missing.is_empty() {
            Exit::Clean
        } else {
            Exit::Findings
        },
        missing,
    })
}

/// The worse of two ends: something does not deliver, then something was not read.
fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Clean => 0,
        Exit::Incomplete => 1,
        _ => 2,
    };
    if rank(one) >= rank(other) { one } else { other }
}

fn exit(verified: &[Verified]) -> Exit {
    let bad = |it: &Verified| !it.delivery.is_good();
    let unknown = |it: &Verified| matches!(it.delivery, Delivery::Unknown(_));
    if verified.iter().any(|it| bad(it) && !unknown(it)) {
        Exit::Findings
    } else if verified.iter().any(unknown) {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}

/// Every flow log that carries flowcover's tags, in the accounts that are audited.
fn ours(collecting: &Collecting, global: &Global) -> anyhow::Result<Found> {
    let collecting = Collecting {
        depth: Some(DepthArgument::Delivery),
        prove: false,
        ..collecting.clone()
    };
    let collected = gather::live_with_entries(
        &collecting,
        global,
        Duration::ZERO,
        gather::Besides::default(),
    )?;
    let flow_logs = tagged(&collected.inventory);
    let exit = gather::exit(&collected.inventory);
    let missing = collected.inventory.gaps.iter().map(|gap| {
        let place = [&gap.account_id, &gap.region].map(|it| it.as_deref().unwrap_or("*"));
        format!(
            "{} {}: not read ({}: {})",
            place[0], place[1], gap.action, gap.error_code
        )
    });
    let missing = missing.collect();
    let accounts = collected.entries.into_iter().map(|(account_id, entry)| {
        let account = PlannedAccount { name: None, entry };
        (account_id, account)
    });
    let plan = Plan {
        schema: plan::SCHEMA.to_owned(),
        id: String::new(),
        generator: String::new(),
        partition: collected.inventory.partition.clone(),
        made_by: Vec::new(),
        policy: PolicySummary {
            preset: String::new(),
            file: None,
            traffic_type: String::new(),
            evidence: String::new(),
            checks_off: Vec::new(),
        },
        notes: Vec::new(),
        accounts: accounts.collect(),
        steps: Vec::new(),
        not_fixed: Vec::new(),
    };
    Ok(Found {
        plan,
        flow_logs,
        missing,
        exit,
    })
}

fn tagged(inventory: &Inventory) -> Vec<Made> {
    debug_assert_eq!(inventory.depth, Depth::Delivery);
    let of_region = |region: &flowcover_core::inventory::Region| -> Vec<Made> {
        let ours = region
            .flow_logs
            .items
            .iter()
            .filter(|log| plan::is_ours(&log.tags));
        ours.map(|log| Made {
            account_id: region.account_id.clone(),
            region: region.region.clone(),
            flow_log_id: log.flow_log_id.clone(),
        })
        .collect()
    };
    inventory.regions.iter().flat_map(of_region).collect()
}

pub(crate) fn table(verified: &[Verified], out: &mut dyn Write) -> anyhow::Result<()> {
    for it in verified {
        let Made {
            account_id,
            region,
            flow_log_id,
        } = &it.flow_log;
        let sign = if it.delivery.is_good() { "ok " } else { "-- " };
        let resource = it.resource_id.as_deref().unwrap_or("?");
        let line = format!(
            "{sign} {account_id} {region} {flow_log_id} on {resource}: {}",
            it.delivery
        );
        writeln!(out, "{}", flowcover_view::inert_text(&line))?;
    }
    Ok(())
}

fn json(verified: &[Verified], out: &mut dyn Write) -> anyhow::Result<()> {
    let listed: Vec<_> = verified
        .iter()
        .map(|it| {
            let (at, seen_in) = match &it.delivery {
                Delivery::Records { at, seen_in } => (Some(at.to_string()), Some(seen_in)),
                _ => (None, None),
            };
            json!({
                "account_id": it.flow_log.account_id,
                "region": it.flow_log.region,
                "flow_log_id": it.flow_log.flow_log_id,
                "resource_id": it.resource_id,
                "verified": it.delivery.is_good(),
                "message": it.delivery.to_string(),
                "newest_record_at": at,
                "seen_in": seen_in,
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &listed)?;
    writeln!(out)?;
    Ok(())
}
