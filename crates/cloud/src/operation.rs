//! Every AWS call that flowcover makes: what it takes, what it gives, and the IAM action behind it.
//!
//! The table at the end is the only list of those that read; those that change something stand in
//! [`flowcover_core::call`], for plans hold them. Together they make the request and answer enums, and
//! the permission tables that `flowcover permissions` prints.

use flowcover_core::call::{self, BatchResult, Call};
pub use flowcover_core::call::{
    AssociateKmsKey, CreateBucket, CreateFlowLogs, CreateLogGroup, CreateRole, DeleteBucket,
    DeleteBucketPolicy, DeleteFlowLogs, DeleteLogGroup, DeleteObjects, DeleteRetentionPolicy,
    DeleteRole, DeleteRolePolicy, DisassociateKmsKey, PutBucketEncryption, PutBucketLifecycle,
    PutBucketPolicy, PutBucketTagging, PutPublicAccessBlock, PutRetentionPolicy, PutRolePolicy,
    UpdateAssumeRolePolicy,
};
use flowcover_core::inventory::{
    BucketEncryption, ExpirationRule, FlowLog, LogGroup, NetworkInterface, PrefixList,
    PublicAccessBlock, SecurityGroup, SecurityGroupRule, Subnet, Tags, TransitGateway, Vpc,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Entry;

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Items of this page; may be empty although more pages follow.
    pub items: Vec<T>,
    /// Token of the next page; none on the last.
    pub next_token: Option<String>,
}

/// Who the credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerIdentity {
    /// Account of the credentials.
    pub account_id: String,
    /// ARN of the user or the role session; tells the partition.
    pub arn: String,
}

/// A region as an account sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionInfo {
    /// Its name.
    pub name: String,
    /// False if the account has not opted in (`OptInStatus` is `not-opted-in`).
    pub enabled: bool,
}

/// The organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationInfo {
    /// `o-…`
    pub id: String,
    /// Its management account.
    pub management_account_id: String,
}

/// A member account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAccount {
    /// Twelve digits.
    pub account_id: String,
    /// Its name.
    pub name: Option<String>,
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`.
    pub status: String,
}

/// A root or an organizational unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// `r-…` or `ou-…`
    pub id: String,
    /// Its name.
    pub name: String,
}

/// What `GetRole` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleDetail {
    /// Its ARN.
    pub arn: String,
    /// Trust policy, percent-decoded JSON.
    pub trust_policy: Option<String>,
    /// ARN of the permissions boundary.
    pub permissions_boundary_arn: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// How many of what IAM limits an account has, as far as it concerns flowcover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Roles that there are.
    pub roles: u64,
    /// Roles that there may be.
    pub roles_quota: u64,
}

/// What `HeadBucket` tells: AWS gives the region even with a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketHead {
    /// Region of the bucket.
    pub region: Option<String>,
    /// Whether the caller may use it; false: it exists, but access was refused. None where another region than the
    /// bucket's was asked: that tells the region, and not who may do what.
    pub accessible: Option<bool>,
}

/// A log stream and the time of its newest event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogStream {
    /// Its name, for flow logs `eni-…-all` or the like.
    pub name: String,
    /// Time of its newest event, as AWS last counted (may lag by an hour).
    pub last_event_at: Option<Timestamp>,
    /// Time of the last ingestion.
    pub last_ingested_at: Option<Timestamp>,
}

/// An object in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredObject {
    /// Its key.
    pub key: String,
    /// When it was written.
    pub last_modified: Option<Timestamp>,
    /// Its size in bytes.
    pub size: u64,
}

/// What stands in the listing of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listed {
    /// An object.
    Object {
        /// Its key.
        key: String,
        /// Its size in bytes.
        size: u64,
        /// Its `ETag`, with the quotes that belong to it.
        etag: Option<String>,
        /// Its storage class, as S3 spells it: `GLACIER`.
        storage_class: Option<String>,
    },
    /// What the keys of further objects begin with: up to and with the next `/` (a `CommonPrefix`).
    Folder(String),
}

/// Bytes of an object.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectBytes(pub Vec<u8>);

/// Records have no place in a log: only their size is shown.
impl std::fmt::Debug for ObjectBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ObjectBytes({})", self.0.len())
    }
}

/// An event of a log group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEvent {
    /// What tells it from all others.
    pub id: String,
    /// Name of its stream.
    pub stream: String,
    /// When it happened; of a flow-log record, its `start`.
    pub at: Option<Timestamp>,
    /// What it says.
    pub message: String,
}

/// What `DescribeKey` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDetail {
    /// Its ARN (aliases resolved).
    pub arn: String,
    /// Whether it can be used.
    pub enabled: bool,
}

/// An AWS Config rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigRule {
    /// Its name.
    pub name: String,
    /// Identifier of the managed rule, `VPC_FLOW_LOGS_ENABLED`.
    pub source_identifier: Option<String>,
}

/// What the policy simulator says of one action on one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatedDecision {
    /// The IAM action.
    pub action: String,
    /// ARN of the resource, or `*`.
    pub resource: String,
    /// Whether it is allowed.
    pub allowed: bool,
    /// A condition asks for a key that the simulation was not given: then a refusal says nothing.
    pub lacks_context: bool,
}

/// One kind of call, tied to the type of its answer.
pub trait Operation: Sized {
    /// What it gives.
    type Output;
    /// IAM action that it needs.
    const ACTION: &'static str;
    /// As an untyped request.
    fn into_request(self) -> Request;
    /// The typed answer, if it is one to this kind of call.
    fn from_answer(answer: Answer) -> Option<Self::Output>;
}

/// An operation that gives its items page by page.
pub trait Paged: Operation<Output = Page<Self::Item>> + Clone {
    /// What it lists.
    type Item;
    /// The same request for the page with that token.
    #[must_use]
    fn page(&self, next_token: Option<String>) -> Self;
}

macro_rules! operation {
    ($name:ident -> $output:ty = $action:expr) => {
        impl Operation for $name {
            type Output = $output;
            const ACTION: &'static str = $action;

            fn into_request(self) -> Request {
                self.into()
            }

            fn from_answer(answer: Answer) -> Option<$output> {
                match answer {
                    Answer::$name(output) => Some(output),
                    _ => None,
                }
            }
        }
    };
}

macro_rules! operations {
    (
        reads { $($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? } -> $output:ty = $action:literal;)+ }
        writes { $($write:ident -> $done:ty;)+ }
    ) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type),* }

            operation!($name -> $output = $action);
        )+
        $(operation!($write -> $done = call::$write::ACTION);)+

        /// Any call.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum Request { $($name($name),)+ $($write(Box<$write>)),+ }

        /// The answer to a call.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub enum Answer { $($name($output),)+ $($write($done)),+ }

        $(
            impl From<$name> for Request {
                fn from(operation: $name) -> Self {
                    Self::$name(operation)
                }
            }
        )+
        $(
            impl From<$write> for Request {
                fn from(operation: $write) -> Self {
                    Self::$write(Box::new(operation))
                }
            }
        )+

        impl From<Call> for Request {
            fn from(call: Call) -> Self {
                match call { $(Call::$write(call) => call.into()),+ }
            }
        }

        impl Request {
            /// IAM action that the call needs.
            #[must_use]
            pub const fn action(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => <$name as Operation>::ACTION,)+
                    $(Self::$write(_) => <$write as Operation>::ACTION,)+
                }
            }

            /// Whether it changes something.
            #[must_use]
            pub const fn is_write(&self) -> bool {
                matches!(self, $(Self::$write(_))|+)
            }

            /// The call, if it changes something.
            #[must_use]
            pub fn as_call(&self) -> Option<Call> {
                match self {
                    $(Self::$write(call) => Some(Call::$write(call.as_ref().clone())),)+
                    _ => None,
                }
            }

            /// Whether it may be made again when it is not known whether it acted; see [`Call::is_idempotent`].
            #[must_use]
            pub fn is_idempotent(&self) -> bool {
                self.as_call().is_none_or(|call| call.is_idempotent())
            }
        }

        /// IAM actions of all read calls, in the order of the table.
        pub const READ_ACTIONS: &[&str] = &[$($action),+];
    };
}

operations! {
    reads {
        /// STS: who the credentials belong to. Needs no permission.
        GetCallerIdentity {} -> CallerIdentity = "sts:GetCallerIdentity";
        /// STS: makes the entry usable. The credentials stay inside the implementation, which renews them.
        AssumeRole {
            /// An [`Entry::Role`]; anything else is refused.
            entry: Option<Entry>,
        } -> CallerIdentity = "sts:AssumeRole";
        /// Organizations: the organisation of the account.
        DescribeOrganization {} -> OrganizationInfo = "organizations:DescribeOrganization";
        /// Organizations: its accounts, at most 20 a page.
        ListAccounts {
            /// Page.
            next_token: Option<String>,
        } -> Page<MemberAccount> = "organizations:ListAccounts";
        /// Organizations: its roots.
        ListRoots {
            /// Page.
            next_token: Option<String>,
        } -> Page<Unit> = "organizations:ListRoots";
        /// Organizations: units right below a root or unit.
        ListOrganizationalUnitsForParent {
            /// `r-…` or `ou-…`
            parent_id: String,
            /// Page.
            next_token: Option<String>,
        } -> Page<Unit> = "organizations:ListOrganizationalUnitsForParent";
        /// Organizations: accounts right below a root or unit.
        ListAccountsForParent {
            /// `r-…` or `ou-…`
            parent_id: String,
            /// Page.
            next_token: Option<String>,
        } -> Page<MemberAccount> = "organizations:ListAccountsForParent";
        /// Organizations: ids of the service control policies attached to a root, unit or account.
        ListPoliciesForTarget {
            /// `r-…`, `ou-…` or an account id.
            target_id: String,
            /// Page.
            next_token: Option<String>,
        } -> Page<String> = "organizations:ListPoliciesForTarget";
        /// Organizations: the text of a policy.
        DescribePolicy {
            /// `p-…`
            policy_id: String,
        } -> String = "organizations:DescribePolicy";
        /// EC2: every region, with its opt-in state (`AllRegions`).
        DescribeRegions {} -> Vec<RegionInfo> = "ec2:DescribeRegions";
        /// EC2
        DescribeVpcs {
            /// Page.
            next_token: Option<String>,
        } -> Page<Vpc> = "ec2:DescribeVpcs";
        /// EC2
        DescribeFlowLogs {
            /// Only those attached to these (filter `resource-id`, up to 200 values); empty means all.
            resource_ids: Vec<String>,
            /// Page.
            next_token: Option<String>,
        } -> Page<FlowLog> = "ec2:DescribeFlowLogs";
        /// EC2
        DescribeSubnets {
            /// Page.
            next_token: Option<String>,
        } -> Page<Subnet> = "ec2:DescribeSubnets";
        /// EC2
        DescribeNetworkInterfaces {
            /// Only those of these VPCs (filter `vpc-id`, up to 200 values); empty means all.
            vpc_ids: Vec<String>,
            /// Page.
            next_token: Option<String>,
        } -> Page<NetworkInterface> = "ec2:DescribeNetworkInterfaces";
        /// EC2
        DescribeTransitGateways {
            /// Page.
            next_token: Option<String>,
        } -> Page<TransitGateway> = "ec2:DescribeTransitGateways";
        /// EC2: without their rules.
        DescribeSecurityGroups {
            /// Page.
            next_token: Option<String>,
        } -> Page<SecurityGroup> = "ec2:DescribeSecurityGroups";
        /// EC2: rules of all security groups.
        DescribeSecurityGroupRules {
            /// Page.
            next_token: Option<String>,
        } -> Page<SecurityGroupRule> = "ec2:DescribeSecurityGroupRules";
        /// EC2: prefix lists of the account, shared with it, and of AWS, without their blocks.
        DescribeManagedPrefixLists {
            /// Only these (filter `prefix-list-id`, up to 200 values); empty means all.
            prefix_list_ids: Vec<String>,
            /// Page.
            next_token: Option<String>,
        } -> Page<PrefixList> = "ec2:DescribeManagedPrefixLists";
        /// EC2: CIDR blocks of a prefix list.
        GetManagedPrefixListEntries {
            /// `pl-…`
            prefix_list_id: String,
            /// Page.
            next_token: Option<String>,
        } -> Page<String> = "ec2:GetManagedPrefixListEntries";
        /// IAM
        GetRole {
            /// Name without path.
            role_name: String,
        } -> RoleDetail = "iam:GetRole";
        /// IAM: names of inline policies.
        ListRolePolicies {
            /// Name without path.
            role_name: String,
            /// Page (IAM calls it a marker).
            next_token: Option<String>,
        } -> Page<String> = "iam:ListRolePolicies";
        /// IAM: an inline policy, percent-decoded JSON.
        GetRolePolicy {
            /// Name without path.
            role_name: String,
            /// Name of the policy.
            policy_name: String,
        } -> String = "iam:GetRolePolicy";
        /// IAM: ARNs of managed policies.
        ListAttachedRolePolicies {
            /// Name without path.
            role_name: String,
            /// Page (IAM calls it a marker).
            next_token: Option<String>,
        } -> Page<String> = "iam:ListAttachedRolePolicies";
        /// IAM: id of the default version of a managed policy.
        GetPolicy {
            /// Its ARN.
            policy_arn: String,
        } -> String = "iam:GetPolicy";
        /// IAM: a version of a managed policy, percent-decoded JSON.
        GetPolicyVersion {
            /// Its ARN.
            policy_arn: String,
            /// `v1`, …
            version_id: String,
        } -> String = "iam:GetPolicyVersion";
        /// CloudWatch Logs: log groups by identifier.
        DescribeLogGroups {
            /// ARNs (without `:*`) or names, up to 50. Groups that do not exist are left out of the answer.
            log_group_identifiers: Vec<String>,
            /// Page.
            next_token: Option<String>,
        } -> Page<LogGroup> = "logs:DescribeLogGroups";
        /// CloudWatch Logs: streams of a group, newest event first.
        DescribeLogStreams {
            /// Name of the group.
            log_group_name: String,
            /// Page.
            next_token: Option<String>,
        } -> Page<LogStream> = "logs:DescribeLogStreams";
        /// S3: existence and region. `NotFound` if there is no such bucket.
        HeadBucket {
            /// Its name.
            bucket: String,
        } -> BucketHead = "s3:ListBucket";
        /// S3: the bucket policy as JSON.
        GetBucketPolicy {
            /// Its name.
            bucket: String,
        } -> String = "s3:GetBucketPolicy";
        /// S3: whether AWS considers the policy public.
        GetBucketPolicyStatus {
            /// Its name.
            bucket: String,
        } -> bool = "s3:GetBucketPolicyStatus";
        /// S3
        GetPublicAccessBlock {
            /// Bucket name.
            bucket: String,
        } -> PublicAccessBlock = "s3:GetBucketPublicAccessBlock";
        /// S3: default encryption.
        GetBucketEncryption {
            /// Its name.
            bucket: String,
        } -> BucketEncryption = "s3:GetEncryptionConfiguration";
        /// S3: enabled rules that expire current objects.
        GetBucketLifecycle {
            /// Its name.
            bucket: String,
        } -> Vec<ExpirationRule> = "s3:GetLifecycleConfiguration";
        /// S3 `ListObjectsV2`. Needs the permission on the bucket's ARN.
        ListObjects {
            /// Bucket name.
            bucket: String,
            /// Key prefix.
            prefix: String,
            /// Page.
            next_token: Option<String>,
        } -> Page<StoredObject> = "s3:ListBucket";
        /// S3 `ListObjectsV2`, for those who read the objects.
        ListKeys {
            /// Bucket name.
            bucket: String,
            /// Key prefix.
            prefix: String,
            /// Only what stands before the next `/`; the rest as [`Listed::Folder`].
            by_folder: bool,
            /// The caller pays (`x-amz-request-payer`).
            request_payer: bool,
            /// Page.
            next_token: Option<String>,
        } -> Page<Listed> = "s3:ListBucket";
        /// S3: bytes of an object.
        GetObject {
            /// Bucket name.
            bucket: String,
            /// Its key.
            key: String,
            /// First and last byte, from 0; none: all.
            range: Option<(u64, u64)>,
            /// Only if its `ETag` is this one still: `PreconditionFailed` if not.
            if_match: Option<String>,
            /// The caller pays (`x-amz-request-payer`).
            request_payer: bool,
        } -> ObjectBytes = "s3:GetObject";
        /// CloudWatch Logs: events of all streams of a group, by time. A page may be empty although more follow.
        FilterLogEvents {
            /// Name of the group.
            log_group_name: String,
            /// Not before.
            from: Option<Timestamp>,
            /// Not after: events of this very millisecond are given.
            to: Option<Timestamp>,
            /// Page.
            next_token: Option<String>,
        } -> Page<LogEvent> = "logs:FilterLogEvents";
        /// KMS: a key by id, ARN or alias.
        DescribeKey {
            /// Id, ARN or alias.
            key_id: String,
        } -> KeyDetail = "kms:DescribeKey";
        /// KMS: the key policy as JSON.
        GetKeyPolicy {
            /// Id or ARN.
            key_id: String,
        } -> String = "kms:GetKeyPolicy";
        /// Firehose: state of a delivery stream (`ACTIVE`, …).
        DescribeDeliveryStream {
            /// Its name.
            delivery_stream_name: String,
        } -> String = "firehose:DescribeDeliveryStream";
        /// AWS Config: rules of the region.
        DescribeConfigRules {
            /// Page.
            next_token: Option<String>,
        } -> Page<ConfigRule> = "config:DescribeConfigRules";
        /// IAM: whether a principal may make these calls, by its identity policies, boundary and organisation. Policies of
        /// resources are not weighed.
        SimulatePrincipalPolicy {
            /// ARN of the user or role; not of a session.
            principal_arn: String,
            /// IAM actions.
            actions: Vec<String>,
            /// ARNs that each of the actions is tried on; none: `*`, which a grant for some resources does not allow.
            resource_arns: Vec<String>,
            /// Keys of conditions, and the one text that each has.
            context: Vec<(String, String)>,
            /// Page (IAM calls it a marker).
            next_token: Option<String>,
        } -> Page<SimulatedDecision> = "iam:SimulatePrincipalPolicy";
        /// IAM: how many roles the account has, and may have.
        GetAccountSummary {} -> AccountSummary = "iam:GetAccountSummary";
        /// CloudWatch Logs: tags of a log group.
        ListTagsForResource {
            /// ARN of the group without `:*`.
            resource_arn: String,
        } -> Tags = "logs:ListTagsForResource";
        /// S3: tags of a bucket. `NotFound` if it has none.
        GetBucketTagging {
            /// Its name.
            bucket: String,
        } -> Tags = "s3:GetBucketTagging";
    }
    writes {
        CreateRole -> ();
        UpdateAssumeRolePolicy -> ();
        PutRolePolicy -> ();
        DeleteRolePolicy -> ();
        DeleteRole -> ();
        CreateLogGroup -> ();
        PutRetentionPolicy -> ();
        DeleteRetentionPolicy -> ();
        AssociateKmsKey -> ();
        DisassociateKmsKey -> ();
        DeleteLogGroup -> ();
        CreateBucket -> ();
        PutBucketTagging -> ();
        PutPublicAccessBlock -> ();
        PutBucketEncryption -> ();
        PutBucketLifecycle -> ();
        PutBucketPolicy -> ();
        DeleteBucketPolicy -> ();
        DeleteObjects -> ();
        DeleteBucket -> ();
        CreateFlowLogs -> BatchResult;
        DeleteFlowLogs -> BatchResult;
    }
}

macro_rules! paged {
    ($($name:ident => $item:ty),+ $(,)?) => {
        $(impl Paged for $name {
            type Item = $item;

            // Some listings take nothing but the page.
            #[allow(clippy::needless_update)]
            fn page(&self, next_token: Option<String>) -> Self {
                Self { next_token, ..self.clone() }
            }
        })+
    };
}

paged! {
    ListAccounts => MemberAccount,
    ListRoots => Unit,
    ListOrganizationalUnitsForParent => Unit,
    ListAccountsForParent => MemberAccount,
    ListPoliciesForTarget => String,
    DescribeVpcs => Vpc,
    DescribeFlowLogs => FlowLog,
    DescribeSubnets => Subnet,
    DescribeNetworkInterfaces => NetworkInterface,
    DescribeTransitGateways => TransitGateway,
    DescribeSecurityGroups => SecurityGroup,
    DescribeSecurityGroupRules => SecurityGroupRule,
    DescribeManagedPrefixLists => PrefixList,
    GetManagedPrefixListEntries => String,
    ListRolePolicies => String,
    ListAttachedRolePolicies => String,
    DescribeLogGroups => LogGroup,
    DescribeLogStreams => LogStream,
    ListObjects => StoredObject,
    ListKeys => Listed,
    FilterLogEvents => LogEvent,
    DescribeConfigRules => ConfigRule,
    SimulatePrincipalPolicy => SimulatedDecision,
}
