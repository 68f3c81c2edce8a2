//! The ids of the detections, as policy files name them.

/// Ids of all detections, in the order of the documentation. They are public: an id never changes
/// its meaning.
pub const DETECTION_IDS: [&str; 23] = [
    "port-scan",
    "address-sweep",
    "slow-scan",
    "brute-force",
    "brute-force-succeeded",
    "exfiltration-volume",
    "exfiltration-new-destination",
    "beaconing",
    "long-connection",
    "dns-tunnel",
    "crypto-mining-ports",
    "tor-or-bad-address",
    "lateral-movement",
    "cross-tenant",
    "rejected-spike",
    "accepted-from-internet-on-admin-port",
    "unusual-protocol",
    "new-listener",
    "asymmetric-or-one-way",
    "smtp-outbound",
    "ddos-inbound",
    "recording-stopped",
    "egress-to-new-country",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::DETECTION_IDS;
    use crate::policy::{CHECK_IDS, keys};

    #[test]
    fn an_id_names_one_thing() {
        let in_section = keys::names_in("detect");
        let all = DETECTION_IDS.into_iter().chain(CHECK_IDS).chain(in_section);
        let distinct: BTreeSet<&str> = all.clone().collect();
        assert_eq!(distinct.len(), all.count());
    }

    #[test]
    fn ids_are_kebab_case() {
        for id in DETECTION_IDS {
            let is_word =
                |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
            assert!(id.split('-').all(is_word), "{id}");
        }
    }
}
