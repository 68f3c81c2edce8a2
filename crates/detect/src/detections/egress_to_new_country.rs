//! `egress-to-new-country`: a host of ours sends data to a country to which it did not before.

use flowcover_core::Severity;
use hashbrown::HashMap;

use crate::Address;
use crate::baseline::Baseline;
use crate::detection::{Detection, Technique, boxed};
use crate::finding::Findings;
use crate::flow::{DNS_PORT, Flow};
use crate::keyed::Keyed;
use crate::parameters::{Parameter, Parameters, Unit};
use crate::sent::{Sent, busiest_before};
use crate::watch::Watch;
use crate::world::{Countries, Country, World};

pub(crate) static DETECTION: Detection = Detection {
    id: "egress-to-new-country",
    summary: "a host of ours sent data to a country where nobody of ours, or at least not this host, called before",
    severity: Severity::Medium,
    techniques: &[
        Technique {
            id: "T1041",
            name: "Exfiltration Over C2 Channel",
        },
        Technique {
            id: "T1048",
            name: "Exfiltration Over Alternative Protocol",
        },
    ],
    parameters: &[
        Parameter {
            name: "bytes",
            default: 1_000_000.0,
            unit: Unit::Bytes,
            about: "bytes sent within 24 hours to a country where nobody of ours called before",
        },
        Parameter {
            name: "host_bytes",
            default: 100_000_000.0,
            unit: Unit::Bytes,
            about: "bytes sent within 24 hours to a country where others of ours call, but not this host; also more than it sent outside on its busiest day before",
        },
        Parameter {
            name: "days",
            default: 3.0,
            unit: Unit::Days,
            about: "days of the past that are needed to call a country new",
        },
    ],
    weakened_by: &[(
        "pkt-dstaddr",
        "what passes a NAT gateway belongs to the gateway, not to the host behind it",
    )],
    sql: "
select server_addr, min(start) as first_seen, sum(bytes_to_server) as bytes_to_server, sum(bytes_to_client) as bytes_to_client, count(*) as flows
from flows
where {only} and {established} and {inside:client_addr} and not {inside:server_addr}
group by server_addr
order by first_seen desc
limit 1000",
    sql_decides: false,
    page: include_str!("egress_to_new_country.md"),
    watcher: |parameters, memory| boxed(NewCountry::new(parameters, memory)),
};

struct NewCountry {
    bytes: u64,
    host_bytes: u64,
    days: f64,
    recent: Recent,
    hosts: Keyed<(Address, Country), Sent>,
}

/// Countries that were asked for lately: most flows go to few addresses, and a file is slower than a table.
struct Recent(Vec<Option<(Address, Option<Country>)>>);

impl Recent {
    const SIZE: usize = 4_096;

    fn country(&mut self, countries: &dyn Countries, address: Address) -> Option<Country> {
        let bits = address.to_bits();
        let mixed = (bits ^ (bits >> 64)) as u64;
        let place = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        match &mut self.0[place as usize] {
            Some((known, country)) if *known == address => *country,
            other => {
                let country = countries.country(address);
                *other = Some((address, country));
                country
            }
        }
    }

    fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Option<(Address, Option<Country>)>>()
    }
}

impl NewCountry {
    fn new(parameters: &Parameters, memory: usize) -> Self {
        Self {
            bytes: parameters.count("bytes"),
            host_bytes: parameters.count("host_bytes"),
            days: parameters.get("days"),
            recent: Recent(vec![None; Recent::SIZE]),
            hosts: Keyed::new(memory),
        }
    }

    /// When any of ours first called each country (Unix seconds).
    fn firsts(&self) -> HashMap<Country, i64> {
        let mut firsts = HashMap::new();
        for ((_, country), sent) in self.hosts.iter() {
            let first = firsts.entry(*country).or_insert(i64::MAX);
            *first = sent.first.min(*first);
        }
        firsts
    }

    /// How much it matters; nothing if it is usual.
    fn severity(
        &self,
        (client, country): (Address, Country),
        sent: &Sent,
        is_new_to_all: bool,
        busiest_before: u64,
        baseline: Option<&Baseline>,
    ) -> Option<Severity> {
        let most = sent.bytes.most_within(24);
        if most < self.bytes.min(self.host_bytes) {
            return None;
        }
        let is_known = baseline.is_some_and(|past| past.anyone_called_country(country));
        if is_new_to_all && !is_known {
            return (most >= self.bytes).then_some(Severity::Medium);
        }
        let is_known = baseline.is_some_and(|past| past.has_called_country(client, country));
        // Of a host that is new itself, everything is new.
        let has_past = busiest_before > 0;
        (has_past && !is_known && most >= self.host_bytes.max(busiest_before))
            .then_some(Severity::Low)
    }
}

impl Watch for NewCountry {
    fn see(&mut self, flow: &Flow, world: &World) {
        let Some(countries) = &world.countries else {
            return;
        };
        // A name server of ours asks everywhere.
        if !flow.is_outbound() || flow.server_port == DNS_PORT || !flow.is_established() {
            return;
        }
        if let Some(country) = self.recent.country(countries.as_ref(), flow.server) {
            let key = (flow.client, country);
            self.hosts.update(key, |egress| egress.add(flow));
        }
    }

    fn join(&mut self, other: Self) {
        self.hosts.join(other.hosts);
    }

    fn finish(&self, findings: &mut Findings<'_>) {
        if findings.world().countries.is_none() {
            findings.lacks(
                "could not judge: no file was given that tells the country of an address (`geoip` in `[detect]`)",
            );
            return;
        }
        let baseline = findings.world().baseline.as_ref();
        if baseline.is_some_and(|past| !past.knows_countries()) {
            findings.lacks("could not judge: the baseline was built without countries");
            return;
        }
        let Some(from) = findings.judged_from(self.days) else {
            return;
        };
        let firsts = self.firsts();
        let may_be = |_: &_, sent: &Sent| sent.first >= from && sent.is_upload();
        let candidates = self.hosts.ordered(may_be);
        let clients = candidates.iter().map(|((client, _), _)| *client);
        let sent = self.hosts.iter().map(|((host, _), egress)| (*host, egress));
        let busiest = busiest_before(clients, sent, from, baseline);
        for (key, sent) in candidates {
            let (client, country) = key;
            let before = busiest.get(&client).copied().unwrap_or(0);
            let is_new_to_all = firsts.get(&country).is_some_and(|first| *first >= from);
            let Some(severity) = self.severity(key, sent, is_new_to_all, before, baseline) else {
                continue;
            };
            let who = if severity == Severity::Medium {
                "nobody of ours"
            } else {
                "it never"
            };
            let message = format!(
                "{client} sent {:.1} MB to {country}, where {who} called before: to {}",
                sent.bytes.total() as f64 / 1e6,
                sent.place()
            );
            let found = sent
                .found(client, message)
                .with_severity(severity)
                .with(
                    "most_in_24_hours",
                    sent.bytes.most_within(24) as f64,
                    Unit::Bytes,
                )
                .with_thinned(self.hosts.thinned());
            findings.add(found);
        }
    }

    fn bytes(&self) -> usize {
        self.hosts.bytes() + self.recent.bytes()
    }
}

#[cfg(test)]
mod tests;
