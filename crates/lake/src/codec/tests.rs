#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::physical_plan::{collect, displayable};
use flowcover_record::PseudonymKey;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::bounds::{Bound, Test};
use crate::{Lake, LakeSettings, LocalFiles, list_paths};

const DEFAULT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

/// Two objects: one that says its format, and one that does not.
fn write(directory: &Path) {
    let line = |minute: u64, client: u64, port: u64| {
        let start = 1_763_640_000 + minute * 60;
        let end = start + 30;
        format!(
            "2 123456789012 eni-1 10.0.0.{client} 10.0.1.9 4{client:04} {port} 6 {} {} {start} {end} ACCEPT OK\n\
             2 123456789012 eni-1 10.0.1.9 10.0.0.{client} {port} 4{client:04} 6 3 180 {start} {end} ACCEPT OK\n",
            client + 2,
            (client + 2) * 40,
        )
    };
    let lines = |from: u64| -> String {
        let minutes = from..from + 40;
        minutes
            .map(|minute| line(minute, minute % 7 + 1, 440 + minute % 5))
            .collect()
    };
    fs::write(
        directory.join("with.log"),
        format!("{DEFAULT}\n{}", lines(0)),
    )
    .unwrap();
    fs::write(directory.join("without.log"), lines(40)).unwrap();
}

fn pseudonyms(first: u8) -> Arc<Pseudonyms> {
    let key = PseudonymKey::new(std::array::from_fn(|index| index as u8 ^ first));
    Arc::new(Pseudonyms::new(&key))
}

/// The plan with each scan made anew of its bytes, and how many there were.
fn carried_over(
    plan: Arc<dyn ExecutionPlan>,
    here: &Surroundings,
) -> (Arc<dyn ExecutionPlan>, usize) {
    let mut scans = 0;
    let carried = plan.transform_up(|node| {
        if !node.children().is_empty() {
            assert!(matches!(encode(node.as_ref()), Err(CodecError::Foreign(_))));
            return Ok(Transformed::no(node));
        }
        scans += 1;
        let bytes = encode(node.as_ref()).unwrap();
        let again = decode(&bytes, here).unwrap();
        assert_eq!(again.schema(), node.schema());
        assert_eq!(encode(again.as_ref()).unwrap(), bytes);
        Ok(Transformed::yes(again))
    });
    (carried.unwrap().data, scans)
}

async fn check(sql: &str, scans: usize, keyed: Option<Arc<Pseudonyms>>) {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let settings = LakeSettings {
        partitions: 2,
        format: Some(LogFormat::default()),
        span: Some(Span {
            from: Some(1_763_640_300),
            to: None,
        }),
        pseudonyms: keyed.clone(),
        ..LakeSettings::default()
    };
    let objects = list_paths(directory.path()).unwrap();
    assert_eq!(objects.len(), 2);
    let store: Arc<dyn Store> = Arc::new(LocalFiles::default());
    let lake = Lake::open(objects, Arc::clone(&store), &settings)
        .await
        .unwrap();
    let (plan, context) = lake.planned(sql).await.unwrap();
    let here = Surroundings {
        store,
        ledger: Arc::new(Ledger::new(None)),
        pseudonyms: keyed,
    };
    let (carried, seen) = carried_over(Arc::clone(&plan), &here);
    assert_eq!(seen, scans, "{sql}");
    let shown = |plan: &Arc<dyn ExecutionPlan>| displayable(plan.as_ref()).indent(true).to_string();
    assert_eq!(shown(&carried), shown(&plan));
    // Operators keep what they have learned while they ran: of what is run twice, each has its own.
    let (plan, _) = lake.planned(sql).await.unwrap();
    let expected = collect(plan, Arc::clone(&context)).await.unwrap();
    let rows: usize = expected.iter().map(|batch| batch.num_rows()).sum();
    assert!(rows > 0, "{sql}");
    let given = collect(carried, context).await.unwrap();
    let table = |batches: &[_]| pretty_format_batches(batches).unwrap().to_string();
    assert_eq!(table(&given), table(&expected), "{sql}");
    // What was read is in the ledger of whoever read it.
    let account = here.ledger.account();
    assert!(
        account.failures.is_empty() && account.objects > 0,
        "{account:?}"
    );
}

#[tokio::test]
async fn a_plan_that_was_carried_over_answers_the_same() {
    for (sql, scans) in [
        (
            "select srcaddr, sum(bytes) b, count(*) n from records group by 1 order by 1",
            1,
        ),
        (
            "select count(*) from records where srcaddr = '10.0.0.3' and dstport between 441 and 443",
            1,
        ),
        (
            "select srcaddr, dstaddr, count(distinct dstport) n from records where srcaddr is not null group by 1, 2 order by 1, 2",
            1,
        ),
        (
            "select srcaddr, dstaddr, count(distinct dstport) n from records where srcaddr is not null group by 1, 2 order by 1, 2",
            1,
        ),
        (
            "select * from records order by start, srcaddr, dstaddr, srcport limit 9",
            1,
        ),
        (
            "select client_addr, server_addr, count(distinct server_port) n from flows group by 1, 2 order by 1",
            1,
        ),
        (
            "select * from flows where client_addr = '10.0.0.5' order by start",
            1,
        ),
        (
            "select r.n, f.n from (select count(*) n from records) r, (select count(*) n from flows) f",
            2,
        ),
    ] {
        check(sql, scans, None).await;
    }
}

#[tokio::test]
async fn pseudonyms_are_given_by_whoever_has_the_key() {
    let sql = "select srcaddr, count(*) n from records group by 1 order by 1";
    check(sql, 1, Some(pseudonyms(0))).await;
    let sql = "select client_addr, count(*) n from flows group by 1 order by 1";
    check(sql, 1, Some(pseudonyms(0))).await;
}

fn surroundings(pseudonyms: Option<Arc<Pseudonyms>>) -> Surroundings {
    Surroundings {
        store: Arc::new(LocalFiles::default()),
        ledger: Arc::new(Ledger::new(None)),
        pseudonyms,
    }
}

fn scan(spec: ScanSpec, groups: Vec<Arc<[Object]>>, keyed: Option<Arc<Pseudonyms>>) -> ObjectScan {
    let here = surroundings(None);
    ObjectScan::of_groups(Arc::new(spec), groups, here.store, here.ledger).with_pseudonyms(keyed)
}

fn spec(columns: &[&str]) -> ScanSpec {
    let text = |name: &&str| Field::new(*name, DataType::Utf8View, true);
    ScanSpec {
        schema: Arc::new(Schema::new(columns.iter().map(text).collect::<Vec<_>>())),
        needles: None,
        present: Vec::new(),
        bounds: Vec::new(),
        format: None,
        batch_rows: 1,
        most_bytes: 1,
    }
}

#[test]
fn a_key_stays_where_it_is() {
    let bytes = encode(&scan(spec(&["srcaddr"]), Vec::new(), Some(pseudonyms(0)))).unwrap();
    let refused = |here: Option<Arc<Pseudonyms>>| {
        let error = decode(&bytes, &surroundings(here)).unwrap_err();
        assert!(matches!(error, CodecError::Key { .. }), "{error}");
        error.to_string()
    };
    assert!(refused(None).ends_with("here is none"));
    assert!(refused(Some(pseudonyms(1))).contains(pseudonyms(1).key_id()));
    assert!(decode(&bytes, &surroundings(Some(pseudonyms(0)))).is_ok());
    // A key at hand is not used where none is wanted.
    let bytes = encode(&scan(spec(&["srcaddr"]), Vec::new(), None)).unwrap();
    let plan = decode(&bytes, &surroundings(Some(pseudonyms(0)))).unwrap();
    assert_eq!(encode(plan.as_ref()).unwrap(), bytes);
}

#[test]
fn other_bytes_are_refused() {
    let good = encode(&scan(spec(&["srcaddr"]), Vec::new(), None)).unwrap();
    let good = String::from_utf8(good).unwrap();
    for (bytes, said) in [
        (String::new(), "these are not the bytes of a scan"),
        ("[".repeat(100_000), "these are not the bytes of a scan"),
        (
            good[..good.len() - 1].to_owned(),
            "these are not the bytes of a scan",
        ),
        (
            good.replace("\"version\":1", "\"version\":2"),
            "the bytes have version 2",
        ),
        (good.replace("Utf8View", "Utf9"), "column srcaddr: "),
        (
            good.replace("\"batch_rows\":1", "\"batch_rows\":0"),
            "the number of rows of a batch is 0",
        ),
        (
            good.replace("\"present\":[]", "\"present\":[1]"),
            "column 1: there are 1",
        ),
        (
            good.replace("\"spec\"", "\"more\":1,\"spec\""),
            "these are not the bytes of a scan",
        ),
    ] {
        let error = decode(bytes.as_bytes(), &surroundings(None)).unwrap_err();
        assert!(error.to_string().starts_with(said), "{error}");
    }
}

fn any_object() -> impl Strategy<Value = Object> {
    let key = "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/20/123456789012_vpcflowlogs_eu-west-1_fl-1_20261120T0005Z_aa.log.gz";
    let location = prop_oneof![
        "\\PC{0,20}",
        "[a-z]{1,8}".prop_map(move |bucket| format!("s3://{bucket}/{key}"))
    ];
    let fields = (
        location,
        any::<u64>(),
        option::of("\\PC{0,8}"),
        option::of(any::<i64>()),
    );
    fields.prop_map(|(location, size, version, first_end)| Object {
        version: version.map(Arc::from),
        first_end,
        ..Object::new(&location, size)
    })
}

fn any_spec() -> impl Strategy<Value = ScanSpec> {
    let kinds = prop_oneof![
        Just(DataType::Int32),
        Just(DataType::Int64),
        Just(DataType::Utf8View)
    ];
    let test = prop_oneof![
        "\\PC{0,8}".prop_map(Test::Is),
        (any::<i64>(), any::<i64>()).prop_map(|(least, most)| Test::Within(least, most))
    ];
    let bound = ("\\PC{0,8}", test).prop_map(|(column, test)| Bound { column, test });
    (
        vec(("\\PC{0,12}", kinds), 0..6),
        option::of(btree_set("\\PC{0,8}", 0..4)),
        vec(any::<prop::sample::Index>(), 0..3),
        vec(vec(bound, 0..3), 0..3),
        option::of(Just(LogFormat::default())),
        (1..=usize::MAX, any::<u64>()),
    )
        .prop_map(
            |(columns, needles, present, bounds, format, (batch_rows, most_bytes))| {
                let places = columns.len();
                let present = present.iter().filter(|_| places > 0);
                let present = present.map(|place| place.index(places)).collect();
                let columns = columns.into_iter();
                let columns = columns.map(|(name, kind)| Field::new(name, kind, true));
                ScanSpec {
                    schema: Arc::new(Schema::new(columns.collect::<Vec<_>>())),
                    needles,
                    present,
                    bounds,
                    format,
                    batch_rows,
                    most_bytes,
                }
            },
        )
}

proptest! {
    #[test]
    fn encoding_and_decoding_is_nothing(
        wanted in any_spec(),
        groups in vec(vec(any_object(), 0..4), 0..4),
    ) {
        let groups: Vec<Arc<[Object]>> = groups.into_iter().map(Arc::from).collect();
        let bytes = encode(&scan(wanted.clone(), groups.clone(), None)).unwrap();
        let plan = decode(&bytes, &surroundings(None)).unwrap();
        let any: &dyn Any = plan.as_ref();
        let again = any.downcast_ref::<ObjectScan>().unwrap();
        prop_assert_eq!(again.spec(), &wanted);
        prop_assert_eq!(again.groups(), groups.as_slice());
    }

    #[test]
    fn damaged_bytes_never_panic(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode(&scan(spec(&["srcaddr", "bytes"]), Vec::new(), None)).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        // Whatever it is now, it is understood or refused.
        if let Ok(plan) = decode(&bytes, &surroundings(None)) {
            prop_assert_eq!(plan.name(), "ObjectScan");
        }
    }
}
