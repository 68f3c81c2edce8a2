//! The objects of a bucket that are asked for.

use std::collections::HashSet;
use std::sync::Arc;

use flowcover_cloud::{CloudError, ErrorKind, ListKeys, Listed, Scope};
use flowcover_lake::Object;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::choice::{Choice, Found, Left};
use super::folders::{self, Level, Next};
use super::glob;
use super::reach::{Reach, refused};
use crate::failure::Failure;

/// Folders listed at once.
const AT_ONCE: usize = 16;
/// Outside of AWS's layout, folders are looked into so deep, and if they are so few. Others are listed with all below them.
const DEEPEST: usize = 4;
const FEW: usize = 32;
/// What names of flow logs end with, whoever wrote them. Firehose gives its objects no ending at all.
const ENDINGS: [&str; 6] = ["gz", "gzip", "log", "parquet", "json", "txt"];
/// Storage classes whose objects cannot be read before they are restored (S3 user guide, "Working with archived objects").
const ARCHIVES: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// A bucket, and what is asked for of it.
pub(crate) struct Listing<'a> {
    pub(crate) reach: &'a Arc<Reach>,
    pub(crate) scope: &'a Scope,
    pub(crate) bucket: &'a str,
    /// What stands after `s3://bucket/`.
    pub(crate) path: &'a str,
    pub(crate) choice: &'a Choice,
    pub(crate) request_payer: bool,
    pub(crate) now: Timestamp,
}

impl Listing<'_> {
    /// Lists it.
    pub(crate) async fn run(&self) -> Result<Found, Failure> {
        let found = self.objects().await;
        found.map_err(|error| {
            refused(
                &format!("cannot list s3://{}/{}", self.bucket, self.path),
                &error,
            )
        })
    }

    async fn objects(&self) -> Result<Found, CloudError> {
        if glob::is_pattern(self.path) {
            let (folder, start) = glob::literal(self.path);
            return match start == folder {
                true => self.below(folder).await,
                false => self.all(start).await,
            };
        }
        if has_ending(self.path) {
            let found = self.all(self.path).await?;
            if !found.objects.is_empty() {
                return Ok(found);
            }
        }
        match self.path.is_empty() || self.path.ends_with('/') {
            true => self.below(self.path).await,
            false => self.below(&format!("{}/", self.path)).await,
        }
    }

    /// Everything below a folder: only what can hold what is asked for, where folders tell.
    async fn below(&self, folder: &str) -> Result<Found, CloudError> {
        if !self.choice.is_narrow() {
            return self.all(folder).await;
        }
        let mut found = Found::default();
        let mut to_list = Vec::new();
        let mut to_look = vec![folder.to_owned()];
        for depth in 0.. {
            let looked = stream::iter(std::mem::take(&mut to_look))
                .map(|folder| self.look(folder))
                .buffered(AT_ONCE);
            let looked: Vec<Looked> = looked.try_collect().await?;
            for Looked {
                level,
                here,
                folders,
            } in looked
            {
                found.merge(here);
                let is_unknown =
                    level == Level::Outside && (depth >= DEEPEST || folders.len() > FEW);
                for folder in folders {
                    match folders::next(level, &folder, self.choice) {
                        Next::Skip => {}
                        Next::Look if !is_unknown || folder.ends_with("AWSLogs/") => {
                            to_look.push(folder);
                        }
                        Next::Look | Next::List => to_list.push(folder),
                    }
                }
            }
            // What is known by its place is not looked into, but listed.
            to_look.retain(|folder| match folders::level(folder) {
                Level::Region => {
                    to_list.extend(self.times(folder));
                    false
                }
                Level::Below => {
                    to_list.push(folder.clone());
                    false
                }
                _ => true,
            });
            if to_look.is_empty() {
                break;
            }
        }
        let lists: Vec<Found> = stream::iter(to_list)
            .map(|folder| async move { self.all(&folder).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        lists.into_iter().for_each(|list| found.merge(list));
        Ok(found)
    }

    fn times(&self, region: &str) -> Vec<String> {
        let (from, to) = self.choice.ends_between();
        folders::times(
            region,
            from,
            to.unwrap_or_else(|| self.now.as_second() + 86_400),
        )
    }

    /// What stands right in a folder.
    async fn look(&self, folder: String) -> Result<Looked, CloudError> {
        let level = folders::level(&folder);
        let is_known = matches!(level, Level::Region | Level::Below);
        if is_known {
            let folders = match level {
                Level::Region => self.times(&folder),
                _ => vec![folder],
            };
            return Ok(Looked {
                level: Level::Below,
                here: Found::default(),
                folders,
            });
        }
        let mut folders = Vec::new();
        let here = self.pages(&folder, true, &mut folders).await?;
        Ok(Looked {
            level,
            here,
            folders,
        })
    }

    /// Every object whose key begins so.
    async fn all(&self, prefix: &str) -> Result<Found, CloudError> {
        self.pages(prefix, false, &mut Vec::new()).await
    }

    async fn pages(
        &self,
        prefix: &str,
        by_folder: bool,
        folders: &mut Vec<String>,
    ) -> Result<Found, CloudError> {
        let mut found = Found {
            folders: 1,
            ..Found::default()
        };
        let mut seen = HashSet::new();
        let mut next_token = None;
        loop {
            let request = ListKeys {
                bucket: self.bucket.to_owned(),
                prefix: prefix.to_owned(),
                by_folder,
                request_payer: self.request_payer,
                next_token,
            };
            let page = self.reach.ask(self.scope, request).await?;
            for item in page.items {
                match item {
                    Listed::Folder(folder) => folders.push(folder),
                    Listed::Object {
                        key,
                        size,
                        etag,
                        storage_class,
                    } => {
                        let mut object = Object::new(&format!("s3://{}/{key}", self.bucket), size);
                        object.version = etag.map(Arc::from);
                        let left = self.leaves(&key, &object, storage_class.as_deref());
                        found.add(object, left);
                    }
                }
            }
            match page.next_token {
                None => return Ok(found),
                Some(next) if !seen.insert(next.clone()) => {
                    return Err(CloudError::new(
                        ErrorKind::Service,
                        "EndlessPages",
                        "the listing never ends: its page token repeats",
                    ));
                }
                next => next_token = next,
            }
        }
    }

    fn leaves(&self, key: &str, object: &Object, storage_class: Option<&str>) -> Option<Left> {
        if glob::is_pattern(self.path) && !glob::matches(self.path, key) {
            return Some(Left::Pattern);
        }
        // `x.gz` was asked for, and is no folder: `x.gz.old` begins the same way.
        let below = key.strip_prefix(self.path);
        let is_file = has_ending(self.path) && !self.path.ends_with('/');
        if is_file && !below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Some(Left::Pattern);
        }
        if object.size == 0 {
            return Some(Left::Empty);
        }
        if folders::is_of_another_service(key) {
            return Some(Left::OtherService);
        }
        let name = key.rsplit('/').next().unwrap_or(key);
        if name.contains('.') && !has_ending(name) {
            return Some(Left::Name);
        }
        if let Some(left) = self.choice.leaves(object) {
            return Some(left);
        }
        storage_class
            .is_some_and(|class| ARCHIVES.contains(&class))
            .then_some(Left::Archived)
    }
}

/// What a folder holds.
struct Looked {
    level: Level,
    here: Found,
    folders: Vec<String>,
}

/// Whether a name ends as flow logs do.
fn has_ending(name: &str) -> bool {
    let ending = name
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'));
    ending.is_some_and(|(_, ending)| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_flow_logs_are_known_by_their_ending() {
        for (name, expected) in [
            ("a/x.log.gz", true),
            ("a/X.PARQUET", true),
            ("a/x.csv", false),
            ("a.gz/x", false),
            ("x", false),
            ("", false),
        ] {
            assert_eq!(has_ending(name), expected, "{name}");
        }
    }
}
