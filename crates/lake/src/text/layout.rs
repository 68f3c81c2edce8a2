//! Where the columns that a query wants stand in the lines of an object.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use flowcover_record::{Column, Field, FieldKind, LogFormat};

use crate::bounds::Clause;
use crate::columns::{column_name, position};

/// How the records of text objects are read. It is all that a scan needs to know beside the objects.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanSpec {
    /// The columns to give, of the table `records`.
    pub schema: SchemaRef,
    /// Lines that hold none of these texts may be passed over.
    pub needles: Option<BTreeSet<String>>,
    /// Places in `schema` of columns: rows in which one of them is NULL are left out.
    pub present: Vec<usize>,
    /// Row groups of Parquet whose statistics say that no row passes all of these may be passed over.
    pub bounds: Vec<Clause>,
    /// The format of objects without a header line.
    pub format: Option<LogFormat>,
    /// The most rows of a batch.
    pub batch_rows: usize,
    /// The most bytes of text that one object may unpack to.
    pub most_bytes: u64,
}

impl ScanSpec {
    /// What the values of each column are.
    pub(crate) fn kinds(&self) -> Vec<FieldKind> {
        let kind = |name: &str| {
            Field::all()
                .iter()
                .find(|field| field.parquet_name == name)
                .map_or(FieldKind::Text, |field| field.kind)
        };
        self.schema
            .fields()
            .iter()
            .map(|field| kind(field.name()))
            .collect()
    }
}

/// One format, seen by one query.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) format: Arc<LogFormat>,
    /// Where each column that is wanted stands in a line.
    pub(crate) positions: Vec<Option<usize>>,
    /// Where `log-status` stands.
    pub(crate) status: Option<usize>,
    /// A field that is a number in every record: in a header line it is not.
    pub(crate) witness: Option<usize>,
}

impl Layout {
    pub(crate) fn new(format: LogFormat, spec: &ScanSpec) -> Self {
        let fields = spec.schema.fields().iter();
        let positions = fields
            .map(|field| position(&format, field.name()))
            .collect();
        let is_number = |column: &Column| column.kind().is_number();
        Self {
            positions,
            status: format.position("log-status"),
            witness: format.columns().iter().position(is_number),
            format: Arc::new(format),
        }
    }

    /// Whether it has fields that the table has not.
    pub(crate) fn is_beyond(&self, spec: &ScanSpec) -> bool {
        let columns = self.format.columns().iter();
        let mut names = columns.map(column_name);
        names.any(|name| spec.schema.field_with_name(&name).is_err())
    }

    /// How many fields a line has.
    pub(crate) fn width(&self) -> usize {
        self.format.columns().len()
    }

    /// Whether every record begins with a digit or `-`, so that a header line shows by its first byte.
    pub(crate) fn begins_with_number(&self) -> bool {
        self.witness == Some(0)
    }
}
