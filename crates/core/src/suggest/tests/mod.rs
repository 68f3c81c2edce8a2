//! Tests over whole suggestions.

mod cases;
mod laws;
mod seen_by;
mod withheld;
mod worked;
mod world;
