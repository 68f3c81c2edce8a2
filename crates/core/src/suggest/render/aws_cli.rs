//! A suggestion as commands of the AWS CLI.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::advice::{GroupAdvice, Suggestion};
use super::super::rule::{Allow, Direction, Peer};
use super::{changed, description, is_id, title};

/// A script for a POSIX shell that authorizes the new rules and then revokes those that go. It does so for the groups of the
/// account whose credentials it finds, and stops at the first command that fails: then nothing was revoked, or nothing new is missing.
#[must_use]
pub fn aws_cli(suggestion: &Suggestion) -> String {
    let mut text = String::from(
        "#!/bin/sh\n# Proposed rules of security groups; nothing was applied. Read it before you run it.\nset -eu\n",
    );
    let mut accounts: BTreeMap<&str, Vec<&GroupAdvice>> = BTreeMap::new();
    for group in changed(suggestion) {
        accounts.entry(&group.account_id).or_default().push(group);
    }
    // Without a region the AWS CLI does not start; any of the partition tells whose credentials these are.
    let Some(first) = accounts.values().flatten().next() else {
        text.push_str("# Nothing is to be changed.\n");
        return text;
    };
    let _ = writeln!(
        text,
        "account=$(aws sts get-caller-identity --region {} --query Account --output text)",
        quote(&first.region)
    );
    for (account, groups) in accounts {
        let _ = writeln!(text, "\nif [ \"$account\" = {} ]; then", quote(account));
        text.push_str("\n# New rules first.\n");
        for group in &groups {
            for direction in [Direction::Ingress, Direction::Egress] {
                text.push_str(&authorize(group, direction));
            }
        }
        text.push_str("\n# Then those that they replace, or that nothing used.\n");
        for group in &groups {
            for direction in [Direction::Ingress, Direction::Egress] {
                text.push_str(&revoke(group, direction));
            }
        }
        text.push_str("\nfi\n");
    }
    text
}

fn authorize(group: &GroupAdvice, direction: Direction) -> String {
    let new = group.authorized().filter_map(|rule| {
        let allow = rule.allow.as_ref()?;
        let said = description(rule.description.as_deref());
        (allow.direction == direction).then(|| permission(allow, said))
    });
    let new: Vec<Value> = new.collect();
    if new.is_empty() {
        return String::new();
    }
    let option = format!("--ip-permissions {}", quote(&Value::from(new).to_string()));
    command(group, "authorize", direction, &option)
}

fn revoke(group: &GroupAdvice, direction: Direction) -> String {
    let gone = group.revoked().filter_map(|rule| {
        let allow = rule.allow.as_ref()?;
        (allow.direction == direction).then_some((rule.rule_id.as_str(), allow))
    });
    let (nameless, named): (Vec<_>, Vec<_>) = gone.partition(|(id, _)| !is_id(id));
    let mut text = String::new();
    if !named.is_empty() {
        let ids: Vec<String> = named.iter().map(|(id, _)| quote(id)).collect();
        let option = format!("--security-group-rule-ids {}", ids.join(" "));
        text.push_str(&command(group, "revoke", direction, &option));
    }
    if !nameless.is_empty() {
        let rules: Vec<Value> = nameless
            .iter()
            .map(|(_, it)| permission(it, None))
            .collect();
        let rules = quote(&Value::from(rules).to_string());
        let option = format!("--ip-permissions {rules}");
        text.push_str(&command(group, "revoke", direction, &option));
    }
    text
}

fn command(group: &GroupAdvice, verb: &str, direction: Direction, option: &str) -> String {
    format!(
        "\n# {}\naws ec2 {verb}-security-group-{} \\\n  --region {} \\\n  --group-id {} \\\n  {option}\n",
        title(group),
        direction.as_str(),
        quote(&group.region),
        quote(&group.group_id),
    )
}

/// One rule as `IpPermission` (EC2 API Reference).
fn permission(allow: &Allow, description: Option<String>) -> Value {
    let mut peer = match &allow.peer {
        Peer::Group { group_id, owner_id } => match owner_id {
            Some(owner) => json!({"GroupId": group_id, "UserId": owner}),
            None => json!({"GroupId": group_id}),
        },
        Peer::PrefixList { prefix_list_id } => json!({"PrefixListId": prefix_list_id}),
        Peer::Block { block } if block.is_ipv6() => json!({"CidrIpv6": block}),
        Peer::Block { block } => json!({"CidrIp": block}),
    };
    if let Some(text) = description {
        peer["Description"] = text.into();
    }
    let peers = match &allow.peer {
        Peer::Group { .. } => "UserIdGroupPairs",
        Peer::PrefixList { .. } => "PrefixListIds",
        Peer::Block { block } if block.is_ipv6() => "Ipv6Ranges",
        Peer::Block { .. } => "IpRanges",
    };
    let mut permission = json!({"IpProtocol": allow.service.ip_protocol()});
    if let Some((from, to)) = allow.service.from_to() {
        permission["FromPort"] = from.into();
        permission["ToPort"] = to.into();
    }
    permission[peers] = json!([peer]);
    permission
}

/// One word: whatever `text` holds, the shell hands it on as it is, and the AWS CLI takes it for no option and no file.
fn quote(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+,-".contains(&byte);
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    // No id or region holds a NUL, and none may be in a word.
    let text = text.replace('\0', "");
    format!("'{}'", text.replace('\'', r"'\''"))
}
