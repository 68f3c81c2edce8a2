//! What a plan makes, by the names under which its flow logs know it.

use std::collections::HashMap;

use flowcover_core::call::FlowLogRequest;
use flowcover_core::inventory::ResourceKind;
use flowcover_core::partition::home_region;
use flowcover_core::plan::{Change, Plan, Step};

use super::step::unfit;

/// Roles, log groups and buckets that a plan makes and another tool can make too.
pub(super) struct Made<'a>(HashMap<String, &'a Step>);

impl<'a> Made<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let fit = plan.steps.iter().filter(|step| unfit(plan, step).is_none());
        Self(
            fit.filter_map(|step| Some((arn(plan, step)?, step)))
                .collect(),
        )
    }

    /// The step that makes what has the ARN.
    pub(super) fn step(&self, arn: &str) -> Option<&'a Step> {
        self.0.get(arn).copied()
    }

    /// The step that makes what has the ARN, or the bucket that the folder with that ARN is in.
    pub(super) fn destination(&self, arn: &str) -> Option<&'a Step> {
        match arn.split_once(":s3:::") {
            Some((start, path)) => {
                let bucket = path.split('/').next().unwrap_or_default();
                self.step(&format!("{start}:s3:::{bucket}"))
            }
            None => self.step(arn),
        }
    }
}

/// The ARN of what a step makes; none for flow logs, and for what is there already.
pub(super) fn arn(plan: &Plan, step: &Step) -> Option<String> {
    let Plan { partition, .. } = plan;
    let account = &step.account_id;
    let region = step.region.as_deref().unwrap_or_default();
    match &step.change {
        Change::CreateRole { role_name, .. } => {
            Some(format!("arn:{partition}:iam::{account}:role/{role_name}"))
        }
        Change::CreateLogGroup { log_group_name, .. } => Some(format!(
            "arn:{partition}:logs:{region}:{account}:log-group:{log_group_name}"
        )),
        Change::CreateBucket { bucket, .. } => Some(format!("arn:{partition}:s3:::{bucket}")),
        _ => None,
    }
}

/// The region with whose resources a step is made: a role with the first that needs it.
pub(super) fn region<'a>(plan: &'a Plan, step: &'a Step) -> &'a str {
    let needs = |other: &&Step| other.after.contains(&step.id);
    let by_need = || plan.steps.iter().find(needs)?.region.as_deref();
    let in_account = || {
        let steps = plan
            .steps
            .iter()
            .filter(|other| other.account_id == step.account_id);
        steps.filter_map(|other| other.region.as_deref()).next()
    };
    let own = step.region.as_deref();
    own.or_else(by_need)
        .or_else(in_account)
        .unwrap_or_else(|| home_region(&plan.partition))
}

/// The kind of resource that flow logs of a request are attached to.
pub(super) fn resource_kind(request: &FlowLogRequest) -> ResourceKind {
    let kinds = [
        ResourceKind::Vpc,
        ResourceKind::Subnet,
        ResourceKind::NetworkInterface,
        ResourceKind::TransitGateway,
        ResourceKind::TransitGatewayAttachment,
        ResourceKind::RegionalNatGateway,
    ];
    let named = |kind: &ResourceKind| kind.resource_type() == Some(&request.resource_type);
    kinds.into_iter().find(named).unwrap_or(ResourceKind::Other)
}
