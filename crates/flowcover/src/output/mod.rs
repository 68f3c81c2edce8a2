//! Where reports go: `--format` and `--output` pairs, and files that are whole or not there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use flowcover_view::Format;

use crate::failure::Failure;

/// One report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// In which format.
    pub(crate) format: Format,
    /// Into which file; none means standard output.
    pub(crate) path: Option<PathBuf>,
}

/// Pairs the formats and outputs of a command line by their order: an `--output` belongs to
/// the `--format` before it; alone, its ending tells the format.
pub(crate) fn pair(
    formats: &[(usize, Format)],
    outputs: &[(usize, PathBuf)],
) -> Result<Vec<Target>, Failure> {
    let mut typed: Vec<(usize, Item)> = formats
        .iter()
        .map(|(at, format)| (*at, Item::Format(*format)))
        .chain(
            outputs
                .iter()
                .map(|(at, path)| (*at, Item::Output(path.clone()))),
        )
        .collect();
    typed.sort_by_key(|(at, _)| *at);
    let mut targets: Vec<Target> = Vec::new();
    let mut open = false;
    for (_, item) in typed {
        match item {
            Item::Format(format) => {
                targets.push(Target { format, path: None });
                open = true;
            }
            Item::Output(path) if open => {
                if let Some(last) = targets.last_mut() {
                    last.path = Some(path);
                }
                open = false;
            }
            Item::Output(path) => targets.push(Target {
                format: format_of(&path)?,
                path: Some(path),
            }),
        }
    }
    for target in &mut targets {
        if target.path.as_deref() == Some(Path::new("-")) {
            target.path = None;
        }
    }
    refuse_clashes(&targets)?;
    if targets.is_empty() {
        targets.push(Target {
            format: Format::Table,
            path: None,
        });
    }
    Ok(targets)
}

enum Item {
    Format(Format),
    Output(PathBuf),
}

fn refuse_clashes(targets: &[Target]) -> Result<(), Failure> {
    for (index, target) in targets.iter().enumerate() {
        if targets[..index]
            .iter()
            .any(|earlier| earlier.path == target.path)
        {
            let place = target
                .path
                .as_ref()
                .map_or("standard output".to_owned(), |path| {
                    path.display().to_string()
                });
            return Err(Failure::usage(format!("two reports would go to {place}"))
                .hint("give each --format an --output of its own"));
        }
    }
    Ok(())
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    match ending {
        "html" | "htm" => Ok(Format::Html),
        "json" => Ok(Format::Json),
        "ndjson" | "jsonl" => Ok(Format::Ndjson),
        "csv" => Ok(Format::Csv),
        "md" => Ok(Format::Markdown),
        "sarif" => Ok(Format::Sarif),
        "xml" => Ok(Format::Junit),
        "prom" => Ok(Format::Prometheus),
        "txt" => Ok(Format::Table),
        _ => Err(Failure::usage(format!(
            "cannot tell the format of {} by its ending",
            path.display()
        ))
        .hint("put --format before --output")),
    }
}

/// A file that appears whole under its name, or not at all.
#[derive(Debug)]
pub(crate) struct WholeFile {
    writer: Option<BufWriter<File>>,
    temporary: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// Opens a temporary file beside `path`, so that an unwritable place is known before any work.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let refused = |error: &io::Error| {
            Failure::usage(format!("cannot write {}: {error}", path.display()))
                .hint("the folder must exist and be writable")
        };
        if path.is_dir() {
            return Err(Failure::usage(format!(
                "cannot write {}: it is a folder",
                path.display()
            )));
        }
        let name = path
            .file_name()
            .ok_or_else(|| Failure::usage(format!("{} names no file", path.display())))?;
        let mut temporary = name.to_os_string();
        temporary.push(format!(".{}.part", std::process::id()));
        let temporary = path.with_file_name(temporary);
        let file = File::create(&temporary).map_err(|error| refused(&error))?;
        Ok(Self {
            writer: Some(BufWriter::new(file)),
            temporary,
            path: path.to_owned(),
        })
    }

    /// Makes the file appear under its name, on disk before that.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        let done = (|| {
            let writer = self
                .writer
                .take()
                .expect("a file is finished once, for finish takes it");
            let file = writer
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&self.temporary, &self.path)?;
            sync_folder(&self.path)
        })();
        done.map_err(|error: io::Error| {
            Failure::usage(format!("cannot write {}: {error}", self.path.display()))
        })?;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer
            .as_mut()
            .map_or(Err(io::ErrorKind::BrokenPipe.into()), |writer| {
                writer.write(bytes)
            })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // Gone already if the file was finished.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// The rename is on disk when its folder is. Not every system lets a folder be opened.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}

/// Where a report is written.
pub(crate) enum Sink {
    /// Standard output.
    Stdout,
    /// A file that appears when finished.
    File(WholeFile),
}

impl Sink {
    /// Opens the place of a target.
    pub(crate) fn open(target: &Target) -> Result<Self, Failure> {
        target.path.as_deref().map_or(Ok(Self::Stdout), |path| {
            WholeFile::create(path).map(Self::File)
        })
    }

    /// Writes into it with `write`, and finishes it.
    pub(crate) fn fill(
        self,
        write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                write(&mut stdout)?;
                stdout.flush().context("cannot write to standard output")
            }
            Self::File(mut file) => {
                write(&mut file)?;
                file.finish()
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn target(format: Format, path: Option<&str>) -> Target {
        Target {
            format,
            path: path.map(PathBuf::from),
        }
    }

    #[test]
    fn pairs_by_order() {
        let targets = pair(
            &[(1, Format::Html), (5, Format::Sarif), (9, Format::Table)],
            &[(3, "r.html".into()), (7, "r.sarif".into())],
        );
        assert_eq!(
            targets.unwrap(),
            [
                target(Format::Html, Some("r.html")),
                target(Format::Sarif, Some("r.sarif")),
                target(Format::Table, None)
            ]
        );
    }

    #[test]
    fn the_ending_tells_the_format() {
        assert_eq!(
            pair(&[], &[(1, "a.md".into())]).unwrap(),
            [target(Format::Markdown, Some("a.md"))]
        );
        assert!(pair(&[], &[(1, "a.xyz".into())]).is_err());
    }

    #[test]
    fn nothing_asked_is_a_table() {
        assert_eq!(pair(&[], &[]).unwrap(), [target(Format::Table, None)]);
    }

    #[test]
    fn two_reports_never_share_a_place() {
        assert!(pair(&[(1, Format::Json), (2, Format::Csv)], &[]).is_err());
        assert!(
            pair(
                &[(1, Format::Json), (3, Format::Csv)],
                &[(2, "a".into()), (4, "a".into())]
            )
            .is_err()
        );
    }

    #[test]
    fn a_file_appears_only_when_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"whole").unwrap();
        assert!(!path.exists());
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        drop(WholeFile::create(&path).unwrap());
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "the temporary file is gone"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
    }
}
