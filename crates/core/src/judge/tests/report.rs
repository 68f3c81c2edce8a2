//! A whole report, to be read.

use crate::fixture::*;
use crate::inventory::*;

/// A VPC of each kind.
fn mixed() -> Inventory {
    let mut failing = flow_log("fl-2", "vpc-2");
    failing.deliver_logs_status = Some(DeliverLogsStatus::Failed);
    failing.deliver_logs_error_message = Some("Access error".to_owned());
    failing.log_destination = Some(GROUP.replace("/vpc/flow-logs", "missing"));
    let mut narrow = to_bucket(flow_log("fl-3", "vpc-3"));
    narrow.traffic_type = Some(TrafficType::Accept);
    let mut silent = flow_log("fl-4", "vpc-4");
    silent.deliver_logs_status = None;
    silent.deliver_logs_permission_arn = Some(ROLE.replace("flow-logs", "unread"));
    but(
        with(vec![flow_log("fl-1", "vpc-1"), failing, narrow, silent]),
        |i| {
            let region = &mut i.regions[0];
            region
                .vpcs
                .items
                .extend(["vpc-2", "vpc-3", "vpc-4", "vpc-5"].map(vpc));
            region.vpcs.items.push(Vpc {
                owner_id: Some(OTHER.to_owned()),
                ..vpc("vpc-6")
            });
            region
                .network_interfaces
                .items
                .push(eni("eni-2", "subnet-2", "vpc-2"));
            region.subnets.items.push(subnet("subnet-2", "vpc-2"));
            i.log_groups
                .insert(GROUP.replace("/vpc/flow-logs", "missing"), Fact::Absent);
            i.gaps.push(Gap {
                region: None,
                resource: Some(ROLE.replace("flow-logs", "unread")),
                error_code: "AccessDenied".to_owned(),
                ..gap("iam:GetRole")
            });
        },
    )
}

#[test]
fn one_vpc_of_each_kind() {
    let report = cis(&mixed());
    let mut said = String::new();
    for vpc in &report.vpcs {
        said += &format!(
            "{} {} ({}): {}\n",
            vpc.vpc_id, vpc.verdict, vpc.covered_by, vpc.reason
        );
        for finding in &vpc.findings {
            said += &format!(
                "  {} {}: {}\n",
                finding.severity, finding.check, finding.message
            );
        }
    }
    for finding in &report.findings {
        said += &format!(
            "{} {}: {}\n",
            finding.severity, finding.check, finding.message
        );
    }
    insta::assert_snapshot!(said);
}
