//! The field `log-status`.

use std::fmt;

/// What a record says about itself in `log-status`.
///
/// Source: VPC user guide, "Flow log records".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogStatus {
    /// `OK`: traffic was recorded.
    Ok,
    /// `NODATA`: there was no traffic in the window.
    NoData,
    /// `SKIPDATA`: records were left out, by a lack of capacity or an error inside AWS.
    SkipData,
}

impl LogStatus {
    /// The status that the bytes of the field spell. `None` for others.
    #[inline]
    #[must_use]
    pub fn of(text: &[u8]) -> Option<Self> {
        match text {
            b"OK" => Some(Self::Ok),
            b"NODATA" => Some(Self::NoData),
            b"SKIPDATA" => Some(Self::SkipData),
            _ => None,
        }
    }

    /// The word that AWS writes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::NoData => "NODATA",
            Self::SkipData => "SKIPDATA",
        }
    }
}

impl fmt::Display for LogStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for status in [LogStatus::Ok, LogStatus::NoData, LogStatus::SkipData] {
            assert_eq!(LogStatus::of(status.to_string().as_bytes()), Some(status));
        }
        for other in ["", "-", "ok", "OK ", "NODATA\r"] {
            assert_eq!(LogStatus::of(other.as_bytes()), None, "{other:?}");
        }
    }
}
