//! Reading `[checks]`: severities, and checks that are off.

use super::super::diagnostic::shown;
use super::super::{CHECK_IDS, Policy, Setting, suggest};
use super::section::{Reader, Section};
use crate::Severity;
use crate::finding::PolicyLine;

pub(super) fn read_checks(reader: &mut Reader<'_>, section: &Section<'_, '_>, policy: &mut Policy) {
    for entry in section.entries() {
        if !CHECK_IDS.contains(&entry.name) {
            let message = format!("`{}` is not a check", shown(entry.name));
            let hint = match suggest::nearest(entry.name, CHECK_IDS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`flowcover checks` lists them".to_owned(),
            };
            reader.error::<()>(&entry.key_span, message, &hint);
            continue;
        }
        if let Some(check) = entry.section(reader, "checks.<id>") {
            read_check(reader, entry.name, &check, policy);
        }
    }
}

fn read_check(reader: &mut Reader<'_>, id: &str, section: &Section<'_, '_>, policy: &mut Policy) {
    reader.warn_of_unknown_keys(section);
    if let Some(severity) = read_severity(reader, section) {
        policy.severities.insert(id.to_owned(), severity);
    }
    if let Some(line) = read_off(reader, section) {
        policy.disabled_checks.insert(id.to_owned(), line);
    }
}

/// The key `severity`.
pub(super) fn read_severity(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
) -> Option<Setting<Severity>> {
    let entry = section.entry("severity")?;
    let severities = Severity::DESCENDING.map(|severity| (severity.as_str(), severity));
    let value = reader.choice(&entry, &severities)?;
    let origin = reader.origin(&entry);
    Some(Setting { value, origin })
}

/// The line that says `enabled = false`, if there is one.
pub(super) fn read_off(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Option<PolicyLine> {
    let entry = section.entry("enabled")?;
    match reader.boolean(&entry)? {
        true => None,
        false => Some(reader.origin(&entry)),
    }
}
