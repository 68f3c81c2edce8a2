//! What a suggestion says of groups and rules, in words for people. All of it is printable ASCII on one line, whatever stands in names.

use jiff::Timestamp;

use super::super::advice::{
    Broader, GroupAdvice, ProposedRule, Reason, RuleAdvice, Standing, Status, Withheld,
};
use super::plain;
pub use super::title;
use crate::words::{choose, counted};

/// Whether something is proposed for a group, or why not.
#[must_use]
pub fn state(group: &GroupAdvice) -> String {
    match &group.status {
        Status::Fits => "as it should be".to_owned(),
        Status::Change => {
            let (new, gone) = (group.diff.authorize.len(), group.diff.revoke.len());
            format!("{new} to authorize, {gone} to revoke")
        }
        Status::Withheld { why } => format!("nothing is proposed: {}", withheld(why)),
    }
}

fn withheld(why: &Withheld) -> String {
    match why {
        Withheld::NothingAccepted => "no accepted flow was seen".to_owned(),
        Withheld::RulesNotRead => "its rules were not all read".to_owned(),
        Withheld::MembersNotRead => "the interfaces of its region were not all read".to_owned(),
        Withheld::NotAttached => "no interface is in it".to_owned(),
        Withheld::NotSeen => "no flow was seen that its rules let through".to_owned(),
        Withheld::NotRecorded { interface_ids } => format!(
            "accepted traffic is not recorded of {}",
            plain(&interface_ids.join(", "))
        ),
        Withheld::TooMany => "too many different ports and addresses to keep".to_owned(),
    }
}

/// A rule of today, and how much it was used.
#[must_use]
pub fn of_today(rule: &RuleAdvice) -> String {
    let allow = match &rule.allow {
        Some(allow) => plain(&allow.to_string()),
        None => "a rule that cannot be understood".to_owned(),
    };
    let id = match rule.rule_id.as_str() {
        "" => String::new(),
        id => format!("  {}", plain(id)),
    };
    let usage = rule.usage;
    let seen = usage
        .last_seen
        .and_then(|it| Timestamp::from_second(it).ok());
    let last = seen.map_or_else(String::new, |seen| {
        format!(
            ", {}, last {}",
            counted(usage.bytes, "byte"),
            seen.strftime("%Y-%m-%d")
        )
    });
    let used = format!("{}{last}", counted(usage.flows, "flow"));
    let said = match &rule.standing {
        Standing::Unused => "not used".to_owned(),
        Standing::Fits | Standing::Used => used,
        Standing::Broader { broader } => format!("{used}; {}", breadth(broader)),
        Standing::NotJudged => format!("{used}; stays, what it names was not read"),
    };
    format!("{allow}{id}  # {said}")
}

fn breadth(broader: &Broader) -> String {
    let more = if broader.more_addresses {
        "more than "
    } else {
        ""
    };
    let addresses = format!("{more}{}", counted(broader.addresses_seen, "address"));
    match (broader.ports_allowed, broader.ports_seen) {
        (Some(1), _) => addresses,
        (Some(allowed), seen) => format!("{seen} of {allowed} ports, {addresses}"),
        (None, seen) => format!("{}, {addresses}", counted(seen, "service")),
    }
}

/// A rule that is proposed, and why it is as it is.
#[must_use]
pub fn proposed(rule: &ProposedRule) -> String {
    let allow = rule.allow.as_ref().map(ToString::to_string);
    let mut said: Vec<String> = rule.reasons.iter().map(reason).collect();
    if !rule.instead_of.is_empty() {
        said.push(format!("instead of {}", plain(&rule.instead_of.join(", "))));
    }
    let said = match said.is_empty() {
        true => String::new(),
        false => format!("  # {}", said.join("; ")),
    };
    format!("{}{said}", plain(&allow.unwrap_or_default()))
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::ManyPorts { ports } => format!(
            "the range stays: {} of it {} used",
            counted(*ports, "port"),
            choose(*ports, "was", "were")
        ),
        Reason::ManyAddresses { addresses } => {
            format!(
                "stays as open as it is: {} or more",
                counted(*addresses, "address")
            )
        }
        Reason::Scattered { addresses } => {
            format!("stays as open as it is: {addresses} addresses are too far apart")
        }
        Reason::TakenTogether { addresses } => {
            format!("holds more than was seen: {addresses} addresses were taken together")
        }
        Reason::NoGroupFits => {
            "an address of ours; naming a group of it would allow more than today".to_owned()
        }
        Reason::NotJudged => "stays".to_owned(),
    }
}
