//! What can go wrong with an input as a whole.

/// Why an object, or the rest of it, could not be read. One of them never ends a query: it is kept in the
/// [`Ledger`](crate::Ledger), and the other objects are read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// The place where it lies did not give it.
    #[error("{0}")]
    Unreadable(String),
    /// It was listed, and is no longer there.
    #[error("it was listed, and is no longer there")]
    Vanished,
    /// It was listed, and has other bytes now.
    #[error("it changed after it was listed")]
    Changed,
    /// Reading it is not permitted.
    #[error("{0}")]
    Denied(String),
    /// Formats differ, and nothing tells which lines have which.
    #[error("{0}")]
    Ambiguous(String),
    /// The compressed data end too early, or are damaged.
    #[error("the gzip data are {what} after {bytes} bytes of text")]
    Gzip {
        /// `cut` or `damaged`.
        what: &'static str,
        /// How much could be unpacked. Whole lines of it were used.
        bytes: u64,
    },
    /// It unpacks to more than is allowed.
    #[error("it unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// Nobody says which fields its lines have.
    #[error("it has no header line")]
    NoHeader,
    /// It begins as JSON does, and nothing but brackets stands there.
    #[error("it begins as JSON does, and holds no JSON object")]
    NoJson,
    /// It is a Parquet file that cannot be read.
    #[error("Parquet: {0}")]
    Parquet(String),
}

impl ObjectError {
    /// The error that a source gave while its bytes were read.
    pub(crate) fn of(error: &std::io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().cloned()
    }

    /// What to do about it, in one line, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoHeader | Self::Ambiguous(_) => Some(
                "give the flow log's format with --log-format '${version} ${account-id} …', as DescribeFlowLogs has it",
            ),
            Self::TooLarge { .. } => Some("--max-object-size raises the limit"),
            Self::Changed => Some("run it again"),
            Self::Denied(_) => Some("`flowcover permissions query` prints what reading needs"),
            Self::Unreadable(_)
            | Self::Vanished
            | Self::Gzip { .. }
            | Self::NoJson
            | Self::Parquet(_) => None,
        }
    }
}

/// An error of a source as text, for [`ObjectError::Unreadable`].
pub(crate) fn unreadable(error: &std::io::Error) -> ObjectError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ObjectError::Vanished,
        _ => ObjectError::Unreadable(error.to_string()),
    }
}
