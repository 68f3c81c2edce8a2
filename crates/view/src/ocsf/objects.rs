//! Objects of OCSF that findings of every class have.

use flowcover_core::Severity;
use serde::Serialize;

const VERSION: &str = "1.3.0";
/// Category Findings.
pub(crate) const CATEGORY_FINDINGS: u32 = 2;
/// Activity Update: what was reported before under the same identifier is replaced.
pub(crate) const ACTIVITY_UPDATE: u32 = 2;

#[derive(Serialize)]
pub(crate) struct Metadata<'a> {
    pub(crate) version: &'static str,
    pub(crate) product: Product<'a>,
    pub(crate) profiles: [&'static str; 1],
    pub(crate) event_code: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Product<'a> {
    pub(crate) name: &'static str,
    pub(crate) vendor_name: &'static str,
    pub(crate) version: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Cloud<'a> {
    pub(crate) provider: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Account<'a> {
    pub(crate) uid: &'a str,
    /// 10: AWS Account.
    pub(crate) type_id: u32,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

#[derive(Serialize)]
pub(crate) struct ResourceDetails<'a> {
    pub(crate) uid: &'a str,
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloud_partition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<&'a str>,
}

impl<'a> Metadata<'a> {
    /// Of what `generator` (`flowcover 0.1.0`) wrote; `event_code` is the id of the check or detection.
    pub(crate) fn new(generator: &'a str, event_code: &'a str) -> Self {
        Self {
            version: VERSION,
            product: Product {
                name: "flowcover",
                vendor_name: "flowcover",
                version: generator.strip_prefix("flowcover ").unwrap_or(generator),
            },
            profiles: ["cloud"],
            event_code,
        }
    }
}

impl<'a> Cloud<'a> {
    /// Of AWS, in that account and region, as far as they are known.
    pub(crate) fn new(account_id: Option<&'a str>, region: Option<&'a str>) -> Self {
        Self {
            provider: "AWS",
            account: account_id.map(|uid| Account {
                uid,
                type_id: 10,
                kind: "AWS Account",
            }),
            region,
        }
    }
}

/// Number and name of a severity.
pub(crate) const fn severity(severity: Option<Severity>) -> (u32, &'static str) {
    match severity {
        None | Some(Severity::Info) => (1, "Informational"),
        Some(Severity::Low) => (2, "Low"),
        Some(Severity::Medium) => (3, "Medium"),
        Some(Severity::High) => (4, "High"),
    }
}
