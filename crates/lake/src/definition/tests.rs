#![allow(clippy::unwrap_used)]

use super::*;

const KEY: &str = "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/20/123456789012_vpcflowlogs_eu-west-1_fl-1_20261120T0005Z_aa.log.gz";
const HIVE: &str = "AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=11/day=20/hour=00/123456789012_vpcflowlogs_eu-west-1_fl-1_20261120T0005Z_aa.log.parquet";
const CONVERTED: &str =
    "aws_account_id=123456789012/aws_region=eu-west-1/day=2026-11-20/000001-0.parquet";

fn of(location: &str, format: &str) -> Described {
    let format = LogFormat::parse(format).unwrap();
    Described::of_objects(&[Object::new(location, 1)], &[format]).unwrap()
}

const SHUFFLED: &str = "srcaddr start version dstaddr end bytes quantum-state action version";

#[test]
fn athena() {
    let text = of(&format!("s3://logs/prefix/{KEY}"), SHUFFLED).define(Dialect::Athena);
    insta::assert_snapshot!("athena_text", text);
    let hive = of(&format!("s3://logs/{HIVE}"), SHUFFLED).define(Dialect::Athena);
    insta::assert_snapshot!("athena_hive", hive);
    let converted = of(&format!("lake/{CONVERTED}"), SHUFFLED).at("s3://logs/lake/");
    insta::assert_snapshot!("athena_converted", converted.define(Dialect::Athena));
}

#[test]
fn duckdb() {
    let text = of(&format!("/data/{KEY}"), SHUFFLED).define(Dialect::DuckDb);
    insta::assert_snapshot!("duckdb_text", text);
    let converted = of(&format!("it's/{CONVERTED}"), SHUFFLED).define(Dialect::DuckDb);
    insta::assert_snapshot!("duckdb_converted", converted);
}

#[test]
fn clickhouse() {
    let text = of(&format!("/data/{KEY}"), SHUFFLED).define(Dialect::ClickHouse);
    insta::assert_snapshot!("clickhouse_text", text);
    let hive = of(&format!("s3://logs/{HIVE}"), SHUFFLED).define(Dialect::ClickHouse);
    insta::assert_snapshot!("clickhouse_hive", hive);
}

#[test]
fn opensearch() {
    let format = LogFormat::parse(SHUFFLED).unwrap();
    let described = Described::of_format(&format, FileFormat::PlainText);
    let text = described.define(Dialect::OpenSearch);
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        read["template"]["mappings"]["properties"]["srcaddr"]["type"],
        "ip"
    );
    insta::assert_snapshot!("opensearch", text);
}

#[test]
fn what_no_table_can_hold_is_refused() {
    let formats = ["srcaddr bytes", "bytes srcaddr"].map(|text| LogFormat::parse(text).unwrap());
    let text = [Object::new("a.log.gz", 1)];
    let parquet = [Object::new("a.parquet", 1)];
    assert_eq!(
        Described::of_objects(&text, &formats),
        Err(Undefined::Formats(2))
    );
    let columns = Described::of_objects(&parquet, &formats).unwrap().columns;
    assert_eq!(columns.len(), 2);
    assert_eq!(Described::of_objects(&text, &[]), Err(Undefined::NoFormat));
    assert_eq!(
        Described::of_objects(&[], &formats),
        Err(Undefined::NoFormat)
    );
    let both = [text, parquet].concat();
    assert_eq!(
        Described::of_objects(&both, &formats[..1]),
        Err(Undefined::Mixed)
    );
}
