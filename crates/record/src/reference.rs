//! The field table as a page of documentation.

use std::fmt::Write as _;

use crate::field::{Field, FieldKind, Scope};
use crate::format::LogFormat;

const INTRODUCTION: &str = "\
# Fields of a flow-log record

Generated from the field table; do not edit.

A record is one line. Its fields are apart by one blank and stand in the order of the flow log's
`LogFormat`. The `version` of a record is the highest version among the fields chosen. In Parquet
files the names have `_` for `-`. Any value can be `-`: it does not apply,
it cannot be computed, or nothing was recorded (`NODATA`, `SKIPDATA`). The last column says more
where more is known.
";

/// The page `docs/fields.md`, in Markdown.
#[must_use]
pub fn field_reference() -> String {
    let mut page = String::from(INTRODUCTION);
    section(
        &mut page,
        "Default format of a VPC flow log",
        &LogFormat::default(),
    );
    section(
        &mut page,
        "Default format of a transit gateway flow log",
        &LogFormat::transit_gateway_default(),
    );
    for fields in Field::all().chunk_by(|one, next| one.version == next.version) {
        version_table(&mut page, fields);
    }
    page
}

fn section(page: &mut String, title: &str, format: &LogFormat) {
    push(
        page,
        format_args!("\n## {title}\n\n```text\n{format}\n```\n"),
    );
}

fn version_table(page: &mut String, fields: &[Field]) {
    let Some(first) = fields.first() else { return };
    push(page, format_args!("\n## Version {}\n\n", first.version));
    page.push_str("| field | type | in | meaning | `-` when |\n|---|---|---|---|---|\n");
    for field in fields {
        let Field {
            name,
            kind,
            scope,
            meaning,
            absent_when,
            ..
        } = field;
        push(
            page,
            format_args!(
                "| `{name}` | {} | {} | {meaning} | {} |\n",
                kind_text(*kind),
                scope_text(*scope),
                absent_when.unwrap_or("no case known"),
            ),
        );
    }
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text)
        .expect("writing to a string cannot fail");
}

fn kind_text(kind: FieldKind) -> String {
    let stored = kind.parquet_type();
    match kind {
        FieldKind::UnixSeconds => format!("{stored}, Unix seconds"),
        FieldKind::Address => format!("{stored}, address"),
        FieldKind::TagValue => format!("{stored}, percent-encoded"),
        FieldKind::Int32 | FieldKind::Int64 | FieldKind::Text => stored.to_owned(),
    }
}

fn scope_text(scope: Scope) -> &'static str {
    match scope {
        Scope::Vpc => "VPC",
        Scope::TransitGateway => "transit gateway",
        Scope::Both => "both",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fields.md");

    /// `UPDATE=1 cargo test -p flowcover-record reference` writes the page anew.
    #[test]
    fn committed_page_is_the_generated_one() {
        let page = field_reference();
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            std::fs::write(PATH, &page).unwrap();
        }
        let committed = std::fs::read_to_string(PATH).unwrap_or_default();
        assert!(
            committed == page,
            "docs/fields.md is out of date: run this test with UPDATE=1"
        );
    }

    #[test]
    fn every_field_has_one_row_of_five_cells() {
        let page = field_reference();
        for field in Field::all() {
            let start = format!("| `{}` |", field.name);
            let rows: Vec<_> = page
                .lines()
                .filter(|line| line.starts_with(&start))
                .collect();
            assert_eq!(rows.len(), 1, "{}", field.name);
            assert_eq!(rows[0].matches(" | ").count(), 4, "{}", field.name);
        }
    }
}
