//! Why a report could not be written.

use std::io;

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The file, pipe or terminal refused it.
    #[error("cannot write the report: {0}")]
    Io(#[from] io::Error),
    /// What detections found has no shape in this format.
    #[error(
        "what detections found cannot be written as {0}: expected {expected}",
        expected = crate::Format::OF_DETECTIONS.map(crate::Format::as_str).join(", ")
    )]
    NotForDetections(crate::Format),
    /// An investigation has no shape in this format.
    #[error(
        "an investigation cannot be written as {0}: expected {expected}",
        expected = crate::Format::OF_INVESTIGATIONS.map(crate::Format::as_str).join(", ")
    )]
    NotForInvestigations(crate::Format),
    /// An estimate has no shape in this format.
    #[error(
        "an estimate cannot be written as {0}: expected {expected}",
        expected = crate::Format::OF_COSTS.map(crate::Format::as_str).join(", ")
    )]
    NotForCosts(crate::Format),
    /// A value could not be put into its format.
    #[error("cannot encode the report as {format}: {message}")]
    Encode {
        /// The format.
        format: crate::Format,
        /// What its encoder said.
        message: String,
    },
}

impl RenderError {
    /// Whether the reader went away (`flowcover audit | head`): nothing to complain about.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<serde_json::Error> for RenderError {
    fn from(error: serde_json::Error) -> Self {
        // A report has no map with keys that JSON cannot hold, so only writing can fail.
        Self::Io(error.into())
    }
}

impl From<::csv::Error> for RenderError {
    fn from(error: ::csv::Error) -> Self {
        match error.into_kind() {
            ::csv::ErrorKind::Io(error) => Self::Io(error),
            other => Self::Encode {
                format: crate::Format::Csv,
                message: format!("{other:?}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_told_apart_through_every_encoder() {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(RenderError::from(gone()).is_broken_pipe());
        assert!(RenderError::from(::csv::Error::from(gone())).is_broken_pipe());
        assert!(RenderError::from(serde_json::Error::io(gone())).is_broken_pipe());
        assert!(!RenderError::from(io::Error::from(io::ErrorKind::StorageFull)).is_broken_pipe());
    }
}
