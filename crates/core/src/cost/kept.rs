//! How long records are kept, and who pays for it.

use flowcover_record::Destination;

use crate::inventory::{ExpirationRule, Fact, Inventory, Region};

/// How long records are kept where they lie today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Days(u32),
    Endless,
    NotRead,
}

pub(super) fn kept(
    inventory: &Inventory,
    region: &Region,
    destination: &Destination,
) -> (Kept, (String, String)) {
    let here = || (region.account_id.clone(), region.region.clone());
    match destination {
        Destination::LogGroup {
            partition,
            region,
            account_id,
            name,
        } => {
            let arn = format!("arn:{partition}:logs:{region}:{account_id}:log-group:{name}");
            let kept = match inventory.log_groups.get(&arn) {
                Some(Fact::Present(group)) => {
                    group.retention_in_days.map_or(Kept::Endless, Kept::Days)
                }
                _ => Kept::NotRead,
            };
            (kept, (account_id.clone(), region.clone()))
        }
        Destination::Bucket { name, prefix, .. } => match inventory.buckets.get(name) {
            Some(Fact::Present(bucket)) => {
                let (account_id, region) = here();
                let owner = bucket.owner_account_id.clone().unwrap_or(account_id);
                let keeper = (owner, bucket.region.clone().unwrap_or(region));
                (kept_below(&bucket.expiration, prefix), keeper)
            }
            _ => (Kept::NotRead, here()),
        },
        _ => (Kept::NotRead, here()),
    }
}

/// How long objects below `PREFIX/AWSLogs/` stay: the shortest rule that surely holds for all of them.
fn kept_below(rules: &Fact<Vec<ExpirationRule>>, prefix: &str) -> Kept {
    let folder = format!("{prefix}AWSLogs/");
    match rules {
        Fact::NotRead => Kept::NotRead,
        Fact::Absent => Kept::Endless,
        Fact::Present(rules) => {
            let holds = rules
                .iter()
                .filter(|rule| !rule.filtered && folder.starts_with(&rule.prefix));
            match holds.map(|rule| rule.days).min() {
                Some(days) => Kept::Days(days),
                // A rule that filters, or that holds for a part of the folder, leaves it open.
                None if rules.iter().any(|rule| {
                    rule.prefix.starts_with(&folder) || folder.starts_with(&rule.prefix)
                }) =>
                {
                    Kept::NotRead
                }
                None => Kept::Endless,
            }
        }
    }
}
