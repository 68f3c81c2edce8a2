//! Unpacking objects: whole ones as fast as it goes, others in pieces.

use std::io::{BufRead as _, BufReader, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;
use flowcover_record::record::LONGEST_LINE;
use libdeflater::Decompressor;

use crate::error::ObjectError;

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// Objects that unpack to more than this are read in pieces.
const WHOLE: usize = 64 * 1024 * 1024;
/// The size of such a piece.
pub(crate) const PIECE: usize = 4 * 1024 * 1024;
/// DEFLATE makes at most this many bytes out of one.
const MOST_RATIO: usize = 1032;

/// Whether the bytes begin as gzip does (RFC 1952).
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Unpacks gzip objects that have one member and fit in memory. It keeps its decompressor and is used again.
pub(crate) struct Inflater {
    decompressor: Decompressor,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inflater")
    }
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Self {
            decompressor: Decompressor::new(),
        }
    }

    /// The text of the object, in `spare` if that is large enough. `None`: it must be read in pieces, for it is large, damaged,
    /// or has several members.
    pub(crate) fn whole(&mut self, packed: &[u8], mut spare: Vec<u8>) -> Option<Vec<u8>> {
        let size = told_size(packed)?;
        if size > WHOLE || size / MOST_RATIO > packed.len() || has_members(packed) {
            return None;
        }
        // Zeros are written only where the buffer was never used before.
        spare.resize(size.max(spare.len()), 0);
        let unpacked = self.decompressor.gzip_decompress(packed, &mut spare).ok()?;
        spare.truncate(unpacked);
        (unpacked == size).then_some(spare)
    }
}

/// The size that the last member tells, modulo 2³².
fn told_size(packed: &[u8]) -> Option<usize> {
    let told = packed.last_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*told)).ok()
}

/// Whether another member may begin after the first: bytes that look like a header. Wrong once in very many objects, which
/// costs them some speed.
fn has_members(packed: &[u8]) -> bool {
    memchr::memmem::find_iter(packed, &MAGIC).any(|at| {
        let header = packed.get(at..at + 10);
        at > 0
            && header.is_some_and(|header| {
                let (flags, extra, system) = (header[3], header[8], header[9]);
                flags & 0xe0 == 0 && matches!(extra, 0 | 2 | 4) && (system <= 13 || system == 255)
            })
    })
}

/// Reads an object in pieces that end with a line, whatever it is packed in.
pub(crate) struct Pieces {
    text: Box<dyn Read + Send>,
    /// The start of a line whose end was not yet read.
    rest: Vec<u8>,
    /// Bytes of text so far.
    read: u64,
    limit: u64,
    in_long_line: bool,
    done: bool,
}

impl Pieces {
    /// Of bytes as they lie there: gzip data or plain text.
    pub(crate) fn new(bytes: impl Read + Send + 'static, limit: u64) -> Self {
        let mut bytes = BufReader::new(bytes);
        // An error comes again when the text is read.
        let start = bytes.fill_buf().unwrap_or_default();
        if is_gzip(start) {
            Self::of(Box::new(MultiGzDecoder::new(bytes)), limit)
        } else {
            Self::of(Box::new(bytes), limit)
        }
    }

    fn of(text: Box<dyn Read + Send>, limit: u64) -> Self {
        Self {
            text,
            rest: Vec::new(),
            read: 0,
            limit,
            in_long_line: false,
            done: false,
        }
    }

    /// The next piece: whole lines, but for the last one of all. `None` at the end. A line that is too long to be a record is
    /// cut, and the rest of it passed over.
    ///
    /// After an error comes what was read before it, then nothing: so the error is given beside the piece.
    pub(crate) fn next(&mut self) -> (Option<Vec<u8>>, Option<ObjectError>) {
        while !self.done {
            let mut piece = std::mem::take(&mut self.rest);
            let error = self.fill(&mut piece);
            self.skip(&mut piece);
            let last = memchr::memrchr(b'\n', &piece);
            if error.is_some() {
                self.done = true;
                // The last line is cut: what is left of it is no record.
                piece.truncate(last.map_or(0, |last| last + 1));
            } else if !self.done {
                match last {
                    Some(last) => self.rest = piece.split_off(last + 1),
                    None if piece.len() > LONGEST_LINE => {
                        piece.truncate(LONGEST_LINE + 1);
                        self.in_long_line = true;
                    }
                    None => self.rest = std::mem::take(&mut piece),
                }
            }
            if !piece.is_empty() || error.is_some() {
                return ((!piece.is_empty()).then_some(piece), error);
            }
        }
        (None, None)
    }

    /// Passes over the rest of a line that was too long.
    fn skip(&mut self, piece: &mut Vec<u8>) {
        if !self.in_long_line {
            return;
        }
        match memchr::memchr(b'\n', piece) {
            Some(end) => {
                piece.drain(..=end);
                self.in_long_line = false;
            }
            None => piece.clear(),
        }
    }

    fn fill(&mut self, piece: &mut Vec<u8>) -> Option<ObjectError> {
        let room = PIECE.saturating_sub(piece.len()).max(PIECE / 4);
        let before = piece.len();
        let result = self.text.by_ref().take(room as u64).read_to_end(piece);
        let got = piece.len() - before;
        self.read += got as u64;
        if self.read > self.limit {
            return Some(ObjectError::TooLarge { limit: self.limit });
        }
        match result {
            Ok(_) => {
                self.done = got < room;
                None
            }
            Err(error) => ObjectError::of(&error).or(Some(ObjectError::Gzip {
                what: match error.kind() {
                    ErrorKind::UnexpectedEof => "cut",
                    _ => "damaged",
                },
                bytes: self.read,
            })),
        }
    }
}

#[cfg(test)]
mod tests;
