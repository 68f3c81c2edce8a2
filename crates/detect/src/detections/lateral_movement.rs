//! `lateral-movement`: a host of ours administers others that it never did before.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::Severity;

use crate::Address;
use crate::baseline::{ADMIN_PORTS, Baseline};
use crate::detection::{Detection, Technique, boxed};
use crate::finding::{Ends, Findings, Found};
use crate::flow::{Flow, TCP};
use crate::keyed::{Keyed, State};
use crate::parameters::{Parameter, Parameters, Unit};
use crate::tally::Tally;
use crate::watch::Watch;
use crate::world::World;

pub(crate) static DETECTION: Detection = Detection {
    id: "lateral-movement",
    summary: "a host of ours reached others at ports for administration as it never did before",
    severity: Severity::Low,
    techniques: &[Technique {
        id: "T1021",
        name: "Remote Services",
    }],
    parameters: &[
        Parameter {
            name: "days",
            default: 3.0,
            unit: Unit::Days,
            about: "days of the past that are needed to judge",
        },
        Parameter {
            name: "servers",
            default: 4.0,
            unit: Unit::Count,
            about: "new servers within a day that make it grave",
        },
        Parameter {
            name: "clients",
            default: 4.0,
            unit: Unit::Count,
            about: "hosts of ours to which a server may be new; what is new to more is a service that was set up",
        },
    ],
    weakened_by: &[],
    sql: "
select client_addr, server_addr, server_port, min(start) as first_seen, count(*) as flows, sum(bytes_to_server) as bytes_to_server
from flows
where {only} and {established} and protocol = 6 and {inside:client_addr} and {inside:server_addr}
  and server_port in (22, 23, 135, 139, 445, 2222, 3389, 5900, 5985, 5986)
group by client_addr, server_addr, server_port
order by first_seen",
    sql_decides: false,
    page: include_str!("lateral_movement.md"),
    watcher: |parameters, memory| boxed(LateralMovement::new(parameters, memory)),
};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Servers that somebody who administers others is known to have reached: one more of them is no news.
const AT_HOME: usize = 3;

type Key = (Address, Address, u16);

struct LateralMovement {
    days: f64,
    servers: usize,
    clients: usize,
    pairs: Keyed<Key, Talk>,
}

#[derive(Default)]
struct Talk(Tally);

impl State for Talk {
    fn weight(&self) -> u64 {
        self.0.flows
    }

    fn heap(&self) -> usize {
        self.0.heap()
    }

    fn join(&mut self, other: Self) {
        self.0.join(&other.0);
    }
}

/// Where one client went.
#[derive(Default)]
struct Moves<'a> {
    new: Vec<(Address, u16, &'a Tally)>,
    old: BTreeSet<Address>,
}

impl Moves<'_> {
    /// The new servers, and when each was first reached (Unix seconds).
    fn servers(&self) -> BTreeMap<Address, i64> {
        let mut firsts = BTreeMap::new();
        for (server, _, tally) in &self.new {
            let first = firsts.entry(*server).or_insert(tally.first);
            *first = tally.first.min(*first);
        }
        firsts
    }

    /// The most servers that were new within a day.
    fn most_in_a_day(&self) -> usize {
        let mut firsts: Vec<i64> = self.servers().into_values().collect();
        firsts.sort_unstable();
        let within_a_day = |(place, first): (usize, &i64)| {
            let end = first.saturating_add(DAY);
            firsts.partition_point(|other| *other < end) - place
        };
        firsts
            .iter()
            .enumerate()
            .map(within_a_day)
            .max()
            .unwrap_or(0)
    }
}

impl LateralMovement {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            days: parameters.get("days"),
            servers: parameters.count("servers") as usize,
            clients: parameters.count("clients") as usize,
            pairs: Keyed::new(memory),
        }
    }

    /// Where each client went that went anywhere new since `from`.
    fn moves(&self, from: i64, baseline: Option<&Baseline>) -> BTreeMap<Address, Moves<'_>> {
        let mut moves: BTreeMap<Address, Moves<'_>> = BTreeMap::new();
        for ((client, server, port), Talk(tally)) in self.pairs.ordered(|_, _| true) {
            let known = |baseline: &Baseline| baseline.has_pair(client, server, port);
            let moves = moves.entry(client).or_default();
            if tally.first < from || baseline.is_some_and(known) {
                moves.old.insert(server);
            } else {
                moves.new.push((server, port, tally));
            }
        }
        for (client, server, _) in baseline.into_iter().flat_map(Baseline::pairs) {
            if let Some(moves) = moves.get_mut(&client) {
                moves.old.insert(server);
            }
        }
        for moves in moves.values_mut() {
            // Another port of a server that it administers is no news.
            let old = &moves.old;
            moves.new.retain(|(server, _, _)| !old.contains(server));
        }
        moves.retain(|_, moves| !moves.new.is_empty());
        moves
    }
}

impl Watch for LateralMovement {
    fn see(&mut self, flow: &Flow, _: &World) {
        if !flow.is_internal()
            || !ADMIN_PORTS.contains(&flow.server_port)
            || flow.protocol != TCP
            || !flow.is_established()
        {
            return;
        }
        let key = (flow.client, flow.server, flow.server_port);
        self.pairs.update(key, |talk| talk.0.add(flow));
    }

    fn join(&mut self, other: Self) {
        self.pairs.join(other.pairs);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let baseline = findings.world().baseline.as_ref();
        let moves = self.moves(from, baseline);
        // When a server was first reached by somebody new, and by how many.
        let mut reached: BTreeMap<Address, (i64, usize)> = BTreeMap::new();
        for (server, first) in moves.values().flat_map(Moves::servers) {
            let (earliest, clients) = reached.entry(server).or_insert((first, 0));
            *earliest = first.min(*earliest);
            *clients += 1;
        }
        let mut found = Vec::new();
        for (client, mut moves) in moves {
            let most = moves.most_in_a_day();
            let is_fan_out = most >= self.servers && most >= 2 * moves.old.len();
            if !is_fan_out {
                if moves.old.len() >= AT_HOME {
                    continue;
                }
                moves.new.retain(|(server, _, _)| {
                    reached
                        .get(server)
                        .is_none_or(|(_, clients)| *clients <= self.clients)
                });
            }
            let Some(first) = moves.new.iter().map(|(_, _, tally)| tally.first).min() else {
                continue;
            };
            let is_stepping_stone = reached.get(&client).is_some_and(|(when, _)| *when < first);
            found.push(of_client(
                client,
                &moves,
                most,
                is_fan_out || is_stepping_stone,
            ));
        }
        let thinned = self.pairs.thinned();
        for found in found {
            findings.add(found.with_thinned(thinned));
        }
    }

    fn bytes(&self) -> usize {
        self.pairs.bytes()
    }
}

fn of_client(client: Address, moves: &Moves<'_>, most: usize, is_grave: bool) -> Found {
    let servers = moves.servers();
    let ports: BTreeSet<u16> = moves.new.iter().map(|(_, port, _)| *port).collect();
    let only = |count: usize| count == 1;
    let ends = Ends {
        client: Some(client),
        server: servers
            .keys()
            .next()
            .copied()
            .filter(|_| only(servers.len())),
        server_port: ports.first().copied().filter(|_| only(ports.len())),
        protocol: Some(TCP),
    };
    let mut sum = Tally::default();
    moves.new.iter().for_each(|(_, _, tally)| sum.join(tally));
    let list = |items: Vec<String>| items.join(", ");
    let named: Vec<String> = servers.keys().take(5).map(ToString::to_string).collect();
    let beyond = match servers.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "{client} administered {}{beyond} at port {}, as it never did before",
        list(named),
        list(ports.iter().map(ToString::to_string).collect())
    );
    Found::new(ends, &sum, message)
        .with_severity(if is_grave {
            Severity::High
        } else {
            Severity::Low
        })
        .with_weight(servers.len() as u64)
        .with_count("new_servers", servers.len() as u64)
        .with_count("new_servers_in_a_day", most as u64)
        .with_count("servers_before", moves.old.len() as u64)
        .with_count("flows", sum.flows)
        .with("bytes_to_server", sum.bytes_to_server as f64, Unit::Bytes)
}

#[cfg(test)]
mod tests;
