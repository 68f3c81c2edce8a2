//! Log groups that the permissions to change things do not cover unless they are named.

use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use super::manual::command;
use crate::plan::Change;

/// How the names of all log groups begin that the permissions cover unasked.
const COVERED: &str = "/flowcover/";

/// Patterns that are named so far; the rest is counted.
const MOST_NAMED: usize = 20;

impl Builder<'_> {
    /// A note that names the log groups which are made or changed and whose names the permissions do not cover.
    pub(super) fn about_log_groups(&self) -> Option<String> {
        let names = self.steps.changes().filter_map(|change| match change {
            Change::CreateLogGroup { log_group_name, .. }
            | Change::SetRetention { log_group_name, .. }
            | Change::SetLogGroupKey { log_group_name, .. } => Some(log_group_name.as_str()),
            _ => None,
        });
        let patterns = patterns(names);
        if patterns.is_empty() {
            return None;
        }
        // Naming any takes the place of what is covered unasked.
        let mut words = vec!["flowcover", "permissions", "apply", "--log-groups"];
        let covered = format!("{COVERED}*");
        words.push(&covered);
        for pattern in patterns.iter().take(MOST_NAMED) {
            words.extend(["--log-groups", pattern]);
        }
        let more = match patterns.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        Some(format!(
            "Log groups outside {COVERED}* are made or changed: the role that makes changes must be allowed to, see `{}`{more}.",
            command(&words)
        ))
    }
}

/// Names as they are; several in one folder as the folder.
fn patterns<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in names.filter(|name| !name.starts_with(COVERED)) {
        let folder = name.rfind('/').map_or("", |end| &name[..=end]);
        folders.entry(folder).or_default().insert(name);
    }
    let patterns = folders.into_iter().flat_map(|(folder, names)| {
        if names.len() > 1 && folder.len() > 1 {
            vec![format!("{folder}*")]
        } else {
            names.into_iter().map(str::to_owned).collect()
        }
    });
    patterns.collect()
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[track_caller]
    fn check(names: &[&str], expected: &[&str]) {
        assert_eq!(patterns(names.iter().copied()), expected);
    }

    #[test]
    fn names_and_folders() {
        check(&[], &[]);
        check(&["/flowcover/eu-west-1/vpc-1"], &[]);
        check(&["/net/vpc-1", "/net/vpc-1"], &["/net/vpc-1"]);
        check(&["/net/a", "/net/b", "/flowcover/c"], &["/net/*"]);
        check(&["/a", "/b", "c", "d"], &["c", "d", "/a", "/b"]);
        check(&["/flowcover-a"], &["/flowcover-a"]);
    }
}
