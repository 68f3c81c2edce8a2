//! The checks: each a pure function over the judged inventory, with an id that is public.
//!
//! Every check is one file of the same shape: a constant [`Check`] whose `run` looks at the
//! [`Context`] and pushes what it finds into the [`Sink`]. It prints nothing and cannot fail.

mod draft;
mod fingerprint;
mod resource;
mod sink;

use crate::Severity;
use crate::judge::Context;

pub use draft::Draft;
pub use sink::Sink;

/// One check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its id in kebab case: never renamed, never given to another check.
    pub id: &'static str,
    /// How much its finding matters, unless context or policy say otherwise.
    pub severity: Severity,
    /// Whether its finding decides a verdict.
    pub decides: bool,
    /// Looks, and pushes what it finds.
    pub run: fn(&Context<'_>, &mut Sink<'_>),
}

/// All checks, in the order of the documentation.
pub static ALL: &[&Check] = &[];
