//! `flowcover explain`: one page about one check or one detection.

use flowcover_core::explain;
use flowcover_detect::{DETECTIONS, Detection};

use crate::cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(arguments: &cli::Explain) -> anyhow::Result<Exit> {
    output::print(&page(&arguments.id)?)?;
    Ok(Exit::Clean)
}

fn page(id: &str) -> Result<String, Failure> {
    let check = explain::page(id).map(|page| page.to_markdown());
    let detection = || Detection::named(id).map(|detection| detection.to_markdown(1));
    check.or_else(detection).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Failure {
    let checks = explain::pages().iter().map(|page| page.id.as_str());
    let detections = DETECTIONS.iter().map(|detection| detection.id);
    let near = checks
        .chain(detections)
        .find(|known| known.contains(id) || id.contains(known));
    let hint = near.map_or_else(
        || "`flowcover checks` and `flowcover detect --list` list the ids".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Failure::usage(format!("there is no check and no detection `{id}`")).hint(hint)
}
