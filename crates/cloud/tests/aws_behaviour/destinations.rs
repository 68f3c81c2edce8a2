//! The options of destinations, and destinations in other accounts.

use flowcover_cloud::DescribeLogStreams;

use super::*;

/// The keys of the objects that a flow log to the bucket leaves in 600 s, from 08:01 on 2 March 2026.
async fn keys(change: impl Fn(&mut FlowLogRequest)) -> Vec<String> {
    let lab = Lab::new();
    let policy =
        policies::bucket_for_account(BUCKET, ACCOUNT).replace("/AWSLogs/111122223333/", "/");
    lab.simulator
        .world()
        .put_bucket_policy(BUCKET, &policy)
        .unwrap();
    let mut request = lab.to_bucket();
    change(&mut request);
    let id = lab.made(request).await;
    lab.advance(600);
    assert!(lab.succeeds(&id).await);
    let keys = lab.simulator.world().object_keys(BUCKET);
    // The id and the hash of a file are made up.
    let hash: String = id.chars().rev().take(8).collect();
    let name = |key: &String| key.replace(&hash, "HASH").replace(&id, "FLOWLOG");
    keys.iter().map(name).collect()
}

#[tokio::test]
async fn objects_have_the_keys_that_the_options_ask_for() {
    let file = "111122223333_vpcflowlogs_eu-west-1_FLOWLOG_20260302T0810Z_HASH";
    let plain = "AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/03/02/";
    let hive = "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/year=2026/month=03/day=02/";
    for (format, is_hive, per_hour, expected) in [
        (None, None, None, format!("{plain}{file}.log.gz")),
        (
            Some("plain-text"),
            Some(false),
            Some(false),
            format!("{plain}{file}.log.gz"),
        ),
        (
            Some("parquet"),
            None,
            None,
            format!("{plain}{file}.log.parquet"),
        ),
        (None, None, Some(true), format!("{plain}08/{file}.log.gz")),
        (None, Some(true), None, format!("{hive}{file}.log.gz")),
        (
            Some("parquet"),
            Some(true),
            Some(true),
            format!("{hive}hour=08/{file}.log.parquet"),
        ),
    ] {
        let made = keys(|request| {
            request.file_format = format.map(str::to_owned);
            request.hive_compatible_partitions = is_hive;
            request.per_hour_partition = per_hour;
        });
        assert_eq!(made.await, [expected]);
    }
}

#[tokio::test]
async fn the_options_are_told_back_with_their_defaults_and_only_of_buckets() {
    let lab = Lab::new();
    let options = async |request: FlowLogRequest| {
        let id = lab.made(request).await;
        let log = lab.flow_log(&id).await;
        lab.delete(&[&id]).await.unwrap();
        (
            log.file_format,
            log.hive_compatible_partitions,
            log.per_hour_partition,
        )
    };
    let plain = Some("plain-text".to_owned());
    assert_eq!(
        options(lab.to_bucket()).await,
        (plain, Some(false), Some(false))
    );
    let asked = FlowLogRequest {
        traffic_type: Some("REJECT".to_owned()),
        file_format: Some("parquet".to_owned()),
        per_hour_partition: Some(true),
        ..lab.to_bucket()
    };
    let parquet = Some("parquet".to_owned());
    assert_eq!(options(asked).await, (parquet, Some(false), Some(true)));
    assert_eq!(options(lab.to_group()).await, (None, None, None));
}

#[tokio::test]
async fn streams_are_named_for_the_interface_and_the_traffic_type() {
    for (traffic, end) in [
        ("ALL", "-all"),
        ("ACCEPT", "-accept"),
        ("REJECT", "-reject"),
    ] {
        let lab = Lab::new();
        let request = FlowLogRequest {
            traffic_type: Some(traffic.to_owned()),
            ..lab.to_group()
        };
        lab.made(request).await;
        lab.advance(600);
        let request = DescribeLogStreams {
            log_group_name: GROUP.to_owned(),
            next_token: None,
        };
        let streams = lab.ask(request).await.unwrap().items;
        assert_eq!(streams.len(), 2);
        for stream in streams {
            let eni = stream.name.strip_suffix(end).unwrap();
            assert!(eni.starts_with("eni-0") && eni.len() == 21, "{eni}");
        }
    }
}

#[tokio::test]
async fn a_folder_of_a_bucket_takes_records_by_a_policy_on_that_folder() {
    let lab = Lab::new();
    let to_folder = FlowLogRequest {
        log_destination: Some(format!("arn:aws:s3:::{BUCKET}/team/")),
        ..lab.to_bucket()
    };
    // The policy of the lab is on `AWSLogs/` at the root.
    assert_eq!(
        lab.refused(to_folder.clone()).await,
        "400: Access Denied for LogDestination: records. Please check LogDestination permission"
    );
    let on_root = policies::bucket_for_account(BUCKET, ACCOUNT);
    let on_folder = on_root.replace("records/AWSLogs/", "records/team/AWSLogs/");
    assert_ne!(on_folder, on_root);
    lab.simulator
        .world()
        .put_bucket_policy(BUCKET, &on_folder)
        .unwrap();
    let id = lab.made(to_folder).await;
    lab.advance(3600);
    assert!(lab.succeeds(&id).await);
    let keys = lab.simulator.world().object_keys(BUCKET);
    assert_eq!(keys.len(), 1);
    let below = "team/AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026/03/02/";
    assert!(keys[0].starts_with(below), "{keys:?}");
}

const WRITER: &str = "arn:aws:iam::444455556666:role/writer";

/// Whether a flow log delivers to a destination of the other account through a role there that trusts an account.
async fn delivers_across(change: impl Fn(&mut FlowLogRequest), trusted: Option<&str>) -> bool {
    let lab = Lab::new();
    {
        let mut world = lab.simulator.world();
        world.create_log_group(OTHER, REGION, "/central", None);
        world.create_delivery_stream(OTHER, REGION, "central");
        if let Some(account_id) = trusted {
            let trust = policies::trust_account(account_id);
            let document = policies::deliver_to("arn:aws:logs:*:444455556666:log-group:*", false);
            world.create_role(OTHER, "writer", &trust).unwrap();
            world
                .put_role_policy(OTHER, "writer", "deliver", &document)
                .unwrap();
        }
    }
    let mut request = FlowLogRequest {
        log_group_name: None,
        deliver_cross_account_role: Some(WRITER.to_owned()),
        ..lab.to_group()
    };
    change(&mut request);
    let id = lab.made(request).await;
    let told = lab.flow_log(&id).await.deliver_cross_account_role;
    assert_eq!(told.as_deref(), Some(WRITER));
    lab.advance(3600);
    let delivers = lab.succeeds(&id).await;
    assert_eq!(lab.has_access_error(&id).await, !delivers);
    delivers
}

// What the second role needs beyond trust in the first is not documented for Firehose, and not looked at.
#[tokio::test]
async fn a_role_of_the_other_account_must_exist_and_trust_the_first() {
    let to_group = |request: &mut FlowLogRequest| {
        let arn = "arn:aws:logs:eu-west-1:444455556666:log-group:/central";
        request.log_destination = Some(arn.to_owned());
    };
    let to_stream = |request: &mut FlowLogRequest| {
        let arn = "arn:aws:firehose:eu-west-1:444455556666:deliverystream/central";
        request.log_destination_type = Some("kinesis-data-firehose".to_owned());
        request.log_destination = Some(arn.to_owned());
    };
    for (trusted, delivered) in [(Some(ACCOUNT), true), (Some(OTHER), false), (None, false)] {
        assert_eq!(
            delivers_across(to_group, trusted).await,
            delivered,
            "group {trusted:?}"
        );
        assert_eq!(
            delivers_across(to_stream, trusted).await,
            delivered,
            "stream {trusted:?}"
        );
    }
}
