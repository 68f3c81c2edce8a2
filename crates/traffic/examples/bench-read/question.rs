//! What is asked, and how fast flowcover's answer should be.

/// How the records lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    /// As AWS writes it.
    Parquet,
    /// Parquet that flowcover wrote, in this run.
    Converted,
}

impl Form {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Parquet => "parquet",
            Self::Converted => "converted",
        }
    }
}

/// What flowcover's wall time is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// So many times the time to decompress the same objects.
    Inflate(f64),
    /// So many times DuckDB's time for the same on Parquet as AWS writes it.
    DuckDb(f64),
}

/// One question to records in one form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Question {
    /// The name of its file in `tests/bench/questions`.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) form: Form,
    pub(crate) goal: Goal,
    /// The most memory, in MiB.
    pub(crate) memory: u64,
}

const fn question(
    name: &'static str,
    title: &'static str,
    form: Form,
    goal: Goal,
    memory: u64,
) -> Question {
    Question {
        name,
        title,
        form,
        goal,
        memory,
    }
}

const TALKERS: &str = "(a) bytes by source, top 10";
const NEEDLE: &str = "(d) one address";
const REJECTED: &str = "(b) REJECT by port";

pub(crate) const QUESTIONS: [Question; 8] = [
    question("talkers", TALKERS, Form::Text, Goal::Inflate(2.5), 128),
    question("rejected", REJECTED, Form::Text, Goal::Inflate(2.0), 128),
    question(
        "scans",
        "(c) scan pairs",
        Form::Text,
        Goal::Inflate(5.0),
        256,
    ),
    question("needle", NEEDLE, Form::Text, Goal::Inflate(1.3), 96),
    question("talkers", TALKERS, Form::Parquet, Goal::DuckDb(1.0), 256),
    question("rejected", REJECTED, Form::Parquet, Goal::DuckDb(1.0), 256),
    question("talkers", TALKERS, Form::Converted, Goal::DuckDb(0.5), 256),
    question("needle", NEEDLE, Form::Converted, Goal::Inflate(1.0), 256),
];

/// Records that `convert` should write in a second.
pub(crate) const CONVERTED_EACH_SECOND: f64 = 1_500_000.0;
/// The most memory, in MiB, that it should take for that.
pub(crate) const CONVERTED_MEMORY: u64 = 512;
