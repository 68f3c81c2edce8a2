//! One file, or one answer of several in it.

use crate::inventory::{Gap, GapKind};
use crate::snapshot::{one_line, position_at};

use super::answer::{self, Answer, Traces};
use super::kind::Kind;
use super::name::{Name, Rest, squash};
use super::peek::Peek;
use super::refusal::Refusal;
use super::{SavedFile, Warning, text};

/// What a file holds.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// An answer, and whether AWS says that further pages follow.
    Answer { answer: Answer, more: bool },
    /// An error message.
    Refused(Refusal),
    /// Something that cannot be understood, and why.
    Unreadable(String),
    /// Nothing: what `>` leaves when the command failed.
    Empty,
}

/// One answer, and where it belongs.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) name: Name,
    pub(super) rest: Rest,
    pub(super) outcome: Outcome,
    pub(super) traces: Traces,
    pub(super) account_id: Option<String>,
    pub(super) region: Option<String>,
    /// Whether neither folder nor file name told the region, but the caller did.
    pub(super) is_region_given: bool,
}

impl Piece {
    fn new(path: &str, kind: Kind, name: &Name, outcome: Outcome) -> Self {
        let rest = name.rest(kind);
        Self {
            path: path.to_owned(),
            kind,
            account_id: name.account_id.clone().or_else(|| rest.account_id.clone()),
            region: name.region.clone().or_else(|| rest.region.clone()),
            name: name.clone(),
            rest,
            outcome,
            traces: Traces::default(),
            is_region_given: false,
        }
    }

    pub(super) const fn answer(&self) -> Option<&Answer> {
        match &self.outcome {
            Outcome::Answer { answer, .. } => Some(answer),
            _ => None,
        }
    }

    /// Whether AWS answered that what was asked for does not exist.
    pub(super) const fn is_absent(&self) -> bool {
        matches!(&self.outcome, Outcome::Refused(refusal) if refusal.is_absent)
    }

    /// Spellings of what was asked about, for comparison.
    pub(super) fn subjects(&self) -> impl Iterator<Item = String> {
        let subject = &*self.rest.subject;
        [
            Some(subject),
            self.rest.without_page.as_deref(),
            without_version(subject),
        ]
        .into_iter()
        .flatten()
        .map(squash)
    }

    /// The gap that this file leaves, if it holds no answer.
    pub(super) fn gap(&self, resource: Option<&str>) -> Option<Gap> {
        let (kind, code, message) = match &self.outcome {
            Outcome::Answer { .. } => return None,
            Outcome::Refused(refusal) => (refusal.gap, &*refusal.code, &*refusal.message),
            Outcome::Unreadable(why) => (GapKind::Service, "UnreadableAnswer", &**why),
            Outcome::Empty => (
                GapKind::NotSaved,
                "EmptyFile",
                "the file is empty: the command failed, and its message was not saved",
            ),
        };
        Some(Gap {
            account_id: self.account_id.clone(),
            region: self.region.clone(),
            action: self.kind.action().to_owned(),
            resource: resource.map(str::to_owned),
            kind,
            error_code: code.to_owned(),
            permission: (kind == GapKind::Denied).then(|| self.kind.action().to_owned()),
            message: format!("{}: {message}", one_line(&self.path)),
        })
    }
}

/// A subject without the version of a managed policy at its end: `NAME-v3`.
fn without_version(subject: &str) -> Option<&str> {
    let (name, version) = subject.rsplit_once(['-', '_', '.', ' '])?;
    let number = version.strip_prefix(['v', 'V'])?;
    (!number.is_empty() && number.chars().all(|c| c.is_ascii_digit())).then_some(name)
}

/// The answers of one file. What is not understood is said in a warning.
pub(super) fn read(file: &SavedFile, pieces: &mut Vec<Piece>, warnings: &mut Vec<Warning>) {
    let name = Name::of(&file.path);
    let bytes = text::decode(&file.bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        match name.kind {
            Some(kind) => pieces.push(Piece::new(&file.path, kind, &name, Outcome::Empty)),
            None => warnings.push(unrecognised(file)),
        }
        return;
    }
    let starts_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if !matches!(starts_json, Some(b'{' | b'['))
        && let Some(refusal) = std::str::from_utf8(&bytes).ok().and_then(Refusal::read)
    {
        match refusal.kind.or(name.kind) {
            Some(kind) => pieces.push(Piece::new(
                &file.path,
                kind,
                &name,
                Outcome::Refused(refusal),
            )),
            None => warnings.push(unrecognised(file)),
        }
        return;
    }
    read_json(file, &name, &bytes, pieces, warnings);
}

/// Pages that were appended to one file follow each other in it.
fn read_json(
    file: &SavedFile,
    name: &Name,
    bytes: &[u8],
    pieces: &mut Vec<Piece>,
    warnings: &mut Vec<Warning>,
) {
    let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Peek>();
    loop {
        let start = documents.byte_offset();
        let outcome = match documents.next() {
            None => return,
            Some(Err(error)) => Err((name.kind, describe(&error, bytes, 0))),
            Some(Ok(peek)) => {
                let document = &bytes[start..documents.byte_offset()];
                read_document(name, document, &peek).map_err(|(kind, error)| {
                    let why = match error {
                        Some(error) => describe(&error, bytes, start),
                        None => "it is not what this command answers".to_owned(),
                    };
                    (kind, why)
                })
            }
        };
        match outcome {
            Ok((kind, outcome, traces)) => {
                let piece = Piece::new(&file.path, kind, name, outcome);
                pieces.push(Piece { traces, ..piece });
            }
            Err((Some(kind), why)) => {
                warnings.push(Warning {
                    path: file.path.clone(),
                    message: why.clone(),
                });
                pieces.push(Piece::new(&file.path, kind, name, Outcome::Unreadable(why)));
                return;
            }
            Err((None, _)) => {
                warnings.push(unrecognised(file));
                return;
            }
        }
    }
}

type Refused = (Option<Kind>, Option<serde_json::Error>);

fn read_document(
    name: &Name,
    document: &[u8],
    peek: &Peek,
) -> Result<(Kind, Outcome, Traces), Refused> {
    let Some(kind) = Kind::of_content(peek, name.kind) else {
        return Err((name.kind, None));
    };
    match answer::parse(kind, document) {
        Ok((answer, traces)) => Ok((
            kind,
            Outcome::Answer {
                answer,
                more: peek.more,
            },
            traces,
        )),
        Err(error) => Err((Some(kind), Some(error))),
    }
}

/// What the parser says, with the place in the file of a document that starts at `start`.
fn describe(error: &serde_json::Error, bytes: &[u8], start: usize) -> String {
    if error.line() == 0 {
        return one_line(&error.to_string());
    }
    let (before, _) = position_at(bytes, start);
    let column = if error.line() == 1 {
        position_at(bytes, start).1 - 1 + error.column()
    } else {
        error.column()
    };
    let line = before - 1 + error.line();
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    format!("line {line}, column {column}: {}", one_line(what))
}

fn unrecognised(file: &SavedFile) -> Warning {
    Warning {
        path: file.path.clone(),
        message: "it is no answer of the AWS CLI that flowcover uses; passed over".to_owned(),
    }
}
