//! Events of the Open Cybersecurity Schema Framework 1.3.0: class Network Activity (4001), profiles `cloud` and `security_control`.
//!
//! The mapping follows `ocsf/examples` for VPC Flow Logs where the version of the class allows it. What has no place in the class is in `unmapped`, by its
//! name in AWS's Parquet files, so that nothing is lost.

use std::io::Write;

use datafusion::arrow::array::{
    Array as _, AsArray as _, Int32Array, Int64Array, RecordBatch, StringViewArray,
};
use datafusion::arrow::datatypes::{Int32Type, Int64Type};
use serde_json::{Map, Value, json};

use super::text::Encode;
use crate::convert::ConvertError;

const VERSION: &str = "1.3.0";
const CATEGORY: u64 = 4;
const CLASS: u64 = 4001;
const TRAFFIC: u64 = 6;
const OTHER: u64 = 99;

/// One event a line.
pub(super) struct Events;

impl Encode for Events {
    fn encode(&mut self, rows: &RecordBatch, out: &mut dyn Write) -> Result<(), ConvertError> {
        let mut columns = Columns::of(rows);
        for row in 0..rows.num_rows() {
            columns.begin(row);
            let event = event(&mut columns);
            serde_json::to_writer(&mut *out, &event).map_err(failed)?;
            out.write_all(b"\n")
                .map_err(|error| failed(serde_json::Error::io(error)))?;
        }
        Ok(())
    }
}

fn failed(error: serde_json::Error) -> ConvertError {
    let error = std::io::Error::from(error);
    ConvertError::Arrow(error.into())
}

/// The columns of a batch, at one row.
struct Columns<'b> {
    columns: Vec<(String, Column<'b>)>,
    row: usize,
    used: Vec<bool>,
}

enum Column<'b> {
    Int32(&'b Int32Array),
    Int64(&'b Int64Array),
    Text(&'b StringViewArray),
}

impl<'b> Columns<'b> {
    fn of(rows: &'b RecordBatch) -> Self {
        let schema = rows.schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        let columns: Vec<_> = names
            .zip(rows.columns())
            .filter_map(|(name, column)| {
                let int32 = || column.as_primitive_opt::<Int32Type>().map(Column::Int32);
                let int64 = || column.as_primitive_opt::<Int64Type>().map(Column::Int64);
                let text = || column.as_string_view_opt().map(Column::Text);
                Some((name, int32().or_else(int64).or_else(text)?))
            })
            .collect();
        Self {
            used: vec![false; columns.len()],
            columns,
            row: 0,
        }
    }

    fn begin(&mut self, row: usize) {
        self.row = row;
        self.used.fill(false);
    }

    fn value(&self, index: usize) -> Value {
        let row = self.row;
        match &self.columns[index].1 {
            Column::Int32(values) if values.is_valid(row) => values.value(row).into(),
            Column::Int64(values) if values.is_valid(row) => values.value(row).into(),
            Column::Text(values) if values.is_valid(row) => values.value(row).into(),
            _ => Value::Null,
        }
    }

    /// The value of a field, which may still be left among what has no place.
    fn peek(&self, name: &str) -> Value {
        let index = self.columns.iter().position(|(of, _)| of == name);
        index.map_or(Value::Null, |index| self.value(index))
    }

    /// The value of a field that has a place in the class.
    fn take(&mut self, name: &str) -> Value {
        let Some(index) = self.columns.iter().position(|(of, _)| of == name) else {
            return Value::Null;
        };
        self.used[index] = true;
        self.value(index)
    }

    /// Seconds as milliseconds.
    fn take_time(&mut self, name: &str) -> Value {
        let seconds = self.take(name).as_i64();
        seconds
            .and_then(|seconds| seconds.checked_mul(1000))
            .map_or(Value::Null, Value::from)
    }

    /// What was not taken.
    fn rest(&self) -> Value {
        let mut rest = Map::new();
        for (index, (name, _)) in self.columns.iter().enumerate() {
            let value = self.value(index);
            if !self.used[index] && !value.is_null() {
                rest.insert(name.clone(), value);
            }
        }
        object(rest)
    }
}

/// The object without what is NULL; NULL if nothing is left.
fn object(map: Map<String, Value>) -> Value {
    let map: Map<String, Value> = map
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect();
    if map.is_empty() {
        Value::Null
    } else {
        Value::Object(map)
    }
}

fn of<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.map(|(name, value)| (name.to_owned(), value));
    object(Map::from_iter(members))
}

fn event(row: &mut Columns) -> Value {
    let status = row.take("log_status");
    let (start, end) = (row.take_time("start"), row.take_time("end"));
    let direction = row.take("flow_direction");
    let is_egress = direction == "egress";
    let (src, dst) = endpoints(row, is_egress);
    let is_traffic = status.is_null() || status == "OK";
    let (activity, name) = match is_traffic {
        true => (TRAFFIC, Value::from("Traffic")),
        false => (OTHER, status.clone()),
    };
    let (action, disposition) = action(&row.take("action"));
    let mut event = Map::new();
    let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
    set("activity_id", activity.into());
    set("activity_name", name);
    set("category_uid", CATEGORY.into());
    set("category_name", "Network Activity".into());
    set("class_uid", CLASS.into());
    set("class_name", "Network Activity".into());
    set("type_uid", (CLASS * 100 + activity).into());
    set("severity_id", 1.into());
    // The class asks for a time: a record that tells none is at 0.
    let time = [&start, &end].into_iter().find(|time| !time.is_null());
    set("time", time.cloned().unwrap_or_else(|| 0.into()));
    set("start_time", start);
    set("end_time", end);
    set("action_id", action.0);
    set("action", action.1);
    set("disposition_id", disposition.0);
    set("disposition", disposition.1);
    set("status_code", status);
    set("src_endpoint", src);
    // The class asks for it: a record without addresses and interface has none.
    set(
        "dst_endpoint",
        if dst.is_null() {
            json!({"name": "unknown"})
        } else {
            dst
        },
    );
    set("connection_info", connection(row, &direction));
    let traffic = of([
        ("packets", row.take("packets")),
        ("bytes", row.take("bytes")),
    ]);
    set("traffic", traffic);
    set("cloud", cloud(row));
    set("metadata", metadata());
    set("unmapped", row.rest());
    object(event)
}

/// Source and destination. The interface and what it belongs to are on the side that it is on; of a record without direction, where
/// `ocsf/examples` have them, at the destination.
fn endpoints(row: &mut Columns, is_egress: bool) -> (Value, Value) {
    let own = [
        ("interface_uid", row.take("interface_id")),
        ("instance_uid", row.take("instance_id")),
        ("subnet_uid", row.take("subnet_id")),
        ("vpc_uid", row.take("vpc_id")),
    ];
    let side = |row: &mut Columns, ip: &str, port: &str, service: &str| {
        [
            ("ip", row.take(ip)),
            ("port", row.take(port)),
            ("svc_name", row.take(service)),
        ]
    };
    let src = side(row, "srcaddr", "srcport", "pkt_src_aws_service");
    let dst = side(row, "dstaddr", "dstport", "pkt_dst_aws_service");
    let join = |one: [(&str, Value); 3], own: Option<[(&str, Value); 4]>| {
        let members = one.into_iter().chain(own.into_iter().flatten());
        object(
            members
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    };
    match is_egress {
        true => (join(src, Some(own)), join(dst, None)),
        false => (join(src, None), join(dst, Some(own))),
    }
}

type Named = (Value, Value);

fn action(action: &Value) -> (Named, Named) {
    let named = |id: u64, name: &str| (Value::from(id), Value::from(name));
    match action.as_str() {
        Some("ACCEPT") => (named(1, "Allowed"), named(1, "Allowed")),
        Some("REJECT") => (named(2, "Denied"), named(2, "Blocked")),
        Some(other) => (named(OTHER, other), named(OTHER, other)),
        None => (named(0, "Unknown"), named(0, "Unknown")),
    }
}

fn connection(row: &mut Columns, direction: &Value) -> Value {
    let (id, name) = match direction.as_str() {
        Some("ingress") => (1, "Inbound"),
        Some("egress") => (2, "Outbound"),
        _ => (0, "Unknown"),
    };
    let version = match row.peek("type").as_str() {
        Some("IPv4") => 4.into(),
        Some("IPv6") => 6.into(),
        // EFA is no version of IP: it is left among what has no place.
        _ => Value::Null,
    };
    if !version.is_null() {
        row.take("type");
    }
    of([
        ("direction_id", id.into()),
        ("direction", name.into()),
        ("protocol_num", row.take("protocol")),
        ("protocol_ver_id", version),
        ("tcp_flags", row.take("tcp_flags")),
    ])
}

fn cloud(row: &mut Columns) -> Value {
    let account = of([
        ("uid", row.take("account_id")),
        ("type_id", 10.into()),
        ("type", "AWS Account".into()),
    ]);
    let account = if account.get("uid").is_some() {
        account
    } else {
        Value::Null
    };
    of([
        ("provider", "AWS".into()),
        ("account", account),
        ("region", row.take("region")),
        ("zone", row.take("az_id")),
    ])
}

fn metadata() -> Value {
    json!({
        "version": VERSION,
        "product": {
            "name": "Amazon VPC",
            "vendor_name": "AWS",
            "feature": {"name": "Flow Logs"},
        },
        "profiles": ["cloud", "security_control"],
    })
}
