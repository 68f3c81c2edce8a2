//! Flow-log records as tables for SQL.
//!
//! Objects of text become the table `records` ([`Lake`]). What is read, what is passed over and what cannot be read is kept in
//! an [`Account`]: an object that fails never ends a query, and never goes unsaid.

mod bounds;
mod cidr;
pub mod codec;
mod columns;
pub mod convert;
pub mod definition;
mod engine;
mod error;
mod flows;
mod inflate;
mod lake;
mod leaf;
mod ledger;
mod measure;
mod memory;
mod needle;
mod object;
pub mod output;
mod parquet;
mod provider;
mod pseudonyms;
mod reader;
mod reading;
mod report;
mod scan;
mod source;
mod span;
mod sql;
mod text;
mod witness;

pub use bounds::{Bound, Clause, Test, bounds};
pub use cidr::{Cidr, NoCidr};
pub use columns::{arrow_type, column_name, schema_of};
pub use datafusion::arrow;
pub use datafusion::error::DataFusionError;
pub use error::ObjectError;
pub use flows::{
    Conversation, Ends, FLOW_COLUMNS, FlowColumn, FlowSettings, Flows, Interfaces, Judged,
    Orientation, Outcome,
};
pub use lake::{Lake, LakeSettings};
pub use ledger::{Account, Ledger};
pub use measure::{Measure, MeasureBy, Measured, MeasuredOf};
pub use needle::needles;
pub use object::Object;
pub use provider::Records;
pub use pseudonyms::Pseudonyms;
pub use report::{REPORTS, Report};
pub use scan::ObjectScan;
pub use source::{Ahead, Content, LocalFiles, PathError, Store, list_paths};
pub use span::Span;
pub use text::ScanSpec;
pub use witness::{Stopped, Witness};
