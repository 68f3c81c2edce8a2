//! What goes to standard error, and whether there is a terminal.

use std::io::{IsTerminal, Write};

use anstream::ColorChoice;
use owo_colors::OwoColorize;

use crate::cli::{Colour, Global};

/// Sets colour and the log of what flowcover does.
pub(crate) fn set_up(global: &Global) {
    match global.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    }
    .write_global();
    let level = match global.verbose {
        0 => return,
        1 => tracing::Level::INFO,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    // Only our own crates: those of the SDK log requests, and requests hold credentials.
    let ours = tracing_subscriber::filter::Targets::new()
        .with_target("flowcover", level)
        .with_target("flowcover_cloud", level)
        .with_target("flowcover_aws", level);
    use tracing_subscriber::prelude::*;
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    tracing_subscriber::registry().with(log).with(ours).init();
}

/// Says that something failed.
pub(crate) fn error(message: &str) {
    say(&format!("{} {}", "error:".red().bold(), one_line(message)));
}

/// Says that something should be looked at.
pub(crate) fn warning(message: &str) {
    say(&format!(
        "{} {}",
        "warning:".yellow().bold(),
        one_line(message)
    ));
}

/// Says what to do.
pub(crate) fn hint(message: &str) {
    say(&format!("{} {}", "hint:".cyan(), one_line(message)));
}

/// Says what was done.
pub(crate) fn note(message: &str) {
    say(&one_line(message));
}

/// Writes a line, or several that are already inert, to standard error.
pub(crate) fn say(text: &str) {
    // Nobody can be told that standard error is closed.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Text from elsewhere (file names, answers of AWS) on one line, control characters visible.
fn one_line(text: &str) -> String {
    flowcover_view::inert_text(text).into_owned()
}

/// Whether progress can be drawn.
pub(crate) fn has_progress() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether standard output takes colour.
pub(crate) fn stdout_has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

/// Width of the terminal on standard output in columns, if it is one.
pub(crate) fn stdout_width() -> Option<usize> {
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    if !std::io::stdout().is_terminal() {
        return columns;
    }
    columns.or_else(terminal_width)
}

fn terminal_width() -> Option<usize> {
    let (columns, _) = terminal_size::terminal_size()?;
    Some(usize::from(columns.0))
}
