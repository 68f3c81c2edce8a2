//! The rendered answers of one region of one account, as the EC2 API reference shows them.

use std::fmt::Write;
use std::sync::Arc;

use super::organization::{FlowLogsOn, Organization};

/// A body that many answers share.
pub(super) type Body = Arc<[u8]>;

/// The record format that AWS gives where none was asked for.
const LOG_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// What EC2 answers in one region of one account.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) vpcs: Body,
    pub(super) flow_logs: Body,
    pub(super) subnets: Body,
}

impl Place {
    /// `number` is another one for every place, and makes the ids.
    pub(super) fn new(organization: Organization, account_id: &str, number: usize) -> Self {
        let ids: Vec<String> = (0..organization.vpcs)
            .map(|vpc| format!("{number:08x}{vpc:09x}"))
            .collect();
        let list = |answer, set, item: &dyn Fn(&str) -> String| {
            let items = ids.iter().map(|id| item(id));
            envelope(answer, &elements(set, items))
        };
        let logged = match organization.flow_logs_on {
            FlowLogsOn::Vpcs => "vpc",
            FlowLogsOn::Subnets => "subnet",
        };
        Self {
            vpcs: list("DescribeVpcs", "vpcSet", &|id| vpc(account_id, id)),
            flow_logs: list("DescribeFlowLogs", "flowLogSet", &|id| {
                flow_log(account_id, logged, id)
            }),
            subnets: list("DescribeSubnets", "subnetSet", &|id| subnet(account_id, id)),
        }
    }
}

/// An answer of EC2 around its content.
pub(super) fn envelope(action: &str, content: &str) -> Body {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\n    \
         <requestId>5c2f6d1e-9f0b-4a39-8a64-0123456789ab</requestId>\n    \
         {content}\n</{action}Response>"
    );
    text.into_bytes().into()
}

pub(super) fn elements(set: &str, items: impl Iterator<Item = String>) -> String {
    let mut text = format!("<{set}>");
    for item in items {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n        <item>\n            {item}\n        </item>"
        );
    }
    text + &format!("\n    </{set}>")
}

/// One element a line, as EC2 answers.
fn lines(fields: &[(&str, &str)]) -> String {
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("<{name}>{value}</{name}>"))
        .collect();
    lines.join("\n            ")
}

fn tags(name: &str) -> String {
    let item = |key: &str, value: &str| {
        format!(
            "\n                <item>\n                    <key>{key}</key>\n                    \
             <value>{value}</value>\n                </item>"
        )
    };
    item("Name", name) + &item("cost-centre", "4711") + "\n            "
}

fn vpc(account_id: &str, id: &str) -> String {
    let association = format!(
        "\n                <item>\n                    <cidrBlock>10.0.0.0/16</cidrBlock>\n                    \
         <associationId>vpc-cidr-assoc-{id}</associationId>\n                    \
         <cidrBlockState>\n                        <state>associated</state>\n                    \
         </cidrBlockState>\n                </item>\n            "
    );
    lines(&[
        ("vpcId", &format!("vpc-{id}")),
        ("ownerId", account_id),
        ("state", "available"),
        ("cidrBlock", "10.0.0.0/16"),
        ("cidrBlockAssociationSet", &association),
        ("dhcpOptionsId", &format!("dopt-{id}")),
        ("tagSet", &tags(&format!("workload-{id}"))),
        ("instanceTenancy", "default"),
        ("isDefault", "false"),
    ])
}

fn flow_log(account_id: &str, logged: &str, id: &str) -> String {
    let role = format!("arn:aws:iam::{account_id}:role/flow-logs");
    lines(&[
        ("creationTime", "2026-01-15T09:30:00.000Z"),
        ("deliverLogsPermissionArn", &role),
        ("deliverLogsStatus", "SUCCESS"),
        ("flowLogId", &format!("fl-{id}")),
        ("flowLogStatus", "ACTIVE"),
        ("logDestinationType", "cloud-watch-logs"),
        ("logFormat", LOG_FORMAT),
        ("logGroupName", &format!("/flow-logs/vpc-{id}")),
        ("maxAggregationInterval", "600"),
        ("resourceId", &format!("{logged}-{id}")),
        ("tagSet", &tags(&format!("flow-log-{id}"))),
        ("trafficType", "ALL"),
    ])
}

fn subnet(account_id: &str, id: &str) -> String {
    lines(&[
        ("subnetId", &format!("subnet-{id}")),
        ("state", "available"),
        ("vpcId", &format!("vpc-{id}")),
        ("ownerId", account_id),
        ("cidrBlock", "10.0.0.0/24"),
        ("availableIpAddressCount", "251"),
        ("defaultForAz", "false"),
        ("mapPublicIpOnLaunch", "false"),
        ("tagSet", &tags(&format!("subnet-{id}"))),
    ])
}
