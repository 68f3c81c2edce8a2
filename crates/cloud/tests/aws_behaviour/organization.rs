//! The organisation: its listings and its control policies.

use flowcover_cloud::simulator::scenario;
use flowcover_cloud::{
    ListAccounts, ListAccountsForParent, ListOrganizationalUnitsForParent, ListPoliciesForTarget,
    ListRoots, MemberAccount, Paged,
};

use super::*;

const MANAGEMENT: &str = "100000000001";

async fn pages<O: Paged>(simulator: &Simulator, operation: O) -> Vec<Page<O::Item>> {
    let scope = Scope::new(Entry::Caller, MANAGEMENT, "us-east-1");
    let mut pages = Vec::new();
    let mut next_token = None;
    loop {
        let page = ask(simulator, &scope, operation.page(next_token))
            .await
            .unwrap();
        next_token = page.next_token.clone();
        pages.push(page);
        if next_token.is_none() {
            return pages;
        }
    }
}

fn sizes<T>(pages: &[Page<T>]) -> Vec<usize> {
    pages.iter().map(|page| page.items.len()).collect()
}

async fn list_accounts(simulator: &Simulator) -> Vec<Page<MemberAccount>> {
    pages(simulator, ListAccounts::default()).await
}

#[tokio::test]
async fn list_accounts_gives_20_a_page_and_empty_pages_and_suspended_accounts() {
    let simulator = scenario::organization(45, 1, 0);
    simulator
        .world()
        .set_account_status("100000000007", "SUSPENDED");
    let pages = list_accounts(&simulator).await;
    assert_eq!(sizes(&pages), [20, 20, 5]);
    let suspended: Vec<_> = pages
        .iter()
        .flat_map(|page| &page.items)
        .filter(|account| account.status == "SUSPENDED")
        .map(|account| account.account_id.as_str())
        .collect();
    assert_eq!(suspended, ["100000000007"]);
    // It never gives more, and less where it likes.
    for (wanted, expected) in [(50, &[20, 20, 5][..]), (15, &[15, 15, 15])] {
        simulator.world().paging.set_every(wanted);
        assert_eq!(sizes(&list_accounts(&simulator).await), expected);
    }
    simulator.world().paging.set_every(20);
    let action = "organizations:ListAccounts";
    simulator.world().paging.put_empty_pages(action);
    let pages = list_accounts(&simulator).await;
    assert_eq!(sizes(&pages), [0, 20, 0, 20, 0, 5]);
}

#[tokio::test]
async fn every_listing_of_organizations_pages_by_20_and_may_end_in_an_empty_page() {
    let simulator = scenario::organization(45, 1, 0);
    let root = {
        let mut world = simulator.world();
        let root = world.make_organization("o-exampleorgid", MANAGEMENT);
        for number in 0..21 {
            world.add_unit(&root, &format!("unit-{number}"), &[]);
            world
                .attach_control_policy(&root, policies::PROTECT_FLOW_LOGS)
                .unwrap();
        }
        for action in [
            "ListRoots",
            "ListOrganizationalUnitsForParent",
            "ListAccountsForParent",
            "ListPoliciesForTarget",
        ] {
            world
                .paging
                .end_with_empty_page(&format!("organizations:{action}"));
        }
        root
    };
    let parent_id = root.clone();
    let accounts = ListAccountsForParent {
        parent_id,
        next_token: None,
    };
    let parent_id = root.clone();
    let units = ListOrganizationalUnitsForParent {
        parent_id,
        next_token: None,
    };
    let attached = ListPoliciesForTarget {
        target_id: root,
        next_token: None,
    };
    assert_eq!(
        sizes(&pages(&simulator, ListRoots::default()).await),
        [1, 0]
    );
    assert_eq!(sizes(&pages(&simulator, units).await), [20, 1, 0]);
    assert_eq!(sizes(&pages(&simulator, accounts).await), [20, 20, 5, 0]);
    // `FullAWSAccess` is attached to everything.
    assert_eq!(sizes(&pages(&simulator, attached).await), [20, 2, 0]);
}

/// A lab whose account is a member of an organisation that another account manages.
fn member() -> (Lab, String) {
    let lab = Lab::new();
    let root = lab.simulator.world().make_organization("o-1", OTHER);
    (lab, root)
}

fn attach(lab: &Lab, target_id: &str, document: &str) {
    lab.simulator
        .world()
        .attach_control_policy(target_id, document)
        .unwrap();
}

#[tokio::test]
async fn a_control_policy_restricts_what_is_below_it_and_not_the_management_account() {
    let (lab, root) = member();
    let id = lab.made(lab.to_group()).await;
    assert!(lab.delete(&["fl-0"]).await.is_ok());
    let unit = {
        let mut world = lab.simulator.world();
        let unit = world.add_unit(&root, "workloads", &[]);
        world.add_unit(&unit, "nested", &[ACCOUNT]);
        unit
    };
    attach(&lab, &unit, policies::PROTECT_FLOW_LOGS);
    let error = lab.delete(&[&id]).await.unwrap_err();
    assert_eq!(error.code, "UnauthorizedOperation");
    assert!(error.message.contains("service control policy"), "{error}");
    assert_eq!(lab.flow_logs().await.len(), 1);
    // On the root it is above the management account too, which no such policy restricts.
    attach(&lab, &root, policies::PROTECT_FLOW_LOGS);
    lab.simulator.world().set_caller(Some(OTHER));
    assert!(lab.delete(&["fl-0"]).await.is_ok());
}

#[tokio::test]
async fn a_region_is_closed_by_a_control_policy_but_for_global_services() {
    let (lab, _) = member();
    attach(&lab, ACCOUNT, &policies::close_region(REGION));
    let refused = lab.ask(DescribeFlowLogs::default()).await.unwrap_err();
    assert_eq!(refused.code, "UnauthorizedOperation");
    let role_name = "deliver".to_owned();
    assert!(
        lab.ask(flowcover_cloud::GetRole { role_name })
            .await
            .is_ok()
    );
    let open = Scope::new(Entry::Caller, ACCOUNT, "us-east-1");
    let elsewhere = ask(&lab.simulator, &open, DescribeFlowLogs::default()).await;
    assert!(elsewhere.is_ok());
}

#[tokio::test]
async fn malformed_policies_are_refused_and_change_nothing() {
    let lab = Lab::new();
    let id = lab.made(lab.to_group()).await;
    let in_bucket = lab.made(lab.to_bucket()).await;
    refuse_malformed(&mut lab.simulator.world());
    lab.advance(3600);
    assert!(lab.succeeds(&id).await && lab.succeeds(&in_bucket).await);
}

fn refuse_malformed(world: &mut World) {
    world.make_organization("o-1", OTHER);
    for bad in ["", "{", "[]", r#"{"Version": "2012-10-17"}"#] {
        let code = |result: Result<(), CloudError>| result.unwrap_err().code;
        let iam = "MalformedPolicyDocument";
        let organizations = "MalformedPolicyDocumentException";
        assert_eq!(
            code(world.put_bucket_policy(BUCKET, bad)),
            "MalformedPolicy"
        );
        assert_eq!(code(world.create_role(ACCOUNT, "new", bad).map(drop)), iam);
        assert_eq!(code(world.set_role_trust(ACCOUNT, "deliver", bad)), iam);
        let put = world.put_role_policy(ACCOUNT, "deliver", "deliver", bad);
        assert_eq!(code(put), iam);
        assert_eq!(
            code(world.create_managed_policy("arn:aws:iam::aws:policy/x", bad)),
            iam
        );
        let key = world.create_key(ACCOUNT, REGION, bad).map(drop);
        assert_eq!(code(key), "MalformedPolicyDocumentException");
        let attached = world.attach_control_policy(ACCOUNT, bad).map(drop);
        assert_eq!(code(attached), organizations);
    }
}
