//! `flowcover checks`: what is checked.

use std::io::Write;

use flowcover_core::explain;

use crate::cli::{self, ListFormat};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &cli::Checks) -> anyhow::Result<Exit> {
    output::open_one(None)?.fill(|out| list(arguments.format, out))?;
    Ok(Exit::Clean)
}

fn list(format: ListFormat, out: &mut dyn Write) -> anyhow::Result<()> {
    match format {
        ListFormat::Table => {
            let width = explain::pages()
                .iter()
                .map(|page| page.id.len())
                .max()
                .unwrap_or_default();
            for page in explain::pages() {
                let decides = if page.decides { "decides" } else { "" };
                writeln!(
                    out,
                    "{:width$}  {:6}  {decides:7}  {}",
                    page.id, page.severity, page.title
                )?;
            }
        }
        ListFormat::Json => {
            let list: Vec<_> = explain::pages()
                .iter()
                .map(|page| {
                    serde_json::json!({
                        "id": page.id, "title": page.title, "severity": page.severity, "decides": page.decides,
                        "profile_level": page.profile_level,
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut *out, &list)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
