//! Where a flow log delivers, read from the strings of `DescribeFlowLogs`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::arn::Arn;

/// Where a flow log delivers its records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Destination {
    /// A CloudWatch Logs group.
    LogGroup {
        /// `aws`, `aws-cn`, `aws-us-gov`.
        partition: String,
        /// The group's region.
        region: String,
        /// The account that owns the group; not always that of the flow log.
        account_id: String,
        /// The name, without `:*`.
        name: String,
    },
    /// An S3 bucket, with the folder in it.
    Bucket {
        /// `aws`, `aws-cn`, `aws-us-gov`.
        partition: String,
        /// The bucket's name.
        name: String,
        /// What stands before `AWSLogs/` in the keys: empty, or ending in `/`.
        prefix: String,
    },
    /// An Amazon Data Firehose delivery stream.
    DeliveryStream {
        /// `aws`, `aws-cn`, `aws-us-gov`.
        partition: String,
        /// The stream's region.
        region: String,
        /// The account that owns the stream.
        account_id: String,
        /// The stream's name.
        name: String,
    },
    /// Not understood: the text as it was given, empty where there was none.
    Unknown {
        /// What the answer said.
        text: String,
    },
}

/// The strings of one `FlowLog` answer (EC2 API) that name its destination.
/// Each may be missing: old answers hold only the name of a log group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DestinationAnswer<'a> {
    /// `LogDestination`: an ARN.
    pub log_destination: Option<&'a str>,
    /// `LogGroupName`.
    pub log_group_name: Option<&'a str>,
    /// `LogDestinationType`: `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    pub log_destination_type: Option<&'a str>,
}

/// Where a flow log itself lives. A log group given by name alone is there too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The flow log's region.
    pub region: &'a str,
    /// The flow log's account.
    pub account_id: &'a str,
}

impl Destination {
    /// Reads the destination of a flow log that lives at `owner`.
    ///
    /// A missing type is inferred from the ARN. A type that contradicts the ARN,
    /// and a type that is not known, give [`Destination::Unknown`].
    #[must_use]
    pub fn of_flow_log(answer: DestinationAnswer<'_>, owner: Owner<'_>) -> Self {
        let given = |text: Option<&str>| {
            text.map(str::trim)
                .filter(|text| !text.is_empty())
                .map(String::from)
        };
        let kind = given(answer.log_destination_type);
        let found = match (given(answer.log_destination), given(answer.log_group_name)) {
            (Some(text), _) if text.starts_with("arn:") => Self::parse_arn(&text),
            // A destination that is no ARN can only be the name of a group.
            (Some(text), _) if kind.as_deref() == Some(CLOUD_WATCH_LOGS) => {
                named_log_group(&text, owner)
            }
            (Some(text), _) => Self::Unknown { text },
            (None, Some(name)) if name.starts_with("arn:") => Self::parse_arn(&name),
            (None, Some(name)) => named_log_group(&name, owner),
            (None, None) => Self::Unknown {
                text: String::new(),
            },
        };
        match kind {
            Some(kind) if found.api_type().is_some_and(|own| own != kind) => {
                let text = answer
                    .log_destination
                    .or(answer.log_group_name)
                    .unwrap_or_default();
                Self::Unknown {
                    text: text.to_owned(),
                }
            }
            _ => found,
        }
    }

    /// Reads an ARN of a log group, a bucket or a delivery stream.
    #[must_use]
    pub fn parse_arn(text: &str) -> Self {
        let found = Arn::parse(text).and_then(|arn| match arn.service {
            "logs" => log_group(arn),
            "s3" => bucket(arn),
            "firehose" => delivery_stream(arn),
            _ => None,
        });
        found.unwrap_or_else(|| Self::Unknown {
            text: text.to_owned(),
        })
    }

    /// The `LogDestinationType` of the EC2 API; `None` for an unknown destination.
    #[must_use]
    pub fn api_type(&self) -> Option<&'static str> {
        match self {
            Self::LogGroup { .. } => Some(CLOUD_WATCH_LOGS),
            Self::Bucket { .. } => Some("s3"),
            Self::DeliveryStream { .. } => Some("kinesis-data-firehose"),
            Self::Unknown { .. } => None,
        }
    }

    /// The account that owns the destination. `None` for a bucket, whose ARN
    /// does not say, and for an unknown destination.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        match self {
            Self::LogGroup { account_id, .. } | Self::DeliveryStream { account_id, .. } => {
                Some(account_id)
            }
            Self::Bucket { .. } | Self::Unknown { .. } => None,
        }
    }
}

const CLOUD_WATCH_LOGS: &str = "cloud-watch-logs";

/// The ARN as `DescribeFlowLogs` reports it (a group without `:*`), or the text
/// of an unknown destination.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogGroup {
                partition,
                region,
                account_id,
                name,
            } => {
                write!(
                    f,
                    "arn:{partition}:logs:{region}:{account_id}:log-group:{name}"
                )
            }
            Self::Bucket {
                partition,
                name,
                prefix,
            } if prefix.is_empty() => {
                write!(f, "arn:{partition}:s3:::{name}")
            }
            Self::Bucket {
                partition,
                name,
                prefix,
            } => write!(f, "arn:{partition}:s3:::{name}/{prefix}"),
            Self::DeliveryStream {
                partition,
                region,
                account_id,
                name,
            } => {
                write!(
                    f,
                    "arn:{partition}:firehose:{region}:{account_id}:deliverystream/{name}"
                )
            }
            Self::Unknown { text } => f.write_str(text),
        }
    }
}

fn named_log_group(name: &str, owner: Owner<'_>) -> Destination {
    Destination::LogGroup {
        partition: owner.partition.to_owned(),
        region: owner.region.to_owned(),
        account_id: owner.account_id.to_owned(),
        name: group_name(name).to_owned(),
    }
}

/// The name alone: IAM and CloudWatch Logs write `NAME:*`, and a stream's ARN
/// goes on with `:log-stream:`.
fn group_name(text: &str) -> &str {
    let name = text
        .split_once(":log-stream:")
        .map_or(text, |(name, _)| name);
    name.strip_suffix(":*").unwrap_or(name)
}

fn log_group(arn: Arn<'_>) -> Option<Destination> {
    let name = group_name(arn.resource.strip_prefix("log-group:")?);
    regional(arn, name)?;
    Some(Destination::LogGroup {
        partition: arn.partition.to_owned(),
        region: arn.region.to_owned(),
        account_id: arn.account_id.to_owned(),
        name: name.to_owned(),
    })
}

/// A bucket's ARN has neither region nor account; what has is an access point.
fn bucket(arn: Arn<'_>) -> Option<Destination> {
    if !arn.region.is_empty() || !arn.account_id.is_empty() {
        return None;
    }
    let (name, folder) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    let closed = folder.is_empty() || folder.ends_with('/');
    (!name.is_empty()).then(|| Destination::Bucket {
        partition: arn.partition.to_owned(),
        name: name.to_owned(),
        prefix: if closed {
            folder.to_owned()
        } else {
            format!("{folder}/")
        },
    })
}

/// The API reference writes `deliverystream:NAME`, Firehose `deliverystream/NAME`.
fn delivery_stream(arn: Arn<'_>) -> Option<Destination> {
    let name = arn
        .resource
        .strip_prefix("deliverystream")?
        .strip_prefix(['/', ':'])?;
    regional(arn, name)?;
    Some(Destination::DeliveryStream {
        partition: arn.partition.to_owned(),
        region: arn.region.to_owned(),
        account_id: arn.account_id.to_owned(),
        name: name.to_owned(),
    })
}

/// `None` unless region, account and name are all there.
fn regional(arn: Arn<'_>, name: &str) -> Option<()> {
    let complete = [arn.region, arn.account_id, name]
        .iter()
        .all(|part| !part.is_empty());
    complete.then_some(())
}

#[cfg(test)]
mod tests;
