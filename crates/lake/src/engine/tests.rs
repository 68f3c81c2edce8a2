#![allow(clippy::unwrap_used)]

use datafusion::arrow::array::{Int32Array, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use proptest::prelude::*;

use super::*;

mod short;

/// A row: two addresses, two ports, and a number of bytes.
type Row = (
    Option<u8>,
    Option<u8>,
    Option<i32>,
    Option<i32>,
    Option<i64>,
);

fn address(number: u8) -> String {
    match number % 3 {
        0 => format!("10.0.0.{number}"),
        1 => format!("198.51.100.{number}"),
        _ => format!("2001:db8::{number}:1:2:3"),
    }
}

fn batch(rows: &[Row]) -> RecordBatch {
    let texts = |of: fn(&Row) -> Option<u8>| -> Arc<StringViewArray> {
        Arc::new(rows.iter().map(|row| of(row).map(address)).collect())
    };
    let numbers = |of: fn(&Row) -> Option<i32>| -> Arc<Int32Array> {
        Arc::new(rows.iter().map(of).collect())
    };
    let bytes: Int64Array = rows.iter().map(|row| row.4).collect();
    RecordBatch::try_new(
        schema(),
        vec![
            texts(|row| row.0),
            texts(|row| row.1),
            numbers(|row| row.2),
            numbers(|row| row.3),
            Arc::new(bytes),
        ],
    )
    .unwrap()
}

fn schema() -> Arc<Schema> {
    let field = |name, kind| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        field("srcaddr", DataType::Utf8View),
        field("dstaddr", DataType::Utf8View),
        field("srcport", DataType::Int32),
        field("dstport", DataType::Int32),
        field("bytes", DataType::Int64),
    ]))
}

/// Whether the first stage groups is judged after so many rows.
fn ours(rows_to_judge_by: usize) -> SessionContext {
    within(
        RuntimeEnvBuilder::new().build_arc().unwrap(),
        rows_to_judge_by,
    )
}

fn within(runtime: Arc<RuntimeEnv>, rows_to_judge_by: usize) -> SessionContext {
    let rows = "datafusion.execution.skip_partial_aggregation_probe_rows_threshold";
    let ratio = "datafusion.execution.skip_partial_aggregation_probe_ratio_threshold";
    let config = config().set_usize(rows, rows_to_judge_by);
    session(config.set(ratio, &ScalarValue::Float64(Some(0.5))), runtime)
}

/// DataFusion as it comes, but for the order of NULL.
fn theirs() -> SessionContext {
    SessionContext::new_with_config(config().set_str(NULL_ORDERING, "nulls_last"))
}

fn config() -> SessionConfig {
    SessionConfig::new()
        .with_target_partitions(3)
        .with_batch_size(7)
}

/// What the query gives, as lines in order.
async fn ask(context: &SessionContext, batches: &[RecordBatch], sql: &str) -> Vec<String> {
    let thirds = batches.chunks(batches.len().div_ceil(3));
    let thirds = thirds.map(<[_]>::to_vec).collect();
    let table = MemTable::try_new(schema(), thirds).unwrap();
    context.deregister_table("records").unwrap();
    context.register_table("records", Arc::new(table)).unwrap();
    let found = context.sql(sql).await.unwrap().collect().await.unwrap();
    let shown = pretty_format_batches(&found).unwrap().to_string();
    let mut lines: Vec<String> = shown.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

const ROW: Row = (Some(1), Some(2), Some(3), Some(4), Some(5));

async fn plan(sql: &str) -> String {
    let batches = vec![batch(&[ROW; 9]); 6];
    ask(&ours(100_000), &batches, &format!("explain {sql}"))
        .await
        .join("\n")
}

const SCANS: &str = "select
    case when srcport < dstport then dstaddr else srcaddr end as client,
    case when srcport < dstport then srcaddr else dstaddr end as server,
    count(distinct case when srcport < dstport then srcport else dstport end) as ports
    from records group by 1, 2";

const QUERIES: [&str; 18] = [
    SCANS,
    "select srcaddr, count(distinct dstport) from records group by 1 having count(distinct dstport) > 1",
    "select srcaddr, count(distinct dstport), count(distinct srcport), sum(bytes), count(*) from records group by srcaddr",
    "select srcaddr, count(distinct dstport) filter (where bytes > 3) from records group by srcaddr",
    "select srcport, count(distinct dstport) n from records group by srcport order by n",
    "select srcaddr, count(distinct bytes), count(distinct dstaddr) from records group by srcaddr",
    "select srcaddr, dstport, sum(bytes), min(dstaddr), avg(bytes), count(*), count(bytes) from records group by 1, 2",
    "select srcaddr, srcport, dstaddr, max(bytes) filter (where dstport > 2) from records group by 1, 2, 3",
    "select distinct srcaddr, srcport, dstaddr from records",
    "select dstaddr, srcaddr, count(distinct srcport), count(distinct bytes), array_agg(1) from records group by 1, 2",
    "select count(distinct dstport) from records",
    "select count(distinct dstport) over (partition by srcaddr) from records",
    "select srcaddr, dstaddr, count(distinct dstport) from records group by rollup(srcaddr, dstaddr)",
    "select case when bytes > 3 then bytes else 0 end, case when srcaddr = '10.0.0.3' then 'it' else dstaddr end from records",
    "select sum(case when srcport > 2 then srcport end), sum(case when bytes is null then 1 else srcport end) from records",
    "select srcaddr, max(bytes) b, row_number() over (order by max(bytes) desc, srcaddr) from records group by 1",
    "select srcaddr, max(bytes) b from records group by 1 order by b desc, srcaddr desc nulls first limit 3",
    "select case when srcport < 3 then srcaddr when dstport < 3 then dstaddr else 'other' end from records
        where case when srcport < dstport then srcaddr else dstaddr end = '10.0.0.0'",
];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        prop::option::weighted(0.9, 0_u8..7),
        prop::option::weighted(0.9, 0_u8..7),
        prop::option::weighted(0.9, 0_i32..6),
        prop::option::weighted(0.9, prop_oneof![0_i32..6, any::<i32>()]),
        prop::option::weighted(0.9, 0_i64..6),
    );
    prop::collection::vec(row, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever is asked, the answer is DataFusion's own.
    #[test]
    fn answers_are_those_of_datafusion(parts in prop::collection::vec(rows(), 1..5)) {
        let batches: Vec<RecordBatch> = parts.iter().map(|rows| batch(rows)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let theirs = theirs();
        for sql in QUERIES {
            let expected = runtime.block_on(ask(&theirs, &batches, sql));
            for rows_to_judge_by in [5, 100_000] {
                let found = runtime.block_on(ask(&ours(rows_to_judge_by), &batches, sql));
                prop_assert_eq!(found, expected.clone(), "{}", sql);
            }
        }
    }
}

#[tokio::test]
async fn rules_apply_where_they_fit() {
    let scans = plan(SCANS).await;
    assert!(scans.contains("count_distinct_numbers("), "{scans}");
    assert!(scans.contains("choose("), "{scans}");
    assert_eq!(scans.matches("GroupExec").count(), 2, "{scans}");
    for sql in [
        "select count(distinct dstport) from records",
        "select srcaddr, count(distinct bytes) from records group by 1",
        "select srcaddr, count(dstport) from records group by 1",
        "select case when bytes > 0 then 'some' else 'none' end from records",
        "select srcaddr, max(bytes) b from records group by 1 order by b desc limit 9",
        "select case when bytes > 0 then srcport / dstport else 0 end from records",
    ] {
        let plan = plan(sql).await;
        let is_ours = ["count_distinct_numbers(", "choose(", "GroupExec"]
            .iter()
            .any(|ours| plan.contains(ours));
        assert!(!is_ours, "{plan}");
        assert!(!plan.contains("lim="), "no budget counts it: {plan}");
    }
}

#[tokio::test]
async fn null_is_last_unless_it_is_to_be_first() {
    let row = |address, bytes| (address, None, None, None, bytes);
    let batches = [batch(&[
        row(None, None),
        row(Some(0), Some(1)),
        row(Some(1), Some(2)),
    ])];
    for (order, first) in [
        ("b desc", "198.51.100.1"),
        ("b", "10.0.0.0"),
        ("b desc nulls first", "|         |   |"),
    ] {
        let sql = format!(
            "select srcaddr, max(bytes) b from records group by 1 order by {order} limit 1"
        );
        let found = ask(&ours(100_000), &batches, &sql).await.join("\n");
        assert!(found.contains(first), "{order}: {found}");
    }
}

#[tokio::test]
async fn columns_keep_their_names() {
    let found = ask(
        &ours(100_000),
        &[batch(&[ROW])],
        "select srcaddr, count(distinct dstport), max(case when srcport < dstport then srcport else dstport end)
            from records group by 1",
    )
    .await;
    let head = found.iter().find(|line| line.contains("srcaddr")).unwrap();
    assert!(
        head.contains("count(DISTINCT records.dstport)")
            && head.contains("max(CASE WHEN records.srcport < records.dstport"),
        "{head}"
    );
}
