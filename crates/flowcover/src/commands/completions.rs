//! `flowcover completions`: a script for a shell.

use clap::CommandFactory;

use crate::cli::{self, Arguments};
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(arguments: &cli::Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "flowcover",
        &mut script,
    );
    output::open_one(None)?.fill(|out| Ok(out.write_all(&script)?))?;
    Ok(Exit::Clean)
}
