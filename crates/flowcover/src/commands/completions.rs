//! `flowcover completions`: a script for a shell.

use clap::CommandFactory;

use crate::cli::{self, Arguments};
use crate::exit::Exit;

pub(crate) fn run(arguments: &cli::Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "flowcover",
        &mut script,
    );
    std::io::Write::write_all(&mut std::io::stdout().lock(), &script)?;
    Ok(Exit::Clean)
}
