//! Matching `*` and `?` without backtracking: all positions in the pattern are followed side by side.

/// One element of a compiled pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Literal(char),
    /// `?`: one character; a colon only if told so.
    One { colon: bool },
    /// `*`: any characters, or none; colons only if told so.
    Any { colon: bool },
}

/// What is left possible once a text was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// No text that starts so matches.
    Dead,
    /// Not this text, but one that goes on from it may match.
    Live,
    /// This text matches; not every longer one does.
    Accepts,
    /// This text and every one that goes on from it match.
    AcceptsAll,
}

/// How the wildcards treat colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colons {
    /// Every wildcard matches them.
    Ignore,
    /// Each wildcard does as its token says.
    Respect,
}

/// Reads `text` with the pattern. At most `tokens.len() + 1` positions are alive at any time.
pub(super) fn reach(tokens: &[Token], text: &str, colons: Colons, ignore_case: bool) -> Reach {
    let mut positions = Positions::new(tokens.len());
    let mut next = Positions::new(tokens.len());
    positions.add(tokens, 0);
    for character in text.chars() {
        next.clear();
        for &position in &positions.alive {
            match tokens.get(position) {
                Some(Token::Literal(literal)) if same(*literal, character, ignore_case) => {
                    next.add(tokens, position + 1);
                }
                Some(Token::One { colon }) if passes(*colon, character, colons) => {
                    next.add(tokens, position + 1);
                }
                Some(Token::Any { colon }) if passes(*colon, character, colons) => {
                    next.add(tokens, position);
                }
                _ => {}
            }
        }
        std::mem::swap(&mut positions, &mut next);
        if positions.alive.is_empty() {
            return Reach::Dead;
        }
    }
    verdict(tokens, &positions.alive, colons)
}

fn verdict(tokens: &[Token], alive: &[usize], colons: Colons) -> Reach {
    let trailing_stars = tokens
        .iter()
        .rev()
        .take_while(|token| matches!(token, Token::Any { .. }))
        .count();
    let tail = tokens.len() - trailing_stars;
    let takes_anything = |&position: &usize| {
        let free = |token: &Token| matches!(token, Token::Any { colon } if *colon || colons == Colons::Ignore);
        position >= tail && tokens.get(position).is_some_and(free)
    };
    if alive.iter().any(takes_anything) {
        Reach::AcceptsAll
    } else if alive.contains(&tokens.len()) {
        Reach::Accepts
    } else {
        Reach::Live
    }
}

fn same(literal: char, character: char, ignore_case: bool) -> bool {
    literal == character || (ignore_case && literal.eq_ignore_ascii_case(&character))
}

fn passes(may_be_colon: bool, character: char, colons: Colons) -> bool {
    character != ':' || may_be_colon || colons == Colons::Ignore
}

/// A set of pattern positions, each held once.
struct Positions {
    alive: Vec<usize>,
    held: Vec<bool>,
}

impl Positions {
    fn new(tokens: usize) -> Positions {
        Positions {
            alive: Vec::new(),
            held: vec![false; tokens + 1],
        }
    }

    fn clear(&mut self) {
        for position in self.alive.drain(..) {
            self.held[position] = false;
        }
    }

    /// Adds a position, and those behind stars, which may match nothing.
    fn add(&mut self, tokens: &[Token], mut position: usize) {
        while !self.held[position] {
            self.held[position] = true;
            self.alive.push(position);
            if !matches!(tokens.get(position), Some(Token::Any { .. })) {
                break;
            }
            position += 1;
        }
    }
}
