//! The table `records`.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use flowcover_record::LogFormat;

use crate::bounds::bounds;
use crate::ledger::Ledger;
use crate::needle::needles;
use crate::object::Object;
use crate::pseudonyms::{Pseudonyms, is_replaced};
use crate::scan::ObjectScan;
use crate::source::Store;
use crate::text::ScanSpec;

/// Records as they were delivered, of any number of objects and formats.
#[derive(Debug)]
pub struct Records {
    schema: SchemaRef,
    objects: Vec<Object>,
    store: Arc<dyn Store>,
    ledger: Arc<Ledger>,
    format: Option<LogFormat>,
    most_bytes: u64,
    pseudonyms: Option<Arc<Pseudonyms>>,
}

impl Records {
    /// Of these objects, with the union of their columns as schema. `format` is that of objects without a header line.
    #[must_use]
    pub fn new(
        schema: SchemaRef,
        objects: Vec<Object>,
        store: Arc<dyn Store>,
        ledger: Arc<Ledger>,
        format: Option<LogFormat>,
        most_bytes: u64,
    ) -> Self {
        Self {
            schema,
            objects,
            store,
            ledger,
            format,
            most_bytes,
            pseudonyms: None,
        }
    }

    /// With pseudonyms for addresses.
    #[must_use]
    pub fn with_pseudonyms(self, pseudonyms: Option<Arc<Pseudonyms>>) -> Self {
        Self { pseudonyms, ..self }
    }

    /// How these columns of it are read. Columns that it has not are left out. Needles are addresses: they are not asked of bytes
    /// where what is stored are addresses, and what is looked for are pseudonyms.
    pub(crate) fn spec(
        &self,
        columns: &BTreeSet<&str>,
        needles: Option<BTreeSet<String>>,
        batch_rows: usize,
    ) -> ScanSpec {
        let fields = self.schema.fields().iter();
        let fields = fields.filter(|field| columns.contains(field.name().as_str()));
        ScanSpec {
            schema: Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>())),
            needles: needles.filter(|_| self.pseudonyms.is_none()),
            present: Vec::new(),
            bounds: Vec::new(),
            format: self.format.clone(),
            batch_rows,
            most_bytes: self.most_bytes,
        }
    }

    /// Where among the columns those are that the filters ask to have a value. They are added if they are not there.
    fn present(&self, filters: &[Expr], columns: &mut Vec<usize>) -> Result<Vec<usize>> {
        let mut present = Vec::new();
        for name in filters.iter().filter_map(must_be_present) {
            let column = self.schema.index_of(name)?;
            let place = columns.iter().position(|&there| there == column);
            let place = place.unwrap_or_else(|| {
                columns.push(column);
                columns.len() - 1
            });
            if !present.contains(&place) {
                present.push(place);
            }
        }
        Ok(present)
    }

    pub(crate) fn pseudonyms(&self) -> Option<&Arc<Pseudonyms>> {
        self.pseudonyms.as_ref()
    }

    pub(crate) fn objects(&self) -> &[Object] {
        &self.objects
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    pub(crate) fn is_text(&self, column: &str) -> bool {
        let field = self.schema.field_with_name(column);
        field.is_ok_and(|field| *field.data_type() == DataType::Utf8View)
    }
}

#[async_trait]
impl TableProvider for Records {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Each filter may say something about bytes; none is wholly answered by them, but for whether there is a value.
        let answered = |filter: &&Expr| match must_be_present(filter) {
            Some(_) => TableProviderFilterPushDown::Exact,
            None => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(answered).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..self.schema.fields().len()).collect();
        let mut columns = projection.cloned().unwrap_or_else(all);
        let asked = columns.len();
        let present = self.present(filters, &mut columns)?;
        let schema = Arc::new(self.schema.project(&columns)?);
        // What is looked for are pseudonyms; what is stored are addresses.
        let as_stored = |column: &str| self.pseudonyms.is_none() || !is_replaced(column);
        let spec = ScanSpec {
            schema,
            needles: needles(filters, &|column| self.is_text(column) && as_stored(column)),
            present,
            bounds: bounds(filters, &as_stored),
            format: self.format.clone(),
            batch_rows: state.config().batch_size(),
            most_bytes: self.most_bytes,
        };
        let scan = ObjectScan::new(
            Arc::new(spec),
            self.objects.clone(),
            state.config().target_partitions(),
            Arc::clone(&self.store),
            Arc::clone(&self.ledger),
        );
        let scan = Arc::new(scan.with_pseudonyms(self.pseudonyms.clone()));
        if asked == columns.len() {
            return Ok(scan);
        }
        let fields = scan.schema();
        let asked = fields.fields().iter().take(asked).enumerate();
        let asked = asked.map(|(place, field)| {
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), place));
            (column, field.name().clone())
        });
        let asked: Vec<_> = asked.collect();
        Ok(Arc::new(ProjectionExec::try_new(asked, scan)?))
    }
}

/// The column that a filter asks to have a value, where it asks nothing else.
fn must_be_present(filter: &Expr) -> Option<&str> {
    match filter {
        Expr::IsNotNull(column) => match &**column {
            Expr::Column(column) => Some(&column.name),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use datafusion::arrow::array::AsArray;
    use datafusion::arrow::datatypes::Int64Type;
    use futures::TryStreamExt as _;

    use crate::lake::{Lake, LakeSettings};
    use crate::source::{LocalFiles, list_paths};

    const TEXT: &str = "version srcaddr dstaddr dstport action log-status
2 10.0.0.1 10.0.0.2 443 ACCEPT OK
2 - - - - NODATA
2 10.0.0.1 - 22 REJECT OK
2 - 10.0.0.2 23 REJECT OK
";

    async fn count(lake: &Lake, condition: &str) -> i64 {
        let sql = format!("select count(*) from records where {condition}");
        let found = lake.query(&sql).await.unwrap();
        let found: Vec<_> = found.try_collect().await.unwrap();
        found[0].column(0).as_primitive::<Int64Type>().value(0)
    }

    #[tokio::test]
    async fn whether_there_is_a_value_is_answered_by_the_scan() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.log"), TEXT).unwrap();
        let objects = list_paths(folder.path()).unwrap();
        let store = std::sync::Arc::new(LocalFiles::default());
        let settings = LakeSettings::default();
        let lake = Lake::open(objects, store, &settings).await.unwrap();
        for (condition, expected) in [
            ("srcaddr is not null", 2),
            ("srcaddr is null", 2),
            ("srcaddr is not null and dstaddr is not null", 1),
            ("srcaddr is not null and dstport < 100", 1),
            ("srcaddr is not null and srcaddr is not null", 2),
            ("srcaddr is not null or dstport = 23", 3),
            ("not (srcaddr is null) and action = 'REJECT'", 1),
            ("dstport is not null", 3),
            ("log_status is not null", 4),
        ] {
            assert_eq!(count(&lake, condition).await, expected, "{condition}");
        }
        assert!(lake.account().failures.is_empty());
    }
}
