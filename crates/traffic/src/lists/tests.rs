use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::attack::KINDS;
use crate::network::Size;

fn network(records: u64) -> Network {
    let mut network = Network::new(1, "us-east-1", Size::for_records(records));
    network.add_strangers(1, KINDS);
    network
}

fn country(
    table: &HashMap<String, &'static str>,
    network: &Network,
    host: HostIndex,
) -> &'static str {
    table[&region(network.host(host).address).1]
}

#[test]
fn every_address_in_the_internet_has_a_country_and_only_data_thieves_are_in_a_rare_one() {
    for records in [0, 20_000_000] {
        let network = network(records);
        let list = countries(1, &network);
        let table: HashMap<_, _> = list.iter().cloned().collect();
        assert_eq!(table.len(), list.len());
        let thieves: BTreeSet<HostIndex> = Variant::ALL
            .iter()
            .flat_map(|variant| attackers(&network, Technique::EgressToNewCountry, *variant).each())
            .collect();
        assert_eq!(thieves.len(), 3 * 128);
        let strangers = &network.strangers;
        for row in [
            network.servers,
            network.storage,
            network.time_servers,
            network.clients,
            network.scanners,
            strangers.attackers,
            strangers.seldom,
            strangers.crowd,
        ] {
            for host in row.each() {
                let rare = RARE.contains(&country(&table, &network, host));
                assert_eq!(rare, thieves.contains(&host), "{}", network.host(host).text);
            }
        }
    }
}

#[test]
fn lists_name_what_is_there() {
    let network = network(0);
    let lists = lists(1, &network);
    assert_eq!(lists.bad_addresses.len(), 3 * 128);
    assert!(lists.bad_addresses.iter().any(|one| one.ends_with(".0/24")));
    assert!(lists.resolvers.contains(&IpAddr::from([10, 20, 0, 2])));
    assert_eq!(
        lists.resolvers.len(),
        network.of(Role::NameServer).len() + 4
    );
    assert!(lists.cross_tenant.iter().all(|(from, to)| {
        from.starts_with("10.20.") && to.starts_with("10.64.") && to.ends_with("/20")
    }));
}
