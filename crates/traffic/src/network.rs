//! Who takes part: two peered VPCs with their interfaces, and the internet around them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::random::Random;

mod outside;
mod role;
pub(crate) mod strangers;

pub(crate) use role::Role;

/// An index into [`Network::hosts`].
pub(crate) type HostIndex = u32;
/// An index into [`Network::interfaces`].
pub(crate) type InterfaceIndex = u16;

/// An address, and its text as it stands in records.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) address: IpAddr,
    pub(crate) text: Box<str>,
    /// `pkt-src-aws-service` where the address is one of AWS's; else `-`.
    pub(crate) service: &'static str,
}

#[derive(Debug)]
pub(crate) struct Interface {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    /// An index into [`Network::subnets`].
    pub(crate) subnet: usize,
    /// Its primary private IPv4 address.
    pub(crate) host: HostIndex,
    /// Its IPv6 address.
    pub(crate) host_ipv6: Option<HostIndex>,
    /// Seconds by which its aggregation windows lag behind the full minute.
    pub(crate) phase: i64,
}

#[derive(Debug)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc_id: String,
    pub(crate) az_id: String,
}

/// A row of hosts of one kind.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hosts {
    first: HostIndex,
    pub(crate) count: u32,
}

impl Hosts {
    /// The host of that place in the row.
    pub(crate) fn at(self, place: u32) -> HostIndex {
        self.first + place
    }

    /// Every one of them.
    pub(crate) fn each(self) -> std::ops::Range<HostIndex> {
        self.first..self.first + self.count
    }

    /// So many of them, from a place on; none if there are not so many.
    pub(crate) fn part(self, place: u32, count: u32) -> Self {
        Self {
            first: self.first + place,
            count: if place + count <= self.count {
                count
            } else {
                0
            },
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) hosts: Vec<Host>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) subnets: Vec<Subnet>,
    roles: Vec<(Role, Vec<InterfaceIndex>)>,
    /// Clients in the internet.
    pub(crate) clients: Hosts,
    pub(crate) clients_ipv6: Hosts,
    /// Servers in the internet that ours call.
    pub(crate) servers: Hosts,
    /// Addresses of S3 behind the gateway endpoint.
    pub(crate) storage: Hosts,
    /// Name servers and time servers in the internet.
    pub(crate) time_servers: Hosts,
    pub(crate) scanners: Hosts,
    /// For what is hidden. Of the ranges for documentation, so that nobody is accused.
    pub(crate) hidden: Hosts,
    /// Nobody, unless they were added.
    pub(crate) strangers: strangers::Strangers,
}

/// How large a network to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) interfaces: u32,
    /// Whether there are exactly so many interfaces, or about.
    pub(crate) exact: bool,
    pub(crate) clients: u32,
}

impl Size {
    pub(crate) fn for_records(records: u64) -> Self {
        let capped = |per: u64, low, high| (records / per).clamp(low, high) as u32;
        Self {
            interfaces: capped(50_000, 24, 400),
            exact: false,
            clients: capped(500, 500, 60_000),
        }
    }

    /// With exactly that many interfaces, if it is told.
    pub(crate) fn with_interfaces(self, interfaces: Option<u32>) -> Self {
        Self {
            interfaces: interfaces.unwrap_or(self.interfaces),
            exact: interfaces.is_some(),
            ..self
        }
    }
}

const AZ_COUNT: usize = 3;

impl Network {
    pub(crate) fn new(seed: u64, region: &str, size: Size) -> Self {
        let mut random = Random::stream(seed, &[1]);
        let mut network = Self::default();
        network.add_subnets(region, &mut random);
        for (role, count) in role::counts(size.interfaces, size.exact) {
            network.add_interfaces(role, count, &mut random);
        }
        network.add_outside(size.clients, &mut random);
        network
    }

    /// The interfaces of that role; there is at least one.
    pub(crate) fn of(&self, role: Role) -> &[InterfaceIndex] {
        self.roles
            .iter()
            .find(|(own, _)| *own == role)
            .map_or(&[], |(_, interfaces)| interfaces)
    }

    /// One interface of that role.
    pub(crate) fn any(&self, role: Role, random: &mut Random) -> InterfaceIndex {
        random.pick(self.of(role)).copied().unwrap_or_default()
    }

    pub(crate) fn role(&self, interface: InterfaceIndex) -> Role {
        let holds = |(_, own): &&(Role, Vec<InterfaceIndex>)| own.contains(&interface);
        self.roles
            .iter()
            .find(holds)
            .map_or(Role::Idle, |(role, _)| *role)
    }

    pub(crate) fn interface(&self, index: InterfaceIndex) -> &Interface {
        &self.interfaces[usize::from(index)]
    }

    pub(crate) fn host(&self, index: HostIndex) -> &Host {
        &self.hosts[index as usize]
    }

    pub(crate) fn subnet(&self, index: InterfaceIndex) -> &Subnet {
        &self.subnets[self.interface(index).subnet]
    }

    /// `traffic-path` between two of ours: 1 within a VPC, 4 over the peering.
    pub(crate) fn path(&self, one: InterfaceIndex, other: InterfaceIndex) -> u8 {
        if self.subnet(one).vpc_id == self.subnet(other).vpc_id {
            1
        } else {
            4
        }
    }

    /// The addresses of a subnet: a /20.
    pub(crate) fn block(&self, subnet: usize) -> String {
        let (second, third) = place_of(subnet);
        format!("10.{second}.{third}.0/20")
    }

    /// In each of the two VPCs a public and a private subnet per Availability Zone.
    fn add_subnets(&mut self, region: &str, random: &mut Random) {
        for _ in 0..2 {
            let vpc_id = id("vpc", random);
            for place in 0..2 * AZ_COUNT {
                self.subnets.push(Subnet {
                    id: id("subnet", random),
                    vpc_id: vpc_id.clone(),
                    az_id: az_id(region, place % AZ_COUNT + 1),
                });
            }
        }
    }

    fn add_interfaces(&mut self, role: Role, count: u32, random: &mut Random) {
        let mut own = Vec::new();
        for place in 0..count as usize {
            let second_vpc =
                role == Role::Batch || (role == Role::NatGateway && place + 1 == count as usize);
            let tier = usize::from(second_vpc) * 2 + usize::from(!role.is_public());
            let subnet = tier * AZ_COUNT + place % AZ_COUNT;
            let interface = self.new_interface(role, subnet, random);
            own.push(self.interfaces.len() as InterfaceIndex);
            self.interfaces.push(interface);
        }
        self.roles.push((role, own));
    }

    fn new_interface(&mut self, role: Role, subnet: usize, random: &mut Random) -> Interface {
        let number = self.interfaces.len();
        let neighbours = self.interfaces.iter().filter(|one| one.subnet == subnet);
        let place = 4 + neighbours.count() * 7 + random.below(7) as usize;
        let (second, third) = place_of(subnet);
        let network = third + place / 256;
        let address = Ipv4Addr::new(10, second, network as u8, (place % 256) as u8);
        let host = self.add_host(IpAddr::V4(address), "-");
        let host_ipv6 = matches!(role, Role::LoadBalancer | Role::Edge).then(|| {
            let [a, b, c] = [(); 3].map(|()| random.below(0xffff) as u16 + 1);
            let subnet = 0xcc00 + subnet as u16;
            let address = Ipv6Addr::new(0x2600, 0x1f18, 0x4a2b, subnet, a, b, c, number as u16);
            self.add_host(IpAddr::V6(address), "-")
        });
        let instance_id = role.has_instance().then(|| id("i", random));
        Interface {
            id: id("eni", random),
            instance_id: instance_id.unwrap_or_else(|| "-".to_owned()),
            subnet,
            host,
            host_ipv6,
            phase: i64::from(random.below(60)),
        }
    }

    fn add_host(&mut self, address: IpAddr, service: &'static str) -> HostIndex {
        let index = self.hosts.len() as HostIndex;
        let text = address.to_string().into_boxed_str();
        self.hosts.push(Host {
            address,
            text,
            service,
        });
        index
    }
}

/// The second and the third number of the first address of a subnet.
fn place_of(subnet: usize) -> (u8, usize) {
    let vpc = subnet / (2 * AZ_COUNT);
    ([20, 64][vpc], (subnet % (2 * AZ_COUNT)) * 16)
}

/// AWS's ids: a kind, and 17 hexadecimal digits that begin with 0.
pub(crate) fn id(kind: &str, random: &mut Random) -> String {
    format!("{kind}-0{:016x}", random.next())
}

/// `use1-az2`: the letters of the region without its dashes, shortened as AWS does.
fn az_id(region: &str, number: usize) -> String {
    let parts: Vec<&str> = region.split('-').collect();
    let short: String = match parts.as_slice() {
        [area, place, number] => {
            let place = match *place {
                "northeast" => "ne",
                "northwest" => "nw",
                "southeast" => "se",
                "southwest" => "sw",
                other => other.get(..1).unwrap_or_default(),
            };
            format!("{area}{place}{number}")
        }
        _ => parts.concat(),
    };
    format!("{short}-az{number}")
}

#[cfg(test)]
mod tests;
