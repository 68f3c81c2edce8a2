//! `flowcover cost`: what flow logs cost, and would cost each other way.

mod measure;
mod prices;

use clap::ArgMatches;
use flowcover_core::cost::{Estimate, Options, Planned, ReportShape, estimate, planned};
use flowcover_core::inventory::Inventory;
use flowcover_core::plan::Plan;
use flowcover_core::policy::Policy;
use flowcover_lake::REPORTS;
use flowcover_view::Format;

use super::audit;
use crate::cli::{self, Global, Sampling};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::{policy_file, snapshot};
use measure::Measured;

pub(crate) fn run(
    arguments: &cli::Cost,
    global: &Global,
    typed: &ArgMatches,
) -> anyhow::Result<Exit> {
    if arguments.print_prices {
        output::print(flowcover_core::cost::BUILT_IN)?;
        return Ok(Exit::Clean);
    }
    if arguments.sample.is_empty() && arguments.choosing.vpc.is_none() {
        return Err(Failure::usage(
            "there is no sample: without records, nothing can be said of what they cost",
        )
        .hint("add --sample s3://BUCKET/AWSLogs/ --last 24h, or a folder with a day of flow logs")
        .into());
    }
    let policy = policy_file::load(arguments.policy.as_deref(), arguments.preset.as_deref())?;
    let prices = prices::load(arguments.prices.as_deref())?;
    let inventory = inventory(arguments)?;
    let targets = output::pair(
        &audit::in_order(typed, "format", &arguments.format),
        &audit::in_order(typed, "output", &arguments.output),
    )?;
    if let Some(target) = targets
        .iter()
        .find(|target| !Format::OF_COSTS.contains(&target.format))
    {
        return Err(
            Failure::usage(format!("an estimate has no form as {}", target.format))
                .hint("table, json, csv or markdown")
                .into(),
        );
    }
    let (sinks, _) = output::open(&targets, None)?;
    let measured = measure::measure(&arguments.reading(), &inventory, global)?;
    let options = Options {
        retention_days: arguments.retention_days,
        query_days: arguments.query_days,
        reports: reports(),
        ..Options::default()
    };
    let samples = &measured.attributed.samples;
    let found = estimate(&inventory, samples, &prices, &policy, &options);
    let estimate = complete(found, &measured)?;
    audit::write_each(sinks, &targets, global, |target, to_terminal, out| {
        let options = audit::without_rules(to_terminal, false);
        flowcover_view::render_cost(&estimate, target.format, &options, out)
    })?;
    Ok(exit(&measured))
}

fn exit(measured: &Measured) -> Exit {
    if measured.is_complete {
        Exit::Clean
    } else {
        Exit::Incomplete
    }
}

fn inventory(arguments: &cli::Cost) -> anyhow::Result<Inventory> {
    let choosing = &arguments.choosing;
    let path = choosing.inventory.as_deref();
    let path = path.ok_or_else(|| Failure::usage("--inventory is missing"))?;
    snapshot::read_chosen(path, choosing)
}

/// The ready-made reports, by the columns that they read.
fn reports() -> Vec<ReportShape> {
    let shape = |report: &flowcover_lake::Report| ReportShape {
        name: report.name.to_owned(),
        columns: report.needs().iter().map(ToString::to_string).collect(),
        days: None,
    };
    REPORTS.iter().map(shape).collect()
}

/// With what measuring has to say.
fn complete(mut estimate: Estimate, measured: &Measured) -> Result<Estimate, Failure> {
    let attributed = &measured.attributed;
    estimate
        .not_estimated
        .extend(attributed.not_estimated.iter().cloned());
    estimate.not_estimated.sort();
    estimate.not_estimated.dedup();
    if estimate.per_vpc.is_empty() {
        let failure =
            Failure::usage("nothing that was sampled is recorded by a flow log of the inventory");
        let whose = attributed.samples.iter().map(|sample| &sample.of);
        let why = estimate.not_estimated.iter().find(|left| {
            attributed.not_estimated.contains(left) || whose.clone().any(|of| of.id() == left.id)
        });
        return Err(match why {
            Some(left) => failure.hint(format!("{}: {}", left.id, left.reason)),
            None => failure.hint("the sample holds no record"),
        });
    }
    estimate
        .assumptions
        .extend(attributed.assumptions.iter().cloned());
    Ok(estimate)
}

/// What a plan would cost, by a sample; none where none is asked for. What of the sample cannot be read is said, and keeps no plan from being made.
pub(crate) fn of_plan(
    sampling: &Sampling,
    profile: Option<&String>,
    (inventory, plan, policy): (&Inventory, &Plan, &Policy),
    global: &Global,
) -> anyhow::Result<Option<Planned>> {
    if sampling.sample.is_empty() {
        return Ok(None);
    }
    let prices = prices::load(sampling.prices.as_deref())?;
    let measured = measure::measure(&sampling.reading(profile), inventory, global)?;
    let (samples, options) = (&measured.attributed.samples, Options::default());
    let mut planned = planned(inventory, plan, samples, &prices, policy, &options);
    let attributed = measured.attributed;
    planned.alone.not_estimated.extend(attributed.not_estimated);
    planned.alone.assumptions.extend(attributed.assumptions);
    Ok(Some(planned))
}
