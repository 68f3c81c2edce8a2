//! Each of the things that happen.

use crate::callers::{exchange, nat_gateway, private_client};
use crate::connection::{
    Connection, Course, End, ICMP, Place, TCP, UDP, Volume, linux_port, translated_port,
};
use crate::network::{InterfaceIndex, Network, Role};
use crate::random::Random;

/// Ports that scanners of the internet knock at, the most common first.
const KNOCKED: [u16; 48] = [
    23, 22, 3389, 445, 80, 8080, 443, 5900, 1433, 3306, 6379, 5432, 8443, 21, 25, 110, 143, 2375,
    9200, 27017, 5555, 8888, 7547, 81, 8081, 5060, 1723, 139, 135, 5038, 2222, 2323, 37215, 52869,
    60001, 11211, 5985, 993, 995, 587, 161, 123, 1900, 389, 636, 873, 2049, 10250,
];

/// What happens at one moment.
pub(super) struct Happening<'a> {
    pub(super) network: &'a Network,
    pub(super) start: i64,
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

    pub(super) fn edge_request(&self, random: &mut Random) -> Connection {
        let ipv6 = random.chance(300);
        let port = if random.chance(80) { 80 } else { 443 };
        let client = self.client(ipv6, random);
        let server = self.public(Role::Edge, ipv6, port, random);
        Connection::inbound(self.web_request(random), client, server)
    }

    pub(super) fn balanced_request(&self, random: &mut Random) -> (Connection, Connection) {
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

    pub(super) fn query(&self, random: &mut Random) -> Connection {
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

    pub(super) fn cache_access(&self, random: &mut Random) -> Connection {
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

    pub(super) fn name_lookup(&self, random: &mut Random) -> Connection {
        let client = private_client(self.network, random);
        let packets = u64::from(random.range(1, 2));
        let request = u64::from(random.range(28, 60));
        let course = self.datagrams(packets, request, random.doubled(70, 2));
        self.between(client, Role::NameServer, 53, course, random)
    }

    pub(super) fn call_outside(&self, random: &mut Random) -> Connection {
        let interface = private_client(self.network, random);
        let client = Place::client(self.network, interface, random);
        let servers = self.network.servers;
        let host = servers.at(random.skewed(servers.count));
        let lasts = random.below(30);
        let course = self.tcp(lasts, random.doubled(700, 7), random.doubled(900, 9));
        let gateway = nat_gateway(self.network, interface, random);
        Connection::through_nat(course, client, gateway, End { host, port: 443 })
    }

    pub(super) fn storage(&self, random: &mut Random) -> Connection {
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

    pub(super) fn knock(&self, random: &mut Random) -> Connection {
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

    pub(super) fn refused_inside(&self, random: &mut Random) -> Connection {
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

    pub(super) fn echo(&self, random: &mut Random) -> Connection {
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

    pub(super) fn lookup_outside(&self, random: &mut Random) -> Connection {
        let interface = self.network.any(Role::Batch, random);
        let client = Place::client(self.network, interface, random);
        let time_servers = self.network.time_servers;
        let host = time_servers.at(random.below(2));
        let course = self.datagrams(1, 45, random.doubled(80, 2));
        let gateway = nat_gateway(self.network, interface, random);
        Connection::through_nat(course, client, gateway, End { host, port: 53 })
    }
}
