//! Whose credentials a call is made with, and where.

use std::sync::Arc;

pub use flowcover_core::reach::Entry;

/// Where one call goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// Whose credentials.
    pub entry: Arc<Entry>,
    /// Account that the entry leads to; empty until [`GetCallerIdentity`](crate::GetCallerIdentity) told. Keys budgets and counts.
    pub account_id: Arc<str>,
    /// Region; any of the partition for global services, which have one endpoint.
    pub region: Arc<str>,
}

impl Scope {
    /// The scope of an entry in a region.
    #[must_use]
    pub fn new(entry: Entry, account_id: &str, region: &str) -> Self {
        Self {
            entry: Arc::new(entry),
            account_id: account_id.into(),
            region: region.into(),
        }
    }

    /// The same credentials in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.into(),
            ..self.clone()
        }
    }
}

/// The service of an action: `ec2` of `ec2:DescribeVpcs`.
pub(crate) fn service(action: &str) -> &str {
    action.split(':').next().unwrap_or(action)
}

/// Whether the calls of an account are counted together, whatever the region: those of IAM, STS and Organizations, and
/// those about the settings of S3 buckets. All others have budgets of their own in each region; the listing of a bucket
/// (`HeadBucket`, `ListObjectsV2`) and its objects too, for they are served where the bucket lies.
pub(crate) fn is_global(action: &str) -> bool {
    match service(action) {
        "iam" | "sts" | "organizations" => true,
        "s3" => !matches!(action, "s3:ListBucket" | "s3:GetObject"),
        _ => false,
    }
}
