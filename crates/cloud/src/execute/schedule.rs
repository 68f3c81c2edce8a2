//! The order of steps: accounts side by side, the regions of an account side by side, steps of a region one after the other.

use std::collections::{BTreeMap, HashMap, HashSet};

use flowcover_core::plan::Step;
use futures::future::join_all;
use tokio::sync::watch;

/// What is done with each step.
pub(super) trait Course {
    /// How a step ends.
    type End: Clone + Send + Sync;

    /// Works on a step; what it needs is done.
    async fn work(&self, step: &Step) -> Self::End;

    /// The end of a step that is not begun.
    fn skipped(&self, step: &Step, why: String) -> Self::End;

    /// Whether steps that need this one can be worked on, by how it ended.
    fn is_good(&self, step: &str, end: &Self::End) -> bool;

    /// Why steps of that account are not begun any more.
    fn stopped(&self, account_id: &str) -> Option<String>;
}

/// A step, and those that must come to a good end before.
pub(super) struct Job<'a> {
    pub(super) step: &'a Step,
    pub(super) needs: Vec<&'a str>,
}

/// Works on all steps; how each ended, in the same order. `jobs` come in an order in which they can be done one after the
/// other.
pub(super) async fn run<C: Course>(course: &C, jobs: &[Job<'_>]) -> Vec<C::End> {
    let board = Board::<C::End>::new(jobs);
    let lanes = lanes(jobs).into_values().map(|lane| async {
        let mut ends = Vec::with_capacity(lane.len());
        for index in lane {
            let job = &jobs[index];
            let end = one(course, &board, job).await;
            board.post(&job.step.id, end.clone());
            ends.push((index, end));
        }
        ends
    });
    let mut ends: Vec<_> = join_all(lanes).await.into_iter().flatten().collect();
    ends.sort_by_key(|(index, _)| *index);
    ends.into_iter().map(|(_, end)| end).collect()
}

async fn one<C: Course>(course: &C, board: &Board<'_, C::End>, job: &Job<'_>) -> C::End {
    for need in &job.needs {
        // Waiting for another account must not keep a stopped one waiting.
        if let Some(why) = course.stopped(&job.step.account_id) {
            return course.skipped(job.step, why);
        }
        match board.end_of(need).await {
            Some(end) if course.is_good(need, &end) => {}
            Some(_) => {
                return course
                    .skipped(job.step, format!("it needs {need}, which did not end well"));
            }
            None => {
                return course.skipped(
                    job.step,
                    format!("it needs {need}, which the run is not about"),
                );
            }
        }
    }
    match course.stopped(&job.step.account_id) {
        Some(why) => course.skipped(job.step, why),
        None => course.work(job.step).await,
    }
}

/// How steps ended, for those that wait for them.
struct Board<'a, E>(HashMap<&'a str, watch::Sender<Option<E>>>);

impl<'a, E: Clone + Send + Sync> Board<'a, E> {
    fn new(jobs: &[Job<'a>]) -> Self {
        let ids = jobs.iter().map(|job| job.step.id.as_str());
        Self(ids.map(|id| (id, watch::Sender::new(None))).collect())
    }

    fn post(&self, id: &str, end: E) {
        if let Some(sender) = self.0.get(id) {
            sender.send_replace(Some(end));
        }
    }

    /// How a step ended, once it did. None: there is no such step.
    async fn end_of(&self, id: &str) -> Option<E> {
        let mut receiver = self.0.get(id)?.subscribe();
        // The sender lives in `self`, so waiting ends only when something is posted.
        let end = receiver.wait_for(Option::is_some).await;
        end.ok().and_then(|end| end.clone())
    }
}

/// Steps of one account and region, one after the other. A step that waits for delivery has a lane of its own, for that takes
/// minutes.
type LaneKey<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// What other accounts wait for comes first in its lane. The order of all lanes together is still one in which the steps can be
/// done one after the other, so the first that is not done can always be worked on.
fn lanes<'a>(jobs: &[Job<'a>]) -> BTreeMap<LaneKey<'a>, Vec<usize>> {
    let awaited = awaited_elsewhere(jobs);
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|&index| !awaited.contains(jobs[index].step.id.as_str()));
    let mut lanes = BTreeMap::<_, Vec<usize>>::new();
    for index in order {
        let step = jobs[index].step;
        let own = (!step.after_delivery_of.is_empty()).then_some(step.id.as_str());
        let key = (step.account_id.as_str(), step.region.as_deref(), own);
        lanes.entry(key).or_default().push(index);
    }
    lanes
}

/// Steps that another account waits for, and what they wait for themselves.
fn awaited_elsewhere<'a>(jobs: &[Job<'a>]) -> HashSet<&'a str> {
    let accounts: HashMap<&str, &str> = jobs
        .iter()
        .map(|job| (job.step.id.as_str(), job.step.account_id.as_str()))
        .collect();
    let mut awaited = HashSet::new();
    for job in jobs.iter().rev() {
        let is_awaited = awaited.contains(job.step.id.as_str());
        for &need in &job.needs {
            let account = accounts.get(need);
            if is_awaited || account.is_some_and(|account| *account != job.step.account_id) {
                awaited.insert(need);
            }
        }
    }
    awaited
}
