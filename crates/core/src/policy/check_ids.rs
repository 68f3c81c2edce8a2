//! The ids of the checks, as policy files name them.

/// Ids of all checks, in the order of the documentation. They are public: an id never changes
/// its meaning.
pub const CHECK_IDS: [&str; 23] = [
    "flow-log-missing",
    "coverage-partial",
    "delivery-failing",
    "traffic-type-insufficient",
    "destination-missing",
    "role-not-assumable",
    "role-lacks-permission",
    "role-too-broad",
    "bucket-refuses-delivery",
    "bucket-exposed",
    "retention-out-of-policy",
    "destination-shared",
    "destination-not-allowed",
    "log-group-unencrypted",
    "format-lacks-fields",
    "interval-too-coarse",
    "records-stale",
    "flow-log-duplicate",
    "transit-gateway-not-recorded",
    "not-protected",
    "exemption-stale",
    "exemption-expired",
    "not-readable",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CHECK_IDS;

    #[test]
    fn every_check_that_is_explained_can_be_named() {
        let explained: BTreeSet<&str> = crate::explain::pages()
            .iter()
            .map(|page| page.id.as_ref())
            .collect();
        assert_eq!(explained, BTreeSet::from(CHECK_IDS));
    }
}
