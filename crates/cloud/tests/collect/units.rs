//! Units of the organisation, and who is asked about it.

use flowcover_cloud::simulator::{Matching, World, policies};
use flowcover_cloud::{Entry, FlowLogRequest};
use flowcover_core::inventory::AccountAccess;

use super::*;

const MANAGEMENT: &str = "100000000001";
const PROD: &str = "100000000002";
const DATA: &str = "100000000003";
const ROLE: &str = "OrganizationAccountAccessRole";

/// The management account at the root; units `Prod` and `Data` with an account each, and a VPC in each account.
fn tree() -> Arc<Simulator> {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["us-east-1"]);
    for account_id in [MANAGEMENT, PROD, DATA] {
        world.add_account(account_id, "one");
        world
            .create_role(account_id, ROLE, &policies::trust_account(MANAGEMENT))
            .unwrap();
        let bucket = format!("logs-of-{account_id}");
        world.create_bucket(account_id, "us-east-1", &bucket);
        let policy = policies::bucket_for_account(&bucket, account_id);
        world.put_bucket_policy(&bucket, &policy).unwrap();
        let vpc_id = world.add_workload_vpc(account_id, "us-east-1", "web");
        let request = FlowLogRequest {
            resource_ids: vec![vpc_id],
            resource_type: "VPC".to_owned(),
            traffic_type: Some("ALL".to_owned()),
            log_destination_type: Some("s3".to_owned()),
            log_destination: Some(format!("arn:aws:s3:::{bucket}")),
            ..FlowLogRequest::default()
        };
        let made = world.create_flow_logs(account_id, "us-east-1", &request);
        assert_eq!(made.unwrap().flow_log_ids.len(), 1);
    }
    let root = world.make_organization("o-exampleorgid", MANAGEMENT);
    world.add_unit(&root, "Prod", &[PROD]);
    world.add_unit(&root, "Data", &[DATA]);
    Arc::new(Simulator::new(world))
}

fn narrowed(simulator: &Arc<Simulator>, include: &[&str], exclude: &[&str]) -> CollectOptions {
    let owned = |units: &[&str]| units.iter().map(|&unit| unit.to_owned()).collect();
    let selection = AccountSelection::Organization {
        include_units: owned(include),
        exclude_units: owned(exclude),
    };
    options(simulator, selection, Depth::Delivery)
}

fn entered(inventory: &Inventory) -> Vec<&str> {
    let entered = inventory.accounts.iter();
    entered
        .filter(|account| account.access == AccountAccess::Reached)
        .map(|account| account.account_id.as_str())
        .collect()
}

/// Units that gaps name as unknown.
fn unknown(inventory: &Inventory) -> Vec<&str> {
    let gaps = inventory.gaps.iter();
    gaps.filter(|gap| gap.error_code == "NoSuchUnit")
        .filter_map(|gap| gap.resource.as_deref())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_does_not_exist_is_said() {
    for (include, exclude, accounts, named) in [
        (vec!["Prod", "Data"], vec![], vec![PROD, DATA], vec![]),
        (vec!["Prod", "Dataa"], vec![], vec![PROD], vec!["Dataa"]),
        (vec!["prod"], vec![], vec![], vec!["prod"]),
        (
            vec![],
            vec!["Dataa"],
            vec![MANAGEMENT, PROD, DATA],
            vec!["Dataa"],
        ),
        (vec!["Root"], vec!["Data"], vec![MANAGEMENT, PROD], vec![]),
    ] {
        let simulator = tree();
        let options = narrowed(&simulator, &include, &exclude);
        let inventory = run(&simulator, &options).await;
        assert_eq!(entered(&inventory), accounts, "{include:?} {exclude:?}");
        assert_eq!(unknown(&inventory), named);
        assert_eq!(inventory.gaps.len(), named.len());
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_whose_unit_is_not_known_are_neither_entered_nor_forgotten() {
    for (include, exclude, action) in [
        (vec![], vec!["Data"], "ListOrganizationalUnitsForParent"),
        (vec!["Prod"], vec![], "ListOrganizationalUnitsForParent"),
        (vec![], vec!["Data"], "ListAccountsForParent"),
        (vec![], vec!["Data"], "ListRoots"),
    ] {
        let simulator = tree();
        let denied = Matching::action(&format!("organizations:{action}"));
        simulator.world().faults.deny(denied);
        let options = narrowed(&simulator, &include, &exclude);
        let inventory = run(&simulator, &options).await;
        let unread = region(&inventory, "*", "*").status;
        assert_eq!(unread, RegionStatus::Denied, "{action}");
        let entered = entered(&inventory);
        assert!(!entered.contains(&DATA), "{action} {entered:?}");
        assert!(!entered.contains(&PROD), "{action} {entered:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_account_list_does_not_undo_what_was_left_out() {
    let simulator = tree();
    let denied = Matching::action("organizations:ListAccounts");
    simulator.world().faults.deny(denied);
    let inventory = run(&simulator, &narrowed(&simulator, &["Prod"], &[])).await;
    assert_eq!(entered(&inventory), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_denied_description_of_the_organization_is_a_gap() {
    let simulator = tree();
    let denied = Matching::action("organizations:DescribeOrganization");
    simulator.world().faults.deny(denied);
    let options = CollectOptions {
        depth: Depth::Full,
        ..narrowed(&simulator, &[], &[])
    };
    let inventory = run(&simulator, &options).await;
    assert_eq!(
        gaps(&inventory),
        ["organizations:DescribeOrganization us-east-1 AccessDeniedException"]
    );
    let permission = inventory.gaps[0].permission.as_deref();
    assert_eq!(permission, Some("organizations:DescribeOrganization"));
}

#[tokio::test(start_paused = true)]
async fn control_policies_are_read_though_the_management_account_is_not_audited() {
    let simulator = tree();
    let options = CollectOptions {
        depth: Depth::Full,
        ..narrowed(&simulator, &["Prod"], &[])
    };
    let inventory = run(&simulator, &options).await;
    assert_eq!(entered(&inventory), [PROD]);
    let protection = inventory.accounts[0].protection.as_ref().unwrap();
    let policies = protection.service_control_policies.present().unwrap();
    assert_eq!(policies.len(), 1, "{policies:?}");
    assert_eq!(gaps(&inventory), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_leads_nowhere_is_no_gap_once_another_leads_there() {
    for (listed, gaps_left) in [(vec![PROD, DATA], 0), (vec![PROD, DATA, "999999999999"], 1)] {
        let simulator = tree();
        {
            let mut world = simulator.world();
            world.add_profile("a", MANAGEMENT);
            world.add_profile("b", PROD);
            world
                .set_role_trust(DATA, ROLE, &policies::trust_account(PROD))
                .unwrap();
        }
        let listed = listed.into_iter().map(str::to_owned).collect();
        let options = CollectOptions {
            entries: vec![
                Entry::Profile("a".to_owned()),
                Entry::Profile("b".to_owned()),
            ],
            ..options(
                &simulator,
                AccountSelection::Listed(listed),
                Depth::Delivery,
            )
        };
        let inventory = run(&simulator, &options).await;
        assert_eq!(entered(&inventory), [PROD, DATA]);
        assert_eq!(inventory.gaps.len(), gaps_left, "{:?}", inventory.gaps);
    }
}
