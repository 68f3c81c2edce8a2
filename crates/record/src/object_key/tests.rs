#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const FILE: &str = "123456789012_vpcflowlogs_us-east-1_fl-1234abcd_20180620T1620Z_fe123456.log.gz";
const PLAIN: &str = "AWSLogs/123456789012/vpcflowlogs/us-east-1/2018/06/20";
const HIVE: &str = "AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1/\
                    year=2018/month=06/day=20";

fn round_trip(key: &str) -> ObjectKey {
    let parsed = ObjectKey::parse(key).unwrap_or_else(|error| panic!("{key}: {error}"));
    assert_eq!(parsed.to_string(), key);
    parsed
}

#[test]
fn key_of_the_user_guide() {
    let key = round_trip(&format!("{PLAIN}/{FILE}"));
    assert_eq!(key.layout.account_id, "123456789012");
    assert_eq!(key.layout.region, "us-east-1");
    assert_eq!(
        (
            key.layout.prefix.as_str(),
            key.layout.organization.as_deref()
        ),
        ("", None)
    );
    assert_eq!((key.layout.hive, key.layout.per_hour), (false, false));
    assert_eq!(key.flow_log_id, "fl-1234abcd");
    assert_eq!(key.hash, "fe123456");
    assert_eq!(key.format, FileFormat::PlainText);
    assert_eq!(key.bin.start().to_string(), "2018-06-20T16:20:00Z");
}

#[test]
fn layouts_are_told_apart() {
    let check = |key: String, hive, per_hour| {
        let layout = round_trip(&key).layout;
        assert_eq!((layout.hive, layout.per_hour), (hive, per_hour), "{key}");
    };
    check(format!("{PLAIN}/16/{FILE}"), false, true);
    check(format!("{HIVE}/{FILE}"), true, false);
    check(format!("{HIVE}/hour=16/{FILE}"), true, true);
    check(
        format!("a/b/{HIVE}/hour=16/{}", FILE.replace(".gz", ".parquet")),
        true,
        true,
    );
}

#[test]
fn older_hive_spelling_is_read() {
    let older = format!("{HIVE}/{FILE}").replace("aws-service=", "service=");
    assert_eq!(
        ObjectKey::parse(&older).unwrap().to_string(),
        format!("{HIVE}/{FILE}")
    );
}

#[test]
fn prefix_may_hold_anything() {
    for prefix in [
        "logs/",
        "a/b/",
        "/",
        "//",
        "AWSLogs/",
        "AWSLogs/o-1/",
        "vpcflowlogs/",
        "é:*/",
        "x/AWSLogs/123456789012/",
    ] {
        for folders in [PLAIN, HIVE] {
            let layout = round_trip(&format!("{prefix}{folders}/{FILE}")).layout;
            assert_eq!(layout.prefix, prefix);
            assert_eq!(layout.organization, None);
        }
    }
}

#[test]
fn organization_stands_before_the_account() {
    for folders in [PLAIN, HIVE] {
        let folders = folders.replacen("AWSLogs/", "AWSLogs/o-abc123/", 1);
        for prefix in ["", "central/"] {
            let layout = round_trip(&format!("{prefix}{folders}/{FILE}")).layout;
            assert_eq!(layout.organization.as_deref(), Some("o-abc123"));
            assert_eq!(layout.prefix, prefix);
        }
    }
}

#[test]
fn other_keys_are_refused() {
    use ObjectKeyError::{Disagree, FileName, Layout, Time};
    let check = |key: String, expected| assert_eq!(ObjectKey::parse(&key), Err(expected), "{key}");
    check(String::new(), Layout);
    check("/".into(), Layout);
    check(FILE.into(), Layout);
    check(format!("{PLAIN}/"), FileName);
    check(format!("x{PLAIN}/{FILE}"), Layout);
    check(
        format!("AWSLogs/x/{PLAIN}/{FILE}").replacen("AWSLogs/1", "b/1", 1),
        Layout,
    );
    check(
        format!("{PLAIN}/{FILE}").replace("vpcflowlogs", "CloudTrail"),
        Layout,
    );
    check(
        format!("{PLAIN}/{FILE}").replace("123456789012", "12345678901"),
        Layout,
    );
    check(
        format!("{PLAIN}/{FILE}").replace(".log.gz", ".log"),
        FileName,
    );
    check(format!("{PLAIN}/{FILE}").replace("_fe123456", ""), FileName);
    check(
        format!("{PLAIN}/{FILE}").replace("fl-1234abcd", "x-1"),
        FileName,
    );
    check(format!("{PLAIN}/{FILE}").replace("T1620Z", "T2520Z"), Time);
    check(
        format!("{PLAIN}/{}", FILE.replace("us-east-1", "us-east-2")),
        Disagree,
    );
    check(
        format!("{PLAIN}/{}", FILE.replace("0620T", "0621T")),
        Disagree,
    );
    check(format!("{PLAIN}/17/{FILE}"), Disagree);
    check(format!("{PLAIN}/16/20/{FILE}"), Layout);
    check(format!("{HIVE}/16/{FILE}"), Disagree);
    check(
        format!("{PLAIN}/{FILE}").replace("/2018/06/20", "/2018/06"),
        Disagree,
    );
    check(
        format!("{PLAIN}/{FILE}").replace("/2018/06/20", "/2018/6/20"),
        Disagree,
    );
}

#[test]
fn prefixes_are_those_of_the_layout() {
    let moment: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let mut layout = round_trip(&format!("logs/{PLAIN}/{FILE}")).layout;
    let root = "logs/AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/01/02/";
    assert_eq!(layout.day_prefix(moment), root);
    assert_eq!(layout.hour_prefix(moment, None), root);
    assert_eq!(
        layout.hour_prefix(moment, Some("fl-1")),
        format!("{root}123456789012_vpcflowlogs_us-east-1_fl-1_20260102T03")
    );
    layout.per_hour = true;
    assert_eq!(layout.day_prefix(moment), root);
    assert_eq!(layout.hour_prefix(moment, None), format!("{root}03/"));
    layout.hive = true;
    assert_eq!(
        layout.hour_prefix(moment, None),
        "logs/AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1/\
         year=2026/month=01/day=02/hour=03/"
    );
}

#[test]
fn a_moment_far_away_does_not_panic() {
    let layout = round_trip(&format!("{PLAIN}/{FILE}")).layout;
    for moment in [Timestamp::MIN, Timestamp::MAX] {
        assert!(
            layout
                .hour_prefix(moment, Some("fl-1"))
                .starts_with(&layout.day_prefix(moment))
        );
    }
}

prop_compose! {
    fn any_layout()(
        prefix in "([a-zA-Z:=]{0,8}/){0,3}",
        organization in prop::option::of("o-[a-z0-9]{10}"),
        account_id in "[0-9]{12}",
        region in "[a-z]{2}(-gov)?-[a-z]{4,9}-[1-9]",
        hive: bool,
        per_hour: bool,
    ) -> KeyLayout {
        KeyLayout { prefix, organization, account_id, region, hive, per_hour }
    }
}

proptest! {
    #[test]
    fn keys_round_trip_and_lie_under_their_prefixes(
        layout in any_layout(),
        flow_log_id in "fl-[0-9a-f]{8,17}",
        second in 0_i64..250_000_000_000,
        hash in "[0-9a-f]{8}",
        parquet: bool,
    ) {
        let moment = Timestamp::from_second(second).unwrap();
        let bin = TimeBin::containing(moment).unwrap();
        let format = if parquet { FileFormat::Parquet } else { FileFormat::PlainText };
        let key = ObjectKey { layout, flow_log_id, bin, hash, format };
        let text = key.to_string();
        prop_assert_eq!(ObjectKey::parse(&text), Ok(key.clone()));
        let layout = &key.layout;
        prop_assert!(text.starts_with(&layout.region_prefix()));
        prop_assert!(text.starts_with(&layout.day_prefix(moment)));
        prop_assert!(text.starts_with(&layout.hour_prefix(moment, None)));
        prop_assert!(text.starts_with(&layout.hour_prefix(moment, Some(&key.flow_log_id))));
    }

    #[test]
    fn no_text_panics(text in "((AWSLogs|vpcflowlogs|123456789012|us-east-1|o-1|20|é|)/){0,9}\\PC{0,30}") {
        if let Ok(key) = ObjectKey::parse(&text) {
            prop_assert_eq!(ObjectKey::parse(&key.to_string()), Ok(key));
        }
    }
}
