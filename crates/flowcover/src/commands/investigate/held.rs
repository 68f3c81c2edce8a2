//! Who holds an address: private ones stand in several VPCs at once.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::inventory::{Inventory, NetworkInterface};
use flowcover_core::words::counted;
use flowcover_detect::{Inquiry, Network, Subject};

use super::who::{addresses, interfaces};

/// Interfaces of one VPC that a sentence names.
const NAMED: usize = 3;

/// Passes over what interfaces of other VPCs recorded that have the same addresses, where it is said which VPC is meant (`vpc`), or the subject itself is
/// in one. Gives what is to be said of that. VPCs with the same addresses cannot be peered, so nothing of the subject is lost by it.
pub(super) fn within_one_vpc(
    inquiry: Inquiry,
    vpc: Option<&str>,
    inventory: Option<&Inventory>,
) -> (Inquiry, Option<String>) {
    let Some(inventory) = inventory else {
        return (inquiry, None);
    };
    let holders = holders(&inquiry, inventory);
    let own = vpc
        .map(str::to_owned)
        .or_else(|| own_vpc(inquiry.subject(), inventory));
    let is_other = |holder: &&str| own.as_deref() != Some(holder);
    let others: BTreeSet<&str> = holders.keys().copied().filter(is_other).collect();
    let said = said_of(&inquiry, &holders);
    match own {
        _ if others.is_empty() || (holders.len() < 2 && vpc.is_none()) => (inquiry, None),
        Some(own) => (
            inquiry.not_at(interfaces_of(&others, inventory)),
            Some(format!(
                "{said}: only that of {own} counts, and nothing that interfaces of the others recorded"
            )),
        ),
        None => (
            inquiry,
            Some(format!(
                "{said}: their flows are taken together; --vpc VPC, or the id of an interface instead of the address, chooses"
            )),
        ),
    }
}

/// Interfaces that have an address of the subject, by VPC.
fn holders<'i>(inquiry: &Inquiry, inventory: &'i Inventory) -> BTreeMap<&'i str, Vec<&'i str>> {
    // Of a block, or a group, there are many anyway.
    let is_one = matches!(
        inquiry.subject(),
        Subject::Address(_) | Subject::Interface(_) | Subject::Instance(_)
    );
    let mut holders = BTreeMap::<&str, Vec<&str>>::new();
    let has = |network: Network| match inquiry.subject() {
        Subject::Address(address) => network.contains(*address),
        _ => inquiry.has(network.first()),
    };
    for interface in interfaces(inventory).filter(|_| is_one) {
        if let Some(vpc) = interface.vpc_id.as_deref()
            && addresses(interface).any(has)
        {
            let ids = holders.entry(vpc).or_default();
            ids.push(&interface.network_interface_id);
        }
    }
    holders
}

/// The VPC of an interface or an instance, if it is in one.
fn own_vpc(subject: &Subject, inventory: &Inventory) -> Option<String> {
    let is_own = |interface: &&NetworkInterface| match subject {
        Subject::Interface(id) => interface.network_interface_id == id.as_str(),
        Subject::Instance(id) => interface.instance_id.as_deref() == Some(id.as_str()),
        _ => false,
    };
    let own = interfaces(inventory).filter(is_own);
    let vpcs: BTreeSet<&str> = own.filter_map(|it| it.vpc_id.as_deref()).collect();
    match vpcs.into_iter().collect::<Vec<_>>().as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

fn interfaces_of<'i>(vpcs: &BTreeSet<&str>, inventory: &'i Inventory) -> Vec<&'i str> {
    let is_in = |interface: &&NetworkInterface| {
        let vpc = interface.vpc_id.as_deref();
        vpc.is_some_and(|vpc| vpcs.contains(vpc))
    };
    interfaces(inventory)
        .filter(is_in)
        .map(|interface| interface.network_interface_id.as_str())
        .collect()
}

/// `10.0.3.7 is an address of vpc-1 (eni-1) and of vpc-2 (eni-2)`.
fn said_of(inquiry: &Inquiry, holders: &BTreeMap<&str, Vec<&str>>) -> String {
    let vpcs: Vec<String> = holders
        .iter()
        .map(|(vpc, ids)| {
            let named = ids.iter().take(NAMED).copied().collect::<Vec<_>>();
            let more = match ids.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {}", counted(more, "other")),
            };
            format!("of {vpc} ({}{more})", named.join(", "))
        })
        .collect();
    let what = match inquiry.subject() {
        Subject::Address(address) => format!("{address} is an address"),
        other => format!("addresses of {other} are addresses"),
    };
    format!("{what} {}", vpcs.join(" and "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_core::inventory::{PrivateIpAddress, Region, RegionStatus};

    use super::super::who::{inquiry, parse};
    use super::*;

    /// `10.0.0.5` is there in both VPCs, `10.0.0.6` in one.
    fn inventory() -> Inventory {
        let interface = |id: &str, vpc: &str, address: &str| NetworkInterface {
            network_interface_id: id.to_owned(),
            vpc_id: Some(vpc.to_owned()),
            private_ip_addresses: vec![PrivateIpAddress {
                private_ip_address: address.to_owned(),
                public_ip: None,
            }],
            ..NetworkInterface::default()
        };
        let mut region = Region::new("1", "eu-west-1", RegionStatus::Collected);
        region.network_interfaces.items = vec![
            interface("eni-0000000a", "vpc-1", "10.0.0.5"),
            interface("eni-0000000b", "vpc-2", "10.0.0.5"),
            interface("eni-0000000c", "vpc-2", "10.0.0.6"),
        ];
        let mut inventory = Inventory::empty(jiff::Timestamp::UNIX_EPOCH);
        inventory.regions = vec![region];
        inventory
    }

    fn said(subject: &str, vpc: Option<&str>) -> Option<String> {
        let inventory = inventory();
        let inquiry = inquiry(parse(subject).unwrap(), Some(&inventory)).unwrap();
        within_one_vpc(inquiry, vpc, Some(&inventory)).1
    }

    #[test]
    fn an_address_of_two_vpcs_is_said_to_be() {
        let both = "10.0.0.5 is an address of vpc-1 (eni-0000000a) and of vpc-2 (eni-0000000b)";
        let found = said("10.0.0.5", None).unwrap();
        let together = format!("{both}: their flows are taken together");
        assert!(found.starts_with(&together), "{found}");
        let only = "counts, and nothing that interfaces of the others recorded";
        assert_eq!(
            said("10.0.0.5", Some("vpc-2")).unwrap(),
            format!("{both}: only that of vpc-2 {only}")
        );
        assert_eq!(
            said("eni-0000000a", None).unwrap(),
            format!(
                "addresses of eni-0000000a are addresses of vpc-1 (eni-0000000a) and of vpc-2 (eni-0000000b): only that of vpc-1 {only}"
            )
        );
        for subject in ["10.0.0.6", "eni-0000000c", "10.0.0.0/24", "192.0.2.1"] {
            assert_eq!(said(subject, None), None, "{subject}");
        }
        assert_eq!(said("10.0.0.6", Some("vpc-2")), None);
    }

    #[test]
    fn without_an_inventory_nothing_is_told_apart() {
        let inquiry = inquiry(parse("10.0.0.5").unwrap(), None).unwrap();
        assert_eq!(within_one_vpc(inquiry, Some("vpc-9"), None).1, None);
    }
}
