//! Reading the exemptions of a policy file.

use std::collections::HashMap;

use jiff::civil::Date;

use super::super::diagnostic::shown;
use super::super::{Exemption, Level, Selector};
use super::section::{Entry, Reader, Section};

/// Longest pattern for names: a tag value has at most 256 characters.
const LONGEST_PATTERN: usize = 256;

/// What the items of a list must look like.
pub(super) struct Form {
    pub(super) what: &'static str,
    pub(super) hint: &'static str,
    pub(super) is_right: fn(&str) -> bool,
}

pub(super) const ACCOUNT_ID: Form = Form {
    what: "an account id",
    hint: "an account id has twelve digits, in quotation marks",
    is_right: is_account_id,
};

pub(super) const ORGANIZATIONAL_UNIT: Form = Form {
    what: "an organizational unit",
    hint: "write an id (ou-…, r-…) or a name",
    is_right: |unit| !unit.trim().is_empty(),
};

pub(super) const REGION: Form = Form {
    what: "a region",
    hint: "write a region's name, such as eu-west-1",
    is_right: is_region,
};

const ID: Form = Form {
    what: "the id of a VPC or transit gateway",
    hint: "ids begin with vpc- or tgw-",
    is_right: is_id,
};

/// The exemptions that are right, in the order of the file.
pub(super) fn read_exemptions(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Vec<Exemption> {
    let hint = "head each exemption with `[[exempt]]`";
    let mut exemptions: Vec<Exemption> = Vec::new();
    let mut lines: HashMap<Selector, u32> = HashMap::new();
    for section in reader.tables(entry, "exempt[]", hint) {
        let Some(exemption) = read_exemption(reader, &section) else {
            continue;
        };
        if let Some(earlier) = lines.insert(exemption.selector.clone(), exemption.line) {
            let message = format!("same conditions as the exemption in line {earlier}");
            reader.error::<()>(&section.heading, message, "keep one of them");
        }
        exemptions.push(exemption);
    }
    exemptions
}

fn read_exemption(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Option<Exemption> {
    let errors_before = reader.diagnostics.len();
    // A condition that is left out makes the exemption wider: no mere warning.
    reader.report_unknown_keys(section, Level::Error, "this condition would be left out");
    let selector = read_selector(reader, section);
    let is_selector_right = reader.diagnostics.len() == errors_before;
    if selector.is_empty() && is_selector_right {
        reader.missing(
            section,
            "this exemption has no condition: it would exempt everything",
            "say what it applies to: accounts, organizational_units, regions, ids, tags or name",
        );
    }
    let (reason, until) = read_terms(reader, section, "exemption")?;
    Some(Exemption {
        selector,
        reason,
        until,
        source: reader.source.name.to_owned(),
        line: reader.source.line(section.heading.start),
    })
}

/// Why, and until when: what nothing is let pass without. `what` is what they are asked of.
pub(super) fn read_terms(
    reader: &mut Reader<'_>,
    section: &Section<'_, '_>,
    what: &str,
) -> Option<(String, Date)> {
    let reason = match section.entry("reason") {
        Some(entry) => reader.nonempty_text(&entry),
        None => {
            let message = format!("this {what} has no `reason`");
            let hint = "say why, for the auditor: reason = \"…\"";
            reader.missing(section, &message, hint);
            None
        }
    };
    let until = match section.entry("until") {
        Some(entry) => reader.date(&entry),
        None => {
            let message = format!("this {what} has no last day");
            reader.missing(section, &message, "set one, such as until = 2027-06-30");
            None
        }
    };
    Some((reason?.to_owned(), until?))
}

fn read_selector(reader: &mut Reader<'_>, section: &Section<'_, '_>) -> Selector {
    let mut list = |name, form| {
        let entry = section.entry(name);
        let texts = entry.and_then(|entry| read_list(reader, &entry, form));
        texts.unwrap_or_default()
    };
    Selector {
        accounts: list("accounts", &ACCOUNT_ID),
        organizational_units: list("organizational_units", &ORGANIZATIONAL_UNIT),
        regions: list("regions", &REGION),
        ids: list("ids", &ID),
        tags: section
            .entry("tags")
            .and_then(|entry| read_tags(reader, &entry))
            .unwrap_or_default(),
        name: section
            .entry("name")
            .and_then(|entry| read_pattern(reader, &entry)),
    }
}

/// A list whose every item has the right form. An empty one is refused: as a condition it would
/// hold for nothing, as none at all for everything.
pub(super) fn read_list(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    form: &Form,
) -> Option<Vec<String>> {
    if entry.is_empty_list() {
        return empty(reader, entry);
    }
    read_texts(reader, entry, form)
}

/// A list whose every item has the right form.
pub(super) fn read_texts(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
    form: &Form,
) -> Option<Vec<String>> {
    let texts = reader.texts(entry)?;
    for (text, span) in &texts {
        if !(form.is_right)(text) {
            let message = format!("`{}` is not {}", shown(text), form.what);
            reader.error::<()>(span, message, form.hint);
        }
    }
    Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
}

/// The error about a list or table with nothing in it.
pub(super) fn empty<T>(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<T> {
    let message = format!("`{}` is empty", entry.path);
    reader.error(&entry.span, message, "fill it, or leave it out")
}

pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such as `us-gov-west-1`: words, then a number.
pub(super) fn is_region(text: &str) -> bool {
    let mut parts = text.split('-').rev();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    parts.next().is_some_and(is_number) && parts.clone().count() >= 2 && parts.all(is_word)
}

fn is_id(text: &str) -> bool {
    let rest = text
        .strip_prefix("vpc-")
        .or_else(|| text.strip_prefix("tgw-"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'))
    })
}

fn read_tags(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<Vec<(String, String)>> {
    let tags = entry.section(reader, "exempt[].tags")?.entries();
    if tags.is_empty() {
        return empty(reader, entry);
    }
    let mut read = Vec::new();
    for tag in tags {
        if let Some(value) = reader.text(&tag) {
            read.push((tag.name.to_owned(), value.to_owned()));
        }
    }
    // The order they are written in means nothing.
    read.sort();
    Some(read)
}

fn read_pattern(reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<String> {
    let pattern = reader.nonempty_text(entry)?;
    if pattern.chars().count() > LONGEST_PATTERN {
        let message = format!("`{}` is too long", entry.path);
        return reader.error(&entry.span, message, "a tag has at most 256 characters");
    }
    Some(pattern.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{is_account_id, is_id, is_region};

    #[test]
    fn forms_of_ids() {
        assert!(is_account_id("012345678901"));
        assert!(!is_account_id("12345678901"));
        assert!(!is_account_id("12345678901٣"));
        for region in [
            "eu-west-1",
            "us-gov-west-1",
            "cn-northwest-1",
            "ap-southeast-10",
        ] {
            assert!(is_region(region), "{region}");
        }
        for region in [
            "",
            "eu-west",
            "eu-west-",
            "EU-WEST-1",
            "eu-west-1a",
            "west-1",
            "*",
            "eu--1",
        ] {
            assert!(!is_region(region), "{region}");
        }
        assert!(is_id("vpc-0a1b2c3d4e5f60718"));
        assert!(is_id("tgw-0a1b2c3d"));
        for id in ["", "vpc-", "subnet-0a1b", "tgw-attach-0a1b", "vpc-*"] {
            assert!(!is_id(id), "{id}");
        }
    }
}
