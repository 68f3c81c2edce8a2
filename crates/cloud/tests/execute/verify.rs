//! Waiting for records.

use std::time::Duration;

use flowcover_cloud::execute::{Delivery, Silent, Verified, made_flow_logs, verify};
use flowcover_cloud::simulator::Matching;
use flowcover_core::journal::states;
use flowcover_core::plan::Change;

use super::lab::Lab;
use super::plans::{self, EAST, SHOP, WEB};

async fn verified(lab: &Lab) -> Vec<Verified> {
    let made = made_flow_logs(&lab.header, &states(&lab.trace.entries()));
    let cloud = lab.limited();
    let verified = verify(&cloud, &lab.header.plan, &made, &lab.options, &Silent).await;
    let flow_logs: Vec<_> = verified.iter().map(|it| it.flow_log.clone()).collect();
    assert_eq!(flow_logs, made, "each is told of, in order");
    verified
}

#[tokio::test(start_paused = true)]
async fn records_of_every_destination_are_waited_for_and_shown() {
    let lab = Lab::new();
    lab.done().await;
    let verified = verified(&lab).await;
    for it in &verified {
        let Delivery::Records { seen_in, .. } = &it.delivery else {
            panic!("{it:?}");
        };
        let expected = if it.flow_log.account_id == WEB {
            "/flowcover/"
        } else {
            "AWSLogs/"
        };
        assert!(seen_in.contains(expected), "{seen_in}");
    }
    assert_eq!(verified.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_vpc_without_interfaces_gives_no_records_which_is_said_and_no_failure() {
    let (mut world, ids) = plans::world();
    let vpc_id = world.add_vpc(WEB, EAST, "empty");
    let mut plan = plans::empty();
    plans::to_log_group(&mut plan, WEB, EAST, &vpc_id);
    let lab = Lab::with(world, ids, plan.named());
    lab.done().await;
    let began = tokio::time::Instant::now();
    let verified = verified(&lab).await;
    assert_eq!(verified[0].delivery, Delivery::NoInterface);
    assert!(verified[0].delivery.is_good());
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "nothing is waited for"
    );
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_fails_is_told_in_the_words_of_aws() {
    let lab = Lab::new();
    lab.simulator
        .world()
        .faults
        .fail_delivery(Matching::action("logs:PutLogEvents"), "Rate limited");
    lab.done().await;
    let verified = verified(&lab).await;
    for it in verified {
        match it.flow_log.account_id.as_str() {
            SHOP => assert!(it.delivery.is_good(), "{it:?}"),
            _ => assert_eq!(it.delivery, Delivery::Failing("Rate limited".to_owned())),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_log_that_is_gone_is_said_to_be() {
    let lab = Lab::new();
    lab.done().await;
    let made = made_flow_logs(&lab.header, &states(&lab.trace.entries()));
    let gone = made.iter().find(|it| it.account_id == WEB).unwrap();
    lab.simulator
        .world()
        .delete_flow_logs(WEB, &gone.region, std::slice::from_ref(&gone.flow_log_id))
        .unwrap();
    let verified = verified(&lab).await;
    let of_gone = verified.iter().find(|it| it.flow_log == *gone).unwrap();
    assert_eq!(of_gone.delivery, Delivery::Gone);
    assert_eq!(
        verified.iter().filter(|it| it.delivery.is_good()).count(),
        3
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_not_taken_for_good_or_bad() {
    let mut lab = Lab::new();
    lab.done().await;
    lab.options.delivery = Duration::from_secs(30);
    lab.simulator
        .world()
        .faults
        .deny(Matching::action("logs:DescribeLogStreams"));
    let verified = verified(&lab).await;
    let unknown = verified.iter().filter(|it| matches!(&it.delivery, Delivery::Unknown(why) if why.contains("logs:DescribeLogStreams")));
    assert_eq!(unknown.count(), 2, "{verified:#?}");
}

/// A transit gateway, and a plan that records it to a log group of its own.
fn with_gateway() -> Lab {
    let (mut world, ids) = plans::world();
    let gateway = world.add_transit_gateway(WEB, EAST, "hub");
    let mut plan = plans::empty();
    plans::to_log_group(&mut plan, WEB, EAST, &gateway);
    for step in &mut plan.steps {
        if let Change::CreateFlowLogs { flow_logs, .. } = &mut step.change {
            flow_logs.resource_type = "TransitGateway".to_owned();
            flow_logs.traffic_type = None;
        }
    }
    Lab::with(world, ids, plan.named())
}

#[tokio::test(start_paused = true)]
async fn records_of_a_transit_gateway_are_seen() {
    let lab = with_gateway();
    lab.done().await;
    let verified = verified(&lab).await;
    let [Verified { delivery, .. }] = verified.as_slice() else {
        panic!("{verified:?}");
    };
    let Delivery::Records { seen_in, .. } = delivery else {
        panic!("{delivery:?}");
    };
    assert!(seen_in.contains("/flowcover/us-east-1/tgw-"), "{seen_in}");
}

#[tokio::test(start_paused = true)]
async fn of_a_transit_gateway_it_is_not_known_whether_a_record_will_come() {
    let mut lab = with_gateway();
    lab.done().await;
    lab.options.delivery = Duration::ZERO;
    lab.simulator.world().first_delivery_seconds = i64::MAX / 4;
    let verified = verified(&lab).await;
    let expected = "no record of it was seen yet; whether anything flows through what it is attached to is not known";
    assert_eq!(verified[0].delivery.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_entered_is_not_waited_for() {
    let lab = Lab::new();
    lab.done().await;
    lab.simulator.world().delete_role(WEB, "FlowcoverWrite");
    let began = tokio::time::Instant::now();
    let verified = verified(&lab).await;
    assert!(
        began.elapsed() < Duration::from_secs(10 * 60),
        "{:?}",
        began.elapsed()
    );
    for it in verified {
        match it.flow_log.account_id.as_str() {
            SHOP => assert!(it.delivery.is_good(), "{it:?}"),
            _ => assert!(
                matches!(&it.delivery, Delivery::Unknown(why) if why.contains("cannot be entered")),
                "{it:?}"
            ),
        }
    }
}
