#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use flate2::write::GzEncoder;
use flate2::{Compression, read::MultiGzDecoder};
use flowcover_record::PseudonymKey;
use futures::TryStreamExt as _;
use proptest::prelude::*;
use std::io::{Read as _, Write as _};

use super::*;
use crate::{Lake, LocalFiles, Pseudonyms, list_paths};

const DAY: i64 = 1_763_596_800;
const DEFAULT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// A folder for inputs and one for outputs.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn input(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// An object named as AWS names them.
    fn object(&self, flow_log: &str, time: &str, lines: &[String]) -> PathBuf {
        let folder = "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2025/11/20";
        let name =
            format!("123456789012_vpcflowlogs_eu-west-1_{flow_log}_20251120T{time}Z_ab.log.gz");
        self.file(&format!("{folder}/{name}"), lines)
    }

    fn file(&self, name: &str, lines: &[String]) -> PathBuf {
        let path = self.input().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(lines.join("\n").as_bytes()).unwrap();
        fs::write(&path, packed.finish().unwrap()).unwrap();
        path
    }

    fn settings(&self, to: To) -> ConvertSettings {
        ConvertSettings {
            to,
            output: self.output(),
            reading: LakeSettings {
                partitions: 2,
                ..LakeSettings::default()
            },
        }
    }

    async fn convert(&self, settings: &ConvertSettings) -> Result<Conversion, ConvertError> {
        let objects = list_paths(&self.input()).unwrap();
        convert(objects, Arc::new(LocalFiles::default()), settings).await
    }
}

/// The rows that a query finds below a path, as texts.
async fn rows(path: &Path, sql: &str) -> Vec<Vec<Option<String>>> {
    rows_with(path, sql, LakeSettings::default()).await
}

async fn rows_with(path: &Path, sql: &str, settings: LakeSettings) -> Vec<Vec<Option<String>>> {
    let objects = list_paths(path).unwrap();
    let lake = Lake::open(objects, Arc::new(LocalFiles::default()), &settings)
        .await
        .unwrap();
    let batches: Vec<RecordBatch> = lake.query(sql).await.unwrap().try_collect().await.unwrap();
    assert!(lake.account().counts.is_balanced());
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| cast(column, &DataType::Utf8).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            let values = columns.iter().map(|column| {
                let column: &StringArray = column.as_any().downcast_ref().unwrap();
                let mut values = column.iter().skip(row);
                values.next().unwrap().map(str::to_owned)
            });
            rows.push(values.collect());
        }
    }
    rows
}

/// All files below, without hidden ones, from the path on.
fn files(path: &Path) -> Vec<String> {
    let objects = list_paths(path).unwrap();
    let start = path.to_str().unwrap().len() + 1;
    let names = objects.iter();
    names
        .map(|object| object.location[start..].to_owned())
        .collect()
}

fn hidden(path: &Path) -> usize {
    let below = |folder: &Path| -> usize {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| {
                let entry = entry.unwrap();
                match entry.file_type().unwrap().is_dir() {
                    true => hidden(&entry.path()),
                    false => usize::from(entry.file_name().to_string_lossy().ends_with(".part")),
                }
            })
            .sum()
    };
    below(path)
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    let mut file = MultiGzDecoder::new(fs::File::open(path).unwrap());
    file.read_to_string(&mut text).unwrap();
    text
}

fn texts(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

fn record(address: &str, port: u16, bytes: u64, start: i64) -> String {
    let end = start + 50;
    format!(
        "2 123456789012 eni-1 {address} 198.51.100.7 40000 {port} 6 3 {bytes} {start} {end} ACCEPT OK"
    )
}

const NODATA: &str = "2 123456789012 eni-2 - - - - - - - 1763596900 1763596950 - NODATA";

fn simple(place: &Place) {
    let lines = [
        DEFAULT.to_owned(),
        record("10.0.0.2", 443, 1000, DAY + 5),
        record("10.0.0.1", 22, 40, DAY - 5),
        NODATA.to_owned(),
    ];
    place.object("fl-1", "0000", &lines);
    let other = [
        "srcaddr quantum-state bytes start tcp-flags",
        "10.0.0.9 entangled 500 1763596801 2",
    ];
    place.object("fl-2", "0005", &texts(&other));
}

#[tokio::test]
async fn partitions_are_by_account_region_and_day() {
    let place = Place::new();
    simple(&place);
    let done = place.convert(&place.settings(To::Parquet)).await.unwrap();
    assert!(done.is_complete());
    assert_eq!(done.totals.records, 4);
    assert_eq!((done.totals.packets, done.totals.bytes), (6, 1540));
    let start = "aws_account_id=123456789012/aws_region=eu-west-1";
    let mut found = files(&place.output());
    found.sort();
    assert_eq!(
        found,
        [
            format!("{start}/day=2025-11-19/000001-1.parquet"),
            format!("{start}/day=2025-11-20/000001-0.parquet"),
        ]
    );
    let sql = "select srcaddr, bytes, quantum_state, tcp_flags, log_status, start from records order by start, srcaddr";
    let expected = rows(&place.input(), sql).await;
    assert_eq!(rows(&place.output(), sql).await, expected);
    assert_eq!(expected.len(), 4);
}

#[tokio::test]
async fn a_second_run_converts_only_what_is_new() {
    let place = Place::new();
    simple(&place);
    let settings = place.settings(To::Parquet);
    place.convert(&settings).await.unwrap();
    let again = place.convert(&settings).await.unwrap();
    assert_eq!(
        (again.earlier, again.files, again.totals.records),
        (2, 0, 0)
    );
    place.object(
        "fl-1",
        "0010",
        &[DEFAULT.to_owned(), record("10.0.0.3", 80, 7, DAY + 9)],
    );
    let more = place.convert(&settings).await.unwrap();
    assert_eq!((more.earlier, more.files, more.totals.records), (2, 1, 1));
    let count = rows(&place.output(), "select count(*), sum(bytes) from records").await;
    assert_eq!(count, [[Some("5".to_owned()), Some("1547".to_owned())]]);
    // It grew: its records cannot be told from those that are there.
    place.object(
        "fl-1",
        "0010",
        &[
            DEFAULT.to_owned(),
            record("10.0.0.3", 80, 7, DAY),
            record("10.0.0.4", 80, 7, DAY),
        ],
    );
    let changed = place.convert(&settings).await.unwrap();
    assert_eq!(changed.changed.len(), 1);
    assert!(!changed.is_complete());
}

#[tokio::test]
async fn what_a_killed_run_left_is_put_in_order() {
    let place = Place::new();
    simple(&place);
    let settings = place.settings(To::Parquet);
    place.convert(&settings).await.unwrap();
    let sum = "select count(*), sum(bytes), sum(packets) from records";
    let expected = rows(&place.output(), sum).await;
    let day = place
        .output()
        .join("aws_account_id=123456789012/aws_region=eu-west-1/day=2025-11-20");
    // Killed after the line, before the name.
    fs::rename(
        day.join("000001-0.parquet"),
        day.join(".flowcover-000001-0.parquet.part"),
    )
    .unwrap();
    // Killed before the line.
    fs::write(day.join(".flowcover-000002-0.parquet.part"), "half").unwrap();
    // Killed within the line.
    let journal = place.output().join(".flowcover-convert.ndjson");
    let mut torn = fs::OpenOptions::new().append(true).open(&journal).unwrap();
    torn.write_all(b"{\"part\":2,\"inp").unwrap();
    drop(torn);
    let again = place.convert(&settings).await.unwrap();
    assert_eq!((again.earlier, again.files), (2, 0));
    assert_eq!(hidden(&place.output()), 0);
    assert_eq!(rows(&place.output(), sum).await, expected);
    // Killed before any line was whole.
    let text = fs::read_to_string(&journal).unwrap();
    let head = text.find('\n').unwrap() + 1;
    fs::write(&journal, &text[..head]).unwrap();
    fs::remove_dir_all(place.output().join("aws_account_id=123456789012")).unwrap();
    let anew = place.convert(&settings).await.unwrap();
    assert_eq!(anew.totals.records, 4);
    assert_eq!(rows(&place.output(), sum).await, expected);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_and_the_rest_converted() {
    let place = Place::new();
    simple(&place);
    let cut = place.object(
        "fl-1",
        "0015",
        &std::iter::once(DEFAULT.to_owned())
            .chain(
                (0..20_000)
                    .map(|n| record(&format!("10.1.{}.{}", n / 250, n % 250), 443, n, DAY + 60)),
            )
            .collect::<Vec<_>>(),
    );
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    place.object("fl-1", "0020", &texts(&["no header here", "1 2 3"]));
    place.object(
        "fl-1",
        "0025",
        &[
            DEFAULT.to_owned(),
            "2 x".to_owned(),
            record("10.0.0.5", 1, 1, DAY),
        ],
    );
    let settings = place.settings(To::Parquet);
    let done = place.convert(&settings).await.unwrap();
    assert!(!done.is_complete());
    assert_eq!(done.account.failures.len(), 2);
    assert_eq!(done.account.counts.malformed, 1);
    assert!(done.account.counts.is_balanced());
    assert_eq!(done.totals.records, done.account.counts.read - 1);
    assert!(done.totals.records > 1000);
    // What gave nothing is tried again; what was cut is not, and is said again.
    let again = place.convert(&settings).await.unwrap();
    assert_eq!((again.earlier, again.files), (4, 0));
    assert_eq!(again.account.failures.len(), 1);
    assert_eq!(again.earlier_failures.len(), 2);
}

#[tokio::test]
async fn columns_that_come_late_are_kept() {
    let place = Place::new();
    // The second object of the flow log is not looked at before it is read; its second header is known by no one.
    place.object(
        "fl-1",
        "0000",
        &texts(&["srcaddr bytes start", "10.0.0.1 1 1763596801"]),
    );
    place.object(
        "fl-1",
        "0005",
        &texts(&[
            "srcaddr bytes start",
            "10.0.0.2 2 1763596802",
            "srcaddr bytes start vpc-id warp",
            "10.0.0.3 3 1763596803 vpc-1 nine",
        ]),
    );
    let done = place.convert(&place.settings(To::Parquet)).await.unwrap();
    assert!(done.is_complete());
    let found = rows(
        &place.output(),
        "select srcaddr, vpc_id, warp from records order by 1",
    )
    .await;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        found,
        [
            [text("10.0.0.1"), None, None],
            [text("10.0.0.2"), None, None],
            [text("10.0.0.3"), text("vpc-1"), text("nine")],
        ]
    );
}

#[tokio::test]
async fn other_directories_and_settings_are_refused() {
    let place = Place::new();
    simple(&place);
    fs::create_dir_all(place.output()).unwrap();
    fs::write(place.output().join("mine.txt"), "mine").unwrap();
    let error = place
        .convert(&place.settings(To::Parquet))
        .await
        .unwrap_err();
    assert!(matches!(error, ConvertError::NotEmpty(_)), "{error}");
    fs::remove_file(place.output().join("mine.txt")).unwrap();
    place.convert(&place.settings(To::Parquet)).await.unwrap();
    let error = place.convert(&place.settings(To::Csv)).await.unwrap_err();
    assert!(
        error.to_string().ends_with("was begun with --to parquet"),
        "{error}"
    );
    let mut hidden = place.settings(To::Parquet);
    hidden.reading.pseudonyms = Some(Arc::new(Pseudonyms::new(&PseudonymKey::new([1; 32]))));
    let error = place.convert(&hidden).await.unwrap_err();
    assert!(
        error.to_string().contains("without --pseudonymise"),
        "{error}"
    );
    let journal = Journal::open(&place.output(), &place.settings(To::Parquet)).unwrap();
    let error = place
        .convert(&place.settings(To::Parquet))
        .await
        .unwrap_err();
    assert!(matches!(error, ConvertError::Busy(_)), "{error}");
    drop(journal);
    let stdin = vec![Object::new("-", 0)];
    let settings = place.settings(To::Parquet);
    let error = convert(stdin, Arc::new(LocalFiles::default()), &settings)
        .await
        .unwrap_err();
    assert!(matches!(error, ConvertError::StandardInput(_)), "{error}");
}

#[tokio::test]
async fn pseudonyms_are_the_same_in_queries_and_files() {
    let place = Place::new();
    simple(&place);
    let pseudonyms = Some(Arc::new(Pseudonyms::new(&PseudonymKey::new([9; 32]))));
    let mut settings = place.settings(To::Parquet);
    settings.reading.pseudonyms = pseudonyms.clone();
    place.convert(&settings).await.unwrap();
    let sql = "select srcaddr, dstaddr, bytes from records where dstaddr is not null order by 1";
    let reading = LakeSettings {
        pseudonyms: pseudonyms.clone(),
        ..LakeSettings::default()
    };
    let seen = rows_with(&place.input(), sql, reading.clone()).await;
    assert_eq!(rows(&place.output(), sql).await, seen);
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter()
            .flatten()
            .flatten()
            .all(|text| !text.starts_with("10.0.0."))
    );
    // What is looked for is the pseudonym, and the address is found nowhere.
    let pseudonym = seen[0][0].clone().unwrap();
    for (address, expected) in [(pseudonym.as_str(), 1), ("10.0.0.1", 0), ("10.0.0.2", 0)] {
        for sql in [
            format!("select bytes from records where srcaddr = '{address}'"),
            format!("select bytes from records where srcaddr like '{address}%'"),
            format!("select bytes from records where srcaddr in ('{address}')"),
        ] {
            let found = rows_with(&place.input(), &sql, reading.clone()).await;
            assert_eq!(found.len(), expected, "{sql}");
        }
    }
}

#[tokio::test]
async fn texts_are_complete() {
    for (to, line) in [
        (
            To::Csv,
            "version,account_id,interface_id,srcaddr,dstaddr,srcport,dstport,protocol,packets,bytes,start,end,action,log_status",
        ),
        (
            To::Ndjson,
            "{\"version\":2,\"account_id\":\"123456789012\",\"interface_id\":\"eni-2\",\"start\":1763596900,\"end\":1763596950,\"log_status\":\"NODATA\"}",
        ),
    ] {
        let place = Place::new();
        place.object(
            "fl-1",
            "0000",
            &[
                DEFAULT.to_owned(),
                NODATA.to_owned(),
                record("10.0.0.1", 1, 2, DAY),
            ],
        );
        let done = place.convert(&place.settings(to)).await.unwrap();
        assert_eq!(
            (done.totals.records, done.totals.bytes, done.files),
            (2, 2, 1)
        );
        let found = files(&place.output());
        let text = unpacked(&place.output().join(&found[0]));
        assert_eq!(text.lines().next(), Some(line));
        assert!(found[0].ends_with(&format!("000001-0.{}", to.ending())));
    }
}

#[tokio::test]
async fn events_are_valid_and_complete() {
    let place = Place::new();
    let header = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id flow-direction traffic-path pkt-dst-aws-service quantum-state";
    let lines = [
        header,
        "5 123456789012 eni-1 10.0.0.1 198.51.100.7 40000 443 6 3 100 1763596800 1763596850 ACCEPT OK vpc-1 subnet-1 i-1 2 IPv4 10.0.0.1 198.51.100.7 eu-west-1 euw1-az1 egress 8 S3 up",
        "5 123456789012 eni-1 2001:db8::1 2001:db8::2 40000 22 6 1 40 1763596801 1763596850 REJECT OK vpc-1 subnet-1 - 2 IPv6 2001:db8::1 2001:db8::2 eu-west-1 euw1-az1 ingress - - -",
        "5 123456789012 eni-1 - - - - - - - 1763596800 1763596850 - NODATA vpc-1 subnet-1 i-1 - - - - - - - - - -",
        "5 123456789012 eni-1 - - - - - - - 1763596800 1763596850 - SKIPDATA vpc-1 subnet-1 i-1 - - - - - - - - - -",
    ];
    place.object("fl-1", "0000", &texts(&lines));
    place.object("fl-2", "0005", &texts(&["start", "1763596805"]));
    let done = place.convert(&place.settings(To::Ocsf)).await.unwrap();
    assert_eq!((done.totals.records, done.totals.bytes), (5, 140));
    let path = format!(
        "{}/tests/schemas/ocsf-1.3.0-network-activity.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let schema: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let text = unpacked(&place.output().join(&files(&place.output())[0]));
    assert_eq!(text.lines().count(), 5);
    let mut events = Vec::new();
    for line in text.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&event)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{line}");
        events.push(event);
    }
    // The schema would see a fault.
    let mut broken = events[0].clone();
    broken["cloud"]["provider"] = 5.into();
    assert!(!schema.is_valid(&broken));
    insta::assert_json_snapshot!("events", events);
}

#[derive(Debug, Clone)]
struct Line {
    start: i64,
    address: (u8, u8),
    bytes: Option<u64>,
    kind: u8,
}

fn line() -> impl Strategy<Value = Line> {
    let start = prop_oneof![
        DAY - 100..DAY + 100,
        Just(0),
        Just(1_763_596_800_000_i64),
        Just(7)
    ];
    (
        start,
        (0..3_u8, 0..9_u8),
        proptest::option::of(0..1_000_000_u64),
        0..9_u8,
    )
        .prop_map(|(start, address, bytes, kind)| Line {
            start,
            address,
            bytes,
            kind,
        })
}

fn default_line(line: &Line) -> String {
    let Line {
        start,
        address: (a, b),
        bytes,
        kind,
    } = line;
    let bytes = bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
    match kind {
        0 => format!("2 123456789012 eni-{a} - - - - - - - {start} {start} - NODATA"),
        1 => format!("2 unknown eni-{a} - - - - - - - {start} {start} - SKIPDATA"),
        2 => format!(
            "2 123456789012 eni-{a} 2001:db8:0:0:1:2:3:{b} ::1 1 2 17 {b} {bytes} {start} - REJECT OK"
        ),
        _ => format!(
            "2 123456789012 eni-{a} 10.{a}.{b}.1 10.0.0.{b} 1 {b} 6 {b} {bytes} {start} {start} ACCEPT OK"
        ),
    }
}

fn other_line(line: &Line) -> String {
    let Line {
        start,
        address: (a, b),
        bytes,
        ..
    } = line;
    let bytes = bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
    format!("{bytes} 10.{a}.{b}.1 {start} warp-{b} 000{a}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A query of what was converted finds what the query of the original finds, whatever is mixed. Of each format there is a record:
    /// without any, no file has its columns.
    #[test]
    fn queries_find_the_same(
        default in prop::collection::vec(line(), 1..60),
        other in prop::collection::vec(line(), 1..60),
        unnamed in prop::collection::vec(line(), 0..30),
        memory in prop_oneof![Just(1_usize), Just(20_000), Just(512 << 20)],
    ) {
        let place = Place::new();
        let with = |header: &str, lines: Vec<String>| [vec![header.to_owned()], lines].concat();
        let half = default.len() / 2;
        let each = |lines: &[Line]| lines.iter().map(default_line).collect::<Vec<_>>();
        place.object("fl-1", "0000", &with(DEFAULT, each(&default[..half])));
        place.object("fl-1", "0005", &with(DEFAULT, each(&default[half..])));
        let others = other.iter().map(other_line).collect();
        place.object("fl-2", "0000", &with("bytes srcaddr start quantum-state account-id", others));
        place.file("unnamed.log.gz", &with(DEFAULT, each(&unnamed)));
        let mut settings = place.settings(To::Parquet);
        settings.reading.memory = memory;
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let all = default.len() + other.len() + unnamed.len();
        runtime.block_on(async {
            let done = place.convert(&settings).await.unwrap();
            assert!(done.is_complete(), "{:?}", done.account);
            assert_eq!(done.totals.records, all as u64);
            let sorted = "select version, account_id, interface_id, srcaddr, dstaddr, dstport, protocol, packets, bytes, start, end, action, log_status, quantum_state from records order by 1,2,3,4,5,6,7,8,9,10,11,12,13,14";
            let expected = rows(&place.input(), sorted).await;
            assert_eq!(rows(&place.output(), sorted).await, expected);
            assert_eq!(expected.len(), all);
            for filter in [
                "srcaddr = '10.1.2.1'",
                "srcaddr = '10.1.2.1' or dstaddr = '::1'",
                "start >= 1763596800",
                "start between 1763596750 and 1763596850 and dstport in (2, 5)",
                "log_status = 'NODATA'",
                "dstport < 3 or bytes > 500000",
                "quantum_state = 'warp-1'",
                "log_status is null",
            ] {
                let sql = format!("select count(*), sum(bytes), sum(packets) from records where {filter}");
                assert_eq!(rows(&place.output(), &sql).await, rows(&place.input(), &sql).await, "{filter}");
            }
        });
    }
}
