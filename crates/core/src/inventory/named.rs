//! What flow logs name: the roles that deliver their records, and the destinations.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_record::Destination;

use super::{FlowLog, Region};

/// Where a log group or a delivery stream is, and its name there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Located {
    /// Account that owns it; not always that of the flow log.
    pub account_id: String,
    /// Region that holds it.
    pub region: String,
    /// Its name, without `:*`.
    pub name: String,
}

/// Everything that flow logs name (EC2 `DescribeFlowLogs`), each once: many flow logs share a
/// role or a destination. A destination that is not understood is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// ARNs of the roles that deliver, in the flow log's account (`DeliverLogsPermissionArn`) and
    /// in that of the destination (`DeliverCrossAccountRole`).
    pub roles: BTreeSet<String>,
    /// Log groups, by ARN without the trailing `:*`.
    pub log_groups: BTreeMap<String, Located>,
    /// Bucket → an account whose flow logs use it: the first, for a bucket's ARN tells no owner.
    pub buckets: BTreeMap<String, String>,
    /// Firehose delivery streams, by ARN.
    pub delivery_streams: BTreeMap<String, Located>,
}

impl Named {
    /// What the flow logs of these regions name.
    #[must_use]
    pub fn by<'a>(regions: impl IntoIterator<Item = &'a Region>) -> Self {
        let mut named = Self::default();
        for region in regions {
            for flow_log in &region.flow_logs.items {
                named.add(region, flow_log);
            }
        }
        named
    }

    fn add(&mut self, home: &Region, flow_log: &FlowLog) {
        self.roles
            .extend(flow_log.deliver_logs_permission_arn.clone());
        self.roles
            .extend(flow_log.deliver_cross_account_role.clone());
        let destination = home.destination(flow_log);
        let arn = destination.to_string();
        match destination {
            Destination::LogGroup {
                region,
                account_id,
                name,
                ..
            } => {
                let located = Located {
                    account_id,
                    region,
                    name,
                };
                self.log_groups.insert(arn, located);
            }
            Destination::Bucket { name, .. } => {
                self.buckets
                    .entry(name)
                    .or_insert_with(|| home.account_id.clone());
            }
            Destination::DeliveryStream {
                region,
                account_id,
                name,
                ..
            } => {
                let located = Located {
                    account_id,
                    region,
                    name,
                };
                self.delivery_streams.insert(arn, located);
            }
            Destination::Unknown { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Listing, LogDestinationType, RegionStatus};
    use super::*;
    use crate::fixture::{
        ACCOUNT, BUCKET, GROUP, OTHER, REGION, ROLE, STREAM, flow_log, to_bucket, to_stream,
    };

    fn region(account_id: &str, flow_logs: Vec<FlowLog>) -> Region {
        let mut region = Region::new(account_id, REGION, RegionStatus::Collected);
        region.flow_logs = Listing::complete(flow_logs);
        region
    }

    fn located(account_id: &str, name: &str) -> Located {
        Located {
            account_id: account_id.to_owned(),
            region: REGION.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_many_flow_logs_share_is_named_once() {
        let mut across = flow_log("fl-2", "vpc-2");
        let role = "arn:aws:iam::222222222222:role/flow-logs";
        across.deliver_cross_account_role = Some(role.to_owned());
        across.log_destination = Some(format!("{GROUP}:*"));
        let regions = [
            region(
                OTHER,
                vec![
                    to_bucket(flow_log("fl-1", "vpc-1")),
                    across,
                    to_stream(flow_log("fl-3", "vpc-1")),
                ],
            ),
            region(
                ACCOUNT,
                vec![
                    flow_log("fl-4", "vpc-3"),
                    to_bucket(flow_log("fl-5", "vpc-3")),
                    to_stream(flow_log("fl-6", "vpc-3")),
                ],
            ),
        ];
        let expected = Named {
            roles: BTreeSet::from([ROLE.to_owned(), role.to_owned()]),
            log_groups: BTreeMap::from([(GROUP.to_owned(), located(ACCOUNT, "/vpc/flow-logs"))]),
            buckets: BTreeMap::from([(BUCKET.to_owned(), OTHER.to_owned())]),
            delivery_streams: BTreeMap::from([(STREAM.to_owned(), located(ACCOUNT, "flow"))]),
        };
        assert_eq!(Named::by(&regions), expected);
    }

    #[test]
    fn a_group_given_by_name_is_where_its_flow_log_is() {
        let mut old = flow_log("fl-1", "vpc-1");
        old.log_destination = None;
        old.log_group_name = Some("logs".to_owned());
        let named = Named::by(&[region(OTHER, vec![old])]);
        let arn = "arn:aws:logs:eu-west-1:222222222222:log-group:logs";
        let expected = BTreeMap::from([(arn.to_owned(), located(OTHER, "logs"))]);
        assert_eq!(named.log_groups, expected);
    }

    #[test]
    fn a_destination_that_is_not_understood_is_left_out() {
        let mut unknown = flow_log("fl-1", "vpc-1");
        unknown.log_destination_type = Some(LogDestinationType::S3);
        let expected = Named {
            roles: BTreeSet::from([ROLE.to_owned()]),
            ..Named::default()
        };
        assert_eq!(Named::by(&[region(ACCOUNT, vec![unknown])]), expected);
    }
}
