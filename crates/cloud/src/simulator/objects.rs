//! Objects in buckets.

use super::World;
use super::refusals::denied;
use crate::{CloudError, Page, StoredObject};

impl World {
    /// Puts an object into a bucket, written now.
    pub fn put_object(&mut self, bucket: &str, key: &str) {
        let now = self.now;
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.objects.insert(key.to_owned(), now);
        }
    }

    /// Keys of the objects in a bucket, in order.
    #[must_use]
    pub fn object_keys(&self, name: &str) -> Vec<String> {
        self.buckets
            .get(name)
            .map(|bucket| bucket.objects.keys().cloned().collect())
            .unwrap_or_default()
    }

    pub(super) fn list_objects(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
        prefix: &str,
        token: Option<&str>,
    ) -> Result<Page<StoredObject>, CloudError> {
        let bucket = self.bucket(name)?;
        bucket.check_region(region, name)?;
        if !self.may(account_id, "s3:ListBucket", name, bucket) {
            return Err(denied("s3:ListBucket", &format!("on bucket {name}")));
        }
        let objects = bucket
            .objects
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, at)| StoredObject {
                key: key.clone(),
                last_modified: Some(*at),
                size: 1024,
            });
        self.paging.page("s3:ListBucket", objects, token)
    }
}
