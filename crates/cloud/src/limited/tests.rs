use crate::simulator::{Matching, Simulator, Trouble, World, policies};
use crate::{
    CreateFlowLogs, CreateLogGroup, CreateRole, DeleteLogGroup, DescribeVpcs, Entry,
    FlowLogRequest, GetBucketPolicy, GetRole, ListObjects, ListRoots, Operation,
    PutRetentionPolicy, ask,
};

use super::*;

const ACCOUNT: &str = "111122223333";

/// Seconds that 20 calls in each of two regions take, at one call a second after a burst of 20.
async fn seconds_for<O: Operation + Clone>(operation: O) -> u64 {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["eu-west-1", "us-east-1"]);
    world.add_account(ACCOUNT, "one");
    let limits = Limits {
        calls_per_second: 1.0,
        ..Limits::default()
    };
    let limited = Limited::new(Arc::new(Simulator::new(world)), limits);
    let began = Instant::now();
    for region in ["eu-west-1", "us-east-1"] {
        let scope = Scope::new(Entry::Caller, ACCOUNT, region);
        for _ in 0..20 {
            // A refusal is an answer too, and takes its token.
            let _ = ask(&limited, &scope, operation.clone()).await;
        }
    }
    assert_eq!(limited.counters().total(), 40);
    began.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn the_regions_of_a_global_service_share_one_pace() {
    let role_name = "any".to_owned();
    assert_eq!(seconds_for(GetRole { role_name }).await, 20);
    let bucket = "any".to_owned();
    assert_eq!(seconds_for(GetBucketPolicy { bucket }).await, 20);
    assert_eq!(seconds_for(ListRoots::default()).await, 20);
    assert_eq!(seconds_for(DescribeVpcs::default()).await, 0);
    // Objects are listed where the bucket lies.
    assert_eq!(seconds_for(ListObjects::default()).await, 0);
}

/// A world with a VPC and a role that may be passed.
fn world() -> (World, FlowLogRequest) {
    let mut world = World::new(jiff::Timestamp::UNIX_EPOCH, &["eu-west-1"]);
    world.add_account(ACCOUNT, "one");
    let vpc_id = world.add_vpc(ACCOUNT, "eu-west-1", "main");
    let trust = policies::trust_service("vpc-flow-logs.amazonaws.com", None);
    let role = world.create_role(ACCOUNT, "deliver", &trust);
    world.advance(60);
    let request = FlowLogRequest {
        resource_ids: vec![vpc_id],
        resource_type: "VPC".to_owned(),
        traffic_type: Some("ALL".to_owned()),
        log_group_name: Some("/vpc/main".to_owned()),
        deliver_logs_permission_arn: role.ok(),
        ..FlowLogRequest::default()
    };
    (world, request)
}

fn here() -> Scope {
    Scope::new(Entry::Caller, ACCOUNT, "eu-west-1")
}

fn group() -> CreateLogGroup {
    CreateLogGroup {
        log_group_name: "/vpc/main".to_owned(),
        ..CreateLogGroup::default()
    }
}

/// The kind of failure of a call that a trouble befalls once, if it fails, and how often it was made.
async fn befallen(call: Request, trouble: Trouble) -> (Option<ErrorKind>, u64) {
    let (mut world, _) = world();
    world.create_log_group(ACCOUNT, "eu-west-1", "/vpc/other", None);
    world.faults.befall(trouble, Matching::every_call(), 1);
    let limited = Limited::new(Arc::new(Simulator::new(world)), Limits::default());
    let answer = limited.call(&here(), call).await;
    (answer.err().map(|it| it.kind), limited.counters().total())
}

#[tokio::test(start_paused = true)]
async fn what_may_have_acted_is_made_again_only_where_that_does_no_harm() {
    let flow_logs = |client_token: Option<&str>| {
        let client_token = client_token.map(str::to_owned);
        let flow_logs = FlowLogRequest {
            client_token,
            ..world().1
        };
        Request::from(CreateFlowLogs { flow_logs })
    };
    let retention = PutRetentionPolicy {
        log_group_name: "/vpc/other".to_owned(),
        retention_in_days: 30,
    };
    for (call, repeatable) in [
        (Request::from(DescribeVpcs::default()), true),
        (retention.into(), true),
        (flow_logs(Some("once")), true),
        (flow_logs(None), false),
        (group().into(), false),
    ] {
        for trouble in Trouble::ALL {
            let kind = match trouble {
                Trouble::Throttled => None,
                _ if repeatable => None,
                Trouble::Failed | Trouble::FailedAfterActing => Some(ErrorKind::Transient),
                _ => Some(ErrorKind::Unreachable),
            };
            let calls = if kind.is_none() { 2 } else { 1 };
            let found = befallen(call.clone(), trouble).await;
            assert_eq!(found, (kind, calls), "{call:?} {trouble:?}");
        }
    }
}

/// Answers nothing but one refusal.
struct Refusing(&'static str);

impl Cloud for Refusing {
    fn call<'a>(&'a self, _: &'a Scope, _: Request) -> BoxFuture<'a, Result<Answer, CloudError>> {
        Box::pin(std::future::ready(Err(CloudError::answered(
            self.0, 409, "no",
        ))))
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_change_that_is_under_way_is_waited_for() {
    for (code, calls) in [
        ("OperationAborted", 4),
        ("ConcurrentModification", 4),
        ("EntityAlreadyExists", 1),
        ("DeleteConflict", 1),
        ("LimitExceededException", 1),
        ("MalformedPolicyDocument", 1),
    ] {
        let limited = Limited::new(Arc::new(Refusing(code)), Limits::default());
        let error = ask(&limited, &here(), CreateRole::default()).await;
        assert_eq!(error.err().map(|it| it.code).as_deref(), Some(code));
        assert_eq!(limited.counters().total(), calls, "{code}");
    }
}

/// What becomes of a call that takes three seconds, in a run that is ended after one; and whether the group was made.
async fn cut_short(call: Request, by_deadline: bool) -> (Option<ErrorKind>, bool) {
    let (mut world, _) = world();
    let latency = Duration::from_secs(3);
    world.faults.delay(Matching::every_call(), latency);
    let simulator = Arc::new(Simulator::new(world));
    let limits = Limits {
        deadline: Duration::from_secs(if by_deadline { 1 } else { 60 }),
        ..Limits::default()
    };
    let limited = Limited::new(Arc::clone(&simulator) as Arc<dyn Cloud>, limits);
    let stop = limited.stop();
    let ending = async {
        sleep(Duration::from_secs(1)).await;
        if !by_deadline {
            stop.stop();
        }
    };
    let scope = here();
    let (answer, ()) = tokio::join!(limited.call(&scope, call), ending);
    let later = ask(&limited, &scope, DeleteLogGroup::default()).await;
    assert!(
        later.is_err_and(|it| it.is_unclear()),
        "nothing more is made"
    );
    assert_eq!(limited.counters().total(), 1);
    let made = simulator
        .world()
        .has_log_group(ACCOUNT, "eu-west-1", "/vpc/main");
    (answer.err().map(|it| it.kind), made)
}

#[tokio::test(start_paused = true)]
async fn a_change_on_its_way_is_finished_when_the_run_ends() {
    for (by_deadline, kind) in [(true, ErrorKind::Deadline), (false, ErrorKind::Interrupted)] {
        assert_eq!(cut_short(group().into(), by_deadline).await, (None, true));
        let read = DescribeVpcs::default().into();
        assert_eq!(cut_short(read, by_deadline).await, (Some(kind), false));
    }
}

/// Between two tries nothing is on its way.
#[tokio::test(start_paused = true)]
async fn a_change_that_is_throttled_is_given_up_when_the_run_ends() {
    let (mut world, _) = world();
    let always = u32::MAX;
    world
        .faults
        .befall(Trouble::Throttled, Matching::every_call(), always);
    let limited = Limited::new(Arc::new(Simulator::new(world)), Limits::default());
    let stop = limited.stop();
    let ending = async {
        sleep(Duration::from_secs(20)).await;
        stop.stop();
    };
    let scope = here();
    let (answer, ()) = tokio::join!(ask(&limited, &scope, group()), ending);
    assert_eq!(answer.err().map(|it| it.kind), Some(ErrorKind::Interrupted));
    assert!(limited.counters().throttles() > 1);
}
