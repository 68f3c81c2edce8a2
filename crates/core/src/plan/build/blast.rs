//! What else uses a role, a log group or a bucket.

use super::Builder;

/// Users are named so far; the rest is counted.
const MOST_NAMED: usize = 20;

impl Builder<'_> {
    /// The flow logs that use something, given as places in the index, in words.
    pub(super) fn users(&self, places: &[usize]) -> Vec<String> {
        let index = &self.context.index;
        let named = places.iter().take(MOST_NAMED).map(|place| {
            let at = &index.flow_logs[*place];
            let region = index.region_of(at).region;
            format!(
                "flow log {} in account {}, {}",
                at.flow_log.flow_log_id, region.account_id, region.region
            )
        });
        let mut users: Vec<String> = named.collect();
        if places.len() > MOST_NAMED {
            users.push(format!("{} more flow logs", places.len() - MOST_NAMED));
        }
        users
    }

    /// The flow logs that name a role.
    pub(super) fn users_of_role(&self, arn: &str) -> &[usize] {
        self.by_role.get(arn).map_or(&[], Vec::as_slice)
    }

    /// The flow logs that deliver to a destination, by its key.
    pub(super) fn users_of_destination(&self, key: &str) -> &[usize] {
        self.by_destination.get(key).map_or(&[], Vec::as_slice)
    }
}
