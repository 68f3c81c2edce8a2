#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{BareClient, CannedAws, Organization};

const LATENCY: Duration = Duration::from_millis(5);

/// The whole answer to one call on a connection of its own.
fn ask(aws: &CannedAws, access_key: &str, place: &str, extra: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(aws.address()).unwrap();
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nconnection: close\r\n{extra}authorization: AWS4-HMAC-SHA256 \
         Credential={access_key}/20260101/{place}/aws4_request, Signature=0\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn run(organization: Organization) {
    let aws = CannedAws::start(organization, LATENCY);
    let client = BareClient {
        address: aws.address(),
        organization,
        in_flight: 8,
    };
    let ran = client.run().unwrap();
    let calls = aws.take_calls();
    assert_eq!(ran.calls, organization.calls());
    assert_eq!(calls.entries.len(), ran.calls);
    assert!((1..=8).contains(&calls.max_in_flight));
    assert!(ran.wall >= organization.critical_path(8, LATENCY));
    let of_each = calls.by_account();
    assert_eq!(of_each.len(), organization.accounts);
    assert_eq!(aws.take_calls().entries.len(), 0);
}

#[test]
fn the_bare_client_makes_the_fewest_calls_and_cannot_beat_the_critical_path() {
    run(Organization::new(1, 17, 2));
    run(Organization::new(3, 4, 1).with_flow_logs_on_subnets());
    // Two pages of accounts.
    run(Organization::new(21, 2, 1));
}

#[test]
fn every_place_answers_with_ids_of_its_own() {
    let aws = CannedAws::start(Organization::new(2, 2, 3), LATENCY);
    let mut vpc_ids = Vec::new();
    for access_key in ["AKIA111111111111", "ASIA111111111112"] {
        for region in ["us-east-1", "us-east-2"] {
            let place = format!("{region}/ec2");
            let vpcs = ask(
                &aws,
                access_key,
                &place,
                "",
                "Action=DescribeVpcs&Version=x",
            );
            assert!(vpcs.contains(&format!("<ownerId>{}</ownerId>", &access_key[4..])));
            let logs = ask(&aws, access_key, &place, "", "Action=DescribeFlowLogs");
            for part in vpcs.split("<vpcId>").skip(1) {
                let (id, _) = part.split_once('<').unwrap();
                assert!(logs.contains(&format!("<resourceId>{id}</resourceId>")));
                vpc_ids.push(id.to_owned());
            }
        }
    }
    vpc_ids.sort();
    vpc_ids.dedup();
    assert_eq!(vpc_ids.len(), 12);
}

#[test]
fn what_has_no_canned_answer_is_an_error_of_the_service() {
    let aws = CannedAws::start(Organization::new(1, 1, 1), LATENCY);
    let key = "AKIA111111111111";
    let target = "x-amz-target: AWSOrganizationsV20161128.ListRoots\r\n";
    for (access_key, place, extra, body, expected) in [
        (
            key,
            "us-east-1/ec2",
            "",
            "Action=RunInstances",
            "<Code>InvalidAction<",
        ),
        (
            key,
            "us-east-2/ec2",
            "",
            "Action=DescribeVpcs",
            "<Code>InvalidAction<",
        ),
        (
            key,
            "us-east-1/organizations",
            target,
            "{}",
            "\"__type\":\"InvalidAction\"",
        ),
        (
            "AKIA2",
            "us-east-1/ec2",
            "",
            "Action=DescribeVpcs",
            "<Code>AuthFailure<",
        ),
        (
            "é",
            "us-east-1/sts",
            "",
            "Action=GetCallerIdentity",
            "<Code>AuthFailure<",
        ),
    ] {
        let answer = ask(&aws, access_key, place, extra, body);
        assert!(answer.starts_with("HTTP/1.1 40"), "{answer}");
        assert!(answer.contains(expected), "{answer}");
    }
}
