//! What goes on in an ordinary minute, by chance.

use crate::connection::{
    Connection, Course, End, ICMP, Place, TCP, UDP, Volume, linux_port, translated_port,
};
use crate::network::{HostIndex, InterfaceIndex, Network, Role};
use crate::random::Random;

/// Ports that scanners of the internet knock at, the most common first.
const KNOCKED: [u16; 48] = [
    23, 22, 3389, 445, 80, 8080, 443, 5900, 1433, 3306, 6379, 5432, 8443, 21, 25, 110, 143, 2375,
    9200, 27017, 5555, 8888, 7547, 81, 8081, 5060, 1723, 139, 135, 5038, 2222, 2323, 37215, 52869,
    60001, 11211, 5985, 993, 995, 587, 161, 123, 1900, 389, 636, 873, 2049, 10250,
];

/// Of 1000 things that happen.
const SHARES: [(Kind, u32); 11] = [
    (Kind::EdgeRequest, 195),
    (Kind::BalancedRequest, 140),
    (Kind::Query, 85),
    (Kind::CacheAccess, 85),
    (Kind::NameLookup, 60),
    (Kind::CallOutside, 55),
    (Kind::Storage, 45),
    (Kind::Knock, 295),
    (Kind::RefusedInside, 14),
    (Kind::Echo, 10),
    (Kind::LookupOutside, 16),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// From the internet to a server with a public address.
    EdgeRequest,
    /// From the internet to a load balancer, and on to a web server.
    BalancedRequest,
    /// PostgreSQL.
    Query,
    /// Redis.
    CacheAccess,
    /// DNS within the account.
    NameLookup,
    /// HTTPS through a NAT gateway.
    CallOutside,
    /// S3 through a gateway endpoint.
    Storage,
    /// A scanner of the internet, refused.
    Knock,
    /// Something misconfigured, refused.
    RefusedInside,
    /// ICMP.
    Echo,
    /// DNS at a resolver in the internet.
    LookupOutside,
}

/// One thing that happens in the minute that begins at `minute`: one connection, or two where the one leads to the
/// other. None lasts longer than a minute.
pub(crate) fn happen(
    network: &Network,
    random: &mut Random,
    minute: i64,
    emit: &mut impl FnMut(Connection),
) {
    let start = minute + i64::from(random.below(60));
    let happening = Happening { network, start };
    match kind(random) {
        Kind::EdgeRequest => emit(happening.edge_request(random)),
        Kind::BalancedRequest => {
            let (outer, inner) = happening.balanced_request(random);
            emit(outer);
            emit(inner);
        }
        Kind::Query => emit(happening.query(random)),
        Kind::CacheAccess => emit(happening.cache_access(random)),
        Kind::NameLookup => emit(happening.name_lookup(random)),
        Kind::CallOutside => emit(happening.call_outside(random)),
        Kind::Storage => emit(happening.storage(random)),
        Kind::Knock => emit(happening.knock(random)),
        Kind::RefusedInside => emit(happening.refused_inside(random)),
        Kind::Echo => emit(happening.echo(random)),
        Kind::LookupOutside => emit(happening.lookup_outside(random)),
    }
}

fn kind(random: &mut Random) -> Kind {
    let mut left = random.below(1000);
    for (kind, share) in SHARES {
        if left < share {
            return kind;
        }
        left -= share;
    }
    Kind::EdgeRequest
}

/// The packets for that many bytes of an answer, and the acknowledgements of the other side.
pub(crate) fn exchange(request: u64, answer: u64) -> (Volume, Volume) {
    let full = 1448;
    let answers = answer.div_ceil(full) + 3;
    let requests = request.div_ceil(full) + 3 + answers / 2;
    (
        Volume {
            packets: requests,
            bytes: request + requests * 52,
        },
        Volume {
            packets: answers,
            bytes: answer + answers * 52,
        },
    )
}

struct Happening<'a> {
    network: &'a Network,
    start: i64,
}

impl Happening<'_> {
    fn tcp(&self, lasts: u32, request: u64, answer: u64) -> Course {
        let (to_server, to_client) = exchange(request, answer);
        Course {
            protocol: TCP,
            start: self.start,
            lasts: i64::from(lasts),
            to_server,
            to_client,
        }
    }

    fn datagrams(&self, packets: u64, request: u64, answer: u64) -> Course {
        let volume = |bytes| Volume {
            packets,
            bytes: packets * (bytes + 28),
        };
        Course {
            protocol: UDP,
            start: self.start,
            lasts: 0,
            to_server: volume(request),
            to_client: volume(answer),
        }
    }

    fn web_request(&self, random: &mut Random) -> Course {
        let lasts = random.below(1 + random.clone().below(20));
        let request = random.doubled(300, 5);
        self.tcp(lasts, request, random.doubled(600, 12))
    }

    /// A client in the internet: of four one has kept the port that its own system gave it.
    fn client(&self, ipv6: bool, random: &mut Random) -> End {
        let row = if ipv6 {
            self.network.clients_ipv6
        } else {
            self.network.clients
        };
        let host = row.at(random.skewed(row.count));
        let port = match random.below(4) {
            0 => linux_port(random),
            1 => random.range(49_152, 65_535) as u16,
            _ => translated_port(random),
        };
        End { host, port }
    }

    /// An interface of that role as clients in the internet reach it.
    fn public(&self, role: Role, ipv6: bool, port: u16, random: &mut Random) -> Place {
        let interface = self.network.any(role, random);
        let mut place = Place::new(self.network, interface, port);
        let own = self.network.interface(interface);
        if let (true, Some(host)) = (ipv6, own.host_ipv6) {
            place.end.host = host;
        }
        place
    }

    fn edge_request(&self, random: &mut Random) -> Connection {
        let ipv6 = random.chance(300);
        let port = if random.chance(80) { 80 } else { 443 };
        let client = self.client(ipv6, random);
        let server = self.public(Role::Edge, ipv6, port, random);
        Connection::inbound(self.web_request(random), client, server)
    }

    fn balanced_request(&self, random: &mut Random) -> (Connection, Connection) {
        let ipv6 = random.chance(300);
        let client = self.client(ipv6, random);
        let balancer = self.public(Role::LoadBalancer, ipv6, 443, random);
        let course = self.web_request(random);
        let web = self.network.any(Role::Web, random);
        let port = translated_port(random);
        let inner = Connection::inside(
            self.network,
            course,
            Place::new(self.network, balancer.interface, port),
            Place::new(self.network, web, 80),
        );
        (Connection::inbound(course, client, balancer), inner)
    }

    /// A client of the role towards one server of the other.
    fn between(
        &self,
        client: InterfaceIndex,
        server: Role,
        port: u16,
        course: Course,
        random: &mut Random,
    ) -> Connection {
        let client = Place::client(self.network, client, random);
        let server = self.network.any(server, random);
        let server = Place::new(self.network, server, port);
        Connection::inside(self.network, course, client, server)
    }

    fn query(&self, random: &mut Random) -> Connection {
        let role = if random.chance(250) {
            Role::Batch
        } else {
            Role::Application
        };
        let client = self.network.any(role, random);
        let lasts = random.below(50);
        let course = self.tcp(lasts, random.doubled(800, 6), random.doubled(1000, 10));
        self.between(client, Role::Database, 5432, course, random)
    }

    fn cache_access(&self, random: &mut Random) -> Connection {
        let role = if random.chance(400) {
            Role::Web
        } else {
            Role::Application
        };
        let client = self.network.any(role, random);
        let lasts = random.below(3);
        let course = self.tcp(lasts, random.doubled(80, 4), random.doubled(100, 8));
        self.between(client, Role::Cache, 6379, course, random)
    }

    fn name_lookup(&self, random: &mut Random) -> Connection {
        let client = private_client(self.network, random);
        let packets = u64::from(random.range(1, 2));
        let request = u64::from(random.range(28, 60));
        let course = self.datagrams(packets, request, random.doubled(70, 2));
        self.between(client, Role::NameServer, 53, course, random)
    }

    fn call_outside(&self, random: &mut Random) -> Connection {
        let interface = private_client(self.network, random);
        let client = Place::client(self.network, interface, random);
        let servers = self.network.servers;
        let host = servers.at(random.skewed(servers.count));
        let lasts = random.below(30);
        let course = self.tcp(lasts, random.doubled(700, 7), random.doubled(900, 9));
        let gateway = nat_gateway(self.network, interface, random);
        Connection::through_nat(course, client, gateway, End { host, port: 443 })
    }

    fn storage(&self, random: &mut Random) -> Connection {
        let interface = private_client(self.network, random);
        let client = Place::client(self.network, interface, random);
        let storage = self.network.storage;
        let host = storage.at(random.below(storage.count));
        let lasts = random.below(15);
        let course = if random.chance(500) {
            self.tcp(lasts, random.doubled(900, 10), random.doubled(400, 2))
        } else {
            self.tcp(lasts, random.doubled(500, 2), random.doubled(2000, 11))
        };
        Connection::outbound(course, client, End { host, port: 443 }, 7)
    }

    fn knock(&self, random: &mut Random) -> Connection {
        let scanners = self.network.scanners;
        // Every scanner that takes any port takes few of each target.
        let (scanner, port) = if random.chance(150) {
            let scanner = random.below(scanners.count);
            (scanner, random.range(1, 65_535) as u16)
        } else {
            let place = random.skewed(KNOCKED.len() as u32);
            let port = KNOCKED.get(place as usize).copied().unwrap_or(23);
            (random.skewed(scanners.count), port)
        };
        // What the targets serve themselves is not refused.
        let port = if matches!(port, 80 | 443) { 8080 } else { port };
        let client = End {
            host: scanners.at(scanner),
            port: random.range(32_768, 65_535) as u16,
        };
        let role = if random.chance(800) {
            Role::Edge
        } else {
            Role::LoadBalancer
        };
        let server = self.public(role, false, port, random);
        let packets = u64::from(random.range(1, 3));
        Connection::inbound_rejected(self.unanswered(packets, 2), client, server)
    }

    fn refused_inside(&self, random: &mut Random) -> Connection {
        let client = self.network.any(Role::Batch, random);
        let client = Place::client(self.network, client, random);
        let server = self.network.any(Role::Cache, random);
        let server = Place::new(self.network, server, 6379);
        Connection::inside_rejected(self.network, self.unanswered(3, 7), client, server)
    }

    /// Openings of TCP connections that nobody answers.
    fn unanswered(&self, packets: u64, lasts: i64) -> Course {
        Course {
            protocol: TCP,
            start: self.start,
            lasts: if packets == 1 { 0 } else { lasts },
            to_server: Volume {
                packets,
                bytes: packets * 60,
            },
            to_client: Volume::default(),
        }
    }

    fn echo(&self, random: &mut Random) -> Connection {
        let client = self.network.any(Role::Batch, random);
        let server = self.network.any(Role::Web, random);
        let packets = u64::from(random.range(1, 5));
        let volume = Volume {
            packets,
            bytes: packets * 84,
        };
        let course = Course {
            protocol: ICMP,
            start: self.start,
            lasts: packets as i64 - 1,
            to_server: volume,
            to_client: volume,
        };
        let client = Place::new(self.network, client, 0);
        let server = Place::new(self.network, server, 0);
        Connection::inside(self.network, course, client, server)
    }

    fn lookup_outside(&self, random: &mut Random) -> Connection {
        let interface = self.network.any(Role::Batch, random);
        let client = Place::client(self.network, interface, random);
        let time_servers = self.network.time_servers;
        let host = time_servers.at(random.below(2));
        let course = self.datagrams(1, 45, random.doubled(80, 2));
        let gateway = nat_gateway(self.network, interface, random);
        Connection::through_nat(course, client, gateway, End { host, port: 53 })
    }
}

/// One of those without a public address that call others.
pub(crate) fn private_client(network: &Network, random: &mut Random) -> InterfaceIndex {
    let role = match random.below(10) {
        0..4 => Role::Application,
        4..7 => Role::Web,
        _ => Role::Batch,
    };
    network.any(role, random)
}

/// A gateway of the same VPC, with the port that it translates to.
pub(crate) fn nat_gateway(network: &Network, client: InterfaceIndex, random: &mut Random) -> Place {
    let vpc = &network.subnet(client).vpc_id;
    let near: Vec<InterfaceIndex> = network
        .of(Role::NatGateway)
        .iter()
        .copied()
        .filter(|gateway| &network.subnet(*gateway).vpc_id == vpc)
        .collect();
    let gateway = random.pick(&near).copied();
    let gateway = gateway.unwrap_or_else(|| network.any(Role::NatGateway, random));
    Place::new(network, gateway, translated_port(random))
}

/// One host of the internet that is a client of ours for longer.
pub(crate) fn steady_client(network: &Network, random: &mut Random) -> HostIndex {
    network.clients.at(random.below(network.clients.count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Size;

    #[test]
    fn shares_add_up() {
        let sum: u32 = SHARES.iter().map(|(_, share)| share).sum();
        assert_eq!(sum, 1000);
    }

    #[test]
    fn nothing_lasts_longer_than_a_minute_and_all_carries_something() {
        let network = Network::new(1, "eu-west-1", Size::for_records(0));
        let mut random = Random::stream(1, &[]);
        let mut connections = Vec::new();
        for _ in 0..5000 {
            happen(&network, &mut random, 6000, &mut |one| {
                connections.push(one);
            });
        }
        assert!(connections.len() > 5000);
        for connection in connections {
            assert!((6000..6060).contains(&connection.start));
            assert!((0..60).contains(&(connection.end - connection.start)));
            let (there, back) = (connection.to_server, connection.to_client);
            assert!(there.packets > 0 && there.bytes > there.packets * 20);
            assert_eq!(back == Volume::default(), connection.is_rejected());
        }
    }

    #[test]
    fn a_server_has_the_lower_port_unless_a_scanner_knocks_anywhere() {
        let network = Network::new(1, "eu-west-1", Size::for_records(0));
        let mut random = Random::stream(2, &[]);
        for _ in 0..5000 {
            happen(&network, &mut random, 6000, &mut |one| {
                let (client, server) = one.ends();
                let echo = one.protocol == ICMP;
                assert!(one.is_rejected() || echo || server.port < client.port);
            });
        }
    }
}
