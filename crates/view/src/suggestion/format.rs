//! The formats of a suggestion by name.

use std::fmt;
use std::str::FromStr;

/// A form of a suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuggestionFormat {
    /// For reading in a terminal.
    Table,
    /// Rules as a diff.
    Diff,
    /// All of it: one JSON document (`docs/schema/suggestion-1.json`).
    Json,
    /// For a pull-request comment or a wiki page (GitHub Flavored Markdown).
    Markdown,
    /// Rules as resources of the Terraform provider `hashicorp/aws`.
    Terraform,
    /// A script of commands of the AWS CLI.
    AwsCli,
}

impl SuggestionFormat {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Self; 6] = [
        Self::Table,
        Self::Diff,
        Self::Json,
        Self::Markdown,
        Self::Terraform,
        Self::AwsCli,
    ];

    /// The word used on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Diff => "diff",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Terraform => "terraform",
            Self::AwsCli => "aws-cli",
        }
    }

    /// The format of files whose names end so, without the point.
    #[must_use]
    pub fn of_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "txt" => Self::Table,
            "diff" => Self::Diff,
            "json" => Self::Json,
            "md" => Self::Markdown,
            "tf" => Self::Terraform,
            "sh" => Self::AwsCli,
            _ => return None,
        })
    }
}

impl fmt::Display for SuggestionFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The word given is not a format of a suggestion.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a format: expected {expected}",
    expected = SuggestionFormat::ALL.map(SuggestionFormat::as_str).join(", ")
)]
pub struct UnknownSuggestionFormat(String);

impl FromStr for SuggestionFormat {
    type Err = UnknownSuggestionFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| UnknownSuggestionFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in SuggestionFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let refused = "html".parse::<SuggestionFormat>();
        let message = refused.expect_err("no such format").to_string();
        assert!(
            message.ends_with("markdown, terraform, aws-cli"),
            "{message}"
        );
    }
}
