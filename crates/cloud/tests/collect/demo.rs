//! The demo shows what it promises.

use std::collections::BTreeMap;

use flowcover_cloud::simulator::scenario;
use flowcover_core::inventory::{AccountAccess, FlowLog, ResourceKind};

use super::*;

async fn demo() -> (Inventory, Duration) {
    let simulator = Arc::new(scenario::demo());
    let began = tokio::time::Instant::now();
    let inventory = run(&simulator, &options(&simulator, everything(), Depth::Full)).await;
    (inventory, began.elapsed())
}

fn flow_logs(inventory: &Inventory) -> impl Iterator<Item = &FlowLog> {
    inventory
        .regions
        .iter()
        .flat_map(|region| &region.flow_logs.items)
}

#[tokio::test(start_paused = true)]
async fn the_demo_is_quick_and_has_gaps_exactly_where_meant() {
    let (inventory, took) = demo().await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(!inventory.interrupted);
    let mut by_cause: BTreeMap<String, usize> = BTreeMap::new();
    for gap in &inventory.gaps {
        let account = gap.account_id.as_deref().unwrap_or("-");
        let region = gap.region.as_deref().unwrap_or("-");
        let account = if region == "sa-east-1" { "*" } else { account };
        *by_cause
            .entry(format!("{account} {region} {:?}", gap.kind))
            .or_default() += 1;
    }
    insta::assert_json_snapshot!(by_cause);
}

#[tokio::test(start_paused = true)]
async fn the_demo_has_every_kind_of_account_and_region() {
    let (inventory, _) = demo().await;
    let accounts: BTreeMap<_, _> = inventory
        .accounts
        .iter()
        .map(|account| {
            let units = account.organizational_units.len();
            let name = account.name.clone().unwrap();
            (
                name,
                format!("{} {:?} depth {units}", account.status, account.access),
            )
        })
        .collect();
    let mut regions: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for region in &inventory.regions {
        *regions
            .entry(region.region.clone())
            .or_default()
            .entry(region.status.as_str().to_owned())
            .or_default() += 1;
    }
    insta::assert_json_snapshot!((accounts, regions));
    let reached = |it: &&flowcover_core::inventory::Account| it.access == AccountAccess::Reached;
    assert_eq!(inventory.accounts.iter().filter(reached).count(), 10);
}

#[tokio::test(start_paused = true)]
async fn most_flow_logs_of_the_demo_deliver() {
    let (inventory, _) = demo().await;
    let vpcs = inventory
        .regions
        .iter()
        .flat_map(|it| &it.vpcs.items)
        .count();
    assert!((60..=95).contains(&vpcs), "{vpcs}");
    let delivering = flow_logs(&inventory)
        .filter(|log| {
            log.deliver_logs_status
                .as_ref()
                .is_some_and(|it| it.as_str() == "SUCCESS")
        })
        .count();
    assert!(delivering > 55, "{delivering}");
    let failing: BTreeMap<String, String> = inventory
        .regions
        .iter()
        .flat_map(|region| {
            region.flow_logs.items.iter().filter_map(|log| {
                let message = log.deliver_logs_error_message.clone()?;
                let vpc = region
                    .vpcs
                    .items
                    .iter()
                    .find(|vpc| Some(&vpc.vpc_id) == log.resource_id.as_ref())?;
                let status = log
                    .deliver_logs_status
                    .as_ref()
                    .map_or("-", |it| it.as_str());
                Some((vpc.name()?.to_owned(), format!("{status} {message}")))
            })
        })
        .collect();
    insta::assert_json_snapshot!(failing);
}

#[tokio::test(start_paused = true)]
async fn the_demo_has_the_facts_that_its_findings_need() {
    let (inventory, _) = demo().await;
    let absent_groups: Vec<_> = inventory
        .log_groups
        .iter()
        .filter(|(_, fact)| fact.is_absent())
        .map(|(arn, _)| arn.as_str())
        .collect();
    assert_eq!(
        absent_groups,
        ["arn:aws:logs:eu-west-1:999900001111:log-group:/vpc/wiki"]
    );
    assert_eq!(inventory.delivery_streams.len(), 1);
    assert!(inventory.delivery_streams.values().all(|it| it.is_absent()));
    assert!(
        inventory.buckets.values().all(|it| it.present().is_some()),
        "{:?}",
        inventory.buckets
    );
    assert_eq!(inventory.buckets.len(), 4);
    let public = inventory.buckets["data-exports-777788889999"]
        .present()
        .unwrap();
    assert_eq!(public.public.present(), Some(&true));
    assert!(public.public_access_block.is_absent());
    assert_eq!(inventory.keys.len(), 2);
    assert!(
        inventory.roles.values().all(|it| it.present().is_some()),
        "{:?}",
        inventory.roles
    );
    let kinds = |kind| {
        flow_logs(&inventory)
            .filter(|log| log.resource_kind() == kind)
            .count()
    };
    assert_eq!(kinds(ResourceKind::Subnet), 3);
    assert_eq!(kinds(ResourceKind::NetworkInterface), 2);
    assert_eq!(kinds(ResourceKind::TransitGateway), 1);
    let shared = inventory
        .regions
        .iter()
        .flat_map(|region| region.vpcs.items.iter().map(move |vpc| (region, vpc)))
        .filter(|(region, vpc)| vpc.owner_id.as_ref() != Some(&region.account_id))
        .count();
    assert_eq!(shared, 3);
    assert!(inventory.organization.is_some());
    let network = inventory.account("888899990000").unwrap();
    let protection = network.protection.as_ref().unwrap();
    assert_eq!(
        protection.config_rules.present().unwrap(),
        &[
            "eu-west-1 VPC_FLOW_LOGS_ENABLED",
            "us-east-1 VPC_FLOW_LOGS_ENABLED"
        ]
    );
    let control_policies = protection.service_control_policies.present().unwrap();
    assert_eq!(control_policies.len(), 2, "{control_policies:?}");
    let protecting = control_policies
        .iter()
        .filter_map(|policy| policy.document.present())
        .filter(|document| document.contains("ec2:DeleteFlowLogs"))
        .count();
    assert_eq!(protecting, 1);
}

#[tokio::test(start_paused = true)]
async fn the_demo_has_these_vpcs() {
    let (inventory, _) = demo().await;
    let mut lines = Vec::new();
    for region in &inventory.regions {
        for vpc in &region.vpcs.items {
            let own = |log: &&FlowLog| log.resource_id.as_ref() == Some(&vpc.vpc_id);
            let own = region.flow_logs.items.iter().filter(own);
            let flow_logs: Vec<_> = own
                .map(|log| {
                    let to = log
                        .log_destination_type
                        .as_ref()
                        .map_or("-", |it| it.as_str());
                    let traffic = log.traffic_type.as_ref().map_or("-", |it| it.as_str());
                    format!("{traffic} to {to}")
                })
                .collect();
            let name = vpc.name().unwrap_or("(no name)");
            let shared = if vpc.owner_id.as_ref() == Some(&region.account_id) {
                ""
            } else {
                " (shared)"
            };
            let flow_logs = flow_logs.join(", ");
            lines.push(format!(
                "{} {} {name}{shared}: {flow_logs}",
                region.account_id, region.region
            ));
        }
    }
    lines.sort();
    insta::assert_json_snapshot!(lines);
}

#[tokio::test(start_paused = true)]
async fn the_demo_proves_arrival() {
    let simulator = Arc::new(scenario::demo());
    let options = CollectOptions {
        prove_window: Some(Duration::from_secs(6 * 3600)),
        ..options(&simulator, everything(), Depth::Full)
    };
    let inventory = run(&simulator, &options).await;
    let arrived = inventory
        .last_records
        .values()
        .filter(|fact| fact.present().is_some_and(|record| record.at.is_some()))
        .count();
    assert!(
        arrived > 50,
        "{arrived} of {}",
        inventory.last_records.len()
    );
}

/// VPC → verdict and the checks that found something, by the default policy.
fn verdicts(inventory: &Inventory) -> BTreeMap<String, String> {
    let report = flowcover_core::assess(inventory, &flowcover_core::policy::Policy::default());
    let line = |vpc: &flowcover_core::report::VpcReport| {
        let mut checks: Vec<_> = vpc.findings.iter().map(|it| it.check.clone()).collect();
        checks.sort();
        checks.dedup();
        let name = vpc.name.as_deref().unwrap_or("(no name)");
        (
            format!("{} {} {name}", vpc.account_id, vpc.region),
            format!("{}: {}", vpc.verdict.as_str(), checks.join(" ")),
        )
    };
    report.vpcs.iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn the_demo_shows_every_verdict_but_exempt() {
    let (inventory, _) = demo().await;
    insta::assert_json_snapshot!(verdicts(&inventory));
    let report = flowcover_core::assess(&inventory, &flowcover_core::policy::Policy::default());
    let mut elsewhere: BTreeMap<&str, usize> = BTreeMap::new();
    let gateways = report.transit_gateways.iter().flat_map(|it| &it.findings);
    for finding in report.findings.iter().chain(gateways) {
        *elsewhere.entry(&finding.check).or_default() += 1;
    }
    insta::assert_json_snapshot!("demo_findings_elsewhere", elsewhere);
}
