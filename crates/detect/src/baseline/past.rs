//! What is learnt of flows.

use super::ADMIN_PORTS;
use super::remembered::{Host, Pair, PairKey, Service, ServiceKey};
use crate::Address;
use crate::flow::Flow;
use crate::hours::Hours;
use crate::keyed::{Keyed, Thinned};
use crate::world::World;

/// What is learnt of flows. Joinable, so that parts can be learnt side by side and days added to what was there.
#[derive(Clone, Debug)]
pub struct Past {
    pub(super) hosts: Keyed<Address, Host>,
    pub(super) services: Keyed<ServiceKey, Service>,
    pub(super) pairs: Keyed<PairKey, Pair>,
    /// Flows in each hour: which days were seen.
    pub(super) seen: Hours,
}

impl Past {
    /// Nothing yet; may hold so many bytes.
    #[must_use]
    pub fn new(memory: usize) -> Self {
        Self {
            hosts: Keyed::new(memory / 2),
            services: Keyed::new(memory / 4),
            pairs: Keyed::new(memory / 4),
            seen: Hours::default(),
        }
    }

    /// Learns of a flow.
    pub fn see(&mut self, flow: &Flow, world: &World) {
        self.seen.add(flow.start, 1);
        if flow.rejected {
            if flow.server_inside {
                self.hosts
                    .update(flow.server, |host| host.refused.add(flow.start, 1));
            }
            return;
        }
        if flow.client_inside {
            self.hosts.update(flow.client, |host| {
                host.peers.insert_wide(flow.server.to_bits());
                if flow.is_outbound() {
                    host.call(flow, world);
                }
            });
        }
        if flow.is_established() && flow.server_inside {
            let key = (flow.server, flow.server_port, flow.protocol);
            self.services.update(key, |service| {
                service.clients.insert_wide(flow.client.to_bits());
                service.durations().update(flow.duration() as f64);
            });
        }
        if flow.is_established() && flow.is_internal() && ADMIN_PORTS.contains(&flow.server_port) {
            let key = (flow.client, flow.server, flow.server_port);
            self.pairs.update(key, |pair| pair.flows += 1);
        }
    }

    /// Adds what another has learnt.
    pub fn join(&mut self, other: Self) {
        self.hosts.join(other.hosts);
        self.services.join(other.services);
        self.pairs.join(other.pairs);
        self.seen.join(&other.seen);
    }

    /// What was given up for want of memory.
    #[must_use]
    pub fn thinned(&self) -> Thinned {
        let all = [
            self.hosts.thinned(),
            self.services.thinned(),
            self.pairs.thinned(),
        ];
        Thinned {
            keys: all.iter().map(|one| one.keys).sum(),
            weight: all.iter().map(|one| one.weight).max().unwrap_or(0),
        }
    }
}
