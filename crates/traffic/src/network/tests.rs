use std::collections::HashSet;

use super::*;

fn network() -> Network {
    Network::new(1, "us-east-1", Size::for_records(20_000_000))
}

#[test]
fn every_role_has_an_interface_in_the_smallest_network() {
    let network = Network::new(3, "eu-west-1", Size::for_records(0));
    for role in Role::ALL {
        assert!(!network.of(role).is_empty(), "{role:?}");
    }
}

#[test]
fn addresses_and_ids_of_ours_are_unique() {
    let network = network();
    let ids: HashSet<_> = network.interfaces.iter().map(|one| &one.id).collect();
    let hosts: HashSet<_> = network
        .interfaces
        .iter()
        .map(|one| &network.host(one.host).text)
        .collect();
    assert_eq!(ids.len(), network.interfaces.len());
    assert_eq!(hosts.len(), network.interfaces.len());
    assert!((380..=410).contains(&ids.len()), "{}", ids.len());
}

#[test]
fn nobody_outside_has_a_private_address() {
    let network = network();
    for place in 0..network.clients.count {
        let IpAddr::V4(address) = network.host(network.clients.at(place)).address else {
            panic!("the clients of this row have IPv4");
        };
        assert!(!address.is_private() && !address.is_documentation());
        assert!(!address.is_multicast() && !address.is_link_local());
    }
    for place in 0..network.clients_ipv6.count {
        let address = network.host(network.clients_ipv6.at(place)).address;
        assert!(address.is_ipv6() && !address.to_string().starts_with("2001:db8"));
    }
    let needle = network.host(network.hidden.at(0));
    assert_eq!(&*needle.text, "198.51.100.99");
}

#[test]
fn az_ids_are_shortened_as_aws_does() {
    assert_eq!(az_id("us-east-1", 2), "use1-az2");
    assert_eq!(az_id("ap-northeast-1", 1), "apne1-az1");
    assert_eq!(az_id("eu-central-1", 3), "euc1-az3");
    assert_eq!(az_id("us-gov-west-1", 1), "usgovwest1-az1");
}
