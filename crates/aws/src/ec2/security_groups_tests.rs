//! Answers about security groups and prefix lists in EC2's wire format.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::testing::answer;

fn page_of(action: &str, items: &str) -> String {
    format!(
        r#"<{action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">{items}<nextToken>next</nextToken></{action}Response>"#
    )
}

#[tokio::test]
async fn groups_are_read_without_their_rules() {
    let body = page_of(
        "DescribeSecurityGroups",
        "<securityGroupInfo><item><ownerId>111122223333</ownerId><groupId>sg-1</groupId><groupName>web</groupName>
         <groupDescription>a &lt;b&gt;</groupDescription><vpcId>vpc-1</vpcId>
         <ipPermissions><item><ipProtocol>tcp</ipProtocol></item></ipPermissions>
         <tagSet><item><key>Name</key><value>Web</value></item></tagSet></item></securityGroupInfo>",
    );
    let request = DescribeSecurityGroups {
        next_token: Some("page2".to_owned()),
    };
    let sent = ["MaxResults=1000", "NextToken=page2"];
    let page = answer(request, &body, &sent).await;
    assert_eq!(page.next_token.as_deref(), Some("next"));
    let expected = SecurityGroup {
        group_id: "sg-1".to_owned(),
        group_name: Some("web".to_owned()),
        description: Some("a <b>".to_owned()),
        vpc_id: Some("vpc-1".to_owned()),
        owner_id: Some("111122223333".to_owned()),
        tags: [("Name".to_owned(), "Web".to_owned())].into(),
    };
    assert_eq!(page.items, [expected]);
}

#[tokio::test]
async fn rules_keep_their_peer() {
    let body = page_of(
        "DescribeSecurityGroupRules",
        "<securityGroupRuleSet>
         <item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId><groupOwnerId>1</groupOwnerId><isEgress>false</isEgress>
         <ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><cidrIpv4>0.0.0.0/0</cidrIpv4><description>all</description></item>
         <item><securityGroupRuleId>sgr-2</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress><ipProtocol>-1</ipProtocol>
         <fromPort>-1</fromPort><toPort>-1</toPort><cidrIpv6>::/0</cidrIpv6></item>
         <item><securityGroupRuleId>sgr-3</securityGroupRuleId><groupId>sg-1</groupId><isEgress>false</isEgress><ipProtocol>udp</ipProtocol>
         <fromPort>53</fromPort><toPort>53</toPort><referencedGroupInfo><groupId>sg-2</groupId><userId>444455556666</userId></referencedGroupInfo></item>
         <item><securityGroupRuleId>sgr-4</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress><ipProtocol>tcp</ipProtocol>
         <fromPort>443</fromPort><toPort>443</toPort><prefixListId>pl-1</prefixListId></item></securityGroupRuleSet>",
    );
    let request = DescribeSecurityGroupRules::default();
    let page = answer(request, &body, &["MaxResults=1000"]).await;
    let peers: Vec<_> = page
        .items
        .iter()
        .map(|rule| {
            let peer = [
                &rule.cidr_ipv4,
                &rule.cidr_ipv6,
                &rule.referenced_group_id,
                &rule.referenced_group_owner_id,
                &rule.prefix_list_id,
            ];
            let peer: Vec<_> = peer.into_iter().flatten().map(String::as_str).collect();
            (rule.is_egress, rule.from_port, peer.join(" "))
        })
        .collect();
    let rule = |is_egress, port, peer: &str| (is_egress, Some(port), peer.to_owned());
    assert_eq!(
        peers,
        [
            rule(false, 443, "0.0.0.0/0"),
            rule(true, -1, "::/0"),
            rule(false, 53, "sg-2 444455556666"),
            rule(true, 443, "pl-1"),
        ]
    );
    assert_eq!(page.items[0].description.as_deref(), Some("all"));
}

#[tokio::test]
async fn prefix_lists_are_asked_for_by_id_and_their_blocks_apart() {
    let body = page_of(
        "DescribeManagedPrefixLists",
        "<prefixListSet><item><prefixListId>pl-1</prefixListId><prefixListName>com.amazonaws.eu-west-1.s3</prefixListName></item></prefixListSet>",
    );
    let request = DescribeManagedPrefixLists {
        prefix_list_ids: vec!["pl-1".to_owned()],
        next_token: None,
    };
    let sent = [
        "Filter.1.Name=prefix-list-id",
        "Filter.1.Value.1=pl-1",
        "MaxResults=100",
    ];
    let page = answer(request, &body, &sent).await;
    assert_eq!(page.items[0].prefix_list_id, "pl-1");
    assert_eq!(page.items[0].cidrs, None);
    let body = page_of(
        "GetManagedPrefixListEntries",
        "<entrySet><item><cidr>192.0.2.0/24</cidr><description>x</description></item><item/></entrySet>",
    );
    let request = GetManagedPrefixListEntries {
        prefix_list_id: "pl-1".to_owned(),
        next_token: None,
    };
    let sent = ["PrefixListId=pl-1", "MaxResults=100"];
    let page = answer(request, &body, &sent).await;
    assert_eq!(page.items, ["192.0.2.0/24", ""]);
}
