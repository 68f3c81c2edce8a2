//! Tests of all formats over one report.

mod asff;
mod documentation;
mod junit;
mod large;
mod ocsf;
pub(crate) mod sarif;
mod snapshots;
mod xml;

use flowcover_core::report::Report;

use crate::{Format, Options, Rule, fixture, render};

/// The report in a format, as text.
fn rendered(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    render(format, report, options, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("every format is UTF-8")
}

/// Options with descriptions of checks.
fn options() -> Options {
    Options {
        width: Some(100),
        rules: fixture::rules(),
        ..Options::default()
    }
}

/// Options with the descriptions that `flowcover explain` prints.
fn explained() -> Options {
    Options {
        rules: Rule::all(),
        ..Options::default()
    }
}

/// A schema that is kept with the tests.
pub(crate) fn schema(file: &str) -> serde_json::Value {
    let path = format!("{}/tests/schemas/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the schema is kept with the tests");
    serde_json::from_str(&text).expect("a schema is JSON")
}

/// A schema made ready for use.
pub(crate) fn validator(schema: &serde_json::Value) -> jsonschema::Validator {
    jsonschema::validator_for(schema).expect("the schema is valid")
}

/// What a JSON value breaks of a schema.
pub(crate) fn violations(
    validator: &jsonschema::Validator,
    value: &serde_json::Value,
) -> Vec<String> {
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}
