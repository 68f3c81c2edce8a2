//! Writes an output: files appear whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::place::{Place, refused};
use crate::failure::{Failure, io_kind};

/// An opened place.
#[derive(Debug)]
pub(crate) struct Sink {
    name: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Stdout,
    Stream(File),
    File {
        temporary: NamedTempFile,
        path: PathBuf,
    },
}

impl Sink {
    /// Opens a place, so that one that cannot be written is known before any work.
    pub(super) fn open(place: &Place) -> Result<Self, Failure> {
        let kind = match place {
            Place::Stdout => Kind::Stdout,
            Place::Stream(path) => {
                let opened = OpenOptions::new().write(true).open(path);
                Kind::Stream(opened.map_err(|error| refused(path, &error))?)
            }
            Place::File(path) => Kind::File {
                temporary: temporary(path).map_err(|error| refused(path, &error))?,
                path: path.clone(),
            },
        };
        Ok(Self {
            name: place.to_string(),
            kind,
        })
    }

    /// Begins to write into it bit by bit.
    pub(crate) fn begin(self) -> Filling {
        Filling {
            name: self.name,
            writer: BufWriter::with_capacity(1 << 16, self.kind),
        }
    }

    /// Writes into it with `write`, and finishes it. A reader that went away is no error.
    pub(crate) fn fill(
        self,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let name = self.name;
        let written = match self.kind {
            Kind::Stdout => buffered(io::stdout().lock(), write).map(drop),
            Kind::Stream(file) => buffered(file, write).map(drop),
            Kind::File { temporary, path } => {
                buffered(temporary, write).and_then(|file| Ok(finish(file, &path)?))
            }
        };
        written.or_else(|error| match io_kind(&error) {
            Some(io::ErrorKind::BrokenPipe) => Ok(()),
            Some(kind) => Err(unwritten(&name, kind).into()),
            None => Err(error),
        })
    }
}

/// A place that is written bit by bit, by whoever has something to say.
#[derive(Debug)]
pub(crate) struct Filling {
    name: String,
    writer: BufWriter<Kind>,
}

impl Filling {
    /// Adds to it. A reader that went away is no error.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.writer.write_all(bytes);
        unless_gone(written).map_err(|error| unwritten(&self.name, error.kind()))
    }

    /// Makes it whole. A file that is not finished never appears.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let written = unless_gone(self.writer.flush());
        // What could not be written is not tried again.
        let (kind, _) = self.writer.into_parts();
        let finished = written.and_then(|()| match kind {
            Kind::File { temporary, path } => finish(temporary, &path),
            Kind::Stdout | Kind::Stream(_) => Ok(()),
        });
        finished.map_err(|error| unwritten(&self.name, error.kind()))
    }
}

impl Write for Kind {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout => io::stdout().write(bytes),
            Self::Stream(file) => file.write(bytes),
            Self::File { temporary, .. } => temporary.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout => io::stdout().flush(),
            Self::Stream(file) => file.flush(),
            Self::File { temporary, .. } => temporary.flush(),
        }
    }
}

fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

fn unwritten(name: &str, kind: io::ErrorKind) -> Failure {
    Failure::usage(format!("cannot write {name}: {kind}"))
}

fn buffered<W: Write>(
    to: W,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<W> {
    let mut writer = BufWriter::with_capacity(1 << 16, to);
    write(&mut writer)?;
    Ok(writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?)
}

/// A file beside `path`, which goes away unless it is finished.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".flowcover-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file, so that the user's mask decides; or as the file that it replaces.
        let mode = fs::metadata(path).map_or(0o666, |found| found.permissions().mode());
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    builder.tempfile_in(folder(path))
}

/// Makes the file appear under its name, on disk before that.
fn finish(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename is on disk when its folder is. Not every system lets a folder be opened.
    File::open(folder(path)).map_or(Ok(()), |folder| folder.sync_all())
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn open(path: &Path) -> Result<Sink, Failure> {
        Sink::open(&Place::of(Some(path))?)
    }

    #[test]
    fn a_file_appears_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let sink = open(&path).unwrap();
        assert!(!path.exists());
        let filled = sink.fill(|out| Ok(out.write_all(b"whole")?));
        filled.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        drop(open(&path).unwrap());
        let failed = open(&path).unwrap().fill(|out| {
            out.write_all(b"half")?;
            anyhow::bail!("no more")
        });
        assert_eq!(failed.unwrap_err().to_string(), "no more");
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_written_bit_by_bit_appears_only_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut filling = open(&path).unwrap().begin();
        filling.write(b"one ").unwrap();
        filling.write(b"two").unwrap();
        assert!(!path.exists());
        filling.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one two");
        let mut dropped = open(&path).unwrap().begin();
        dropped.write(b"three").unwrap();
        drop(dropped);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (path, why) in [
            (folder.path().to_owned(), "it is a folder"),
            (folder.path().join("missing/a.txt"), "No such file"),
        ] {
            let error = open(&path).unwrap_err().to_string();
            assert!(error.starts_with("cannot write "), "{error}");
            assert!(error.contains(why), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_the_file_behind_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let filled = open(&link).unwrap().fill(|out| Ok(out.write_all(b"new")?));
        filled.unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_and_not_replaced() {
        let sink = open(Path::new("/dev/null")).unwrap();
        sink.fill(|out| Ok(out.write_all(b"gone")?)).unwrap();
        let full = open(Path::new("/dev/full")).unwrap();
        let error = full.fill(|out| Ok(out.write_all(b"no room")?)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot write /dev/full: no storage space"
        );
        let mut filling = open(Path::new("/dev/full")).unwrap().begin();
        filling.write(b"no room").unwrap();
        assert_eq!(
            filling.finish().unwrap_err().to_string(),
            "cannot write /dev/full: no storage space"
        );
        use std::os::unix::fs::FileTypeExt;
        for device in ["/dev/null", "/dev/full"] {
            let kind = fs::metadata(device).unwrap().file_type();
            assert!(kind.is_char_device(), "{device}");
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let stdout = Sink::open(&Place::Stdout).unwrap();
        let gone = stdout.fill(|_| Err(io::Error::from(io::ErrorKind::BrokenPipe).into()));
        assert!(gone.is_ok());
    }
}
