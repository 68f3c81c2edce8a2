//! Reading the numbers that a detection is tuned with.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::super::super::diagnostic::shown;
use super::super::super::{Setting, keys, suggest};
use super::super::section::{Entry, Reader, Section};

/// Every key of a detection's table that is none of those that all detections have. Whether the detection has such
/// a parameter shows later, so each keeps its line.
pub(super) fn read_parameters(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
) -> BTreeMap<String, Setting<f64>> {
    let mut common = keys::names_in(section.pattern);
    common.retain(|name| *name != "<parameter>");
    let mut parameters = BTreeMap::new();
    for entry in section.entries() {
        if common.contains(&entry.name) {
            continue;
        }
        if let Some(value) = read_parameter(reader, &entry, &common) {
            let origin = reader.origin(&entry);
            parameters.insert(entry.name.to_owned(), Setting { value, origin });
        }
    }
    parameters
}

fn read_parameter(reader: &mut Reader<'_>, entry: &Entry<'_, '_>, common: &[&str]) -> Option<f64> {
    let is_number = matches!(entry.value, DeValue::Integer(_) | DeValue::Float(_));
    if !is_number && let Some(near) = suggest::nearest(entry.name, common.iter().copied()) {
        let message = format!("unknown key `{}`", entry.path);
        let hint = format!("did you mean `{near}`?");
        return reader.error(&entry.key_span, message, &hint);
    }
    if !is_snake_case(entry.name) {
        let message = format!("`{}` cannot be the name of a parameter", shown(entry.name));
        let alike = entry.name.to_ascii_lowercase().replace(['-', ' '], "_");
        let hint = match is_snake_case(&alike) {
            true => format!("did you mean `{}`?", shown(&alike)),
            false => "it has small letters, digits and `_`".to_owned(),
        };
        return reader.error(&entry.key_span, message, &hint);
    }
    if !is_number {
        return reader.wrong_type(entry, "a number above zero", None);
    }
    match number_of(entry.value) {
        Some(value) if value.is_finite() && value > 0.0 => Some(value),
        _ => {
            let message = format!("`{}` must be a number above zero", entry.path);
            let hint = "leave it out for the detection's own value";
            reader.error(&entry.span, message, hint)
        }
    }
}

fn number_of(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(|integer| integer as f64),
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => None,
    }
}

fn is_snake_case(name: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(is_part)
}
