//! What a process takes from its environment. Each case runs this test program again, with that environment only.

#![allow(clippy::unwrap_used)]
#![allow(
    clippy::print_stdout,
    reason = "a test talks to its child through a pipe"
)]

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use flowcover_cloud::{Entry, GetCallerIdentity, Scope, ask};

use crate::client::AwsCloud;
use crate::settings::Settings;
use crate::testing::{Reply, Server};

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIAENV"),
    ("AWS_SECRET_ACCESS_KEY", "env-secret"),
];

/// Asks who it is, in the environment that it was started in.
#[tokio::test]
#[ignore = "started by the other tests of this module"]
async fn child() {
    let cloud = AwsCloud::connect(Settings {
        profile: std::env::var("TEST_PROFILE").ok(),
        ..Settings::default()
    })
    .await
    .unwrap();
    let scope = Scope::new(
        Entry::Caller,
        "",
        cloud.default_region().unwrap_or("us-east-1"),
    );
    let identity = ask(&cloud, &scope, GetCallerIdentity {}).await;
    let answer = identity.map_or_else(
        |error| format!("{:?} {error}", error.kind),
        |identity| identity.account_id,
    );
    println!("<{}> {answer}", cloud.default_region().unwrap_or("-"));
}

/// What [`child`] prints.
async fn run(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "environment::tests::child",
        "--ignored",
        "--nocapture",
    ]);
    command
        .env_clear()
        .env("HOME", "/nowhere")
        .envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = String::from_utf8(output.unwrap().unwrap().stdout).unwrap();
    let start = output.find('<').unwrap_or_else(|| panic!("{output}"));
    output[start..].lines().next().unwrap().to_owned()
}

async fn sts() -> Server {
    Server::start(|_| {
        Some(Reply::new(
            200,
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/u</Arn>
             <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
        ))
    })
    .await
}

/// A shared configuration file, removed when dropped.
struct ConfigFile(PathBuf);

impl ConfigFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("flowcover-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for ConfigFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn endpoints_come_from_the_environment() {
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"] {
        let server = sts().await;
        let mut variables = KEYS.to_vec();
        variables.extend([
            (variable, server.endpoint.as_str()),
            ("AWS_REGION", "eu-north-1"),
        ]);
        assert_eq!(
            run(&variables).await,
            "<eu-north-1> 111122223333",
            "{variable}"
        );
        assert!(server.requests()[0].contains("Credential=AKIAENV/"));
        assert!(server.requests()[0].contains("app/flowcover"));
    }
}

#[tokio::test]
async fn a_profile_asked_for_beats_keys_in_the_environment() {
    let server = sts().await;
    let file = ConfigFile::new(
        "profile",
        &format!(
            "[profile audit]\nregion = sa-east-1\nendpoint_url = {}\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n",
            server.endpoint
        ),
    );
    let mut variables = KEYS.to_vec();
    variables.extend([("AWS_CONFIG_FILE", file.path()), ("TEST_PROFILE", "audit")]);
    assert_eq!(run(&variables).await, "<sa-east-1> 111122223333");
    assert!(server.requests()[0].contains("Credential=AKIAPROFILE/"));
}

#[tokio::test]
async fn a_credential_process_is_run() {
    let server = sts().await;
    let file = ConfigFile::new(
        "process",
        "[default]\ncredential_process = /bin/echo '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"s\"}'\n",
    );
    let variables = [
        ("AWS_CONFIG_FILE", file.path()),
        ("AWS_ENDPOINT_URL", server.endpoint.as_str()),
        ("AWS_DEFAULT_REGION", "eu-west-3"),
    ];
    assert_eq!(run(&variables).await, "<eu-west-3> 111122223333");
    assert!(server.requests()[0].contains("Credential=AKIAPROCESS/"));
}

#[tokio::test]
async fn a_profile_that_does_not_exist_is_named() {
    let printed = run(&[("TEST_PROFILE", "nobody")]).await;
    assert!(printed.starts_with("<-> Credentials"), "{printed}");
    assert!(printed.contains("nobody"), "{printed}");
}

#[tokio::test]
async fn without_credentials_it_fails_within_seconds() {
    let silent = Server::start(|_| None).await;
    for variables in [
        (
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            silent.endpoint.as_str(),
        ),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        let started = Instant::now();
        let printed = run(&[variables]).await;
        let expected = "<-> Credentials CredentialsNotLoaded: no AWS credentials were found";
        assert!(printed.starts_with(expected), "{printed}");
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
    }
}
