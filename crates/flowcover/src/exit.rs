//! Exit codes: the only place that defines them.

use flowcover_core::outcome::Outcome;

/// How the program ends. The numbers are public API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; nothing to complain about.
    Clean = 0,
    /// Findings at or above `--fail-on`, or a verdict `not-recorded`.
    Findings = 1,
    /// The command line, the policy file or another input cannot be used.
    Usage = 2,
    /// Something is unknown or was not read, and nothing worse was found.
    Incomplete = 3,
    /// Credentials or permission: nothing could be read.
    NothingRead = 4,
    /// Apply or rollback stopped part-way, the journal says where; or nobody said yes.
    PartWay = 5,
    /// `plan --detailed-exitcode`: there is something to do.
    Steps = 6,
    /// A bug in flowcover.
    Bug = 70,
}

/// The table that `--help` prints.
pub(crate) const TABLE: &str = "\
Exit codes:
  0   clean
  1   findings at or above --fail-on (default high), or a verdict not-recorded; verify: something does not deliver
  2   usage: the command line, the policy file or another input cannot be used
  3   incomplete: something is unknown or was not read, nothing worse found
  4   credentials or permission: nothing could be read
  5   apply or rollback stopped part-way, the journal says where; or the question was answered with no
  6   plan --detailed-exitcode: there is something to do
  70  a bug in flowcover";

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        // The discriminants are the codes, all below 256.
        Self::from(exit as u8)
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::Clean,
            Outcome::Findings => Self::Findings,
            Outcome::Incomplete => Self::Incomplete,
            Outcome::NothingRead => Self::NothingRead,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_every_code() {
        for exit in [
            Exit::Clean,
            Exit::Findings,
            Exit::Usage,
            Exit::Incomplete,
            Exit::NothingRead,
            Exit::PartWay,
            Exit::Steps,
            Exit::Bug,
        ] {
            let code = (exit as u8).to_string();
            assert!(
                TABLE
                    .lines()
                    .any(|line| line.split_whitespace().next() == Some(&code)),
                "{code}"
            );
        }
    }
}
