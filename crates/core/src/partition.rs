//! AWS partitions: which one a region lies in.

/// The partition of a region, `aws` for a region of no known special partition
/// (AWS General Reference, "Amazon Resource Names": partitions; prefixes as the SDKs have them).
#[must_use]
pub fn of_region(region: &str) -> &'static str {
    const PREFIXES: &[(&str, &str)] = &[
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::of_region;

    #[test]
    fn the_prefix_of_a_region_tells_its_partition() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
            ("", "aws"),
        ] {
            assert_eq!(of_region(region), partition, "{region}");
        }
    }
}
