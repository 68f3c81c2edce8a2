//! The text of an object, block by block, whatever it is wrapped in.

use std::collections::VecDeque;
use std::io::Cursor;

use flowcover_record::envelope::{self, Ending};
use flowcover_record::{Malformed, Reason};

use crate::error::ObjectError;
use crate::inflate::{Inflater, Pieces, is_gzip};
use crate::source::Content;

/// The most bytes of one JSON object.
const MOST_JSON: usize = 64 * 1024 * 1024;

/// Enough to tell `[]` from anything longer.
const BRACKETS_KEPT: usize = 3;

/// What comes next of an object.
#[derive(Debug)]
pub(crate) enum Block {
    /// Whole lines.
    Text(Vec<u8>),
    /// A JSON object that holds no record: where, and why.
    Odd { line: u64, why: Malformed },
    /// The rest cannot be read.
    Failed(ObjectError),
}

/// Gives the blocks of one object.
pub(crate) struct Blocks {
    whole: Option<Vec<u8>>,
    pieces: Option<Pieces>,
    /// Of JSON: what is not yet read of it.
    json: Option<Vec<u8>>,
    /// Of JSON in which nothing but brackets, commas and blanks has stood so far: the first few of these, without the blanks.
    brackets: Option<Vec<u8>>,
    started: bool,
    ready: VecDeque<Block>,
}

impl Blocks {
    /// Of the bytes as they lie there; `spare` is a buffer to use again.
    pub(crate) fn new(
        content: Content,
        limit: u64,
        inflater: &mut Inflater,
        spare: Vec<u8>,
    ) -> Self {
        let (mut whole, mut pieces) = (None, None);
        match content {
            Content::Whole(bytes) if is_gzip(&bytes) => match inflater.whole(&bytes, spare) {
                Some(text) => whole = Some(text),
                None => pieces = Some(Pieces::new(Cursor::new(bytes), limit)),
            },
            Content::Whole(bytes) => whole = Some(bytes),
            Content::File(file) => pieces = Some(Pieces::new(file, limit)),
            Content::Stream(bytes) => pieces = Some(Pieces::new(bytes, limit)),
        }
        Self {
            whole,
            pieces,
            json: None,
            brackets: None,
            started: false,
            ready: VecDeque::new(),
        }
    }

    pub(crate) fn next(&mut self) -> Option<Block> {
        loop {
            if let Some(block) = self.ready.pop_front() {
                return Some(block);
            }
            let (piece, error) = self.piece();
            if piece.is_none() && error.is_none() && self.json.as_ref().is_none_or(Vec::is_empty) {
                // What a program writes that found nothing is `[]`.
                let brackets = self.brackets.take()?;
                return (brackets != b"[]").then_some(Block::Failed(ObjectError::NoJson));
            }
            self.take(piece, error);
        }
    }

    /// Gives no more.
    pub(crate) fn end(&mut self) {
        (self.whole, self.pieces, self.json) = (None, None, None);
        self.brackets = None;
        self.ready.clear();
    }

    fn piece(&mut self) -> (Option<Vec<u8>>, Option<ObjectError>) {
        if let Some(text) = self.whole.take() {
            return ((!text.is_empty()).then_some(text), None);
        }
        match &mut self.pieces {
            Some(pieces) => pieces.next(),
            None => (None, None),
        }
    }

    fn take(&mut self, piece: Option<Vec<u8>>, error: Option<ObjectError>) {
        if !std::mem::replace(&mut self.started, true)
            && piece.as_deref().is_some_and(envelope::is_wrapped)
        {
            self.json = Some(Vec::new());
            self.brackets = Some(Vec::new());
        }
        match &mut self.json {
            None => self.ready.extend(piece.map(Block::Text)),
            Some(json) => {
                let ending = if piece.is_some() {
                    Ending::More
                } else {
                    Ending::Last
                };
                json.extend(piece.unwrap_or_default());
                self.unwrap_json(ending);
            }
        }
        if error.is_some() {
            self.brackets = None;
        }
        self.ready.extend(error.map(Block::Failed));
    }

    /// Takes the lines out of the objects that are there.
    fn unwrap_json(&mut self, ending: Ending) {
        let Some(json) = &mut self.json else {
            return;
        };
        let mut text = Vec::with_capacity(json.len());
        let mut odd = Vec::new();
        let visited = envelope::visit(json, ending, &mut |line| match line {
            Ok(line) => {
                text.extend_from_slice(line.text.as_bytes());
                text.push(b'\n');
            }
            Err(error) => odd.push(Block::Odd {
                line: error.line,
                why: Malformed::from(Reason::Envelope(error.reason)),
            }),
        });
        if visited.objects > 0 || !odd.is_empty() {
            self.brackets = None;
        }
        if let Some(brackets) = &mut self.brackets {
            let consumed = json.iter().take(visited.consumed);
            let marks = consumed.filter(|byte| !byte.is_ascii_whitespace());
            brackets.extend(marks.take(BRACKETS_KEPT.saturating_sub(brackets.len())));
        }
        json.drain(..visited.consumed);
        let too_large = json.len() > MOST_JSON;
        if too_large {
            self.brackets = None;
        }
        if ending == Ending::Last || too_large {
            json.clear();
        }
        if !text.is_empty() {
            self.ready.push_back(Block::Text(text));
        }
        self.ready.extend(odd);
        if too_large {
            let limit = MOST_JSON as u64;
            self.ready
                .push_back(Block::Failed(ObjectError::TooLarge { limit }));
            (self.whole, self.pieces) = (None, None);
        }
    }
}
