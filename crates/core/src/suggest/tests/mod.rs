//! Tests over whole suggestions.

mod cases;
mod laws;
mod withheld;
mod worked;
mod world;
