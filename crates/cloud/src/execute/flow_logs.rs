//! Flow logs: what is there.

use std::collections::BTreeSet;

use flowcover_core::inventory::FlowLog;
use flowcover_core::journal::client_token;
use flowcover_core::plan::Change;

use super::alike::{difference, difference_to_request, given};
use super::look::Seen;
use super::work::{Work, made_by};
use crate::{Call, CloudError, CreateFlowLogs, DeleteFlowLogs, FlowLogRequest};

/// What a step that makes flow logs says.
fn wanted<'a>(work: &Work<'a>) -> (&'a FlowLogRequest, &'a [String]) {
    match &work.step.change {
        Change::CreateFlowLogs {
            flow_logs,
            existing,
        } => (flow_logs, existing),
        _ => unreachable!("only steps that make flow logs come here"),
    }
}

/// What a step that deletes flow logs says.
fn old<'a>(work: &Work<'a>) -> &'a [FlowLog] {
    match &work.step.change {
        Change::DeleteFlowLogs { flow_logs } => flow_logs,
        _ => unreachable!("only steps that delete flow logs come here"),
    }
}

/// The resources that a request is about.
fn recorded(request: &FlowLogRequest) -> BTreeSet<&str> {
    request.resource_ids.iter().map(String::as_str).collect()
}

/// The flow logs on the resources of those that the step deletes; all of the region where AWS did not say what one is on.
async fn beside_old(work: &Work<'_>) -> Result<Vec<FlowLog>, CloudError> {
    let on = old(work).iter().map(|log| log.resource_id.as_deref());
    match on.collect::<Option<BTreeSet<&str>>>() {
        Some(resource_ids) => work.flow_logs_on(&resource_ids).await,
        None => work.flow_logs().await,
    }
}

/// To make flow logs: those on the resources must be those of the plan, besides what this run made.
pub(super) async fn look(work: &Work<'_>) -> Result<Seen, CloudError> {
    let (request, existing) = wanted(work);
    let there = work.flow_logs_on(&recorded(request)).await?;
    let may_be_ours = work.may_have_called(|call| matches!(call, Call::CreateFlowLogs(_)));
    let is_ours = |log: &FlowLog| may_be_ours && work.is_of_this_step(&log.tags);
    let others = there
        .iter()
        .filter(|log| !is_ours(log) && !is_of_other_step(work, log));
    if let Some(changed) = compare(work, existing, others) {
        return Ok(changed);
    }
    let ours: Vec<&FlowLog> = there.iter().filter(|log| is_ours(log)).collect();
    let flow_log_ids = ours.iter().map(|log| log.flow_log_id.clone()).collect();
    let has_one = |id: &String| ours.iter().any(|log| log.resource_id.as_ref() == Some(id));
    let resource_ids = request.resource_ids.iter().filter(|id| !has_one(id));
    let resource_ids: Vec<String> = resource_ids.cloned().collect();
    if resource_ids.is_empty() {
        return Ok(Seen::Settled { flow_log_ids });
    }
    let mut tags = request.tags.clone();
    tags.extend(work.tags());
    let flow_logs = FlowLogRequest {
        client_token: Some(client_token(
            &work.run.header.run,
            &work.step.id,
            &resource_ids,
        )),
        resource_ids,
        tags,
        ..request.clone()
    };
    Ok(Seen::Act {
        calls: vec![CreateFlowLogs { flow_logs }.into()],
        flow_log_ids,
    })
}

/// Another step of the same run may make flow logs on the same resources.
fn is_of_other_step(work: &Work<'_>, log: &FlowLog) -> bool {
    work.is_of_this_run(&log.tags) && !work.is_of_this_step(&log.tags)
}

/// That the flow logs of others are those that were there when the plan was made. What this run deletes may be gone.
fn compare<'a>(
    work: &Work<'_>,
    existing: &[String],
    others: impl Iterator<Item = &'a FlowLog>,
) -> Option<Seen> {
    let others: Vec<&FlowLog> = others.collect();
    let expected: BTreeSet<&str> = existing.iter().map(String::as_str).collect();
    let found: BTreeSet<&str> = others.iter().map(|log| log.flow_log_id.as_str()).collect();
    let deleted = deleted_by_the_plan(work);
    let mut gone = expected
        .difference(&found)
        .filter(|id| !deleted.contains(*id));
    if gone.next().is_none() && found.is_subset(&expected) {
        return None;
    }
    let resources = wanted(work).0.resource_ids.join(", ");
    Some(Seen::changed(
        format!("what flow logs are on {resources}"),
        listed(expected),
        listed(found),
    ))
}

fn listed(ids: BTreeSet<&str>) -> String {
    if ids.is_empty() {
        return "none".to_owned();
    }
    ids.into_iter().collect::<Vec<_>>().join(", ")
}

fn deleted_by_the_plan<'a>(work: &Work<'a>) -> BTreeSet<&'a str> {
    let deleted = deleted(work);
    deleted.map(|log| log.flow_log_id.as_str()).collect()
}

fn deleted<'a>(work: &Work<'a>) -> impl Iterator<Item = &'a FlowLog> {
    let steps = work.run.header.plan.steps.iter();
    steps.flat_map(|step| match &step.change {
        Change::DeleteFlowLogs { flow_logs } => flow_logs.as_slice(),
        _ => &[],
    })
}

/// To take back: whether somebody else made a flow log since the run began. What is made again to take the run back is as an old one was.
/// The plan knows those that name what it makes, and times are not fine enough for one that was made in the second of the run's beginning.
pub(super) fn is_new_of_others(work: &Work<'_>, log: &FlowLog) -> bool {
    let header = work.run.header;
    !work.run.has_made(&log.flow_log_id)
        && log.creation_time.is_some_and(|at| at >= header.begun_at)
        && !header.plan.is_about(&log.flow_log_id)
        && !deleted(work).any(|old| difference(work.owner(), old, log).is_none())
}

/// A flow log of somebody else on a resource with the same traffic and destination, where AWS says that there is one: its id.
pub(super) async fn like_on(work: &Work<'_>, resource_id: &str) -> Option<String> {
    let Change::CreateFlowLogs { flow_logs, .. } = &work.step.change else {
        return None;
    };
    let there = work.flow_logs_on(&[resource_id].into()).await.ok()?;
    let traffic = flow_logs.traffic_type.as_deref();
    let owner = work.owner();
    let destination = flow_logs.destination(owner);
    let is_like = |log: &&FlowLog| {
        log.traffic_type.as_ref().map(|it| it.as_str()) == traffic
            && log.destination(owner) == destination
            && !work.is_of_this_step(&log.tags)
    };
    there
        .iter()
        .find(is_like)
        .map(|log| log.flow_log_id.clone())
}

/// To take back what was made: flow logs that stand in the journal, if they carry the tags of the step. While it is not known
/// what the last call did, also those that carry its tags and are as it asked for. Tags alone can be copied.
pub(super) async fn look_back(work: &Work<'_>) -> Result<Seen, CloudError> {
    let made = work.made();
    let request = wanted(work).0;
    let there = work.flow_logs_on(&recorded(request)).await?;
    let is_known = |log: &FlowLog| made.flow_log_ids.contains(&log.flow_log_id);
    let is_tagged = |log: &FlowLog| work.is_of_this_step(&log.tags);
    let is_unclear = matches!(made.pending, Some(Call::CreateFlowLogs(_)));
    let is_ours = |log: &FlowLog| {
        is_tagged(log)
            && (is_known(log)
                || (is_unclear && difference_to_request(work.owner(), request, log).is_none()))
    };
    let ours = there.iter().filter(|log| is_ours(log));
    let flow_log_ids: Vec<String> = ours.map(|log| log.flow_log_id.clone()).collect();
    if !flow_log_ids.is_empty() {
        return Ok(Seen::act(vec![DeleteFlowLogs { flow_log_ids }.into()]));
    }
    if let Some(log) = there.iter().find(|log| is_known(log)) {
        let what = format!("flow log {} in its tags", log.flow_log_id);
        let found = made_by(&log.tags);
        return Ok(Seen::changed(what, "those of this run", found));
    }
    Ok(match there.iter().find(|log| is_tagged(log)) {
        None => Seen::settled(),
        Some(log) => Seen::changed(
            format!("what carries the tags of {}", work.step.id),
            "only what this run made",
            format!(
                "flow log {}, which its journal does not tell of",
                log.flow_log_id
            ),
        ),
    })
}

/// To delete old flow logs: they must be as they were.
pub(super) async fn look_at_old(work: &Work<'_>) -> Result<Seen, CloudError> {
    let there = beside_old(work).await?;
    let mut flow_log_ids = Vec::new();
    for log in old(work) {
        let id = &log.flow_log_id;
        match there.iter().find(|it| it.flow_log_id == *id) {
            None if may_have_deleted(work, id) => {}
            None => {
                return Ok(Seen::changed(
                    format!("flow log {id}"),
                    "it to exist",
                    "none",
                ));
            }
            Some(found) => match difference(work.owner(), log, found) {
                Some(what) => {
                    let subject = format!("the {what} of flow log {id}");
                    return Ok(Seen::changed(subject, "it as it was", "something else"));
                }
                None => flow_log_ids.push(id.clone()),
            },
        }
    }
    Ok(if flow_log_ids.is_empty() {
        Seen::settled()
    } else {
        Seen::act(vec![DeleteFlowLogs { flow_log_ids }.into()])
    })
}

fn may_have_deleted(work: &Work<'_>, id: &String) -> bool {
    work.may_have_called(|call| match call {
        Call::DeleteFlowLogs(call) => call.flow_log_ids.contains(id),
        _ => false,
    })
}

/// To take back that old flow logs were deleted: flow logs like them are made again.
pub(super) async fn look_at_deleted(work: &Work<'_>) -> Result<Seen, CloudError> {
    let there = beside_old(work).await?;
    let mut calls = Vec::new();
    let mut flow_log_ids = Vec::new();
    for log in old(work) {
        let id = &log.flow_log_id;
        let stands = there.iter().any(|it| it.flow_log_id == *id);
        if stands || !may_have_deleted(work, id) {
            continue;
        }
        if let Some(again) = there
            .iter()
            .find(|it| difference(work.owner(), log, it).is_none())
        {
            flow_log_ids.push(again.flow_log_id.clone());
            continue;
        }
        let Some(mut request) = FlowLogRequest::like(log) else {
            let what = format!("flow log {id}");
            return Ok(Seen::changed(
                what,
                "to know what it was attached to",
                "no word of it",
            ));
        };
        request.tags = given(&log.tags);
        let token = client_token(
            &work.run.header.run,
            &work.step.id,
            &[id.clone(), "again".to_owned()],
        );
        request.client_token = Some(token);
        calls.push(CreateFlowLogs { flow_logs: request }.into());
    }
    Ok(if calls.is_empty() {
        Seen::Settled { flow_log_ids }
    } else {
        Seen::Act {
            calls,
            flow_log_ids,
        }
    })
}
