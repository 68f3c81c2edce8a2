//! Stopped with Ctrl-C, as the shell sends it, and resumed.

use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use flowcover_testkit::Rule;
use serde_json::{Value, json};

use super::bench::Bench;
use super::killed::{made, spawn};
use crate::support::parse;

/// How long a call takes that is met under way: long against what a process needs to notice a signal.
const SLOW: Duration = Duration::from_secs(6);

/// Longer than anything waited for takes.
const LONGEST: Duration = Duration::from_secs(60);

/// Waits until it is so.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let given_up = Instant::now() + LONGEST;
    while !is_so() {
        assert!(Instant::now() < given_up, "{what} did not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn interrupt(program: &Child) {
    let id = program.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.unwrap().success());
}

/// The code with which a process ends by itself; none if a signal ended it.
fn exit_code(program: &mut Child) -> Option<i32> {
    let mut status = None;
    wait_until("the end of the process", || {
        status = program.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap().code()
}

/// Events of the journal, as far as its lines are whole.
fn events(bench: &Bench) -> Vec<Value> {
    let text = fs::read_to_string(bench.journal()).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().skip(1).map(parse).collect()
}

fn count(events: &[Value], name: &str) -> usize {
    events.iter().filter(|it| it["event"] == name).count()
}

/// Calls that were begun and not answered, by the journal.
fn open_calls(events: &[Value]) -> usize {
    count(events, "intent") - count(events, "result") - count(events, "refused")
}

/// A run with calls under way that take long.
struct Met {
    bench: Bench,
    program: Child,
    /// What the journal says.
    events: Vec<Value>,
    complaints: String,
}

impl Met {
    /// Once so many calls are under way that fit `slow`.
    fn new(bench: Bench, arguments: &[&str], slow: &str, calls: usize) -> Self {
        bench.proxy.add(Rule::on(slow).delay(SLOW));
        let complaints = bench.path("stderr");
        let stderr = fs::File::create(&complaints).unwrap();
        let program = spawn(&bench, arguments, stderr.into());
        wait_until("the calls", || open_calls(&events(&bench)) == calls);
        // From the journal to the proxy.
        std::thread::sleep(Duration::from_millis(300));
        let events = events(&bench);
        Self {
            bench,
            program,
            events,
            complaints,
        }
    }

    fn complaints(&self) -> String {
        fs::read_to_string(&self.complaints).unwrap()
    }

    /// Interrupts it once, and waits for its end.
    fn interrupted(mut self) -> Bench {
        interrupt(&self.program);
        let code = exit_code(&mut self.program);
        let said = self.complaints();
        assert_eq!(code, Some(5), "{said}");
        assert!(said.contains("interrupted: the calls in flight"), "{said}");
        let events = events(&self.bench);
        // What was under way was answered, and nothing was begun since.
        assert_eq!(open_calls(&events), 0, "{events:#?}");
        assert_eq!(count(&events, "refused"), 0, "{events:#?}");
        assert_eq!(count(&events, "intent"), count(&self.events, "intent"));
        let last = events.last().unwrap();
        assert_eq!(
            (&last["event"], &last["complete"]),
            (&json!("ended"), &json!(false))
        );
        let hint = said.lines().find(|line| line.starts_with("hint:"));
        let hint = hint.unwrap_or_else(|| panic!("{said}"));
        assert!(hint.contains(&self.bench.journal()), "{said}");
        self.bench.proxy.clear_rules();
        self.bench
    }
}

/// A world with two VPCs to record, what a run makes of it, and the plan for it.
fn planned() -> (Bench, (usize, usize, usize)) {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    let (flow_logs, groups, roles) = made(&bench);
    (bench, (flow_logs + 2, groups + 2, roles + 2))
}

/// Two groups, one role; the other role waits for its turn.
const UNDER_WAY: usize = 3;

#[test]
fn an_apply_that_is_interrupted_ends_its_calls_and_is_resumed() {
    let (bench, whole) = planned();
    let before = bench.world();
    let (plan, journal) = (bench.path("plan.json"), bench.journal());
    let arguments = ["apply", &plan, "--journal", &journal, "--yes"];
    let bench = Met::new(bench, &arguments, "*:Create*", UNDER_WAY).interrupted();
    let (flow_logs, groups, roles) = made(&bench);
    assert_eq!(
        (flow_logs, groups, roles),
        (whole.0 - 2, whole.1, whole.2 - 1)
    );

    let run = bench.run(&["apply", "--resume", &bench.journal()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(made(&bench), whole);
    for action in [
        "logs:CreateLogGroup",
        "iam:CreateRole",
        "ec2:CreateFlowLogs",
    ] {
        assert_eq!(bench.proxy.calls().count(action), 2, "{action}");
    }
    assert_eq!(bench.plan(&[])["steps"], json!([]));

    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
}

#[test]
fn a_rollback_that_is_interrupted_ends_its_calls_and_goes_on() {
    let (bench, _) = planned();
    let before = bench.world();
    assert_eq!(bench.apply(&[]).code, 0);
    let journal = bench.journal();
    // One flow log in each region.
    let arguments = ["rollback", &journal, "--yes"];
    let bench = Met::new(bench, &arguments, "*:DeleteFlowLogs", 2).interrupted();
    assert_eq!(bench.flow_logs().len(), 0);
    let run = bench.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
}

#[test]
fn a_second_interrupt_ends_it_at_once_and_it_is_resumed_all_the_same() {
    let (bench, whole) = planned();
    let before = bench.world();
    let (plan, journal) = (bench.path("plan.json"), bench.journal());
    let arguments = ["apply", &plan, "--journal", &journal, "--yes"];
    let mut met = Met::new(bench, &arguments, "*:Create*", UNDER_WAY);
    interrupt(&met.program);
    wait_until("the warning", || {
        met.complaints().contains("Ctrl-C again ends at once")
    });
    assert_eq!(
        met.program.try_wait().unwrap(),
        None,
        "it waits for its calls"
    );
    interrupt(&met.program);
    let code = exit_code(&mut met.program);
    // As a shell says that a process was interrupted.
    assert_eq!(code, Some(130), "{}", met.complaints());
    assert_eq!(open_calls(&events(&met.bench)), UNDER_WAY);
    let bench = met.bench;
    // What was sent arrives although nobody waits for it.
    let arrived =
        || ["logs:CreateLogGroup", "iam:CreateRole"].map(|it| bench.proxy.calls().count(it));
    wait_until("what was sent", || {
        arrived().iter().sum::<usize>() == UNDER_WAY
    });
    bench.proxy.clear_rules();

    let run = bench.run(&["apply", "--resume", &bench.journal()]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(made(&bench), whole);
    let (groups, roles) = (arrived()[0], arrived()[1]);
    assert_eq!(
        (groups, roles),
        (2, 2),
        "what arrived is found, not made again"
    );
    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    bench.assert_world(&before, &run);
}
