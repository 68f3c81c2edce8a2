//! What can be typed, and what cannot.

use std::collections::BTreeSet;

use clap::CommandFactory as _;

use super::*;

/// Of two arguments of one name, only the first would ever be set.
#[test]
fn no_command_has_two_arguments_of_one_name() {
    let mut commands = vec![Arguments::command()];
    let mut seen = 0;
    while let Some(command) = commands.pop() {
        let mut names = BTreeSet::new();
        for argument in command.get_arguments() {
            let name = argument.get_id().as_str().to_owned();
            assert!(names.insert(name.clone()), "{} {name}", command.get_name());
            seen += 1;
        }
        commands.extend(command.get_subcommands().cloned());
    }
    assert!(seen > 100, "{seen}");
}

fn is_taken(words: &[&str]) -> bool {
    Arguments::try_parse_from(std::iter::once(&"flowcover").chain(words)).is_ok()
}

#[test]
fn an_inventory_needs_a_vpc_where_it_tells_nothing_else() {
    for command in [
        &["top", "talkers"][..],
        &["find", "443"],
        &["query", "select 1"],
    ] {
        let with = |more: &[&str]| is_taken(&[command, &["x", "--inventory", "i"], more].concat());
        assert!(!with(&[]) && with(&["--vpc", "vpc-1"]), "{command:?}");
    }
    assert!(is_taken(&["detect", "x", "--inventory", "i"]));
    assert!(is_taken(&[
        "investigate",
        "10.0.0.1",
        "x",
        "--inventory",
        "i"
    ]));
}

#[test]
fn a_span_around_a_moment_is_given_once() {
    let around = ["investigate", "10.0.0.1", "x", "--around"];
    let with = |more: &[&str]| is_taken(&[&around, more].concat());
    assert!(with(&["2026-11-20T03:12Z"]));
    assert!(with(&["2026-11-20T03:12:07+01:00", "--within", "90m"]));
    assert!(!with(&["2026-11-20"]), "a day");
    assert!(!with(&["2026-11-20T03:12Z", "--last", "1h"]));
    assert!(!with(&["2026-11-20T03:12Z", "--since", "2026-11-20"]));
    assert!(!is_taken(&[
        "investigate",
        "10.0.0.1",
        "x",
        "--within",
        "1h"
    ]));
}
