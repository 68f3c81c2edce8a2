//! What was done, and what a user would know: written beside the corpus.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::Serialize;

use crate::attack::{self, Campaign, Silence, Technique};
use crate::company::{CLINIC, Company, Role, SHOP};
use crate::outside;
use crate::settings::{Settings, Variant};

/// One attack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The detection that should find it.
    pub detection: Technique,
    /// How openly it was done.
    pub variant: Variant,
    /// Who opened the connections, where it was one: the host, never a NAT gateway before it.
    pub client: Option<IpAddr>,
    /// Who was called, where it was one.
    pub server: Option<IpAddr>,
    /// All ports that were called, in order; none where the protocol has none.
    pub server_ports: Vec<u16>,
    /// The interface of the host of ours that attacks, or that is attacked from outside.
    pub interface_id: String,
    /// When the first connection begins, in seconds since the Unix epoch. Records may say up to a minute later.
    pub start: i64,
    /// When the last one ends, not after the end of the corpus.
    pub end: i64,
    /// How many connections.
    pub connections: u64,
}

/// A pair of networks that must not talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CrossTenant {
    /// Where a connection comes from, in CIDR notation.
    pub from: String,
    /// Where it must not go to.
    pub to: String,
}

/// In which country a block outside is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Country {
    /// The block, in CIDR notation.
    pub cidr: String,
    /// ISO 3166 code, two letters.
    pub country: &'static str,
}

/// Labels and lists of one corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labels {
    /// `rehearsal`.
    pub generator: &'static str,
    /// Seed of the settings.
    pub seed: u64,
    /// Hosts of the settings.
    pub hosts: u32,
    /// First moment, in seconds since the Unix epoch.
    pub from: i64,
    /// The moment after the last.
    pub to: i64,
    /// Every attack, by detection, variant and time.
    pub labels: Vec<Label>,
    /// Blocks on the user's list of bad addresses.
    pub bad_addresses: Vec<String>,
    /// Networks that the user's policy keeps apart.
    pub cross_tenant: Vec<CrossTenant>,
    /// The resolvers of the network: its own, and AWS's of each VPC.
    pub resolvers: Vec<IpAddr>,
    /// What a GeoIP file would say of the blocks outside.
    pub countries: Vec<Country>,
}

impl Labels {
    pub(crate) fn of(settings: &Settings, company: &Company) -> Self {
        let (campaigns, silences) = attack::plan(settings, company);
        let campaigns = campaigns
            .into_iter()
            .map(|campaign| labelled(company, campaign));
        let silences = silences.iter().map(|silence| silenced(company, silence));
        let mut labels: Vec<_> = campaigns.chain(silences).collect();
        labels.sort_by_key(|label| (label.detection, label.variant, label.start));
        Self {
            generator: "rehearsal",
            seed: settings.seed,
            hosts: settings.hosts,
            from: company.from / 1000,
            to: company.to / 1000,
            labels,
            bad_addresses: outside::listed(),
            cross_tenant: apart(company),
            resolvers: resolvers(company),
            countries: outside::countries()
                .into_iter()
                .map(|(cidr, country)| Country { cidr, country })
                .collect(),
        }
    }
}

/// Runs the campaign once, to say of it what is so.
fn labelled(company: &Company, mut campaign: Campaign) -> Label {
    let (mut clients, mut servers) = (BTreeSet::new(), BTreeSet::new());
    let (mut ports, mut connections) = (BTreeSet::new(), 0);
    let (mut start, mut end) = (i64::MAX, i64::MIN);
    let mut flows = Vec::new();
    let mut until = company.from;
    while until < company.to {
        until += crate::company::DAY;
        campaign.take_until(company, until, &mut flows);
        for flow in flows.drain(..) {
            clients.insert(flow.client.address);
            servers.insert(flow.server.address);
            if flow.server_port != 0 {
                ports.insert(flow.server_port);
            }
            start = start.min(flow.start);
            end = end.max(flow.end().min(company.to));
            connections += 1;
        }
    }
    let only = |set: BTreeSet<IpAddr>| (set.len() == 1).then(|| set.first().copied()).flatten();
    Label {
        detection: campaign.technique,
        variant: campaign.variant,
        client: only(clients),
        server: only(servers),
        server_ports: ports.into_iter().collect(),
        interface_id: company.host(campaign.host).eni.clone(),
        start: start / 1000,
        end: end / 1000,
        connections,
    }
}

fn silenced(company: &Company, silence: &Silence) -> Label {
    Label {
        detection: Technique::RecordingStopped,
        variant: silence.variant,
        client: None,
        server: None,
        server_ports: Vec::new(),
        interface_id: company.host(silence.host).eni.clone(),
        start: silence.from / 1000,
        end: silence.to / 1000,
        connections: 0,
    }
}

/// The two tenants, each way, in both families.
fn apart(company: &Company) -> Vec<CrossTenant> {
    let blocks = |vpc: usize| {
        let vpc = &company.vpcs[vpc];
        let [a, b, c, d] = vpc.v6;
        [
            format!("10.{}.0.0/16", vpc.octet),
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/56"),
        ]
    };
    let pair = |from: String, to: String| CrossTenant { from, to };
    let pairs = blocks(SHOP).into_iter().zip(blocks(CLINIC));
    pairs
        .flat_map(|(shop, clinic)| [pair(shop.clone(), clinic.clone()), pair(clinic, shop)])
        .collect()
}

fn resolvers(company: &Company) -> Vec<IpAddr> {
    let own = company.of(CLINIC, Role::Resolver).iter();
    let own = own.map(|host| company.host(*host).v4.into());
    let of_aws = company.vpcs.iter();
    let of_aws = of_aws.map(|vpc| std::net::Ipv4Addr::new(10, vpc.octet, 0, 2).into());
    own.chain(of_aws).collect()
}
