//! `flowcover explain`: one page about one check.

use flowcover_core::explain;

use crate::cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(arguments: &cli::Explain) -> anyhow::Result<Exit> {
    let page = explain::page(&arguments.id).ok_or_else(|| unknown(&arguments.id))?;
    output::print(&page.to_markdown())?;
    Ok(Exit::Clean)
}

fn unknown(id: &str) -> Failure {
    let near = explain::pages()
        .iter()
        .map(|page| page.id.as_str())
        .find(|known| known.contains(id) || id.contains(known));
    let hint = near.map_or_else(
        || "`flowcover checks` lists the ids".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Failure::usage(format!("there is no check `{id}`")).hint(hint)
}
