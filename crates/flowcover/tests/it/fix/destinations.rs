//! Fixes to buckets and delivery streams.

use serde_json::{Value, json};

use super::bench::{Bench, CENTRAL_BUCKET, REGIONS};
use super::not_recorded;
use crate::support::{list, parse, text};

/// What is said of a flow log that should have delivered by now.
const NO_RECORD: &str = "no record of it was seen yet";

#[test]
fn a_central_bucket_is_made_and_taken_back() {
    let bench = Bench::with(&["no-flow-log", "accept-only"]);
    let before = bench.world();
    bench.policy(
        r#"
        [fix]
        destination = "s3"
        [fix.bucket]
        name = "central-flow-logs"
        region = "us-east-1"
        create = true
        format = "parquet"
        hive_prefixes = true
        per_hour = true
        "#,
    );
    let plan = bench.plan(&[]);
    let run = bench.apply(&[]);
    assert_eq!(run.code, 0, "{}\n{plan:#}", run.stderr);
    assert_eq!(not_recorded(&bench), Vec::<String>::new());
    let policy = bench.call(
        REGIONS[0],
        ["s3", "get_bucket_policy"],
        &json!({"Bucket": "central-flow-logs"}),
    );
    let policy: Value = parse(text(&policy["Policy"]));
    assert_eq!(list(&policy["Statement"])[0]["Sid"], "FlowcoverDelivery");
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
}

/// An object with a key of AWS's proves the flow log that the key names, and no other.
#[test]
fn what_lies_in_a_bucket_proves_the_flow_logs_that_it_names() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.policy(CENTRAL_BUCKET);
    bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    let verify = |code: i32| {
        let run = bench.run(&["verify", &bench.journal(), "--wait", "1"]);
        assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
        run.stdout
    };
    let said = verify(1);
    assert_eq!(said.matches(NO_RECORD).count(), 2, "{said}");

    let keys = bench.deliver_to_buckets();
    assert_eq!(keys.len(), 2);
    let said = verify(0);
    for key in &keys {
        let named = format!("s3://central-flow-logs/{key}");
        assert_eq!(said.matches(&named).count(), 1, "{said}");
    }

    let gone = json!({"Bucket": "central-flow-logs", "Key": keys[0]});
    bench.call(REGIONS[0], ["s3", "delete_object"], &gone);
    let said = verify(1);
    assert!(
        !said.contains(&keys[0]) && said.contains(&keys[1]),
        "{said}"
    );
    assert_eq!(said.matches(NO_RECORD).count(), 1, "{said}");
}

#[test]
fn where_no_interface_is_in_use_no_record_is_waited_for() {
    let bench = Bench::with(&["unused-without-flow-log"]);
    bench.policy(CENTRAL_BUCKET);
    bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    let run = bench.run(&["verify", &bench.journal(), "--wait", "1"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    let said = run.stdout;
    assert_eq!(said.matches("no network interface").count(), 2, "{said}");
}

#[test]
fn what_a_delivery_stream_takes_is_recorded_and_taken_back() {
    let bench = Bench::with(&["firehose", "no-flow-log"]);
    let before = bench.world();
    let account = text(&bench.made["account_id"]);
    bench.policy(&format!(
        "[fix]\ndestination = \"kinesis-data-firehose\"\n[fix.delivery_stream]\narn = \"arn:aws:firehose:{{region}}:{account}:deliverystream/flow-logs\"\n"
    ));
    assert_eq!(not_recorded(&bench).len(), 2);
    let plan = bench.plan(&[]);
    let kinds = list(&plan["steps"]).iter().map(|it| &it["change"]["kind"]);
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        ["create-flow-logs"; 2],
        "{plan:#}"
    );
    let run = bench.apply(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(not_recorded(&bench), Vec::<String>::new());
    assert_eq!(bench.plan(&[])["steps"], json!([]));

    // A stream does not tell which records it got.
    let run = bench.run(&["verify", &bench.journal(), "--wait", "1"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert_eq!(
        run.stdout.matches("AWS reports success").count(),
        2,
        "{}",
        run.stdout
    );

    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
}

#[test]
fn a_statement_is_added_to_a_bucket_and_the_others_stay() {
    let bench = Bench::with(&["no-flow-log"]);
    let name = "somebodys-bucket";
    bench.call(
        REGIONS[0],
        ["s3", "create_bucket"],
        &json!({"Bucket": name}),
    );
    let theirs = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [format!("arn:aws:s3:::{name}/*")],
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]});
    let policy = json!({"Bucket": name, "Policy": theirs.to_string()});
    bench.call(REGIONS[0], ["s3", "put_bucket_policy"], &policy);
    bench.policy(&format!(
        "[fix]\ndestination = \"s3\"\n[fix.bucket]\nname = \"{name}\"\nregion = \"us-east-1\"\n"
    ));
    bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    let stands = || -> Value {
        let policy = bench.call(
            REGIONS[0],
            ["s3", "get_bucket_policy"],
            &json!({"Bucket": name}),
        );
        parse(text(&policy["Policy"]))
    };
    let sids: Vec<Value> = list(&stands()["Statement"])
        .iter()
        .map(|it| it["Sid"].clone())
        .collect();
    assert_eq!(sids, ["Theirs", "FlowcoverDelivery"]);
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!((run.code, stands()), (0, theirs), "{}", run.stderr);
}
