//! How much records are: numbers, and the bytes that they have as lines of text, whatever form they lie in.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef};
use datafusion::error::DataFusionError;
use futures::StreamExt as _;

use crate::lake::Lake;

/// Columns that tell whose a record is, if there are such.
const OWNERS: [&str; 4] = ["interface_id", "vpc_id", "subnet_id", "account_id"];

/// Columns that make records of several windows one flow.
const FLOW: [&str; 7] = [
    "interface_id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "action",
];

/// The most owners that are told apart: what is beyond has none.
const MOST_OWNERS: usize = 1 << 20;

/// What is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeasureBy {
    /// For each network interface on its own.
    pub owners: bool,
    /// How many records would be left with windows of ten minutes, too.
    pub ten_minutes: bool,
}

/// Whose records were measured, and which: what they do not tell is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeasuredOf {
    /// The network interface.
    pub interface_id: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<String>,
    /// Its subnet.
    pub subnet_id: Option<String>,
    /// Its account.
    pub account_id: Option<String>,
    /// `ACCEPT` or `REJECT`; none for `NODATA` and `SKIPDATA`.
    pub action: Option<String>,
}

/// How much they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Records, those without traffic (`NODATA`, `SKIPDATA`) included.
    pub records: u64,
    /// Bytes that they have, or would have, as lines of text, line ends included: what AWS charges delivery by.
    pub text_bytes: u64,
    /// The earliest `start`, in seconds since the Unix epoch.
    pub first_start: Option<i64>,
    /// The latest `end`, in seconds since the Unix epoch.
    pub last_end: Option<i64>,
    /// About how many flows there are in spans of ten minutes (a sketch: to a per cent or two), if that was asked for.
    pub in_ten_minutes: Option<u64>,
}

impl Measure {
    fn add(&mut self, other: Self) {
        self.records = self.records.saturating_add(other.records);
        self.text_bytes = self.text_bytes.saturating_add(other.text_bytes);
        self.first_start = [self.first_start, other.first_start]
            .into_iter()
            .flatten()
            .min();
        self.last_end = self.last_end.max(other.last_end);
        self.in_ten_minutes = match (self.in_ten_minutes, other.in_ten_minutes) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            (one, other) => one.or(other),
        };
    }
}

/// What the records of a lake measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// By whose they are.
    pub by_owner: BTreeMap<MeasuredOf, Measure>,
    /// Whether the bytes of text are exact. They are too few where records of several formats lie together: a field without a value
    /// cannot be told from one that the format has not.
    pub is_exact: bool,
}

impl Lake {
    /// Measures the records.
    ///
    /// # Errors
    /// If the reading was stopped, or memory is short.
    pub async fn measure(&self, by: MeasureBy) -> Result<Measured, DataFusionError> {
        let is_exact = self.formats().len() < 2;
        let query = Query {
            schema: self.schema(),
            is_exact,
            by,
        };
        let mut rows = self.query(&query.sql()).await?;
        let mut by_owner = BTreeMap::new();
        while let Some(batch) = rows.next().await {
            take(&batch?, &mut by_owner);
        }
        Ok(Measured { by_owner, is_exact })
    }
}

struct Query<'a> {
    schema: &'a SchemaRef,
    is_exact: bool,
    by: MeasureBy,
}

fn quoted(column: &str) -> String {
    format!("\"{}\"", column.replace('"', "\"\""))
}

impl Query<'_> {
    fn has(&self, column: &str) -> bool {
        self.schema.field_with_name(column).is_ok()
    }

    /// Its columns are named as the fields of [`MeasuredOf`] and [`Measure`].
    fn sql(&self) -> String {
        let owners = OWNERS.into_iter().filter(|_| self.by.owners);
        let keys: Vec<String> = owners
            .chain(["action"])
            .filter(|column| self.has(column))
            .map(quoted)
            .collect();
        let mut selected = keys.clone();
        selected.push("cast(count(*) as bigint) as records".to_owned());
        selected.push(format!(
            "cast(sum(cast({} as bigint)) as bigint) as text_bytes",
            self.line()
        ));
        for (column, function, name) in
            [("start", "min", "first_start"), ("end", "max", "last_end")]
        {
            if self.has(column) {
                selected.push(format!("{function}({}) as {name}", quoted(column)));
            }
        }
        let can_tell = FLOW.iter().all(|column| self.has(column)) && self.has("start");
        if self.by.ten_minutes && can_tell {
            selected.push(self.flows());
        }
        let mut sql = format!("select {} from records", selected.join(", "));
        if !keys.is_empty() {
            sql.push_str(&format!(" group by {}", keys.join(", ")));
        }
        sql
    }

    /// The length of a record as a line. A value that is not there is a `-`; a blank or the line end follows each field.
    fn line(&self) -> String {
        let fields = self.schema.fields().iter().map(|field| {
            let column = quoted(field.name());
            let text = if *field.data_type() == DataType::Utf8View {
                column
            } else {
                format!("cast({column} as varchar)")
            };
            if self.is_exact {
                format!("coalesce(octet_length({text}), 1) + 1")
            } else {
                format!("coalesce(octet_length({text}) + 1, 0)")
            }
        });
        let fields: Vec<String> = fields.collect();
        if fields.is_empty() {
            "0".to_owned()
        } else {
            fields.join(" + ")
        }
    }

    fn flows(&self) -> String {
        let texts = FLOW.map(|column| format!("cast({} as varchar)", quoted(column)));
        format!(
            "cast(approx_distinct(concat_ws(' ', {}, cast(\"start\" / 600 as varchar))) as bigint) as in_ten_minutes",
            texts.join(", ")
        )
    }
}

fn take(batch: &RecordBatch, by_owner: &mut BTreeMap<MeasuredOf, Measure>) {
    let text = |column: &str, row: usize| {
        let column = batch.column_by_name(column)?.as_string_view_opt()?;
        (!column.is_null(row)).then(|| column.value(row).to_owned())
    };
    let number = |column: &str, row: usize| {
        let column = batch.column_by_name(column)?;
        let column = column.as_primitive_opt::<Int64Type>()?;
        (!column.is_null(row)).then(|| column.value(row))
    };
    let count =
        |column: &str, row: usize| number(column, row).and_then(|it| u64::try_from(it).ok());
    for row in 0..batch.num_rows() {
        let action = text("action", row);
        let is_beyond = by_owner.len() >= MOST_OWNERS;
        let of = MeasuredOf {
            interface_id: text("interface_id", row).filter(|_| !is_beyond),
            vpc_id: text("vpc_id", row).filter(|_| !is_beyond),
            subnet_id: text("subnet_id", row).filter(|_| !is_beyond),
            account_id: text("account_id", row).filter(|_| !is_beyond),
            action,
        };
        let measure = Measure {
            records: count("records", row).unwrap_or_default(),
            text_bytes: count("text_bytes", row).unwrap_or_default(),
            first_start: number("first_start", row),
            last_end: number("last_end", row),
            in_ten_minutes: count("in_ten_minutes", row),
        };
        if measure.records > 0 {
            by_owner.entry(of).or_default().add(measure);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::{LakeSettings, LocalFiles, list_paths};

    const FORMAT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
    const LINES: [&str; 6] = [
        "2 123456789012 eni-1 10.0.0.1 10.0.0.2 40000 443 6 10 840 1000 1060 ACCEPT OK",
        "2 123456789012 eni-1 10.0.0.1 10.0.0.2 40000 443 6 9 7 1060 1120 ACCEPT OK",
        "2 123456789012 eni-1 10.0.0.1 10.0.0.2 40000 443 6 9 7 1200 1260 ACCEPT OK",
        "2 123456789012 eni-2 2001:db8::1 2001:db8::2 1 22 6 1 40 1000 1060 REJECT OK",
        "2 123456789012 eni-2 - - - - - - - 1060 1120 - NODATA",
        "2 123456789012 eni-2 - - - - - - - 1120 1180 - SKIPDATA",
    ];

    /// A lake over files, and the folder that they lie in.
    async fn lake(files: &[(&str, &str)], settings: LakeSettings) -> (Lake, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let objects = list_paths(folder.path()).unwrap();
        let lake = Lake::open(objects, Arc::new(LocalFiles::default()), &settings).await;
        (lake.unwrap(), folder)
    }

    fn text() -> String {
        format!("{FORMAT}\n{}\n", LINES.join("\n"))
    }

    fn bytes(lines: &[&str]) -> u64 {
        lines.iter().map(|line| line.len() as u64 + 1).sum()
    }

    #[tokio::test]
    async fn text_is_as_long_as_its_lines() {
        let (lake, _folder) = lake(&[("a.log", &text())], LakeSettings::default()).await;
        let by = MeasureBy {
            owners: true,
            ten_minutes: true,
        };
        let measured = lake.measure(by).await.unwrap();
        assert!(measured.is_exact);
        let of = |interface: &str, action: Option<&str>| MeasuredOf {
            interface_id: Some(interface.to_owned()),
            account_id: Some("123456789012".to_owned()),
            action: action.map(str::to_owned),
            ..MeasuredOf::default()
        };
        let measure = |lines: &[&str], first_start, last_end, flows| Measure {
            records: lines.len() as u64,
            text_bytes: bytes(lines),
            first_start: Some(first_start),
            last_end: Some(last_end),
            in_ten_minutes: Some(flows),
        };
        let expected = [
            (
                of("eni-1", Some("ACCEPT")),
                measure(&LINES[..3], 1000, 1260, 2),
            ),
            (of("eni-2", None), measure(&LINES[4..], 1060, 1180, 1)),
            (
                of("eni-2", Some("REJECT")),
                measure(&LINES[3..4], 1000, 1060, 1),
            ),
        ];
        assert_eq!(measured.by_owner, BTreeMap::from(expected));
    }

    #[tokio::test]
    async fn a_span_leaves_the_rest_out_and_nothing_is_no_row() {
        let settings = LakeSettings {
            span: Some(crate::Span {
                from: Some(1100),
                to: None,
            }),
            ..LakeSettings::default()
        };
        let (lake, _folder) = self::lake(&[("a.log", &text())], settings).await;
        let measured = lake.measure(MeasureBy::default()).await.unwrap();
        let records: Vec<_> = measured
            .by_owner
            .iter()
            .map(|(of, measure)| (of.action.as_deref(), measure.records))
            .collect();
        assert_eq!(records, [(None, 2), (Some("ACCEPT"), 2)]);
        let (empty, _folder) = self::lake(&[("a.log", "")], LakeSettings::default()).await;
        let measured = empty.measure(MeasureBy::default()).await.unwrap();
        assert_eq!(measured.by_owner, BTreeMap::new());
        assert_eq!(empty.account().objects, 1, "it was read all the same");
    }

    #[tokio::test]
    async fn formats_that_lie_together_are_not_exact() {
        let other = "version srcaddr bytes\n2 10.0.0.1 7\n";
        let files = [("a.log", text()), ("b.log", other.to_owned())];
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, &**text)).collect();
        let (lake, _folder) = lake(&files, LakeSettings::default()).await;
        let measured = lake.measure(MeasureBy::default()).await.unwrap();
        assert!(!measured.is_exact);
        let text: u64 = measured.by_owner.values().map(|it| it.text_bytes).sum();
        let exact = bytes(&LINES) + bytes(&["2 10.0.0.1 7"]);
        // The dashes are not counted: 8 of each of two records, and their blanks.
        assert_eq!(text, exact - 2 * 8 * 2);
    }
}
