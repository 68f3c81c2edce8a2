//! The company: two tenants that must not talk, and shared services between them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::flow::{End, Flow};
use crate::outside;
use crate::random::{Random, mix};

mod build;

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// What a host is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    Web,
    App,
    Database,
    Cache,
    Batch,
    Bastion,
    Build,
    /// Sends the company's mail.
    Relay,
    Monitor,
    /// Collects logs, and pulls backups at night.
    Vault,
    /// Resolves names for one tenant.
    Resolver,
    /// Takes files from partners, on an odd port that is open to the internet.
    Sftp,
    /// The tunnel to the office.
    Vpn,
    /// Windows, for the few who need it.
    Desktop,
    LoadBalancer,
    Nat,
    /// An interface endpoint for AWS's own services.
    Endpoint,
}

impl Role {
    /// The ports on which it serves, as its security group has them.
    pub(crate) fn ports(self, tenant: usize) -> &'static [u16] {
        match (self, tenant) {
            (Self::Web, CLINIC) => &[3000],
            (Self::Web, _) => &[8080],
            (Self::App, CLINIC) => &[7001, 7012],
            (Self::App, _) => &[8443, 9090],
            (Self::Database, CLINIC) => &[3306],
            (Self::Database, _) => &[5432],
            (Self::Cache, CLINIC) => &[11_211],
            (Self::Cache, _) => &[6379],
            // A task monitor that chose its default port long before anyone mined coins on it.
            (Self::Batch, _) => &[5555],
            (Self::Build, _) => &[8080, 50_000],
            (Self::Relay, _) => &[25, 587],
            (Self::Monitor, _) => &[3000],
            (Self::Vault, _) => &[514, 5044, 9103],
            (Self::Resolver, _) => &[53],
            (Self::Sftp, _) => &[2022],
            (Self::Vpn, _) => &[4500],
            (Self::LoadBalancer, _) => &[80, 443],
            (Self::Endpoint, _) => &[443],
            (Self::Bastion, _) => &[22],
            (Self::Desktop, _) => &[3389],
            (Self::Nat, _) => &[],
        }
    }

    /// AWS runs it: no instance stands in its records.
    fn is_managed(self) -> bool {
        matches!(self, Self::LoadBalancer | Self::Nat | Self::Endpoint)
    }

    /// The port of its administration.
    pub(crate) fn admin_port(self) -> u16 {
        if self == Self::Desktop { 3389 } else { 22 }
    }
}

pub(crate) const SHARED: usize = 0;
pub(crate) const SHOP: usize = 1;
pub(crate) const CLINIC: usize = 2;

/// A host, or a thing of AWS, with its one network interface. Times in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    pub(crate) role: Role,
    /// Which VPC, and so which tenant: [`SHARED`], [`SHOP`] or [`CLINIC`].
    pub(crate) vpc: usize,
    /// `eni-…`
    pub(crate) eni: String,
    /// `i-…`; AWS's own things have none.
    pub(crate) instance: Option<String>,
    pub(crate) subnet: String,
    pub(crate) v4: Ipv4Addr,
    pub(crate) v6: Option<Ipv6Addr>,
    /// It has a public address; records show the private one.
    pub(crate) public: bool,
    /// When its aggregation windows begin, within a window of ten minutes.
    pub(crate) phase: i64,
    pub(crate) born: i64,
    pub(crate) gone: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) account: usize,
    /// Second octet of 10.x.0.0/16.
    pub(crate) octet: u8,
    pub(crate) v6: [u16; 4],
    pub(crate) nat: usize,
}

/// Everything that stands.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) seed: u64,
    /// First and last moment, in milliseconds.
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) vpcs: Vec<Vpc>,
    pub(crate) hosts: Vec<Host>,
    by_role: BTreeMap<(usize, Role), Vec<usize>>,
    by_address: BTreeMap<Ipv4Addr, usize>,
}

/// The accounts: the first has the shared services and the shop, the second the clinic.
pub(crate) const ACCOUNTS: [&str; 2] = ["412680951377", "730955128846"];
pub(crate) const REGION: &str = "eu-west-1";

impl Company {
    /// Hosts of that role that stand all the time.
    pub(crate) fn of(&self, vpc: usize, role: Role) -> &[usize] {
        self.by_role.get(&(vpc, role)).map_or(&[], Vec::as_slice)
    }

    /// The host that stands all the time at this address.
    pub(crate) fn at(&self, address: Ipv4Addr) -> Option<usize> {
        self.by_address.get(&address).copied()
    }

    pub(crate) fn host(&self, host: usize) -> &Host {
        &self.hosts[host]
    }

    pub(crate) fn end(&self, host: usize) -> End {
        End {
            address: self.hosts[host].v4.into(),
            host: Some(host),
        }
    }

    /// The IPv6 end, if it has one.
    pub(crate) fn end_v6(&self, host: usize) -> Option<End> {
        self.hosts[host].v6.map(|address| End {
            address: address.into(),
            host: Some(host),
        })
    }

    /// Whether it is there at that moment.
    pub(crate) fn stands(&self, host: usize, at: i64) -> bool {
        (self.hosts[host].born..self.hosts[host].gone).contains(&at)
    }

    /// The same peer for the same host and purpose: the nth of those of that role.
    pub(crate) fn peer(&self, host: usize, vpc: usize, role: Role, nth: u64) -> Option<usize> {
        let peers = self.of(vpc, role);
        let number = mix(&[self.seed, 0x9ee2, host as u64, nth]);
        let index = number.checked_rem(peers.len() as u64)?;
        peers.get(usize::try_from(index).ok()?).copied()
    }

    /// A connection that one of our hosts opens, through the NAT gateway where it must.
    pub(crate) fn open(
        &self,
        random: &mut Random,
        host: usize,
        to: IpAddr,
        port: u16,
        at: i64,
    ) -> Flow {
        let flow = Flow::tcp(random, self.end(host), outer(to), port, at);
        if self.hosts[host].public || outside::has_gateway_endpoint(to) {
            return flow;
        }
        let nat = (
            self.vpcs[self.hosts[host].vpc].nat,
            random.port(1024, 65_535),
        );
        Flow {
            nat: Some(nat),
            ..flow
        }
    }

    /// A connection between two of our hosts.
    pub(crate) fn between(
        &self,
        random: &mut Random,
        host: usize,
        to: usize,
        port: u16,
        at: i64,
    ) -> Flow {
        Flow::tcp(random, self.end(host), self.end(to), port, at)
    }

    /// A connection that someone outside opens to one of our hosts.
    pub(crate) fn enter(
        &self,
        random: &mut Random,
        from: IpAddr,
        to: usize,
        port: u16,
        at: i64,
    ) -> Flow {
        Flow::tcp(random, outer(from), self.end(to), port, at)
    }
}

/// An end whose interface is not recorded.
pub(crate) fn outer(address: IpAddr) -> End {
    End {
        address,
        host: None,
    }
}

/// Where a person of the office or at home is, behind the tunnel.
pub(crate) fn developer(number: u64) -> IpAddr {
    let last = u8::try_from(10 + number % 200).expect("below 256");
    Ipv4Addr::new(192, 168, 40, last).into()
}
