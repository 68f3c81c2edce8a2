//! Three-valued knowledge: read, read as absent, not read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state", content = "value")]
pub enum Fact<T> {
    /// It is there, and was read.
    Present(T),
    /// AWS answered that it does not exist.
    Absent,
    /// It could not be read; a gap says why.
    NotRead,
}

impl<T> Fact<T> {
    /// The value, if it was read and is there.
    pub const fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::NotRead => None,
        }
    }

    /// AWS answered that it does not exist.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// It could not be read.
    pub const fn is_not_read(&self) -> bool {
        matches!(self, Self::NotRead)
    }
}

/// How complete a listing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ListingState {
    /// Every page was read.
    Complete,
    /// Some pages were read; a gap says why not all.
    Partial,
    /// Nothing could be read; a gap says why.
    NotRead,
    /// Not asked for, because nothing that was found needed it.
    #[default]
    NotNeeded,
}

/// The items of a paged answer, and whether they are all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listing<T> {
    /// How complete it is.
    pub state: ListingState,
    /// What was read.
    pub items: Vec<T>,
}

impl<T> Listing<T> {
    /// Every page was read.
    #[must_use]
    pub const fn complete(items: Vec<T>) -> Self {
        Self {
            state: ListingState::Complete,
            items,
        }
    }

    /// Some pages were read, then one failed.
    #[must_use]
    pub const fn partial(items: Vec<T>) -> Self {
        Self {
            state: ListingState::Partial,
            items,
        }
    }

    /// Nothing could be read.
    #[must_use]
    pub const fn not_read() -> Self {
        Self {
            state: ListingState::NotRead,
            items: Vec::new(),
        }
    }

    /// Whether it was not asked for.
    #[must_use]
    pub const fn is_not_needed(&self) -> bool {
        matches!(self.state, ListingState::NotNeeded)
    }

    /// Whether every item is known: only then does the absence of an item prove anything.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self.state, ListingState::Complete)
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self {
            state: ListingState::NotNeeded,
            items: Vec::new(),
        }
    }
}
