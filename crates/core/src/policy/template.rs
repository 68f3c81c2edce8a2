//! The commented policy file that a new user starts from.

/// A policy file with every setting in it, explained. What differs from the preset's defaults,
/// or needs a value of one's own, is commented out: `#` directly before a setting, `# ` before
/// prose.
pub const TEMPLATE: &str = include_str!("template.toml");
