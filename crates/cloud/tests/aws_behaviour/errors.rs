//! Errors and regions.

use std::time::Duration;

use flowcover_cloud::simulator::{Faults, Matching};
use flowcover_cloud::{
    DescribeConfigRules, DescribeKey, DescribeLogGroups, DescribeOrganization, DescribeRegions,
    DescribeVpcs, ErrorKind, GetBucketPolicy, GetRole, HeadBucket,
};
use tokio::time::Instant;

use super::*;

/// The code of every service's answer to a call.
pub(crate) async fn codes(lab: &Lab) -> [String; 8] {
    fn code<T>(answer: Result<T, CloudError>) -> String {
        answer
            .err()
            .map_or_else(|| "ok".to_owned(), |error| error.code)
    }
    [
        code(lab.ask(DescribeVpcs::default()).await),
        code(
            lab.ask(GetRole {
                role_name: "deliver".to_owned(),
            })
            .await,
        ),
        code(
            lab.ask(GetBucketPolicy {
                bucket: BUCKET.to_owned(),
            })
            .await,
        ),
        code(lab.ask(flowcover_cloud::AssumeRole::default()).await),
        code(lab.ask(DescribeLogGroups::default()).await),
        code(lab.ask(DescribeKey::default()).await),
        code(lab.ask(DescribeConfigRules::default()).await),
        code(lab.ask(DescribeOrganization {}).await),
    ]
}

#[tokio::test]
async fn denials_have_the_code_of_the_service_for_iam_and_scp_alike() {
    let denials: [fn(&mut Faults, Matching); 2] = [Faults::deny, Faults::deny_by_control_policy];
    for deny in denials {
        let lab = Lab::new();
        deny(&mut lab.simulator.world().faults, Matching::every_call());
        let answers = codes(&lab).await;
        assert_eq!(answers[0], "UnauthorizedOperation");
        assert!(
            answers[1..4].iter().all(|code| code == "AccessDenied"),
            "{answers:?}"
        );
        assert!(
            answers[4..]
                .iter()
                .all(|code| code == "AccessDeniedException"),
            "{answers:?}"
        );
        lab.simulator.world().faults.allow_all();
        assert_eq!(codes(&lab).await[0], "ok");
    }
}

#[tokio::test]
async fn a_head_bucket_that_is_denied_still_tells_that_and_where_the_bucket_is() {
    let lab = Lab::new();
    let denied = Matching::action("s3:*");
    lab.simulator.world().faults.deny(denied);
    let head = |bucket: &str| HeadBucket {
        bucket: bucket.to_owned(),
    };
    let told = lab.ask(head(BUCKET)).await.unwrap();
    assert_eq!(
        (told.region.as_deref(), told.accessible),
        (Some(REGION), false)
    );
    let error = lab.ask(head("none")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn bad_keys_have_the_code_of_the_service() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .faults
        .bad_keys(Matching::every_call());
    assert_eq!(
        codes(&lab).await,
        [
            "AuthFailure",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "UnrecognizedClientException",
            "UnrecognizedClientException",
            "UnrecognizedClientException"
        ]
    );
}

#[tokio::test]
async fn a_region_that_is_not_opted_in_is_auth_failure_and_told_by_describe_regions() {
    let lab = Lab::new();
    lab.simulator.world().disable_region(ACCOUNT, REGION);
    let error = lab.ask(DescribeVpcs::default()).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.kind),
        ("AuthFailure", ErrorKind::RegionDisabled)
    );
    let home = Scope::new(Entry::Caller, ACCOUNT, "us-east-1");
    let regions = ask(&lab.simulator, &home, DescribeRegions {})
        .await
        .unwrap();
    let states: Vec<_> = regions
        .iter()
        .map(|it| (it.name.as_str(), it.enabled))
        .collect();
    assert_eq!(states, [(REGION, false), ("us-east-1", true)]);
    let nowhere = home.in_region("eu-nowhere-1");
    let error = ask(&lab.simulator, &nowhere, DescribeVpcs::default())
        .await
        .unwrap_err();
    assert_eq!(error.code, "AuthFailure");
}

#[tokio::test(start_paused = true)]
async fn unreachable_regional_endpoints_time_out_and_the_others_answer() {
    let lab = Lab::new();
    let delay = Duration::from_secs(3);
    lab.simulator
        .world()
        .faults
        .cut_off(Matching::every_call().in_region(REGION), delay);
    let began = Instant::now();
    let error = lab.ask(DescribeVpcs::default()).await.unwrap_err();
    assert_eq!(
        (error.kind, error.code.as_str()),
        (ErrorKind::Unreachable, "ConnectTimeout")
    );
    assert_eq!(began.elapsed(), delay);
    let elsewhere = Scope::new(Entry::Caller, ACCOUNT, "us-east-1");
    assert!(
        ask(&lab.simulator, &elsewhere, DescribeVpcs::default())
            .await
            .is_ok()
    );
    assert_eq!(began.elapsed(), delay);
}

#[tokio::test(start_paused = true)]
async fn every_call_takes_its_latency() {
    let lab = Lab::new();
    let latency = Duration::from_millis(50);
    lab.simulator
        .world()
        .faults
        .delay(Matching::every_call(), latency);
    let began = Instant::now();
    for _ in 0..3 {
        lab.ask(DescribeVpcs::default()).await.unwrap();
    }
    assert_eq!(began.elapsed(), latency * 3);
    assert_eq!(
        (lab.simulator.total_calls(), lab.simulator.max_in_flight()),
        (3, 1)
    );
}

#[tokio::test]
async fn credentials_expire_and_roles_must_be_assumed_before_use() {
    let lab = Lab::new();
    let entry = Entry::Role {
        via: Box::new(Entry::Caller),
        role_arn: format!("arn:aws:iam::{OTHER}:role/audit"),
        external_id: Some("secret".to_owned()),
    };
    let inside = Scope::new(entry.clone(), OTHER, REGION);
    let error = ask(&lab.simulator, &inside, DescribeVpcs::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    let assume = || flowcover_cloud::AssumeRole {
        entry: Some(entry.clone()),
    };
    assert_eq!(lab.ask(assume()).await.unwrap_err().code, "AccessDenied");
    for (external_id, admitted) in [("another", false), ("secret", true)] {
        let trust = policies::trust_account(ACCOUNT).replace(
            r#""Action": "sts:AssumeRole""#,
            &format!(r#""Action": "sts:AssumeRole", "Condition": {{"StringEquals": {{"sts:ExternalId": "{external_id}"}}}}"#),
        );
        // That STS knows a role as soon as it is made is an assumption: only EC2 is documented to wait for IAM.
        lab.simulator
            .world()
            .create_role(OTHER, "audit", &trust)
            .unwrap();
        assert_eq!(lab.ask(assume()).await.is_ok(), admitted);
    }
    assert!(
        ask(&lab.simulator, &inside, DescribeVpcs::default())
            .await
            .is_ok()
    );
    lab.simulator.world().faults.expire_credentials_after(1);
    assert!(lab.ask(DescribeVpcs::default()).await.is_ok());
    let error = lab.ask(DescribeVpcs::default()).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.kind),
        ("ExpiredToken", ErrorKind::Credentials)
    );
}
