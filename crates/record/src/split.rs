//! Cutting a block of text into lines and fields, many at a time.
//!
//! A block is scanned once for blanks and line ends; a [`Split`] keeps where they stand, so that any field of any line is
//! found without looking at the bytes between, and fields that nobody asks for cost nothing more.

use wide::u8x16;

/// Bytes whose separators are found at once: one bit each of a 64-bit mask.
const STRIDE: usize = 64;

/// Where a field lies in its block: from, to (bytes).
pub type Span = (usize, usize);

/// Lines of a block, cut into fields.
///
/// Holds no text: it is read together with the block that it was made from. Blocks are smaller than 4 GiB.
///
/// ```
/// use flowcover_record::split::Split;
/// let block = b"2 eni-1 10.0.0.1\n2 eni-2 10.0.0.2\n";
/// let mut split = Split::new(3);
/// let cut = split.lines(block, 0, 100);
/// assert_eq!((cut.next, cut.odd, split.rows()), (block.len(), None, 2));
/// let (from, to) = split.field(1, 2);
/// assert_eq!(&block[from..to], b"10.0.0.2");
/// ```
#[derive(Debug)]
pub struct Split {
    columns: usize,
    /// For each row, where its separators begin in `separators`.
    rows: Vec<u32>,
    /// Runs of one sentinel (the byte before the line, wrapping) and the end of each field.
    separators: Vec<u32>,
    scratch: Scratch,
}

/// What one scan found; kept to be used again.
#[derive(Debug, Default)]
struct Scratch {
    /// Blanks and line ends.
    all: Vec<u32>,
    /// How many of them are line ends.
    lines: usize,
}

/// How far [`Split::lines`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Where the next line begins: the odd one, if there is one.
    pub next: usize,
    /// A line with another number of fields than the format, or an empty one: from, to (bytes, without the line end).
    /// It ended the cutting; after it, lines are cut again.
    pub odd: Option<Span>,
}

impl Split {
    /// For lines of that many fields, at least one.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self {
            columns: columns.max(1),
            rows: Vec::new(),
            separators: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// How many fields a line has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns
    }

    /// How many lines are held.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Forgets all lines.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.separators.clear();
    }

    /// Where field `column` of line `row` lies.
    ///
    /// # Panics
    /// If there is no such row or column.
    #[must_use]
    #[inline]
    pub fn field(&self, row: usize, column: usize) -> Span {
        assert!(column < self.columns, "a column of the format");
        let first = self.rows[row] as usize + column;
        let (before, end) = (self.separators[first], self.separators[first + 1]);
        (before.wrapping_add(1) as usize, end as usize)
    }

    /// Where the field lies in each line, in order.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn column(&self, column: usize) -> impl Iterator<Item = Span> + Clone + '_ {
        assert!(column < self.columns, "a column of the format");
        self.rows.iter().map(move |&row| {
            let first = row as usize + column;
            let (before, end) = (self.separators[first], self.separators[first + 1]);
            (before.wrapping_add(1) as usize, end as usize)
        })
    }

    /// Keeps only the first `rows` lines.
    pub fn truncate(&mut self, rows: usize) {
        self.rows.truncate(rows);
    }

    /// Cuts lines of `block` from byte `from` on, which begins a line: as many as stand in a window of some 32 KiB, at most
    /// `limit`, and only as far as they have the right number of fields. The last line of the block may lack its end.
    pub fn lines(&mut self, block: &[u8], from: usize, limit: usize) -> Cut {
        let mut scratch = std::mem::take(&mut self.scratch);
        let window = window_end(block, from);
        scratch.scan(block, from, window);
        if window > from && block[window - 1] != b'\n' {
            // The last line of all, without its end.
            scratch.all.push(narrow(window));
            scratch.lines += 1;
        }
        let cut = self.take(&scratch, block, from, limit);
        self.scratch = scratch;
        cut
    }

    /// Cuts one line: `line` are its bytes in `block`, without the line end. Whether it has the right number of fields.
    pub fn line(&mut self, block: &[u8], line: Span) -> bool {
        let start = self.separators.len();
        self.separators.push(narrow(line.0).wrapping_sub(1));
        let text = &block[line.0..line.1];
        self.separators
            .extend(memchr::memchr_iter(b' ', text).map(|at| narrow(line.0 + at)));
        self.separators.push(narrow(line.1));
        let fits = self.separators.len() - start == self.columns + 1;
        if fits {
            self.rows.push(narrow(start));
        } else {
            self.separators.truncate(start);
        }
        fits
    }

    /// Takes up to `limit` lines from what was scanned, until one is odd.
    fn take(&mut self, scratch: &Scratch, block: &[u8], from: usize, limit: usize) -> Cut {
        // Separators of lines that follow each other share their line ends: the end of one is the sentinel of the next.
        let base = self.separators.len();
        self.separators.push(narrow(from).wrapping_sub(1));
        let ends = |place: u32| block.get(place as usize).is_none_or(|&byte| byte == b'\n');
        let whole = scratch.all.chunks_exact(self.columns);
        let regular = whole
            .clone()
            .take_while(|line| line.last().is_some_and(|&end| ends(end)));
        let mut regular = regular.count();
        // Each of these chunks ends with a line. If there are as many lines as chunks, no line ends inside of one.
        if regular != scratch.lines || whole.len() != regular || !whole.remainder().is_empty() {
            let is_one_line = |line: &&[u32]| {
                let inner = line.split_last().map_or(&[][..], |(_, inner)| inner);
                !inner.iter().any(|&place| ends(place))
            };
            regular = whole.clone().take(regular).take_while(is_one_line).count();
        }
        let regular = regular.min(limit);
        let taken = regular * self.columns;
        self.separators.extend_from_slice(&scratch.all[..taken]);
        let first = (0..regular).map(|row| narrow(base + row * self.columns));
        self.rows.extend(first);
        let next = match taken.checked_sub(1) {
            None => from,
            Some(last) => scratch.all[last] as usize + 1,
        };
        let rest = &scratch.all[taken..];
        let end = rest.iter().copied().find(|&place| ends(place));
        Cut {
            next: next.min(block.len()),
            odd: end
                .filter(|_| regular < limit)
                .map(|end| (next, end as usize)),
        }
    }
}

/// Where a scan that begins at `from` ends: after the last line end within some 32 KiB, so that what it finds stays in the
/// processor's cache; after the first one where a line is longer than that.
fn window_end(block: &[u8], from: usize) -> usize {
    const WINDOW: usize = 32 * 1024;
    let Some(window) = block.get(from..from + WINDOW) else {
        return block.len();
    };
    if let Some(last) = memchr::memrchr(b'\n', window) {
        return from + last + 1;
    }
    let rest = &block[from + WINDOW..];
    memchr::memchr(b'\n', rest).map_or(block.len(), |at| from + WINDOW + at + 1)
}

impl Scratch {
    fn scan(&mut self, block: &[u8], from: usize, to: usize) {
        self.all.clear();
        self.lines = 0;
        let (strides, rest) = block[from..to].as_chunks::<STRIDE>();
        let mut at = narrow(from);
        for stride in strides {
            let (all, lines) = masks(stride);
            append(&mut self.all, all, at);
            self.lines += lines as usize;
            at = at.wrapping_add(STRIDE as u32);
        }
        for &byte in rest {
            if byte == b' ' || byte == b'\n' {
                self.all.push(at);
            }
            self.lines += usize::from(byte == b'\n');
            at = at.wrapping_add(1);
        }
    }
}

/// Where blanks and line ends stand, one bit for each byte, and how many line ends there are.
#[inline]
fn masks(stride: &[u8; STRIDE]) -> (u64, u32) {
    let (parts, _) = stride.as_chunks::<16>();
    let (mut all, mut lines) = (0, 0);
    for (index, part) in parts.iter().enumerate() {
        let part = u8x16::new(*part);
        let ends = part.simd_eq(u8x16::splat(b'\n'));
        let both = part.simd_eq(u8x16::splat(b' ')) | ends;
        all |= u64::from(both.to_bitmask()) << (16 * index);
        lines |= u64::from(ends.to_bitmask()) << (16 * index);
    }
    (all, lines.count_ones())
}

/// Appends the places of the bits that are set. Eight are written at a time, needed or not: a loop of as many rounds as there
/// are bits would be mispredicted at nearly every stride.
#[inline]
fn append(places: &mut Vec<u32>, mut mask: u64, at: u32) {
    if mask == 0 {
        return;
    }
    let count = mask.count_ones() as usize;
    let start = places.len();
    let mut written = 0;
    while written < count {
        let mut eight = [0; 8];
        for place in &mut eight {
            *place = at.wrapping_add(mask.trailing_zeros());
            mask &= mask.wrapping_sub(1);
        }
        places.extend_from_slice(&eight);
        written += 8;
    }
    places.truncate(start + count);
}

/// Blocks are smaller than 4 GiB.
#[inline]
fn narrow(place: usize) -> u32 {
    place as u32
}

#[cfg(test)]
mod tests;
