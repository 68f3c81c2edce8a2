//! Objects in memory, and the answers to questions on them as lines of CSV.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use flowcover_lake::arrow::array::RecordBatch;
use flowcover_lake::arrow::util::display::array_value_to_string;
use flowcover_lake::{Account, Content, Lake, LakeSettings, Object, ObjectError, Store};
use futures::TryStreamExt as _;

/// Objects by location.
#[derive(Debug, Default, Clone)]
pub(crate) struct Memory {
    objects: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    pub(crate) fn with(mut self, location: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.objects.insert(location.to_owned(), bytes.into());
        self
    }

    /// What `sql` answers, each row a line, and the account of the reading.
    pub(crate) fn ask(&self, sql: &str, settings: &LakeSettings) -> (Vec<String>, Account) {
        self.with_lake(settings, async |lake| {
            let rows = lake.query(sql).await.unwrap();
            let batches: Vec<RecordBatch> = rows.try_collect().await.unwrap();
            (batches.iter().flat_map(lines).collect(), lake.account())
        })
    }

    /// What each of many queries answers.
    pub(crate) fn ask_each(&self, queries: &[&str]) -> Vec<Vec<String>> {
        self.with_lake(&LakeSettings::default(), async |lake| {
            let mut answers = Vec::new();
            for sql in queries {
                let rows = lake.query(sql).await;
                let rows = rows.unwrap_or_else(|error| panic!("{sql}\n{error}"));
                let batches: Vec<RecordBatch> = rows.try_collect().await.unwrap();
                answers.push(batches.iter().flat_map(lines).collect());
            }
            answers
        })
    }

    /// What is asked of a lake over the objects.
    pub(crate) fn with_lake<T>(
        &self,
        settings: &LakeSettings,
        ask: impl AsyncFnOnce(&Lake) -> T,
    ) -> T {
        let objects = self.objects.iter();
        let objects = objects
            .map(|(location, bytes)| Object::new(location, bytes.len() as u64))
            .collect();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let store = Arc::new(self.clone());
        runtime.block_on(async {
            let lake = Lake::open(objects, store, settings).await.unwrap();
            ask(&lake).await
        })
    }
}

fn lines(batch: &RecordBatch) -> Vec<String> {
    let line = |row| {
        let columns = batch.columns().iter();
        let values = columns.map(|column| array_value_to_string(column, row).unwrap());
        values.collect::<Vec<_>>().join(",")
    };
    (0..batch.num_rows()).map(line).collect()
}

#[async_trait]
impl Store for Memory {
    async fn get(&self, object: &Object) -> Result<Content, ObjectError> {
        let bytes = self.objects.get(&*object.location);
        bytes
            .cloned()
            .map(Content::Whole)
            .ok_or(ObjectError::Vanished)
    }

    async fn head(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError> {
        let bytes = self
            .objects
            .get(&*object.location)
            .ok_or(ObjectError::Vanished)?;
        Ok(bytes[..most.min(bytes.len())].to_vec())
    }

    async fn tail(&self, object: &Object, most: usize) -> Result<Vec<u8>, ObjectError> {
        let bytes = self
            .objects
            .get(&*object.location)
            .ok_or(ObjectError::Vanished)?;
        Ok(bytes[bytes.len().saturating_sub(most)..].to_vec())
    }
}
