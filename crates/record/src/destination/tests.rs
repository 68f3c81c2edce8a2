#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const OWNER: Owner<'_> = Owner {
    partition: "aws",
    region: "eu-west-1",
    account_id: "111111111111",
};

fn read(destination: &str, group: &str, kind: &str) -> Destination {
    let given = |text: &'static str| (!text.is_empty()).then_some(text);
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let answer = DestinationAnswer {
        log_destination: given(leak(destination)),
        log_group_name: given(leak(group)),
        log_destination_type: given(leak(kind)),
    };
    Destination::of_flow_log(answer, OWNER)
}

fn group(region: &str, account_id: &str, name: &str) -> Destination {
    Destination::LogGroup {
        partition: "aws".into(),
        region: region.into(),
        account_id: account_id.into(),
        name: name.into(),
    }
}

fn in_bucket(name: &str, prefix: &str) -> Destination {
    Destination::Bucket {
        partition: "aws".into(),
        name: name.into(),
        prefix: prefix.into(),
    }
}

fn unknown(text: &str) -> Destination {
    Destination::Unknown { text: text.into() }
}

#[test]
fn group_by_name_lives_with_the_flow_log() {
    let expected = group("eu-west-1", "111111111111", "/vpc/flow-logs");
    assert_eq!(read("", "/vpc/flow-logs", "cloud-watch-logs"), expected);
    assert_eq!(
        read("", "/vpc/flow-logs", ""),
        expected,
        "an old answer has no type"
    );
    assert_eq!(read("", "/vpc/flow-logs:*", ""), expected);
    assert_eq!(read("/vpc/flow-logs", "", "cloud-watch-logs"), expected);
}

#[test]
fn group_by_arn_with_and_without_star_in_another_account() {
    let arn = "arn:aws:logs:us-east-1:222222222222:log-group:central/flow#1";
    let expected = group("us-east-1", "222222222222", "central/flow#1");
    assert_eq!(read(arn, "", "cloud-watch-logs"), expected);
    assert_eq!(read(&format!("{arn}:*"), "", "cloud-watch-logs"), expected);
    assert_eq!(
        read(&format!("{arn}:log-stream:eni-1-all"), "", ""),
        expected
    );
    assert_eq!(read("", arn, ""), expected, "an ARN in the name's place");
    assert_eq!(expected.account_id(), Some("222222222222"));
}

#[test]
fn arn_wins_over_the_name_beside_it() {
    let arn = "arn:aws:logs:eu-west-1:222222222222:log-group:central";
    assert_eq!(
        read(arn, "local", ""),
        group("eu-west-1", "222222222222", "central")
    );
}

#[test]
fn group_name_keeps_its_colons() {
    let arn = "arn:aws:logs:eu-west-1:222222222222:log-group:a:b/c:*";
    assert_eq!(
        read(arn, "", ""),
        group("eu-west-1", "222222222222", "a:b/c")
    );
}

#[test]
fn bucket_with_and_without_folder() {
    assert_eq!(read("arn:aws:s3:::logs", "", "s3"), in_bucket("logs", ""));
    assert_eq!(read("arn:aws:s3:::logs/", "", ""), in_bucket("logs", ""));
    assert_eq!(
        read("arn:aws:s3:::logs/a/b/", "", ""),
        in_bucket("logs", "a/b/")
    );
    assert_eq!(
        read("arn:aws:s3:::logs/a", "", "s3"),
        in_bucket("logs", "a/")
    );
    assert_eq!(
        read("arn:aws:s3:::logs/a:b/", "", "s3"),
        in_bucket("logs", "a:b/")
    );
}

#[test]
fn delivery_stream_in_both_spellings() {
    let expected = Destination::DeliveryStream {
        partition: "aws-us-gov".into(),
        region: "us-gov-west-1".into(),
        account_id: "333333333333".into(),
        name: "flow".into(),
    };
    for separator in ['/', ':'] {
        let arn = format!(
            "arn:aws-us-gov:firehose:us-gov-west-1:333333333333:deliverystream{separator}flow"
        );
        assert_eq!(read(&arn, "", "kinesis-data-firehose"), expected);
        assert_eq!(read(&arn, "", ""), expected);
    }
}

#[test]
fn what_is_not_understood_is_unknown() {
    let check = |destination: &str, kind: &str| {
        assert_eq!(
            read(destination, "", kind),
            unknown(destination),
            "{destination} {kind}"
        );
    };
    check("", "");
    check("logs", "s3");
    check("logs", "");
    check("arn:aws:sqs:eu-west-1:111111111111:queue", "");
    check("arn:aws:s3:::logs", "cloud-watch-logs");
    check("arn:aws:s3:::logs", "something-new");
    check("arn:aws:logs:eu-west-1::log-group:x", "");
    check("arn:aws:logs:eu-west-1:111111111111:log-group:", "");
    check("arn:aws:logs:eu-west-1:111111111111:destination:x", "");
    check("arn:aws:s3:eu-west-1:111111111111:accesspoint/x", "s3");
    check("arn:aws:s3:::/folder", "s3");
    // The user guide prints this one, with a colon too few.
    check("arn:aws::s3:::my-bucket/my-logs/", "s3");
    check(
        "arn:aws:firehose:eu-west-1:111111111111:deliverystream/",
        "",
    );
}

#[test]
fn name_under_a_type_that_is_no_group_is_unknown() {
    assert_eq!(read("", "flow", "s3"), unknown("flow"));
}

#[test]
fn stored_form_names_its_kind() {
    let check = |destination: Destination, expected: &str| {
        assert_eq!(serde_json::to_string(&destination).unwrap(), expected);
        assert_eq!(
            serde_json::from_str::<Destination>(expected).unwrap(),
            destination
        );
    };
    check(
        in_bucket("logs", "a/"),
        r#"{"kind":"bucket","partition":"aws","name":"logs","prefix":"a/"}"#,
    );
    check(
        group("eu-west-1", "111111111111", "x"),
        r#"{"kind":"log-group","partition":"aws","region":"eu-west-1","account_id":"111111111111","name":"x"}"#,
    );
    check(unknown("?"), r#"{"kind":"unknown","text":"?"}"#);
}

proptest! {
    #[test]
    fn arn_round_trips(
        name in "[A-Za-z0-9._/#-]{1,30}",
        account_id in "[0-9]{12}",
        folder in "([a-z:]{1,5}/){0,3}",
    ) {
        for destination in [
            group("eu-west-1", &account_id, &name),
            in_bucket(&name.replace('/', "-"), &folder),
            Destination::DeliveryStream {
                partition: "aws-cn".into(),
                region: "cn-north-1".into(),
                account_id: account_id.clone(),
                name: name.clone(),
            },
        ] {
            prop_assert_eq!(Destination::parse_arn(&destination.to_string()), destination);
        }
    }

    #[test]
    fn no_text_panics(text in "(arn:aws:(logs|s3|firehose):)?\\PC{0,40}") {
        let destination = Destination::parse_arn(&text);
        prop_assert!(!destination.to_string().is_empty() || text.is_empty());
    }
}
