//! Asks before anything is changed.

use std::io::{BufRead, IsTerminal, Write};

use crate::failure::Failure;

/// Whether the user wants it. Only a typed `yes` counts.
///
/// # Errors
///
/// If nobody can be asked, for there is no terminal.
pub(crate) fn ask(question: &str) -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(
            Failure::usage("nobody can be asked: standard input is no terminal")
                .hint("nothing was changed; --yes does it without asking"),
        );
    }
    let mut stderr = anstream::stderr();
    let _ = write!(stderr, "{question} Only `yes` does it: ");
    let _ = stderr.flush();
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::usage(format!("cannot read the answer: {error}")))?;
    Ok(answer.trim() == "yes")
}
