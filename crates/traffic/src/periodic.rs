//! What comes back at its time: health checks of load balancers, and the setting of clocks. Regular as a beacon, and
//! as harmless as can be.

use crate::callers::nat_gateway;
use crate::connection::{Connection, Course, End, Place, TCP, UDP, Volume, translated_port};
use crate::network::{InterfaceIndex, Network, Role};
use crate::random::Random;

/// All that is periodic.
#[derive(Debug)]
pub(crate) struct Periodic {
    seed: u64,
    checks: Vec<(InterfaceIndex, InterfaceIndex)>,
    /// Seconds between two health checks of one target.
    check_every: i64,
    clocks: Vec<InterfaceIndex>,
}

/// Seconds between two times a clock is set: 2^10, the longest interval of NTP clients by default.
const CLOCK_EVERY: i64 = 1024;
const RECORDS_PER_CHECK: u64 = 4;
const RECORDS_PER_CLOCK: u64 = 6;

impl Periodic {
    /// Health checks take an eighth of `records` at most, unless that would need intervals beyond AWS's.
    pub(crate) fn new(seed: u64, network: &Network, seconds: u64, records: u64) -> Self {
        let balancers = network.of(Role::LoadBalancer);
        let targets = network.of(Role::Web);
        let checks: Vec<_> = balancers
            .iter()
            .flat_map(|balancer| targets.iter().map(|target| (*balancer, *target)))
            .collect();
        let per_round = checks.len() as u64 * RECORDS_PER_CHECK;
        let check_every = [10, 15, 30, 60, 120]
            .into_iter()
            .find(|every| seconds / every * per_round <= records / 8)
            .unwrap_or(300) as i64;
        let clocks = [Role::Web, Role::Application, Role::Batch]
            .iter()
            .flat_map(|role| network.of(*role).iter().copied())
            .collect();
        Self {
            seed,
            checks,
            check_every,
            clocks,
        }
    }

    /// About how many records these make.
    pub(crate) fn records(&self, seconds: u64) -> u64 {
        let rounds = |every: i64| seconds / every as u64;
        rounds(self.check_every) * self.checks.len() as u64 * RECORDS_PER_CHECK
            + rounds(CLOCK_EVERY) * self.clocks.len() as u64 * RECORDS_PER_CLOCK
    }

    /// Those that begin from `from` on, before `to`.
    pub(crate) fn between(
        &self,
        network: &Network,
        from: i64,
        to: i64,
        emit: &mut impl FnMut(Connection),
    ) {
        for (place, (balancer, target)) in self.checks.iter().enumerate() {
            for (start, mut random) in self.times(2, place, self.check_every, from, to) {
                emit(health_check(
                    network,
                    *balancer,
                    *target,
                    start,
                    &mut random,
                ));
            }
        }
        for (place, clock) in self.clocks.iter().enumerate() {
            for (start, mut random) in self.times(3, place, CLOCK_EVERY, from, to) {
                emit(clock_setting(network, *clock, start, &mut random));
            }
        }
    }

    /// The moments of one of them within the time, each with its random numbers.
    fn times(
        &self,
        kind: u64,
        place: usize,
        every: i64,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = (i64, Random)> {
        let seed = self.seed;
        let place = place as u64;
        let mut random = Random::stream(seed, &[kind, place]);
        let phase = i64::from(random.below(every as u32));
        let first = (from - phase).div_euclid(every) + i64::from((from - phase) % every != 0);
        (first..)
            .map(move |number| (number, number * every + phase))
            .take_while(move |(_, start)| *start < to)
            .map(move |(number, start)| {
                let random = Random::stream(seed, &[kind, place, number as u64]);
                (start, random)
            })
    }
}

fn health_check(
    network: &Network,
    balancer: InterfaceIndex,
    target: InterfaceIndex,
    start: i64,
    random: &mut Random,
) -> Connection {
    let course = Course {
        protocol: TCP,
        start,
        lasts: 0,
        to_server: Volume {
            packets: 6,
            bytes: 446,
        },
        to_client: Volume {
            packets: 4,
            bytes: 419,
        },
    };
    let client = Place::new(network, balancer, translated_port(random));
    let server = Place::new(network, target, 80);
    Connection::inside(network, course, client, server)
}

fn clock_setting(
    network: &Network,
    clock: InterfaceIndex,
    start: i64,
    random: &mut Random,
) -> Connection {
    let one = Volume {
        packets: 1,
        bytes: 76,
    };
    let course = Course {
        protocol: UDP,
        start,
        lasts: 0,
        to_server: one,
        to_client: one,
    };
    let servers = network.time_servers;
    let server = End {
        host: servers.at(u32::from(clock) % servers.count),
        port: 123,
    };
    let client = Place::client(network, clock, random);
    let gateway = nat_gateway(network, clock, random);
    Connection::through_nat(course, client, gateway, server)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Size;

    fn starts(periodic: &Periodic, network: &Network, from: i64, to: i64) -> Vec<i64> {
        let mut starts = Vec::new();
        periodic.between(network, from, to, &mut |one| starts.push(one.start));
        starts
    }

    #[test]
    fn any_cut_of_time_gives_the_same() {
        let network = Network::new(1, "eu-west-1", Size::for_records(0));
        let periodic = Periodic::new(1, &network, 86_400, 1_000_000);
        let base = 1_700_000_000;
        let mut whole = starts(&periodic, &network, base, base + 7200);
        let mut parts: Vec<i64> = [(0, 1), (1, 1000), (1000, 1001), (1001, 7200)]
            .iter()
            .flat_map(|(from, to)| starts(&periodic, &network, base + from, base + to))
            .collect();
        whole.sort_unstable();
        parts.sort_unstable();
        assert_eq!(whole, parts);
        assert!(
            whole
                .iter()
                .all(|start| (base..base + 7200).contains(start))
        );
        let expected = periodic.records(7200) as usize / 4;
        assert!(whole.len().abs_diff(expected) < expected / 5, "{expected}");
    }

    #[test]
    fn health_checks_leave_room_for_the_rest() {
        for records in [200_000, 2_000_000, 20_000_000] {
            let network = Network::new(1, "eu-west-1", Size::for_records(records));
            let periodic = Periodic::new(1, &network, 86_400, records);
            assert!(periodic.records(86_400) < records / 4, "{records}");
        }
    }
}
