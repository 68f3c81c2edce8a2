//! Makes the world what a step asks for: look, make the calls that are left, and where it is not clear what they did, look
//! again.

use std::time::Duration;

use flowcover_core::call::{Call, Unsuccessful};
use flowcover_core::journal::Event;
use flowcover_core::plan::Change;
use tokio::time::Instant;

use super::journaled::Halt;
use super::look::{Seen, look};
use super::outcome::Changed;
use super::work::{NoResult, Work};
use super::{bucket_back, flow_logs};
use crate::{CloudError, ErrorKind};

/// Times that a call without a clear answer is made again, after looking.
const TRIES: u32 = 4;

/// Time until what AWS just made is looked for again: it may not be seen everywhere yet.
const LAG: Duration = Duration::from_secs(2);

/// Time between two tries while a role spreads.
const SPREADING: Duration = Duration::from_secs(5);

/// What EC2 says of a role that has not spread yet.
const NOT_SPREAD: &str = "Unable to assume given IAM role";

/// How it ended.
#[derive(Debug)]
pub(super) enum Converged {
    /// The world is as the step asks for; flow logs that this run made are named.
    Settled(Vec<String>),
    /// Somebody else changed it.
    Changed(Changed),
    /// It was given up.
    Failed(String),
    /// AWS does not do it, however often it is asked.
    Refused(String),
    /// It was there before the run, and is as it was: it is left; why, in one sentence.
    Kept(String),
    /// Nothing more may be done.
    Stopped,
}

impl From<Halt> for Converged {
    fn from(_: Halt) -> Self {
        Self::Stopped
    }
}

/// What calls led to.
enum Led {
    /// All of them were answered; flow logs that were made.
    Answered(Vec<String>),
    /// What they did is to be looked at. Why; if nothing of it is seen, they are made again after a while.
    Unclear(String, Duration),
    /// The same, until the time for a role to spread is over.
    Spreading(String),
    Over(Converged),
}

/// Makes the world what the step asks for, or its taking back.
pub(super) async fn converge(work: &mut Work<'_>) -> Converged {
    match try_to_converge(work).await {
        Ok(converged) => converged,
        Err(Halt) => Converged::Stopped,
    }
}

async fn try_to_converge(work: &mut Work<'_>) -> Result<Converged, Halt> {
    let spread_by = Instant::now() + work.run.options.propagation;
    let mut unclear: Option<String> = None;
    let mut tries = 0;
    loop {
        work.run.may_go_on()?;
        let seen = match look(work).await {
            Ok(seen) => seen,
            Err(error) => return unreadable(work, &error, unclear),
        };
        let (calls, found) = match seen {
            Seen::Changed(changed) => return Ok(Converged::Changed(changed)),
            Seen::Kept(why) => return Ok(Converged::Kept(why)),
            Seen::Adopt { was, says } => {
                begin(work)?;
                let step = work.step.id.clone();
                work.run.adopts(&step, says);
                work.record(Event::Adopted { step, was })?;
                continue;
            }
            Seen::Settled { flow_log_ids } => {
                note_found(work, None, &flow_log_ids)?;
                return Ok(Converged::Settled(flow_log_ids));
            }
            Seen::Act {
                calls,
                flow_log_ids,
            } => (calls, flow_log_ids),
        };
        if tries > TRIES {
            let why = unclear.unwrap_or_else(|| "what was written is not there".to_owned());
            return Ok(Converged::Failed(why));
        }
        note_found(work, Some(&calls), &found)?;
        begin(work)?;
        match make(work, calls).await {
            Led::Over(converged) => return Ok(converged),
            Led::Answered(ids) if !is_read_back(work) => return Ok(Converged::Settled(ids)),
            Led::Answered(_) => {
                // Nearly always it is there at once.
                if tries > 0 {
                    work.run.sleep(LAG).await;
                }
                tries += 1;
            }
            Led::Unclear(why, wait) => {
                unclear = Some(why);
                tries += 1;
                work.run.sleep(wait).await;
            }
            Led::Spreading(why) if Instant::now() >= spread_by => {
                return Ok(Converged::Refused(why));
            }
            Led::Spreading(why) => {
                work.run
                    .watcher
                    .waits(&work.step.id, "the role to spread in AWS");
                unclear = Some(why);
                work.run.sleep(SPREADING).await;
            }
        }
    }
}

/// Journals that a step is begun, the first time.
fn begin(work: &mut Work<'_>) -> Result<(), Halt> {
    if work.is_taking_back() || work.is_begun() {
        return Ok(());
    }
    let step = work.step.id.clone();
    work.record(Event::Begun { step })
}

/// Whether what was written is looked at again: where AWS reports what others may overwrite, or items of a batch, and where
/// what is put back is not gone.
fn is_read_back(work: &Work<'_>) -> bool {
    let is_put_back = work.is_taking_back() && work.adopted().is_some();
    is_put_back
        || matches!(
            work.step.change,
            Change::AddBucketStatement { .. }
                | Change::CreateFlowLogs { .. }
                | Change::DeleteFlowLogs { .. }
        )
}

fn unreadable(
    work: &Work<'_>,
    error: &CloudError,
    unclear: Option<String>,
) -> Result<Converged, Halt> {
    work.run.may_go_on()?;
    let unread = format!("what is there cannot be read: {error}");
    Ok(Converged::Failed(match unclear {
        Some(unclear) => format!("{unclear}; {unread}, so it may have been done"),
        None => unread,
    }))
}

/// Journals what an earlier call made, of which no clear answer came. `left`: the calls that are still to be made.
fn note_found(work: &mut Work<'_>, left: Option<&[Call]>, ids: &[String]) -> Result<(), Halt> {
    if work.is_taking_back() {
        return Ok(());
    }
    let made = work.made();
    let took_effect = |pending: &Call| left.is_none_or(|left| !left.contains(pending));
    let is_new = |id: &String| !made.flow_log_ids.contains(id);
    if made.pending.as_ref().is_some_and(took_effect) || ids.iter().any(is_new) {
        work.record(Event::Found {
            step: work.step.id.clone(),
            flow_log_ids: ids.to_vec(),
        })?;
    }
    Ok(())
}

async fn make(work: &mut Work<'_>, calls: Vec<Call>) -> Led {
    let mut made = Vec::new();
    for call in calls {
        let result = match call {
            Call::DeleteObjects(call) => match bucket_back::empty(work, &call.bucket).await {
                Ok(Some(Seen::Changed(changed))) => {
                    return Led::Over(Converged::Changed(changed));
                }
                Ok(_) => continue,
                Err(error) => Err(error),
            },
            call => work.call(call).await,
        };
        match result {
            Ok(result) => {
                made.extend(result.flow_log_ids);
                if !result.unsuccessful.is_empty() {
                    return refused_items(work, &result.unsuccessful).await;
                }
            }
            Err(NoResult::Halted) => return Led::Over(Converged::Stopped),
            Err(NoResult::Refused(error)) => return refused(work, &error).await,
        }
    }
    Led::Answered(made)
}

async fn refused(work: &Work<'_>, error: &CloudError) -> Led {
    let why = error.to_string();
    if error.message.contains(NOT_SPREAD) {
        return Led::Spreading(why);
    }
    match error.kind {
        ErrorKind::AlreadyExists => there_is_one(work, None, why).await,
        // What this run made a moment ago may not be seen everywhere yet; what it deletes may be gone.
        ErrorKind::NotFound | ErrorKind::Conflict => Led::Unclear(why, LAG),
        _ if error.is_unclear() => Led::Unclear(why, Duration::ZERO),
        ErrorKind::Service => Led::Over(Converged::Refused(why)),
        _ => Led::Over(Converged::Failed(why)),
    }
}

/// Items of a batch that failed although the call succeeded.
async fn refused_items(work: &Work<'_>, items: &[Unsuccessful]) -> Led {
    let text =
        |item: &Unsuccessful| format!("{}: {}: {}", item.resource_id, item.code, item.message);
    let why = items.iter().map(text).collect::<Vec<_>>().join("; ");
    if items.iter().any(|item| item.message.contains(NOT_SPREAD)) {
        return Led::Spreading(why);
    }
    let kind = |item: &Unsuccessful| CloudError::answered(&item.code, 400, "").kind;
    if items
        .iter()
        .all(|item| kind(item) == ErrorKind::AlreadyExists)
    {
        return there_is_one(
            work,
            items.first().map(|item| item.resource_id.as_str()),
            why,
        )
        .await;
    }
    if items.iter().all(|item| kind(item) == ErrorKind::NotFound) && is_deletion(work) {
        return Led::Unclear(why, Duration::ZERO);
    }
    Led::Over(Converged::Refused(why))
}

const fn is_deletion(work: &Work<'_>) -> bool {
    matches!(work.step.change, Change::DeleteFlowLogs { .. }) || work.is_taking_back()
}

/// AWS says that there is one already. The look that follows tells whether it is ours; a flow log of somebody else is named.
async fn there_is_one(work: &Work<'_>, resource_id: Option<&str>, why: String) -> Led {
    let Change::CreateFlowLogs { flow_logs, .. } = &work.step.change else {
        return Led::Unclear(why, LAG);
    };
    let resources = resource_id.map_or_else(
        || flow_logs.resource_ids.iter().map(String::as_str).collect(),
        |id| vec![id],
    );
    for id in resources {
        if let Some(flow_log_id) = flow_logs::like_on(work, id).await {
            return Led::Over(Converged::Failed(format!(
                "{why}; it is {flow_log_id}, which this run did not make"
            )));
        }
    }
    Led::Unclear(why, LAG)
}
