//! Objects of S3 buckets.
//!
//! Every call asks for the version that was listed (`If-Match`): an object that changed meanwhile is an error, never a mixture.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::sync::Arc;

use flowcover_cloud::{CloudError, ErrorKind, GetObject, Scope};
use flowcover_lake::{Content, Object, ObjectError};
use flowcover_record::FileFormat;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _};

use super::parts::{Part, parts};
use super::reach::Reach;

/// What locations begin with.
pub(super) const SCHEME: &str = "s3://";
/// Objects up to this size, in bytes, are held in memory.
const WHOLE: u64 = 64 * 1024 * 1024;
/// The most bytes that one call asks for.
const PART: u64 = 16 * 1024 * 1024;
/// Parts of one object that are fetched at once.
const AT_ONCE: usize = 3;

/// Reads objects of buckets whose region is known.
#[derive(Debug)]
pub(super) struct Buckets {
    pub(super) reach: Arc<Reach>,
    /// By name.
    pub(super) scopes: HashMap<String, Scope>,
    pub(super) request_payer: bool,
}

impl Buckets {
    /// The object: in memory; if it is large as a stream, or for Parquet, which is not read from front to back, as a file.
    pub(super) async fn get(self: &Arc<Self>, object: &Object) -> Result<Content, ObjectError> {
        if object.size <= WHOLE {
            let mut bytes = Vec::new();
            let mut parts = self.parts(object);
            while let Some(part) = parts.next().await {
                let part = part?;
                match bytes.is_empty() {
                    true => bytes = part,
                    false => bytes.extend_from_slice(&part),
                }
            }
            return Ok(Content::Whole(bytes));
        }
        if object.format() == FileFormat::Parquet {
            return self.file(object).await.map(Content::File);
        }
        let (sender, reader) = parts();
        let mut stream = self.parts(object);
        tokio::spawn(async move {
            while let Some(part) = stream.next().await {
                let is_last = part.is_err();
                // Nobody reads any more: a query that has its answer.
                if sender.send(part).await.is_err() || is_last {
                    return;
                }
            }
        });
        Ok(Content::Stream(Box::new(reader)))
    }

    /// The bytes from `first` to before `end`.
    pub(super) async fn range(&self, object: &Object, first: u64, end: u64) -> Part {
        if first >= end {
            return Ok(Vec::new());
        }
        let is_all = first == 0 && end == object.size;
        self.call(object, (!is_all).then_some((first, end - 1)))
            .await
    }

    fn parts(self: &Arc<Self>, object: &Object) -> BoxStream<'static, Part> {
        let ranges = (0..object.size.div_ceil(PART)).map(|number| number * PART);
        let (buckets, object) = (Arc::clone(self), object.clone());
        let get = move |first: u64| -> BoxFuture<'static, Part> {
            let (buckets, object) = (Arc::clone(&buckets), object.clone());
            Box::pin(async move {
                let end = (first + PART).min(object.size);
                buckets.range(&object, first, end).await
            })
        };
        stream::iter(ranges.collect::<Vec<_>>())
            .map(get)
            .buffered(AT_ONCE)
            .boxed()
    }

    /// As a file without a name, which goes when it is closed.
    async fn file(self: &Arc<Self>, object: &Object) -> Result<File, ObjectError> {
        let failed = |error: std::io::Error| {
            ObjectError::Unreadable(format!("cannot keep it in a temporary file: {error}"))
        };
        let mut file = tempfile::tempfile().map_err(failed)?;
        let mut parts = self.parts(object);
        while let Some(part) = parts.next().await {
            file.write_all(&part?).map_err(failed)?;
        }
        file.rewind().map_err(failed)?;
        Ok(file)
    }

    async fn call(&self, object: &Object, range: Option<(u64, u64)>) -> Part {
        let place = object.location.strip_prefix(SCHEME);
        let place = place.and_then(|place| place.split_once('/'));
        let Some((scope, bucket, key)) =
            place.and_then(|(bucket, key)| Some((self.scopes.get(bucket)?, bucket, key)))
        else {
            return Err(ObjectError::Unreadable("it was not listed".to_owned()));
        };
        let request = GetObject {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            range,
            if_match: object.version.as_deref().map(ToOwned::to_owned),
            request_payer: self.request_payer,
        };
        let answer = self.reach.ask(scope, request).await.map_err(why)?;
        let asked = range.map_or(object.size, |(first, last)| last - first + 1);
        if answer.0.len() as u64 == asked {
            Ok(answer.0)
        } else {
            Err(ObjectError::Changed)
        }
    }
}

/// Why an object cannot be read.
fn why(error: CloudError) -> ObjectError {
    match (error.code.as_str(), error.kind) {
        // The range lies outside of it: it is shorter now.
        ("PreconditionFailed" | "InvalidRange", _) => ObjectError::Changed,
        ("InvalidObjectState", _) => {
            ObjectError::Unreadable("it is archived, and must be restored first".to_owned())
        }
        (_, ErrorKind::NotFound) => ObjectError::Vanished,
        (_, ErrorKind::Denied) => ObjectError::Denied(error.to_string()),
        _ => ObjectError::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_objects_say_what_happened() {
        for (code, status, expected) in [
            ("NoSuchKey", 404, ObjectError::Vanished),
            ("PreconditionFailed", 412, ObjectError::Changed),
            ("InvalidRange", 416, ObjectError::Changed),
            (
                "AccessDenied",
                403,
                ObjectError::Denied("AccessDenied: x".to_owned()),
            ),
            (
                "InternalError",
                500,
                ObjectError::Unreadable("InternalError: x".to_owned()),
            ),
        ] {
            assert_eq!(why(CloudError::answered(code, status, "x")), expected);
        }
    }
}
