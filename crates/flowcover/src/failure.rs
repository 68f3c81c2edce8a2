//! Expected failures: one line that says what happened, one hint that says what to do.

use std::fmt;
use std::io::ErrorKind;

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

    /// Something was not read.
    pub(crate) fn incomplete(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Incomplete,
            message: message.into(),
            hint: None,
        }
    }

    /// Changes were begun, and not all made.
    pub(crate) fn part_way(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::PartWay,
            message: message.into(),
            hint: None,
        }
    }

    /// Says it on standard error.
    pub(crate) fn say(&self) {
        terminal::error(&self.message);
        if let Some(hint) = &self.hint {
            terminal::hint(hint);
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
    if let Some(failure) = error.downcast_ref::<Failure>() {
        failure.say();
        return failure.exit;
    }
    match io_kind(error) {
        // The reader of our output went away: no reason to complain.
        Some(ErrorKind::BrokenPipe) => return Exit::Clean,
        Some(kind) => {
            terminal::error(&format!("cannot read or write: {kind}"));
            return Exit::Usage;
        }
        None => {}
    }
    terminal::error(&format!("{error:#}"));
    terminal::hint(
        "this is a bug in flowcover; please report it with the command line that you used",
    );
    Exit::Bug
}

/// What the system refused, if that is what an error is about.
pub(crate) fn io_kind(error: &anyhow::Error) -> Option<ErrorKind> {
    error.chain().find_map(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        // It keeps the error of the writer to itself: its source is that error's source.
        let json = cause.downcast_ref::<serde_json::Error>();
        io.map(std::io::Error::kind)
            .or_else(|| json.and_then(serde_json::Error::io_error_kind))
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
            anyhow::Error::new(flowcover_view::RenderError::from(gone())),
        ] {
            assert_eq!(report(&error), Exit::Clean);
        }
    }

    #[test]
    fn a_full_disk_is_no_bug() {
        let full = std::io::Error::from(ErrorKind::StorageFull);
        assert_eq!(report(&anyhow::Error::new(full)), Exit::Usage);
        assert_eq!(report(&anyhow::anyhow!("impossible")), Exit::Bug);
    }
}
