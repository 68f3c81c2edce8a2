//! What a verdict or a finding is about, in one shape for VPCs and transit gateways.

use flowcover_core::Verdict;
use flowcover_core::finding::{Finding, Resource};
use flowcover_core::report::{AppliedExemption, Report, TransitGatewayReport, VpcReport};
use flowcover_core::verdict::Basis;

/// A VPC or a transit gateway with its verdict.
#[derive(Clone, Copy)]
pub(crate) enum Subject<'a> {
    Vpc(&'a VpcReport),
    TransitGateway(&'a TransitGatewayReport),
}

macro_rules! field {
    ($self:ident, $field:ident) => {
        match $self {
            Self::Vpc(vpc) => &vpc.$field,
            Self::TransitGateway(gateway) => &gateway.$field,
        }
    };
}

impl<'a> Subject<'a> {
    pub(crate) fn account_id(self) -> &'a str {
        field!(self, account_id)
    }

    pub(crate) fn region(self) -> &'a str {
        field!(self, region)
    }

    pub(crate) fn id(self) -> &'a str {
        match self {
            Self::Vpc(vpc) => &vpc.vpc_id,
            Self::TransitGateway(gateway) => &gateway.transit_gateway_id,
        }
    }

    pub(crate) fn owner_id(self) -> Option<&'a str> {
        field!(self, owner_id).as_deref()
    }

    pub(crate) fn name(self) -> Option<&'a str> {
        field!(self, name).as_deref()
    }

    pub(crate) fn verdict(self) -> Verdict {
        *field!(self, verdict)
    }

    pub(crate) fn reason(self) -> &'a str {
        field!(self, reason)
    }

    pub(crate) fn basis(self) -> Option<Basis> {
        *field!(self, basis)
    }

    pub(crate) fn flow_log_ids(self) -> &'a [String] {
        field!(self, flow_log_ids)
    }

    pub(crate) fn exemption(self) -> Option<&'a AppliedExemption> {
        field!(self, exemption).as_ref()
    }

    pub(crate) fn findings(self) -> &'a [Finding] {
        field!(self, findings)
    }

    /// The VPC, if it is one: transit gateways lack some of its facts.
    pub(crate) fn vpc(self) -> Option<&'a VpcReport> {
        match self {
            Self::Vpc(vpc) => Some(vpc),
            Self::TransitGateway(_) => None,
        }
    }

    /// CloudFormation resource type.
    pub(crate) fn resource_type(self) -> &'static str {
        match self {
            Self::Vpc(_) => "AWS::EC2::VPC",
            Self::TransitGateway(_) => "AWS::EC2::TransitGateway",
        }
    }

    /// The word for it in tables.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Vpc(_) => "vpc",
            Self::TransitGateway(_) => "transit-gateway",
        }
    }

    /// What it is called in a sentence.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Vpc(_) => "VPC",
            Self::TransitGateway(_) => "transit gateway",
        }
    }

    /// Its ARN (Service Authorization Reference, "Resource types defined by Amazon EC2"); the owner's account, where known.
    pub(crate) fn arn(self, partition: &str) -> String {
        let owner = self.owner_id().unwrap_or_else(|| self.account_id());
        format!(
            "arn:{partition}:ec2:{}:{owner}:{}/{}",
            self.region(),
            self.kind(),
            self.id()
        )
    }
}

/// Every VPC and transit gateway of a report.
pub(crate) fn subjects(report: &Report) -> impl Iterator<Item = Subject<'_>> {
    let gateways = report.transit_gateways.iter().map(Subject::TransitGateway);
    report.vpcs.iter().map(Subject::Vpc).chain(gateways)
}

/// Every finding of a report, with what it was found on.
pub(crate) fn findings(report: &Report) -> impl Iterator<Item = (Option<Subject<'_>>, &Finding)> {
    let loose = report.findings.iter().map(|finding| (None, finding));
    subjects(report)
        .flat_map(|subject| {
            let findings = subject.findings().iter();
            findings.map(move |finding| (Some(subject), finding))
        })
        .chain(loose)
}

/// An ARN for the resource of a finding: its id if that is one already, else one made of its parts.
pub(crate) fn resource_arn(partition: &str, resource: &Resource) -> String {
    if resource.id.starts_with("arn:") {
        return resource.id.clone();
    }
    let (service, path) = match resource.kind.as_str() {
        "AWS::EC2::VPC" => ("ec2", "vpc/"),
        "AWS::EC2::TransitGateway" => ("ec2", "transit-gateway/"),
        "AWS::EC2::FlowLog" => ("ec2", "vpc-flow-log/"),
        "AWS::EC2::Subnet" => ("ec2", "subnet/"),
        "AWS::EC2::NetworkInterface" => ("ec2", "network-interface/"),
        "AWS::IAM::Role" => ("iam", "role/"),
        "AWS::Logs::LogGroup" => ("logs", "log-group:"),
        "AWS::S3::Bucket" => return format!("arn:{partition}:s3:::{}", resource.id),
        other => return format!("{other}/{}", resource.id),
    };
    let region = resource.region.as_deref().unwrap_or_default();
    let account_id = resource.account_id.as_deref().unwrap_or_default();
    format!(
        "arn:{partition}:{service}:{region}:{account_id}:{path}{}",
        resource.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_finding_is_visited_once() {
        let report = fixture::report();
        let counted: u64 = report.summary.findings.values().sum();
        assert_eq!(findings(&report).count() as u64, counted);
    }

    #[test]
    fn arns_name_the_owner() {
        let report = fixture::report();
        let shared = subjects(&report)
            .find(|subject| subject.verdict() == Verdict::NotOwned)
            .expect("the fixture has a shared VPC");
        assert_eq!(
            shared.arn("aws"),
            "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-0aaaaaaaaaaaaaa01"
        );
    }

    #[test]
    fn resources_without_an_arn_get_one_where_it_is_known_how() {
        let resource = |kind: &str, id: &str| Resource {
            account_id: Some("111111111111".to_owned()),
            region: Some("eu-west-1".to_owned()),
            kind: kind.to_owned(),
            id: id.to_owned(),
        };
        let cases = [
            (
                "AWS::EC2::FlowLog",
                "fl-1",
                "arn:aws:ec2:eu-west-1:111111111111:vpc-flow-log/fl-1",
            ),
            (
                "AWS::Logs::LogGroup",
                "/vpc",
                "arn:aws:logs:eu-west-1:111111111111:log-group:/vpc",
            ),
            ("AWS::S3::Bucket", "b", "arn:aws:s3:::b"),
            ("AWS::S3::Bucket", "arn:aws:s3:::b", "arn:aws:s3:::b"),
            ("flowcover::Exemption", "f:1", "flowcover::Exemption/f:1"),
        ];
        for (kind, id, arn) in cases {
            assert_eq!(resource_arn("aws", &resource(kind, id)), arn);
        }
    }
}
