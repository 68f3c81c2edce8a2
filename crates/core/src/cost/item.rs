//! What AWS charges for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes in the gigabyte of AWS's price lists.
pub const GIGABYTE: u64 = 1 << 30;

/// One thing that AWS charges for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// Vended logs to a log group of the class Standard, by bytes of text.
    CloudwatchDelivery,
    /// Vended logs to a log group of the class Infrequent Access, by bytes of text.
    CloudwatchIaDelivery,
    /// Log events kept in CloudWatch Logs, by compressed bytes.
    CloudwatchStorage,
    /// Queries of CloudWatch Logs Insights, by bytes of text that are looked at.
    LogsInsightsScanned,
    /// Vended logs to S3, by bytes of text.
    S3Delivery,
    /// What Parquet costs on top of delivery, by bytes of text.
    ParquetConversion,
    /// Vended logs to Firehose, by bytes of text.
    FirehoseDelivery,
    /// What Firehose itself takes in, by bytes of text.
    FirehoseIngestion,
    /// Kept in S3 Standard, by bytes as they lie there.
    S3Standard,
    /// Kept in S3 Standard-Infrequent Access.
    S3StandardIa,
    /// Kept in S3 Glacier Instant Retrieval.
    S3GlacierIr,
    /// Objects written.
    S3Put,
    /// Objects moved to Standard-Infrequent Access by a lifecycle rule.
    S3TransitionIa,
    /// Objects moved to Glacier Instant Retrieval by a lifecycle rule.
    S3TransitionGlacierIr,
    /// Bytes that Athena reads.
    AthenaScanned,
}

/// In what an item is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Unit {
    /// 2^30 bytes.
    #[serde(rename = "GB")]
    Gigabyte,
    /// 2^30 bytes kept for a month.
    #[serde(rename = "GB-month")]
    GigabyteMonth,
    /// A thousand requests.
    #[serde(rename = "1,000 requests")]
    ThousandRequests,
    /// 2^40 bytes.
    #[serde(rename = "TB")]
    Terabyte,
}

impl Item {
    /// All of them, in the order of estimates.
    pub const ALL: [Self; 15] = [
        Self::CloudwatchDelivery,
        Self::CloudwatchIaDelivery,
        Self::CloudwatchStorage,
        Self::LogsInsightsScanned,
        Self::S3Delivery,
        Self::ParquetConversion,
        Self::FirehoseDelivery,
        Self::FirehoseIngestion,
        Self::S3Standard,
        Self::S3StandardIa,
        Self::S3GlacierIr,
        Self::S3Put,
        Self::S3TransitionIa,
        Self::S3TransitionGlacierIr,
        Self::AthenaScanned,
    ];

    /// Its name in price files and estimates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloudwatchDelivery => "cloudwatch-delivery",
            Self::CloudwatchIaDelivery => "cloudwatch-ia-delivery",
            Self::CloudwatchStorage => "cloudwatch-storage",
            Self::LogsInsightsScanned => "logs-insights-scanned",
            Self::S3Delivery => "s3-delivery",
            Self::ParquetConversion => "parquet-conversion",
            Self::FirehoseDelivery => "firehose-delivery",
            Self::FirehoseIngestion => "firehose-ingestion",
            Self::S3Standard => "s3-standard",
            Self::S3StandardIa => "s3-standard-ia",
            Self::S3GlacierIr => "s3-glacier-ir",
            Self::S3Put => "s3-put",
            Self::S3TransitionIa => "s3-transition-ia",
            Self::S3TransitionGlacierIr => "s3-transition-glacier-ir",
            Self::AthenaScanned => "athena-scanned",
        }
    }

    /// The item of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.as_str() == name)
    }

    /// In what it is counted.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::CloudwatchStorage | Self::S3Standard | Self::S3StandardIa | Self::S3GlacierIr => {
                Unit::GigabyteMonth
            }
            Self::S3Put | Self::S3TransitionIa | Self::S3TransitionGlacierIr => {
                Unit::ThousandRequests
            }
            Self::AthenaScanned => Unit::Terabyte,
            _ => Unit::Gigabyte,
        }
    }
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Unit {
    /// Bytes, or requests, in one.
    #[must_use]
    pub const fn size(self) -> u64 {
        match self {
            Self::Gigabyte | Self::GigabyteMonth => GIGABYTE,
            Self::ThousandRequests => 1000,
            Self::Terabyte => 1 << 40,
        }
    }

    /// As it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gigabyte => "GB",
            Self::GigabyteMonth => "GB-month",
            Self::ThousandRequests => "1,000 requests",
            Self::Terabyte => "TB",
        }
    }

    /// So many bytes or requests in this unit, with three decimals, rounded to the nearest: `1.500 GB`.
    #[must_use]
    pub fn show(self, quantity: u64) -> String {
        let size = u128::from(self.size());
        let thousandths = (u128::from(quantity) * 1000 + size / 2) / size;
        let whole = super::money::thousands(thousandths / 1000);
        let unit = match self {
            Self::ThousandRequests => "thousand requests",
            _ => self.as_str(),
        };
        format!("{whole}.{:03} {unit}", thousandths % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Unit};

    #[test]
    fn names_are_those_of_serde() {
        for item in Item::ALL {
            assert_eq!(Item::named(item.as_str()), Some(item));
            assert_eq!(serde_json::json!(item), item.as_str());
            assert_eq!(serde_json::json!(item.unit()), item.unit().as_str());
        }
        assert_eq!(Item::named("s3"), None);
    }

    #[test]
    fn quantities_in_units() {
        assert_eq!(Unit::Gigabyte.show(3 << 29), "1.500 GB");
        assert_eq!(
            Unit::ThousandRequests.show(8_760),
            "8.760 thousand requests"
        );
        assert_eq!(Unit::Terabyte.show((1 << 40) - 1), "1.000 TB");
        assert_eq!(Unit::Gigabyte.show(u64::MAX), "17,179,869,184.000 GB");
    }
}
