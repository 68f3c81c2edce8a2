//! Files, directories and standard input.

use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom, stdin};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use flowcover_record::FileFormat;

use super::{Content, Store};
use crate::error::{ObjectError, unreadable};
use crate::object::Object;

/// The name of standard input.
const STANDARD_INPUT: &str = "-";

/// Files larger than this, in bytes, are not held in memory.
const MOST_IN_MEMORY: u64 = 64 * 1024 * 1024;
/// Larger Parquet files are read column by column: seldom are all of them asked for.
const MOST_PARQUET_IN_MEMORY: u64 = 1024 * 1024;

/// Files of this machine, and standard input as `-`, which can be read once.
#[derive(Debug, Default)]
pub struct LocalFiles {
    standard_input: Mutex<StandardInput>,
}

/// What was read of standard input to see its header line, and whether the rest is taken.
#[derive(Debug, Default)]
struct StandardInput {
    head: Option<Vec<u8>>,
    taken: bool,
}

impl LocalFiles {
    fn standard_input(&self) -> MutexGuard<'_, StandardInput> {
        self.standard_input
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A path that cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// There is no such file or directory, or it cannot be opened.
    #[error("cannot read {path}: {error}", path = path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// A pipe, a device: it could be read only once, and must be, to see its header line.
    #[error("cannot read {path}: it is neither a file nor a directory (`-` reads standard input)", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
}

/// What lies there: a file is itself; of a directory all files below it, sorted by path, without hidden ones. Links to
/// directories are not followed below the path itself.
///
/// # Errors
/// If the path, or a directory below it, cannot be read, or the path is a pipe or a device.
pub fn list_paths(path: &Path) -> Result<Vec<Object>, PathError> {
    let mut objects = Vec::new();
    if path == Path::new(STANDARD_INPUT) {
        objects.push(Object::new(STANDARD_INPUT, 0));
        return Ok(objects);
    }
    let unreadable = |error| PathError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if about.is_dir() {
        walk(path, &mut objects)?;
    } else if about.is_file() {
        objects.push(Object::new(&path.to_string_lossy(), about.len()));
    } else {
        return Err(PathError::NotAFile {
            path: path.to_owned(),
        });
    }
    Ok(objects)
}

fn walk(folder: &Path, objects: &mut Vec<Object>) -> Result<(), PathError> {
    let unreadable = |error| PathError::Unreadable {
        path: folder.to_owned(),
        error,
    };
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .and_then(Iterator::collect)
        .map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            walk(&path, objects)?;
        } else if let Ok(about) = std::fs::metadata(&path)
            && about.is_file()
        {
            objects.push(Object::new(&path.to_string_lossy(), about.len()));
        }
    }
    Ok(())
}

#[async_trait]
impl Store for LocalFiles {
    async fn get(&self, object: &Object) -> Result<Content, ObjectError> {
        if &*object.location == STANDARD_INPUT {
            let mut input = self.standard_input();
            if std::mem::replace(&mut input.taken, true) {
                let once = "standard input can be read only once".to_owned();
                return Err(ObjectError::Unreadable(once));
            }
            let head = input.head.take().unwrap_or_default();
            return Ok(Content::Stream(Box::new(Cursor::new(head).chain(stdin()))));
        }
        open(object).map_err(|error| unreadable(&error))
    }

    async fn head(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError> {
        let mut bytes = Vec::new();
        let most = most as u64;
        if &*object.location == STANDARD_INPUT {
            let mut input = self.standard_input();
            if input.head.is_none() && !input.taken {
                let read = stdin().take(most).read_to_end(&mut bytes);
                read.map_err(|error| unreadable(&error))?;
                input.head = Some(bytes);
            }
            return Ok(input.head.clone().unwrap_or_default());
        }
        File::open(&*object.location)
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .map_err(|error| unreadable(&error))?;
        Ok(bytes)
    }

    async fn tail(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError> {
        let mut bytes = Vec::new();
        let mut read = || {
            let mut file = File::open(&*object.location)?;
            let start = file.metadata()?.len().saturating_sub(most as u64);
            file.seek(SeekFrom::Start(start))?;
            file.read_to_end(&mut bytes)
        };
        read().map_err(|error| unreadable(&error))?;
        Ok(bytes)
    }
}

fn open(object: &Object) -> std::io::Result<Content> {
    let mut file = File::open(&*object.location)?;
    let size = file.metadata()?.len();
    let most = match object.format() {
        FileFormat::PlainText => MOST_IN_MEMORY,
        FileFormat::Parquet => MOST_PARQUET_IN_MEMORY,
    };
    if size > most {
        return Ok(Content::File(file));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.read_to_end(&mut bytes)?;
    Ok(Content::Whole(bytes))
}
