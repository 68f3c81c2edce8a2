//! The resources of a step.

use flowcover_core::call::FlowLogRequest;
use flowcover_core::plan::{Change, Plan, Step, policy_of};
use serde_json::{Map, Value, json};

use crate::plan::commands::{LIFECYCLE_RULE, destination_options, list_of, takes_bucket_key};
use crate::plan::made::{Made, resource_kind};
use crate::plan::names::logical_id;
use crate::plan::step::tags;

/// What a reference takes more than the ARN that stands for it.
const REFERENCE: usize = 200;

/// A resource of a template. What it refers to is named by ARN until it is known whether that is in the same template.
pub(super) struct Resource {
    /// Logical id.
    pub(super) id: String,
    /// `AWS::IAM::Role`, …
    pub(super) kind: &'static str,
    properties: Map<String, Value>,
    /// ARN of the role that delivers, which may be in the same template.
    role: Option<String>,
    /// ARN of what is delivered to, which must be there before.
    destination: Option<String>,
    /// Logical id of what it belongs to.
    part_of: Option<String>,
    /// Stays when the stack is deleted.
    retained: bool,
}

impl Resource {
    fn new(id: String, kind: &'static str, properties: Value) -> Self {
        let mut properties = match properties {
            Value::Object(properties) => properties,
            _ => Map::new(),
        };
        properties.retain(|_, value| !value.is_null());
        Self {
            id,
            kind,
            properties,
            role: None,
            destination: None,
            part_of: None,
            retained: false,
        }
    }

    /// Bytes that it takes at most.
    pub(super) fn size(&self) -> usize {
        // Indented, a line for each value: no more than twice what it takes on one line.
        let properties = Value::Object(self.properties.clone()).to_string().len();
        2 * (properties + self.id.len()) + 4 * REFERENCE
    }

    /// As it stands in a template. `is_here`: whether that has a resource with a logical id.
    pub(super) fn body(&self, made: &Made<'_>, is_here: impl Fn(&str) -> bool) -> Value {
        let mut properties = self.properties.clone();
        if let Some(role) = &self.role {
            let id = made.step(role).and_then(id_of).filter(|id| is_here(id));
            let value = id.map_or_else(|| json!(role), |id| json!({"Fn::GetAtt": [id, "Arn"]}));
            properties.insert("DeliverLogsPermissionArn".to_owned(), value);
        }
        if let Some(id) = self.part_of.as_deref().filter(|id| is_here(id)) {
            properties.insert("Bucket".to_owned(), json!({"Ref": id}));
        }
        let mut body = json!({"Type": self.kind, "Properties": properties});
        if self.retained {
            body["DeletionPolicy"] = json!("Retain");
            body["UpdateReplacePolicy"] = json!("Retain");
        }
        let destination = self.destination.as_deref();
        let needed = destination
            .and_then(|arn| made.destination(arn))
            .and_then(last_id_of);
        if let Some(needed) = needed.filter(|id| is_here(id)) {
            body["DependsOn"] = json!(needed);
        }
        body
    }
}

/// What CloudFormation makes for a step: nothing where something exists already.
pub(super) fn of(plan: &Plan, step: &Step) -> Vec<Resource> {
    let tag_list = || list_of(&tags(plan, step));
    let Some(id) = id_of(step) else {
        return match &step.change {
            Change::CreateFlowLogs { flow_logs, .. } => flow_logs
                .resource_ids
                .iter()
                .filter_map(|id| flow_log(plan, step, flow_logs, id))
                .collect(),
            _ => Vec::new(),
        };
    };
    match &step.change {
        Change::CreateRole {
            role_name,
            trust_policy,
            policy_name,
            policy,
            ..
        } => {
            let inline = json!({"PolicyName": policy_name, "PolicyDocument": document(policy)});
            let properties = json!({
                "RoleName": role_name,
                "AssumeRolePolicyDocument": document(trust_policy),
                "Policies": [inline],
                "Tags": tag_list(),
            });
            vec![Resource::new(id, "AWS::IAM::Role", properties)]
        }
        Change::CreateLogGroup {
            log_group_name,
            retention_in_days,
            kms_key_id,
            ..
        } => {
            let properties = json!({
                "LogGroupName": log_group_name,
                "RetentionInDays": retention_in_days,
                "KmsKeyId": kms_key_id,
                "Tags": tag_list(),
            });
            let mut group = Resource::new(id, "AWS::Logs::LogGroup", properties);
            group.retained = true;
            vec![group]
        }
        Change::CreateBucket {
            bucket,
            encryption,
            kms_key,
            expiration_days,
            statements,
            ..
        } => {
            let mut properties = bucket_settings(encryption, kms_key.as_deref(), *expiration_days);
            properties["BucketName"] = json!(bucket);
            properties["Tags"] = tag_list();
            let mut made = Resource::new(id.clone(), "AWS::S3::Bucket", properties);
            made.retained = true;
            let policy = (!statements.is_empty()).then(|| {
                let properties =
                    json!({"Bucket": bucket, "PolicyDocument": document(&policy_of(statements))});
                let mut policy =
                    Resource::new(bucket_policy_id(step), "AWS::S3::BucketPolicy", properties);
                policy.part_of = Some(id);
                // Without it the flow logs of others, which deliver to the bucket that stays, would stop.
                policy.retained = true;
                policy
            });
            [made].into_iter().chain(policy).collect()
        }
        _ => Vec::new(),
    }
}

/// Logical id of the role, group or bucket that a step makes.
fn id_of(step: &Step) -> Option<String> {
    let (kind, name) = match &step.change {
        Change::CreateRole { role_name, .. } => ("Role", role_name),
        Change::CreateLogGroup { log_group_name, .. } => ("LogGroup", log_group_name),
        Change::CreateBucket { bucket, .. } => ("Bucket", bucket),
        _ => return None,
    };
    Some(logical_id(kind, name, &step.id))
}

/// Logical id of the last resource of a step: where there is a bucket policy, nothing is delivered without it.
fn last_id_of(step: &Step) -> Option<String> {
    match &step.change {
        Change::CreateBucket { statements, .. } if !statements.is_empty() => {
            Some(bucket_policy_id(step))
        }
        _ => id_of(step),
    }
}

fn bucket_policy_id(step: &Step) -> String {
    logical_id("BucketPolicy", &step.resource.id, &step.id)
}

/// A policy as the template has it: an object, or what is none as it is.
fn document(policy: &str) -> Value {
    serde_json::from_str(policy).unwrap_or_else(|_| json!(policy))
}

fn bucket_settings(encryption: &str, kms_key: Option<&str>, days: Option<u32>) -> Value {
    let mut default = json!({"SSEAlgorithm": encryption});
    let mut rule = json!({});
    if let Some(kms_key) = kms_key {
        default["KMSMasterKeyID"] = json!(kms_key);
    }
    if takes_bucket_key(encryption) {
        rule["BucketKeyEnabled"] = json!(true);
    }
    rule["ServerSideEncryptionByDefault"] = default;
    let expire = |days: u32| json!({"Rules": [{"Id": LIFECYCLE_RULE, "Status": "Enabled", "ExpirationInDays": days}]});
    json!({
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "IgnorePublicAcls": true,
            "BlockPublicPolicy": true, "RestrictPublicBuckets": true},
        "LifecycleConfiguration": days.map(expire),
    })
}

fn flow_log(
    plan: &Plan,
    step: &Step,
    request: &FlowLogRequest,
    resource_id: &str,
) -> Option<Resource> {
    resource_kind(request).resource_type()?;
    let destination = step.destination(&plan.partition)?;
    let traffic_type = request.traffic_type.as_deref();
    // The same whatever batch of the plan it stands in.
    let key = format!(
        "{resource_id} {} {destination}",
        traffic_type.unwrap_or_default()
    );
    let properties = json!({
        "ResourceId": resource_id,
        "ResourceType": request.resource_type,
        "TrafficType": traffic_type,
        "LogDestinationType": request.log_destination_type,
        "DeliverCrossAccountRole": request.deliver_cross_account_role,
        "LogFormat": request.log_format,
        "MaxAggregationInterval": request.max_aggregation_interval,
        "DestinationOptions": destination_options(request),
        "Tags": list_of(&tags(plan, step)),
    });
    let mut resource = Resource::new(
        logical_id("FlowLog", resource_id, &key),
        "AWS::EC2::FlowLog",
        properties,
    );
    // By ARN: what a log group gives as its own in a template ends in `:*`.
    let given = request.log_destination.as_deref().unwrap_or(&destination);
    resource
        .properties
        .insert("LogDestination".to_owned(), json!(given));
    resource.role = request.deliver_logs_permission_arn.clone();
    resource.destination = Some(destination);
    Some(resource)
}
