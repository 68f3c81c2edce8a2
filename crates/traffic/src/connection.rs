//! One connection, and who sees it.

use crate::network::{HostIndex, InterfaceIndex, Network};
use crate::random::Random;

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;

/// What goes one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Volume {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

/// An address and a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) host: HostIndex,
    pub(crate) port: u16,
}

/// What one interface sees of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    pub(crate) interface: InterfaceIndex,
    /// Whether the interface is on the client's side: then what goes to the server is egress.
    pub(crate) outbound: bool,
    pub(crate) client: End,
    pub(crate) server: End,
    /// `pkt-srcaddr` of what the client sends.
    pub(crate) packet_client: HostIndex,
    /// `pkt-dstaddr` of what the client sends.
    pub(crate) packet_server: HostIndex,
    /// `traffic-path` of what is egress here.
    pub(crate) path: u8,
    pub(crate) rejected: bool,
}

/// One connection, or what stands for one with protocols that have none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    legs: [Leg; 3],
    leg_count: u8,
    pub(crate) protocol: u8,
    /// Seconds since the Unix epoch of the first packet.
    pub(crate) start: i64,
    /// Seconds since the Unix epoch of the last packet.
    pub(crate) end: i64,
    pub(crate) to_server: Volume,
    pub(crate) to_client: Volume,
}

/// What a connection carries, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Course {
    pub(crate) protocol: u8,
    pub(crate) start: i64,
    /// Seconds from the first packet to the last.
    pub(crate) lasts: i64,
    pub(crate) to_server: Volume,
    pub(crate) to_client: Volume,
}

impl Connection {
    fn new(course: Course, seen: &[Leg]) -> Self {
        let mut legs = [seen[0]; 3];
        legs[..seen.len()].copy_from_slice(seen);
        Self {
            legs,
            leg_count: seen.len() as u8,
            protocol: course.protocol,
            start: course.start,
            end: course.start + course.lasts,
            to_server: course.to_server,
            to_client: course.to_client,
        }
    }

    pub(crate) fn legs(&self) -> &[Leg] {
        &self.legs[..usize::from(self.leg_count)]
    }

    /// The two ends as they are: behind a NAT gateway, not the gateway.
    pub(crate) fn ends(&self) -> (End, End) {
        (self.legs[0].client, self.legs[0].server)
    }

    pub(crate) fn is_rejected(&self) -> bool {
        self.legs().iter().any(|leg| leg.rejected)
    }

    /// From the internet to one of ours with a public address.
    pub(crate) fn inbound(course: Course, client: End, server: Place) -> Self {
        let (interface, server) = (server.interface, server.end);
        Self::new(course, &[leg(interface, false, client, server, 8)])
    }

    /// The same, refused: nothing goes back.
    pub(crate) fn inbound_rejected(course: Course, client: End, server: Place) -> Self {
        let (interface, server) = (server.interface, server.end);
        let rejected = Leg {
            rejected: true,
            ..leg(interface, false, client, server, 8)
        };
        Self::new(course, &[rejected])
    }

    /// Between two of ours.
    pub(crate) fn inside(network: &Network, course: Course, client: Place, server: Place) -> Self {
        let path = network.path(client.interface, server.interface);
        let sent = leg(client.interface, true, client.end, server.end, path);
        let received = leg(server.interface, false, client.end, server.end, path);
        Self::new(course, &[sent, received])
    }

    /// The same, refused by the server's security group: it left the client's interface.
    pub(crate) fn inside_rejected(
        network: &Network,
        course: Course,
        client: Place,
        server: Place,
    ) -> Self {
        let mut connection = Self::inside(network, course, client, server);
        connection.legs[1].rejected = true;
        connection
    }

    /// From one of ours to the internet or a gateway endpoint, not through a NAT gateway.
    pub(crate) fn outbound(course: Course, client: Place, server: End, path: u8) -> Self {
        let client_leg = leg(client.interface, true, client.end, server, path);
        Self::new(course, &[client_leg])
    }

    /// From one of ours to the internet through a NAT gateway: once at the client, twice at the gateway
    /// (VPC user guide, "Traffic through a NAT gateway").
    pub(crate) fn through_nat(course: Course, client: Place, gateway: Place, server: End) -> Self {
        let at_client = leg(client.interface, true, client.end, server, 1);
        let inner = End {
            host: gateway.end.host,
            port: server.port,
        };
        let entering = Leg {
            packet_server: server.host,
            ..leg(gateway.interface, false, client.end, inner, 1)
        };
        let leaving = leg(gateway.interface, true, gateway.end, server, 8);
        Self::new(course, &[at_client, entering, leaving])
    }
}

/// An end that is an interface of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) interface: InterfaceIndex,
    pub(crate) end: End,
}

impl Place {
    pub(crate) fn new(network: &Network, interface: InterfaceIndex, port: u16) -> Self {
        let host = network.interface(interface).host;
        Self {
            interface,
            end: End { host, port },
        }
    }

    /// With a port as Linux gives it to clients.
    pub(crate) fn client(
        network: &Network,
        interface: InterfaceIndex,
        random: &mut Random,
    ) -> Self {
        Self::new(network, interface, linux_port(random))
    }
}

/// `net.ipv4.ip_local_port_range` of Linux.
pub(crate) fn linux_port(random: &mut Random) -> u16 {
    random.range(32_768, 60_999) as u16
}

/// A port as NAT gateways and load balancers take it, and carriers that translate addresses.
pub(crate) fn translated_port(random: &mut Random) -> u16 {
    random.range(1024, 65_535) as u16
}

fn leg(interface: InterfaceIndex, outbound: bool, client: End, server: End, path: u8) -> Leg {
    Leg {
        interface,
        outbound,
        client,
        server,
        packet_client: client.host,
        packet_server: server.host,
        path,
        rejected: false,
    }
}
