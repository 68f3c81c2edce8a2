#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type};
use flowcover_record::{Counts, ReasonKind};
use proptest::prelude::*;

use super::*;
use crate::columns::schema_of;

const HEADER: &str = "version interface-id srcaddr dstport bytes start log-status";
const LINE: &str = "2 eni-1 10.0.0.1 443 8301 1700000000 OK";

fn spec(format: &str, batch_rows: usize, needles: Option<&[&str]>) -> Arc<ScanSpec> {
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|&text| text.to_owned())
            .collect::<BTreeSet<_>>()
    };
    Arc::new(ScanSpec {
        schema: schema_of([&LogFormat::parse(format).unwrap()]),
        needles: needles.map(texts),
        present: Vec::new(),
        bounds: Vec::new(),
        format: None,
        batch_rows,
        most_bytes: 1 << 30,
    })
}

/// Every row, each value as it is shown, NULL as `-`.
fn rows(batch: &RecordBatch) -> Vec<String> {
    let value = |column: &dyn Array, row: usize| match column.data_type() {
        _ if column.is_null(row) => "-".to_owned(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        _ => column.as_string_view().value(row).to_owned(),
    };
    (0..batch.num_rows())
        .map(|row| {
            let values = batch.columns().iter().map(|column| value(column, row));
            values.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn read(spec: &Arc<ScanSpec>, bytes: &[u8]) -> (Vec<String>, Account) {
    let mut inflater = Inflater::new();
    let location = Arc::from("x.log");
    let mut reader = ObjectReader::new(
        spec,
        &location,
        Content::Whole(bytes.to_vec()),
        &mut inflater,
        Vec::new(),
    );
    let mut all = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        assert!(batch.num_rows() <= spec.batch_rows);
        all.extend(rows(&batch));
    }
    let (account, _) = reader.finish();
    assert!(account.counts.is_balanced(), "{:?}", account.counts);
    (all, account)
}

fn check(text: &str, expected: &[&str], malformed: &[ReasonKind]) -> Counts {
    let mut counts = None;
    for batch_rows in [1, 2, 3, 5, 7, 8, 11, 13, 16, 8192] {
        let (rows, account) = read(&spec(HEADER, batch_rows, None), text.as_bytes());
        assert_eq!(rows, expected, "{batch_rows}");
        let reasons: Vec<_> = account
            .rejects
            .first()
            .iter()
            .map(|r| r.malformed.reason.kind())
            .collect();
        assert_eq!(reasons, malformed, "{batch_rows}");
        assert_eq!(*counts.get_or_insert(account.counts), account.counts);
    }
    counts.unwrap()
}

#[test]
fn records_nodata_and_skipdata_are_rows() {
    let nodata = "2 eni-1 - - - 1700000000 NODATA";
    let skipdata = "2 eni-1 - - - 1700000000 SKIPDATA";
    let text = [HEADER, LINE, nodata, skipdata, LINE].join("\n");
    let counts = check(&text, &[LINE, nodata, skipdata, LINE], &[]);
    assert_eq!(
        (counts.read, counts.parsed, counts.nodata, counts.skipdata),
        (4, 2, 1, 1)
    );
}

#[test]
fn line_ends_of_all_kinds() {
    for text in [
        format!("{HEADER}\r\n{LINE}\r\n{LINE}\r\n"),
        format!("{HEADER}\n\n{LINE}\n\r\n{LINE}"),
        format!("\u{feff}{HEADER}\n{LINE}\n{LINE}\n"),
    ] {
        check(&text, &[LINE, LINE], &[]);
    }
}

#[test]
fn malformed_lines_are_left_out_and_named() {
    let text = [
        HEADER,
        "2 eni-1 10.0.0.1 443",
        LINE,
        "2 eni-1 10.0.0.1 https 8301 1700000000 OK",
        "2 eni-1 10.0.0.1 443 8301 1700000000 OK more",
        LINE,
        "2 eni-1  443 8301 1700000000 OK",
    ]
    .join("\n");
    let expected = [
        ReasonKind::TooFewFields,
        ReasonKind::NotANumber,
        ReasonKind::TooManyFields,
        ReasonKind::EmptyField,
    ];
    check(&text, &[LINE, LINE], &expected);
    let (_, account) = read(&spec(HEADER, 2, None), text.as_bytes());
    let lines: Vec<u64> = account
        .rejects
        .first()
        .iter()
        .map(|r| r.place.line)
        .collect();
    assert_eq!(lines, [2, 4, 5, 7]);
}

/// Files that were put together, of one format and of two.
#[test]
fn headers_in_the_middle_are_no_records() {
    let other = "start srcaddr version interface-id";
    let text = [
        HEADER,
        LINE,
        HEADER,
        LINE,
        other,
        "1700000001 10.0.0.9 2 eni-9",
        HEADER,
        LINE,
    ]
    .join("\n");
    let counts = check(
        &text,
        &[LINE, LINE, "2 eni-9 10.0.0.9 - - 1700000001 -", LINE],
        &[],
    );
    assert_eq!(counts.read, 4);
}

#[test]
fn bytes_that_are_no_text() {
    let mut bytes = [HEADER, LINE, ""].join("\n").into_bytes();
    bytes.extend(b"2 eni-\xff 10.0.0.1 443 8301 1700000000 OK\n");
    bytes.extend("2 eni-é 10.0.0.1 443 8301 1700000000 OK\n".as_bytes());
    let (rows, account) = read(&spec(HEADER, 100, None), &bytes);
    assert_eq!(rows, [LINE, "2 eni-é 10.0.0.1 443 8301 1700000000 OK"]);
    assert_eq!(
        account.rejects.first()[0].malformed.reason.kind(),
        ReasonKind::NotUtf8
    );
    let garbage: Vec<u8> = (0..5000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let (rows, account) = read(&spec(HEADER, 100, None), &garbage);
    assert!(rows.is_empty());
    assert_eq!(
        account.failures.values().next(),
        Some(&ObjectError::NoHeader)
    );
}

#[test]
fn without_a_header_the_format_must_be_given() {
    let format = LogFormat::parse(HEADER).unwrap();
    let mut spec = (*spec(HEADER, 10, None)).clone();
    spec.format = Some(format);
    let (rows, account) = read(&Arc::new(spec), LINE.as_bytes());
    assert_eq!((rows, account.is_complete()), (vec![LINE.to_owned()], true));
}

#[test]
fn only_lines_with_a_needle_are_cut() {
    let other = "2 eni-2 10.0.0.2 22 1 1700000000 OK";
    let text = [HEADER, other, LINE, other, other, LINE, other].join("\n");
    for batch_rows in [1, 2, 100] {
        let (rows, account) = read(
            &spec(HEADER, batch_rows, Some(&["10.0.0.1"])),
            text.as_bytes(),
        );
        assert_eq!(rows, [LINE, LINE]);
        assert_eq!((account.counts.read, account.counts.passed_over), (6, 4));
    }
    let (rows, _) = read(
        &spec(HEADER, 100, Some(&["10.0.0.1", "10.0.0.2"])),
        text.as_bytes(),
    );
    assert_eq!(rows.len(), 6);
}

/// What is passed over must not hide that the format changes.
#[test]
fn needles_and_headers_in_the_middle() {
    let other = "start srcaddr version interface-id";
    let text = [
        HEADER,
        LINE,
        other,
        "1700000001 10.0.0.9 2 eni-9",
        "1700000001 10.0.0.1 2 eni-9",
    ]
    .join("\n");
    let (rows, account) = read(&spec(HEADER, 100, Some(&["10.0.0.1"])), text.as_bytes());
    assert_eq!(rows, [LINE, "2 eni-9 10.0.0.1 - - 1700000001 -"]);
    assert_eq!((account.counts.read, account.counts.passed_over), (3, 1));
}

#[test]
fn records_in_json() {
    let wrapped = format!(
        "{{\"message\":\"{HEADER}\"}}\n{{\"message\":\"{LINE}\"}}{{\"message\":\"{LINE}\"}}\n{{\"other\":1}}"
    );
    let (rows, account) = read(&spec(HEADER, 100, None), wrapped.as_bytes());
    assert_eq!(rows, [LINE, LINE]);
    assert_eq!(
        account.rejects.first()[0].malformed.reason.kind(),
        ReasonKind::Envelope
    );
}

proptest! {
    /// The fast way gives what reading line by line gives, with and without needles.
    #[test]
    fn as_line_by_line(
        lines in prop::collection::vec(
            prop_oneof![
                8 => "2 eni-[12] 10\\.0\\.0\\.[1-3] [0-9]{1,4} [0-9]{1,12} 17[0-9]{8} (OK|NODATA)",
                1 => "2 eni-1 - - - 1700000000 NODATA",
                1 => "[ -~]{0,40}",
                1 => Just(HEADER.to_owned()),
            ],
            0..60,
        ),
        batch_rows in 1_usize..40,
        select in prop::sample::select(vec![None, Some("10.0.0.2"), Some("eni-2")]),
    ) {
        let format = LogFormat::parse(HEADER).unwrap();
        let text = std::iter::once(HEADER.to_owned()).chain(lines.clone()).collect::<Vec<_>>().join("\n");
        let expected: Vec<String> = lines
            .iter()
            .filter(|line| repeated_header(&format, line.as_bytes()).is_none())
            .filter_map(|line| Record::parse(&format, line.as_bytes()).ok().map(|r| r.encode()))
            .filter(|line| select.is_none_or(|needle| line.contains(needle)))
            .collect();
        // Formats that another line of names may bring are not in the schema that is expected.
        prop_assume!(lines.iter().all(|line| {
            header_of(line.as_bytes()).is_none_or(|other| other == format)
        }));
        let needles = select.map(|needle| vec![needle]);
        let (rows, _) = read(&spec(HEADER, batch_rows, needles.as_deref()), text.as_bytes());
        prop_assert_eq!(rows, expected);
    }
}

#[test]
fn brackets_alone_are_no_records() {
    let spec = spec(HEADER, 10, None);
    for (text, fails) in [
        ("[[[[[[", true),
        ("[]]", true),
        ("[", true),
        ("[]", false),
        (" [\n]\n", false),
        ("{\"events\":[]}", false),
        ("[{\"messageType\":\"CONTROL_MESSAGE\"}]", false),
    ] {
        let (rows, account) = read(&spec, text.as_bytes());
        assert_eq!(rows.len(), 0, "{text}");
        let expected = fails.then_some(&ObjectError::NoJson);
        assert_eq!(account.failures.values().next(), expected, "{text}");
    }
}
