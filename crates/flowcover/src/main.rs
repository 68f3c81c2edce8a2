//! flowcover: makes sure that the traffic of every VPC is recorded, and proves it.

mod cli;
mod commands;
mod confirm;
mod exit;
mod failure;
mod folder;
mod journal_file;
mod output;
mod policy_file;
mod progress;
mod pseudonym_key;
mod snapshot;
mod source;
mod terminal;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::{Arguments, Command};
use crate::exit::Exit;

fn main() -> std::process::ExitCode {
    let matches = Arguments::command().get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    terminal::set_up(&arguments.global);
    let typed = matches.subcommand().map(|(_, matches)| matches);
    match run(arguments, typed.unwrap_or(&matches)) {
        Ok(exit) => exit.into(),
        Err(error) => failure::report(&error).into(),
    }
}

fn run(arguments: Arguments, typed: &clap::ArgMatches) -> anyhow::Result<Exit> {
    let global = arguments.global;
    match arguments.command {
        Command::Init(arguments) => commands::init::run(&arguments),
        Command::Audit(arguments) => commands::audit::run(&arguments, &global, typed),
        Command::Collect(arguments) => commands::collect::run(&arguments, &global),
        Command::Plan(arguments) => commands::plan::run(&arguments, &global),
        Command::Apply(arguments) => commands::apply::run(&arguments, &global),
        Command::Verify(arguments) => commands::verify::run(&arguments, &global),
        Command::Rollback(arguments) => commands::rollback::run(&arguments, &global),
        Command::Protect(arguments) => commands::protect::run(&arguments),
        Command::Query(arguments) => commands::query::run(&arguments, &global),
        Command::Top(arguments) => commands::top::run(&arguments, &global),
        Command::Find(arguments) => commands::find::run(&arguments, &global),
        Command::Tail(arguments) => commands::tail::run(&arguments),
        Command::Convert(arguments) => commands::convert::run(&arguments, &global),
        Command::Detect(arguments) => commands::detect::run(&arguments, &global, typed),
        Command::Baseline(cli::Baseline::Build(arguments)) => {
            commands::baseline::run(&arguments, &global)
        }
        Command::Investigate(arguments) => commands::investigate::run(*arguments, &global, typed),
        Command::Cost(arguments) => commands::cost::run(&arguments, &global, typed),
        Command::Suggest(cli::Suggest::SecurityGroups(arguments)) => {
            let typed = typed.subcommand().map_or(typed, |(_, typed)| typed);
            commands::suggest::run(&arguments, &global, typed)
        }
        Command::Schema(arguments) => commands::schema::run(&arguments),
        Command::Checks(arguments) => commands::checks::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Permissions(arguments) => commands::permissions::run(&arguments),
        Command::Demo(arguments) => commands::demo::run(&arguments, &global),
        Command::Completions(arguments) => commands::completions::run(&arguments),
    }
}
