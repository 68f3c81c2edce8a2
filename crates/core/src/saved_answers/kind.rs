//! The AWS CLI commands whose answers are understood.

use super::peek::{Peek, Shape};

/// How wide the answer of a command reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// One region of one account.
    Region,
    /// One account.
    Account,
    /// One named thing, wherever it is.
    Thing,
}

/// Defines [`Kind`] and its table.
macro_rules! kinds {
    ($($name:ident = $command:literal, $action:literal, $reach:ident;)+) => {
        /// A command whose answer is understood.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Kind { $($name,)+ }

        impl Kind {
            pub(super) const ALL: &[Self] = &[$(Self::$name,)+];

            /// The command, as the AWS CLI spells it.
            pub(super) const fn command(self) -> &'static str {
                match self { $(Self::$name => $command,)+ }
            }

            /// The operation, as error messages of the AWS CLI spell it.
            pub(super) fn of_operation(operation: &str) -> Option<Self> {
                match operation {
                    $(stringify!($name) => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// IAM action that the command needs.
            pub(super) const fn action(self) -> &'static str {
                match self { $(Self::$name => $action,)+ }
            }

            pub(super) const fn reach(self) -> Reach {
                match self { $(Self::$name => Reach::$reach,)+ }
            }
        }
    };
}

kinds! {
    DescribeVpcs = "describe-vpcs", "ec2:DescribeVpcs", Region;
    DescribeFlowLogs = "describe-flow-logs", "ec2:DescribeFlowLogs", Region;
    DescribeSubnets = "describe-subnets", "ec2:DescribeSubnets", Region;
    DescribeNetworkInterfaces = "describe-network-interfaces", "ec2:DescribeNetworkInterfaces", Region;
    DescribeTransitGateways = "describe-transit-gateways", "ec2:DescribeTransitGateways", Region;
    DescribeSecurityGroups = "describe-security-groups", "ec2:DescribeSecurityGroups", Region;
    DescribeSecurityGroupRules = "describe-security-group-rules", "ec2:DescribeSecurityGroupRules", Region;
    DescribeManagedPrefixLists = "describe-managed-prefix-lists", "ec2:DescribeManagedPrefixLists", Region;
    GetManagedPrefixListEntries = "get-managed-prefix-list-entries", "ec2:GetManagedPrefixListEntries", Region;
    DescribeLogGroups = "describe-log-groups", "logs:DescribeLogGroups", Region;
    DescribeRegions = "describe-regions", "ec2:DescribeRegions", Account;
    GetRole = "get-role", "iam:GetRole", Account;
    ListRoles = "list-roles", "iam:ListRoles", Account;
    ListRolePolicies = "list-role-policies", "iam:ListRolePolicies", Account;
    GetRolePolicy = "get-role-policy", "iam:GetRolePolicy", Account;
    ListAttachedRolePolicies = "list-attached-role-policies", "iam:ListAttachedRolePolicies", Account;
    GetPolicy = "get-policy", "iam:GetPolicy", Account;
    GetPolicyVersion = "get-policy-version", "iam:GetPolicyVersion", Account;
    GetCallerIdentity = "get-caller-identity", "sts:GetCallerIdentity", Account;
    HeadBucket = "head-bucket", "s3:ListBucket", Thing;
    GetBucketLocation = "get-bucket-location", "s3:GetBucketLocation", Thing;
    GetBucketPolicy = "get-bucket-policy", "s3:GetBucketPolicy", Thing;
    GetBucketPolicyStatus = "get-bucket-policy-status", "s3:GetBucketPolicyStatus", Thing;
    GetPublicAccessBlock = "get-public-access-block", "s3:GetBucketPublicAccessBlock", Thing;
    GetBucketEncryption = "get-bucket-encryption", "s3:GetEncryptionConfiguration", Thing;
    GetBucketLifecycleConfiguration = "get-bucket-lifecycle-configuration", "s3:GetLifecycleConfiguration", Thing;
    DescribeKey = "describe-key", "kms:DescribeKey", Thing;
    GetKeyPolicy = "get-key-policy", "kms:GetKeyPolicy", Thing;
    DescribeDeliveryStream = "describe-delivery-stream", "firehose:DescribeDeliveryStream", Thing;
    ListAccounts = "list-accounts", "organizations:ListAccounts", Account;
    DescribeOrganization = "describe-organization", "organizations:DescribeOrganization", Account;
}

impl Kind {
    /// Whether it describes the network of a region, so that the region is in scope.
    pub(super) const fn is_network(self) -> bool {
        matches!(
            self,
            Self::DescribeVpcs
                | Self::DescribeFlowLogs
                | Self::DescribeSubnets
                | Self::DescribeNetworkInterfaces
                | Self::DescribeTransitGateways
                | Self::DescribeSecurityGroups
                | Self::DescribeSecurityGroupRules
                | Self::DescribeManagedPrefixLists
                | Self::GetManagedPrefixListEntries
        )
    }

    /// Whether its file name goes on with the name of what was asked about.
    pub(super) const fn has_subject(self) -> bool {
        match self.reach() {
            Reach::Region => matches!(self, Self::GetManagedPrefixListEntries),
            Reach::Account | Reach::Thing => !matches!(
                self,
                Self::DescribeRegions
                    | Self::ListRoles
                    | Self::GetCallerIdentity
                    | Self::ListAccounts
                    | Self::DescribeOrganization
            ),
        }
    }

    /// The kind that the content shows. Where several commands answer alike, the file name decides.
    pub(super) fn of_content(peek: &Peek, named: Option<Self>) -> Option<Self> {
        use Shape::{List, Object, Text};
        const UNMISTAKABLE: [(&str, Shape, Kind); 23] = [
            ("Vpcs", List, Kind::DescribeVpcs),
            ("FlowLogs", List, Kind::DescribeFlowLogs),
            ("Subnets", List, Kind::DescribeSubnets),
            ("NetworkInterfaces", List, Kind::DescribeNetworkInterfaces),
            ("TransitGateways", List, Kind::DescribeTransitGateways),
            ("SecurityGroups", List, Kind::DescribeSecurityGroups),
            ("SecurityGroupRules", List, Kind::DescribeSecurityGroupRules),
            // Those of AWS also stand in the answer of `describe-prefix-lists`.
            ("PrefixLists", List, Kind::DescribeManagedPrefixLists),
            ("logGroups", List, Kind::DescribeLogGroups),
            ("Regions", List, Kind::DescribeRegions),
            ("Role", Object, Kind::GetRole),
            ("Roles", List, Kind::ListRoles),
            ("Policy", Object, Kind::GetPolicy),
            ("PolicyVersion", Object, Kind::GetPolicyVersion),
            ("PolicyStatus", Object, Kind::GetBucketPolicyStatus),
            (
                "PublicAccessBlockConfiguration",
                Object,
                Kind::GetPublicAccessBlock,
            ),
            (
                "ServerSideEncryptionConfiguration",
                Object,
                Kind::GetBucketEncryption,
            ),
            ("BucketRegion", Text, Kind::HeadBucket),
            ("KeyMetadata", Object, Kind::DescribeKey),
            (
                "DeliveryStreamDescription",
                Object,
                Kind::DescribeDeliveryStream,
            ),
            ("UserId", Text, Kind::GetCallerIdentity),
            ("Accounts", List, Kind::ListAccounts),
            ("Organization", Object, Kind::DescribeOrganization),
        ];
        let found = UNMISTAKABLE
            .iter()
            .find(|(key, shape, _)| peek.has(key, *shape));
        if let Some((_, _, kind)) = found {
            return Some(*kind);
        }
        if peek.has("PolicyDocument", Object) || peek.has("PolicyDocument", Text) {
            return peek.has("RoleName", Text).then_some(Self::GetRolePolicy);
        }
        if peek.has("Policy", Text) {
            return Some(match named {
                Some(Self::GetKeyPolicy) => Self::GetKeyPolicy,
                Some(Self::GetBucketPolicy) => Self::GetBucketPolicy,
                _ if peek.has("PolicyName", Text) => Self::GetKeyPolicy,
                _ => Self::GetBucketPolicy,
            });
        }
        named.filter(|kind| kind.could_be(peek))
    }

    /// Whether a content that many commands could have given fits this one.
    fn could_be(self, peek: &Peek) -> bool {
        use Shape::{List, Object, Other, Text};
        match self {
            Self::GetManagedPrefixListEntries => peek.has("Entries", List),
            Self::ListRolePolicies => peek.has("PolicyNames", List),
            Self::ListAttachedRolePolicies => peek.has("AttachedPolicies", List),
            Self::GetBucketLifecycleConfiguration => peek.has("Rules", List),
            Self::HeadBucket => peek.is_object(),
            Self::GetBucketLocation => {
                peek.has("LocationConstraint", Other) || peek.has("LocationConstraint", Text)
            }
            // The document alone, as `--query Policy --output text` prints it.
            Self::GetBucketPolicy | Self::GetKeyPolicy => {
                peek.has("Statement", List) || peek.has("Statement", Object)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::Kind;

    #[test]
    fn commands_and_operations_are_each_other_spelled_otherwise() {
        let mut commands = BTreeSet::new();
        for kind in Kind::ALL {
            let operation: String = kind
                .command()
                .split('-')
                .map(|word| word[..1].to_uppercase() + &word[1..])
                .collect();
            assert_eq!(Kind::of_operation(&operation), Some(*kind));
            assert!(
                commands.insert(kind.command()),
                "{} is there once",
                kind.command()
            );
        }
        assert_eq!(Kind::of_operation("ListUsers"), None);
    }
}
