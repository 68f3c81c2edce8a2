//! The keys of the S3 objects that flow logs write.
//!
//! Layouts (VPC user guide, "Flow log files"):
//!
//! ```text
//! [PREFIX/]AWSLogs/ACCOUNT/vpcflowlogs/REGION/YYYY/MM/DD/[HH/]FILE
//! [PREFIX/]AWSLogs/aws-account-id=ACCOUNT/aws-service=vpcflowlogs/aws-region=REGION/
//!     year=YYYY/month=MM/day=DD/[hour=HH/]FILE
//! FILE = ACCOUNT_vpcflowlogs_REGION_FLOWLOGID_YYYYMMDDTHHmmZ_HASH.log.gz or .log.parquet
//! ```
//!
//! An organisation id may stand between `AWSLogs/` and the account; other readers
//! allow for it. Transit gateways write to `vpcflowlogs` too, as public table
//! definitions over their files have it; so a key does not tell what was recorded.
//! Older copies of the user guide print `service=` where newer ones print
//! `aws-service=`: both are read, the newer is written.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::stamp::{TimeBin, hour_stamp};

const SERVICE: &str = "vpcflowlogs";
const ROOT: &str = "AWSLogs";

/// What the keys of one account and region under one prefix have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyLayout {
    /// What stands before `AWSLogs/`: empty, or ending in `/`, as in
    /// [`Destination::Bucket`](crate::Destination::Bucket).
    pub prefix: String,
    /// The organisation id (`o-…`) between `AWSLogs/` and the account, if there is one.
    pub organization: Option<String>,
    /// The account of the flow log, 12 digits.
    pub account_id: String,
    /// The region of the flow log.
    pub region: String,
    /// `HiveCompatiblePartitions` of the flow log's `DestinationOptions`.
    pub hive: bool,
    /// `PerHourPartition` of the flow log's `DestinationOptions`.
    pub per_hour: bool,
}

/// `FileFormat` of a flow log's `DestinationOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileFormat {
    /// `plain-text`: gzip, with a header line. The default.
    PlainText,
    /// `parquet`.
    Parquet,
}

impl FileFormat {
    fn extension(self) -> &'static str {
        match self {
            Self::PlainText => ".log.gz",
            Self::Parquet => ".log.parquet",
        }
    }
}

/// The key of one delivered object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey {
    /// Where it lies.
    pub layout: KeyLayout,
    /// The flow log: `fl-…`.
    pub flow_log_id: String,
    /// The bin of the records' `end`. Objects may arrive late: `LastModified` is later.
    pub bin: TimeBin,
    /// Tells apart the files of one bin: letters and digits.
    pub hash: String,
    /// Text or Parquet.
    pub format: FileFormat,
}

/// Why a text is not the key of a flow-log object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ObjectKeyError {
    /// Neither of the two layouts.
    #[error("the key is not in a flow-log layout (.../AWSLogs/ACCOUNT/vpcflowlogs/REGION/...)")]
    Layout,
    /// The file name or its extension is not as documented.
    #[error(
        "the file name of the key is not ACCOUNT_vpcflowlogs_REGION_FLOWLOGID_TIME_HASH.log.gz or .log.parquet"
    )]
    FileName,
    /// The stamp is no time.
    #[error("the time in the file name of the key is not YYYYMMDDTHHmmZ")]
    Time,
    /// Folder and file name name different accounts, regions or times.
    #[error("folders and file name of the key disagree")]
    Disagree,
}

impl KeyLayout {
    /// What all keys of this account and region begin with.
    #[must_use]
    pub fn region_prefix(&self) -> String {
        let Self {
            prefix,
            account_id,
            region,
            ..
        } = self;
        let organization = self
            .organization
            .as_ref()
            .map(|id| format!("{id}/"))
            .unwrap_or_default();
        let root = format!("{prefix}{ROOT}/{organization}");
        if self.hive {
            format!("{root}aws-account-id={account_id}/aws-service={SERVICE}/aws-region={region}/")
        } else {
            format!("{root}{account_id}/{SERVICE}/{region}/")
        }
    }

    /// What the keys of the UTC day of `moment` begin with.
    #[must_use]
    pub fn day_prefix(&self, moment: Timestamp) -> String {
        format!(
            "{}{}",
            self.region_prefix(),
            self.day_folders(civil(moment))
        )
    }

    /// What the keys of the UTC hour of `moment` begin with. Without folders per
    /// hour this goes into the file name, for which the flow log must be named;
    /// where it is not, it is the prefix of the day.
    #[must_use]
    pub fn hour_prefix(&self, moment: Timestamp, flow_log_id: Option<&str>) -> String {
        let civil = civil(moment);
        let folders = format!("{}{}", self.region_prefix(), self.time_folders(civil));
        match flow_log_id {
            Some(id) => format!("{folders}{}{}", self.file_start(id), hour_stamp(civil)),
            None => folders,
        }
    }

    fn day_folders(&self, at: DateTime) -> String {
        let (year, month, day) = (at.year(), at.month(), at.day());
        if self.hive {
            format!("year={year:04}/month={month:02}/day={day:02}/")
        } else {
            format!("{year:04}/{month:02}/{day:02}/")
        }
    }

    fn time_folders(&self, at: DateTime) -> String {
        let hour = match (self.per_hour, self.hive) {
            (false, _) => String::new(),
            (true, false) => format!("{:02}/", at.hour()),
            (true, true) => format!("hour={:02}/", at.hour()),
        };
        self.day_folders(at) + &hour
    }

    fn file_start(&self, flow_log_id: &str) -> String {
        format!(
            "{}_{SERVICE}_{}_{flow_log_id}_",
            self.account_id, self.region
        )
    }
}

fn civil(moment: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(moment)
}

impl ObjectKey {
    /// Reads a key.
    ///
    /// # Errors
    /// If it is not in one of the two layouts, or its folders contradict its file name.
    pub fn parse(key: &str) -> Result<Self, ObjectKeyError> {
        let (folders, file) = key.rsplit_once('/').ok_or(ObjectKeyError::Layout)?;
        let (layout, time_folders) = parse_folders(folders).ok_or(ObjectKeyError::Layout)?;
        let key = parse_file(file, layout)?;
        let expected = key.layout.time_folders(key.bin.civil());
        if expected.trim_end_matches('/') == time_folders {
            Ok(key)
        } else {
            Err(ObjectKeyError::Disagree)
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folders = self.layout.time_folders(self.bin.civil());
        let file = self.layout.file_start(&self.flow_log_id);
        let (stamp, hash, extension) = (self.bin.stamp(), &self.hash, self.format.extension());
        write!(
            f,
            "{}{folders}{file}{stamp}_{hash}{extension}",
            self.layout.region_prefix()
        )
    }
}

/// Splits the folders, from the right since the prefix may hold anything, into
/// the layout and what tells the time.
fn parse_folders(folders: &str) -> Option<(KeyLayout, &str)> {
    let is_service = |folder: &str| {
        folder == SERVICE
            || ["aws-service=", "service="]
                .iter()
                .any(|name| folder.strip_prefix(name) == Some(SERVICE))
    };
    let mut rest = folders;
    let mut time_depth = 0;
    let (before, service, after) = loop {
        let (before, folder) = rest.rsplit_once('/')?;
        if is_service(folder) {
            break (before, folder, folders.get(rest.len() + 1..)?);
        }
        // Region, year, month, day, hour.
        time_depth += 1;
        if time_depth > 5 {
            return None;
        }
        rest = before;
    };
    let hive = service != SERVICE;
    let (region, time) = after.split_once('/')?;
    let (above, account) = before.rsplit_once('/').unwrap_or(("", before));
    let region = if hive {
        region.strip_prefix("aws-region=")?
    } else {
        region
    };
    let account = if hive {
        account.strip_prefix("aws-account-id=")?
    } else {
        account
    };
    let (prefix, organization) = parse_root(above)?;
    let layout = KeyLayout {
        prefix: prefix.to_owned(),
        organization: organization.map(String::from),
        account_id: account.to_owned(),
        region: region.to_owned(),
        hive,
        per_hour: time.matches('/').count() == 3,
    };
    (is_account(account) && is_region(region)).then_some((layout, time))
}

/// `[PREFIX/]AWSLogs` or `[PREFIX/]AWSLogs/o-ID`: the prefix, with its `/`, and the id.
fn parse_root(above: &str) -> Option<(&str, Option<&str>)> {
    let before_root = |text: &str| -> Option<usize> {
        let length = text.strip_suffix(ROOT)?.len();
        (length == 0 || text[..length].ends_with('/')).then_some(length)
    };
    if let Some(length) = before_root(above) {
        return Some((above.get(..length)?, None));
    }
    let (root, organization) = above.rsplit_once('/')?;
    let length = before_root(root)?;
    is_id(organization, "o-").then_some((root.get(..length)?, Some(organization)))
}

fn parse_file(file: &str, layout: KeyLayout) -> Result<ObjectKey, ObjectKeyError> {
    let format = [FileFormat::PlainText, FileFormat::Parquet]
        .into_iter()
        .find(|format| file.ends_with(format.extension()))
        .ok_or(ObjectKeyError::FileName)?;
    let stem = file
        .strip_suffix(format.extension())
        .ok_or(ObjectKeyError::FileName)?;
    let parts: Vec<_> = stem.split('_').collect();
    let &[account_id, SERVICE, region, flow_log_id, stamp, hash] = parts.as_slice() else {
        return Err(ObjectKeyError::FileName);
    };
    if !is_id(flow_log_id, "fl-") || !is_id(hash, "") {
        return Err(ObjectKeyError::FileName);
    }
    if account_id != layout.account_id || region != layout.region {
        return Err(ObjectKeyError::Disagree);
    }
    Ok(ObjectKey {
        layout,
        flow_log_id: flow_log_id.to_owned(),
        bin: TimeBin::parse_stamp(stamp).ok_or(ObjectKeyError::Time)?,
        hash: hash.to_owned(),
        format,
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_region(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(allowed)
}

fn is_id(text: &str, start: &str) -> bool {
    let rest = text.strip_prefix(start).unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
