//! Objects that are fetched before they are read.

use std::iter::Peekable;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::{self, BoxStream, FuturesOrdered, StreamExt as _};

use super::{Content, Store};
use crate::error::ObjectError;
use crate::object::Object;

/// How much is fetched ahead: one object always, more while neither limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ahead {
    /// The most objects.
    pub objects: usize,
    /// The most bytes that they have together, as they lie there.
    pub bytes: u64,
}

impl Default for Ahead {
    /// What suits a disk: the next one.
    fn default() -> Self {
        Self {
            objects: 2,
            bytes: u64::MAX,
        }
    }
}

pub(crate) type Fetched = (Object, Result<Content, ObjectError>);

/// What is waited for, and what is on its way.
struct Window {
    waiting: Peekable<Box<dyn Iterator<Item = Object> + Send>>,
    under_way: FuturesOrdered<BoxFuture<'static, Fetched>>,
    bytes: u64,
    store: Arc<dyn Store>,
    limit: Ahead,
}

/// The objects with their bytes, in their order. The next object is taken when it is to be fetched.
pub(crate) fn fetched(
    objects: impl Iterator<Item = Object> + Send + 'static,
    store: Arc<dyn Store>,
) -> BoxStream<'static, Fetched> {
    let objects: Box<dyn Iterator<Item = Object> + Send> = Box::new(objects);
    let window = Window {
        waiting: objects.peekable(),
        under_way: FuturesOrdered::new(),
        bytes: 0,
        limit: store.ahead(),
        store,
    };
    stream::unfold(window, |mut window| async move {
        window.fill();
        let next = window.under_way.next().await?;
        window.bytes = window.bytes.saturating_sub(next.0.size);
        Some((next, window))
    })
    .boxed()
}

impl Window {
    fn fill(&mut self) {
        while let Some(object) = self.waiting.peek() {
            let bytes = self.bytes.saturating_add(object.size);
            let is_full =
                self.under_way.len() >= self.limit.objects.max(1) || bytes > self.limit.bytes;
            if is_full && !self.under_way.is_empty() {
                return;
            }
            self.bytes = bytes;
            if let Some(object) = self.waiting.next() {
                let store = Arc::clone(&self.store);
                let get = async move {
                    let content = store.get(&object).await;
                    (object, content)
                };
                self.under_way.push_back(get.boxed());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;

    /// Counts how many objects are on their way at once.
    #[derive(Debug, Default)]
    struct Slow {
        now: AtomicUsize,
        most: AtomicUsize,
        limit: Ahead,
    }

    #[async_trait]
    impl Store for Slow {
        async fn get(&self, _: &Object) -> Result<Content, ObjectError> {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            Ok(Content::Whole(Vec::new()))
        }

        async fn head(&self, _: &Object, _: usize) -> Result<Vec<u8>, ObjectError> {
            Err(ObjectError::Vanished)
        }

        async fn tail(&self, _: &Object, _: usize) -> Result<Vec<u8>, ObjectError> {
            Err(ObjectError::Vanished)
        }

        fn ahead(&self) -> Ahead {
            self.limit
        }
    }

    async fn check(sizes: &[u64], limit: Ahead, most: usize) {
        let store = Arc::new(Slow {
            limit,
            ..Slow::default()
        });
        let objects: Vec<Object> = sizes
            .iter()
            .enumerate()
            .map(|(number, &size)| Object::new(&number.to_string(), size))
            .collect();
        let given: Vec<Fetched> = fetched(objects.clone().into_iter(), store.clone())
            .collect()
            .await;
        let given: Vec<Object> = given.into_iter().map(|(object, _)| object).collect();
        assert_eq!(given, objects);
        assert_eq!(
            store.most.load(Ordering::SeqCst),
            most,
            "{sizes:?} {limit:?}"
        );
    }

    #[tokio::test]
    async fn both_limits_hold_and_one_object_always_comes() {
        let ahead = |objects, bytes| Ahead { objects, bytes };
        check(&[1; 9], ahead(3, u64::MAX), 3).await;
        check(&[10; 9], ahead(9, 40), 4).await;
        check(&[100, 1, 100], ahead(9, 10), 1).await;
        check(&[u64::MAX, 5], ahead(2, u64::MAX), 2).await;
        check(&[], ahead(2, 10), 0).await;
        check(&[1, 1], ahead(0, 0), 1).await;
    }
}
