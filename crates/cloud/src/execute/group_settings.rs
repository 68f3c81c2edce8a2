//! Settings of log groups: set, and set back.

use flowcover_core::inventory::LogGroup;
use flowcover_core::plan::{Change, Replaced};

use super::log_group::{days, find};
use super::look::{Seen, Setting, setting_of};
use super::work::{Work, made_by};
use crate::{
    AssociateKmsKey, Call, CloudError, DeleteRetentionPolicy, DisassociateKmsKey,
    PutRetentionPolicy,
};

/// To set the retention or the key of a group that flowcover made, or to set it back.
pub(super) async fn look_at_setting(work: &Work<'_>) -> Result<Seen, CloudError> {
    let (Change::SetRetention {
        log_group_name: name,
        ..
    }
    | Change::SetLogGroupKey {
        log_group_name: name,
        ..
    }) = &work.step.change
    else {
        unreachable!("only steps that set something of a log group come here");
    };
    let what = format!("log group {name}");
    let Some(found) = find(work, name).await? else {
        return Ok(Seen::changed(what, "it to exist", "none"));
    };
    if !work.step.is_about_ours(&found.tags) {
        return Ok(Seen::changed(
            what,
            "one that flowcover made",
            made_by(&found.tags),
        ));
    }
    match &work.step.change {
        Change::SetRetention {
            retention_in_days, ..
        } => Ok(retention(work, &found.group, retention_in_days)),
        Change::SetLogGroupKey { kms_key_id, .. } => Ok(key(work, &found.group, kms_key_id)),
        _ => Ok(Seen::settled()),
    }
}

pub(super) fn retention(work: &Work<'_>, group: &LogGroup, days_wanted: &Replaced<u32>) -> Seen {
    let found = group.retention_in_days;
    let log_group_name = group.name.clone();
    let called = work.may_have_called(|call| matches!(call, Call::PutRetentionPolicy(_)));
    let back = work.is_taking_back();
    let is_after = found == Some(days_wanted.after);
    let needs_change = days_wanted.before != Some(days_wanted.after);
    let stands = (found == days_wanted.before, is_after);
    match setting_of(needs_change, stands, called, back) {
        Setting::Settled => Seen::settled(),
        Setting::Replace if !back => Seen::act(vec![put_retention(&group.name, days_wanted.after)]),
        Setting::Replace => Seen::act(vec![match days_wanted.before {
            Some(days) => put_retention(&group.name, days),
            None => DeleteRetentionPolicy { log_group_name }.into(),
        }]),
        Setting::Changed => {
            let expected = if back {
                Some(days_wanted.after)
            } else {
                days_wanted.before
            };
            let what = format!("the retention of log group {log_group_name}");
            Seen::changed(what, days(expected), days(found))
        }
    }
}

fn key(work: &Work<'_>, group: &LogGroup, wanted: &Replaced<String>) -> Seen {
    let found = group.kms_key_id.as_ref();
    let log_group_name = group.name.clone();
    let called = work.may_have_called(|call| matches!(call, Call::AssociateKmsKey(_)));
    let back = work.is_taking_back();
    let before = wanted.before.as_ref();
    let associate = |kms_key_id: &String| {
        vec![
            AssociateKmsKey {
                log_group_name: group.name.clone(),
                kms_key_id: kms_key_id.clone(),
            }
            .into(),
        ]
    };
    let needs_change = before != Some(&wanted.after);
    let stands = (found == before, found == Some(&wanted.after));
    match setting_of(needs_change, stands, called, back) {
        Setting::Settled => Seen::settled(),
        Setting::Replace if !back => Seen::act(associate(&wanted.after)),
        Setting::Replace => Seen::act(match before {
            Some(before) => associate(before),
            None => vec![DisassociateKmsKey { log_group_name }.into()],
        }),
        Setting::Changed => {
            let expected = if back { Some(&wanted.after) } else { before };
            let text = |key: Option<&String>| key.cloned().unwrap_or_else(|| "none".to_owned());
            let what = format!("the KMS key of log group {log_group_name}");
            Seen::changed(what, text(expected), text(found))
        }
    }
}

fn put_retention(name: &str, retention_in_days: u32) -> Call {
    PutRetentionPolicy {
        log_group_name: name.to_owned(),
        retention_in_days,
    }
    .into()
}
