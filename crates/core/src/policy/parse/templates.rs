//! Names and ARNs with `{placeholders}`, and what they may look like once those are filled in.

use flowcover_record::Destination;

use super::super::diagnostic::shown;
use super::super::fix::fill_in;
use super::section::{Entry, Reader};

/// What a template may hold, and what must come of it.
pub(super) struct Template {
    /// What it names, with an article.
    what: &'static str,
    /// Placeholders that may stand in it.
    placeholders: &'static [&'static str],
    /// A placeholder that must stand in it, and why.
    required: Option<(&'static str, &'static str)>,
    /// Whether it is right once filled in.
    is_right: fn(&str) -> bool,
    hint: &'static str,
}

const PLACE: &[&str] = &["account_id", "region"];

/// Values that placeholders could have.
const SAMPLE: [(&str, &str); 4] = [
    ("account_id", "111122223333"),
    ("region", "ap-southeast-1"),
    ("vpc_id", "vpc-0123456789abcdef0"),
    ("vpc_name", "name"),
];

impl Template {
    pub(super) const LOG_GROUP: Self = Self {
        what: "a log group",
        placeholders: &["account_id", "region", "vpc_id", "vpc_name"],
        required: Some((
            "vpc_id",
            "the log groups of two VPCs could have the same name",
        )),
        is_right: is_log_group,
        hint: "letters, digits and _-/.# up to 400, not `aws/` at the start",
    };

    pub(super) const ROLE: Self = Self {
        what: "a role",
        placeholders: PLACE,
        required: None,
        is_right: is_role,
        hint: "write the name or the ARN of a role that exists, such as flow-logs",
    };

    pub(super) const KMS_KEY: Self = Self {
        what: "a KMS key",
        placeholders: PLACE,
        required: None,
        is_right: is_key,
        hint: "write the ARN of the key, such as arn:aws:kms:{region}:{account_id}:alias/flow-logs",
    };

    pub(super) const BUCKET: Self = Self {
        what: "a bucket",
        placeholders: PLACE,
        required: None,
        is_right: is_bucket,
        hint: "3 to 63 small letters, digits, dots and hyphens",
    };

    pub(super) const PREFIX: Self = Self {
        what: "a prefix",
        placeholders: PLACE,
        required: None,
        is_right: is_prefix,
        hint: "letters, digits and !_.*'()-/ up to 400, without `AWSLogs`, which AWS adds itself",
    };

    pub(super) const DELIVERY_STREAM: Self = Self {
        what: "a delivery stream",
        placeholders: PLACE,
        required: None,
        is_right: |text| {
            matches!(
                Destination::parse_arn(text),
                Destination::DeliveryStream { .. }
            )
        },
        hint: "write its ARN, such as arn:aws:firehose:{region}:{account_id}:deliverystream/flow",
    };

    pub(super) fn read(&self, reader: &mut Reader<'_>, entry: &Entry<'_, '_>) -> Option<String> {
        let text = reader.nonempty_text(entry)?;
        for name in placeholders(text) {
            if !self.placeholders.contains(&name) {
                let message = format!(
                    "`{{{}}}` is no placeholder of `{}`",
                    shown(name),
                    entry.path
                );
                let known: Vec<String> = self
                    .placeholders
                    .iter()
                    .map(|name| format!("{{{name}}}"))
                    .collect();
                return reader.error(
                    &entry.span,
                    message,
                    &format!("known here: {}", known.join(", ")),
                );
            }
        }
        if let Some((name, why)) = self.required
            && !placeholders(text).any(|found| found == name)
        {
            let message = format!("`{}` lacks {{{name}}}: {why}", entry.path);
            return reader.error(
                &entry.span,
                message,
                "put it into the name, such as /vpc/flow-logs/{vpc_id}",
            );
        }
        if !(self.is_right)(&fill_in(text, &SAMPLE)) {
            let message = format!("`{}` does not name {}", shown(text), self.what);
            return reader.error(&entry.span, message, self.hint);
        }
        Some(text.to_owned())
    }
}

/// What stands between braces.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let rest = text.split('{').skip(1);
    rest.filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}

fn only(text: &str, allowed: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || allowed.contains(c))
}

fn is_log_group(text: &str) -> bool {
    only(text, "_-/.#") && text.len() <= 400 && !text.starts_with("aws/")
}

fn is_role(text: &str) -> bool {
    let name = match text.strip_prefix("arn:") {
        Some(rest) => match rest.split_once(":role/") {
            Some((head, name)) if head.contains(":iam::") => {
                name.rsplit('/').next().unwrap_or(name)
            }
            _ => return false,
        },
        None => text,
    };
    (1..=64).contains(&name.len()) && only(name, "_+=,.@-")
}

fn is_key(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let head = [parts.next(), parts.nth(1)] == [Some("arn"), Some("kms")];
    let key = parts.nth(2).unwrap_or_default();
    head && (key.starts_with("key/") || key.starts_with("alias/")) && only(key, "_-/")
}

/// Amazon S3 User Guide, "General purpose bucket naming rules".
fn is_bucket(text: &str) -> bool {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&text.len())
        && text.chars().all(|c| small(c) || c == '.' || c == '-')
        && text.starts_with(small)
        && text.ends_with(small)
        && !text.contains("..")
}

fn is_prefix(text: &str) -> bool {
    only(text, "!_.*'()-/")
        && text.len() <= 400
        && !text.contains("AWSLogs")
        && !text.contains("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_right: fn(&str) -> bool, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert!(is_right(text), "{text}");
        }
        for text in wrong {
            assert!(!is_right(text), "{text}");
        }
    }

    #[test]
    fn names_as_aws_takes_them() {
        check(is_log_group, &["/a/b_c.d#e"], &["aws/a", "a b", "{x}", "ä"]);
        check(
            is_bucket,
            &["abc", "a.b-1"],
            &["ab", "Abc", "a..b", "-ab", "ab-", "a_b"],
        );
        check(
            is_role,
            &["flow-logs", "arn:aws:iam::1:role/a/flow"],
            &[
                "",
                "a/b",
                "arn:aws:iam::1:user/a",
                "arn:aws:s3:::role/a",
                "a b",
            ],
        );
        check(
            is_key,
            &[
                "arn:aws:kms:eu-west-1:1:key/1-2",
                "arn:aws:kms:eu-west-1:1:alias/a/b",
            ],
            &[
                "1-2",
                "alias/a",
                "arn:aws:s3:::key/1",
                "arn:aws:kms:eu-west-1:1:rsa/1",
            ],
        );
        check(is_prefix, &["flow", "a/b/"], &["AWSLogs", "a//b", "a b"]);
    }

    #[test]
    fn what_stands_between_braces() {
        let found: Vec<&str> = placeholders("/{a}/{b c}{").collect();
        assert_eq!(found, ["a", "b c"]);
    }
}
