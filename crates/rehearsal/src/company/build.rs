//! Who stands where.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{CLINIC, Company, DAY, HOUR, Host, MINUTE, Role, SHARED, SHOP, Vpc};
use crate::random::{Random, mix};
use crate::settings::Settings;

/// Third octets of a VPC: public, private (two zones), data, and hosts that come and go.
const PUBLIC: u8 = 0;
const PRIVATE: u8 = 16;
const DATA: u8 = 32;
const SCALED: u8 = 24;
/// How many /24s of each kind a VPC has.
const BLOCKS: u64 = 6;

struct Builder {
    seed: u64,
    from: i64,
    to: i64,
    vpcs: Vec<Vpc>,
    hosts: Vec<Host>,
    /// How many addresses are taken, by VPC and third octet.
    taken: BTreeMap<(usize, u8), u64>,
}

impl Company {
    pub(crate) fn new(settings: &Settings) -> Self {
        let from = settings.from * 1000;
        let to = from + i64::from(settings.days) * DAY;
        let mut builder = Builder {
            seed: settings.seed,
            from,
            to,
            vpcs: vpcs(settings.seed),
            hosts: Vec::new(),
            taken: BTreeMap::new(),
        };
        builder.shared();
        let rest = u64::from(settings.hosts) - 10;
        builder.tenant(SHOP, rest * 6 / 10);
        builder.tenant(CLINIC, rest - rest * 6 / 10);
        builder.come_and_go(u64::from(settings.hosts));
        builder.finish()
    }
}

fn vpcs(seed: u64) -> Vec<Vpc> {
    [(0, 8), (0, 20), (1, 40)]
        .into_iter()
        .map(|(account, octet)| Vpc {
            id: format!("vpc-{}", id(&[seed, 0x11, octet])),
            account,
            octet: u8::try_from(octet).expect("below 256"),
            v6: [
                0x2a05,
                0xd018,
                0x0a00 + u16::try_from(octet).expect("below 256"),
                0x1200,
            ],
            nat: 0,
        })
        .collect()
}

/// What follows the dash of an id: 17 hexadecimal digits.
fn id(keys: &[u64]) -> String {
    format!("0{:016x}", mix(keys))
}

impl Builder {
    fn shared(&mut self) {
        self.managed(SHARED);
        for role in [
            Role::Bastion,
            Role::Build,
            Role::Relay,
            Role::Monitor,
            Role::Vault,
            Role::Vpn,
            Role::Desktop,
        ] {
            self.stands(SHARED, role);
        }
    }

    /// Load balancers where it has any, the NAT gateway and the endpoints of one VPC.
    fn managed(&mut self, vpc: usize) {
        self.vpcs[vpc].nat = self.stands(vpc, Role::Nat);
        self.stands(vpc, Role::Endpoint);
        if vpc != SHARED {
            self.stands(vpc, Role::LoadBalancer);
            self.stands(vpc, Role::LoadBalancer);
        }
    }

    fn tenant(&mut self, vpc: usize, hosts: u64) {
        self.managed(vpc);
        let special = match vpc {
            SHOP => vec![Role::Sftp],
            _ => vec![Role::Resolver, Role::Resolver],
        };
        for role in special {
            self.stands(vpc, role);
        }
        let (databases, caches) = (hosts.div_ceil(9), hosts.div_ceil(14));
        let (webs, batches) = (hosts.div_ceil(4), hosts.div_ceil(7));
        let apps = hosts
            .saturating_sub(databases + caches + webs + batches)
            .max(1);
        for (role, count) in [
            (Role::Web, webs),
            (Role::App, apps),
            (Role::Database, databases),
            (Role::Cache, caches),
            (Role::Batch, batches),
        ] {
            for _ in 0..count.min(hosts) {
                self.stands(vpc, role);
            }
        }
        // One old web server still has a public address of its own.
        if let Some(old) = self
            .hosts
            .iter_mut()
            .rfind(|h| h.vpc == vpc && h.role == Role::Web)
        {
            old.public = true;
        }
    }

    /// Capacity for the working day, and what a deployment starts and leaves for a day.
    fn come_and_go(&mut self, hosts: u64) {
        let days = (self.to - self.from) / DAY;
        for day in 0..days {
            let midnight = self.from + day * DAY;
            let mut random = Random::keyed(&[self.seed, 0xa5, day.unsigned_abs()]);
            let weekday = (midnight / DAY + 3) % 7;
            if weekday < 5 {
                for _ in 0..hosts.div_ceil(25) {
                    let born = midnight + random.span(6 * HOUR + 20 * MINUTE, 8 * HOUR);
                    let gone = midnight + random.span(17 * HOUR, 20 * HOUR);
                    self.lives(SHOP, Role::App, born, gone);
                }
            }
            if weekday < 4 && random.chance(350) {
                let vpc = if random.chance(600) { SHOP } else { CLINIC };
                let born = midnight + random.span(8 * HOUR, 15 * HOUR);
                self.lives(
                    vpc,
                    Role::App,
                    born,
                    born + random.span(20 * HOUR, 30 * HOUR),
                );
            }
        }
    }

    fn stands(&mut self, vpc: usize, role: Role) -> usize {
        self.lives(vpc, role, i64::MIN, i64::MAX)
    }

    fn lives(&mut self, vpc: usize, role: Role, born: i64, gone: i64) -> usize {
        let index = self.hosts.len();
        let public = matches!(
            role,
            Role::LoadBalancer | Role::Nat | Role::Relay | Role::Sftp | Role::Vpn
        );
        let first = match role {
            _ if born != i64::MIN => SCALED,
            _ if public => PUBLIC,
            Role::Database | Role::Cache => DATA,
            _ => PRIVATE,
        };
        let key = index as u64;
        let (third, last) = self.place(vpc, first);
        let subnet = u64::from(third) * 3 + vpc as u64;
        let has_v6 = vpc != CLINIC
            && (role == Role::LoadBalancer || mix(&[self.seed, 0x66, key]).is_multiple_of(3))
            && !matches!(role, Role::Nat | Role::Endpoint);
        let [a, b, c, d] = self.vpcs[vpc].v6;
        let v6 = Ipv6Addr::new(a, b, c, d + u16::from(third), 0, 0, 0x10, key as u16);
        self.hosts.push(Host {
            role,
            vpc,
            eni: format!("eni-{}", id(&[self.seed, 0xe1, key])),
            instance: (!role.is_managed()).then(|| format!("i-{}", id(&[self.seed, 0x1, key]))),
            subnet: format!("subnet-{}", id(&[self.seed, 0x5b, subnet])),
            v4: Ipv4Addr::new(10, self.vpcs[vpc].octet, third, last),
            v6: has_v6.then_some(v6),
            public,
            phase: i64::try_from(mix(&[self.seed, 0xfa, key]) % 600).expect("below 600") * 1000,
            born,
            gone,
        });
        index
    }

    /// The next free address, as third and last octet: round the blocks, with gaps.
    fn place(&mut self, vpc: usize, first: u8) -> (u8, u8) {
        let taken = self.taken.entry((vpc, first)).or_insert(0);
        let number = *taken;
        *taken += 1;
        let (block, row) = if first == PUBLIC {
            (number % 2, number / 2)
        } else {
            (number % BLOCKS, number / BLOCKS)
        };
        // Hosts that come and go take the addresses of those that went.
        let last = 9 + (row * 3 + mix(&[self.seed, 0xad, row]) % 3) % 240;
        let octet = |number: u64| u8::try_from(number).expect("below 256");
        (first + octet(block), octet(last))
    }

    fn finish(self) -> Company {
        let mut by_role: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut by_address = BTreeMap::new();
        for (index, host) in self.hosts.iter().enumerate() {
            if host.born == i64::MIN {
                by_role
                    .entry((host.vpc, host.role))
                    .or_default()
                    .push(index);
                by_address.insert(host.v4, index);
            }
        }
        Company {
            seed: self.seed,
            from: self.from,
            to: self.to,
            vpcs: self.vpcs,
            hosts: self.hosts,
            by_role,
            by_address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn company(hosts: u32) -> Company {
        Company::new(&Settings {
            hosts,
            ..Settings::default()
        })
    }

    #[test]
    fn as_many_hosts_stand_as_were_asked_for() {
        for hosts in [24, 37, 50, 400, 800] {
            let company = company(hosts);
            let own = company
                .hosts
                .iter()
                .filter(|host| host.born == i64::MIN && host.instance.is_some());
            assert_eq!(own.count(), hosts as usize, "{hosts}");
        }
    }

    #[test]
    fn no_two_that_stand_together_share_an_address() {
        let company = company(300);
        let mut seen: BTreeMap<_, Vec<(i64, i64)>> = BTreeMap::new();
        for host in &company.hosts {
            let others = seen.entry(host.v4).or_default();
            for (born, gone) in others.iter() {
                assert!(host.born >= *gone || host.gone <= *born, "{host:?}");
            }
            others.push((host.born, host.gone));
        }
    }

    #[test]
    fn hosts_come_and_go() {
        let company = company(50);
        assert!(company.hosts.iter().filter(|h| h.born > i64::MIN).count() > 40);
    }
}
