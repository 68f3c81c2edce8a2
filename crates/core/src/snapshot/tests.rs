use proptest::prelude::*;

use super::*;
use crate::inventory::{
    Account, AccountAccess, AccountStatus, Fact, FlowLog, Gap, GapKind, Listing, ListingState,
    LogGroup, Region, RegionStatus, TrafficType, Vpc,
};

const WHOLE: &str = r#"{"schema":"flowcover.inventory/1","generator":"flowcover 0.1.0","collected_at":"2026-05-01T10:00:00Z","partition":"aws","depth":"full","proved":false,"organization":null,"accounts":[],"regions":[]}"#;

fn refused(text: &str) -> (String, &'static str) {
    let error = read(text.as_bytes(), "s.json").unwrap_err();
    let shown = error.to_string();
    assert!(!shown.contains('\n'), "one line: {shown}");
    (shown, error.hint().unwrap())
}

#[test]
fn an_inventory_is_read() {
    assert!(read(WHOLE.as_bytes(), "s.json").is_ok());
    assert!(
        read(format!("\u{feff}{WHOLE}\n").as_bytes(), "s.json").is_ok(),
        "a byte order mark"
    );
    let later = WHOLE.replacen('{', r#"{"a_field_of_tomorrow":[{}],"#, 1);
    assert!(
        read(later.as_bytes(), "s.json").is_ok(),
        "a field that is not known"
    );
}

#[test]
fn refusals_say_file_place_and_what() {
    let deep = format!(
        r#"{{"schema":"flowcover.inventory/1","regions":{}"#,
        "[".repeat(100_000)
    );
    for (text, expected) in [
        (String::new(), "s.json: the file is empty"),
        (" \n".to_owned(), "s.json: the file is empty"),
        ("hello".to_owned(), "s.json:1:1: not JSON: expected value"),
        (
            format!("{WHOLE}x"),
            "s.json:1:198: not JSON: trailing characters",
        ),
        (
            WHOLE[..182].to_owned(),
            "s.json:1:182: the file ends in the middle of accounts[0]",
        ),
        (
            WHOLE[..12].to_owned(),
            "s.json:1:12: the file ends in the middle of schema",
        ),
        (
            WHOLE.replace("\"proved\":false", "\"proved\":\n \"no\""),
            "s.json:2:5: at proved: invalid type: string \"no\", expected a boolean",
        ),
        (
            WHOLE.replace("\"accounts\":[]", r#""accounts":[{"account_id":"1"}]"#),
            "s.json:1:200: at accounts[0]: missing field `status`",
        ),
        (
            "[1]".to_owned(),
            "s.json: it is a list, not an inventory of flowcover",
        ),
        (
            "[".repeat(100_000),
            "s.json: it is a list, not an inventory of flowcover",
        ),
        (
            "3".to_owned(),
            "s.json: it is a single value, not an inventory of flowcover",
        ),
        (
            "{}".to_owned(),
            "s.json: it has no `schema`, not an inventory of flowcover",
        ),
        (
            r#"{"schema":1}"#.to_owned(),
            "s.json: its `schema` is no text, not an inventory of flowcover",
        ),
        (
            r#"{"Vpcs":[]}"#.to_owned(),
            "s.json: it is an answer of the AWS CLI, not an inventory of flowcover",
        ),
        (
            r#"{"x":1,"schema":"flowcover.report/1"}"#.to_owned(),
            "s.json: it is a report, not an inventory of flowcover",
        ),
        (
            "{\"schema\":\"\\u001b[31mx\"}".to_owned(),
            "s.json: its `schema` is ` [31mx`, not an inventory of flowcover",
        ),
        (
            // The rest is of no kind that this version knows: that must not be what is said.
            r#"{"schema":"flowcover.inventory/2","accounts":7}"#.to_owned(),
            "s.json: was written by a newer flowcover: `flowcover.inventory/2`, and this one reads `flowcover.inventory/1`",
        ),
        (
            r#"{"schema":"flowcover.inventory/0"}"#.to_owned(),
            "s.json: `flowcover.inventory/0` is no version of an inventory; this flowcover reads `flowcover.inventory/1`",
        ),
        (
            r#"{"schema":"flowcover.inventory"}"#.to_owned(),
            "s.json: `flowcover.inventory` is no version of an inventory; this flowcover reads `flowcover.inventory/1`",
        ),
    ] {
        assert_eq!(
            refused(&text).0,
            expected,
            "{}",
            text.chars().take(60).collect::<String>()
        );
    }
    let (shown, _) = refused(&deep);
    assert!(
        shown.starts_with("s.json:1:") && shown.contains("regions[0]"),
        "{shown}"
    );
}

#[test]
fn absurd_nesting_of_evidence_is_refused_without_a_crash() {
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!(
        r#"{{"schema":"flowcover.report/1","findings":[{{"evidence":{{"x":{nested}}}}}]}}"#
    );
    let error = read_report(text.as_bytes(), "r.json").unwrap_err();
    assert!(matches!(error, SnapshotError::TooDeep { .. }), "{error}");
    assert!(
        error.to_string().contains("at findings[0].evidence.x[0]"),
        "{error}"
    );
}

#[test]
fn an_inventory_is_no_baseline() {
    let error = read_report(WHOLE.as_bytes(), "r.json").unwrap_err();
    assert_eq!(
        error.to_string(),
        "r.json: it is an inventory, not a report of flowcover"
    );
    assert!(error.hint().unwrap().contains("--baseline"));
}

#[test]
fn every_cut_is_refused() {
    for end in 0..WHOLE.len() {
        assert!(!refused(&WHOLE[..end]).0.is_empty());
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9-]{0,12}", any::<String>()]
}

fn listing<T: std::fmt::Debug + Clone>(
    item: impl Strategy<Value = T>,
) -> impl Strategy<Value = Listing<T>> {
    let state = prop_oneof![
        Just(ListingState::Complete),
        Just(ListingState::Partial),
        Just(ListingState::NotRead),
        Just(ListingState::NotNeeded),
    ];
    (state, prop::collection::vec(item, 0..4)).prop_map(|(state, items)| Listing { state, items })
}

fn fact<T: std::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Fact<T>> {
    prop_oneof![
        value.prop_map(Fact::Present),
        Just(Fact::Absent),
        Just(Fact::NotRead)
    ]
}

fn vpc() -> impl Strategy<Value = Vpc> {
    (
        text(),
        any::<Option<bool>>(),
        prop::collection::btree_map(text(), text(), 0..3),
    )
        .prop_map(|(vpc_id, is_default, tags)| Vpc {
            owner_id: Some(vpc_id.clone()),
            vpc_id,
            is_default,
            cidr_block: None,
            tags,
        })
}

fn flow_log() -> impl Strategy<Value = FlowLog> {
    (
        text(),
        prop::option::of(text()),
        any::<Option<u32>>(),
        prop::option::of(0_i64..4_000_000_000_000),
    )
        .prop_map(
            |(flow_log_id, traffic_type, max_aggregation_interval, created)| FlowLog {
                flow_log_id,
                traffic_type: traffic_type.map(TrafficType::from),
                max_aggregation_interval,
                creation_time: created.map(|at| jiff::Timestamp::from_millisecond(at).unwrap()),
                ..FlowLog::default()
            },
        )
}

fn log_group() -> impl Strategy<Value = LogGroup> {
    (text(), any::<Option<u32>>(), any::<Option<u64>>()).prop_map(
        |(name, retention_in_days, stored_bytes)| LogGroup {
            arn: name.clone(),
            name,
            retention_in_days,
            kms_key_id: None,
            stored_bytes,
        },
    )
}

fn inventory() -> impl Strategy<Value = Inventory> {
    let region =
        (text(), listing(vpc()), listing(flow_log())).prop_map(|(name, vpcs, flow_logs)| Region {
            vpcs,
            flow_logs,
            ..Region::new("111122223333", &name, RegionStatus::Partial)
        });
    (
        prop::collection::vec(region, 0..4),
        prop::collection::btree_map(text(), fact(log_group()), 0..4),
        prop::collection::vec(text(), 0..3),
        -60_000_000_000_i64..250_000_000_000,
    )
        .prop_map(|(regions, log_groups, words, at)| {
            let mut inventory = Inventory::empty(jiff::Timestamp::from_second(at).unwrap());
            inventory.regions = regions;
            inventory.log_groups = log_groups;
            inventory.accounts = words.iter().map(|word| account(word)).collect();
            inventory.gaps = words.iter().map(|word| gap(word)).collect();
            inventory.calls = words.into_iter().map(|word| (word, u64::MAX)).collect();
            inventory
        })
}

fn account(word: &str) -> Account {
    Account {
        account_id: word.to_owned(),
        name: Some(word.to_owned()),
        status: AccountStatus::from(word),
        access: AccountAccess::Reached,
        is_management: true,
        organizational_units: vec![word.to_owned()],
        protection: None,
    }
}

fn gap(word: &str) -> Gap {
    Gap {
        account_id: None,
        region: Some(word.to_owned()),
        action: word.to_owned(),
        resource: None,
        kind: GapKind::NotSaved,
        error_code: word.to_owned(),
        permission: None,
        message: word.to_owned(),
    }
}

proptest! {
    #[test]
    fn what_was_written_reads_back_equal(inventory in inventory()) {
        let mut bytes = Vec::new();
        write(&inventory, &mut bytes).unwrap();
        prop_assert_eq!(bytes.last(), Some(&b'\n'));
        prop_assert_eq!(read(&bytes, "s.json").unwrap(), inventory);
    }

    #[test]
    fn bytes_of_any_kind_are_refused_in_one_line(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let error = read(&bytes, "s.json").unwrap_err().to_string();
        prop_assert!(error.starts_with("s.json:") && !error.contains('\n'));
    }

    #[test]
    fn a_changed_byte_never_panics(at in 0..WHOLE.len(), byte in any::<u8>()) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        bytes[at] = byte;
        if let Err(error) = read(&bytes, "s.json") {
            prop_assert!(!error.to_string().contains('\n'));
        }
    }
}
