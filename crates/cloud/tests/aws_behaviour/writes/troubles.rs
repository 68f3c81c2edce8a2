//! Calls that come to grief before or after AWS acted.

use flowcover_cloud::ErrorKind;
use flowcover_cloud::simulator::{Matching, Trouble};

use super::*;

#[tokio::test]
async fn each_trouble_befalls_as_many_calls_as_planned_and_says_nothing_of_what_was_done() {
    for trouble in Trouble::ALL {
        let lab = Lab::new();
        let matching = Matching::action("logs:CreateLogGroup");
        lab.simulator
            .world()
            .faults
            .befall_after(1, trouble, matching, 2);
        lab.ask(group("/first")).await.unwrap();
        for name in ["/second", "/third"] {
            let error = lab.ask(group(name)).await.unwrap_err();
            let kind = match trouble {
                Trouble::Throttled => ErrorKind::Throttled,
                Trouble::Failed | Trouble::FailedAfterActing => ErrorKind::Transient,
                _ => ErrorKind::Unreachable,
            };
            assert_eq!(error.kind, kind, "{trouble:?}");
            assert_eq!(error.is_unclear(), trouble != Trouble::Throttled);
            let world = lab.simulator.world();
            let made = world.has_log_group(ACCOUNT, REGION, name);
            assert_eq!(made, trouble.acts(), "{trouble:?}");
        }
        lab.ask(group("/fourth")).await.unwrap();
    }
}

#[tokio::test]
async fn a_lost_answer_looks_like_a_dropped_call() {
    let lab = Lab::new();
    let mut errors = Vec::new();
    for trouble in [Trouble::ConnectionDropped, Trouble::AnswerLost] {
        let matching = Matching::action("iam:CreateRole").in_account(ACCOUNT);
        lab.simulator.world().faults.befall(trouble, matching, 1);
        errors.push(lab.ask(role("made")).await.unwrap_err());
    }
    assert_eq!(errors[0], errors[1]);
    // Only another try tells that the second of them acted.
    assert_eq!(code(lab.ask(role("made")).await), "EntityAlreadyExists");
}

#[tokio::test]
async fn a_client_token_makes_a_lost_answer_harmless() {
    let lab = Lab::new();
    let request = FlowLogRequest {
        client_token: Some("once".to_owned()),
        ..lab.to_group()
    };
    let every = Matching::every_call();
    lab.simulator
        .world()
        .faults
        .befall(Trouble::AnswerLost, every, u32::MAX);
    assert_eq!(code(lab.create(request.clone()).await), "ConnectionLost");
    lab.simulator.world().faults.spare_all();
    let id = lab.made(request).await;
    let found: Vec<_> = lab
        .flow_logs()
        .await
        .into_iter()
        .map(|log| log.flow_log_id)
        .collect();
    assert_eq!(found, [id]);
}
