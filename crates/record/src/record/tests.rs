#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::*;
use crate::field::Field;

const ACCEPTED: &str = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK";
const NODATA: &str =
    "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA";
const SKIPDATA: &str =
    "2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA";

/// Any format: fields of every version in any order, some twice, some unknown.
pub(crate) fn formats() -> impl Strategy<Value = LogFormat> {
    let known = proptest::collection::vec(any::<Index>(), 0..30).prop_map(|picks| {
        picks
            .iter()
            .map(|pick| pick.get(Field::all()).name.to_owned())
            .collect()
    });
    let unknown = proptest::collection::vec("zz-[a-z0-9-]{0,8}", 0..4);
    let mixed = (known, unknown)
        .prop_map(|(known, unknown): (Vec<String>, Vec<String>)| [known, unknown].concat())
        .prop_shuffle()
        .prop_filter_map("at least one field", |names| {
            LogFormat::parse(&names.join(" ")).ok()
        });
    let of_version = (2..=11_u8).prop_flat_map(|version| {
        let names = Field::all()
            .iter()
            .filter(move |field| field.version == version);
        Just(names.map(|field| field.name).collect::<Vec<_>>()).prop_shuffle()
    });
    let subset = subsequence(Field::all().to_vec(), 1..=Field::all().len())
        .prop_map(|fields| fields.iter().map(|field| field.name).collect::<Vec<_>>());
    let parsed = |names: Vec<&str>| LogFormat::parse(&names.join(" ")).unwrap();
    prop_oneof![
        mixed,
        of_version.prop_map(parsed),
        subset.prop_shuffle().prop_map(parsed),
        Just(LogFormat::default()),
        Just(LogFormat::transit_gateway_default()),
    ]
}

fn value_of(kind: FieldKind) -> BoxedStrategy<Value<'static>> {
    let number = match kind {
        FieldKind::Int32 => 0..=i64::from(i32::MAX),
        FieldKind::Int64 => 0..=i64::MAX,
        FieldKind::UnixSeconds => 0..=value::FIRST_NOT_SECONDS - 1,
        FieldKind::Text | FieldKind::Address | FieldKind::TagValue => {
            let texts = prop_oneof![
                "[!-~]{1,20}",
                "[^ \r\n]{1,12}",
                Just("ACCEPT".to_owned()),
                Just("2001:db8::1".to_owned()),
                Just("%2D".to_owned()),
            ];
            let texts = texts.prop_filter("a text that can be written", |text| text != "-");
            return prop_oneof![
                1 => Just(Value::Absent),
                4 => texts.prop_map(|text| Value::Text(text.into())),
            ]
            .boxed();
        }
    };
    prop_oneof![
        1 => Just(Value::Absent),
        2 => number.prop_map(Value::Int),
        2 => (0..70_000_i64).prop_map(Value::Int),
    ]
    .boxed()
}

fn records() -> impl Strategy<Value = (LogFormat, Vec<Value<'static>>)> {
    formats().prop_flat_map(|format| {
        let values: Vec<_> = format
            .columns()
            .iter()
            .map(|column| value_of(column.kind()))
            .collect();
        (Just(format), values)
    })
}

#[test]
fn records_of_the_user_guide() {
    let format = LogFormat::default();
    let check = |line: &str, status: LogStatus, bytes: Option<i64>, action: Option<&str>| {
        let record = Record::parse(&format, line.as_bytes()).unwrap();
        assert_eq!(record.log_status(), Some(status));
        assert_eq!(record.int("bytes"), bytes);
        assert_eq!(record.text("action"), action);
        assert_eq!(record.get("tcp-flags"), None);
        assert_eq!(record.encode(), line);
    };
    check(ACCEPTED, LogStatus::Ok, Some(4249), Some("ACCEPT"));
    check(NODATA, LogStatus::NoData, None, None);
    check(SKIPDATA, LogStatus::SkipData, None, None);
}

#[test]
fn line_ends_are_let_pass() {
    let format = LogFormat::default();
    for end in ["", "\n", "\r\n", "\r", "\r\r\n"] {
        let line = format!("{ACCEPTED}{end}");
        let record = Record::parse(&format, line.as_bytes()).unwrap();
        assert_eq!(record.encode(), ACCEPTED, "{end:?}");
    }
}

#[test]
fn values_that_no_one_knows_are_carried() {
    let format = LogFormat::parse("protocol srcport action log-status new-field").unwrap();
    let line = "999 70000 QUARANTINE PARTLY 7";
    let record = Record::parse(&format, line.as_bytes()).unwrap();
    assert_eq!(record.int("srcport"), Some(70_000));
    assert_eq!(record.text("action"), Some("QUARANTINE"));
    assert_eq!(record.text("new-field"), Some("7"));
    assert_eq!(record.log_status(), None);
    assert_eq!(record.encode(), line);
}

#[test]
fn milliseconds_come_in_seconds() {
    let format = LogFormat::parse("start end").unwrap();
    let record = Record::parse(&format, b"1431280876123 1431280934").unwrap();
    assert_eq!(record.encode(), "1431280876 1431280934");
}

#[test]
fn malformed_lines_say_where_and_why() {
    let format = LogFormat::parse("version srcaddr srcport bytes").unwrap();
    let check = |line: &[u8], kind: ReasonKind, message: &str| {
        let malformed = Record::parse(&format, line).unwrap_err();
        assert_eq!(malformed.reason.kind(), kind, "{line:?}");
        assert_eq!(malformed.to_string(), message, "{line:?}");
    };
    check(b"", ReasonKind::Blank, "the line is blank");
    check(b" \r\n", ReasonKind::Blank, "the line is blank");
    check(
        b"2",
        ReasonKind::TooFewFields,
        "1 fields where the format has 4",
    );
    check(
        b"2 a 1 2 3",
        ReasonKind::TooManyFields,
        "5 fields where the format has 4",
    );
    check(
        b"2 a 1 2 ",
        ReasonKind::TooManyFields,
        "5 fields where the format has 4",
    );
    check(
        b"2  1 2",
        ReasonKind::EmptyField,
        "field 2, `srcaddr`: nothing between two blanks",
    );
    check(
        b"2 a x 2",
        ReasonKind::NotANumber,
        "field 3, `srcport`: not a number",
    );
    check(
        b"2 a -1 2",
        ReasonKind::NotANumber,
        "field 3, `srcport`: not a number",
    );
    check(
        b"2 a 4294967296 2",
        ReasonKind::OutOfRange,
        "field 3, `srcport`: the number is out of range",
    );
    check(
        b"2 a 1 9223372036854775808",
        ReasonKind::OutOfRange,
        "field 4, `bytes`: the number is out of range",
    );
    check(
        b"2 \xff 1 2",
        ReasonKind::NotUtf8,
        "field 2, `srcaddr`: not UTF-8",
    );
    check(
        b"2 a 1 2\n2 a 1 2",
        ReasonKind::NotOneLine,
        "a line end in the middle of the line",
    );
    let long = vec![b'2'; LONGEST_LINE + 1];
    check(
        &long,
        ReasonKind::TooLong,
        "the line has 1048577 bytes, more than the 1048576 that are read",
    );
}

#[test]
fn what_cannot_be_written_is_refused() {
    let format = LogFormat::parse("protocol instance-tag end").unwrap();
    let check = |values: Vec<Value<'static>>, message: &str| {
        let error = Record::new(&format, values).unwrap_err();
        assert_eq!(error.to_string(), message);
    };
    let text = |text: &'static str| Value::Text(text.into());
    let absent = || Value::Absent;
    check(vec![], "field 1, `protocol`: no value for it");
    check(vec![absent(), absent()], "field 3, `end`: no value for it");
    check(
        vec![absent(), absent(), absent(), absent()],
        "field 3, `end`: more values after it",
    );
    check(
        vec![text("6"), absent(), absent()],
        "field 1, `protocol`: a text where a number must stand",
    );
    check(
        vec![absent(), Value::Int(6), absent()],
        "field 2, `instance-tag`: a number where a text must stand",
    );
    check(
        vec![Value::Int(-1), absent(), absent()],
        "field 1, `protocol`: the number is out of range",
    );
    check(
        vec![Value::Int(1 << 31), absent(), absent()],
        "field 1, `protocol`: the number is out of range",
    );
    check(
        vec![absent(), absent(), Value::Int(1_431_280_876_123)],
        "field 3, `end`: the number is out of range",
    );
    check(
        vec![absent(), text(""), absent()],
        "field 2, `instance-tag`: an empty text cannot be written",
    );
    check(
        vec![absent(), text("-"), absent()],
        "field 2, `instance-tag`: the text `-` would be read as absent",
    );
    check(
        vec![absent(), text("a b"), absent()],
        "field 2, `instance-tag`: a text with a blank cannot be written",
    );
    check(
        vec![absent(), text("a\rb"), absent()],
        "field 2, `instance-tag`: a text with a line end cannot be written",
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read((format, values) in records()) {
        let record = Record::new(&format, values).unwrap();
        let line = record.encode();
        prop_assert_eq!(Record::parse(&format, line.as_bytes()), Ok(record.clone()));
        let with_end = format!("{line}\r\n");
        let parsed = Record::parse(&format, with_end.as_bytes()).unwrap();
        prop_assert_eq!(parsed.encode(), line);
    }

    #[test]
    fn one_field_more_or_less_is_refused((format, values) in records()) {
        let line = Record::new(&format, values).unwrap().encode();
        let expected = format.columns().len();
        let more = format!("{line} -");
        prop_assert_eq!(
            Record::parse(&format, more.as_bytes()).unwrap_err().reason,
            Reason::TooManyFields { expected, found: expected + 1 }
        );
        if let Some((fewer, _)) = line.rsplit_once(' ') {
            prop_assert_eq!(
                Record::parse(&format, fewer.as_bytes()).unwrap_err().reason,
                Reason::TooFewFields { expected, found: expected - 1 }
            );
        }
    }

    #[test]
    fn any_bytes_are_judged(format in formats(), line in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(record) = Record::parse(&format, &line) {
            let again = record.encode();
            prop_assert_eq!(Record::parse(&format, again.as_bytes()), Ok(record));
        }
    }
}
