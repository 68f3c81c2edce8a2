#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn names(text: &str) -> Vec<String> {
    LogFormat::parse(text)
        .unwrap()
        .names()
        .map(String::from)
        .collect()
}

#[test]
fn both_forms_give_the_same_format() {
    assert_eq!(names("${version} ${account-id}"), ["version", "account-id"]);
    assert_eq!(names("version account-id"), ["version", "account-id"]);
    assert_eq!(names("version account-id\r\n"), ["version", "account-id"]);
    assert_eq!(names("  ${version}   ${bytes} "), ["version", "bytes"]);
}

#[test]
fn errors_say_where() {
    let check = |text: &str, expected: &str| {
        assert_eq!(
            LogFormat::parse(text).unwrap_err().to_string(),
            expected,
            "{text:?}"
        );
    };
    check("", "the log format is empty");
    check("  \n", "the log format is empty");
    check(
        "${version} ${bytes",
        "`${` is not closed in the log format at column 12",
    );
    check(
        "${version}${bytes}",
        "a blank is missing in the log format at column 11",
    );
    check(
        "${version},${bytes}",
        "a blank is missing in the log format at column 11",
    );
    check(
        "${version} ${}",
        "\"\" is no field name in the log format at column 14",
    );
    check(
        "${version} ${by tes}",
        "`${` is not closed in the log format at column 12",
    );
    check(
        "${é} ${x",
        "\"é\" is no field name in the log format at column 3",
    );
    check(
        "version\tbytes",
        "\"version\\tbytes\" is no field name in the log format at column 1",
    );
    check(
        "${version} bytes",
        "`${name}` and bare names are mixed in the log format at column 12",
    );
    check(
        "version ${bytes}",
        "`${name}` and bare names are mixed in the log format at column 9",
    );
    check(
        "$version",
        "\"$version\" is no field name in the log format at column 1",
    );
}

#[test]
fn a_record_is_no_header() {
    let record =
        "2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA";
    let error = LogFormat::parse(record).unwrap_err();
    assert_eq!(
        error,
        LogFormatError::NotAName {
            column: 1,
            text: "2".into()
        }
    );
}

#[test]
fn long_hostile_names_are_cut_in_the_message() {
    let error = LogFormat::parse(&"\u{1b}".repeat(100_000)).unwrap_err();
    assert!(error.to_string().len() < 400);
    assert!(!error.to_string().contains('\u{1b}'));
}

#[test]
fn unknown_names_are_carried() {
    let format = LogFormat::parse("${version} ${quantum-state} ${bytes}").unwrap();
    assert_eq!(format.unknown().collect::<Vec<_>>(), ["quantum-state"]);
    assert_eq!(format.to_string(), "${version} ${quantum-state} ${bytes}");
    assert_eq!(format.version(), Some(2));
    assert_eq!(LogFormat::parse("new-1").unwrap().version(), None);
}

#[test]
fn duplicates_are_named_once_and_kept() {
    let format = LogFormat::parse("bytes start bytes new bytes new").unwrap();
    assert_eq!(format.duplicates(), ["bytes", "new"]);
    assert_eq!(format.columns().len(), 6);
    assert_eq!(format.position("bytes"), Some(0));
    assert!(LogFormat::default().duplicates().is_empty());
}

#[test]
fn default_is_that_of_aws() {
    let text = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} \
                ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";
    assert_eq!(LogFormat::default().to_string(), text);
    assert_eq!(LogFormat::default(), LogFormat::parse(text).unwrap());
    assert_eq!(LogFormat::default().version(), Some(2));
}

#[test]
fn an_answer_without_format_means_the_default() {
    let of = |text, resource| LogFormat::of_flow_log(text, resource).unwrap();
    assert_eq!(of(None, Scope::Vpc), LogFormat::default());
    assert_eq!(
        of(None, Scope::TransitGateway),
        LogFormat::transit_gateway_default()
    );
    assert_eq!(
        of(Some("${start}"), Scope::TransitGateway).header(),
        "start"
    );
    assert_eq!(
        LogFormat::of_flow_log(Some(""), Scope::Vpc),
        Err(LogFormatError::Empty)
    );
}

#[test]
fn transit_gateway_default_is_version_6_and_wholly_known() {
    let format = LogFormat::transit_gateway_default();
    assert_eq!(format.version(), Some(6));
    assert_eq!(format.unknown().count(), 0);
    assert_eq!(
        format.missing(&["action", "bytes", "interface-id"]),
        ["action", "interface-id"]
    );
}

#[test]
fn version_is_the_highest_and_not_the_number_of_columns() {
    let version = |text| LogFormat::parse(text).unwrap().version();
    assert_eq!(version("version traffic-path"), Some(5));
    assert_eq!(version("next-hop-vpc-id version vpc-id"), Some(11));
    assert_eq!(version("reject-reason resource-id"), Some(9));
}

#[test]
fn missing_keeps_the_order_asked() {
    let format = LogFormat::default();
    assert_eq!(
        format.missing(&["tcp-flags", "bytes", "flow-direction"]),
        ["tcp-flags", "flow-direction"]
    );
    assert!(format.missing(&[]).is_empty());
}

#[test]
fn stored_form_is_the_text_of_the_api() {
    let format = LogFormat::parse("version new").unwrap();
    let json = r#""${version} ${new}""#;
    assert_eq!(serde_json::to_string(&format).unwrap(), json);
    assert_eq!(serde_json::from_str::<LogFormat>(json).unwrap(), format);
    assert!(serde_json::from_str::<LogFormat>(r#""""#).is_err());
}

fn any_name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(Field::all()).prop_map(|field| field.name.to_owned());
    prop_oneof![3 => known, 1 => "[A-Za-z][A-Za-z0-9_-]{0,20}"]
}

proptest! {
    #[test]
    fn text_and_format_round_trip(list in prop::collection::vec(any_name(), 1..60)) {
        let format = LogFormat::parse(&list.join(" ")).unwrap();
        prop_assert_eq!(format.names().collect::<Vec<_>>(), list.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(&LogFormat::parse(&format.to_string()).unwrap(), &format);
        prop_assert_eq!(&LogFormat::parse(&format.header()).unwrap(), &format);
    }

    #[test]
    fn missing_and_contains_agree(
        list in prop::collection::vec(any_name(), 1..20),
        wanted in prop::collection::vec(any_name(), 0..20),
    ) {
        let format = LogFormat::parse(&list.join(" ")).unwrap();
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        let missing = format.missing(&wanted);
        for name in wanted {
            prop_assert_eq!(missing.contains(&name), !format.contains(name));
        }
    }

    #[test]
    fn no_text_panics_and_errors_stay_short(text in "[${} a-zé\\-\\n]{0,60}|\\PC{0,60}") {
        match LogFormat::parse(&text) {
            Ok(format) => prop_assert!(!format.columns().is_empty()),
            Err(error) => prop_assert!(error.to_string().lines().count() == 1),
        }
    }
}
