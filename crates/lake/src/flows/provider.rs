//! The table `flows`, made of the table `records`.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::FlowSettings;
use super::columns::{FlowColumn, NEEDED, WELCOME, flow_schema};
use super::exchange::Work;
use super::scan::FlowScan;
use crate::needle::needles;
use crate::object::Object;
use crate::provider::Records;
use crate::span::Span;

/// Records, folded into flows.
#[derive(Debug)]
pub struct Flows {
    records: Arc<Records>,
    settings: FlowSettings,
    span: Span,
    schema: SchemaRef,
}

impl Flows {
    /// Of these records, as far as they are in the span.
    #[must_use]
    pub fn new(records: Arc<Records>, settings: FlowSettings, span: Option<Span>) -> Self {
        Self {
            records,
            settings,
            span: span.unwrap_or_default(),
            schema: flow_schema(),
        }
    }

    /// How many objects they lie in.
    pub(crate) fn objects(&self) -> usize {
        self.records.objects().len()
    }

    /// The columns of `records` that these columns are made of.
    fn columns(schema: &SchemaRef) -> BTreeSet<&'static str> {
        let asked = schema.fields().iter();
        let asked = asked.filter_map(|field| FlowColumn::named(field.name()));
        let needed = NEEDED.into_iter().chain(WELCOME);
        needed.chain(asked.flat_map(FlowColumn::needs)).collect()
    }

    /// What is read for these columns of flows, or for all that detections ask.
    pub(crate) fn work(
        &self,
        columns: &BTreeSet<&'static str>,
        needles: Option<BTreeSet<String>>,
        rows: usize,
    ) -> Result<Work> {
        self.check()?;
        Ok(Work {
            spec: Arc::new(self.records.spec(columns, needles, rows)),
            objects: in_order(self.records.objects()),
            store: Arc::clone(self.records.store()),
            ledger: Arc::clone(self.records.ledger()),
            settings: self.settings,
            span: self.span,
            pseudonyms: self.records.pseudonyms().cloned(),
        })
    }

    fn check(&self) -> Result<()> {
        let schema = self.records.schema();
        let lacking = NEEDED
            .iter()
            .filter(|column| schema.field_with_name(column).is_err());
        let lacking: Vec<&str> = lacking.copied().collect();
        if lacking.is_empty() {
            return Ok(());
        }
        plan_err!(
            "the records have no field {}, without which they cannot be folded into flows",
            lacking.join(", ")
        )
    }
}

/// Texts that stand in every record of the flows that are asked for: an address that is one of the ends is one of the fields.
fn addresses(filters: &[Expr]) -> Option<BTreeSet<String>> {
    let is_address = |column: &str| column == "client_addr" || column == "server_addr";
    let found = needles(filters, &is_address)?;
    // IPv6 addresses can be written in more than one way, and parts of addresses are not what is asked for with `=`.
    let is_exact = |text: &String| text.parse::<Ipv4Addr>().is_ok();
    found.iter().all(is_exact).then_some(found)
}

/// Objects in order of time. Those whose names say no time come first: nothing is closed before they are read.
fn in_order(objects: &[Object]) -> Vec<Object> {
    let mut objects = objects.to_vec();
    objects.sort_by_key(|object| object.first_end().unwrap_or(i64::MIN));
    objects
}

#[async_trait]
impl TableProvider for Flows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // An address may be looked for in the bytes of records; whether it is the client, folding tells.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let rows = state.config().batch_size();
        let work = self.work(&Self::columns(&schema), addresses(filters), rows)?;
        let partitions = state.config().target_partitions();
        Ok(Arc::new(FlowScan::new(schema, Arc::new(work), partitions)))
    }
}
