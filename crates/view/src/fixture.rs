//! A report with one of everything, and text chosen to do harm, for the tests of every format.

use std::collections::BTreeMap;

use flowcover_core::finding::{Evidence, Finding, Fix, PolicyLine, Resource};
use flowcover_core::inventory::{
    Account, AccountAccess, AccountStatus, Depth, Gap, GapKind, RegionStatus,
};
use flowcover_core::report::{
    AppliedExemption, Changes, OtherFlowLog, PolicySummary, RegionReport, Report, SCHEMA, Summary,
    TransitGatewayReport, VerdictChange, VpcReport,
};
use flowcover_core::verdict::{Basis, CoveredBy};
use flowcover_core::{Severity, Verdict};
use jiff::Timestamp;

use crate::Rule;

/// Markup, formulas, terminal escapes, reordering, hiding, line breaks and NUL.
pub(crate) const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]8;;https://evil.example\u{7}click\u{1b}]8;;\u{7}",
    "invoice\u{202e}fdp.exe",
    "zero\u{200b}width\u{feff}",
    "two\nlines\r\nand a tab\t.",
    "nul\0byte",
    "`code` | **bold** [link](https://evil.example) <img src=x onerror=alert(1)> \"quoted\" 'single' \\ {0} ${x} %s",
];

const PRODUCTION: &str = "111111111111";
const SANDBOX: &str = "222222222222";
const LEGACY: &str = "333333333333";
const NETWORK: &str = "444444444444";

/// The report.
pub(crate) fn report() -> Report {
    let mut report = Report {
        schema: SCHEMA.to_owned(),
        generated_at: time("2026-11-20T08:30:00Z"),
        generator: "flowcover 0.1.0".to_owned(),
        partition: "aws".to_owned(),
        depth: Depth::Full,
        proved: true,
        interrupted: true,
        policy: PolicySummary {
            preset: "cis".to_owned(),
            file: Some("flowcover.toml".to_owned()),
            traffic_type: "REJECT".to_owned(),
            evidence: "delivery-status".to_owned(),
            checks_off: Vec::new(),
        },
        summary: Summary::default(),
        accounts: accounts(),
        guard_rails_read: std::collections::BTreeSet::new(),
        regions: regions(),
        vpcs: vpcs(),
        transit_gateways: transit_gateways(),
        other_flow_logs: vec![OtherFlowLog {
            account_id: NETWORK.to_owned(),
            region: "eu-west-1".to_owned(),
            flow_log_id: "fl-0000000000000c10d".to_owned(),
            resource_id: Some("core-network-0abc".to_owned()),
        }],
        findings: loose_findings(),
        gaps: gaps(),
        calls: BTreeMap::from([
            ("ec2:DescribeFlowLogs".to_owned(), 9),
            ("ec2:DescribeVpcs".to_owned(), 9),
            ("iam:GetRole".to_owned(), 3),
        ]),
        changes: Some(changes()),
    };
    report.summary = summarise(&report);
    report
}

/// Descriptions of some of the checks that the report names, not of all.
pub(crate) fn rules() -> Vec<Rule> {
    vec![
        Rule {
            id: "flow-log-missing".to_owned(),
            title: "No flow log on the VPC, nor on all of its subnets or interfaces".to_owned(),
            severity: Severity::High,
            help_uri: Some("https://flowcover.example/checks/flow-log-missing".to_owned()),
            help_text:
                "Every VPC has a flow log.\n\nWithout one nothing is known about the traffic."
                    .to_owned(),
            help_markdown: Some("# No flow log\n\nCreate *one*.\n".to_owned()),
            requirements: vec![
                "CIS AWS Foundations 3.0 3.7".to_owned(),
                "NIST 800-53 r5 AU-12".to_owned(),
            ],
        },
        Rule {
            id: "role-not-assumable".to_owned(),
            title: "The delivery role cannot be assumed by the flow-logs service".to_owned(),
            severity: Severity::High,
            help_uri: None,
            help_text: "Let vpc-flow-logs.amazonaws.com assume the role.".to_owned(),
            help_markdown: None,
            requirements: vec!["CIS AWS Foundations 3.0 3.7".to_owned()],
        },
    ]
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a timestamp of the fixture")
}

fn accounts() -> Vec<Account> {
    let account = |account_id: &str, name: &str, status, access| Account {
        account_id: account_id.to_owned(),
        name: Some(name.to_owned()),
        status,
        access,
        is_management: account_id == PRODUCTION,
        organizational_units: vec!["r-root".to_owned(), "ou-root-live".to_owned()],
        protection: None,
    };
    vec![
        account(
            PRODUCTION,
            "production",
            AccountStatus::Active,
            AccountAccess::Reached,
        ),
        account(
            SANDBOX,
            HOSTILE[0],
            AccountStatus::Active,
            AccountAccess::Reached,
        ),
        account(
            LEGACY,
            "legacy",
            AccountStatus::Active,
            AccountAccess::Refused,
        ),
        account(
            NETWORK,
            "network",
            AccountStatus::Active,
            AccountAccess::Reached,
        ),
        account(
            "555555555555",
            "closed",
            AccountStatus::Suspended,
            AccountAccess::NotTried,
        ),
    ]
}

fn regions() -> Vec<RegionReport> {
    let region = |account_id: &str, region: &str, status| RegionReport {
        account_id: account_id.to_owned(),
        region: region.to_owned(),
        status,
    };
    vec![
        region(PRODUCTION, "eu-west-1", RegionStatus::Collected),
        region(PRODUCTION, "us-east-1", RegionStatus::Collected),
        region(PRODUCTION, "me-south-1", RegionStatus::Disabled),
        region(SANDBOX, "ap-southeast-2", RegionStatus::Unreachable),
        region(SANDBOX, "eu-west-1", RegionStatus::Collected),
        region(SANDBOX, "us-east-1", RegionStatus::Partial),
        region(LEGACY, "*", RegionStatus::Denied),
        region(NETWORK, "eu-west-1", RegionStatus::Collected),
    ]
}

fn vpc(
    account_id: &str,
    region: &str,
    vpc_id: &str,
    name: Option<&str>,
    verdict: Verdict,
    reason: &str,
) -> VpcReport {
    VpcReport {
        account_id: account_id.to_owned(),
        region: region.to_owned(),
        vpc_id: vpc_id.to_owned(),
        owner_id: Some(account_id.to_owned()),
        name: name.map(str::to_owned),
        is_default: Some(false),
        in_use: Some(true),
        verdict,
        reason: reason.to_owned(),
        covered_by: CoveredBy::None,
        basis: None,
        flow_log_ids: Vec::new(),
        last_record_at: None,
        exemption: None,
        owner_verdict: None,
        findings: Vec::new(),
    }
}

fn vpcs() -> Vec<VpcReport> {
    let mut vpcs = production();
    vpcs.extend(sandbox());
    vpcs.push(VpcReport {
        owner_id: Some(PRODUCTION.to_owned()),
        is_default: None,
        owner_verdict: Some(Verdict::NotRecorded),
        ..vpc(
            NETWORK,
            "eu-west-1",
            "vpc-0aaaaaaaaaaaaaa01",
            Some("shared-services"),
            Verdict::NotOwned,
            "shared from account 111111111111, where it is not-recorded",
        )
    });
    vpcs
}

fn production() -> Vec<VpcReport> {
    let missing = "no flow log on the VPC, its subnets or its interfaces";
    vec![
        VpcReport {
            findings: vec![missing_finding(
                PRODUCTION,
                "eu-west-1",
                "vpc-0aaaaaaaaaaaaaa01",
            )],
            ..vpc(
                PRODUCTION,
                "eu-west-1",
                "vpc-0aaaaaaaaaaaaaa01",
                Some("shared-services"),
                Verdict::NotRecorded,
                missing,
            )
        },
        VpcReport {
            covered_by: CoveredBy::Vpc,
            basis: Some(Basis::Facts),
            flow_log_ids: vec!["fl-0aaaaaaaaaaaaaa02".to_owned()],
            last_record_at: Some(time("2026-11-20T08:21:00Z")),
            findings: vec![retention_finding()],
            ..vpc(
                PRODUCTION,
                "eu-west-1",
                "vpc-0aaaaaaaaaaaaaa02",
                Some("payments"),
                Verdict::Recorded,
                "fl-0aaaaaaaaaaaaaa02 on the VPC delivers ALL traffic",
            )
        },
        VpcReport {
            basis: Some(Basis::Facts),
            flow_log_ids: vec!["fl-0aaaaaaaaaaaaaa03".to_owned()],
            findings: vec![role_finding()],
            ..vpc(
                PRODUCTION,
                "us-east-1",
                "vpc-0aaaaaaaaaaaaaa03",
                None,
                Verdict::NotRecorded,
                "fl-0aaaaaaaaaaaaaa03 cannot deliver: its role trusts ec2.amazonaws.com only",
            )
        },
        VpcReport {
            is_default: Some(true),
            in_use: Some(false),
            exemption: Some(AppliedExemption {
                reason: "default VPC, unused, to be deleted".to_owned(),
                until: "2026-12-31".to_owned(),
                line: Some(14),
                otherwise: Verdict::NotRecorded,
            }),
            ..vpc(
                PRODUCTION,
                "us-east-1",
                "vpc-0aaaaaaaaaaaaaa04",
                Some("default"),
                Verdict::Exempt,
                missing,
            )
        },
    ]
}

fn sandbox() -> Vec<VpcReport> {
    let mut vpcs: Vec<VpcReport> = HOSTILE
        .iter()
        .enumerate()
        .map(|(number, name)| VpcReport {
            covered_by: CoveredBy::Subnets,
            basis: Some(Basis::DeliveryStatus),
            flow_log_ids: vec![format!("fl-0bbbbbbbbbbbbbb{number:02}")],
            ..vpc(
                SANDBOX,
                "eu-west-1",
                &format!("vpc-0bbbbbbbbbbbbbb{number:02}"),
                Some(name),
                Verdict::Recorded,
                "every subnet has a flow log that delivers REJECT traffic",
            )
        })
        .collect();
    vpcs[1].verdict = Verdict::NotRecorded;
    vpcs[1].covered_by = CoveredBy::Partial;
    vpcs[1].reason = "no flow log reaches the interfaces of one subnet".to_owned();
    vpcs[1].findings = vec![hostile_finding()];
    vpcs.push(VpcReport {
        in_use: None,
        ..vpc(
            SANDBOX,
            "us-east-1",
            "vpc-0bbbbbbbbbbbbbb90",
            Some(&"n".repeat(10 * 1024)),
            Verdict::Unknown,
            "flow logs could not be read: ec2:DescribeFlowLogs was denied",
        )
    });
    vpcs.push(VpcReport {
        in_use: None,
        ..vpc(
            SANDBOX,
            "us-east-1",
            "vpc-0bbbbbbbbbbbbbb91",
            Some("\u{202e}\u{1b}[2J"),
            Verdict::Unknown,
            "flow logs could not be read: ec2:DescribeFlowLogs was denied",
        )
    });
    vpcs
}

fn missing_finding(account_id: &str, region: &str, vpc_id: &str) -> Finding {
    Finding {
        check: "flow-log-missing".to_owned(),
        severity: Severity::High,
        message: format!("{vpc_id} has no flow log, and 14 interfaces carry traffic"),
        resource: resource(account_id, region, "AWS::EC2::VPC", vpc_id),
        evidence: Evidence::from([
            ("FlowLogs".to_owned(), serde_json::json!([])),
            ("NetworkInterfaces".to_owned(), serde_json::json!(14)),
        ]),
        policy: Some(PolicyLine {
            source: "flowcover.toml".to_owned(),
            line: Some(3),
            setting: "traffic_type = \"REJECT\"".to_owned(),
        }),
        fix: Some(Fix {
            summary: "create a flow log on the VPC".to_owned(),
            safe: true,
        }),
        fingerprint: format!("flow-log-missing:{account_id}:{region}:{vpc_id}"),
        vpcs: Vec::new(),
    }
}

fn retention_finding() -> Finding {
    let group = "arn:aws:logs:eu-west-1:111111111111:log-group:/vpc/payments";
    Finding {
        check: "retention-out-of-policy".to_owned(),
        severity: Severity::Medium,
        message: "log group /vpc/payments never expires; the policy asks for 90 to 400 days"
            .to_owned(),
        resource: resource(PRODUCTION, "eu-west-1", "AWS::Logs::LogGroup", group),
        evidence: Evidence::from([("retentionInDays".to_owned(), serde_json::Value::Null)]),
        policy: Some(PolicyLine {
            source: "preset cis".to_owned(),
            line: None,
            setting: "retention.min_days = 90".to_owned(),
        }),
        fix: Some(Fix {
            summary: "set retention to 365 days".to_owned(),
            safe: false,
        }),
        fingerprint: format!("retention-out-of-policy:{group}"),
        vpcs: Vec::new(),
    }
}

fn role_finding() -> Finding {
    let role = "arn:aws:iam::111111111111:role/service-role/vpc-flow-logs-delivery-for-everything-in-us-east-1";
    Finding {
        check: "role-not-assumable".to_owned(),
        severity: Severity::High,
        message: format!(
            "{role} trusts ec2.amazonaws.com, not vpc-flow-logs.amazonaws.com: fl-0aaaaaaaaaaaaaa03 delivers nothing"
        ),
        resource: Resource {
            region: None,
            ..resource(PRODUCTION, "", "AWS::IAM::Role", role)
        },
        evidence: Evidence::from([(
            "AssumeRolePolicyDocument".to_owned(),
            serde_json::json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}),
        )]),
        policy: None,
        fix: Some(Fix {
            summary: "let vpc-flow-logs.amazonaws.com assume the role".to_owned(),
            safe: false,
        }),
        fingerprint: format!("role-not-assumable:{role}"),
        vpcs: Vec::new(),
    }
}

fn hostile_finding() -> Finding {
    let all = HOSTILE.join(" / ");
    Finding {
        check: "coverage-partial".to_owned(),
        severity: Severity::High,
        message: format!("subnet-0bbb {all} is not covered"),
        resource: resource(
            SANDBOX,
            "eu-west-1",
            "AWS::EC2::VPC",
            "vpc-0bbbbbbbbbbbbbb01",
        ),
        evidence: Evidence::from([("Tags".to_owned(), serde_json::json!({ "Name": all }))]),
        policy: None,
        fix: None,
        fingerprint: "coverage-partial:vpc-0bbbbbbbbbbbbbb01".to_owned(),
        vpcs: Vec::new(),
    }
}

fn resource(account_id: &str, region: &str, kind: &str, id: &str) -> Resource {
    Resource {
        account_id: Some(account_id.to_owned()),
        region: Some(region.to_owned()),
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}

fn transit_gateways() -> Vec<TransitGatewayReport> {
    let gateway = |id: &str, name: Option<&str>, verdict, reason: &str| TransitGatewayReport {
        account_id: NETWORK.to_owned(),
        region: "eu-west-1".to_owned(),
        transit_gateway_id: id.to_owned(),
        owner_id: Some(NETWORK.to_owned()),
        name: name.map(str::to_owned),
        verdict,
        reason: reason.to_owned(),
        basis: None,
        flow_log_ids: Vec::new(),
        exemption: None,
        findings: Vec::new(),
    };
    vec![
        TransitGatewayReport {
            findings: vec![Finding {
                check: "transit-gateway-not-recorded".to_owned(),
                severity: Severity::Medium,
                message: "tgw-0ddddddddddddddd1 has no flow log".to_owned(),
                resource: resource(
                    NETWORK,
                    "eu-west-1",
                    "AWS::EC2::TransitGateway",
                    "tgw-0ddddddddddddddd1",
                ),
                evidence: Evidence::new(),
                policy: None,
                fix: None,
                fingerprint: "transit-gateway-not-recorded:tgw-0ddddddddddddddd1".to_owned(),
                vpcs: Vec::new(),
            }],
            ..gateway(
                "tgw-0ddddddddddddddd1",
                Some("backbone"),
                Verdict::NotRecorded,
                "no flow log on it",
            )
        },
        TransitGatewayReport {
            basis: Some(Basis::DeliveryStatus),
            flow_log_ids: vec!["fl-0ddddddddddddddd2".to_owned()],
            ..gateway(
                "tgw-0ddddddddddddddd2",
                Some(HOSTILE[7]),
                Verdict::Recorded,
                "fl-0ddddddddddddddd2 delivers",
            )
        },
    ]
}

fn loose_findings() -> Vec<Finding> {
    let policy = |check: &str, severity, message: &str, line| Finding {
        check: check.to_owned(),
        severity,
        message: message.to_owned(),
        resource: Resource {
            account_id: None,
            region: None,
            kind: "flowcover::Exemption".to_owned(),
            id: format!("flowcover.toml:{line}"),
        },
        evidence: Evidence::new(),
        policy: Some(PolicyLine {
            source: "flowcover.toml".to_owned(),
            line: Some(line),
            setting: "until = 2026-06-30".to_owned(),
        }),
        fix: Some(Fix {
            summary: "remove the exemption, or give it a new date".to_owned(),
            safe: true,
        }),
        fingerprint: format!("{check}:flowcover.toml:{line}"),
        vpcs: Vec::new(),
    };
    vec![
        policy(
            "exemption-expired",
            Severity::Medium,
            "the exemption for `lab-*` ended on 2026-06-30",
            21,
        ),
        policy(
            "exemption-stale",
            Severity::Low,
            "the exemption for vpc-0ffffffffffffffff matched nothing",
            27,
        ),
        Finding {
            check: "not-readable".to_owned(),
            severity: Severity::Info,
            message: "flow logs of 222222222222 in us-east-1 could not be read".to_owned(),
            resource: resource(SANDBOX, "us-east-1", "AWS::EC2::FlowLog", "*"),
            evidence: Evidence::new(),
            policy: None,
            fix: None,
            fingerprint: "not-readable:222222222222:us-east-1:ec2:DescribeFlowLogs".to_owned(),
            vpcs: Vec::new(),
        },
    ]
}

fn gaps() -> Vec<Gap> {
    let gap = |account_id: &str,
               region: Option<&str>,
               action: &str,
               kind,
               error_code: &str,
               permission: Option<&str>,
               message: &str| Gap {
        account_id: Some(account_id.to_owned()),
        region: region.map(str::to_owned),
        action: action.to_owned(),
        resource: None,
        kind,
        error_code: error_code.to_owned(),
        permission: permission.map(str::to_owned),
        message: message.to_owned(),
    };
    let denied = format!(
        "you are not authorized to perform this operation {}",
        HOSTILE[5]
    );
    vec![
        gap(
            SANDBOX,
            Some("ap-southeast-2"),
            "ec2:DescribeVpcs",
            GapKind::Unreachable,
            "ConnectTimeout",
            None,
            "no answer within 3 s",
        ),
        gap(
            SANDBOX,
            Some("us-east-1"),
            "ec2:DescribeFlowLogs",
            GapKind::Denied,
            "UnauthorizedOperation",
            Some("ec2:DescribeFlowLogs"),
            &denied,
        ),
        gap(
            LEGACY,
            None,
            "sts:AssumeRole",
            GapKind::Denied,
            "AccessDenied",
            Some("sts:AssumeRole"),
            "the role `Audit` does not trust the caller",
        ),
        Gap {
            resource: Some("arn:aws:iam::111111111111:role/other".to_owned()),
            ..gap(
                PRODUCTION,
                None,
                "iam:GetRole",
                GapKind::Throttled,
                "Throttling",
                None,
                "throttled until the deadline passed",
            )
        },
    ]
}

fn changes() -> Changes {
    Changes {
        since: Some(time("2026-11-13T08:30:00Z")),
        new: vec!["flow-log-missing:111111111111:eu-west-1:vpc-0aaaaaaaaaaaaaa01".to_owned()],
        fixed: vec!["flow-log-missing vpc-0aaaaaaaaaaaaaa02".to_owned()],
        not_checked: vec!["flow-log-missing vpc-0bbbbbbbbbbbbbb90".to_owned()],
        unchanged: 5,
        verdicts: vec![
            change(
                "vpc-0aaaaaaaaaaaaaa01",
                Some(Verdict::Recorded),
                Some(Verdict::NotRecorded),
            ),
            change(
                "vpc-0aaaaaaaaaaaaaa02",
                Some(Verdict::NotRecorded),
                Some(Verdict::Recorded),
            ),
            change("vpc-0aaaaaaaaaaaaaa05", Some(Verdict::Recorded), None),
            change("vpc-0aaaaaaaaaaaaaa04", None, Some(Verdict::Exempt)),
        ],
    }
}

fn change(vpc_id: &str, before: Option<Verdict>, now: Option<Verdict>) -> VerdictChange {
    VerdictChange {
        account_id: PRODUCTION.to_owned(),
        region: "eu-west-1".to_owned(),
        vpc_id: vpc_id.to_owned(),
        before,
        now,
    }
}

/// The counts of a report.
pub(crate) fn summarise(report: &Report) -> Summary {
    let count = |verdict| {
        let with = report
            .vpcs
            .iter()
            .filter(|vpc| vpc.verdict == verdict)
            .count();
        u64::try_from(with).expect("a small fixture")
    };
    let mut findings = BTreeMap::new();
    let of_vpcs = report.vpcs.iter().flat_map(|vpc| &vpc.findings);
    let of_gateways = report
        .transit_gateways
        .iter()
        .flat_map(|gateway| &gateway.findings);
    for finding in of_vpcs.chain(of_gateways).chain(&report.findings) {
        *findings.entry(finding.severity).or_default() += 1;
    }
    Summary {
        vpcs: u64::try_from(report.vpcs.len()).expect("a small fixture"),
        recorded: count(Verdict::Recorded),
        not_recorded: count(Verdict::NotRecorded),
        unknown: count(Verdict::Unknown),
        exempt: count(Verdict::Exempt),
        not_owned: count(Verdict::NotOwned),
        regions_not_collected: 3,
        findings,
    }
}
