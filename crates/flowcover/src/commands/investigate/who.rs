//! Who is meant: from what was typed, and what an inventory knows of it.

use flowcover_core::inventory::{Inventory, NetworkInterface};
use flowcover_detect::{Inquiry, Network, NoSubject, Subject};

use crate::failure::Failure;

/// Whom the text names.
pub(super) fn parse(text: &str) -> Result<Subject, Failure> {
    text.parse().map_err(|error: NoSubject| {
        let hint = match &error {
            NoSubject::HostBits { block, .. } => {
                format!("give {block}, or the address without the /")
            }
            NoSubject::Id { .. } => "ids are written as AWS writes them".to_owned(),
            _ => "a name is none of them: look up its id, or its address".to_owned(),
        };
        Failure::usage(format!("cannot investigate: {error}")).hint(hint)
    })
}

/// By what the flows of the subject are known.
pub(super) fn inquiry(subject: Subject, inventory: Option<&Inventory>) -> Result<Inquiry, Failure> {
    let Some(inventory) = inventory else {
        let id = subject.to_string();
        return Inquiry::new(subject).map_err(|_| {
            Failure::usage(format!(
                "cannot tell which interfaces are in {id}: records do not say it"
            ))
            .hint("--inventory FILE names a snapshot that does; `flowcover collect` writes one")
        });
    };
    let has = |interface: &&NetworkInterface| match &subject {
        Subject::Interface(id) => interface.network_interface_id == id.as_str(),
        Subject::Instance(id) => interface.instance_id.as_deref() == Some(id.as_str()),
        Subject::SecurityGroup(id) => {
            let mut groups = interface.security_group_ids.iter();
            groups.any(|group| group == id.as_str())
        }
        Subject::Address(_) | Subject::Network(_) => false,
    };
    let interfaces: Vec<&NetworkInterface> = interfaces(inventory).filter(has).collect();
    if interfaces.is_empty() {
        let id = subject.to_string();
        return Inquiry::new(subject).map_err(|_| {
            Failure::usage(format!("no interface of the inventory is in {id}"))
                .hint("it may be in use nowhere, be of an account or region that was not collected, or the snapshot has no security groups: collect again")
        });
    }
    let ids = interfaces
        .iter()
        .map(|interface| &interface.network_interface_id);
    let addresses = interfaces.iter().flat_map(|interface| addresses(interface));
    Inquiry::of_interfaces(subject, ids, addresses)
        .map_err(|error| Failure::usage(error.to_string()))
}

/// Neither records nor an inventory tell the interfaces of an instance.
pub(super) fn untold(subject: &Subject) -> Failure {
    Failure::usage(format!(
        "cannot tell which interfaces are of {subject}: the records lack the field instance-id, and no inventory tells"
    ))
    .hint("--inventory FILE names a snapshot that does; or investigate its address or interface")
}

/// All interfaces that were collected.
pub(super) fn interfaces(inventory: &Inventory) -> impl Iterator<Item = &NetworkInterface> {
    let regions = inventory.regions.iter();
    regions.flat_map(|region| &region.network_interfaces.items)
}

/// Addresses and blocks that an interface has itself. Its records have the private address where the other end used a public one, so public ones
/// are not among them.
pub(super) fn addresses(interface: &NetworkInterface) -> impl Iterator<Item = Network> {
    let private = interface.private_ip_addresses.iter();
    let private = private.map(|address| &address.private_ip_address);
    let rest = interface.ipv6_addresses.iter().chain(&interface.prefixes);
    private.chain(rest).filter_map(|text| text.parse().ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_core::inventory::{PrivateIpAddress, Region, RegionStatus};
    use flowcover_detect::Address;

    use super::*;

    fn inventory() -> Inventory {
        let interface = |number: u8, instance: Option<&str>, groups: &[&str]| NetworkInterface {
            network_interface_id: format!("eni-0000000{number}"),
            instance_id: instance.map(str::to_owned),
            security_group_ids: groups.iter().map(ToString::to_string).collect(),
            private_ip_addresses: vec![PrivateIpAddress {
                private_ip_address: format!("10.0.0.{number}"),
                public_ip: Some(format!("192.0.2.{number}")),
            }],
            ipv6_addresses: vec![format!("2001:db8::{number}"), "no address".to_owned()],
            prefixes: vec![format!("10.0.{number}.0/28")],
            ..NetworkInterface::default()
        };
        let mut region = Region::new("1", "eu-west-1", RegionStatus::Collected);
        region.network_interfaces.items = vec![
            interface(1, Some("i-11111111"), &["sg-0000000a", "sg-0000000b"]),
            interface(2, None, &["sg-0000000b"]),
            interface(3, None, &[]),
        ];
        let mut inventory = Inventory::empty(jiff::Timestamp::UNIX_EPOCH);
        inventory.regions = vec![region];
        inventory
    }

    /// Which of the addresses 10.0.0.1 to 10.0.0.3 are the subject's.
    fn has(inquiry: &Inquiry) -> Vec<u8> {
        let address = |number| format!("10.0.0.{number}").parse::<Address>().unwrap();
        (1..=3)
            .filter(|number| inquiry.has(address(*number)))
            .collect()
    }

    #[test]
    fn an_inventory_tells_addresses() {
        let inventory = inventory();
        for (text, expected) in [
            ("eni-00000002", &[2][..]),
            ("i-11111111", &[1]),
            ("sg-0000000b", &[1, 2]),
            ("sg-0000000a", &[1]),
            ("10.0.0.3", &[3]),
            ("eni-00000009", &[]),
        ] {
            let subject = parse(text).unwrap();
            let inquiry = inquiry(subject, Some(&inventory)).unwrap();
            assert_eq!(has(&inquiry), expected, "{text}");
        }
        let group = inquiry(parse("sg-0000000b").unwrap(), Some(&inventory)).unwrap();
        for (address, expected) in [
            ("2001:db8::2", true),
            ("10.0.1.15", true),
            ("10.0.3.1", false),
            ("192.0.2.1", false),
        ] {
            assert_eq!(group.has(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn what_nobody_knows_is_said() {
        let known = inventory();
        for (text, inventory) in [("sg-0000000c", Some(&known)), ("sg-0000000a", None)] {
            assert!(inquiry(parse(text).unwrap(), inventory).is_err(), "{text}");
        }
        // Records may tell.
        for inventory in [Some(&known), None] {
            let inquiry = inquiry(parse("i-99999999").unwrap(), inventory).unwrap();
            assert!(inquiry.is_told_by_records());
        }
    }
}
