//! Which partition a row belongs to.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray as _, Int64Array, RecordBatch, StringViewArray, UInt32Array,
};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::error::ArrowError;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::part::Part;
use crate::object::Object;

/// The names of the folders. AWS's own (`aws-account-id`, `aws-region`) have dashes, which SQL must quote; `account_id` and `region` are
/// fields of records, and readers refuse or confuse a column that is in the data and in the path; one `day` can be compared, which
/// `year`, `month` and `day` cannot.
pub const PARTITION_COLUMNS: [&str; 3] = ["aws_account_id", "aws_region", "day"];

/// The value of a folder where nobody knows it: NULL for Hive, Spark, Athena and DuckDB.
pub const DEFAULT_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

const SECONDS_OF_A_DAY: i64 = 86_400;

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Partition {
    /// The account of the flow log by the name of the object; else that of the record.
    account: Option<Arc<str>>,
    /// The region likewise.
    region: Option<Arc<str>>,
    /// The UTC day of the record's `start`, or `end`; else that of the object's name. Days since 1970-01-01.
    day: Option<i64>,
}

impl Partition {
    /// Its folder, from the output directory on.
    pub(super) fn folder(&self) -> String {
        let day = self.day.and_then(date);
        let values = [
            self.account.as_deref().map(str::to_owned),
            self.region.as_deref().map(str::to_owned),
            day.map(|day| day.to_string()),
        ];
        let folders = PARTITION_COLUMNS.iter().zip(values);
        let folders: Vec<String> = folders
            .map(|(name, value)| {
                let value = value.unwrap_or_else(|| DEFAULT_PARTITION.to_owned());
                format!("{name}={value}")
            })
            .collect();
        folders.join("/")
    }
}

/// Days of the years 1970 to 9999.
fn date(day: i64) -> Option<Date> {
    let date = Date::constant(1970, 1, 1).checked_add(day.days()).ok()?;
    (1970..=9999).contains(&date.year()).then_some(date)
}

fn day_of(seconds: i64) -> Option<i64> {
    let day = seconds.div_euclid(SECONDS_OF_A_DAY);
    // Spans are bounded: what is out of them is no date of ours.
    ((0..3_000_000).contains(&day) && date(day).is_some()).then_some(day)
}

/// A text of a record or of a name that can be the name of a folder. AWS writes `unknown` for accounts that it does not tell.
fn folder_text(text: &str) -> Option<&str> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let fits = !text.is_empty() && text.len() <= 64 && text.bytes().all(is_name);
    (fits && text != "unknown" && text != "-").then_some(text)
}

/// Sends the rows of one part to their partitions.
pub(super) struct Router {
    account: Option<Arc<str>>,
    region: Option<Arc<str>>,
    /// The day of the object's name.
    day: Option<i64>,
    numbers: HashMap<Partition, usize>,
    partitions: Vec<Partition>,
}

/// Rows of one partition, by its number.
pub(super) type Routed = Vec<(usize, RecordBatch)>;

impl Router {
    pub(super) fn new(part: &Part) -> Self {
        let checked =
            |text: &Option<Arc<str>>| text.clone().filter(|text| folder_text(text).is_some());
        Self {
            account: checked(&part.account),
            region: checked(&part.region),
            day: None,
            numbers: HashMap::new(),
            partitions: Vec::new(),
        }
    }

    pub(super) fn partition(&self, number: usize) -> &Partition {
        &self.partitions[number]
    }

    /// Takes rows of that object from now on.
    pub(super) fn begin(&mut self, object: &Object) {
        let start = object.key.as_ref().map(|key| key.bin.start());
        self.day = start.and_then(|start| day_of(start.as_second()));
    }

    /// The rows by their partitions.
    pub(super) fn route(&mut self, batch: &RecordBatch) -> Result<Routed, ArrowError> {
        let columns = Columns::of(batch, self.account.is_none(), self.region.is_none());
        if let Some(day) = columns.only_day(self.day) {
            let partition = Partition {
                account: self.account.clone(),
                region: self.region.clone(),
                day,
            };
            return Ok(vec![(self.number(partition), batch.clone())]);
        }
        let mut rows: Vec<(usize, Vec<u32>)> = Vec::new();
        for row in 0..batch.num_rows() {
            let partition = Partition {
                account: self.account.clone().or_else(|| text(columns.account, row)),
                region: self.region.clone().or_else(|| text(columns.region, row)),
                day: columns.day(row).or(self.day),
            };
            let number = self.number(partition);
            let index = row as u32;
            match rows.iter_mut().find(|(of, _)| *of == number) {
                Some((_, rows)) => rows.push(index),
                None => rows.push((number, vec![index])),
            }
        }
        if let [(number, _)] = rows.as_slice() {
            return Ok(vec![(*number, batch.clone())]);
        }
        let taken = rows.into_iter().map(|(number, rows)| {
            let taken = take_record_batch(batch, &UInt32Array::from(rows))?;
            Ok((number, without_the_rest(&taken)?))
        });
        taken.collect()
    }

    fn number(&mut self, partition: Partition) -> usize {
        if let Some(number) = self.numbers.get(&partition) {
            return *number;
        }
        let number = self.partitions.len();
        self.partitions.push(partition.clone());
        self.numbers.insert(partition, number);
        number
    }
}

/// A few rows would hold all the text of their object: they get copies of theirs.
fn without_the_rest(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter();
    let columns = columns.map(|column| match column.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()) as ArrayRef,
        None => Arc::clone(column),
    });
    RecordBatch::try_new(batch.schema(), columns.collect())
}

/// The columns that tell the partition, so far as they are needed.
struct Columns<'b> {
    account: Option<&'b StringViewArray>,
    region: Option<&'b StringViewArray>,
    start: Option<&'b Int64Array>,
    end: Option<&'b Int64Array>,
    needs_texts: bool,
}

impl<'b> Columns<'b> {
    fn of(batch: &'b RecordBatch, needs_account: bool, needs_region: bool) -> Self {
        let text = |name: &str, needed: bool| {
            let column = batch.column_by_name(name).filter(|_| needed);
            column.and_then(|column| column.as_string_view_opt())
        };
        let seconds = |name: &str| {
            let column = batch.column_by_name(name);
            column.and_then(|column| column.as_primitive_opt::<Int64Type>())
        };
        let (account, region) = (
            text("account_id", needs_account),
            text("region", needs_region),
        );
        Self {
            account,
            region,
            start: seconds("start"),
            end: seconds("end"),
            needs_texts: account.is_some() || region.is_some(),
        }
    }

    fn day(&self, row: usize) -> Option<i64> {
        let of = |seconds: Option<&Int64Array>| {
            let seconds = seconds.filter(|seconds| seconds.is_valid(row))?;
            day_of(seconds.value(row))
        };
        of(self.start).or_else(|| of(self.end))
    }

    /// The day of all rows, where only days matter and there is but one.
    fn only_day(&self, unsaid: Option<i64>) -> Option<Option<i64>> {
        if self.needs_texts {
            return None;
        }
        let Some(starts) = self.start else {
            return self.end.is_none().then_some(unsaid);
        };
        let (least, most) = match starts.null_count() {
            0 => (starts.values().iter().min()?, starts.values().iter().max()?),
            _ => return None,
        };
        let day = day_of(*least)?;
        (day_of(*most) == Some(day)).then_some(Some(day))
    }
}

fn text(column: Option<&StringViewArray>, row: usize) -> Option<Arc<str>> {
    let column = column.filter(|column| column.is_valid(row))?;
    folder_text(column.value(row)).map(Arc::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use flowcover_record::Field;

    use super::*;

    fn part(account: Option<&str>) -> Part {
        Part {
            account: account.map(Arc::from),
            region: account.map(|_| Arc::from("eu-west-1")),
            objects: Vec::new(),
        }
    }

    fn batch(accounts: &[Option<&str>], starts: &[Option<i64>]) -> RecordBatch {
        let accounts: StringViewArray = accounts.iter().copied().collect();
        let starts: Int64Array = starts.iter().copied().collect();
        RecordBatch::try_from_iter([
            ("account_id", Arc::new(accounts) as ArrayRef),
            ("start", Arc::new(starts) as ArrayRef),
        ])
        .unwrap()
    }

    fn routed(router: &mut Router, batch: &RecordBatch) -> Vec<(String, usize)> {
        let routed = router.route(batch).unwrap();
        let routed = routed.into_iter();
        routed
            .map(|(number, rows)| (router.partition(number).folder(), rows.num_rows()))
            .collect()
    }

    const DAY: i64 = 1_763_596_800;

    #[test]
    fn no_partition_has_the_name_of_a_field() {
        for name in PARTITION_COLUMNS {
            assert!(Field::all().iter().all(|field| field.parquet_name != name));
        }
    }

    #[test]
    fn the_name_of_the_object_comes_first() {
        let mut router = Router::new(&part(Some("111111111111")));
        let folder =
            |day: &str| format!("aws_account_id=111111111111/aws_region=eu-west-1/day={day}");
        let rows = batch(&[Some("222222222222"); 2], &[Some(DAY), Some(DAY + 86_399)]);
        assert_eq!(routed(&mut router, &rows), [(folder("2025-11-20"), 2)]);
        let rows = batch(&[None; 4], &[Some(DAY), Some(DAY - 1), Some(DAY + 5), None]);
        assert_eq!(
            routed(&mut router, &rows),
            [
                (folder("2025-11-20"), 2),
                (folder("2025-11-19"), 1),
                (folder(DEFAULT_PARTITION), 1),
            ]
        );
    }

    #[test]
    fn records_tell_what_no_name_does() {
        let mut router = Router::new(&part(None));
        let accounts = [
            Some("111111111111"),
            Some("../../etc"),
            Some("unknown"),
            None,
        ];
        let rows = batch(&accounts, &[Some(DAY), Some(i64::MAX), Some(-5), Some(DAY)]);
        let folder = |account: &str, day: &str| {
            format!("aws_account_id={account}/aws_region={DEFAULT_PARTITION}/day={day}")
        };
        assert_eq!(
            routed(&mut router, &rows),
            [
                (folder("111111111111", "2025-11-20"), 1),
                (folder(DEFAULT_PARTITION, DEFAULT_PARTITION), 2),
                (folder(DEFAULT_PARTITION, "2025-11-20"), 1),
            ]
        );
    }

    #[test]
    fn objects_tell_the_day_where_records_do_not() {
        let key = "AWSLogs/111111111111/vpcflowlogs/eu-west-1/2026/11/20/111111111111_vpcflowlogs_eu-west-1_fl-1_20261120T0005Z_aa.log.gz";
        let mut router = Router::new(&part(Some("111111111111")));
        router.begin(&Object::new(key, 1));
        let rows = batch(&[None], &[None]).project(&[0]).unwrap();
        assert_eq!(
            routed(&mut router, &rows),
            [(
                "aws_account_id=111111111111/aws_region=eu-west-1/day=2026-11-20".to_owned(),
                1
            )]
        );
    }
}
