//! Every test that SEMANTICS.md names exists, and every promise there names one.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Names of test functions: those that an attribute `#[test]` or `#[tokio::test]` stands above, others between allowed.
fn tests(source: &str) -> BTreeSet<&str> {
    let mut is_test = false;
    let mut names = BTreeSet::new();
    for line in source.lines().map(str::trim) {
        let line = line.strip_prefix("async ").unwrap_or(line);
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            if is_test {
                names.extend(rest.split('(').next());
            }
            is_test = false;
        }
    }
    names
}

/// What stands in backticks and could be the name of a test.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|text| {
        text.contains('_') && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    })
}

#[test]
fn every_promise_is_held_by_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("SEMANTICS.md")).unwrap();
    let mut source = String::new();
    sources(&root.join("crates"), &mut source);
    let tests = tests(&source);
    let promises: Vec<&str> = page.lines().filter(|line| line.starts_with("- ")).collect();
    assert!(promises.len() > 30);
    for promise in promises {
        let names: Vec<&str> = named(promise).collect();
        assert!(!names.is_empty(), "no test holds: {promise}");
        for name in names {
            assert!(
                tests.contains(name),
                "there is no test `{name}`, named by: {promise}"
            );
        }
    }
}
