//! The part of SARIF 2.1.0 that is written, by the names of its specification.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Log<'a, R> {
    #[serde(rename = "$schema")]
    pub(crate) schema: &'static str,
    pub(crate) version: &'static str,
    pub(crate) runs: [Run<'a, R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run<'a, R> {
    pub(crate) tool: Tool<'a>,
    pub(crate) invocations: [Invocation<'a>; 1],
    pub(crate) column_kind: &'static str,
    pub(crate) results: R,
}

#[derive(Serialize)]
pub(crate) struct Tool<'a> {
    pub(crate) driver: Driver<'a>,
}

#[derive(Serialize)]
pub(crate) struct Driver<'a> {
    pub(crate) name: &'static str,
    pub(crate) version: &'a str,
    pub(crate) rules: Vec<ReportingDescriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportingDescriptor<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) short_description: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full_description: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<Help<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help_uri: Option<&'a str>,
    pub(crate) default_configuration: RuleConfiguration,
    pub(crate) properties: RuleProperties<'a>,
}

#[derive(Serialize)]
pub(crate) struct RuleConfiguration {
    pub(crate) level: &'static str,
}

#[derive(Serialize)]
pub(crate) struct RuleProperties<'a> {
    /// Read by GitHub.
    #[serde(rename = "security-severity")]
    pub(crate) security_severity: &'static str,
    /// A property bag asks that they differ.
    pub(crate) tags: BTreeSet<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Message<'a> {
    text: Cow<'a, str>,
}

/// A `multiformatMessageString`.
#[derive(Serialize)]
pub(crate) struct Help<'a> {
    pub(crate) text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) markdown: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// A message of flowcover's own words.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self {
            text: Cow::Borrowed(text),
        }
    }

    /// A message whose parts are inert already.
    pub(crate) const fn owned(text: String) -> Self {
        Self {
            text: Cow::Owned(text),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SarifResult<'a> {
    pub(crate) rule_id: &'a str,
    pub(crate) kind: &'static str,
    pub(crate) level: &'static str,
    pub(crate) message: Message<'a>,
    pub(crate) locations: [Location<'a>; 1],
    pub(crate) partial_fingerprints: BTreeMap<&'static str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) properties: Option<serde_json::Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location<'a> {
    pub(crate) physical_location: PhysicalLocation,
    pub(crate) logical_locations: [LogicalLocation<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PhysicalLocation {
    pub(crate) artifact_location: ArtifactLocation,
    pub(crate) region: Region,
}

impl PhysicalLocation {
    pub(crate) const fn new(uri: String, start_line: u32) -> Self {
        Self {
            artifact_location: ArtifactLocation { uri },
            region: Region { start_line },
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ArtifactLocation {
    pub(crate) uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Region {
    pub(crate) start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogicalLocation<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) fully_qualified_name: String,
    pub(crate) kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invocation<'a> {
    pub(crate) execution_successful: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_time_utc: Option<String>,
    pub(crate) tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Notification<'a> {
    pub(crate) level: &'static str,
    pub(crate) message: Message<'a>,
    pub(crate) descriptor: NotificationDescriptor,
}

#[derive(Serialize)]
pub(crate) struct NotificationDescriptor {
    pub(crate) id: &'static str,
}
