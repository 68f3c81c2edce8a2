//! The file of a journal: locked while it is used, and on disk line by line.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use flowcover_core::journal::{self, Entry, Event, Header, Journal};
use flowcover_core::plan;

use crate::commands::now;
use crate::failure::Failure;
use crate::terminal;

/// Largest journal that is read, in bytes.
const MOST_BYTES: u64 = 1 << 30;

/// An open journal. The lock belongs to the open file: the kernel releases it when the process ends,
/// however it ends (`flock(2)`).
#[derive(Debug)]
pub(crate) struct JournalFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl JournalFile {
    /// Makes a journal, on disk under its name and with its first line before this returns. A file that a run left
    /// before its first line was whole is used again: nothing was done then.
    pub(crate) fn create(path: &Path, header: &Header) -> Result<Self, Failure> {
        let refused = |error: &io::Error| {
            Failure::usage(format!("cannot make {}: {error}", path.display()))
                .hint("nothing was changed; give --journal a folder that can be written")
        };
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = file.map_err(|error| refused(&error))?;
        lock(&file, path)?;
        begin_anew(&mut file, path)?;
        let journal = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
        };
        let line = serde_json::to_vec(header).map_err(io::Error::from);
        line.and_then(|line| journal.write_line(line))
            .and_then(|()| sync_folder(path))
            .map_err(|error| refused(&error))?;
        Ok(journal)
    }

    /// Opens the journal of an earlier run to go on with it. A last line that was cut is taken away.
    pub(crate) fn open(path: &Path) -> Result<(Self, Journal), Failure> {
        let file = OpenOptions::new().read(true).append(true).open(path);
        let (file, journal) = read(file, path)?;
        if journal.is_cut {
            let cut = file.set_len(journal.whole).and_then(|()| file.sync_all());
            cut.map_err(|error| cannot_use(path, &error))?;
            terminal::warning(&format!(
                "{}: the last line was cut; what it was about is looked up",
                path.display()
            ));
        }
        let opened = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
        };
        Ok((opened, journal))
    }

    /// Reads the journal of an earlier run, and leaves it as it is.
    pub(crate) fn look(path: &Path) -> Result<Journal, Failure> {
        read(File::open(path), path).map(|(_, journal)| journal)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line, on disk before this returns.
    pub(crate) fn append(&self, event: Event) -> io::Result<()> {
        let entry = Entry { at: now(), event };
        self.write_line(serde_json::to_vec(&entry)?)
    }

    /// In one call, so that a crash leaves the whole line, a part of it, or nothing.
    fn write_line(&self, mut line: Vec<u8>) -> io::Result<()> {
        line.push(b'\n');
        let mut file = self
            .file
            .lock()
            .map_err(|_| io::Error::other("a writer of the journal failed"))?;
        file.write_all(&line)?;
        file.sync_data()
    }
}

/// Refuses a file that holds anything but the beginning of a first line.
fn begin_anew(file: &mut File, path: &Path) -> Result<(), Failure> {
    let refused = |error: &io::Error| cannot_use(path, error);
    let found = file.metadata().map_err(|error| refused(&error))?;
    if !found.is_file() {
        return Err(Failure::usage(format!(
            "cannot make {}: it is no plain file",
            path.display()
        ))
        .hint("nothing was changed; give another --journal"));
    }
    let mut start = Vec::new();
    Read::by_ref(file)
        .take(MOST_BYTES)
        .read_to_end(&mut start)
        .map_err(|error| refused(&error))?;
    let begun = start.is_empty()
        || (start.starts_with(b"{\"schema\":\"flowcover.journal/") && !start.contains(&b'\n'));
    if begun {
        return file.set_len(0).map_err(|error| refused(&error));
    }
    let failure = Failure::usage(format!("cannot make {}: it exists", path.display()));
    Err(if journal::read(&start, "").is_ok() {
        failure.hint(format!(
            "`flowcover apply --resume {}` goes on with that run; otherwise give another --journal",
            path.display()
        ))
    } else {
        failure.hint("nothing was changed; give another --journal")
    })
}

fn read(file: io::Result<File>, path: &Path) -> Result<(File, Journal), Failure> {
    let refused = |error: &io::Error| cannot_use(path, error);
    let mut file = file.map_err(|error| refused(&error))?;
    lock(&file, path)?;
    let length = file.metadata().map_err(|error| refused(&error))?.len();
    if length > MOST_BYTES {
        return Err(Failure::usage(format!(
            "cannot use {}: it is longer than {} GiB",
            path.display(),
            MOST_BYTES >> 30
        )));
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))
        .map_err(|error| refused(&error))?;
    Read::by_ref(&mut file)
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(&error))?;
    let name = path.display().to_string();
    if plan::read(&bytes, &name).is_ok() {
        return Err(
            Failure::usage(format!("{name} is a plan, not the journal of a run"))
                .hint("`flowcover apply` takes the plan, and writes a journal"),
        );
    }
    let journal = journal::read(&bytes, &name)
        .map_err(|error| Failure::usage(error.to_string()).hint("nothing was changed"))?;
    Ok((file, journal))
}

fn cannot_use(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot use {}: {error}", path.display()))
}

fn lock(file: &File, path: &Path) -> Result<(), Failure> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            Failure::usage(format!("{} is in use by another flowcover", path.display()))
                .hint("nothing was changed; wait for the other run to end")
        }
        TryLockError::Error(error) => {
            Failure::usage(format!("cannot lock {}: {error}", path.display()))
                .hint("nothing was changed; the file system must know locks")
        }
    })
}

/// Locks a file for as long as the answer lives: two runs of one plan would get in each other's way.
pub(crate) fn lock_shared_file(path: &Path) -> Result<File, Failure> {
    let file = File::open(path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    lock(&file, path)?;
    Ok(file)
}

/// The name of a file is on disk when its folder is. Not every system lets a folder be opened.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new("."))).map_or(Ok(()), |folder| folder.sync_all())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    use flowcover_core::plan::Plan;

    fn header() -> Header {
        Header {
            schema: journal::SCHEMA.to_owned(),
            run: "r-1".to_owned(),
            begun_at: now(),
            generator: "flowcover".to_owned(),
            allowed: Vec::new(),
            only: None,
            plan: plan(),
        }
    }

    fn plan() -> Plan {
        let policy = flowcover_core::policy::Policy::preset("cis").unwrap();
        let inventory = flowcover_core::inventory::Inventory::empty(now());
        let report = flowcover_core::assess(&inventory, &policy);
        Plan {
            schema: flowcover_core::plan::SCHEMA.to_owned(),
            id: String::new(),
            generator: "flowcover".to_owned(),
            partition: "aws".to_owned(),
            made_by: Vec::new(),
            policy: report.policy,
            notes: Vec::new(),
            accounts: Default::default(),
            steps: Vec::new(),
            not_fixed: Vec::new(),
        }
        .named()
    }

    #[test]
    fn what_was_appended_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let journal = JournalFile::create(&path, &header()).unwrap();
        journal.append(Event::Resumed).unwrap();
        drop(journal);
        let (_, read) = JournalFile::open(&path).unwrap();
        assert_eq!(read.header, header_of(&read));
        assert_eq!(read.entries.len(), 1);
        assert!(!read.is_cut);
    }

    fn header_of(journal: &Journal) -> Header {
        Header {
            begun_at: journal.header.begun_at,
            ..header()
        }
    }

    #[test]
    fn a_run_that_died_before_its_first_line_was_whole_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        for left in ["", "{\"schema\":\"flowcover.journal/1\",\"run\":\"r"] {
            let path = folder.path().join("run.journal");
            std::fs::write(&path, left).unwrap();
            drop(JournalFile::create(&path, &header()).unwrap());
            assert!(JournalFile::open(&path).is_ok());
            std::fs::remove_file(path).unwrap();
        }
        let other = folder.path().join("notes.txt");
        std::fs::write(&other, "mine").unwrap();
        assert!(JournalFile::create(&other, &header()).is_err());
        assert_eq!(std::fs::read_to_string(other).unwrap(), "mine");
    }

    #[test]
    fn only_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let first = JournalFile::create(&path, &header()).unwrap();
        let error = JournalFile::open(&path).unwrap_err().to_string();
        assert!(error.contains("in use"), "{error}");
        let error = JournalFile::create(&path, &header())
            .unwrap_err()
            .to_string();
        assert!(error.contains("in use"), "{error}");
        drop(first);
        let error = JournalFile::create(&path, &header())
            .unwrap_err()
            .to_string();
        assert!(error.contains("it exists"), "{error}");
        assert!(JournalFile::open(&path).is_ok());
    }

    #[test]
    fn a_line_that_was_cut_goes_before_more_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        drop(JournalFile::create(&path, &header()).unwrap());
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"at\":\"2026-").unwrap();
        let (journal, read) = JournalFile::open(&path).unwrap();
        assert!(read.is_cut);
        journal.append(Event::Resumed).unwrap();
        drop(journal);
        let (_, read) = JournalFile::open(&path).unwrap();
        assert_eq!((read.entries.len(), read.is_cut), (1, false));
    }
}
