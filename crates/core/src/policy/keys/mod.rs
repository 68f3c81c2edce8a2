//! Every key of a policy file: one table for the parser, the template's test and the
//! documentation.

mod table;

use super::{Policy, preset_names};

pub use table::KEYS;

/// One key of a policy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Full name. `<…>` stands for any name, `[]` for each table of a list.
    pub path: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// Names that may stand directly in a table, given its path in [`KEYS`] (empty for the file
/// itself), in the order of the table.
pub(super) fn names_in(section: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    for key in &KEYS {
        let rest = match section {
            "" => Some(key.path),
            _ => key
                .path
                .strip_prefix(section)
                .and_then(|rest| rest.strip_prefix('.')),
        };
        let name = rest.and_then(|rest| rest.split(['.', '[']).next());
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    names
}

/// Parts of a policy file whose keys are looked up apart from each other, for their names are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What the policy asks for, and everything that is in no other part.
    Asked,
    /// `[fix]`
    Fix,
    /// `[detect]`
    Detect,
}

impl Part {
    /// The part that a key or table of that path is in.
    pub(super) fn of(path: &str) -> Self {
        match path.split(['.', '[']).next() {
            Some("fix") => Self::Fix,
            Some("detect") => Self::Detect,
            _ => Self::Asked,
        }
    }
}

/// Where a name of that part belongs that does not stand in the table it was found in, if there is only one
/// such place.
pub(super) fn path_of(name: &str, part: Part) -> Option<&'static str> {
    let mut paths: Vec<&str> = KEYS
        .iter()
        .filter_map(|key| up_to(key.path, name))
        .collect();
    paths.dedup();
    paths.retain(|path| Part::of(path) == part);
    match paths[..] {
        [path] => Some(path),
        _ => None,
    }
}

/// The path as far as the segment of that name.
fn up_to(path: &'static str, name: &str) -> Option<&'static str> {
    let mut start = 0;
    for segment in path.split('.') {
        let end = start + segment.len();
        if segment == name {
            return Some(&path[..end]);
        }
        start = end + 1;
    }
    None
}

/// The table of keys in Markdown, with what each preset sets, and the fields that presets ask
/// for: part of `docs/policy.md`.
#[must_use]
pub fn key_table() -> String {
    let presets: Vec<Policy> = preset_names()
        .iter()
        .filter_map(|name| Policy::preset(name).ok())
        .collect();
    let names: Vec<String> = presets
        .iter()
        .map(|policy| format!("`{}`", policy.preset))
        .collect();
    let mut table = format!("| key | takes | meaning | {} |\n", names.join(" | "));
    table += &format!("|---|---|---|{}\n", "---|".repeat(names.len()));
    for key in &KEYS {
        let values: Vec<String> = presets
            .iter()
            .map(|policy| preset_value(policy, key.path))
            .collect();
        let values = values.join(" | ");
        table += &format!(
            "| `{}` | {} | {} | {values} |\n",
            key.path, key.takes, key.meaning
        );
    }
    for policy in presets
        .iter()
        .filter(|policy| !policy.required_fields.value.is_empty())
    {
        let fields = policy.required_fields.value.join("`, `");
        table += &format!("\nFields that `{}` asks for: `{fields}`.\n", policy.preset);
    }
    table
}

fn preset_value(policy: &Policy, path: &str) -> String {
    let origins = policy.origins();
    let mut settings = origins
        .iter()
        .filter_map(|origin| origin.setting.split_once(" = "));
    match settings.find(|(key, _)| *key == path) {
        Some(("record.fields", "[]")) => "none".to_owned(),
        Some(("record.fields", _)) => format!("{}, below", policy.required_fields.value.len()),
        Some((_, value)) => value.replace('"', "`"),
        None => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Part, names_in, path_of};

    #[test]
    fn names_of_each_table() {
        assert_eq!(
            names_in(""),
            [
                "preset",
                "record",
                "destinations",
                "checks",
                "exempt",
                "fix",
                "detect"
            ]
        );
        assert_eq!(
            names_in("destinations.retention"),
            ["min", "max", "unlimited"]
        );
        assert_eq!(names_in("checks.<id>"), ["severity", "enabled"]);
        assert_eq!(names_in("exempt[]").len(), 8);
        assert_eq!(names_in("detect.separate[]"), ["name", "one", "other"]);
        assert_eq!(names_in("rec"), [""; 0]);
    }

    #[test]
    fn where_a_name_belongs() {
        let check = |name, part, expected| assert_eq!(path_of(name, part), expected, "{name}");
        check("traffic_type", Part::Asked, Some("record.traffic_type"));
        check("retention", Part::Asked, Some("destinations.retention"));
        check("exempt[]", Part::Asked, Some("exempt[]"));
        check("severity", Part::Asked, Some("checks.<id>.severity"));
        check("reason", Part::Asked, Some("exempt[].reason"));
        check("hive_prefixes", Part::Fix, Some("fix.bucket.hive_prefixes"));
        check("kms_key", Part::Fix, None);
        check("resolvers", Part::Detect, Some("detect.resolvers"));
        check("clients", Part::Detect, Some("detect.allow[].clients"));
        check("clients", Part::Asked, None);
        check("nothing", Part::Asked, None);
        check("", Part::Asked, None);
    }

    #[test]
    fn every_key_is_listed_once() {
        let mut paths: Vec<_> = KEYS.iter().map(|key| key.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), KEYS.len());
    }
}
