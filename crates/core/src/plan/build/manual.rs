//! Commands of the AWS CLI for a person to run, quoted so that a shell takes each word as it is.

/// A command: words that are not plain are put in single quotes.
pub(super) fn command(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// `aws SERVICE OPERATION …` in a region, if there is one.
pub(super) fn aws(words: &[&str], region: Option<&str>) -> String {
    let mut all = vec!["aws"];
    all.extend_from_slice(words);
    if let Some(region) = region {
        all.extend(["--region", region]);
    }
    command(&all)
}

fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@+%".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{aws, command};

    #[test]
    fn a_shell_takes_each_word_as_it_is() {
        let check = |word: &str, expected: &str| assert_eq!(command(&[word]), expected);
        check("arn:aws:iam::1:role/a_b", "arn:aws:iam::1:role/a_b");
        check("", "''");
        check("a b", "'a b'");
        check("$(rm -rf /)", "'$(rm -rf /)'");
        check("it's", r"'it'\''s'");
        check("~root", "'~root'");
        check("a;b", "'a;b'");
        assert_eq!(
            aws(&["ec2", "x"], Some("eu-west-1")),
            "aws ec2 x --region eu-west-1"
        );
        assert_eq!(aws(&["iam", "x"], None), "aws iam x");
    }
}
