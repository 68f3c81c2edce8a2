//! The columns of the table `flows`, and how they are filled.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, RecordBatchOptions, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

use super::flow::{NO_POINT, Point};
use super::fold::Closed;
use super::orient::{Orientation, orient};
use super::points::{ABOUT, CapturePoint, NAMES, Points};
use super::sighting::Action;
use super::tuple::write_address;

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Address(Side),
    Port(Side),
    Protocol,
    Start,
    End,
    /// Packets sent to that end.
    Packets(Side),
    /// Bytes sent to that end.
    Bytes(Side),
    Action,
    Orientation,
    /// TCP flags sent to that end.
    Flags(Side),
    Records,
    CapturePoints,
    CapturePoint,
    /// A field of the capture point: a place in [`ABOUT`].
    About(usize),
    /// The interface of that end.
    Interface(Side),
}

/// A column of the table `flows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowColumn {
    /// Its name in SQL.
    pub name: &'static str,
    /// What it holds, in one line.
    pub about: &'static str,
    content: Content,
}

const fn column(name: &'static str, content: Content, about: &'static str) -> FlowColumn {
    FlowColumn {
        name,
        about,
        content,
    }
}

/// Every column of the table `flows`, in its order.
pub const FLOW_COLUMNS: &[FlowColumn] = &[
    column(
        "client_addr",
        Content::Address(Side::Client),
        "address that opened the flow",
    ),
    column(
        "client_port",
        Content::Port(Side::Client),
        "its port; 0 where the protocol has none",
    ),
    column(
        "server_addr",
        Content::Address(Side::Server),
        "address that was called",
    ),
    column(
        "server_port",
        Content::Port(Side::Server),
        "its port; 0 where the protocol has none",
    ),
    column("protocol", Content::Protocol, "IANA protocol number"),
    column(
        "start",
        Content::Start,
        "earliest `start` of its records, Unix seconds",
    ),
    column(
        "end",
        Content::End,
        "latest `end` of its records, Unix seconds",
    ),
    column(
        "packets_to_server",
        Content::Packets(Side::Server),
        "packets from client to server, at the capture point",
    ),
    column(
        "bytes_to_server",
        Content::Bytes(Side::Server),
        "bytes from client to server, at the capture point",
    ),
    column(
        "packets_to_client",
        Content::Packets(Side::Client),
        "packets from server to client, at the capture point",
    ),
    column(
        "bytes_to_client",
        Content::Bytes(Side::Client),
        "bytes from server to client, at the capture point",
    ),
    column(
        "action",
        Content::Action,
        "REJECT if some of it was refused and nothing that was let through came back, else ACCEPT; NULL where no record says",
    ),
    column(
        "orientation",
        Content::Orientation,
        "the rule that told client from server",
    ),
    column(
        "tcp_flags_to_server",
        Content::Flags(Side::Server),
        "TCP flags that the client sent, all of them together",
    ),
    column(
        "tcp_flags_to_client",
        Content::Flags(Side::Client),
        "TCP flags that the server sent, all of them together",
    ),
    column(
        "records",
        Content::Records,
        "records that were folded into it",
    ),
    column(
        "capture_points",
        Content::CapturePoints,
        "interfaces that saw it",
    ),
    column(
        "capture_point",
        Content::CapturePoint,
        "the interface, attachment or gateway whose packets and bytes are given",
    ),
    column(
        "account_id",
        Content::About(0),
        "account of the capture point",
    ),
    column("vpc_id", Content::About(1), "VPC of the capture point"),
    column(
        "subnet_id",
        Content::About(2),
        "subnet of the capture point",
    ),
    column(
        "instance_id",
        Content::About(3),
        "instance of the capture point",
    ),
    column(
        "client_interface_id",
        Content::Interface(Side::Client),
        "interface of the client, where it is recorded and `flow-direction` tells",
    ),
    column(
        "server_interface_id",
        Content::Interface(Side::Server),
        "interface of the server, where it is recorded and `flow-direction` tells",
    ),
];

impl FlowColumn {
    /// Its Arrow type.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        match self.content {
            Content::Port(_) | Content::Protocol | Content::Flags(_) => DataType::Int32,
            Content::Start
            | Content::End
            | Content::Packets(_)
            | Content::Bytes(_)
            | Content::Records
            | Content::CapturePoints => DataType::Int64,
            Content::Address(_)
            | Content::Action
            | Content::Orientation
            | Content::CapturePoint
            | Content::About(_)
            | Content::Interface(_) => DataType::Utf8View,
        }
    }

    /// The columns of `records` that it is made of, beside those without which there is no flow.
    pub(crate) fn needs(&self) -> Vec<&'static str> {
        // Where packets are counted is chosen by packets and bytes.
        const COUNTED: [&str; 2] = ["packets", "bytes"];
        let mut needs: Vec<&str> = match self.content {
            Content::Action => vec!["action"],
            Content::Interface(_) => vec!["flow_direction"],
            Content::Packets(_) | Content::Bytes(_) | Content::CapturePoint | Content::About(_) => {
                COUNTED.to_vec()
            }
            _ => Vec::new(),
        };
        if self.is_of_points() {
            needs.extend(NAMES);
        }
        if matches!(self.content, Content::CapturePoint | Content::About(_)) {
            needs.extend(ABOUT);
        }
        needs
    }

    fn is_of_points(&self) -> bool {
        matches!(
            self.content,
            Content::Packets(_)
                | Content::Bytes(_)
                | Content::CapturePoints
                | Content::CapturePoint
                | Content::About(_)
                | Content::Interface(_)
        )
    }

    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        FLOW_COLUMNS.iter().find(|column| column.name == name)
    }
}

/// The columns of `records` without which there are no flows.
pub(crate) const NEEDED: [&str; 7] = [
    "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "start", "end",
];
/// Those that make flows better where they are there.
pub(crate) const WELCOME: [&str; 3] = ["pkt_srcaddr", "pkt_dstaddr", "tcp_flags"];

/// The whole table's columns.
pub(crate) fn flow_schema() -> SchemaRef {
    let fields = FLOW_COLUMNS
        .iter()
        .map(|column| Field::new(column.name, column.data_type(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Makes batches of flows.
pub(crate) struct FlowBatches {
    schema: SchemaRef,
    columns: Vec<&'static FlowColumn>,
    of_points: bool,
    points: Arc<Points>,
    /// As they were after so many changes.
    names: Vec<Arc<CapturePoint>>,
    changes: u64,
}

/// A flow, as a row sees it.
struct Row<'f> {
    closed: &'f Closed,
    client: usize,
    orientation: Orientation,
    point: Option<Point>,
}

impl Row<'_> {
    fn end(&self, side: Side) -> usize {
        match side {
            Side::Client => self.client,
            Side::Server => 1 - self.client,
        }
    }
}

impl FlowBatches {
    /// Of these columns.
    pub(crate) fn new(schema: &SchemaRef, points: &Arc<Points>) -> Self {
        let columns: Vec<_> = schema
            .fields()
            .iter()
            .filter_map(|field| FlowColumn::named(field.name()))
            .collect();
        Self {
            schema: Arc::clone(schema),
            of_points: columns.iter().any(|column| column.is_of_points()),
            columns,
            points: Arc::clone(points),
            names: Vec::new(),
            changes: 0,
        }
    }

    /// These flows as rows.
    pub(crate) fn batch(&mut self, flows: &[Closed]) -> Result<RecordBatch, ArrowError> {
        let changes = self.points.changes();
        if self.of_points && self.changes != changes {
            self.changes = changes;
            self.names = self.points.all();
        }
        let rows: Vec<Row<'_>> = flows.iter().map(|closed| self.row(closed)).collect();
        let columns = self
            .columns
            .iter()
            .map(|column| self.fill(column.content, &rows));
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns.collect(), &options)
    }

    fn row<'f>(&self, closed: &'f Closed) -> Row<'f> {
        let (tuple, flow) = closed;
        let (client, orientation) = orient(tuple, flow);
        let name = |number| self.about(number).map(|point| point.name.as_str());
        Row {
            closed,
            client,
            orientation,
            point: self.of_points.then(|| flow.capture_point(name)),
        }
    }

    fn about(&self, number: u32) -> Option<&CapturePoint> {
        self.names.get(number as usize).map(Arc::as_ref)
    }

    fn fill(&self, content: Content, rows: &[Row<'_>]) -> ArrayRef {
        let int32 = |value: &dyn Fn(&Row<'_>) -> i32| -> ArrayRef {
            Arc::new(rows.iter().map(value).collect::<Int32Array>())
        };
        let int64 = |value: &dyn Fn(&Row<'_>) -> i64| -> ArrayRef {
            Arc::new(rows.iter().map(value).collect::<Int64Array>())
        };
        match content {
            Content::Address(side) => addresses(rows, side),
            Content::Port(side) => int32(&|row| row.closed.0.end(row.end(side)).port.into()),
            Content::Protocol => int32(&|row| row.closed.0.protocol.into()),
            Content::Start => int64(&|row| row.closed.1.start),
            Content::End => int64(&|row| row.closed.1.end),
            // What goes to one end, the other has sent.
            Content::Packets(side) => int64(&|row| {
                row.point
                    .map_or(0, |point| signed(point.packets[1 - row.end(side)]))
            }),
            Content::Bytes(side) => int64(&|row| {
                row.point
                    .map_or(0, |point| signed(point.bytes[1 - row.end(side)]))
            }),
            Content::Flags(side) => int32(&|row| row.closed.1.ways[1 - row.end(side)].flags.into()),
            Content::Action => texts(rows, |row| {
                row.closed.1.action(row.client).and_then(action_name)
            }),
            Content::Orientation => texts(rows, |row| Some(row.orientation.name())),
            Content::Records => {
                int64(&|row| signed(row.closed.1.ways.iter().map(|way| way.records).sum()))
            }
            Content::CapturePoints => int64(&|row| {
                row.closed
                    .1
                    .points()
                    .filter(|point| point.number != NO_POINT)
                    .count() as i64
            }),
            Content::CapturePoint => texts(rows, |row| {
                Some(self.about(row.point?.number)?.name.as_str())
            }),
            Content::About(field) => texts(rows, |row| {
                self.about(row.point?.number)?.about[field].as_deref()
            }),
            Content::Interface(side) => texts(rows, |row| self.interface(row, row.end(side))),
        }
    }

    /// The interface of that end. Where several say so, the first by name.
    fn interface(&self, row: &Row<'_>, end: usize) -> Option<&str> {
        let owned = row
            .closed
            .1
            .points()
            .filter(|point| point.owner == Some(end as u8));
        owned
            .filter_map(|point| Some(self.about(point.number)?.name.as_str()))
            .min()
    }
}

fn action_name(action: Action) -> Option<&'static str> {
    match action {
        Action::Accept => Some("ACCEPT"),
        Action::Reject => Some("REJECT"),
        Action::Unsaid => None,
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn addresses(rows: &[Row<'_>], side: Side) -> ArrayRef {
    let mut builder = StringViewBuilder::with_capacity(rows.len());
    let mut text = String::new();
    for row in rows {
        write_address(row.closed.0.end(row.end(side)).address, &mut text);
        builder.append_value(&text);
    }
    Arc::new(builder.finish())
}

fn texts<'r, 'f>(rows: &'r [Row<'f>], value: impl Fn(&'r Row<'f>) -> Option<&'r str>) -> ArrayRef {
    let mut builder = StringViewBuilder::with_capacity(rows.len());
    for row in rows {
        builder.append_option(value(row));
    }
    Arc::new(builder.finish())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/flows.md");
    const BEGIN: &str = "<!-- columns -->\n";

    /// The table of columns in the page; `UPDATE=1` writes it.
    #[test]
    fn the_page_lists_the_columns() {
        let mut table = "| column | type | meaning |\n|---|---|---|\n".to_owned();
        for column in FLOW_COLUMNS {
            let kind = match column.data_type() {
                DataType::Int32 => "INT32",
                DataType::Int64 => "INT64",
                _ => "STRING",
            };
            table += &format!("| `{}` | {kind} | {} |\n", column.name, column.about);
        }
        let page = std::fs::read_to_string(PATH).unwrap();
        let (before, after) = page.split_once(BEGIN).unwrap();
        let rest = after.split_once("\n\n").map_or("", |(_, rest)| rest);
        let expected = format!("{before}{BEGIN}{table}\n{rest}");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(PATH, &expected).unwrap();
        }
        assert_eq!(
            page, expected,
            "docs/flows.md is out of date: run this test with UPDATE=1"
        );
    }

    #[test]
    fn every_rule_is_documented() {
        let page = std::fs::read_to_string(PATH).unwrap();
        use Orientation::{Address, FirstSeen, LowerPort, OnlySender, Ports, TcpFlags};
        for rule in [TcpFlags, Ports, OnlySender, FirstSeen, LowerPort, Address] {
            assert!(page.contains(&format!("`{}`", rule.name())), "{rule:?}");
        }
    }
}
