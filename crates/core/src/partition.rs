//! AWS partitions: which one a region lies in, and where the global services of each answer.

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

/// The region of a partition whose endpoints answer for its global services, and which no account
/// can opt out of.
#[must_use]
pub fn home_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

#[cfg(test)]
mod tests {
    use super::{home_region, of_region};

    #[test]
    fn the_home_region_of_a_partition_lies_in_it() {
        for region in [
            "eu-west-1",
            "cn-northwest-1",
            "us-gov-east-1",
            "us-iso-west-1",
            "us-isob-east-1",
            "eu-isoe-west-1",
            "us-isof-east-1",
            "eusc-de-east-1",
        ] {
            let partition = of_region(region);
            assert_eq!(of_region(home_region(partition)), partition, "{region}");
        }
    }

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
