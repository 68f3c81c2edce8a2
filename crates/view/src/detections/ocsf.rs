//! `ocsf`: Open Cybersecurity Schema Framework 1.3.0, class Detection Finding (2004) with the profile `cloud`: one JSON object per line.
//!
//! There is an event for each finding and for nothing else: the class has no place for what was covered.

use std::borrow::Cow;
use std::io::Write;

use flowcover_detect::{Address, Detection, Finding, Report, Technique};
use serde::Serialize;
use serde_json::{Value, json};

use super::{GENERATOR, words};
use crate::json::write_compact;
use crate::ocsf::objects::{
    ACTIVITY_UPDATE, CATEGORY_FINDINGS, Cloud, Metadata, ResourceDetails, severity,
};
use crate::{Options, RenderError};

const CLASS_DETECTION_FINDING: u32 = 2004;
/// Observable of type IP Address.
const IP_ADDRESS: u32 = 2;

#[derive(Serialize)]
struct DetectionFinding<'a> {
    activity_id: u32,
    activity_name: &'static str,
    category_uid: u32,
    category_name: &'static str,
    class_uid: u32,
    class_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    /// Milliseconds since the Unix epoch, as all times.
    time: i64,
    start_time: i64,
    end_time: i64,
    severity_id: u32,
    severity: &'static str,
    status_id: u32,
    status: &'static str,
    /// What is estimated in it, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_detail: Option<&'a str>,
    message: &'a str,
    metadata: Metadata<'a>,
    cloud: Cloud<'a>,
    finding_info: FindingInfo<'a>,
    evidences: [Evidence<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<ResourceDetails<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observables: Vec<Observable>,
}

#[derive(Serialize)]
struct FindingInfo<'a> {
    uid: &'a str,
    title: Cow<'a, str>,
    desc: &'a str,
    types: [&'static str; 1],
    first_seen_time: i64,
    last_seen_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_time: Option<i64>,
    data_sources: [&'static str; 1],
    analytic: Analytic<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attacks: Vec<Attack>,
}

#[derive(Serialize)]
struct Analytic<'a> {
    uid: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// 1: Rule.
    type_id: u32,
}

#[derive(Serialize)]
struct Attack {
    technique: Named,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_technique: Option<Named>,
}

#[derive(Serialize)]
struct Named {
    uid: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    src_endpoint: Option<Endpoint<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dst_endpoint: Option<Endpoint<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_info: Option<ConnectionInfo>,
    data: Value,
}

#[derive(Serialize)]
struct Endpoint<'a> {
    ip: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
}

#[derive(Serialize)]
struct ConnectionInfo {
    protocol_num: u8,
    protocol_name: String,
    /// 0: Unknown.
    direction_id: u32,
}

#[derive(Serialize)]
struct Observable {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    type_id: u32,
    value: Address,
}

/// Writes one event for each finding.
pub(super) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    for finding in &report.findings {
        write_compact(&event(finding, options), out)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn event<'a>(finding: &'a Finding, options: &Options) -> DetectionFinding<'a> {
    let (severity_id, severity) = severity(Some(finding.severity));
    let now = options.generated_at.map(|time| time.as_millisecond());
    DetectionFinding {
        activity_id: ACTIVITY_UPDATE,
        activity_name: "Update",
        category_uid: CATEGORY_FINDINGS,
        category_name: "Findings",
        class_uid: CLASS_DETECTION_FINDING,
        class_name: "Detection Finding",
        type_uid: CLASS_DETECTION_FINDING * 100 + ACTIVITY_UPDATE,
        type_name: "Detection Finding: Update",
        time: now.unwrap_or_else(|| milliseconds(finding.last_seen)),
        start_time: milliseconds(finding.first_seen),
        end_time: milliseconds(finding.last_seen),
        severity_id,
        severity,
        status_id: 1,
        status: "New",
        status_detail: finding.approximate.as_deref(),
        message: &finding.message,
        metadata: Metadata::new(GENERATOR, finding.detection),
        cloud: Cloud::new(finding.capture_point.account_id.as_deref(), None),
        finding_info: finding_info(finding, now),
        evidences: [evidence(finding)],
        resources: resources(finding),
        observables: observables(finding),
    }
}

const fn milliseconds(seconds: i64) -> i64 {
    seconds.saturating_mul(1000)
}

fn finding_info(finding: &Finding, now: Option<i64>) -> FindingInfo<'_> {
    let detection = Detection::named(finding.detection);
    let techniques = detection.map_or(&[][..], |detection| detection.techniques);
    FindingInfo {
        uid: &finding.fingerprint,
        title: detection.map_or(Cow::Borrowed(finding.detection), |detection| {
            super::rule::capital(detection.summary).into()
        }),
        desc: &finding.message,
        types: [finding.detection],
        first_seen_time: milliseconds(finding.first_seen),
        last_seen_time: milliseconds(finding.last_seen),
        created_time: now,
        data_sources: ["VPC Flow Logs"],
        analytic: Analytic {
            uid: finding.detection,
            name: finding.detection,
            kind: "Rule",
            type_id: 1,
        },
        attacks: techniques.iter().map(attack).collect(),
    }
}

/// A sub-technique, such as `T1110.001`, names its technique before the point.
fn attack(technique: &Technique) -> Attack {
    let named = Named {
        uid: technique.id,
        name: Some(technique.name),
    };
    match technique.id.split_once('.') {
        Some((above, _)) => Attack {
            technique: Named {
                uid: above,
                name: None,
            },
            sub_technique: Some(named),
        },
        None => Attack {
            technique: named,
            sub_technique: None,
        },
    }
}

fn evidence(finding: &Finding) -> Evidence<'_> {
    Evidence {
        src_endpoint: finding.client.map(|ip| Endpoint {
            ip,
            name: finding.client_name.as_deref(),
            port: None,
        }),
        dst_endpoint: finding.server.map(|ip| Endpoint {
            ip,
            name: finding.server_name.as_deref(),
            port: finding.server_port,
        }),
        connection_info: finding.protocol.map(|number| ConnectionInfo {
            protocol_num: number,
            protocol_name: words::protocol(number),
            direction_id: 0,
        }),
        data: json!({
            "server_port": finding.server_port,
            "measures": finding.measures,
            "hours": finding.hours,
            "approximate": finding.approximate,
            "query": finding.query,
        }),
    }
}

/// Where it was seen, the closest first, by CloudFormation resource type.
fn resources(finding: &Finding) -> Vec<ResourceDetails<'_>> {
    let point = &finding.capture_point;
    let known = [
        (&point.interface_id, "AWS::EC2::NetworkInterface"),
        (&point.instance_id, "AWS::EC2::Instance"),
        (&point.subnet_id, "AWS::EC2::Subnet"),
        (&point.vpc_id, "AWS::EC2::VPC"),
    ];
    known
        .into_iter()
        .filter_map(|(id, kind)| {
            Some(ResourceDetails {
                uid: id.as_deref()?,
                kind,
                name: None,
                cloud_partition: None,
                region: None,
            })
        })
        .collect()
}

fn observables(finding: &Finding) -> Vec<Observable> {
    let ends = [
        ("evidences[0].src_endpoint.ip", finding.client),
        ("evidences[0].dst_endpoint.ip", finding.server),
    ];
    let known = ends
        .into_iter()
        .filter_map(|(name, address)| Some((name, address?)));
    known
        .map(|(name, value)| Observable {
            name,
            kind: "IP Address",
            type_id: IP_ADDRESS,
            value,
        })
        .collect()
}
