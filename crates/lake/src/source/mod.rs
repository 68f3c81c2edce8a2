//! Where objects lie, and how their bytes are had.

use std::fmt::Debug;
use std::fs::File;
use std::io::Read;

use async_trait::async_trait;

use crate::error::ObjectError;
use crate::object::Object;

mod ahead;
mod local;

pub use ahead::Ahead;
pub(crate) use ahead::{Fetched, fetched};
pub use local::{LocalFiles, PathError, list_paths};

/// The bytes of an object, as they lie there.
pub enum Content {
    /// All of them.
    Whole(Vec<u8>),
    /// To be read bit by bit, for they are many.
    Stream(Box<dyn Read + Send>),
    /// A file on disk.
    File(File),
}

impl Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Whole({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
            Self::File(_) => f.write_str("File"),
        }
    }
}

/// A place that gives the bytes of objects. Implemented by whoever knows the place: this crate knows only local files.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// All bytes of the object, as they lie there.
    ///
    /// # Errors
    /// If it cannot be read: the others are read all the same.
    async fn get(&self, object: &Object) -> Result<Content, ObjectError>;

    /// The first bytes of it, at most `most`: enough to see a header line.
    ///
    /// # Errors
    /// As [`Store::get`].
    async fn head(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError>;

    /// The last bytes of it, at most `most`: enough to see the footer of a Parquet file.
    ///
    /// # Errors
    /// As [`Store::get`].
    async fn tail(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError>;

    /// How much a scan fetches before it is its turn, in each partition.
    fn ahead(&self) -> Ahead {
        Ahead::default()
    }

    /// What there is to say of the reading so far, one line each: how many calls it took.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}
