//! Reading `[checks]`: severities, and checks that are off.

use super::super::diagnostic::shown;
use super::super::{CHECK_IDS, Policy, Setting, suggest};
use super::section::{Reader, Section};
use crate::Severity;

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
    if let Some(entry) = section.entry("severity") {
        let severities = Severity::DESCENDING.map(|severity| (severity.as_str(), severity));
        if let Some(value) = reader.choice(&entry, &severities) {
            let origin = reader.origin(&entry);
            policy
                .severities
                .insert(id.to_owned(), Setting { value, origin });
        }
    }
    if let Some(entry) = section.entry("enabled")
        && reader.boolean(&entry) == Some(false)
    {
        policy
            .disabled_checks
            .insert(id.to_owned(), reader.origin(&entry));
    }
}
