//! The arrows of ARCHITECTURE.md, and what each crate must not know.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Our crates, and those of ours that each may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("flowcover-record", &[]),
    ("flowcover-core", &["flowcover-record"]),
    ("flowcover-cloud", &["flowcover-core", "flowcover-record"]),
    ("flowcover-aws", &["flowcover-cloud", "flowcover-core"]),
    ("flowcover-detect", &["flowcover-core"]),
    ("flowcover-view", &["flowcover-core", "flowcover-detect"]),
    ("flowcover-lake", &["flowcover-detect", "flowcover-record"]),
    (
        "flowcover",
        &[
            "flowcover-aws",
            "flowcover-cloud",
            "flowcover-core",
            "flowcover-detect",
            "flowcover-lake",
            "flowcover-record",
            "flowcover-traffic",
            "flowcover-view",
        ],
    ),
    ("flowcover-testkit", &[]),
    ("flowcover-traffic", &["flowcover-record"]),
    ("flowcover-rehearsal", &["flowcover-record"]),
    (
        "flowcover-xtask",
        &["flowcover-cloud", "flowcover-core", "flowcover-testkit"],
    ),
];

/// What a crate must not depend on, directly or not. A star stands for any ending.
const BANS: &[(&str, &[&str])] = &[
    ("flowcover-record", &["tokio", "aws-*", "clap", "arrow*"]),
    (
        "flowcover-core",
        &[
            "tokio",
            "aws-*",
            "clap",
            "rustix",
            "tempfile",
            "async-trait",
            "futures",
        ],
    ),
    (
        "flowcover-cloud",
        &["aws-*", "clap", "indicatif", "anstream"],
    ),
    ("flowcover-view", &["tokio", "aws-*", "clap", "datafusion*"]),
    ("flowcover-lake", &["aws-*", "clap"]),
    ("flowcover-cloud", &["datafusion*"]),
    ("flowcover-core", &["datafusion*"]),
    (
        "flowcover-detect",
        &["tokio", "aws-*", "clap", "datafusion*", "arrow*"],
    ),
    ("flowcover-traffic", &["tokio", "aws-*", "clap"]),
    ("flowcover-rehearsal", &["tokio", "aws-*", "clap"]),
    ("flowcover", &["openssl", "native-tls", "aws-lc-sys"]),
];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"),
            "--locked",
            "--offline",
        ])
        .output()
        .expect("cargo runs, for it made this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn metadata() -> Value {
    // Crates for other platforms need not be there.
    let about = Command::new("rustc").arg("-vV").output().unwrap();
    let about = String::from_utf8(about.stdout).unwrap();
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let platform = ["--filter-platform", host.unwrap()];
    serde_json::from_str(&cargo(
        &[&["metadata", "--format-version", "1"], &platform[..]].concat(),
    ))
    .unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Normal dependencies of every package, by name.
fn dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let packages = list(&metadata["packages"]).iter();
    let names: BTreeMap<_, _> = packages
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let is_normal = |dependency: &&Value| {
        list(&dependency["dep_kinds"])
            .iter()
            .any(|kind| kind["kind"].is_null())
    };
    list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| {
            let used = list(&node["deps"]).iter().filter(is_normal);
            let used = used
                .map(|dependency| names[&text(&dependency["pkg"])].clone())
                .collect();
            (names[&text(&node["id"])].clone(), used)
        })
        .collect()
}

/// Names of the workspace's crates.
fn members(metadata: &Value) -> BTreeSet<String> {
    let ids: BTreeSet<_> = list(&metadata["workspace_members"])
        .iter()
        .map(text)
        .collect();
    let packages = list(&metadata["packages"]).iter();
    packages
        .filter(|package| ids.contains(&text(&package["id"])))
        .map(|package| text(&package["name"]))
        .collect()
}

fn reachable(dependencies: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in dependencies.get(&name).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

#[test]
fn arrows_point_one_way() {
    let metadata = metadata();
    let dependencies = dependencies(&metadata);
    let members = members(&metadata);
    let listed: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        members, listed,
        "every crate of the workspace has its arrows"
    );
    for (name, allowed) in ARROWS {
        let ours: Vec<_> = dependencies[*name].intersection(&members).collect();
        for used in ours {
            assert!(
                allowed.contains(&used.as_str()),
                "{name} must not use {used}"
            );
        }
    }
}

#[test]
fn bans_hold() {
    let dependencies = dependencies(&metadata());
    for (name, bans) in BANS {
        let used = reachable(&dependencies, name);
        for ban in *bans {
            let broken = used.iter().find(|used| {
                ban.strip_suffix('*')
                    .map_or(used.as_str() == *ban, |start| used.starts_with(start))
            });
            assert_eq!(broken, None, "{name} must not reach {ban}");
        }
    }
}

/// The README's two commands select different packages. Where a dependency had other features in
/// one than in the other, every SDK crate above it would be compiled twice.
#[test]
fn both_commands_share_their_artefacts() {
    let with_features = |selection: &[&str]| -> BTreeSet<String> {
        let tree = ["tree", "--prefix", "none", "--format", "{p} {f}"];
        let tree = cargo(&[&tree, selection].concat());
        tree.lines()
            .map(|line| line.trim_end_matches(" (*)").to_owned())
            .collect()
    };
    let demo = with_features(&["--package", "flowcover", "--edges", "normal,build"]);
    let tests = with_features(&["--workspace", "--edges", "normal,build,dev"]);
    let apart: Vec<_> = demo.difference(&tests).collect();
    assert!(apart.is_empty(), "other features in the tests: {apart:?}");
}

/// The library crates that must be pure read no clock and no file.
#[test]
fn the_pure_crates_touch_nothing() {
    for (name, pure) in [("record", true), ("core", true), ("view", false)] {
        let folder = format!("{}/../{name}/src", env!("CARGO_MANIFEST_DIR"));
        for (path, text) in sources(std::path::Path::new(&folder)) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let banned: &[&str] = if pure {
                &[
                    "std::fs",
                    "std::net",
                    "std::process",
                    "std::env::var",
                    "Timestamp::now",
                    "SystemTime",
                    "println!",
                ]
            } else {
                &[
                    "std::fs",
                    "std::net",
                    "Timestamp::now",
                    "SystemTime",
                    "println!",
                ]
            };
            for word in banned {
                assert!(!code.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

fn sources(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of a crate's sources is there") {
        let path = entry.expect("it can be read").path();
        let test = path
            .file_name()
            .is_some_and(|name| name == "tests" || name == "tests.rs" || name == "fixture.rs");
        if path.is_dir() && !test {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !test {
            let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
            found.push((path, text));
        }
    }
    found
}

/// The lint allows `unsafe` where it is asked for: it is asked for in one file.
#[test]
fn unsafe_stands_in_one_place() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path().join("src");
        found.extend(
            sources(&folder)
                .into_iter()
                .filter(|(_, text)| text.contains("(unsafe_code)")),
        );
    }
    let found: Vec<_> = found.iter().map(|(path, _)| path).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("lake/src/text/views.rs"), "{found:?}");
}
