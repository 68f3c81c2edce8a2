//! `logs://NAME?region=REGION`: a log group, as it is typed.

use std::fmt;

use crate::failure::Failure;

/// What addresses begin with.
pub(crate) const SCHEME: &str = "logs://";

/// A log group. All that stands after `logs://`, up to a `?`, is its name: `logs:///vpc/flow` is the group `/vpc/flow`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LogGroup {
    pub(crate) name: String,
    /// None: the region that the run starts from.
    pub(crate) region: Option<String>,
}

impl LogGroup {
    /// Of an address without its scheme.
    pub(crate) fn parse(rest: &str) -> Result<Self, Failure> {
        let refused = |what: &str| {
            Failure::usage(format!("{SCHEME}{rest}: {what}"))
                .hint("logs://LOG_GROUP?region=REGION is expected, as logs:///vpc/flow?region=eu-west-1 for the group /vpc/flow")
        };
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !is_name(name) {
            return Err(refused("that is no name of a log group"));
        }
        let mut region = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("region", value)) if is_region(value) => region = Some(value.to_owned()),
                Some(("region", _)) => return Err(refused("that is no region")),
                _ => return Err(refused("only `region` can be given")),
            }
        }
        Ok(Self {
            name: name.to_owned(),
            region,
        })
    }
}

impl fmt::Display for LogGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.name)?;
        match &self.region {
            Some(region) => write!(f, "?region={region}"),
            None => Ok(()),
        }
    }
}

/// CloudWatch Logs API reference, `CreateLogGroup`: up to 512 letters, digits and any of `_-/.#`.
fn is_name(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-/.#".contains(&byte))
}

fn is_region(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn everything_up_to_the_question_mark_is_the_name() {
        for (rest, name, region) in [
            ("/vpc/flow?region=eu-west-1", "/vpc/flow", Some("eu-west-1")),
            ("/vpc/flow", "/vpc/flow", None),
            ("flow", "flow", None),
            ("flow?", "flow", None),
        ] {
            let group = LogGroup::parse(rest).unwrap();
            assert_eq!(
                (group.name.as_str(), group.region.as_deref()),
                (name, region)
            );
            let again = LogGroup::parse(group.to_string().strip_prefix(SCHEME).unwrap());
            assert_eq!(again.unwrap(), group);
        }
        for rest in [
            "",
            "?region=eu-west-1",
            "a b",
            "/x?region=EU",
            "/x?zone=a",
            "/x?region",
            "é",
        ] {
            assert!(LogGroup::parse(rest).is_err(), "{rest}");
        }
    }
}
