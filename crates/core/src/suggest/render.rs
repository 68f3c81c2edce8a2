//! A suggestion as text for people and for other tools. Only text: nothing is applied.

mod aws_cli;
mod diff_text;
mod terraform;
pub mod words;

pub use aws_cli::aws_cli;
pub use diff_text::diff_text;
pub use terraform::terraform;

use super::{GroupAdvice, Status, Suggestion};

/// Text of others for a terminal or a comment: one line of printable ASCII, which is all that AWS allows in names of groups.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' '..='~' => plain.push(character),
            other => plain.extend(other.escape_unicode()),
        }
    }
    plain
}

/// A description that AWS takes (EC2 API Reference, `IpRange.Description`): of the characters that it allows, 255 at most.
fn description(text: Option<&str>) -> Option<String> {
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(*c);
    let text: String = text?.chars().filter(is_allowed).take(255).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `sg-… (name), vpc-…, region, account`
#[must_use]
pub fn title(group: &GroupAdvice) -> String {
    let name = group
        .name
        .as_deref()
        .map(|name| format!(" ({})", plain(name)));
    let vpc = group
        .vpc_id
        .as_deref()
        .map(|vpc| format!(", {}", plain(vpc)));
    format!(
        "{}{}{}, {}, account {}",
        plain(&group.group_id),
        name.unwrap_or_default(),
        vpc.unwrap_or_default(),
        plain(&group.region),
        plain(&group.account_id),
    )
}

/// Groups for which something is to be changed, and that other tools can be told of: an id that is none could be taken for an
/// option or the name of a file.
fn changed(suggestion: &Suggestion) -> impl Iterator<Item = &GroupAdvice> {
    let groups = suggestion.groups.iter();
    groups.filter(|group| {
        group.status == Status::Change && is_id(&group.group_id) && is_id(&group.region)
    })
}

/// Whether a text looks like an id or the name of a region.
fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
