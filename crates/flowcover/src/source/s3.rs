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
pub(crate) const SCHEME: &str = "s3://";
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
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Read as _;
    use std::sync::atomic::{AtomicU64, Ordering};

    use flowcover_cloud::{Answer, Cloud, Entry, ObjectBytes, Request};

    use super::*;

    const ETAG: &str = "\"v1\"";

    /// A bucket with one object, of which other bytes are written after so many calls.
    struct Bucket {
        bytes: Vec<u8>,
        calls: AtomicU64,
        changes_after: u64,
    }

    impl Cloud for Bucket {
        fn call<'a>(
            &'a self,
            _: &'a Scope,
            request: Request,
        ) -> BoxFuture<'a, Result<Answer, CloudError>> {
            let Request::GetObject(request) = request else {
                panic!("only objects are asked for");
            };
            assert_eq!(request.if_match.as_deref(), Some(ETAG));
            let calls = self.calls.fetch_add(1, Ordering::SeqCst);
            let answer = if calls >= self.changes_after {
                Err(CloudError::answered("PreconditionFailed", 412, "x"))
            } else {
                let all = (0, self.bytes.len() as u64 - 1);
                let (first, last) = request.range.unwrap_or(all);
                let part = &self.bytes[first as usize..=last as usize];
                Ok(Answer::GetObject(ObjectBytes(part.to_vec())))
            };
            Box::pin(std::future::ready(answer))
        }
    }

    fn made(size: u64, changes_after: u64) -> (Arc<Bucket>, Arc<Buckets>) {
        let bucket = Arc::new(Bucket {
            bytes: (0..size).map(|at| (at % 251) as u8).collect(),
            calls: AtomicU64::new(0),
            changes_after,
        });
        let buckets = Buckets {
            reach: Reach::over(bucket.clone()),
            scopes: HashMap::from([("b".to_owned(), Scope::new(Entry::Caller, "", "r"))]),
            request_payer: false,
        };
        (bucket, Arc::new(buckets))
    }

    fn object(name: &str, size: u64) -> Object {
        let mut object = Object::new(&format!("s3://b/{name}"), size);
        object.version = Some(Arc::from(ETAG));
        object
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn small_objects_take_one_call_and_larger_ones_one_for_each_part() {
        for (size, calls) in [(10, 1), (PART, 1), (PART + 1, 2), (WHOLE, 4)] {
            let (bucket, buckets) = made(size, u64::MAX);
            let content = buckets.get(&object("x.log.gz", size)).await.unwrap();
            let Content::Whole(bytes) = content else {
                panic!("{size} bytes are held in memory: {content:?}");
            };
            assert!(bytes == bucket.bytes, "{size}");
            assert_eq!(bucket.calls.load(Ordering::SeqCst), calls, "{size}");
        }
        let (bucket, buckets) = made(100, u64::MAX);
        let object = object("x.log.gz", 100);
        assert_eq!(
            buckets.range(&object, 90, 100).await.unwrap(),
            bucket.bytes[90..]
        );
        assert_eq!(buckets.range(&object, 0, 0).await.unwrap(), b"");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn large_objects_are_streams_and_large_parquet_is_a_file() {
        let size = WHOLE + 5;
        let (bucket, buckets) = made(size, u64::MAX);
        let content = buckets.get(&object("x.log.gz", size)).await.unwrap();
        let Content::Stream(mut stream) = content else {
            panic!("it is large: {content:?}");
        };
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        assert!(bytes == bucket.bytes);
        let content = buckets.get(&object("x.parquet", size)).await.unwrap();
        let Content::File(mut file) = content else {
            panic!("Parquet is not read from front to back: {content:?}");
        };
        bytes.clear();
        file.read_to_end(&mut bytes).unwrap();
        assert!(bytes == bucket.bytes);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_object_that_changes_half_way_is_no_mixture() {
        let size = WHOLE + 5;
        let (_, buckets) = made(size, 2);
        let Ok(Content::Stream(mut stream)) = buckets.get(&object("x.log.gz", size)).await else {
            panic!("it is large");
        };
        let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
        let error = error.get_ref().unwrap().downcast_ref::<ObjectError>();
        assert_eq!(error, Some(&ObjectError::Changed));
        let (_, buckets) = made(100, u64::MAX);
        let shorter = buckets.get(&object("x.log.gz", 101)).await;
        assert_eq!(shorter.unwrap_err(), ObjectError::Changed);
    }

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
