//! Reading a policy file.

mod checks;
mod destinations;
mod detect;
mod exemptions;
mod fix;
mod record;
mod section;
mod syntax;
mod templates;
mod values;

use toml::de::DeTable;

use super::diagnostic::{Diagnostic, Level, Source, shown};
use super::{Policy, UnknownPreset, preset_names};
use section::{Reader, Section};
use syntax::Faults;
use values::expected;

/// Largest policy file that is read, in bytes.
pub const LARGEST_FILE: usize = 1 << 20;

/// Most diagnostics that are given for one file.
const MOST_DIAGNOSTICS: usize = 50;

/// A policy file that can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The policy.
    pub policy: Policy,
    /// What in the file has no effect, or not the one that was meant; in the order of the file.
    pub warnings: Vec<Diagnostic>,
}

impl Policy {
    /// Reads a policy file. `source_name` is its name as findings and diagnostics cite it;
    /// `preset_override` goes before the preset that the file names, and the file's other
    /// settings go before both.
    ///
    /// ```
    /// use flowcover_core::policy::Policy;
    ///
    /// let parsed = Policy::parse("[record]\ntraffic_type = \"ALL\"", "flowcover.toml", None);
    /// let policy = parsed.expect("it is right").policy;
    /// assert_eq!(policy.traffic_type.value.as_str(), "ALL");
    /// assert_eq!(policy.traffic_type.origin.line, Some(2));
    ///
    /// let found = Policy::parse("record.max_interval = 300", "flowcover.toml", None);
    /// let found = found.expect_err("300 is no interval");
    /// assert_eq!(found[0].place.as_ref().map(|place| place.column), Some(23));
    /// ```
    ///
    /// # Errors
    /// All that is wrong with the file, warnings included, in the order of the file. At least one
    /// of them is an error.
    pub fn parse(
        text: &str,
        source_name: &str,
        preset_override: Option<&str>,
    ) -> Result<Parsed, Vec<Diagnostic>> {
        if text.len() > LARGEST_FILE {
            return Err(vec![too_large(source_name, text.len())]);
        }
        let (document, errors) = DeTable::parse_recoverable(text);
        let source = Source::new(source_name, text);
        let faults = Faults::new(&source, document.get_ref(), &errors);
        let mut reader = Reader {
            source,
            diagnostics: Vec::new(),
            is_broken: faults.may_hide_something(),
        };
        let root = Section {
            table: document.get_ref(),
            path: String::new(),
            pattern: "",
            heading: 0..0,
        };
        let policy = read_policy(&mut reader, &root, preset_override);
        let diagnostics = gathered(reader, &faults);
        if diagnostics
            .iter()
            .any(|found| found.severity == Level::Error)
        {
            return Err(diagnostics);
        }
        Ok(Parsed {
            policy,
            warnings: diagnostics,
        })
    }
}

fn too_large(source_name: &str, size: usize) -> Diagnostic {
    Diagnostic {
        severity: Level::Error,
        message: format!("{size} bytes are too many for a policy file"),
        source: source_name.to_owned(),
        place: None,
        label: None,
        hint: Some(format!("the limit is {LARGEST_FILE} bytes")),
    }
}

/// Everything that was found, in the order of the file. Lines that were not read as they were
/// meant are not judged.
fn gathered(reader: Reader<'_>, faults: &Faults) -> Vec<Diagnostic> {
    let mut diagnostics = reader.diagnostics;
    diagnostics.retain(|found| {
        found
            .place
            .as_ref()
            .is_none_or(|place| faults.spare(place.line))
    });
    diagnostics.extend(faults.diagnostics(&reader.source));
    let start = |found: &Diagnostic| found.place.as_ref().map(|place| place.span.start);
    diagnostics.sort_by_key(|found| (start(found), found.severity));
    limited(diagnostics)
}

/// The first so many, errors before warnings where not all can be kept.
fn limited(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let left_out = diagnostics.len().saturating_sub(MOST_DIAGNOSTICS);
    if left_out == 0 {
        return diagnostics;
    }
    diagnostics.sort_by_key(|found| found.severity);
    diagnostics.truncate(MOST_DIAGNOSTICS);
    diagnostics.push(Diagnostic {
        severity: Level::Warning,
        message: format!("{left_out} more are not shown"),
        source: diagnostics[0].source.clone(),
        place: None,
        label: None,
        hint: None,
    });
    diagnostics
}

fn read_policy(
    reader: &mut Reader<'_>,
    root: &Section<'_, '_>,
    preset_override: Option<&str>,
) -> Policy {
    reader.warn_of_unknown_keys(root);
    let mut policy = read_preset(reader, root, preset_override);
    policy.file = Some(reader.source.name.to_owned());
    let table = |reader: &mut Reader<'_>, name| {
        let entry = root.entry(name)?;
        entry.section(reader, name)
    };
    if let Some(section) = table(reader, "record") {
        record::read_record(reader, &section, &mut policy);
    }
    if let Some(section) = table(reader, "destinations") {
        destinations::read_destinations(reader, &section, &mut policy);
    }
    if let Some(section) = table(reader, "checks") {
        checks::read_checks(reader, &section, &mut policy);
    }
    // It may not contradict what the policy asks for.
    if let Some(section) = table(reader, "fix") {
        policy.fix = fix::read_fix(reader, &section, &policy);
    }
    if let Some(section) = table(reader, "detect") {
        policy.detect = detect::read_detect(reader, &section);
    }
    if let Some(entry) = root.entry("exempt") {
        policy.exemptions = exemptions::read_exemptions(reader, &entry);
    }
    policy
}

/// The preset asked for on the command line, else in the file, else the default. The file's is
/// looked at in any case: it may be wrong, and will be used next time.
fn read_preset(
    reader: &mut Reader<'_>,
    root: &Section<'_, '_>,
    preset_override: Option<&str>,
) -> Policy {
    let in_file = root.entry("preset").and_then(|entry| {
        let name = reader.text(&entry)?;
        match Policy::preset(name) {
            Ok(policy) => Some(policy),
            Err(_) => {
                let message = format!("`{}` is not a preset", shown(name));
                reader.error(&entry.span, message, &expected(name, &preset_names()))
            }
        }
    });
    let Some(name) = preset_override else {
        return in_file.unwrap_or_default();
    };
    Policy::preset(name).unwrap_or_else(|UnknownPreset(name)| {
        reader.diagnostics.push(Diagnostic {
            severity: Level::Error,
            message: format!("`{}` is not a preset", shown(&name)),
            source: "--preset".to_owned(),
            place: None,
            label: None,
            hint: Some(expected(&name, &preset_names())),
        });
        Policy::default()
    })
}
