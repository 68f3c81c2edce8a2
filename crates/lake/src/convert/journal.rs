//! The journal of a conversion: which inputs went into which files.
//!
//! Files of a part are first written under temporary names, on disk, and verified. Then one line is appended here and synced: that is the moment
//! at which all of them count. Then they are given their names. A run that finds a line whose files have not yet their names gives
//! them; temporary files without a line are removed.
//!
//! Lines are JSON. The first says what is converted to what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::at;
use super::work::Finished;
use super::{Conversion, ConvertError, ConvertSettings};
use crate::object::Object;

/// Its name: a dot, so that readers of directories pass it over.
const NAME: &str = ".flowcover-convert.ndjson";
/// What temporary files begin with.
pub(super) const TEMPORARY_START: &str = ".flowcover-";
/// What they end with.
pub(super) const TEMPORARY_END: &str = ".part";
const VERSION: u32 = 1;
const STANDARD_INPUT: &str = "-";
/// How often, and after which pause, the lock is tried again.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    flowcover_convert: u32,
    to: String,
    /// What tells the key of pseudonyms from others.
    pseudonym_key: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    part: u64,
    inputs: Vec<InputLine>,
    files: Vec<FileLine>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct InputLine {
    location: String,
    size: u64,
    /// Records of it that are in the files.
    records: u64,
    /// Why not all of it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failure: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FileLine {
    path: String,
    records: u64,
    /// Sums as texts: they may be larger than what JSON's readers take for numbers.
    packets: String,
    bytes: String,
}

/// An input that is done.
#[derive(Debug)]
struct Known {
    size: u64,
    failure: Option<String>,
}

/// An open journal. The lock belongs to the open file: it is released when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    path: PathBuf,
    file: File,
    known: BTreeMap<String, Known>,
    next: u64,
}

impl Journal {
    /// Opens or begins the journal of that directory, and puts in order what a killed run left.
    pub(super) fn open(folder: &Path, settings: &ConvertSettings) -> Result<Self, ConvertError> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        let folder = fs::canonicalize(folder).map_err(at(folder))?;
        let path = folder.join(NAME);
        if !path.exists() && !is_empty(&folder)? {
            return Err(ConvertError::NotEmpty(folder));
        }
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(at(&path))?;
        lock(&file, &folder, &path)?;
        let mut journal = Self {
            folder,
            path,
            file,
            known: BTreeMap::new(),
            next: 1,
        };
        let names = journal.read(settings)?;
        journal.finish_names(&names)?;
        Ok(journal)
    }

    /// Reads the lines; gives the names of all files. A last line without its end was never committed, and goes away.
    fn read(&mut self, settings: &ConvertSettings) -> Result<BTreeSet<PathBuf>, ConvertError> {
        let mut text = String::new();
        let path = self.path.clone();
        self.file.seek(SeekFrom::Start(0)).map_err(at(&path))?;
        self.file.read_to_string(&mut text).map_err(at(&path))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            self.file.set_len(whole as u64).map_err(at(&path))?;
        }
        let head = Head {
            flowcover_convert: VERSION,
            to: settings.to.name().to_owned(),
            pseudonym_key: settings
                .reading
                .pseudonyms
                .as_ref()
                .map(|pseudonyms| pseudonyms.key_id().to_owned()),
        };
        let mut lines = text[..whole].lines().enumerate();
        match lines.next() {
            None => self.append(&head)?,
            Some((_, first)) => self.compare(&self.parse(0, first)?, &head)?,
        }
        let mut names = BTreeSet::new();
        for (index, line) in lines {
            let line: Line = self.parse(index, line)?;
            self.next = self.next.max(line.part + 1);
            names.extend(line.files.iter().map(|file| self.folder.join(&file.path)));
            for input in line.inputs {
                let (size, failure) = (input.size, input.failure);
                self.known.insert(input.location, Known { size, failure });
            }
        }
        Ok(names)
    }

    fn parse<'t, T: Deserialize<'t>>(
        &self,
        index: usize,
        text: &'t str,
    ) -> Result<T, ConvertError> {
        serde_json::from_str(text).map_err(|error| ConvertError::Journal {
            path: self.path.clone(),
            line: index + 1,
            why: error.to_string(),
        })
    }

    fn compare(&self, found: &Head, wanted: &Head) -> Result<(), ConvertError> {
        let what = if found.flowcover_convert != wanted.flowcover_convert {
            "another version of flowcover".to_owned()
        } else if found.to != wanted.to {
            format!("--to {}", found.to)
        } else if found.pseudonym_key != wanted.pseudonym_key {
            match &found.pseudonym_key {
                Some(_) => "--pseudonymise and another key".to_owned(),
                None => "addresses as they are, without --pseudonymise".to_owned(),
            }
        } else {
            return Ok(());
        };
        Err(ConvertError::Begun {
            path: self.folder.clone(),
            what,
        })
    }

    /// Gives committed files their names, and removes temporary ones that were never committed.
    fn finish_names(&self, names: &BTreeSet<PathBuf>) -> Result<(), ConvertError> {
        let mut temporary = Vec::new();
        find_temporary(&self.folder, &mut temporary)?;
        for path in temporary {
            match name_of(&path).filter(|name| names.contains(name)) {
                Some(name) => fs::rename(&path, name),
                None => fs::remove_file(&path),
            }
            .map_err(at(&path))?;
        }
        Ok(())
    }

    /// The inputs that are not yet converted.
    pub(super) fn left(
        &self,
        objects: Vec<Object>,
        conversion: &mut Conversion,
    ) -> Result<Vec<Object>, ConvertError> {
        let mut seen = BTreeSet::new();
        let mut left = Vec::new();
        for object in objects {
            let location = identity(&object.location);
            if location == STANDARD_INPUT && self.next > 1 {
                return Err(ConvertError::StandardInput(self.folder.clone()));
            }
            // The output may lie below the input: it is none.
            if Path::new(&location).starts_with(&self.folder) || !seen.insert(location.clone()) {
                continue;
            }
            match self.known.get(&location) {
                None => left.push(object),
                Some(known) if known.size != object.size => conversion.changed.push(location),
                Some(known) => {
                    conversion.earlier += 1;
                    if let Some(failure) = &known.failure {
                        conversion
                            .earlier_failures
                            .insert(location, failure.clone());
                    }
                }
            }
        }
        Ok(left)
    }

    /// The number of a new part: no file has it yet.
    pub(super) fn next_number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// Makes the files of a part count, and gives them their names.
    pub(super) fn commit(
        &mut self,
        part: u64,
        finished: &mut Finished,
    ) -> Result<(), ConvertError> {
        let inputs: Vec<InputLine> = finished
            .inputs
            .iter()
            // What gave nothing is asked for again by the next run.
            .filter(|input| input.account.is_complete() || input.account.counts.read > 0)
            .map(|input| InputLine {
                location: identity(&input.location),
                size: input.size,
                records: input.account.counts.read - input.account.counts.malformed,
                failure: input.failure(),
            })
            .collect();
        if inputs.is_empty() {
            return Ok(());
        }
        let files = finished.files.iter().map(|file| FileLine {
            path: file.path.clone(),
            records: file.totals.records,
            packets: file.totals.packets.to_string(),
            bytes: file.totals.bytes.to_string(),
        });
        let files = files.collect();
        self.sync_folders(finished)?;
        // From here on the line may be on disk, also if this run ends before it knows.
        for file in &mut finished.files {
            file.is_committed = true;
        }
        self.append(&Line {
            part,
            inputs,
            files,
        })?;
        for file in &finished.files {
            let path = self.folder.join(&file.path);
            fs::rename(&file.temporary, &path).map_err(at(&path))?;
        }
        self.sync_folders(finished)
    }

    fn append(&mut self, line: &impl Serialize) -> Result<(), ConvertError> {
        let mut text = serde_json::to_vec(line).map_err(|error| at(&self.path)(error.into()))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(at(&self.path))?;
        self.file.sync_all().map_err(at(&self.path))?;
        sync_folder(&self.folder);
        Ok(())
    }

    /// The names of files are on disk when their folders are.
    fn sync_folders(&self, finished: &Finished) -> Result<(), ConvertError> {
        let mut folders = BTreeSet::new();
        for file in &finished.files {
            let below = file.temporary.ancestors().skip(1);
            folders.extend(below.take_while(|folder| folder.starts_with(&self.folder)));
        }
        folders.into_iter().for_each(sync_folder);
        Ok(())
    }
}

/// A process that was killed holds its lock until the kernel has done away with it: it is waited for a little.
fn lock(file: &File, folder: &Path, path: &Path) -> Result<(), ConvertError> {
    let mut left = LOCK_TRIES;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(at(path)(error)),
            Err(TryLockError::WouldBlock) if left == 0 => {
                return Err(ConvertError::Busy(folder.to_owned()));
            }
            Err(TryLockError::WouldBlock) => {
                left -= 1;
                std::thread::sleep(LOCK_PAUSE);
            }
        }
    }
}

/// Not every system lets a folder be opened.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        // A file system that cannot do it does not say so in a way that helps.
        let _ = folder.sync_all();
    }
}

fn is_empty(folder: &Path) -> Result<bool, ConvertError> {
    let mut entries = fs::read_dir(folder).map_err(at(folder))?;
    Ok(entries.next().is_none())
}

/// What a location is remembered by: local files by their absolute path, so that `logs` and `./logs` are the same.
fn identity(location: &str) -> String {
    if location == STANDARD_INPUT || location.contains("://") {
        return location.to_owned();
    }
    fs::canonicalize(location).map_or_else(
        |_| location.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}

fn find_temporary(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), ConvertError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(at(folder))?;
        let path = entry.path();
        if entry.file_type().map_err(at(&path))?.is_dir() {
            find_temporary(&path, found)?;
        } else if name_of(&path).is_some() {
            found.push(path);
        }
    }
    Ok(())
}

/// The name that a temporary file will have.
fn name_of(temporary: &Path) -> Option<PathBuf> {
    let name = temporary.file_name()?.to_str()?;
    let name = name.strip_prefix(TEMPORARY_START)?;
    let name = name.strip_suffix(TEMPORARY_END)?;
    Some(temporary.with_file_name(name))
}
