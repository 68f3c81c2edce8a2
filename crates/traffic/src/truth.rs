//! Connections as they really were.

use std::net::IpAddr;

use crate::connection::Connection;
use crate::network::Network;

/// One connection as it really was, whatever records say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficConnection {
    /// Who opened it: never a NAT gateway.
    pub client: IpAddr,
    /// The client's port, at its own interface.
    pub client_port: u16,
    /// Who was called.
    pub server: IpAddr,
    /// The server's port.
    pub server_port: u16,
    /// IANA's number.
    pub protocol: u8,
    /// Seconds since the Unix epoch of the first packet.
    pub start: i64,
    /// Seconds since the Unix epoch of the last packet.
    pub end: i64,
    /// What the client sent.
    pub packets_to_server: u64,
    /// What the client sent.
    pub bytes_to_server: u64,
    /// What the server sent.
    pub packets_to_client: u64,
    /// What the server sent.
    pub bytes_to_client: u64,
    /// Whether a security group refused it.
    pub rejected: bool,
    /// How many interfaces of ours saw it; a NAT gateway sees it twice.
    pub sightings: usize,
}

pub(crate) fn of(network: &Network, connection: &Connection) -> TrafficConnection {
    let (client, server) = connection.ends();
    let (there, back) = (connection.to_server, connection.to_client);
    TrafficConnection {
        client: network.host(client.host).address,
        client_port: client.port,
        server: network.host(server.host).address,
        server_port: server.port,
        protocol: connection.protocol,
        start: connection.start,
        end: connection.end,
        packets_to_server: there.packets,
        bytes_to_server: there.bytes,
        packets_to_client: back.packets,
        bytes_to_client: back.bytes,
        rejected: connection.is_rejected(),
        sightings: connection.legs().len(),
    }
}
