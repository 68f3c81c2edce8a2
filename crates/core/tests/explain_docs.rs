//! `docs/checks/` is written from the pages of `explain`: run with `UPDATE=1` to write it anew.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use flowcover_core::explain::{frameworks_markdown, index_markdown, pages};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks"))
}

/// What the folder must hold: file name and text.
fn expected() -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = pages()
        .iter()
        .map(|page| (format!("{}.md", page.id), page.to_markdown()))
        .collect();
    files.insert("README.md".to_owned(), index_markdown());
    files.insert("frameworks.md".to_owned(), frameworks_markdown());
    files
}

#[test]
fn documentation_is_up_to_date() {
    let expected = expected();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        for (name, text) in &expected {
            std::fs::write(folder().join(name), text).unwrap();
        }
    }
    let found: BTreeMap<String, String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    assert!(
        found.keys().eq(expected.keys()),
        "docs/checks holds {:?}; hint: UPDATE=1 cargo test -p flowcover-core --test explain_docs",
        found.keys()
    );
    for (name, text) in &expected {
        assert!(
            found[name] == *text,
            "docs/checks/{name} is out of date; hint: UPDATE=1 cargo test -p flowcover-core --test explain_docs"
        );
    }
}

#[test]
fn every_page_file_is_in_the_binary_under_the_name_of_its_check() {
    let files: BTreeSet<String> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/checks"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.ends_with(".md"))
            .collect();
    let named: BTreeSet<String> = pages()
        .iter()
        .map(|page| format!("{}.md", page.id.replace('-', "_")))
        .collect();
    assert_eq!(files, named);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let files = expected();
    for (name, text) in &files {
        for target in text.split("](").skip(1) {
            let target = target.split(')').next().unwrap();
            assert!(files.contains_key(target), "{name}: {target}");
        }
    }
}
