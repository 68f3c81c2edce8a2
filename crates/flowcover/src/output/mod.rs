//! Where reports go: `--format` and `--output` pairs, and files that are whole or not there.

mod place;
mod sink;

use std::path::{Path, PathBuf};

use flowcover_view::Format;

use crate::failure::Failure;
use place::Place;
pub(crate) use sink::{Filling, Sink};

/// One report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target<F = Format> {
    /// In which format.
    pub(crate) format: F,
    /// Into which file; none means standard output.
    pub(crate) path: Option<PathBuf>,
}

/// Pairs the formats and outputs of a command line by their order: an `--output` belongs to
/// the `--format` before it; alone, its ending tells the format.
pub(crate) fn pair(
    formats: &[(usize, Format)],
    outputs: &[(usize, PathBuf)],
) -> Result<Vec<Target>, Failure> {
    pair_of(formats, outputs, Format::Table, of_ending)
}

/// As [`pair`], of formats of any kind. `usual` is what is written where none is asked for.
pub(crate) fn pair_of<F: Copy>(
    formats: &[(usize, F)],
    outputs: &[(usize, PathBuf)],
    usual: F,
    of_ending: fn(&str) -> Option<F>,
) -> Result<Vec<Target<F>>, Failure> {
    let mut typed: Vec<(usize, Item<F>)> = formats
        .iter()
        .map(|(at, format)| (*at, Item::Format(*format)))
        .chain(
            outputs
                .iter()
                .map(|(at, path)| (*at, Item::Output(path.clone()))),
        )
        .collect();
    typed.sort_by_key(|(at, _)| *at);
    let mut targets: Vec<Target<F>> = Vec::new();
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
                format: format_of(&path, of_ending)?,
                path: Some(path),
            }),
        }
    }
    for target in &mut targets {
        if target.path.as_deref() == Some(Path::new("-")) {
            target.path = None;
        }
    }
    if targets.is_empty() {
        targets.push(Target {
            format: usual,
            path: None,
        });
    }
    Ok(targets)
}

enum Item<F> {
    Format(F),
    Output(PathBuf),
}

fn format_of<F>(path: &Path, of_ending: fn(&str) -> Option<F>) -> Result<F, Failure> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    of_ending(ending).ok_or_else(|| {
        Failure::usage(format!(
            "cannot tell the format of {} by its ending",
            path.display()
        ))
        .hint("put --format before --output")
    })
}

fn of_ending(ending: &str) -> Option<Format> {
    Some(match ending {
        "html" | "htm" => Format::Html,
        "json" => Format::Json,
        "ndjson" | "jsonl" => Format::Ndjson,
        "csv" => Format::Csv,
        "md" => Format::Markdown,
        "sarif" => Format::Sarif,
        "xml" => Format::Junit,
        "prom" => Format::Prometheus,
        "txt" => Format::Table,
        _ => return None,
    })
}

/// Opens the place of each report, and that of the snapshot that is saved beside them.
///
/// # Errors
///
/// A place that cannot be written, or that two of them would share.
pub(crate) fn open<F>(
    targets: &[Target<F>],
    save: Option<&Path>,
) -> Result<(Vec<Sink>, Option<Sink>), Failure> {
    let mut taken = Vec::new();
    let mut take = |path: Option<&Path>| -> Result<Sink, Failure> {
        let place = Place::of(path)?;
        if taken.iter().any(|earlier| place.clashes_with(earlier)) {
            return Err(Failure::usage(format!("two outputs would go to {place}"))
                .hint("give each --format an --output of its own"));
        }
        let sink = Sink::open(&place)?;
        taken.push(place);
        Ok(sink)
    };
    let sinks = targets
        .iter()
        .map(|target| take(target.path.as_deref()))
        .collect::<Result<_, _>>()?;
    let save = save.map(|path| take(Some(path))).transpose()?;
    Ok((sinks, save))
}

/// Opens one place; `-` and none are standard output.
pub(crate) fn open_one(path: Option<&Path>) -> Result<Sink, Failure> {
    Sink::open(&Place::of(path)?)
}

/// Opens a place beside others.
///
/// # Errors
///
/// A place that cannot be written, or that one of the others is.
pub(crate) fn open_beside(path: &Path, others: &[Option<&Path>]) -> Result<Sink, Failure> {
    let place = Place::of(Some(path))?;
    for other in others {
        if Place::of(*other)?.clashes_with(&place) {
            return Err(Failure::usage(format!("two outputs would go to {place}"))
                .hint("give each a place of its own"));
        }
    }
    Sink::open(&place)
}

/// Writes text to standard output.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    open_one(None)?.fill(|out| Ok(out.write_all(text.as_bytes())?))
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

    fn opened(targets: &[Target], save: Option<&Path>) -> Result<(), String> {
        let opened = open(targets, save);
        opened.map(|_| ()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn two_outputs_never_share_a_place() {
        let stdout = [target(Format::Json, None), target(Format::Csv, None)];
        assert!(opened(&stdout, None).is_err());
        assert!(opened(&stdout[..1], Some(Path::new("-"))).is_err());
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("a");
        let detour = folder.path().join(".").join("a");
        let [plain_target, detour_target] =
            [&plain, &detour].map(|path| target(Format::Json, path.to_str()));
        assert!(opened(&[plain_target.clone(), detour_target], None).is_err());
        let error = opened(std::slice::from_ref(&plain_target), Some(&detour)).unwrap_err();
        assert!(error.starts_with("two outputs would go to "), "{error}");
        assert_eq!(opened(&[plain_target, stdout[0].clone()], None), Ok(()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
