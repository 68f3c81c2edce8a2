//! What is found out before anything is changed.

use flowcover_cloud::Entry;
use flowcover_cloud::execute::{ExecuteError, Obstacle};
use flowcover_cloud::simulator::Matching;

use super::lab::Lab;
use super::plans::{HUB, SHOP, WEB};

async fn obstacles(lab: &Lab) -> Vec<String> {
    let obstacles = match lab.apply().await {
        Err(ExecuteError::Preflight(obstacles)) => obstacles,
        other => panic!("{other:?}"),
    };
    assert_eq!(lab.trace.lines(), []);
    obstacles.iter().map(Obstacle::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_entered_stands_in_the_way() {
    let lab = Lab::new();
    lab.simulator.world().delete_role(WEB, "FlowcoverWrite");
    let obstacles = obstacles(&lab).await;
    assert_eq!(obstacles.len(), 1, "{obstacles:#?}");
    assert!(
        obstacles[0].contains(&format!("account {WEB} cannot be entered")),
        "{obstacles:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn credentials_of_another_account_stand_in_the_way() {
    let lab = Lab::new();
    lab.simulator.world().set_caller(Some(SHOP));
    let obstacles = obstacles(&lab).await;
    let expected =
        format!("{HUB}: the plan is about account {HUB}, the credentials belong to {SHOP}");
    assert!(obstacles.contains(&expected), "{obstacles:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_stands_in_the_way() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .faults
        .deny(Matching::action("iam:CreateRole").in_account(WEB));
    let obstacles = obstacles(&lab).await;
    assert_eq!(
        obstacles,
        [format!(
            "{WEB}: arn:aws:sts::{WEB}:assumed-role/FlowcoverWrite/flowcover is not allowed iam:CreateRole"
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_simulated_is_said_and_is_no_obstacle() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .faults
        .deny(Matching::action("iam:SimulatePrincipalPolicy").in_account(WEB));
    let applied = lab.done().await;
    assert_eq!(
        applied.could_not_tell.len(),
        1,
        "{:#?}",
        applied.could_not_tell
    );
    assert_eq!(applied.could_not_tell[0].account_id, WEB);
    assert!(
        applied.could_not_tell[0].what.contains("AccessDenied"),
        "{:#?}",
        applied.could_not_tell
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_stands_in_the_way() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .faults
        .deny(Matching::action("s3:GetBucketPolicy").in_account(HUB));
    let mut lab = lab;
    lab.options.simulate_permissions = false;
    let obstacles = obstacles(&lab).await;
    assert_eq!(obstacles.len(), 1, "{obstacles:#?}");
    assert!(
        obstacles[0].contains("cannot be read: AccessDenied"),
        "{obstacles:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_is_reached_through_two_roles() {
    let mut lab = Lab::new();
    let first = lab.header.plan.accounts[WEB].entry.clone();
    let second = Entry::Role {
        via: Box::new(first),
        role_arn: format!("arn:aws:iam::{SHOP}:role/Second"),
        external_id: None,
    };
    let trust = flowcover_cloud::simulator::policies::trust_account(WEB);
    lab.simulator
        .world()
        .create_role(SHOP, "Second", &trust)
        .unwrap();
    lab.header.plan.accounts.get_mut(SHOP).unwrap().entry = second;
    lab.done().await;
}

/// As a plan made from a snapshot says: the same role in every account.
fn with_role_everywhere(lab: &mut Lab) {
    let account = lab.header.plan.accounts.get_mut(HUB).unwrap();
    account.entry = Entry::Role {
        via: Box::new(Entry::Caller),
        role_arn: format!("arn:aws:iam::{HUB}:role/FlowcoverWrite"),
        external_id: None,
    };
}

#[tokio::test(start_paused = true)]
async fn no_role_is_assumed_in_the_account_that_one_is_in_already() {
    let mut lab = Lab::new();
    with_role_everywhere(&mut lab);
    let role = |via: &Entry, account_id: &str, name: &str| Entry::Role {
        via: Box::new(via.clone()),
        role_arn: format!("arn:aws:iam::{account_id}:role/{name}"),
        external_id: None,
    };
    let accounts = &mut lab.header.plan.accounts;
    let through_hub = role(&accounts[HUB].entry, WEB, "FlowcoverWrite");
    accounts.get_mut(WEB).unwrap().entry = role(&through_hub, WEB, "NotThere");
    lab.done().await;
    // One to learn whose credentials it starts from, one to enter the account.
    assert_eq!(lab.simulator.calls()["sts:GetCallerIdentity"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_role_of_the_same_name_elsewhere_is_assumed_nonetheless() {
    let mut lab = Lab::new();
    with_role_everywhere(&mut lab);
    lab.simulator.world().set_caller(Some(SHOP));
    let obstacles = obstacles(&lab).await;
    let refused = format!("{HUB}: account {HUB} cannot be entered");
    assert!(
        obstacles.iter().any(|it| it.starts_with(&refused)),
        "{obstacles:#?}"
    );
}
