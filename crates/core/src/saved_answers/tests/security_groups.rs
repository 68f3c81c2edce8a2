//! Security groups, their rules and prefix lists.

use crate::inventory::{ListingState, SecurityGroupRule};

use super::*;

const GROUPS: &str = r#"{"SecurityGroups": [{
    "GroupId": "sg-0a", "GroupName": "web", "Description": "web servers", "VpcId": "vpc-0a1", "OwnerId": "111122223333",
    "SecurityGroupArn": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a",
    "IpPermissions": [{
        "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
        "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}, {"CidrIp": "192.0.2.0/24"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [{"PrefixListId": "pl-0a"}],
        "UserIdGroupPairs": [{"GroupId": "sg-0b", "UserId": "444455556666"}]
    }],
    "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]
}]}"#;

const RULES: &str = r#"{"SecurityGroupRules": [{
    "SecurityGroupRuleId": "sgr-0a", "GroupId": "sg-0a", "GroupOwnerId": "111122223333", "IsEgress": false,
    "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
    "ReferencedGroupInfo": {"GroupId": "sg-0b", "UserId": "444455556666"}
}]}"#;

const INTERFACES: &str = r#"{"NetworkInterfaces": [{
    "NetworkInterfaceId": "eni-0a", "VpcId": "vpc-0a1", "SubnetId": "subnet-0a", "OwnerId": "111122223333",
    "Groups": [{"GroupId": "sg-0a", "GroupName": "web"}],
    "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": "10.0.0.5", "Association": {"PublicIp": "198.51.100.5"}}],
    "Ipv6Addresses": [{"Ipv6Address": "2001:db8::5"}],
    "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.1.0/28"}],
    "Ipv6Prefixes": [{"Ipv6Prefix": "2001:db8:0:1::/80"}]
}]}"#;

/// The folder without what is given, which an audit would miss.
fn with(more: &[(&str, &str)]) -> Inventory {
    let base = [
        ("describe-vpcs.json", VPCS),
        ("describe-flow-logs.json", FLOW_LOGS),
        ("describe-transit-gateways.json", NO_GATEWAYS),
        ("describe-network-interfaces.json", INTERFACES),
    ];
    read_place(&[&base[..], more].concat())
}

fn peers(rules: &[SecurityGroupRule]) -> Vec<String> {
    let peer = |rule: &SecurityGroupRule| {
        let peers = [
            &rule.cidr_ipv4,
            &rule.cidr_ipv6,
            &rule.prefix_list_id,
            &rule.referenced_group_id,
        ];
        let peer = peers.into_iter().flatten().next().unwrap();
        let direction = if rule.is_egress { "to" } else { "from" };
        format!("{direction} {peer} {:?}", rule.from_port)
    };
    let mut peers: Vec<String> = rules.iter().map(peer).collect();
    peers.sort();
    peers
}

fn about_groups(inventory: &Inventory) -> Vec<(&str, &str)> {
    let mut gaps = gaps(inventory);
    gaps.retain(|(action, _)| action.contains("SecurityGroup") || action.contains("PrefixList"));
    gaps
}

#[test]
fn rules_stand_in_the_groups() {
    let entries = r#"{"Entries": [{"Cidr": "203.0.113.0/24", "Description": "x"}]}"#;
    let inventory = with(&[
        ("describe-security-groups.json", GROUPS),
        ("get-managed-prefix-list-entries-pl-0a.json", entries),
    ]);
    let region = only_region(&inventory);
    assert!(region.security_groups.is_complete() && region.security_group_rules.is_complete());
    let group = &region.security_groups.items[0];
    assert_eq!(group.group_id, "sg-0a");
    assert_eq!(group.group_name.as_deref(), Some("web"));
    assert_eq!(group.vpc_id.as_deref(), Some("vpc-0a1"));
    assert_eq!(
        peers(&region.security_group_rules.items),
        [
            "from 0.0.0.0/0 Some(443)",
            "from 192.0.2.0/24 Some(443)",
            "from ::/0 Some(443)",
            "from pl-0a Some(443)",
            "from sg-0b Some(443)",
            "to 0.0.0.0/0 None",
        ]
    );
    let lists = &region.prefix_lists.items;
    assert_eq!(lists[0].cidrs, Some(vec!["203.0.113.0/24".to_owned()]));
    assert_eq!(about_groups(&inventory), []);
    let eni = &region.network_interfaces.items[0];
    assert_eq!(eni.security_group_ids, ["sg-0a"]);
    let address = &eni.private_ip_addresses[0];
    assert_eq!(address.private_ip_address, "10.0.0.5");
    assert_eq!(address.public_ip.as_deref(), Some("198.51.100.5"));
    assert_eq!(eni.ipv6_addresses, ["2001:db8::5"]);
    assert_eq!(eni.prefixes, ["10.0.1.0/28", "2001:db8:0:1::/80"]);
}

#[test]
fn rules_with_ids_are_preferred() {
    let inventory = with(&[
        ("describe-security-groups.json", GROUPS),
        ("describe-security-group-rules.json", RULES),
    ]);
    let rules = &only_region(&inventory).security_group_rules;
    assert!(rules.is_complete());
    assert_eq!(rules.items[0].security_group_rule_id, "sgr-0a");
    assert_eq!(peers(&rules.items), ["from sg-0b Some(443)"]);
    let owner = rules.items[0].referenced_group_owner_id.as_deref();
    assert_eq!(owner, Some("444455556666"));
    assert_eq!(about_groups(&inventory), []);

    // Half of them are worse than all without ids.
    let first = RULES.replacen('{', r#"{"NextToken": "x", "#, 1);
    let inventory = with(&[
        ("describe-security-groups.json", GROUPS),
        ("describe-security-group-rules.json", &first),
    ]);
    let rules = &only_region(&inventory).security_group_rules;
    assert_eq!((rules.is_complete(), rules.items.len()), (true, 6));
}

#[test]
fn pages_are_put_together_and_missing_ones_told() {
    let first = GROUPS.replacen('{', r#"{"NextToken": "x", "#, 1);
    let second = GROUPS.replace("sg-0a", "sg-0c");
    let inventory = with(&[
        ("describe-security-groups-1.json", &first),
        ("describe-security-groups-2.json", &second),
    ]);
    let region = only_region(&inventory);
    assert!(region.security_groups.is_complete());
    assert_eq!(region.security_groups.items.len(), 2);
    assert_eq!(region.security_group_rules.items.len(), 12);

    let inventory = with(&[("describe-security-groups.json", &first)]);
    let region = only_region(&inventory);
    assert_eq!(region.security_groups.state, ListingState::Partial);
    assert_eq!(region.security_group_rules.state, ListingState::Partial);
    let gap = gap_of(&inventory, "ec2:DescribeSecurityGroups");
    assert_eq!(gap.error_code, "PageNotSaved");
}

#[test]
fn what_is_missing_is_a_gap_only_if_groups_were_saved() {
    let inventory = with(&[]);
    assert_eq!(about_groups(&inventory), []);
    let state = only_region(&inventory).security_groups.state;
    assert_eq!(state, ListingState::NotNeeded);

    let inventory = with(&[("describe-security-groups.json", GROUPS)]);
    assert_eq!(
        about_groups(&inventory),
        [(
            "ec2:GetManagedPrefixListEntries",
            "111122223333/eu-west-1/get-managed-prefix-list-entries-pl-0a.json was not saved"
        )]
    );
    assert_eq!(only_region(&inventory).prefix_lists.items[0].cidrs, None);

    // Rules left out of the answer, as `--query` does.
    let bare = r#"{"SecurityGroups": [{"GroupId": "sg-0a", "VpcId": "vpc-0a1"}]}"#;
    let inventory = with(&[("describe-security-groups.json", bare)]);
    let rules = &only_region(&inventory).security_group_rules;
    assert_eq!(rules.state, ListingState::NotRead);
    assert_eq!(
        about_groups(&inventory),
        [(
            "ec2:DescribeSecurityGroupRules",
            "111122223333/eu-west-1/describe-security-group-rules.json was not saved"
        )]
    );
    let other = VPCS.replace("vpc-0a1", "vpc-0a2");
    let inventory = with(&[
        ("describe-security-groups.json", GROUPS),
        ("111122223333/us-east-1/describe-vpcs.json", &other),
    ]);
    assert!(about_groups(&inventory).contains(&(
        "ec2:DescribeSecurityGroups",
        "111122223333/us-east-1/describe-security-groups.json was not saved"
    )));
}

#[test]
fn lists_of_aws_hold_their_blocks() {
    let lists = r#"{"PrefixLists": [{"PrefixListId": "pl-0a", "PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["52.218.0.0/17"]}]}"#;
    let inventory = with(&[
        ("describe-security-groups.json", GROUPS),
        ("describe-prefix-lists.json", lists),
    ]);
    let list = &only_region(&inventory).prefix_lists.items[0];
    assert_eq!(list.cidrs, Some(vec!["52.218.0.0/17".to_owned()]));
    assert_eq!(about_groups(&inventory), []);
}
