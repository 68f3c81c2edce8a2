//! Memory that clients take.

#![allow(clippy::unwrap_used)]
#![allow(
    clippy::print_stdout,
    reason = "a test talks to its child through a pipe"
)]

use std::process::Command;
use std::sync::Arc;

use flowcover_cloud::{DescribeVpcs, Entry, Scope, ask};

use crate::client::AwsCloud;
use crate::settings::Settings;
use crate::testing::{Reply, Server, cloud_at};

/// Memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn ask_in(cloud: &AwsCloud, regions: std::ops::Range<u32>) {
    for region in regions {
        let scope = Scope::new(Entry::Caller, "", &format!("eu-west-{region}"));
        ask(cloud, &scope, DescribeVpcs::default()).await.unwrap();
    }
}

/// Prints KiB with 17 and with 1,700 regional clients.
#[tokio::test]
#[ignore = "started by the other test, to be alone in its process"]
async fn child() {
    let server = Server::start(|_| Some(Reply::new(200, "<DescribeVpcsResponse/>"))).await;
    let cloud = Arc::new(cloud_at(&server.endpoint, &Settings::default()));
    ask_in(&cloud, 0..17).await;
    let few = resident();
    ask_in(&cloud, 17..1700).await;
    println!("<{few} {}", resident());
}

#[test]
#[cfg(target_os = "linux")]
fn regional_clients_are_small() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "footprint_tests::child",
        "--ignored",
        "--nocapture",
    ]);
    let output = command
        .env_clear()
        .env("HOME", "/nowhere")
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let line = output
        .split('<')
        .nth(1)
        .unwrap_or_else(|| panic!("{output}"));
    let numbers: Vec<u64> = line
        .split_whitespace()
        .map_while(|number| number.parse().ok())
        .collect();
    let [few, many] = numbers[..] else {
        panic!("{output}");
    };
    assert!(few < 40 * 1024, "{few} KiB with 17 clients");
    assert!((many - few) / 1683 < 64, "{many} KiB with 1,700 clients");
}
