//! Reading `[record]`: what must be recorded.

use flowcover_record::Field;

use super::super::diagnostic::shown;
use super::super::presets::PROVABLE_SECONDS;
use super::super::{EvidenceRequired, Level, Policy, suggest};
use super::section::{Entry, Reader, Section};
use crate::inventory::TrafficType;

pub(super) fn read_record(reader: &mut Reader<'_>, section: &Section<'_, '_>, policy: &mut Policy) {
    reader.warn_of_unknown_keys(section);
    let traffic_types = [
        ("REJECT", TrafficType::Reject),
        ("ALL", TrafficType::All),
        ("ACCEPT", TrafficType::Accept),
    ];
    let evidence = EvidenceRequired::ALL.map(|of| (of.as_str(), of));
    reader.set(
        section,
        "traffic_type",
        &mut policy.traffic_type,
        |reader, entry| reader.choice(entry, &traffic_types),
    );
    reader.set(
        section,
        "evidence",
        &mut policy.evidence,
        |reader, entry| reader.choice(entry, &evidence),
    );
    reader.set(section, "fields", &mut policy.required_fields, read_fields);
    reader.set(
        section,
        "max_interval",
        &mut policy.max_aggregation_interval,
        read_interval,
    );
    reader.set(
        section,
        "freshness",
        &mut policy.freshness_seconds,
        read_freshness,
    );
    reader.set(
        section,
        "duplicates",
        &mut policy.duplicates_allowed,
        |reader, entry| reader.choice(entry, &[("report", false), ("allow", true)]),
    );
    reader.set(
        section,
        "transit_gateways",
        &mut policy.transit_gateways,
        Reader::boolean,
    );
}

/// Field names. AWS keeps adding fields, so one that is not known draws a warning only.
pub(super) fn read_fields(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<Vec<String>> {
    let fields = reader.texts(entry)?;
    for (field, span) in &fields {
        if Field::by_name(field).is_some() {
            continue;
        }
        let near = suggest::nearest(field, Field::all().iter().map(|field| field.name));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        let is_part = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if field.is_empty() || !field.bytes().all(is_part) {
            let message = format!("`{}` is not the name of a field", shown(field));
            let hint =
                hint.unwrap_or_else(|| "write it as AWS does, such as `tcp-flags`".to_owned());
            reader.error::<()>(span, message, &hint);
        } else {
            let message = format!("unknown field `{}`", shown(field));
            let label = Some("no format known here has it".to_owned());
            reader.push(Level::Warning, span, message, label, hint);
        }
    }
    Some(
        fields
            .into_iter()
            .map(|(field, _)| field.to_owned())
            .collect(),
    )
}

pub(super) fn read_interval(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<Option<u32>> {
    match reader.seconds(entry)? {
        interval @ (60 | 600) => Some(Some(interval)),
        _ => {
            let message = format!("`{}` must be 60 or 600 seconds", entry.path);
            reader.error(
                &entry.span,
                message,
                "AWS knows no other aggregation interval",
            )
        }
    }
}

/// Below ten minutes every flow log would be stale, since delivery takes that long; above a day
/// the newest object of a bucket is not looked for.
fn read_freshness(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<u32> {
    match reader.seconds(entry)? {
        seconds @ 600..=86_400 => {
            if seconds < PROVABLE_SECONDS {
                warn_of_false_alarms(reader, entry);
            }
            Some(seconds)
        }
        _ => {
            let message = format!("`{}` is out of range", entry.path);
            reader.error(
                &entry.span,
                message,
                "expected 10 minutes to 24 hours, such as \"2h\"",
            )
        }
    }
}

fn warn_of_false_alarms(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) {
    let message = format!(
        "`{}` is shorter than log groups can prove: `--prove` will give false alarms there",
        entry.path
    );
    let hint = "CloudWatch Logs may take an hour to say when the last event of a stream was; \"2h\" is safe";
    reader.push(
        Level::Warning,
        &entry.span,
        message,
        None,
        Some(hint.to_owned()),
    );
}
