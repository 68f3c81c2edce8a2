//! What findings are about, named as CloudFormation names kinds.

use crate::finding::{PolicyLine, Resource};
use crate::inventory::{Bucket, Region};
use crate::judge::Context;
use crate::judge::context::{JudgedGateway, JudgedVpc};
use crate::judge::index::FlowLogAt;
use crate::policy::Exemption;

/// A resource in a region.
pub(super) fn regional(region: &Region, kind: &str, id: &str) -> Resource {
    Resource {
        account_id: Some(region.account_id.clone()),
        region: Some(region.region.clone()),
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}

/// A VPC.
pub(super) fn vpc(context: &Context<'_>, judged: &JudgedVpc<'_>) -> Resource {
    regional(
        context.region(judged.region).region,
        "AWS::EC2::VPC",
        &judged.vpc.vpc_id,
    )
}

/// A transit gateway.
pub(super) fn gateway(context: &Context<'_>, judged: &JudgedGateway<'_>) -> Resource {
    let region = context.region(judged.region).region;
    regional(
        region,
        "AWS::EC2::TransitGateway",
        &judged.gateway.transit_gateway_id,
    )
}

/// A flow log.
pub(super) fn flow_log(context: &Context<'_>, at: &FlowLogAt<'_>) -> Resource {
    let region = context.index.region_of(at).region;
    regional(region, "AWS::EC2::FlowLog", &at.flow_log.flow_log_id)
}

/// What an ARN names: its account and region are those of the ARN, where it has them.
pub(super) fn by_arn(kind: &str, arn: &str) -> Resource {
    let part = |place| {
        let part = arn.split(':').nth(place).filter(|part| !part.is_empty());
        part.map(str::to_owned)
    };
    Resource {
        account_id: part(4),
        region: part(3),
        kind: kind.to_owned(),
        id: arn.to_owned(),
    }
}

/// A bucket.
pub(super) fn bucket(bucket: &Bucket) -> Resource {
    Resource {
        account_id: bucket.owner_account_id.clone(),
        region: bucket.region.clone(),
        kind: "AWS::S3::Bucket".to_owned(),
        id: bucket.name.clone(),
    }
}

/// An exemption, named by what it says: its line changes when the file is edited.
pub(super) fn exemption(exemption: &Exemption) -> Resource {
    let selector = &exemption.selector;
    let tags = selector
        .tags
        .iter()
        .map(|(key, value)| format!("tag {key}={value}"));
    let name = selector.name.iter().map(|name| format!("name {name}"));
    let given = [
        &selector.accounts,
        &selector.organizational_units,
        &selector.regions,
        &selector.ids,
    ];
    let conditions = given.into_iter().flatten().cloned().chain(tags).chain(name);
    Resource {
        account_id: None,
        region: None,
        kind: "flowcover::Exemption".to_owned(),
        id: format!(
            "{}: {}",
            exemption.source,
            conditions.collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Where an exemption stands.
pub(super) fn exemption_line(exemption: &Exemption) -> PolicyLine {
    PolicyLine {
        source: exemption.source.clone(),
        line: Some(exemption.line),
        setting: format!("until = {}", exemption.until),
    }
}
