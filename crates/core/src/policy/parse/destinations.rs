//! Reading `[destinations]`: where records may go and how long they are kept.

use super::super::{DestinationKind, EncryptionRequired, Policy};
use super::section::{Entry, Reader, Section};
use crate::call::RETENTION_DAYS;
use crate::policy::Level;

/// A century: longer than any retention that AWS offers, short enough to compute with.
pub(super) const MOST_DAYS: u32 = 36_500;

pub(super) fn read_destinations(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
    policy: &mut Policy,
) {
    reader.warn_of_unknown_keys(section);
    let encryption = EncryptionRequired::ALL.map(|of| (of.as_str(), of));
    reader.set(section, "allowed", &mut policy.destinations, read_allowed);
    reader.set(
        section,
        "log_group_encryption",
        &mut policy.log_group_encryption,
        |reader, entry| reader.choice(entry, &encryption),
    );
    reader.set(
        section,
        "bucket_encryption",
        &mut policy.bucket_encryption,
        |reader, entry| reader.choice(entry, &encryption),
    );
    reader.set(
        section,
        "shared",
        &mut policy.shared_destinations_allowed,
        Reader::boolean,
    );
    if let Some(entry) = section.entry("retention")
        && let Some(retention) = entry.section(reader, "destinations.retention")
    {
        read_retention(reader, &retention, policy);
    }
}

fn read_allowed(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<Vec<DestinationKind>> {
    let kinds = reader.choices(
        entry,
        &DestinationKind::ALL.map(|kind| (kind.as_str(), kind)),
    )?;
    if entry.is_empty_list() {
        let message = format!("`{}` is empty: no destination would do", entry.path);
        return reader.error(&entry.span, message, "leave it out to accept every kind");
    }
    Some(kinds)
}

fn read_retention(reader: &mut Reader<'_>, section: &Section<'_, '_>, policy: &mut Policy) {
    reader.warn_of_unknown_keys(section);
    let found_before = reader.diagnostics.len();
    let min = reader.set(
        section,
        "min",
        &mut policy.retention_min_days,
        |reader, entry| {
            let days = reader.number(entry, 0..=MOST_DAYS)?;
            Some(Some(days).filter(|&days| days > 0))
        },
    );
    let max = reader.set(
        section,
        "max",
        &mut policy.retention_max_days,
        |reader, entry| reader.number(entry, 1..=MOST_DAYS).map(Some),
    );
    let unlimited = reader.set(
        section,
        "unlimited",
        &mut policy.retention_may_be_unlimited,
        Reader::boolean,
    );
    let are_right = reader.diagnostics.len() == found_before;
    if let Some(entry) = max.or(min).filter(|_| are_right) {
        check_retention_range(reader, &entry, policy);
    }
    if let (Some(entry), true, Some(max)) = (
        unlimited,
        policy.retention_may_be_unlimited.value,
        policy.retention_max_days.value,
    ) {
        let message =
            format!("records may not be kept longer than {max} days, yet may never expire");
        reader.error::<()>(&entry.span, message, "leave out `max`, or `unlimited`");
    }
}

/// Whether some retention can satisfy the policy, and one that CloudWatch Logs offers.
fn check_retention_range(reader: &mut Reader<'_>, entry: &Entry<'_, '_>, policy: &Policy) {
    let min = policy.retention_min_days.value.unwrap_or(1);
    let max = policy.retention_max_days.value;
    if let Some(max) = max.filter(|&max| min > max) {
        let message = format!("no retention is at least {min} and at most {max} days");
        let origin = &policy.retention_min_days.origin;
        let from = match origin.line {
            Some(line) => format!("is set in line {line}"),
            None => format!("comes from {}: set `min` too", origin.source),
        };
        let hint = format!("the shortest, {min}, {from}");
        reader.error::<()>(&entry.span, message, &hint);
        return;
    }
    let fits = |days: &u32| *days >= min && max.is_none_or(|max| *days <= max);
    let may_never_expire = policy.retention_may_be_unlimited.value;
    if may_use_log_groups(policy) && !may_never_expire && !RETENTION_DAYS.iter().any(fits) {
        let range = max.map_or("or more".to_owned(), |max| format!("to {max}"));
        let message = format!("CloudWatch Logs offers no retention of {min} {range} days");
        warn_of_offer(reader, entry, message);
    }
}

fn may_use_log_groups(policy: &Policy) -> bool {
    let kinds = &policy.destinations.value;
    kinds.is_empty() || kinds.contains(&DestinationKind::CloudWatchLogs)
}

fn warn_of_offer(reader: &mut Reader<'_>, entry: &Entry<'_, '_>, message: String) {
    let offered = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
    let label = Some("no log group can satisfy this".to_owned());
    reader.push(
        Level::Warning,
        &entry.span,
        message,
        label,
        Some(format!("it offers {offered}")),
    );
}
