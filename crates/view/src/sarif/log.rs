//! The part of SARIF 2.1.0 that is written, by the names of its specification.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Log<'a, R> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [Run<'a, R>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a, R> {
    pub(super) tool: Tool<'a>,
    pub(super) invocations: [Invocation<'a>; 1],
    pub(super) column_kind: &'static str,
    pub(super) results: R,
}

#[derive(Serialize)]
pub(super) struct Tool<'a> {
    pub(super) driver: Driver<'a>,
}

#[derive(Serialize)]
pub(super) struct Driver<'a> {
    pub(super) name: &'static str,
    pub(super) version: &'a str,
    pub(super) rules: Vec<ReportingDescriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportingDescriptor<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) short_description: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) full_description: Option<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help: Option<Help<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) help_uri: Option<&'a str>,
    pub(super) default_configuration: RuleConfiguration,
    pub(super) properties: RuleProperties<'a>,
}

#[derive(Serialize)]
pub(super) struct RuleConfiguration {
    pub(super) level: &'static str,
}

#[derive(Serialize)]
pub(super) struct RuleProperties<'a> {
    /// Read by GitHub.
    #[serde(rename = "security-severity")]
    pub(super) security_severity: &'static str,
    /// A property bag asks that they differ.
    pub(super) tags: BTreeSet<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Message<'a> {
    text: Cow<'a, str>,
}

/// A `multiformatMessageString`.
#[derive(Serialize)]
pub(super) struct Help<'a> {
    pub(super) text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) markdown: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// A message of flowcover's own words.
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text: Cow::Borrowed(text),
        }
    }

    /// A message whose parts are inert already.
    pub(super) const fn owned(text: String) -> Self {
        Self {
            text: Cow::Owned(text),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SarifResult<'a> {
    pub(super) rule_id: &'a str,
    pub(super) kind: &'static str,
    pub(super) level: &'static str,
    pub(super) message: Message<'a>,
    pub(super) locations: [Location<'a>; 1],
    pub(super) partial_fingerprints: BTreeMap<&'static str, Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) baseline_state: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    pub(super) physical_location: PhysicalLocation,
    pub(super) logical_locations: [LogicalLocation<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: ArtifactLocation,
    pub(super) region: Region,
}

impl PhysicalLocation {
    pub(super) const fn new(uri: String, start_line: u32) -> Self {
        Self {
            artifact_location: ArtifactLocation { uri },
            region: Region { start_line },
        }
    }
}

#[derive(Serialize)]
pub(super) struct ArtifactLocation {
    pub(super) uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) fully_qualified_name: String,
    pub(super) kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    pub(super) execution_successful: bool,
    pub(super) end_time_utc: String,
    pub(super) tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
pub(super) struct Notification<'a> {
    pub(super) level: &'static str,
    pub(super) message: Message<'a>,
    pub(super) descriptor: NotificationDescriptor,
}

#[derive(Serialize)]
pub(super) struct NotificationDescriptor {
    pub(super) id: &'static str,
}
