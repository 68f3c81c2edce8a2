//! What is done while records are read: faults are written down, or stop the run; progress is shown.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use flowcover_lake::{Object, ObjectError, Stopped, Witness};
use flowcover_record::Malformed;

use super::rejects::Rejects;
use super::uncovered::missing_bins;
use crate::cli::{Global, Reading};
use crate::failure::Failure;
use crate::output;
use crate::progress::ReadingProgress;
use crate::source::Sources;
use crate::terminal;

const LENIENT: &str = "without --strict it would be left out and counted; --rejects FILE keeps lines that are left out";

/// Is told of every object and every fault.
#[derive(Debug)]
pub(crate) struct Watch {
    rejects: Option<Rejects>,
    is_strict: bool,
    /// Why the run is to end.
    stop: Mutex<Option<Failure>>,
    progress: Option<ReadingProgress>,
    /// What the names of the objects show to be missing, if that was asked for.
    missing: Vec<String>,
}

/// Opens the file for lines that are no records, before any work. Another output goes to `output`, if to a file or a pipe.
pub(crate) fn open_rejects(
    reading: &Reading,
    others: &[Option<&Path>],
) -> Result<Option<Rejects>, Failure> {
    let Some(path) = &reading.rejects else {
        return Ok(None);
    };
    let sink = output::open_beside(path, others)?;
    // They may hold addresses.
    Ok(Some(Rejects::new(sink, reading.pseudonymise.is_some())))
}

impl Watch {
    /// Over these sources; looks in the names of objects for what is missing, if that is wanted. No progress is shown before [`Watch::begin`].
    pub(crate) fn new(
        rejects: Option<Rejects>,
        reading: &Reading,
        global: &Global,
        sources: &Sources,
        wants_missing: bool,
    ) -> Arc<Self> {
        let objects = &sources.objects;
        let is_shown = !global.quiet && terminal::has_progress();
        let keys = objects.iter().filter_map(|object| object.key.as_ref());
        Arc::new(Self {
            rejects,
            is_strict: reading.strict,
            stop: Mutex::new(None),
            progress: is_shown
                .then(|| ReadingProgress::new(objects.iter().map(|object| object.size).sum())),
            missing: if wants_missing {
                missing_bins(keys)
            } else {
                Vec::new()
            },
        })
    }

    /// What the names of the objects show to be missing, in lines.
    pub(crate) fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Begins to show progress.
    pub(crate) fn begin(&self) {
        if let Some(progress) = &self.progress {
            progress.begin();
        }
    }

    /// Shows no more progress.
    pub(crate) fn hide(&self) {
        if let Some(progress) = &self.progress {
            progress.end();
        }
    }

    /// Ends well: what was written of the faults is whole.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        self.hide();
        self.rejects.as_ref().map_or(Ok(()), Rejects::finish)
    }

    /// Ends badly: gives why reading was stopped, if it was. The file of lines that are no records has the one that stopped it.
    pub(crate) fn stopped(&self) -> Option<Failure> {
        let stop = self
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        Some(match self.finish() {
            Ok(()) => stop,
            Err(unwritten) => unwritten,
        })
    }

    /// The first reason is kept.
    fn stop(&self, why: Failure) -> Stopped {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        stop.get_or_insert(why);
        Stopped
    }
}

impl Witness for Watch {
    fn malformed(
        &self,
        location: &Arc<str>,
        line: u64,
        why: &Malformed,
        text: &[u8],
    ) -> Result<(), Stopped> {
        if let Some(rejects) = &self.rejects {
            let added = rejects.add(location, line, why, text);
            added.map_err(|unwritten| self.stop(unwritten))?;
        }
        if self.is_strict {
            let message = format!("stopped at the first fault: {location}:{line}: {why}");
            return Err(self.stop(Failure::incomplete(message).hint(LENIENT)));
        }
        Ok(())
    }

    fn unreadable(&self, location: &Arc<str>, error: &ObjectError) -> Result<(), Stopped> {
        if self.is_strict {
            let message = format!("stopped at the first fault: {location}: {error}");
            let hint = error.hint().unwrap_or(LENIENT);
            return Err(self.stop(Failure::incomplete(message).hint(hint)));
        }
        Ok(())
    }

    fn read(&self, object: &Object, records: u64) {
        if let Some(progress) = &self.progress {
            progress.add(object.size, records);
        }
    }
}
