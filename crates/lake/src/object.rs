//! One thing that holds records: a file, an object of a bucket.

use std::sync::Arc;

use flowcover_record::{FileFormat, ObjectKey};

/// What is known of an object without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Where it lies: a path, an `s3://` address, `-` for standard input.
    pub location: Arc<str>,
    /// Size in bytes as it lies there. 0 where nobody knows.
    pub size: u64,
    /// What tells one version of it from another, where the place knows: the `ETag` of S3.
    pub version: Option<Arc<str>>,
    /// No record of it ends before this moment, in Unix seconds, where the place knows: a slice of a log group.
    pub first_end: Option<i64>,
    /// What its name says, if it is named as AWS names them.
    pub key: Option<ObjectKey>,
}

impl Object {
    /// From its location: the last part of it that reads as a key of AWS's layout is its key.
    #[must_use]
    pub fn new(location: &str, size: u64) -> Self {
        Self {
            location: Arc::from(location),
            size,
            version: None,
            first_end: None,
            key: ObjectKey::parse(&location.replace('\\', "/")).ok(),
        }
    }

    /// Text or Parquet, by its name.
    #[must_use]
    pub fn format(&self) -> FileFormat {
        if self.location.ends_with(".parquet") {
            FileFormat::Parquet
        } else {
            FileFormat::PlainText
        }
    }

    /// No record of it ends before this moment, in Unix seconds, as far as its place or its name tells.
    #[must_use]
    pub fn first_end(&self) -> Option<i64> {
        let named = || Some(self.key.as_ref()?.bin.start().as_second());
        self.first_end.or_else(named)
    }

    /// The flow log that wrote it: objects of one have one format.
    #[must_use]
    pub fn flow_log_id(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.flow_log_id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_any_place() {
        let key = "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/20/123456789012_vpcflowlogs_eu-west-1_fl-1_20261120T0005Z_aa.log.gz";
        for before in ["", "/data/", "s3://bucket/some/prefix/", "./"] {
            let object = Object::new(&format!("{before}{key}"), 1);
            assert_eq!(object.flow_log_id(), Some("fl-1"), "{before}");
        }
        assert_eq!(Object::new("x.log.gz", 1).key, None);
        assert_eq!(
            Object::new("x.log.parquet", 1).format(),
            FileFormat::Parquet
        );
    }
}
