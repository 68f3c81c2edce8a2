//! Audits of a large snapshot: processor time of judging and rendering.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use flowcover_view::Format;

use crate::figures::{Figure, Row, medians};
use crate::live::summary;
use crate::process;
use crate::snapshot::{self, Expected};

const GOAL: Figure = Figure::Time(Duration::from_secs(2));

/// Clean, or findings: a report has been made.
const REPORTED: [i32; 2] = [0, 1];

pub(crate) fn measure(program: &Path, runs: usize) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().context("no place for the snapshot")?;
    let path = folder.path().join("snapshot.json");
    let expected = write(&path)?;
    let mut rows = vec![Row::plain("snapshot", Some(path.metadata()?.len()))];
    for format in Format::ALL {
        let report = folder.path().join("report");
        let costs = (0..runs.div_ceil(2))
            .map(|_| {
                let mut command = crate::command(program);
                command.args(["audit", "--quiet", "--from"]).arg(&path);
                command
                    .args(["--format", format.as_str(), "--output"])
                    .arg(&report);
                process::run(&mut command, &REPORTED)
            })
            .collect::<Result<Vec<_>>>()?;
        if format == Format::Json {
            check(&report, expected)?;
        }
        let cost = medians(&costs);
        rows.push(Row::goal(
            &format!("processor time, {format}"),
            cost.cpu,
            GOAL,
        ));
        rows.push(Row::plain(&format!("wall time, {format}"), Some(cost.wall)));
        rows.push(Row::plain(&format!("peak memory, {format}"), cost.peak));
        rows.push(Row::plain(
            &format!("report, {format}"),
            Some(report.metadata()?.len()),
        ));
    }
    Ok(rows)
}

fn write(path: &Path) -> Result<Expected> {
    let (inventory, expected) = snapshot::large();
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer(&mut file, &inventory)?;
    file.flush()?;
    Ok(expected)
}

fn check(report: &Path, expected: Expected) -> Result<()> {
    let summary = summary(report)?;
    let found = Expected {
        vpcs: summary.vpcs,
        recorded: summary.recorded,
        not_recorded: summary.not_recorded,
    };
    ensure!(found == expected, "{summary:?}, and not {expected:?}");
    Ok(())
}
