//! Reading `[detect]`: what detections know of this network, how they are tuned, what is allowed.

mod allow;
mod networks;
mod parameters;
mod separate;
#[cfg(test)]
mod tests;

use core::ops::Range;

use toml::de::DeValue;

use super::super::diagnostic::shown;
use super::super::keys::{self, Part};
use super::super::{DETECTION_IDS, DetectPolicy, Level, suggest};
use super::checks::{read_off, read_severity};
use super::exemptions::{Form, read_texts};
use super::section::{Entry, Reader, Section};
use networks::read_networks;

/// A file's name. Whether there is such a file is not known here.
const FILE: Form = Form {
    what: "the name of a file",
    hint: "write its path, as seen from the policy file",
    is_right: |name| !name.trim().is_empty() && !name.chars().any(char::is_control),
};

pub(super) fn read_detect(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> DetectPolicy {
    let mut detect = DetectPolicy::default();
    for entry in section.entries() {
        match entry.name {
            "inside" => detect.inside = read_networks(reader, &entry).unwrap_or_default(),
            "resolvers" => detect.resolvers = read_networks(reader, &entry).unwrap_or_default(),
            "bad_addresses" => {
                detect.bad_addresses = read_networks(reader, &entry).unwrap_or_default();
            }
            "bad_address_files" => {
                detect.bad_address_files = read_texts(reader, &entry, &FILE).unwrap_or_default();
            }
            "geoip" => detect.geoip = read_file(reader, &entry),
            "aws_ranges" => detect.aws_ranges = read_file(reader, &entry),
            "allow" => detect.allow = allow::read_allow(reader, &entry),
            "separate" => detect.separate = separate::read_separate(reader, &entry),
            id if DETECTION_IDS.contains(&id) => {
                if let Some(section) = entry.section(reader, "detect.<id>") {
                    read_detection(reader, id, &section, &mut detect);
                }
            }
            _ => report_unknown(reader, &entry),
        }
    }
    detect
}

fn read_file(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<String> {
    let name = reader.text(entry)?;
    if (FILE.is_right)(name) {
        return Some(name.to_owned());
    }
    let message = format!("`{}` is not {}", shown(name), FILE.what);
    reader.error(&entry.span, message, FILE.hint)
}

fn read_detection(
    reader: &mut Reader<'_>,
    id: &str,
    section: &Section<'_, '_>,
    detect: &mut DetectPolicy,
) {
    if let Some(severity) = read_severity(reader, section) {
        detect.severities.insert(id.to_owned(), severity);
    }
    if let Some(line) = read_off(reader, section) {
        detect.disabled.insert(id.to_owned(), line);
    }
    let parameters = parameters::read_parameters(reader, section);
    if !parameters.is_empty() {
        detect.parameters.insert(id.to_owned(), parameters);
    }
}

/// A table is meant to be a detection, anything else a setting, unless its name says otherwise.
fn report_unknown(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) {
    let mut known = keys::names_in("detect");
    known.retain(|name| *name != "<id>");
    let is_near = |words: &[&str]| suggest::nearest(entry.name, words.iter().copied()).is_some();
    let is_table = matches!(entry.value, DeValue::Table(_));
    if is_table || (is_near(&DETECTION_IDS) && !is_near(&known)) {
        not_a_detection(reader, entry.name, &entry.key_span, &known);
    } else {
        let (part, label) = (Part::Detect, "this has no effect");
        reader.report_unknown_key(entry, &known, part, Level::Warning, label);
    }
}

/// The error about an id that there is not; `others` may have been meant too.
fn not_a_detection(reader: &mut Reader<'_>, id: &str, span: &Range<usize>, others: &[&str]) {
    let message = format!("`{}` is not a detection", shown(id));
    let candidates = DETECTION_IDS.into_iter().chain(others.iter().copied());
    let hint = match suggest::nearest(id, candidates) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`flowcover detect --list` lists them".to_owned(),
    };
    reader.error::<()>(span, message, &hint);
}
