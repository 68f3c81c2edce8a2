//! Every ready-made report against DuckDB and ClickHouse (chDB) on the same objects.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use flowcover_lake::REPORTS;
use flowcover_record::LogFormat;
use flowcover_traffic::{Settings, Traffic, VERSION_5_FORMAT};

use crate::support::Program;

/// Set by `cargo xtask test`.
const PYTHON: &str = "FLOWCOVER_COMPARATORS_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/bench/compare.py");
const LIMIT: usize = 500;

type Rows = Vec<Vec<Option<String>>>;

/// An hour of traffic as AWS lays it out, with every field that a report is about.
fn write_traffic(folder: &Path) -> String {
    let traffic = Traffic::new(Settings {
        seed: 11,
        minutes: 60,
        records: 30_000,
        format: LogFormat::parse(VERSION_5_FORMAT).unwrap(),
        ..Settings::default()
    })
    .unwrap();
    for object in (0..traffic.bins()).flat_map(|bin| traffic.bin(bin)) {
        let path = folder.join(object.key.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = flate2::write::GzEncoder::new(
            std::fs::File::create(path).unwrap(),
            flate2::Compression::fast(),
        );
        file.write_all(&object.text).unwrap();
        file.finish().unwrap();
    }
    let connections = traffic.connections(2);
    let internal = connections
        .iter()
        .find(|one| one.bytes_to_client > 0 && !one.rejected);
    internal.unwrap().client.to_string()
}

fn flowcover(folder: &str, report: &str, address: &str) -> Rows {
    let limit = LIMIT.to_string();
    let arguments = [
        "top",
        report,
        folder,
        "--address",
        address,
        "--limit",
        &limit,
        "--format",
        "csv",
    ];
    let run = Program::new(&arguments).run();
    assert_eq!(run.code, 0, "{report}: {}", run.stderr);
    // No value of these reports holds a comma or a quote.
    assert!(!run.stdout.contains('"'), "{report}");
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let lines = run.stdout.lines().skip(1);
    lines
        .map(|line| line.split(',').map(value).collect())
        .collect()
}

fn other(engine: &str, folder: &str, queries: &[String]) -> Vec<Rows> {
    let python = std::env::var_os(PYTHON)
        .unwrap_or_else(|| panic!("{PYTHON} is not set: run the tests with `cargo xtask test`"));
    let mut process = Command::new(python)
        .args([SCRIPT, engine, folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let queries = serde_json::to_vec(queries).unwrap();
    process.stdin.take().unwrap().write_all(&queries).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{engine}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_report_has_the_rows_of_other_engines() {
    let folder = tempfile::tempdir().unwrap();
    let address = write_traffic(folder.path());
    let folder = folder.path().to_str().unwrap();
    let parsed = address.parse().unwrap();
    let queries: Vec<String> = REPORTS
        .iter()
        .map(|report| report.sql(LIMIT, Some(parsed)).unwrap())
        .collect();
    let [duckdb, chdb] = ["duckdb", "chdb"].map(|engine| other(engine, folder, &queries));
    let lake = tempfile::tempdir().unwrap();
    let lake = lake.path().to_str().unwrap();
    let run = Program::new(&["convert", folder, "--output", lake]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (index, report) in REPORTS.iter().enumerate() {
        let rows = flowcover(folder, report.name, &address);
        assert!(!rows.is_empty(), "{}: the traffic has none", report.name);
        assert_eq!(rows, duckdb[index], "{}: DuckDB differs", report.name);
        assert_eq!(rows, chdb[index], "{}: ClickHouse differs", report.name);
        let converted = flowcover(lake, report.name, &address);
        assert_eq!(
            rows, converted,
            "{}: the converted lake differs",
            report.name
        );
    }
}
