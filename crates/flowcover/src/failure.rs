//! Expected failures: one line that says what happened, one hint that says what to do.

use std::fmt;

use crate::exit::Exit;
use crate::terminal;

/// A failure that is not a bug.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// Input or command line that cannot be used.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
            hint: None,
        }
    }

    /// Credentials or permission: nothing could be read.
    pub(crate) fn nothing_read(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::NothingRead,
            message: message.into(),
            hint: None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Says on standard error what went wrong, and gives the exit code for it.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    if is_closed_pipe(error) {
        return Exit::Clean;
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        terminal::error(&failure.message);
        if let Some(hint) = &failure.hint {
            terminal::hint(hint);
        }
        return failure.exit;
    }
    terminal::error(&format!("{error:#}"));
    terminal::hint(
        "this is a bug in flowcover; please report it with the command line that you used",
    );
    Exit::Bug
}

/// Whether the reader of our output went away: no reason to complain.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        let render = cause.downcast_ref::<flowcover_view::RenderError>();
        // It keeps the error of the writer to itself: its source is that error's source.
        let json = cause.downcast_ref::<serde_json::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
            || json.and_then(serde_json::Error::io_error_kind)
                == Some(std::io::ErrorKind::BrokenPipe)
            || render.is_some_and(flowcover_view::RenderError::is_broken_pipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let gone = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        for error in [
            anyhow::Error::new(gone()),
            anyhow::Error::new(gone()).context("cannot write"),
            anyhow::Error::new(serde_json::Error::io(gone())),
        ] {
            assert_eq!(report(&error), Exit::Clean);
        }
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert!(!is_closed_pipe(&anyhow::Error::new(full)));
    }
}
