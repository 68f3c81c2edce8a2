//! Reading `[fix]`: how a plan makes what is missing.

use flowcover_record::Field;

use super::super::diagnostic::shown;
use super::super::fix::{FixOverride, FixPolicy, FixSettings};
use super::super::{DestinationKind, Level, Policy};
use super::destinations::MOST_DAYS;
use super::exemptions::{
    ACCOUNT_ID, ORGANIZATIONAL_UNIT, REGION, is_account_id, is_region, read_list,
};
use super::record::{read_fields, read_interval};
use super::section::{Entry, Reader, Section};
use super::templates::Template;
use crate::call::RETENTION_DAYS;
use crate::inventory::{Tags, TrafficType};
use crate::judge::traffic::Traffic;

pub(super) fn read_fix(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
    policy: &Policy,
) -> FixPolicy {
    reader.warn_of_unknown_keys(section);
    let base = read_settings(reader, section, policy);
    let overrides = match section.entry("override") {
        Some(entry) => read_overrides(reader, &entry, policy),
        None => Vec::new(),
    };
    FixPolicy { base, overrides }
}

fn read_overrides(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    policy: &Policy,
) -> Vec<FixOverride> {
    let hint = "head each override with `[[fix.override]]`";
    let sections = reader.tables(entry, "fix.override[]", hint);
    sections
        .iter()
        .map(|section| read_override(reader, section, policy))
        .collect()
}

fn read_override(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
    policy: &Policy,
) -> FixOverride {
    let found_before = reader.diagnostics.len();
    // A condition that is left out makes the override wider: no mere warning.
    reader.report_unknown_keys(section, Level::Error, "this would be left out");
    let mut list = |name, form| {
        let texts = section
            .entry(name)
            .and_then(|entry| read_list(reader, &entry, form));
        texts.unwrap_or_default()
    };
    let (accounts, organizational_units, regions) = (
        list("accounts", &ACCOUNT_ID),
        list("organizational_units", &ORGANIZATIONAL_UNIT),
        list("regions", &REGION),
    );
    let is_for_all = accounts.is_empty() && organizational_units.is_empty() && regions.is_empty();
    if is_for_all && reader.diagnostics.len() == found_before {
        reader.missing(
            section,
            "this override has no condition: it would hold everywhere",
            "say where it holds: accounts, organizational_units or regions",
        );
    }
    FixOverride {
        accounts,
        organizational_units,
        regions,
        origin: Some(crate::finding::PolicyLine {
            source: reader.source.name.to_owned(),
            line: Some(reader.source.line(section.heading.start)),
            setting: "[[fix.override]]".to_owned(),
        }),
        settings: read_settings(reader, section, policy),
    }
}

/// One key, if it is there.
fn get<'r, 'a, 'i, T>(
    reader: &mut Reader<'r>,
    section: &Section<'a, 'i>,
    name: &str,
    read: impl FnOnce(&mut Reader<'r>, &Entry<'a, 'i>) -> Option<T>,
) -> Option<T> {
    let entry = section.entry(name)?;
    read(reader, &entry)
}

fn read_settings(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
    policy: &Policy,
) -> FixSettings {
    let mut settings = FixSettings {
        enabled: get(reader, section, "enabled", Reader::boolean),
        destination: get(reader, section, "destination", |reader, entry| {
            read_destination(reader, entry, policy)
        }),
        traffic_type: get(reader, section, "traffic_type", |reader, entry| {
            read_traffic_type(reader, entry, policy)
        }),
        fields: get(reader, section, "fields", |reader, entry| {
            read_format(reader, entry, policy)
        }),
        interval: get(reader, section, "interval", |reader, entry| {
            read_own_interval(reader, entry, policy)
        }),
        tags: get(reader, section, "tags", read_tags),
        ..FixSettings::default()
    };
    if let Some(group) = get(reader, section, "log_group", |reader, entry| {
        entry.section(reader, "fix.log_group")
    }) {
        read_log_group(reader, &group, policy, &mut settings);
    }
    if let Some(bucket) = get(reader, section, "bucket", |reader, entry| {
        entry.section(reader, "fix.bucket")
    }) {
        read_bucket(reader, &bucket, policy, &mut settings);
    }
    if let Some(stream) = get(reader, section, "delivery_stream", |reader, entry| {
        entry.section(reader, "fix.delivery_stream")
    }) {
        reader.warn_of_unknown_keys(&stream);
        settings.delivery_stream = get(reader, &stream, "arn", |reader, entry| {
            Template::DELIVERY_STREAM.read(reader, entry)
        });
    }
    settings
}

fn read_destination(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    policy: &Policy,
) -> Option<DestinationKind> {
    let kinds = DestinationKind::ALL.map(|kind| (kind.as_str(), kind));
    let kind = reader.choice(entry, &kinds)?;
    let allowed = &policy.destinations.value;
    if allowed.is_empty() || allowed.contains(&kind) {
        return Some(kind);
    }
    let message = format!("the policy does not allow `{}`", kind.as_str());
    reader.error(
        &entry.span,
        message,
        "add it to `destinations.allowed`, or choose another one",
    )
}

fn read_traffic_type(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    policy: &Policy,
) -> Option<TrafficType> {
    let types = [TrafficType::Reject, TrafficType::All, TrafficType::Accept];
    let types = types.map(|it| (it.as_str().to_owned(), it));
    let choices: Vec<(&str, TrafficType)> = types
        .iter()
        .map(|(word, it)| (word.as_str(), it.clone()))
        .collect();
    let chosen = reader.choice(entry, &choices)?;
    let asked = &policy.traffic_type.value;
    if Traffic::asked(&chosen).covers(Traffic::asked(asked)) {
        return Some(chosen);
    }
    let message = format!("`{}` is less than the policy asks for", chosen.as_str());
    let hint = format!(
        "`record.traffic_type` is {}: leave this out, or make it wider",
        asked.as_str()
    );
    reader.error(&entry.span, message, &hint)
}

fn read_format(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    policy: &Policy,
) -> Option<Vec<String>> {
    let fields = read_fields(reader, entry)?;
    if entry.is_empty_list() {
        let message = format!("`{}` is empty: a record would hold nothing", entry.path);
        return reader.error(
            &entry.span,
            message,
            "leave it out for the default format of AWS",
        );
    }
    let tagged =
        |name: &&String| Field::by_name(name).is_some_and(Field::needs_tag_field_specification);
    if let Some(field) = fields.iter().find(tagged) {
        let message = format!("field `{field}` shows tags, which are chosen beside the format");
        return reader.error(
            &entry.span,
            message,
            "leave it out: flowcover does not choose tags for records",
        );
    }
    let required = &policy.required_fields.value;
    let lacking: Vec<&str> = required
        .iter()
        .filter(|field| !fields.contains(field))
        .map(String::as_str)
        .collect();
    if lacking.is_empty() {
        return Some(fields);
    }
    let message = format!("`{}` lacks fields that the policy asks for", entry.path);
    reader.error(&entry.span, message, &format!("add {}", lacking.join(", ")))
}

fn read_own_interval(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    policy: &Policy,
) -> Option<u32> {
    let interval = read_interval(reader, entry)??;
    match policy.max_aggregation_interval.value {
        Some(most) if interval > most => {
            let message = format!("the policy allows {most} seconds at most");
            reader.error(
                &entry.span,
                message,
                "set 60, or raise `record.max_interval`",
            )
        }
        _ => Some(interval),
    }
}

/// Tags as every service takes them (Tagging AWS Resources User Guide, "Tag naming limits"), without those that flowcover sets itself.
fn read_tags(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<Tags> {
    const MOST: usize = 40;
    let tags = entry.section(reader, "fix.tags")?.entries();
    let mut read = Tags::new();
    for tag in &tags {
        let reserved = tag.name.starts_with("aws:") || tag.name.starts_with("flowcover:");
        let value = reader.text(tag)?;
        let fits = (1..=128).contains(&tag.name.chars().count()) && value.chars().count() <= 256;
        let taken = |it: char| it.is_alphanumeric() || " _.:/=+-@".contains(it);
        let is_plain = tag.name.chars().chain(value.chars()).all(taken);
        if reserved || !fits || !is_plain {
            let message = format!("`{}` cannot be a tag", shown(tag.name));
            let hint = "a key has 1 to 128 characters, a value up to 256, of letters, digits, spaces and _.:/=+-@; `aws:` and `flowcover:` are taken";
            return reader.error(&tag.key_span, message, hint);
        }
        read.insert(tag.name.to_owned(), value.to_owned());
    }
    if tags.len() > MOST {
        let message = format!("`{}` has too many tags", entry.path);
        return reader.error(
            &entry.span,
            message,
            "40 at most: AWS takes 50, and flowcover sets some itself",
        );
    }
    Some(read)
}

fn read_log_group(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
    policy: &Policy,
    settings: &mut FixSettings,
) {
    reader.warn_of_unknown_keys(section);
    settings.log_group_name = get(reader, section, "name", |reader, entry| {
        Template::LOG_GROUP.read(reader, entry)
    });
    settings.retention_days = get(reader, section, "retention", |reader, entry| {
        let days = reader.number(entry, 1..=MOST_DAYS)?;
        if !RETENTION_DAYS.contains(&days) {
            let message = format!("CloudWatch Logs offers no retention of {days} days");
            let offered = RETENTION_DAYS.map(|days| days.to_string()).join(", ");
            return reader.error(&entry.span, message, &format!("it offers {offered}"));
        }
        within_policy(reader, entry, policy, days)
    });
    settings.log_group_kms_key = get(reader, section, "kms_key", |reader, entry| {
        Template::KMS_KEY.read(reader, entry)
    });
    settings.role = get(reader, section, "role", |reader, entry| {
        Template::ROLE.read(reader, entry)
    });
}

fn read_bucket(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
    policy: &Policy,
    settings: &mut FixSettings,
) {
    reader.warn_of_unknown_keys(section);
    settings.bucket = get(reader, section, "name", |reader, entry| {
        Template::BUCKET.read(reader, entry)
    });
    settings.bucket_account = get(reader, section, "account", |reader, entry| {
        read_form(
            reader,
            entry,
            is_account_id,
            "an account id has twelve digits, in quotation marks",
        )
    });
    settings.bucket_region = get(reader, section, "region", |reader, entry| {
        read_form(
            reader,
            entry,
            is_region,
            "write a region's name, such as eu-west-1",
        )
    });
    settings.bucket_create = get(reader, section, "create", Reader::boolean);
    settings.bucket_prefix = get(reader, section, "prefix", |reader, entry| {
        Template::PREFIX.read(reader, entry)
    });
    settings.parquet = get(reader, section, "format", |reader, entry| {
        reader.choice(entry, &[("plain-text", false), ("parquet", true)])
    });
    settings.hive_prefixes = get(reader, section, "hive_prefixes", Reader::boolean);
    settings.per_hour = get(reader, section, "per_hour", Reader::boolean);
    settings.bucket_expiration_days = get(reader, section, "expiration", |reader, entry| {
        let days = reader.number(entry, 1..=MOST_DAYS)?;
        within_policy(reader, entry, policy, days)
    });
    settings.bucket_kms_key = get(reader, section, "kms_key", |reader, entry| {
        Template::KMS_KEY.read(reader, entry)
    });
}

fn read_form(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    is_right: fn(&str) -> bool,
    hint: &str,
) -> Option<String> {
    let text = reader.text(entry)?;
    if is_right(text) {
        return Some(text.to_owned());
    }
    let message = format!("`{}` is not a value of `{}`", shown(text), entry.path);
    reader.error(&entry.span, message, hint)
}

fn within_policy(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    policy: &Policy,
    days: u32,
) -> Option<u32> {
    let (min, max) = (
        policy.retention_min_days.value,
        policy.retention_max_days.value,
    );
    let message = match (min, max) {
        (Some(min), _) if days < min => format!("the policy asks for {min} days at least"),
        (_, Some(max)) if days > max => format!("the policy allows {max} days at most"),
        _ => return Some(days),
    };
    reader.error(
        &entry.span,
        message,
        "change this, or `destinations.retention`",
    )
}
