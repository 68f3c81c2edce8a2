//! Words and commands of a POSIX shell.

use std::borrow::Cow;
use std::fmt;

/// One word: whatever `text` holds, the shell hands it on as it is. Only a NUL byte cannot be in a word:
/// what holds one is left out before (`unfit`).
pub(super) fn quote(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+,-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// A command of the AWS CLI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    operation: [&'static str; 2],
    /// Options with their values, quoted.
    options: Vec<String>,
}

impl Command {
    /// `aws SERVICE OPERATION`
    pub(super) const fn new(service: &'static str, operation: &'static str) -> Self {
        Self {
            operation: [service, operation],
            options: Vec::new(),
        }
    }

    /// `--NAME VALUE`
    pub(super) fn option(mut self, name: &str, value: &str) -> Self {
        // A value that looks like an option must stand in the same word.
        let joined = if value.starts_with('-') {
            quote(&format!("{name}={value}")).into_owned()
        } else {
            format!("{name} {}", quote(value))
        };
        self.options.push(joined);
        self
    }

    /// `--NAME VALUE`, if there is a value.
    pub(super) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.option(name, value),
            None => self,
        }
    }

    /// `--NAME VALUE …`
    pub(super) fn list(mut self, name: &str, values: &[String]) -> Self {
        let values: Vec<Cow<'_, str>> = values.iter().map(|value| quote(value)).collect();
        self.options.push(format!("{name} {}", values.join(" ")));
        self
    }

    /// `--NAME JSON`
    pub(super) fn json(self, name: &str, value: &serde_json::Value) -> Self {
        self.option(name, &value.to_string())
    }

    /// Service and operation.
    pub(super) const fn operation(&self) -> [&'static str; 2] {
        self.operation
    }

    /// The command with another word for the program.
    pub(super) fn with_program(&self, program: &str) -> String {
        let [service, operation] = self.operation;
        self.lines(&format!("{program} {service} {operation}"))
    }

    /// Only the options, after `head`.
    pub(super) fn lines(&self, head: &str) -> String {
        let mut text = head.to_owned();
        for option in &self.options {
            text.push_str(" \\\n  ");
            text.push_str(option);
        }
        text
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_program("aws"))
    }
}

#[cfg(test)]
mod tests {
    use std::process;

    use proptest::prelude::*;

    use super::*;
    use crate::fixture::HOSTILE;

    /// What the shell makes of some words.
    fn through_the_shell(words: &str) -> String {
        let output = process::Command::new("sh")
            .args(["-c", &format!("printf '<%s>' {words}")])
            .output()
            .expect("there is a shell");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("what was handed over is utf-8")
    }

    #[track_caller]
    fn check(text: &str) {
        assert_eq!(through_the_shell(&quote(text)), format!("<{text}>"));
    }

    #[test]
    fn hostile_words_stay_words() {
        let more = [
            "", "'", "''", "$(id)", "`id`", "~", "*", "-n", "a b", "\\", "!", "#", "a=b;c&d",
        ];
        for text in HOSTILE
            .iter()
            .chain(&more)
            .filter(|text| !text.contains('\0'))
        {
            check(text);
        }
    }

    #[test]
    fn plain_words_are_not_quoted() {
        assert_eq!(
            quote("arn:aws:iam::111122223333:role/flow-log_1"),
            "arn:aws:iam::111122223333:role/flow-log_1"
        );
        assert_eq!(quote("it's"), r"'it'\''s'");
    }

    #[test]
    fn a_value_is_never_taken_for_an_option() {
        let command = Command::new("iam", "get-role").option("--role-name", "--debug");
        assert_eq!(
            command.to_string(),
            "aws iam get-role \\\n  '--role-name=--debug'"
        );
    }

    proptest! {
        // Each case starts a shell.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_text_stays_one_word(text in "[^\0]{0,60}", other in "[^\0]{0,20}") {
            let words = format!("{} {}", quote(&text), quote(&other));
            prop_assert_eq!(through_the_shell(&words), format!("<{text}><{other}>"));
        }
    }
}
