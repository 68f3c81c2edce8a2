//! The scans of a plan as bytes, so that a plan can be carried out by other processes than the one that made it.
//!
//! DataFusion has codecs for its own operators; these are the two that this crate adds. The bytes say what is to be read and
//! how: objects, columns, formats, filters. Whoever carries the plan out brings the rest: the [`Store`] with its own credentials, the ledger that it
//! answers for, and the key of pseudonyms, of which the bytes have only the id.
//!
//! A scan of objects can be divided: each partition stands for itself. The partitions of a scan of flows share their folders, since any
//! object may hold records of any flow: they belong into one process.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::physical_plan::ExecutionPlan;
use flowcover_record::LogFormat;
use serde::{Deserialize, Serialize};

use crate::bounds::Clause;
use crate::flows::{FlowScan, FlowSettings, Work, flow_schema};
use crate::ledger::Ledger;
use crate::object::Object;
use crate::pseudonyms::Pseudonyms;
use crate::scan::ObjectScan;
use crate::source::Store;
use crate::span::Span;
use crate::text::ScanSpec;

#[cfg(test)]
mod tests;

/// Raised when bytes of before would be understood wrongly.
const VERSION: u32 = 1;

/// More tasks side by side than any machine has processors: a number beyond it is damage.
const MOST_PARTITIONS: usize = 4096;

/// What bytes do not carry.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Gives the bytes of objects.
    pub store: Arc<dyn Store>,
    /// Keeps what was read and what could not be.
    pub ledger: Arc<Ledger>,
    /// Replaces addresses, if the plan wants that.
    pub pseudonyms: Option<Arc<Pseudonyms>>,
}

/// Why a scan did not become bytes, or bytes no scan.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// It is an operator of DataFusion, which has codecs for them.
    #[error("{0} is no scan of records or flows")]
    Foreign(String),
    /// The bytes are damaged, or of something else.
    #[error("these are not the bytes of a scan: {0}")]
    Malformed(#[from] serde_json::Error),
    /// They are of another version of this crate.
    #[error("the bytes have version {0}, and {VERSION} is understood")]
    Version(u32),
    /// A column is of no type that there is, or unknown.
    #[error("column {column}: {why}")]
    Column {
        /// Its name.
        column: String,
        /// What is wrong with it.
        why: String,
    },
    /// A number that no scan has: batches without rows, or partitions without number.
    #[error("{what} is {value}, and must be from 1 to {most}")]
    Number {
        /// Which.
        what: &'static str,
        /// What it is.
        value: usize,
        /// The most that it may be.
        most: usize,
    },
    /// Addresses are to be replaced with another key than the one at hand.
    #[error("the scan gives pseudonyms by the key {wanted}, and here is {here}")]
    Key {
        /// The id of the key that is wanted.
        wanted: String,
        /// The id of the key at hand, or that there is none.
        here: String,
    },
}

/// What the bytes are: JSON, since it is small beside what is read, and can be looked at.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Encoded {
    version: u32,
    /// The id of the key, if addresses are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pseudonyms: Option<String>,
    spec: Spec,
    scan: Scan,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Scan {
    /// Each group is a partition.
    Objects { groups: Vec<Vec<Item>> },
    Flows {
        columns: Vec<String>,
        objects: Vec<Item>,
        settings: FlowSettings,
        span: Span,
        partitions: usize,
    },
}

/// A [`ScanSpec`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Spec {
    /// Name and Arrow's name of the type.
    columns: Vec<(String, String)>,
    needles: Option<BTreeSet<String>>,
    present: Vec<usize>,
    bounds: Vec<Clause>,
    format: Option<LogFormat>,
    batch_rows: usize,
    most_bytes: u64,
}

/// An [`Object`]: what its name says is read from its name again.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    location: Arc<str>,
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_end: Option<i64>,
}

/// The bytes of a scan of this crate.
///
/// # Errors
/// [`CodecError::Foreign`] if it is another operator.
pub fn encode(plan: &dyn ExecutionPlan) -> Result<Vec<u8>, CodecError> {
    let any: &dyn Any = plan;
    let encoded = if let Some(scan) = any.downcast_ref::<ObjectScan>() {
        let groups = scan.groups().iter();
        Encoded {
            version: VERSION,
            pseudonyms: scan.pseudonyms().map(|keyed| keyed.key_id().to_owned()),
            spec: Spec::of(scan.spec()),
            scan: Scan::Objects {
                groups: groups.map(|group| items(group)).collect(),
            },
        }
    } else if let Some(scan) = any.downcast_ref::<FlowScan>() {
        let work = scan.work();
        let schema = scan.schema();
        let columns = schema.fields().iter().map(|field| field.name().clone());
        let keyed = work.pseudonyms.as_ref();
        Encoded {
            version: VERSION,
            pseudonyms: keyed.map(|keyed| keyed.key_id().to_owned()),
            spec: Spec::of(&work.spec),
            scan: Scan::Flows {
                columns: columns.collect(),
                objects: items(&work.objects),
                settings: work.settings,
                span: work.span,
                partitions: scan.partitions(),
            },
        }
    } else {
        return Err(CodecError::Foreign(plan.name().to_owned()));
    };
    Ok(serde_json::to_vec(&encoded)?)
}

/// The scan that the bytes are of, to be carried out here.
///
/// # Errors
/// If they are damaged, of another version, or want pseudonyms by a key that is not at hand.
pub fn decode(bytes: &[u8], here: &Surroundings) -> Result<Arc<dyn ExecutionPlan>, CodecError> {
    // The version first: what is of another one may have other fields.
    let Versioned { version } = serde_json::from_slice(bytes)?;
    if version != VERSION {
        return Err(CodecError::Version(version));
    }
    let encoded: Encoded = serde_json::from_slice(bytes)?;
    let pseudonyms = here.keyed(encoded.pseudonyms.as_deref())?;
    let spec = Arc::new(encoded.spec.decoded()?);
    let (store, ledger) = (Arc::clone(&here.store), Arc::clone(&here.ledger));
    Ok(match encoded.scan {
        Scan::Objects { groups } => {
            let groups = groups.into_iter().map(objects).map(Arc::from).collect();
            let scan = ObjectScan::of_groups(spec, groups, store, ledger);
            Arc::new(scan.with_pseudonyms(pseudonyms))
        }
        Scan::Flows {
            columns,
            objects: items,
            settings,
            span,
            partitions,
        } => {
            within("the number of partitions", partitions, MOST_PARTITIONS)?;
            let work = Work {
                spec,
                objects: objects(items),
                store,
                ledger,
                settings,
                span,
                pseudonyms,
            };
            let schema = columns_of_flows(&columns)?;
            Arc::new(FlowScan::new(schema, Arc::new(work), partitions))
        }
    })
}

fn within(what: &'static str, value: usize, most: usize) -> Result<(), CodecError> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(CodecError::Number { what, value, most })
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Surroundings {
    /// The pseudonyms of that key, and none where none are wanted.
    fn keyed(&self, wanted: Option<&str>) -> Result<Option<Arc<Pseudonyms>>, CodecError> {
        let Some(wanted) = wanted else {
            return Ok(None);
        };
        match &self.pseudonyms {
            Some(keyed) if keyed.key_id() == wanted => Ok(Some(Arc::clone(keyed))),
            other => Err(CodecError::Key {
                wanted: wanted.to_owned(),
                here: other
                    .as_ref()
                    .map_or_else(|| "none".to_owned(), |keyed| keyed.key_id().to_owned()),
            }),
        }
    }
}

impl Spec {
    fn of(spec: &ScanSpec) -> Self {
        let columns = spec.schema.fields().iter();
        let columns = columns.map(|field| (field.name().clone(), field.data_type().to_string()));
        Self {
            columns: columns.collect(),
            needles: spec.needles.clone(),
            present: spec.present.clone(),
            bounds: spec.bounds.clone(),
            format: spec.format.clone(),
            batch_rows: spec.batch_rows,
            most_bytes: spec.most_bytes,
        }
    }

    fn decoded(self) -> Result<ScanSpec, CodecError> {
        let field = |(name, data_type): (String, String)| match data_type.parse::<DataType>() {
            Ok(data_type) => Ok(Field::new(name, data_type, true)),
            Err(error) => Err(CodecError::Column {
                column: name,
                why: error.to_string(),
            }),
        };
        within("the number of rows of a batch", self.batch_rows, usize::MAX)?;
        let count = self.columns.len();
        if let Some(&place) = self.present.iter().find(|&&place| place >= count) {
            return Err(CodecError::Column {
                column: place.to_string(),
                why: format!("there are {count}"),
            });
        }
        let fields = self.columns.into_iter().map(field);
        Ok(ScanSpec {
            schema: Arc::new(Schema::new(fields.collect::<Result<Vec<_>, _>>()?)),
            needles: self.needles,
            present: self.present,
            bounds: self.bounds,
            format: self.format,
            batch_rows: self.batch_rows,
            most_bytes: self.most_bytes,
        })
    }
}

fn columns_of_flows(names: &[String]) -> Result<SchemaRef, CodecError> {
    let all = flow_schema();
    let field = |name: &String| {
        let known = all.field_with_name(name);
        known.cloned().map_err(|_| CodecError::Column {
            column: name.clone(),
            why: "the table `flows` has no such column".to_owned(),
        })
    };
    let fields = names.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

fn items(objects: &[Object]) -> Vec<Item> {
    let item = |object: &Object| Item {
        location: Arc::clone(&object.location),
        size: object.size,
        version: object.version.clone(),
        first_end: object.first_end,
    };
    objects.iter().map(item).collect()
}

fn objects(items: Vec<Item>) -> Vec<Object> {
    let object = |item: Item| Object {
        version: item.version,
        first_end: item.first_end,
        ..Object::new(&item.location, item.size)
    };
    items.into_iter().map(object).collect()
}
