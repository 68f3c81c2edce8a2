//! Log groups: what is there.

use flowcover_core::inventory::{FlowLog, LogGroup, Tags};
use flowcover_core::journal::Adopted;
use flowcover_core::plan::{Change, Replaced};
use flowcover_record::Destination;

use super::flow_logs::is_new_of_others;
use super::group_settings::retention;
use super::look::Seen;
use super::work::{LEFT_BEFORE, Work, kept, left_by, made_by};
use crate::{
    Call, CloudError, DeleteLogGroup, DescribeLogGroups, DescribeLogStreams, ListTagsForResource,
};

/// What a step that makes a group says.
struct Wanted<'a> {
    name: &'a str,
    retention: Option<u32>,
    key: Option<&'a str>,
}

fn wanted<'a>(work: &Work<'a>) -> Wanted<'a> {
    match &work.step.change {
        Change::CreateLogGroup {
            log_group_name,
            retention_in_days,
            kms_key_id,
            ..
        } => Wanted {
            name: log_group_name,
            retention: *retention_in_days,
            key: kms_key_id.as_deref(),
        },
        _ => unreachable!("only steps that make a log group come here"),
    }
}

/// A group that is there, and its tags.
pub(super) struct Found {
    pub(super) group: LogGroup,
    pub(super) tags: Tags,
}

pub(super) async fn find(work: &Work<'_>, name: &str) -> Result<Option<Found>, CloudError> {
    let request = DescribeLogGroups {
        log_group_identifiers: vec![name.to_owned()],
        next_token: None,
    };
    let groups = work.list(request).await?;
    let Some(group) = groups.into_iter().find(|group| group.name == name) else {
        return Ok(None);
    };
    let resource_arn = group.arn.clone();
    // Deleted in the meantime: then there is none.
    let tags = work.find(ListTagsForResource { resource_arn }).await?;
    Ok(tags.map(|tags| Found { group, tags }))
}

/// By tag and by journal.
fn is_made_here(work: &Work<'_>, found: &Found) -> bool {
    work.is_of_this_step(&found.tags)
        && work.may_have_called(|call| matches!(call, Call::CreateLogGroup(_)))
}

/// To make a group: it must not exist, or be the one that this step made.
pub(super) async fn look(work: &Work<'_>) -> Result<Seen, CloudError> {
    let wanted = wanted(work);
    let Some(found) = find(work, wanted.name).await? else {
        return Ok(match work.adopted() {
            Some(_) => Seen::changed(format!("log group {}", wanted.name), LEFT_BEFORE, "none"),
            None => Seen::act(work.calls()),
        });
    };
    if let Some(was) = work.adopted() {
        return Ok(adopted(work, &wanted, &found, was));
    }
    if work.is_of_earlier_run(&found.tags) {
        return Ok(adopt(&wanted, &found));
    }
    if !is_made_here(work, &found) {
        let what = format!("log group {}", wanted.name);
        return Ok(Seen::changed(what, "none", made_by(&found.tags)));
    }
    if let Some(changed) = key_edited(&wanted, &found.group) {
        return Ok(changed);
    }
    match (found.group.retention_in_days, wanted.retention) {
        (None, Some(_)) => Ok(Seen::act(work.calls().split_off(1))),
        (found, retention) if found == retention => Ok(Seen::settled()),
        (found, _) => Ok(retention_edited(&wanted, found)),
    }
}

/// A group that an earlier run left. It may be kept longer than it was, never shorter, and its key stays: nobody was
/// asked whether its records may be deleted, or who may read them.
fn adopt(wanted: &Wanted<'_>, found: &Found) -> Seen {
    let group = &found.group;
    let retention = group.retention_in_days;
    if wanted.retention.is_none() && retention.is_some() {
        return retention_edited(wanted, retention);
    }
    let what = format!("log group {}", wanted.name);
    let mut says = vec![left_by(&what, &found.tags)];
    if let Some((before, after)) = longer(retention, wanted.retention) {
        says.push(format!(
            "records are kept for {after} days instead of {before}"
        ));
    } else if retention != wanted.retention {
        let (found, wanted) = (days(retention), days(wanted.retention));
        says.push(format!("its retention is kept: {found} (the plan has {wanted}), for to shorten it would delete records"));
    }
    if group.kms_key_id.as_deref() != wanted.key {
        let text = |key: Option<&str>| key.unwrap_or("none").to_owned();
        let (found, wanted) = (text(group.kms_key_id.as_deref()), text(wanted.key));
        says.push(format!(
            "its KMS key is kept: {found} (the plan has {wanted})"
        ));
    }
    Seen::Adopt {
        was: Adopted::LogGroup {
            retention_in_days: retention,
            kms_key_id: group.kms_key_id.clone(),
        },
        says: says.join("; "),
    }
}

/// The retention as it was and as it becomes, where the plan asks for a longer one. None is for ever.
const fn longer(before: Option<u32>, wanted: Option<u32>) -> Option<(u32, u32)> {
    match (before, wanted) {
        (Some(before), Some(after)) if before < after => Some((before, after)),
        _ => None,
    }
}

/// A group that was adopted: set as the step makes it, as far as no records are lost, or back as it was.
fn adopted(work: &Work<'_>, wanted: &Wanted<'_>, found: &Found, was: &Adopted) -> Seen {
    let what = format!("log group {}", wanted.name);
    let Adopted::LogGroup {
        retention_in_days, ..
    } = was
    else {
        return Seen::changed(what, "a journal that says how it was", "another one");
    };
    if !work.is_of_earlier_run(&found.tags) {
        return Seen::changed(what, LEFT_BEFORE, made_by(&found.tags));
    }
    let seen = match longer(*retention_in_days, wanted.retention) {
        Some((before, after)) => {
            let before = Some(before);
            retention(work, &found.group, &Replaced { before, after })
        }
        None => Seen::settled(),
    };
    match (work.is_taking_back(), seen) {
        (true, Seen::Settled { .. }) => kept(&what, &found.tags),
        (true, Seen::Act { .. }) if !work.deletes_records() => {
            let (before, now) = (
                days(*retention_in_days),
                days(found.group.retention_in_days),
            );
            Seen::Kept(format!(
                "{what} was there before this run: its retention is kept: {now}, for without --delete-records it is not shortened to {before}"
            ))
        }
        (_, seen) => seen,
    }
}

fn key_edited(wanted: &Wanted<'_>, group: &LogGroup) -> Option<Seen> {
    (group.kms_key_id.as_deref() != wanted.key).then(|| {
        let what = format!("the KMS key of log group {}", wanted.name);
        let text = |key: Option<&str>| key.unwrap_or("none").to_owned();
        Seen::changed(what, text(wanted.key), text(group.kms_key_id.as_deref()))
    })
}

fn retention_edited(wanted: &Wanted<'_>, found: Option<u32>) -> Seen {
    let what = format!("the retention of log group {}", wanted.name);
    Seen::changed(what, days(wanted.retention), days(found))
}

pub(super) fn days(retention: Option<u32>) -> String {
    retention.map_or_else(
        || "never to expire".to_owned(),
        |days| format!("{days} days"),
    )
}

/// To take a group back: it must be as this step made it, without records, and nobody may deliver there.
pub(super) async fn look_back(work: &Work<'_>) -> Result<Seen, CloudError> {
    let wanted = wanted(work);
    let Some(found) = find(work, wanted.name).await? else {
        return Ok(Seen::settled());
    };
    let what = format!("log group {}", wanted.name);
    if let Some(was) = work.adopted() {
        return Ok(adopted(work, &wanted, &found, was));
    }
    if !is_made_here(work, &found) {
        if !work.has_called(|call| matches!(call, Call::CreateLogGroup(_))) {
            // Somebody else's, which stood in the way of the call.
            return Ok(Seen::settled());
        }
        return Ok(Seen::changed(
            what,
            "the one that this run made",
            made_by(&found.tags),
        ));
    }
    if let Some(changed) = key_edited(&wanted, &found.group) {
        return Ok(changed);
    }
    let retention = found.group.retention_in_days;
    // It may have been stopped before the retention was set.
    if retention != wanted.retention && retention.is_some() {
        return Ok(retention_edited(&wanted, retention));
    }
    if let Some(user) = user(work, &found.group.arn).await? {
        let found = format!("flow log {user} delivers there");
        return Ok(Seen::changed(
            format!("the use of {what}"),
            "no new flow log",
            found,
        ));
    }
    if !work.deletes_records() && has_records(work, &found.group).await? {
        return Ok(Seen::changed(
            what,
            "no records",
            "records: they are kept without --delete-records",
        ));
    }
    let log_group_name = wanted.name.to_owned();
    Ok(Seen::act(vec![DeleteLogGroup { log_group_name }.into()]))
}

async fn has_records(work: &Work<'_>, group: &LogGroup) -> Result<bool, CloudError> {
    if group.stored_bytes.is_some_and(|bytes| bytes > 0) {
        return Ok(true);
    }
    let streams = DescribeLogStreams {
        log_group_name: group.name.clone(),
        next_token: None,
    };
    // The count of bytes lags behind: a stream is proof of records, or of what was one.
    match work.find(streams).await? {
        Some(page) => Ok(!page.items.is_empty() || page.next_token.is_some()),
        None => Ok(false),
    }
}

/// A flow log of the region that was made to deliver to the group since the run began. Those of this run are taken back
/// before, or stand in the way by themselves.
async fn user(work: &Work<'_>, group_arn: &str) -> Result<Option<String>, CloudError> {
    let logs = work.flow_logs().await?;
    let owner = work.owner();
    let delivers_there = |log: &&FlowLog| match log.destination(owner) {
        destination @ Destination::LogGroup { .. } => destination.to_string() == group_arn,
        _ => false,
    };
    Ok(logs
        .iter()
        .filter(|log| is_new_of_others(work, log))
        .find(delivers_there)
        .map(|log| log.flow_log_id.clone()))
}
