//! Audits of an organisation behind canned answers: calls, wall time, memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use flowcover_core::report::Summary;
use flowcover_testkit::{BareClient, CannedAws, Organization};
use serde::Deserialize;

use crate::figures::{Figure, Row, median, medians};
use crate::process::{self, Cost};

/// Time that each call takes.
const LATENCY: Duration = Duration::from_millis(50);
/// Calls in flight that the program allows itself by default.
const IN_FLIGHT: usize = 64;
/// How much longer a run may take than nothing but its calls.
const GOAL: Figure = Figure::Ratio(1.3);

/// An organisation to audit, and how much memory may be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    pub(crate) organization: Organization,
    pub(crate) memory: u64,
}

/// One run of the program, and of the bare client before it.
struct Pair {
    cost: Cost,
    bare: Duration,
    calls: BTreeMap<String, usize>,
    max_in_flight: usize,
    server: Option<Duration>,
}

impl Live {
    pub(crate) fn measure(self, program: &Path, runs: usize) -> Result<Vec<Row>> {
        let aws = CannedAws::start(self.organization, LATENCY);
        let folder = tempfile::tempdir().context("no place for reports")?;
        // The first run reads the program from disk, and is not counted.
        self.pair(&aws, program, folder.path())?;
        let pairs = (0..runs)
            .map(|_| self.pair(&aws, program, folder.path()))
            .collect::<Result<Vec<_>>>()?;
        Ok(self.rows(&pairs))
    }

    fn pair(self, aws: &CannedAws, program: &Path, folder: &Path) -> Result<Pair> {
        let client = BareClient {
            address: aws.address(),
            organization: self.organization,
            in_flight: IN_FLIGHT,
        };
        let bare = client.run().context("the bare client failed")?;
        ensure!(
            aws.take_calls().entries.len() == bare.calls,
            "the server counted other calls than the bare client"
        );
        let report = folder.join("report.json");
        let server_before = process::cpu_of_self();
        let cost = process::run(&mut self.command(aws, program, &report), &[0])?;
        let server = process::cpu_of_self().zip(server_before);
        self.check(&report)?;
        let calls = aws.take_calls();
        Ok(Pair {
            cost,
            bare: bare.wall,
            calls: calls.by_action(),
            max_in_flight: calls.max_in_flight,
            server: server.map(|(after, before)| after.saturating_sub(before)),
        })
    }

    fn command(self, aws: &CannedAws, program: &Path, report: &Path) -> Command {
        let mut command = crate::command(program);
        command
            .envs(aws.credentials().environment(&aws.url()))
            .args([
                "audit", "--depth", "delivery", "--quiet", "--format", "json",
            ])
            .arg("--output")
            .arg(report);
        if self.organization.accounts > 1 {
            command.args(["--organization", "--role-name", "audit"]);
        }
        command
    }

    /// A quick wrong answer is no answer.
    fn check(self, report: &Path) -> Result<()> {
        let summary = summary(report)?;
        let vpcs = self.organization.all_vpcs() as u64;
        if summary.vpcs != vpcs || summary.recorded != vpcs {
            bail!("not every VPC of {vpcs} is reported as recorded: {summary:?}");
        }
        Ok(())
    }

    fn rows(self, pairs: &[Pair]) -> Vec<Row> {
        let costs: Vec<Cost> = pairs.iter().map(|pair| pair.cost).collect();
        let cost = medians(&costs);
        let bare = median(pairs.iter().map(|pair| pair.bare)).unwrap_or_default();
        let path = self.organization.critical_path(IN_FLIGHT, LATENCY);
        let most_calls = pairs.iter().map(|pair| pair.calls.values().sum()).max();
        let calls = most_calls.unwrap_or_default();
        let in_flight = pairs.iter().map(|pair| pair.max_in_flight).max();
        let ratio = |to: Duration| Figure::Ratio(cost.wall.as_secs_f64() / to.as_secs_f64());
        let fewest = Figure::Calls(self.organization.calls());
        let mut rows = vec![
            Row::goal("calls", Figure::Calls(calls), fewest),
            Row::plain(
                "most calls in flight",
                Figure::Calls(in_flight.unwrap_or_default()),
            ),
            Row::plain("wall time", Some(cost.wall)),
            Row::plain("wall time of the bare client", Some(bare)),
            Row::plain("critical path", Some(path)),
            Row::goal("wall time to the bare client's", ratio(bare), GOAL),
            Row::goal("wall time to the critical path", ratio(path), GOAL),
            Row::goal("peak memory", cost.peak, Figure::Memory(self.memory)),
            Row::plain("processor time", cost.cpu),
            Row::plain(
                "processor time of the server meanwhile",
                median(pairs.iter().filter_map(|pair| pair.server)),
            ),
        ];
        if let Some(pair) = pairs.last() {
            rows.extend(pair.calls.iter().map(|(action, count)| {
                Row::plain(&format!("calls of {action}"), Figure::Calls(*count))
            }));
        }
        rows
    }
}

/// The part of a report that says how it went.
#[derive(Deserialize)]
struct Summarised {
    summary: Summary,
}

/// The summary of a JSON report.
pub(crate) fn summary(report: &Path) -> Result<Summary> {
    let bytes = fs::read(report).context("the program wrote no report")?;
    let report: Summarised = serde_json::from_slice(&bytes).context("not a report")?;
    Ok(report.summary)
}
