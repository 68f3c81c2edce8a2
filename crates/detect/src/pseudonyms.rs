//! Pseudonyms in place of addresses, in all that is reported.
//!
//! Findings are judged on true addresses: which of them are ours, on a list or in a country cannot be told from pseudonyms. What is reported is rewritten
//! as a whole, before any format sees it: ends, sentences, queries, and fingerprints, which are a hash of the ends and could be guessed. Names are left
//! out, for they tell whose an address is.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeMap;

use crate::address::{Address, Network};
use crate::coverage::{CapturePoint, Coverage};
use crate::engine::{Report, order};
use crate::finding::{Ends, Finding, fingerprint};
use crate::investigate::{Dossier, Subject};

/// Most characters of an IPv6 address as text, an IPv4 address at its end included.
const LONGEST: usize = 45;

/// Gives pseudonyms: the same address the same one, whatever is rewritten. What gives them should preserve prefixes, so that the pseudonyms of a block
/// are a block.
pub struct Pseudonyms<'g> {
    give: &'g dyn Fn(IpAddr) -> IpAddr,
}

impl<'g> Pseudonyms<'g> {
    /// That are given so.
    #[must_use]
    pub fn new(give: &'g dyn Fn(IpAddr) -> IpAddr) -> Self {
        Self { give }
    }

    /// Rewrites what detections found. Queries are then about records whose addresses were replaced in the same way.
    pub fn report(&self, report: &mut Report) {
        for finding in &mut report.findings {
            self.finding(finding);
        }
        // The order must not tell that of the addresses.
        report.findings.sort_by_cached_key(order);
        for state in &mut report.allowed {
            self.rewrite(&mut state.place);
            self.rewrite(&mut state.reason);
        }
        self.coverage(&mut report.coverage);
    }

    /// Rewrites an investigation, as [`Self::report`] does.
    pub fn dossier(&self, dossier: &mut Dossier) {
        dossier.subject = match &dossier.subject {
            Subject::Address(address) => Subject::Address(self.address(*address)),
            Subject::Network(network) => Subject::Network(self.network(*network)),
            id => id.clone(),
        };
        dossier.name = None;
        for address in &mut dossier.addresses {
            *address = self.address(*address);
        }
        dossier.addresses.sort_unstable();
        let mut fingerprints = BTreeMap::new();
        for finding in &mut dossier.findings {
            let before = finding.fingerprint.clone();
            self.finding(finding);
            fingerprints.insert(before, finding.fingerprint.clone());
        }
        dossier.findings.sort_by_cached_key(order);
        for event in &mut dossier.events {
            self.rewrite(&mut event.message);
            event.peer = event.peer.map(|peer| self.address(peer));
            self.rewrite(&mut event.query);
            let known = event.fingerprint.take();
            event.fingerprint = known.and_then(|it| fingerprints.get(&it).cloned());
        }
        for peer in &mut dossier.peers {
            peer.own = self.address(peer.own);
            peer.peer = self.address(peer.peer);
            peer.peer_name = None;
            self.rewrite(&mut peer.query);
        }
        for port in &mut dossier.ports {
            self.rewrite(&mut port.query);
        }
        let remarks = dossier.remarks.iter_mut();
        remarks.for_each(|remark| self.rewrite(remark));
        self.coverage(&mut dossier.coverage);
        self.rewrite(&mut dossier.timeline.query);
        self.rewrite(&mut dossier.query);
    }

    fn finding(&self, finding: &mut Finding) {
        finding.client = finding.client.map(|client| self.address(client));
        finding.server = finding.server.map(|server| self.address(server));
        finding.client_name = None;
        finding.server_name = None;
        self.rewrite(&mut finding.message);
        if let Some(remark) = &mut finding.approximate {
            self.rewrite(remark);
        }
        self.rewrite(&mut finding.query);
        self.point(&mut finding.capture_point);
        let ends = Ends {
            client: finding.client,
            server: finding.server,
            server_port: finding.server_port,
            protocol: finding.protocol,
        };
        finding.fingerprint = fingerprint(
            finding.detection,
            &ends,
            finding.occasion,
            &finding.capture_point,
        );
    }

    /// Whatever stands where a record should have ids.
    fn point(&self, point: &mut CapturePoint) {
        let all = [
            &mut point.interface_id,
            &mut point.account_id,
            &mut point.vpc_id,
            &mut point.subnet_id,
            &mut point.instance_id,
        ];
        for text in all.into_iter().flatten() {
            self.rewrite(text);
        }
    }

    fn coverage(&self, coverage: &mut Coverage) {
        let missing = coverage.missing.iter_mut();
        let weakened = coverage.weakened.iter_mut().map(|it| &mut it.why);
        missing.chain(weakened).for_each(|text| self.rewrite(text));
    }

    fn address(&self, address: Address) -> Address {
        Address::from((self.give)(address.ip()))
    }

    /// The block that holds the pseudonyms of a block.
    fn network(&self, network: Network) -> Network {
        Network::around(self.address(network.first()), network.bits())
    }

    fn rewrite(&self, text: &mut String) {
        *text = self.text(text);
    }

    /// The text with pseudonyms for all addresses and blocks that stand in it, also for those spelled as in host names: `ip-10-0-1-2`.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = ' ';
        while let Some(next) = rest.chars().next() {
            let length = match ipv6(before, rest).or_else(|| ipv4(before, rest)) {
                Some((address, separator, length)) => {
                    let (shown, length) = self.shown(address, separator, length, rest);
                    written.push_str(&shown);
                    length
                }
                None => {
                    written.push(next);
                    next.len_utf8()
                }
            };
            before = rest[..length].chars().next_back().unwrap_or(before);
            rest = &rest[length..];
        }
        written
    }

    /// A pseudonym for what stands at the beginning of a text, with the length of the prefix behind it, and how long both were.
    fn shown(
        &self,
        address: IpAddr,
        separator: char,
        length: usize,
        rest: &str,
    ) -> (String, usize) {
        let after = rest[length..].strip_prefix('/').unwrap_or_default();
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let block = format!("{address}/{}", &after[..digits]);
        match block.parse::<Network>() {
            Ok(block) if separator == '.' => (self.network(block).to_string(), length + 1 + digits),
            _ => {
                let shown = (self.give)(address).to_string();
                match separator {
                    '-' => (shown.replace('.', "-"), length),
                    _ => (shown, length),
                }
            }
        }
    }
}

/// An address, what parts it, and its length.
type Literal = (IpAddr, char, usize);

/// The IPv6 address at the beginning of a text.
fn ipv6(before: char, text: &str) -> Option<Literal> {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let run = text
        .bytes()
        .take(LONGEST)
        .take_while(|it| is_part(it))
        .count();
    let colons = text[..run].bytes().filter(|byte| *byte == b':').count();
    // `name::other` is none.
    if colons < 2 || (text.starts_with(':') && before.is_alphanumeric()) {
        return None;
    }
    (2..=run).rev().find_map(|length| {
        let address: Ipv6Addr = text[..length].parse().ok()?;
        Some((IpAddr::V6(address), '.', length))
    })
}

/// The IPv4 address at the beginning of a text, its numbers parted by points or by hyphens.
fn ipv4(before: char, text: &str) -> Option<Literal> {
    if before.is_ascii_digit() {
        return None;
    }
    let bytes = text.as_bytes();
    let mut octets = [0_u8; 4];
    let mut at = 0;
    let mut separator = '.';
    for (number, octet) in octets.iter_mut().enumerate() {
        if number == 1 {
            separator = match bytes.get(at) {
                Some(b'.') => '.',
                Some(b'-') => '-',
                _ => return None,
            };
        }
        if number > 0 {
            if bytes.get(at).copied().map(char::from) != Some(separator) {
                return None;
            }
            at += 1;
        }
        let digits = bytes[at..].iter().take_while(|it| it.is_ascii_digit());
        let digits = digits.count();
        *octet = text[at..at + digits].parse().ok()?;
        at += digits;
    }
    Some((IpAddr::V4(Ipv4Addr::from(octets)), separator, at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Turns the first and the last bit: prefixes are preserved.
    fn turned(address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(it) => IpAddr::V4((it.to_bits() ^ 0x8000_0001).into()),
            IpAddr::V6(it) => IpAddr::V6((it.to_bits() ^ (1 << 127) ^ 1).into()),
        }
    }

    fn text(text: &str) -> String {
        Pseudonyms::new(&turned).text(text)
    }

    #[test]
    fn addresses_in_sentences_and_queries_are_replaced() {
        for (given, expected) in [
            (
                "10.0.0.4 knocked at 3 ports",
                "138.0.0.5 knocked at 3 ports",
            ),
            ("(10.0.0.4), 10.0.0.4.", "(138.0.0.5), 138.0.0.5."),
            ("10.0.0.4:443", "138.0.0.5:443"),
            ("2001:db8::4 called", "a001:db8::5 called"),
            ("[2001:db8::4]:443", "[a001:db8::5]:443"),
            ("x2001:db8::4.", "xa001:db8::5."),
            ("abc2001:db8::4", "abca001:db8::5"),
            (
                "in_cidr(client_addr, '10.0.0.0/8') or in_cidr(client_addr, 'fc00::/7')",
                "in_cidr(client_addr, '138.0.0.0/8') or in_cidr(client_addr, '7c00::/7')",
            ),
            ("10.0.0.4/40", "138.0.0.5/40"),
            ("ip-10-0-0-4.ec2.internal", "ip-138-0-0-5.ec2.internal"),
            ("1.2.3.4.5", "129.2.3.5.5"),
            ("2026-11-20T03:12:45Z", "2026-11-20T03:12:45Z"),
            ("1234.5.6.7", "1234.5.6.7"),
            ("10.0.0.256", "10.0.0.256"),
            ("cast(x::bigint)", "cast(x::bigint)"),
            ("größe 10.0.0.4 ✓", "größe 138.0.0.5 ✓"),
            ("", ""),
        ] {
            assert_eq!(text(given), expected, "{given}");
        }
    }

    proptest! {
        #[test]
        fn no_address_is_left(
            v4 in any::<u32>(),
            v6 in any::<u128>(),
            before in "[a-z ('=,]{0,3}",
            after in "[a-z )',;]{0,3}",
        ) {
            let (v4, v6) = (Ipv4Addr::from(v4), Ipv6Addr::from(v6));
            let shown = text(&format!("{before}{v4}{after} {before}'{v6}'{after}"));
            let (new4, new6) = (turned(IpAddr::V4(v4)), turned(IpAddr::V6(v6)));
            prop_assert!(shown.contains(&new4.to_string()), "{}", shown);
            prop_assert!(shown.contains(&new6.to_string()), "{}", shown);
            prop_assert!(!shown.contains(&v6.to_string()), "{}", shown);
        }

        #[test]
        fn any_text_is_taken(given in "\\PC{0,40}") {
            let _ = text(&given);
        }
    }
}
