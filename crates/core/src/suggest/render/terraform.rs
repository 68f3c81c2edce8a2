//! A suggestion in Terraform's language.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::super::advice::{GroupAdvice, ProposedRule, Suggestion};
use super::super::rule::{Allow, Direction, Peer};
use super::{changed, description, is_id, title};

/// All rules that the groups to be changed would have, as resources of the Terraform provider `hashicorp/aws`. Rules that are
/// there already come with an `import` block. Groups of other accounts and regions need a provider of their own.
#[must_use]
pub fn terraform(suggestion: &Suggestion) -> String {
    let mut text = String::from(
        "# Proposed rules; nothing was applied. Rules of today that are not among them, and that Terraform does not manage,\n\
         # stay until they are revoked. Not to be mixed with rules inside of aws_security_group.\n",
    );
    for group in changed(suggestion) {
        let _ = writeln!(text, "\n# {}", title(group));
        for rule in &group.proposal {
            if let Some(allow) = &rule.allow {
                text.push('\n');
                text.push_str(&resource(group, rule, allow));
            }
        }
    }
    text
}

fn resource(group: &GroupAdvice, rule: &ProposedRule, allow: &Allow) -> String {
    let kind = match allow.direction {
        Direction::Ingress => "aws_vpc_security_group_ingress_rule",
        Direction::Egress => "aws_vpc_security_group_egress_rule",
    };
    let name = name(&group.group_id, allow);
    let mut attributes = vec![("security_group_id", string(&group.group_id))];
    if let Some(text) = description(rule.description.as_deref()) {
        attributes.push(("description", string(&text)));
    }
    attributes.push(("ip_protocol", string(&allow.service.ip_protocol())));
    if let Some((from, to)) = allow.service.from_to() {
        attributes.push(("from_port", from.to_string()));
        attributes.push(("to_port", to.to_string()));
    }
    attributes.push(match &allow.peer {
        Peer::Group { group_id, owner_id } => {
            let owner = owner_id.as_ref().map(|owner| format!("{owner}/"));
            let named = format!("{}{group_id}", owner.unwrap_or_default());
            ("referenced_security_group_id", string(&named))
        }
        Peer::PrefixList { prefix_list_id } => ("prefix_list_id", string(prefix_list_id)),
        Peer::Block { block } if block.is_ipv6() => ("cidr_ipv6", string(&block.to_string())),
        Peer::Block { block } => ("cidr_ipv4", string(&block.to_string())),
    });
    let mut text = String::new();
    if let Some(id) = rule.rule_id.as_deref().filter(|id| is_id(id)) {
        let _ = writeln!(
            text,
            "import {{\n  to = {kind}.{name}\n  id = {}\n}}\n",
            string(id)
        );
    }
    let _ = writeln!(text, "resource \"{kind}\" \"{name}\" {{");
    let width = attributes.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or(0);
    for (name, value) in attributes {
        let _ = writeln!(text, "  {name:width$} = {value}");
    }
    text.push_str("}\n");
    text
}

/// The same rule of the same group has the same name each time, or Terraform would make again what it made.
fn name(group_id: &str, allow: &Allow) -> String {
    let digest = Sha256::digest(format!("{group_id} {allow}"));
    let digest: String = digest[..5]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let readable: String = group_id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(48)
        .collect();
    let direction = allow.direction.as_str();
    format!("{direction}_{readable}_{digest}")
}

/// A quoted string that means `text`, whatever it holds: no template in it is run.
fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let opens = matches!(character, '$' | '%') && characters.peek() == Some(&'{');
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' if !opens => quoted.push(character),
            other => {
                let code = u32::from(other);
                // Writing to a string cannot fail.
                let _ = if code > 0xffff {
                    write!(quoted, "\\U{code:08x}")
                } else {
                    write!(quoted, "\\u{code:04x}")
                };
            }
        }
    }
    quoted.push('"');
    quoted
}
