//! One answer, in the words of the inventory.

use std::collections::BTreeSet;

use flowcover_record::Destination;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::form;
use super::kind::Kind;
use super::security_groups::{self, GroupDetail};
use crate::inventory::{
    BucketEncryption, DeliverLogsStatus, ExpirationRule, FlowLog, LogDestinationType, LogGroup,
    NetworkInterface, PrefixList, PrivateIpAddress, PublicAccessBlock, SecurityGroupRule, Subnet,
    Tags, TrafficType, TransitGateway, Vpc,
};

/// What `GetRole` or one item of `ListRoles` tells.
#[derive(Clone, Debug, Default)]
pub(super) struct RoleDetail {
    pub(super) arn: String,
    pub(super) trust_policy: Option<String>,
    pub(super) boundary_arn: Option<String>,
    pub(super) tags: Tags,
}

/// An account of the organisation.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) account_id: String,
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
}

/// One answer.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Vpcs(Vec<Vpc>),
    FlowLogs(Vec<FlowLog>),
    Subnets(Vec<Subnet>),
    NetworkInterfaces(Vec<NetworkInterface>),
    TransitGateways(Vec<TransitGateway>),
    SecurityGroups(Vec<GroupDetail>),
    SecurityGroupRules(Vec<SecurityGroupRule>),
    PrefixLists(Vec<PrefixList>),
    /// Blocks of one prefix list.
    Cidrs(Vec<String>),
    LogGroups(Vec<LogGroup>),
    /// Name, and whether it can be used.
    Regions(Vec<(String, bool)>),
    Role(RoleDetail),
    Roles(Vec<RoleDetail>),
    PolicyNames(Vec<String>),
    RolePolicy {
        role: String,
        name: String,
        document: Option<String>,
    },
    AttachedPolicies(Vec<String>),
    Policy {
        arn: String,
        default_version: Option<String>,
    },
    PolicyVersion {
        version: Option<String>,
        is_default: bool,
        document: Option<String>,
    },
    Identity,
    /// Policy of a bucket or a key.
    ResourcePolicy(String),
    IsPublic(Option<bool>),
    PublicAccessBlock(PublicAccessBlock),
    Encryption(BucketEncryption),
    Expiration(Vec<ExpirationRule>),
    BucketRegion(Option<String>),
    Key {
        arn: String,
        id: String,
        enabled: Option<bool>,
    },
    DeliveryStream {
        arn: String,
        status: String,
    },
    Accounts(Vec<Member>),
    Organization {
        id: String,
        management_account_id: String,
    },
}

/// What an answer tells by the way about the account and the region that gave it.
#[derive(Clone, Debug, Default)]
pub(super) struct Traces {
    /// The account of the credentials.
    pub(super) identity: BTreeSet<String>,
    /// Accounts that only the account asked can stand there.
    pub(super) asked: BTreeSet<String>,
    /// Owners: another account's where something is shared.
    pub(super) owners: BTreeSet<String>,
    pub(super) regions: BTreeSet<String>,
    pub(super) partition: Option<String>,
}

impl Traces {
    /// Notes region and partition of an ARN of the place asked, and gives its account.
    pub(super) fn arn(&mut self, arn: &str) -> Option<String> {
        let mut parts = arn.strip_prefix("arn:")?.split(':');
        let (partition, _, region, account) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        self.partition.get_or_insert_with(|| partition.to_owned());
        if !region.is_empty() {
            self.regions.insert(region.to_owned());
        }
        super::name::account_in(account)
    }

    /// Notes an ARN of something that only the account asked can hold.
    fn asked_by(&mut self, arn: &str) {
        let account_id = self.arn(arn);
        self.asked.extend(account_id);
    }

    pub(super) fn owner(&mut self, account_id: Option<&String>) {
        self.owners.extend(account_id.cloned());
    }

    /// `eu-west-1a`; local zones go on after the region (`us-west-2-lax-1a`).
    fn zone(&mut self, zone: Option<&String>) {
        let Some(zone) = zone else { return };
        let words: Vec<&str> = zone.split('-').collect();
        for length in 3..=4.min(words.len()) {
            let text = words[..length].join("-");
            if let Some(region) =
                super::name::as_region(text.trim_end_matches(|c: char| c.is_ascii_lowercase()))
            {
                self.regions.insert(region);
                return;
            }
        }
    }
}

/// An answer that has a key at its top.
macro_rules! top {
    ($bytes:expr, $key:literal, $type:ty) => {{
        #[derive(Deserialize)]
        struct Top {
            #[serde(rename = $key)]
            value: $type,
        }
        serde_json::from_slice::<Top>($bytes)?.value
    }};
}

/// Reads the answer to a command.
#[allow(clippy::too_many_lines)] // One arm of a few words for each command: a table.
pub(super) fn parse(kind: Kind, bytes: &[u8]) -> serde_json::Result<(Answer, Traces)> {
    let mut traces = Traces::default();
    let to = &mut traces;
    let answer = match kind {
        Kind::DescribeVpcs => {
            Answer::Vpcs(each(top!(bytes, "Vpcs", Vec<form::Vpc>), |it| vpc(it, to)))
        }
        Kind::DescribeFlowLogs => {
            Answer::FlowLogs(each(top!(bytes, "FlowLogs", Vec<form::FlowLog>), |it| {
                flow_log(it, to)
            }))
        }
        Kind::DescribeSubnets => {
            Answer::Subnets(each(top!(bytes, "Subnets", Vec<form::Subnet>), |it| {
                subnet(it, to)
            }))
        }
        Kind::DescribeNetworkInterfaces => Answer::NetworkInterfaces(each(
            top!(bytes, "NetworkInterfaces", Vec<form::NetworkInterface>),
            |it| network_interface(it, to),
        )),
        Kind::DescribeTransitGateways => Answer::TransitGateways(each(
            top!(bytes, "TransitGateways", Vec<form::TransitGateway>),
            |it| transit_gateway(it, to),
        )),
        Kind::DescribeSecurityGroups => Answer::SecurityGroups(each(
            top!(bytes, "SecurityGroups", Vec<form::SecurityGroup>),
            |it| security_groups::group(it, to),
        )),
        Kind::DescribeSecurityGroupRules => Answer::SecurityGroupRules(each(
            top!(bytes, "SecurityGroupRules", Vec<form::SecurityGroupRule>),
            |it| security_groups::rule(it, to),
        )),
        Kind::DescribeManagedPrefixLists => Answer::PrefixLists(each(
            top!(bytes, "PrefixLists", Vec<form::PrefixList>),
            |it| PrefixList {
                prefix_list_id: it.prefix_list_id.unwrap_or_default(),
                prefix_list_name: it.prefix_list_name,
                cidrs: it.cidrs,
            },
        )),
        Kind::GetManagedPrefixListEntries => Answer::Cidrs(each(
            top!(bytes, "Entries", Vec<form::PrefixListEntry>),
            |it| it.cidr.unwrap_or_default(),
        )),
        Kind::DescribeLogGroups => {
            Answer::LogGroups(each(top!(bytes, "logGroups", Vec<form::LogGroup>), |it| {
                log_group(it, to)
            }))
        }
        Kind::DescribeRegions => Answer::Regions(
            top!(bytes, "Regions", Vec<form::Region>)
                .into_iter()
                .filter_map(|it| {
                    let enabled = it.opt_in_status.as_deref() != Some("not-opted-in");
                    Some((it.region_name?, enabled))
                })
                .collect(),
        ),
        Kind::GetRole => Answer::Role(role(top!(bytes, "Role", form::Role), to)),
        Kind::ListRoles => Answer::Roles(
            top!(bytes, "Roles", Vec<form::Role>)
                .into_iter()
                .map(|it| role(it, to))
                .collect(),
        ),
        Kind::ListRolePolicies => Answer::PolicyNames(top!(bytes, "PolicyNames", Vec<String>)),
        Kind::GetRolePolicy => {
            let it: form::RolePolicy = serde_json::from_slice(bytes)?;
            Answer::RolePolicy {
                role: it.role_name.unwrap_or_default(),
                name: it.policy_name.unwrap_or_default(),
                document: it.policy_document.map(form::document),
            }
        }
        Kind::ListAttachedRolePolicies => Answer::AttachedPolicies(
            top!(bytes, "AttachedPolicies", Vec<form::AttachedPolicy>)
                .into_iter()
                .filter_map(|it| it.policy_arn)
                .collect(),
        ),
        Kind::GetPolicy => {
            let it = top!(bytes, "Policy", form::Policy);
            Answer::Policy {
                arn: it.arn.unwrap_or_default(),
                default_version: it.default_version_id,
            }
        }
        Kind::GetPolicyVersion => {
            let it = top!(bytes, "PolicyVersion", form::PolicyVersion);
            Answer::PolicyVersion {
                version: it.version_id,
                is_default: it.is_default_version == Some(true),
                document: it.document.map(form::document),
            }
        }
        Kind::GetCallerIdentity => {
            let it: form::CallerIdentity = serde_json::from_slice(bytes)?;
            it.arn.as_deref().and_then(|arn| to.arn(arn));
            to.identity
                .extend(it.account.as_deref().and_then(super::name::account_in));
            Answer::Identity
        }
        Kind::GetBucketPolicy | Kind::GetKeyPolicy => {
            Answer::ResourcePolicy(resource_policy(bytes)?)
        }
        Kind::GetBucketPolicyStatus => {
            Answer::IsPublic(top!(bytes, "PolicyStatus", form::PolicyStatus).is_public)
        }
        Kind::GetPublicAccessBlock => {
            let it = top!(
                bytes,
                "PublicAccessBlockConfiguration",
                form::PublicAccessBlock
            );
            Answer::PublicAccessBlock(PublicAccessBlock {
                block_public_acls: it.block_public_acls == Some(true),
                ignore_public_acls: it.ignore_public_acls == Some(true),
                block_public_policy: it.block_public_policy == Some(true),
                restrict_public_buckets: it.restrict_public_buckets == Some(true),
            })
        }
        Kind::GetBucketEncryption => {
            let it = top!(
                bytes,
                "ServerSideEncryptionConfiguration",
                form::EncryptionConfiguration
            );
            Answer::Encryption(encryption(it).ok_or_else(|| {
                serde::de::Error::custom("missing field `ApplyServerSideEncryptionByDefault`")
            })?)
        }
        Kind::GetBucketLifecycleConfiguration => Answer::Expiration(
            top!(bytes, "Rules", Vec<form::LifecycleRule>)
                .into_iter()
                .filter_map(expiration_rule)
                .collect(),
        ),
        Kind::HeadBucket => {
            Answer::BucketRegion(serde_json::from_slice::<form::Head>(bytes)?.bucket_region)
        }
        Kind::GetBucketLocation => {
            let it: form::Location = serde_json::from_slice(bytes)?;
            // The first region has no constraint; the oldest European buckets say `EU`.
            Answer::BucketRegion(Some(match it.location_constraint.as_deref() {
                None | Some("") => "us-east-1".to_owned(),
                Some("EU") => "eu-west-1".to_owned(),
                Some(region) => region.to_owned(),
            }))
        }
        Kind::DescribeKey => {
            let it = top!(bytes, "KeyMetadata", form::KeyMetadata);
            Answer::Key {
                arn: it.arn.unwrap_or_default(),
                id: it.key_id.unwrap_or_default(),
                enabled: it.enabled,
            }
        }
        Kind::DescribeDeliveryStream => {
            let it = top!(bytes, "DeliveryStreamDescription", form::DeliveryStream);
            Answer::DeliveryStream {
                arn: it.arn.unwrap_or_default(),
                status: it.delivery_stream_status.unwrap_or_default(),
            }
        }
        Kind::ListAccounts => Answer::Accounts(
            top!(bytes, "Accounts", Vec<form::Account>)
                .into_iter()
                .filter_map(|it| {
                    Some(Member {
                        account_id: it.id?,
                        name: it.name,
                        status: it.state.or(it.status),
                    })
                })
                .collect(),
        ),
        Kind::DescribeOrganization => {
            let it = top!(bytes, "Organization", form::Organization);
            Answer::Organization {
                id: it.id.unwrap_or_default(),
                management_account_id: it
                    .master_account_id
                    .or(it.management_account_id)
                    .unwrap_or_default(),
            }
        }
    };
    Ok((answer, traces))
}

fn each<F: DeserializeOwned, T>(forms: Vec<F>, convert: impl FnMut(F) -> T) -> Vec<T> {
    forms.into_iter().map(convert).collect()
}

/// What each of a list tells, if there is a list and it tells something.
fn some<F, T>(forms: Option<Vec<F>>, tell: impl FnMut(F) -> Option<T>) -> Vec<T> {
    forms.into_iter().flatten().filter_map(tell).collect()
}

fn vpc(it: form::Vpc, traces: &mut Traces) -> Vpc {
    // AWS makes default VPCs in the account itself, and they cannot be shared.
    if it.is_default == Some(true) {
        traces.asked.extend(it.owner_id.clone());
    }
    traces.owner(it.owner_id.as_ref());
    Vpc {
        vpc_id: it.vpc_id.unwrap_or_default(),
        owner_id: it.owner_id,
        is_default: it.is_default,
        cidr_block: it.cidr_block,
        tags: form::tags(it.tags),
    }
}

fn flow_log(it: form::FlowLog, traces: &mut Traces) -> FlowLog {
    // A role can only be passed within its own account.
    let role = it.deliver_logs_permission_arn.as_deref();
    if let Some(arn) = role {
        traces.asked_by(arn);
    }
    // Only a log group of its own region takes the records of a flow log.
    if let Some(Destination::LogGroup { region, .. }) =
        it.log_destination.as_deref().map(Destination::parse_arn)
    {
        traces.regions.insert(region);
    }
    let options = it.destination_options.unwrap_or_default();
    FlowLog {
        flow_log_id: it.flow_log_id.unwrap_or_default(),
        resource_id: it.resource_id,
        traffic_type: it.traffic_type.map(TrafficType::from),
        flow_log_status: it.flow_log_status,
        deliver_logs_status: it.deliver_logs_status.map(DeliverLogsStatus::from),
        deliver_logs_error_message: it.deliver_logs_error_message,
        deliver_logs_permission_arn: it.deliver_logs_permission_arn,
        deliver_cross_account_role: it.deliver_cross_account_role,
        log_destination_type: it.log_destination_type.map(LogDestinationType::from),
        log_destination: it.log_destination,
        log_group_name: it.log_group_name,
        log_format: it.log_format,
        max_aggregation_interval: it.max_aggregation_interval,
        creation_time: it.creation_time,
        file_format: options.file_format,
        hive_compatible_partitions: options.hive_compatible_partitions,
        per_hour_partition: options.per_hour_partition,
        tags: form::tags(it.tags),
    }
}

fn subnet(it: form::Subnet, traces: &mut Traces) -> Subnet {
    it.subnet_arn.as_deref().and_then(|arn| traces.arn(arn));
    traces.zone(it.availability_zone.as_ref());
    traces.owner(it.owner_id.as_ref());
    Subnet {
        subnet_id: it.subnet_id.unwrap_or_default(),
        vpc_id: it.vpc_id,
        owner_id: it.owner_id,
        tags: form::tags(it.tags),
    }
}

fn network_interface(it: form::NetworkInterface, traces: &mut Traces) -> NetworkInterface {
    traces.zone(it.availability_zone.as_ref());
    traces.owner(it.owner_id.as_ref());
    let mut prefixes = some(it.ipv4_prefixes, |it| it.ipv4_prefix);
    prefixes.extend(some(it.ipv6_prefixes, |it| it.ipv6_prefix));
    NetworkInterface {
        network_interface_id: it.network_interface_id.unwrap_or_default(),
        vpc_id: it.vpc_id,
        subnet_id: it.subnet_id,
        owner_id: it.owner_id,
        status: it.status,
        interface_type: it.interface_type,
        instance_id: it.attachment.and_then(|it| it.instance_id),
        security_group_ids: some(it.groups, |it| it.group_id),
        private_ip_addresses: some(it.private_ip_addresses, |it| {
            Some(PrivateIpAddress {
                private_ip_address: it.private_ip_address?,
                public_ip: it.association.and_then(|it| it.public_ip),
            })
        }),
        ipv6_addresses: some(it.ipv6_addresses, |it| it.ipv6_address),
        prefixes,
    }
}

fn transit_gateway(it: form::TransitGateway, traces: &mut Traces) -> TransitGateway {
    it.transit_gateway_arn
        .as_deref()
        .and_then(|arn| traces.arn(arn));
    TransitGateway {
        transit_gateway_id: it.transit_gateway_id.unwrap_or_default(),
        owner_id: it.owner_id,
        state: it.state,
        tags: form::tags(it.tags),
    }
}

fn log_group(it: form::LogGroup, traces: &mut Traces) -> LogGroup {
    let arn = it.log_group_arn.or(it.arn).unwrap_or_default();
    traces.asked_by(&arn);
    LogGroup {
        arn: arn.strip_suffix(":*").unwrap_or(&arn).to_owned(),
        name: it.log_group_name.unwrap_or_default(),
        retention_in_days: it.retention_in_days,
        kms_key_id: it.kms_key_id,
        stored_bytes: it.stored_bytes,
    }
}

fn role(it: form::Role, traces: &mut Traces) -> RoleDetail {
    let arn = it.arn.or(it.role_name).unwrap_or_default();
    traces.asked_by(&arn);
    RoleDetail {
        arn,
        trust_policy: it.assume_role_policy_document.map(form::document),
        boundary_arn: it
            .permissions_boundary
            .and_then(|it| it.permissions_boundary_arn),
        tags: form::tags(it.tags),
    }
}

/// The policy of a bucket or key: as text in `Policy`, or the document alone.
fn resource_policy(bytes: &[u8]) -> serde_json::Result<String> {
    let mut value: serde_json::Value = serde_json::from_slice(bytes)?;
    let policy = value.get_mut("Policy").map(serde_json::Value::take);
    Ok(form::document(policy.unwrap_or(value)))
}

fn encryption(it: form::EncryptionConfiguration) -> Option<BucketEncryption> {
    let default = it
        .rules?
        .into_iter()
        .find_map(|rule| rule.apply_server_side_encryption_by_default)?;
    Some(BucketEncryption {
        algorithm: default.algorithm?,
        kms_key: default.kms_key.filter(|key| !key.is_empty()),
    })
}

/// An enabled rule that expires objects after some days; a fixed date is no retention.
fn expiration_rule(it: form::LifecycleRule) -> Option<ExpirationRule> {
    if it.status.as_deref() != Some("Enabled") {
        return None;
    }
    let filter = it.filter.unwrap_or_default();
    let filtered = filter.tag.is_some()
        || filter.and.is_some()
        || filter.object_size_greater_than.is_some()
        || filter.object_size_less_than.is_some();
    let prefix = filter
        .prefix
        .or_else(|| filter.and.and_then(|and| and.prefix))
        .or(it.prefix);
    Some(ExpirationRule {
        prefix: prefix.unwrap_or_default(),
        filtered,
        days: it.expiration?.days?,
    })
}
