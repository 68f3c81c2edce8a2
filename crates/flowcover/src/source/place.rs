//! Where records lie, as it is typed.

use std::path::{Path, PathBuf};

use super::logs::{self, LogGroup};
use super::s3;
use crate::failure::Failure;

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file, a folder, a pattern of those, or `-`.
    Local(PathBuf),
    /// `s3://BUCKET/PATH`.
    Bucket {
        /// Its name.
        bucket: String,
        /// A key, what keys begin with up to a `/`, or a pattern.
        path: String,
    },
    /// `logs://NAME?region=REGION`.
    LogGroup(LogGroup),
}

impl Place {
    /// What the text means. What has no scheme is a path.
    pub(crate) fn parse(text: &Path) -> Result<Self, Failure> {
        let Some(address) = text.to_str() else {
            return Ok(Self::Local(text.to_owned()));
        };
        if let Some(rest) = address.strip_prefix(s3::SCHEME) {
            let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
            return match is_bucket(bucket) {
                true => Ok(Self::Bucket {
                    bucket: bucket.to_owned(),
                    path: path.to_owned(),
                }),
                false => Err(Failure::usage(format!("{address} names no bucket"))
                    .hint("s3://BUCKET or s3://BUCKET/PREFIX/ is expected")),
            };
        }
        if let Some(rest) = address.strip_prefix(logs::SCHEME) {
            return LogGroup::parse(rest).map(Self::LogGroup);
        }
        match address.split_once("://") {
            Some((scheme, _)) if is_scheme(scheme) => Err(Failure::usage(format!(
                "{address}: {scheme}:// is no place that can be read"
            ))
            .hint("paths, s3://BUCKET/PREFIX/ and logs://LOG_GROUP?region=REGION are")),
            _ => Ok(Self::Local(text.to_owned())),
        }
    }
}

/// S3 user guide, "Bucket naming rules"; old buckets may have capitals and underscores.
fn is_bucket(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart_by_their_scheme() {
        let bucket = |bucket: &str, path: &str| Place::Bucket {
            bucket: bucket.to_owned(),
            path: path.to_owned(),
        };
        for (text, expected) in [
            ("./logs/", Place::Local("./logs/".into())),
            ("-", Place::Local("-".into())),
            ("logs/*.gz", Place::Local("logs/*.gz".into())),
            ("s3://a-bucket", bucket("a-bucket", "")),
            ("s3://a-bucket/", bucket("a-bucket", "")),
            ("s3://a-bucket/a/b", bucket("a-bucket", "a/b")),
            ("s3://a-bucket//a", bucket("a-bucket", "/a")),
        ] {
            assert_eq!(Place::parse(Path::new(text)).unwrap(), expected, "{text}");
        }
        for text in [
            "s3://",
            "s3:///a",
            "s3://a b/c",
            "gs://bucket/a",
            "https://x.example/a",
        ] {
            assert!(Place::parse(Path::new(text)).is_err(), "{text}");
        }
    }
}
