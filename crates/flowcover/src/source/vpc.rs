//! Where the records of a VPC lie.

use std::collections::BTreeSet;

use flowcover_cloud::{DescribeFlowLogs, DescribeNetworkInterfaces, GetCallerIdentity};
use flowcover_core::inventory::{Inventory, Listing, Region, RegionStatus};
use flowcover_record::Destination;

use super::logs::LogGroup;
use super::place::Place;
use super::reach::{Reach, refused};
use crate::failure::Failure;

/// A place where records of a VPC lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lies {
    pub(super) place: Place,
    /// The flow log whose objects they are; of a log group none, for its events do not tell.
    pub(super) flow_log: Option<FlowLogOf>,
}

/// A flow log, and what the names of its objects say besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FlowLogOf {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) region: String,
}

/// What is known of a VPC's records.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) lies: Vec<Lies>,
    /// What must be said besides, one line each.
    pub(super) remarks: Vec<String>,
}

/// From an inventory.
pub(super) fn saved(inventory: &Inventory, vpc_id: &str) -> Result<Known, Failure> {
    let holders = inventory.regions.iter().flat_map(|region| {
        let here = region
            .vpcs
            .items
            .iter()
            .filter(move |vpc| vpc.vpc_id == vpc_id);
        here.map(move |vpc| (region, vpc.owner_id.as_deref() == Some(&region.account_id)))
    });
    // Accounts that a VPC is shared with have it, too.
    let owner_first = holders.max_by_key(|(_, is_owner)| *is_owner);
    let (region, _) =
        owner_first.ok_or_else(|| Failure::usage(format!("the inventory has no {vpc_id}")))?;
    known(region, vpc_id)
}

/// From AWS, in a region.
pub(super) async fn live(reach: &Reach, region: &str, vpc_id: &str) -> Result<Known, Failure> {
    let scope = reach.scope(region);
    let refused = |error| {
        refused(
            &format!("cannot find where the records of {vpc_id} lie"),
            &error,
        )
    };
    let identity = reach
        .ask(&scope, GetCallerIdentity {})
        .await
        .map_err(refused)?;
    let mut found = Region::new(&identity.account_id, region, RegionStatus::Collected);
    let interfaces = DescribeNetworkInterfaces {
        vpc_ids: vec![vpc_id.to_owned()],
        ..DescribeNetworkInterfaces::default()
    };
    let interfaces = reach.list(&scope, interfaces).await.map_err(refused)?;
    found.network_interfaces = Listing::complete(interfaces);
    let flow_logs = reach
        .list(&scope, DescribeFlowLogs::default())
        .await
        .map_err(refused)?;
    found.flow_logs = Listing::complete(flow_logs);
    known(&found, vpc_id)
}

fn known(region: &Region, vpc_id: &str) -> Result<Known, Failure> {
    let is_of = |id: &Option<String>| id.as_deref() == Some(vpc_id);
    let mut resources: BTreeSet<&str> = BTreeSet::from([vpc_id]);
    for interface in region
        .network_interfaces
        .items
        .iter()
        .filter(|it| is_of(&it.vpc_id))
    {
        resources.insert(&interface.network_interface_id);
        resources.extend(interface.subnet_id.as_deref());
    }
    let subnets = region.subnets.items.iter().filter(|it| is_of(&it.vpc_id));
    resources.extend(subnets.map(|subnet| subnet.subnet_id.as_str()));
    let is_ours = |id: &Option<String>| id.as_deref().is_some_and(|id| resources.contains(id));
    let (ours, others): (Vec<_>, Vec<_>) = region
        .flow_logs
        .items
        .iter()
        .partition(|flow_log| is_ours(&flow_log.resource_id));
    let mut known = Known::default();
    for flow_log in ours {
        let id = &flow_log.flow_log_id;
        match region.destination(flow_log) {
            Destination::Bucket { name, prefix, .. } => {
                known.lies.push(Lies {
                    // Plain or Hive: the folders below tell, older answers do not.
                    place: Place::Bucket {
                        bucket: name,
                        path: format!("{prefix}AWSLogs/"),
                    },
                    flow_log: Some(FlowLogOf {
                        id: id.clone(),
                        account_id: region.account_id.clone(),
                        region: region.region.clone(),
                    }),
                });
            }
            Destination::LogGroup { region: there, name, .. } => {
                let is_shared = others.iter().any(|other| {
                    matches!(region.destination(other), Destination::LogGroup { name: of_other, .. } if of_other == name)
                });
                let lies = Lies {
                    place: Place::LogGroup(LogGroup {
                        name: name.clone(),
                        region: Some(there),
                    }),
                    flow_log: None,
                };
                if known.lies.contains(&lies) {
                    continue;
                }
                if is_shared {
                    known.remarks.push(format!(
                        "the log group {name} has records of other resources than {vpc_id}, too, and all are read: choose by vpc_id or interface_id"
                    ));
                }
                known.lies.push(lies);
            }
            Destination::DeliveryStream { name, .. } => known.remarks.push(format!(
                "{id} delivers to the stream {name}: where that takes its records is not known, and they are not read"
            )),
            Destination::Unknown { text } => known.remarks.push(format!(
                "{id} delivers to {text:?}, which cannot be read"
            )),
        }
    }
    if known.lies.is_empty() && known.remarks.is_empty() {
        return Err(Failure::usage(format!(
            "no flow log of {} in {} records {vpc_id}",
            region.account_id, region.region
        ))
            .hint("AWS_REGION says in which region to look; `flowcover audit` says why it is not recorded"));
    }
    Ok(known)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_core::inventory::{FlowLog, NetworkInterface};

    use super::*;

    fn flow_log(id: &str, resource: &str, destination: &str) -> FlowLog {
        FlowLog {
            flow_log_id: id.to_owned(),
            resource_id: Some(resource.to_owned()),
            log_destination: Some(destination.to_owned()),
            ..FlowLog::default()
        }
    }

    fn region(flow_logs: Vec<FlowLog>) -> Region {
        let mut region = Region::new("123456789012", "eu-west-1", RegionStatus::Collected);
        region.flow_logs = Listing::complete(flow_logs);
        region.network_interfaces = Listing::complete(vec![NetworkInterface {
            network_interface_id: "eni-1".to_owned(),
            vpc_id: Some("vpc-1".to_owned()),
            subnet_id: Some("subnet-1".to_owned()),
            ..NetworkInterface::default()
        }]);
        region
    }

    #[test]
    fn flow_logs_of_the_vpc_its_subnets_and_interfaces_count() {
        let group = "arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/flow:*";
        let region = region(vec![
            flow_log("fl-1", "vpc-1", "arn:aws:s3:::logs"),
            flow_log("fl-2", "subnet-1", "arn:aws:s3:::logs/team/"),
            flow_log("fl-3", "eni-1", group),
            flow_log("fl-4", "vpc-1", group),
            flow_log("fl-5", "vpc-2", "arn:aws:s3:::elsewhere"),
        ]);
        let known = known(&region, "vpc-1").unwrap();
        let places: Vec<_> = known
            .lies
            .iter()
            .map(|lies| {
                (
                    lies.place.clone(),
                    lies.flow_log.as_ref().map(|it| it.id.as_str()),
                )
            })
            .collect();
        let bucket = |path: &str| Place::Bucket {
            bucket: "logs".to_owned(),
            path: path.to_owned(),
        };
        assert_eq!(places[0], (bucket("AWSLogs/"), Some("fl-1")));
        assert_eq!(places[1], (bucket("team/AWSLogs/"), Some("fl-2")));
        let group = LogGroup {
            name: "/vpc/flow".to_owned(),
            region: Some("eu-west-1".to_owned()),
        };
        assert_eq!(places[2..], [(Place::LogGroup(group), None)]);
        assert_eq!(known.remarks, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_read_or_told_apart_is_said() {
        let group = "arn:aws:logs:eu-west-1:123456789012:log-group:shared";
        let stream = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/to-splunk";
        let region = region(vec![
            flow_log("fl-1", "vpc-1", group),
            flow_log("fl-2", "vpc-2", group),
            flow_log("fl-3", "vpc-1", stream),
        ]);
        let known = known(&region, "vpc-1").unwrap();
        assert_eq!(known.lies.len(), 1);
        assert!(known.remarks[0].contains("shared"), "{:?}", known.remarks);
        assert!(
            known.remarks[1].contains("to-splunk"),
            "{:?}",
            known.remarks
        );
        assert!(super::known(&region, "vpc-9").is_err());
    }
}
