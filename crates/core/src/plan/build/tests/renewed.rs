//! Flow logs that may go on failing once nothing is wrong any more.

use super::model::{apply, apply_in_vain};
use super::*;
use crate::fixture::*;
use crate::inventory::*;
use crate::plan::{Change, Step};
use crate::verdict::Verdict;

const NOTHING: &str = r#"{"Statement":[]}"#;
const MEND: &str = "111111111111/global/role/flowcover-vpc-1";

/// A VPC whose flow log names a role of ours with that policy, and reports that.
fn failing(policy: &str, said: Option<&str>) -> Inventory {
    let log = FlowLog {
        deliver_logs_status: said.map(|_| DeliverLogsStatus::Failed),
        deliver_logs_error_message: said.map(str::to_owned),
        ..made_by_us(flow_log("fl-1", "vpc-1"))
    };
    let inventory = but(with(vec![log]), |i| {
        i.roles
            .insert(ROLE.to_owned(), Fact::Present(role(TRUST, policy)));
    });
    with_our_role(&inventory)
}

fn answers(step: &Step) -> Vec<&str> {
    let answers = step.answers.iter();
    answers.map(|answered| answered.check.as_str()).collect()
}

#[test]
fn delivery_is_not_promised_where_a_permission_was_wanting() {
    let lacking = failing(NOTHING, Some("Access error"));
    let first = plan(&lacking, &Policy::default(), false);
    assert_eq!(ids(&first), [MEND]);
    assert_eq!(answers(&first.steps[0]), ["role-lacks-permission"]);
    assert_eq!(
        refused(&first),
        [("delivery-failing", "fl-1", Reason::NeedsReplace)]
    );
    let said = &first.not_fixed[0];
    assert!(
        said.message
            .contains("AWS may not take the delivery up again")
    );
    assert!(said.manual[1].contains("plan with --replace"));
    // AWS takes it up again, or it does not: another plan without --replace changes nothing.
    let report = cis(&apply(&first, &lacking));
    assert_eq!(report.all_findings().count(), 0, "{report:#?}");
    let stuck = apply_in_vain(&first, &lacking);
    let second = plan(&stuck, &Policy::default(), false);
    assert_eq!(ids(&second), Vec::<&str>::new());
    assert_eq!(refused(&second), refused(&first));
}

#[test]
fn a_role_that_only_trusted_the_wrong_service_is_promised_to_deliver() {
    let mistrusted = but(failing(WRITE_LOGS, Some("Access error")), |i| {
        let Some(Fact::Present(role)) = i.roles.values_mut().next() else {
            panic!("no role");
        };
        role.trust_policy = Fact::Present(WRONG_TRUST.to_owned());
    });
    let plan = plan(&mistrusted, &Policy::default(), false);
    assert_eq!(ids(&plan), [MEND]);
    assert_eq!(
        answers(&plan.steps[0]),
        ["delivery-failing", "role-not-assumable"]
    );
    assert_eq!(refused(&plan), []);
}

/// What replaces a flow log, as it is planned.
fn is_made_anew(plan: &Plan) {
    let [.., made, deleted] = plan.steps.as_slice() else {
        panic!("{:?}", ids(plan));
    };
    assert!(matches!(made.change, Change::CreateFlowLogs { .. }));
    assert!(answers(made).contains(&"delivery-failing"));
    assert_eq!(deleted.id, "111111111111/eu-west-1/flow-log/fl-1");
    assert_eq!(deleted.after_delivery_of, std::slice::from_ref(&made.id));
    assert_eq!(deleted.needs_argument.as_deref(), Some("--replace"));
    assert_eq!(refused(plan), []);
}

#[test]
fn with_replace_it_is_made_anew_before_the_role_is_mended_or_after() {
    let lacking = failing(NOTHING, Some("Access error"));
    let at_once = plan(&lacking, &Policy::default(), true);
    assert!(ids(&at_once).contains(&MEND));
    let mended = failing(WRITE_LOGS, Some("Access error"));
    let later = plan(&mended, &Policy::default(), true);
    assert!(!ids(&later).contains(&MEND));
    for (plan, world) in [(at_once, lacking), (later, mended)] {
        is_made_anew(&plan);
        let after = apply_in_vain(&plan, &world);
        let report = cis(&after);
        assert_eq!(report.all_findings().count(), 0, "{report:#?}");
        assert_eq!(report.vpcs[0].verdict, Verdict::Recorded);
        let second = super::plan(&after, &Policy::default(), true);
        assert_eq!(ids(&second), Vec::<&str>::new());
    }
}

#[test]
fn another_one_would_not_help_where_too_much_arrives() {
    let crowded = failing(WRITE_LOGS, Some("Rate limited"));
    let plan = plan(&crowded, &Policy::default(), true);
    assert_eq!(ids(&plan), Vec::<&str>::new());
    let said = [("delivery-failing", "fl-1", Reason::NotAChange)];
    assert_eq!(refused(&plan), said);
}

#[test]
fn another_one_is_tried_where_the_cause_could_not_be_read() {
    let unread = but(failing(WRITE_LOGS, Some("Access error")), |i| {
        i.log_groups.insert(GROUP.to_owned(), Fact::NotRead);
    });
    let kept = plan(&unread, &Policy::default(), false);
    assert_eq!(ids(&kept), Vec::<&str>::new());
    assert!(refused(&kept).contains(&("delivery-failing", "fl-1", Reason::NotRead)));
    is_made_anew(&plan(&unread, &Policy::default(), true));
}

#[test]
fn where_aws_reports_nothing_the_flow_log_stays() {
    let silent = failing(NOTHING, None);
    let plan = plan(&silent, &Policy::default(), true);
    assert_eq!(ids(&plan), [MEND]);
    assert_eq!(refused(&plan), []);
}

#[test]
fn where_there_is_no_room_the_role_is_mended_all_the_same() {
    let full = but(failing(NOTHING, Some("Access error")), |i| {
        let narrow = FlowLog {
            traffic_type: Some(TrafficType::Accept),
            ..to_bucket(flow_log("fl-2", "vpc-1"))
        };
        i.regions[0].flow_logs.items.push(narrow);
    });
    let plan = plan(&full, &Policy::default(), true);
    assert_eq!(ids(&plan), [MEND]);
    let said = plan
        .not_fixed
        .iter()
        .find(|it| it.check == "delivery-failing");
    let said = said.unwrap();
    assert_eq!(said.reason, Reason::Quota);
    assert!(said.message.contains("gets the permissions that it lacks"));
    assert!(said.message.contains("vpc-1 has 2 flow logs"));
}

#[test]
fn what_others_record_is_not_made_anew() {
    let spare = but(failing(WRITE_LOGS, Some("Access error")), |i| {
        let works = to_bucket(flow_log("fl-2", "vpc-1"));
        i.regions[0].flow_logs.items.push(works);
    });
    let kept = plan(&spare, &Policy::default(), false);
    assert_eq!(ids(&kept), Vec::<&str>::new());
    let left = plan(&spare, &Policy::default(), true);
    assert_eq!(ids(&left), Vec::<&str>::new());
    let said = ("delivery-failing", "fl-1", Reason::LeftAlone);
    assert!(refused(&left).contains(&said), "{:?}", refused(&left));
}

/// A flow log that somebody made and that delivers through a role of ours.
#[test]
fn nothing_is_made_beside_what_our_role_is_mended_for() {
    let lacking = but(failing(NOTHING, Some("Access error")), |i| {
        i.regions[0].flow_logs.items[0].tags = Tags::new();
    });
    let first = plan(&lacking, &Policy::default(), false);
    assert_eq!(ids(&first), [MEND]);
    let stuck = apply_in_vain(&first, &lacking);
    let second = plan(&stuck, &Policy::default(), false);
    assert_eq!(ids(&second), Vec::<&str>::new());
    assert_eq!(refused(&second), refused(&first));
}
