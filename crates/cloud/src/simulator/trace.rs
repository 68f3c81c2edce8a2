//! The traces that delivery leaves: events in streams, objects in buckets.

use super::World;

/// What a delivery leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    Events {
        account_id: String,
        region: String,
        group: String,
        streams: Vec<String>,
        /// The group was missing, and is made again.
        make_group: bool,
    },
    Object {
        bucket: String,
        key: String,
    },
    None,
}

impl World {
    /// Leaves the trace of a delivery that is over now.
    pub(super) fn leave(&mut self, trace: Trace) {
        let now = self.now;
        match trace {
            Trace::Events {
                account_id,
                region,
                group,
                streams,
                make_group,
            } => {
                if make_group && !self.has_log_group(&account_id, &region, &group) {
                    self.create_log_group(&account_id, &region, &group, None);
                }
                let network = self.network_mut(&account_id, &region);
                if let Some(group) = network.log_groups.get_mut(&group) {
                    group
                        .streams
                        .extend(streams.into_iter().map(|name| (name, now)));
                }
            }
            Trace::Object { bucket, key } => {
                if let Some(bucket) = self.buckets.get_mut(&bucket) {
                    bucket.objects.insert(key, now);
                }
            }
            Trace::None => {}
        }
    }
}
