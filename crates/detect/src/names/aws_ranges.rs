//! The ranges that AWS publishes of its own addresses.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::address::{Address, Network};

/// The name of the set that holds all of AWS's ranges: any other says more (AWS General Reference, "AWS IP address ranges").
const ANY_SERVICE: &str = "AMAZON";

/// A range, as the file has it. Other fields are passed over.
#[derive(Deserialize)]
struct Range {
    #[serde(alias = "ip_prefix", alias = "ipv6_prefix")]
    prefix: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    service: String,
}

/// `ip-ranges.json` (AWS General Reference, "AWS IP address ranges syntax").
#[derive(Deserialize)]
struct File {
    #[serde(rename = "createDate", default)]
    created: String,
    prefixes: Vec<Range>,
    #[serde(default)]
    ipv6_prefixes: Vec<Range>,
}

/// What is said of one range.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    service: String,
    region: String,
}

/// Whose an address of AWS is: of which service, in which region.
#[derive(Clone, Debug, Default)]
pub struct AwsRanges {
    /// By how many bits are fixed, those with the most first; then by the block.
    by_bits: BTreeMap<std::cmp::Reverse<u8>, HashMap<Network, Owner>>,
    created: String,
}

/// A text that is not AWS's list of its ranges.
#[derive(Debug, thiserror::Error)]
pub enum NoAwsRanges {
    /// It is no JSON of that form.
    #[error("it is not AWS's ip-ranges.json: {0}")]
    Form(#[from] serde_json::Error),
    /// It names a block that is none.
    #[error("it is not AWS's ip-ranges.json: {0}")]
    Prefix(#[from] crate::address::NoNetwork),
}

impl AwsRanges {
    /// Of the text of `ip-ranges.json`.
    ///
    /// # Errors
    /// If it is not of that form.
    pub fn parse(text: &str) -> Result<Self, NoAwsRanges> {
        let file: File = serde_json::from_str(text)?;
        let mut ranges = Self {
            created: file.created,
            ..Self::default()
        };
        for range in file.prefixes.into_iter().chain(file.ipv6_prefixes) {
            ranges.add(range)?;
        }
        Ok(ranges)
    }

    fn add(&mut self, range: Range) -> Result<(), NoAwsRanges> {
        let network: Network = range.prefix.parse()?;
        let blocks = self.by_bits.entry(std::cmp::Reverse(network.bits()));
        let owner = Owner {
            service: range.service,
            region: range.region,
        };
        let known = blocks
            .or_default()
            .entry(network)
            .or_insert_with(|| owner.clone());
        // The same block stands there once for each service that uses it; the order of the file does not decide.
        let says_more = |one: &Owner, other: &Owner| {
            (one.service == ANY_SERVICE, &one.service)
                < (other.service == ANY_SERVICE, &other.service)
        };
        if says_more(&owner, known) {
            *known = owner;
        }
        Ok(())
    }

    /// When AWS made the list, as it says.
    #[must_use]
    pub fn created(&self) -> &str {
        &self.created
    }

    /// `AWS S3 eu-west-1`; none for an address that is not AWS's.
    #[must_use]
    pub fn owner(&self, address: Address) -> Option<String> {
        let owner = self
            .by_bits
            .iter()
            .find_map(|(bits, blocks)| blocks.get(&Network::around(address, bits.0)))?;
        let parts = ["AWS", owner.service.as_str(), owner.region.as_str()];
        let said = parts
            .into_iter()
            .filter(|part| !part.is_empty() && *part != ANY_SERVICE);
        Some(said.collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"syncToken": "1", "createDate": "2026-11-01-00-00-00", "prefixes": [
        {"ip_prefix": "52.0.0.0/8", "region": "GLOBAL", "service": "AMAZON", "network_border_group": "GLOBAL"},
        {"ip_prefix": "52.218.0.0/17", "region": "eu-west-1", "service": "AMAZON", "network_border_group": "eu-west-1"},
        {"ip_prefix": "52.218.0.0/17", "region": "eu-west-1", "service": "S3", "network_border_group": "eu-west-1"}],
        "ipv6_prefixes": [{"ipv6_prefix": "2600:1f00::/24", "region": "us-east-1", "service": "EC2"}]}"#;

    #[test]
    fn the_narrowest_range_and_the_service_that_says_most_count() {
        let ranges = AwsRanges::parse(FILE).unwrap();
        assert_eq!(ranges.created(), "2026-11-01-00-00-00");
        for (address, owner) in [
            ("52.218.1.1", Some("AWS S3 eu-west-1")),
            ("52.219.1.1", Some("AWS GLOBAL")),
            ("2600:1f11::1", Some("AWS EC2 us-east-1")),
            ("2600:2000::1", None),
            ("192.0.2.1", None),
        ] {
            let address: Address = address.parse().unwrap();
            assert_eq!(ranges.owner(address).as_deref(), owner, "{address}");
        }
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let refused = |text: &str| AwsRanges::parse(text).unwrap_err().to_string();
        assert!(refused("{}").contains("missing field `prefixes`"));
        assert!(refused("").contains("not AWS's ip-ranges.json"));
        let wrong = FILE.replace("52.0.0.0/8", "52.0.0.0/80");
        assert!(
            refused(&wrong).contains("52.0.0.0/80"),
            "{}",
            refused(&wrong)
        );
    }
}
