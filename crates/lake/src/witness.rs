//! Whoever is told what happens while objects are read, as it happens.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use flowcover_record::Malformed;

use crate::error::ObjectError;
use crate::object::Object;

/// Is told of every object that was read, and of every fault as it is met, by any number of tasks at once.
///
/// An object that a query reads twice, such as one that joins `records` with itself, is told of twice, its faults too.
pub trait Witness: fmt::Debug + Send + Sync {
    /// A line that is no record: where, why, and what stands there, without line end. Nothing stands there where JSON holds no
    /// record. Pseudonyms are not put into it: it may hold addresses.
    ///
    /// # Errors
    /// If reading is to end here.
    fn malformed(
        &self,
        location: &Arc<str>,
        line: u64,
        why: &Malformed,
        text: &[u8],
    ) -> Result<(), Stopped>;

    /// An object could not be read, or not to its end.
    ///
    /// # Errors
    /// If reading is to end here.
    fn unreadable(&self, location: &Arc<str>, error: &ObjectError) -> Result<(), Stopped>;

    /// An object was read as far as it can be, with this many records.
    fn read(&self, object: &Object, records: u64);
}

/// A [`Witness`] wanted reading to end. It knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reading was stopped")]
pub struct Stopped;

impl Stopped {
    /// Whether that is what is behind an error.
    pub(crate) fn is_behind(error: &DataFusionError) -> bool {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            if error.is::<Self>() {
                return true;
            }
            next = error.source();
        }
        false
    }
}

impl From<Stopped> for ArrowError {
    fn from(stopped: Stopped) -> Self {
        Self::ExternalError(Box::new(stopped))
    }
}

impl From<Stopped> for DataFusionError {
    fn from(stopped: Stopped) -> Self {
        Self::External(Box::new(stopped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_known_behind_other_errors() {
        let wrapped = DataFusionError::from(ArrowError::from(Stopped));
        assert!(Stopped::is_behind(&wrapped));
        assert!(Stopped::is_behind(&wrapped.context("while scanning")));
        assert!(Stopped::is_behind(&Stopped.into()));
        let other = DataFusionError::Execution(Stopped.to_string());
        assert!(!Stopped::is_behind(&other));
    }
}
