//! The scan of objects, as a node of a plan.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
};
use futures::stream;

use crate::leaf::without_inputs;
use crate::ledger::Ledger;
use crate::object::Object;
use crate::pseudonyms::Pseudonyms;
use crate::reading::Reading;
use crate::source::Store;
use crate::text::ScanSpec;

/// Reads objects: each partition its own group, one object after the other.
#[derive(Debug)]
pub struct ObjectScan {
    spec: Arc<ScanSpec>,
    groups: Vec<Arc<[Object]>>,
    store: Arc<dyn Store>,
    ledger: Arc<Ledger>,
    pseudonyms: Option<Arc<Pseudonyms>>,
    properties: Arc<PlanProperties>,
}

impl ObjectScan {
    /// Of these objects, spread evenly over `partitions`.
    #[must_use]
    pub fn new(
        spec: Arc<ScanSpec>,
        objects: Vec<Object>,
        partitions: usize,
        store: Arc<dyn Store>,
        ledger: Arc<Ledger>,
    ) -> Self {
        Self::of_groups(spec, spread(objects, partitions), store, ledger)
    }

    /// Of objects that have been spread: a partition for each group.
    pub(crate) fn of_groups(
        spec: Arc<ScanSpec>,
        groups: Vec<Arc<[Object]>>,
        store: Arc<dyn Store>,
        ledger: Arc<Ledger>,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&spec.schema)),
            Partitioning::UnknownPartitioning(groups.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            spec,
            groups,
            store,
            ledger,
            pseudonyms: None,
            properties: Arc::new(properties),
        }
    }

    /// With pseudonyms for addresses.
    #[must_use]
    pub fn with_pseudonyms(self, pseudonyms: Option<Arc<Pseudonyms>>) -> Self {
        Self { pseudonyms, ..self }
    }

    pub(crate) fn groups(&self) -> &[Arc<[Object]>] {
        &self.groups
    }

    pub(crate) fn pseudonyms(&self) -> Option<&Pseudonyms> {
        self.pseudonyms.as_deref()
    }

    /// What is read how.
    #[must_use]
    pub fn spec(&self) -> &ScanSpec {
        &self.spec
    }
}

/// Groups of about the same size: the largest object first, each to the group that has least. Within a group the order stays.
fn spread(objects: Vec<Object>, partitions: usize) -> Vec<Arc<[Object]>> {
    let count = partitions.min(objects.len()).max(1);
    let mut by_size: Vec<usize> = (0..objects.len()).collect();
    by_size.sort_by_key(|&index| std::cmp::Reverse(objects[index].size));
    let mut groups: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new()); count];
    for index in by_size {
        let least = groups
            .iter_mut()
            .min_by_key(|(size, members)| (*size, members.len()));
        if let Some((size, members)) = least {
            *size += objects[index].size;
            members.push(index);
        }
    }
    let group = |(_, mut members): (u64, Vec<usize>)| {
        members.sort_unstable();
        members
            .iter()
            .map(|&index| objects[index].clone())
            .collect()
    };
    groups.into_iter().map(group).collect()
}

impl DisplayAs for ObjectScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects: usize = self.groups.iter().map(|group| group.len()).sum();
        let columns = self.spec.schema.fields().iter();
        let columns: Vec<&str> = columns.map(|field| field.name().as_str()).collect();
        write!(
            f,
            "ObjectScan: objects={objects}, columns=[{}]",
            columns.join(", ")
        )?;
        if let Some(needles) = &self.spec.needles {
            write!(f, ", only lines with one of {needles:?}")?;
        }
        if self.spec.present.is_empty() {
            return Ok(());
        }
        let present: Vec<&str> = self.spec.present.iter().map(|&at| columns[at]).collect();
        write!(f, ", only rows with [{}]", present.join(", "))
    }
}

impl ExecutionPlan for ObjectScan {
    fn name(&self) -> &'static str {
        "ObjectScan"
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.spec.schema)
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    without_inputs!();

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let Some(group) = self.groups.get(partition).cloned() else {
            return internal_err!("the scan has no partition {partition}");
        };
        let objects = (0..group.len()).map(move |number| group[number].clone());
        let reading = Reading::new(&self.spec, &self.ledger, &self.store, objects)
            .with_pseudonyms(self.pseudonyms.clone());
        let batches = stream::unfold(reading, |mut reading| async move {
            let batch = reading.next().await.transpose()?;
            Some((batch, reading))
        });
        let schema = Arc::clone(&self.spec.schema);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_even_and_keep_their_order() {
        let sizes = [5, 1, 1, 9, 3, 1];
        let objects = sizes.iter().enumerate();
        let objects = objects
            .map(|(index, &size)| Object::new(&index.to_string(), size))
            .collect();
        let groups = spread(objects, 2);
        let sums: Vec<u64> = groups
            .iter()
            .map(|group| group.iter().map(|o| o.size).sum())
            .collect();
        assert_eq!(sums, [10, 10]);
        for group in &groups {
            assert!(group.is_sorted_by_key(|object| object.location.to_string()));
        }
        assert_eq!(spread(Vec::new(), 4).len(), 1);
    }
}
