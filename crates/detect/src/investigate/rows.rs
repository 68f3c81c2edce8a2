//! The peers and ports of a subject, as rows.

use std::cmp::Reverse;

use super::contact::Use;
use super::dossier::{Direction, Peer, Port, PortName};
use super::resolve::{Between, Resolved, out_and_in};
use super::sql::Sql;
use crate::baseline::ADMIN_PORTS;
use crate::keyed::State as _;
use crate::world::World;

/// Peers that are listed.
const PEERS: usize = 1_000;
/// Ports that are listed.
const PORTS: usize = 500;

/// Peers, the busiest first, and how many more there are.
pub(crate) fn peers(resolved: &Resolved<'_>, world: &World, sql: &Sql<'_>) -> (Vec<Peer>, u64) {
    let mut ranked: Vec<&Between<'_>> = resolved.contacts.iter().collect();
    ranked.sort_by_key(|between| {
        let key = (between.direction, between.client, between.server);
        (Reverse(between.contact.weight()), key)
    });
    let beyond = ranked.len().saturating_sub(PEERS) as u64;
    let peer = |between: &Between<'_>| {
        let (contact, sums) = (&between.contact, &between.contact.sums);
        let (bytes_out, bytes_in) = out_and_in(between.direction, sums.to_server, sums.to_client);
        let (first_seen, last_seen) = sums.span.unwrap_or_default();
        let ports = contact.ports.iter();
        Peer {
            own: between.own(),
            peer: between.peer(),
            peer_name: None,
            inside: between.is_inside(world),
            country: world
                .countries
                .as_ref()
                .and_then(|countries| countries.country(between.peer())),
            direction: between.direction,
            ports: ports
                .map(|&(server_port, protocol)| PortName {
                    server_port,
                    protocol,
                })
                .collect(),
            port_count: contact.port_count.count(),
            flows: sums.flows,
            refused: sums.refused,
            answered: sums.answered,
            bytes_out,
            bytes_in,
            first_seen,
            last_seen,
            first_answered: sums.first_answered,
            query: sql.pair(between.client, between.server),
        }
    };
    (ranked.into_iter().take(PEERS).map(peer).collect(), beyond)
}

/// Ports, those with most flows first, and how many more there are.
pub(crate) fn ports(resolved: &Resolved<'_>, sql: &Sql<'_>) -> (Vec<Port>, u64) {
    let mut ranked: Vec<_> = resolved.ports.iter().collect();
    ranked.sort_by_key(|(key, there)| (Reverse(there.sums.flows), **key));
    let beyond = ranked.len().saturating_sub(PORTS) as u64;
    let port = |(key, there): (&(Direction, u16, u8), &Use)| {
        let &(direction, server_port, protocol) = key;
        let sums = &there.sums;
        let (bytes_out, bytes_in) = out_and_in(direction, sums.to_server, sums.to_client);
        let (first_seen, last_seen) = sums.span.unwrap_or_default();
        Port {
            direction,
            server_port,
            protocol,
            is_admin: ADMIN_PORTS.contains(&server_port),
            peers: there.peers.count(),
            flows: sums.flows,
            refused: sums.refused,
            answered: sums.answered,
            bytes_out,
            bytes_in,
            first_seen,
            last_seen,
            query: sql.port(direction, server_port, protocol),
        }
    };
    (ranked.into_iter().take(PORTS).map(port).collect(), beyond)
}
