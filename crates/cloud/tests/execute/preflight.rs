//! What is found out before anything is changed.

use flowcover_cloud::execute::{ExecuteError, Obstacle, ObstacleKind};
use flowcover_cloud::simulator::Matching;
use flowcover_cloud::{Entry, GetAccountSummary, Scope, ask};
use flowcover_core::plan::{Change, Step};

use super::lab::Lab;
use super::plans::{EAST, HUB, SHOP, WEB};

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

/// Roles that there are in an account.
async fn roles(lab: &Lab, account_id: &str) -> u64 {
    let scope = Scope::new(entry(lab, account_id), account_id, EAST);
    let limited = lab.limited();
    ask(&limited, &scope, GetAccountSummary {})
        .await
        .unwrap()
        .roles
}

fn entry(lab: &Lab, account_id: &str) -> Entry {
    lab.header.plan.accounts[account_id].entry.clone()
}

/// Roles that the plan makes in an account.
fn roles_made(lab: &Lab, account_id: &str) -> u64 {
    let steps = lab.header.plan.steps.iter();
    let makes_role = |step: &&Step| {
        step.account_id == account_id && matches!(step.change, Change::CreateRole { .. })
    };
    steps.filter(makes_role).count() as u64
}

#[tokio::test(start_paused = true)]
async fn a_quota_of_roles_that_is_too_small_stands_in_the_way() {
    let lab = Lab::new();
    let (there, made) = (1 + 1, roles_made(&lab, WEB));
    assert!(made > 1);
    let quota = there + made - 1;
    lab.simulator.world().set_role_quota(WEB, quota);
    let error = lab.apply().await.unwrap_err();
    let ExecuteError::Preflight(obstacles) = error else {
        panic!("{error:?}");
    };
    let expected = Obstacle {
        account_id: WEB.to_owned(),
        kind: ObstacleKind::Quota,
        step: None,
        what: format!(
            "the quota of IAM roles is {quota}, {there} are in use, and the plan needs {made} more"
        ),
    };
    assert_eq!(obstacles, [expected]);
    assert_eq!(lab.trace.lines(), []);
}

#[tokio::test(start_paused = true)]
async fn a_quota_of_roles_that_suffices_exactly_suffices() {
    let lab = Lab::new();
    let made = roles_made(&lab, WEB);
    lab.simulator.world().set_role_quota(WEB, 2 + made);
    lab.done().await;
    assert_eq!(roles(&lab, WEB).await, 2 + made);
}

/// What an earlier run left is there already, and needs no room.
#[tokio::test(start_paused = true)]
async fn roles_that_are_gone_on_with_are_not_counted_again() {
    let lab = Lab::new();
    lab.done().await;
    lab.simulator.world().set_role_quota(WEB, 0);
    let again = lab.again("run-2");
    let error = again.apply().await.unwrap_err();
    let ExecuteError::Preflight(obstacles) = error else {
        panic!("{error:?}");
    };
    // The flow logs that the first run made stand in the way, the roles do not.
    assert!(
        obstacles.iter().all(|it| it.kind == ObstacleKind::World),
        "{obstacles:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_cannot_be_read_is_said_and_is_no_obstacle() {
    let mut lab = Lab::new();
    lab.options.simulate_permissions = false;
    lab.simulator
        .world()
        .faults
        .deny(Matching::action("iam:GetAccountSummary").in_account(WEB));
    let told = lab.done().await.could_not_tell;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].account_id, WEB);
    let expected = "whether the quota of IAM roles suffices: AccessDenied";
    assert!(told[0].what.starts_with(expected), "{told:#?}");
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
