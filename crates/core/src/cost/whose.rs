//! Whose the records are that were read at a place.

use std::collections::HashMap;

use flowcover_record::Destination;

use crate::inventory::{FlowLog, Inventory, Region, ResourceKind};
use crate::judge::traffic::Traffic;

/// Where records were read, as far as that tells whose they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Objects whose names say which flow log (`fl-…`) wrote them.
    FlowLog(String),
    /// A log group.
    LogGroup {
        /// Its region, where that is known.
        region: Option<String>,
        /// Its name.
        name: String,
    },
    /// Anything else: only the records tell.
    Unnamed,
}

/// Whose records come from an origin.
#[derive(Clone, Debug, PartialEq)]
pub enum Whose<'a> {
    /// One flow log's.
    One(&'a str),
    /// Those of several flow logs that deliver to one place: interface and action of a record tell of which.
    Several(Vec<&'a FlowLog>),
    /// Those of VPCs: the interface of a record tells of which.
    Vpcs,
}

/// Tells it by the inventory. Log groups of the same name lie in many accounts; the interface of a record tells them apart.
#[must_use]
pub fn whose<'a>(inventory: &'a Inventory, origin: &'a Origin) -> Whose<'a> {
    match origin {
        Origin::FlowLog(id) => Whose::One(id),
        Origin::Unnamed => Whose::Vpcs,
        Origin::LogGroup { region, name } => {
            let mut found = Vec::new();
            for place in &inventory.regions {
                for flow_log in &place.flow_logs.items {
                    if delivers_to(place, flow_log, region.as_deref(), name) {
                        found.push(flow_log);
                    }
                }
            }
            match found.as_slice() {
                [] => Whose::Vpcs,
                [one] => Whose::One(&one.flow_log_id),
                _ => Whose::Several(found),
            }
        }
    }
}

fn delivers_to(place: &Region, flow_log: &FlowLog, region: Option<&str>, name: &str) -> bool {
    match place.destination(flow_log) {
        Destination::LogGroup {
            region: there,
            name: group,
            ..
        } => group == name && region.is_none_or(|region| region == there),
        _ => false,
    }
}

/// What a record says of whose it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordOf {
    /// The network interface.
    pub interface_id: Option<String>,
    /// Its VPC.
    pub vpc_id: Option<String>,
    /// Its subnet.
    pub subnet_id: Option<String>,
    /// Its account.
    pub account_id: Option<String>,
    /// `ACCEPT` or `REJECT`; none for `NODATA` and `SKIPDATA`.
    pub action: Option<String>,
}

impl RecordOf {
    /// The traffic that it is of; all for records without traffic, which come with either.
    fn traffic(&self) -> Traffic {
        match self.action.as_deref() {
            Some("ACCEPT") => Traffic::ACCEPT,
            Some("REJECT") => Traffic::REJECT,
            _ => Traffic::NONE,
        }
    }
}

/// Where an interface lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lies<'a> {
    pub(super) interface: Option<&'a str>,
    pub(super) subnet: Option<&'a str>,
    pub(super) vpc: Option<&'a str>,
}

/// The interfaces, subnets and VPCs of an inventory.
#[derive(Debug, Default)]
pub(super) struct Map<'a> {
    interfaces: HashMap<&'a str, Lies<'a>>,
    subnets: HashMap<&'a str, Option<&'a str>>,
    /// Each VPC with its account.
    vpcs: HashMap<&'a str, &'a str>,
    /// The VPCs of each account that have a flow log of their own.
    recorded: HashMap<&'a str, Vec<&'a str>>,
    /// The account of each flow log.
    flow_logs: HashMap<&'a str, &'a str>,
}

impl<'a> Map<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut map = Self::default();
        for region in &inventory.regions {
            let account_id = region.account_id.as_str();
            for vpc in &region.vpcs.items {
                let owner = vpc.owner_id.as_deref().unwrap_or(account_id);
                map.vpcs.insert(&vpc.vpc_id, owner);
            }
            for subnet in &region.subnets.items {
                map.subnets
                    .insert(&subnet.subnet_id, subnet.vpc_id.as_deref());
            }
            for eni in &region.network_interfaces.items {
                let id = eni.network_interface_id.as_str();
                let lies = Lies {
                    interface: Some(id),
                    subnet: eni.subnet_id.as_deref(),
                    vpc: eni.vpc_id.as_deref(),
                };
                map.interfaces.insert(id, lies);
            }
            for flow_log in &region.flow_logs.items {
                map.flow_logs.insert(&flow_log.flow_log_id, account_id);
                let resource = flow_log.resource_id.as_deref().unwrap_or_default();
                let of_account = map.recorded.entry(account_id).or_default();
                if flow_log.resource_kind() == ResourceKind::Vpc && !of_account.contains(&resource)
                {
                    of_account.push(resource);
                }
            }
        }
        map
    }

    /// Where the interface of a record lies: as the inventory has it, else as the record says.
    pub(super) fn lies<'r>(&self, record: &'r RecordOf) -> Lies<'r>
    where
        'a: 'r,
    {
        let interface = record.interface_id.as_deref();
        if let Some(lies) = interface.and_then(|id| self.interfaces.get(id)) {
            return *lies;
        }
        let subnet = record.subnet_id.as_deref();
        let of_subnet = subnet.and_then(|id| self.subnets.get(id).copied().flatten());
        Lies {
            interface,
            subnet,
            vpc: of_subnet.or(record.vpc_id.as_deref()),
        }
    }

    /// The VPC of a record; whether it is only supposed, since no other of that account is recorded.
    pub(super) fn vpc_of<'r>(&self, record: &'r RecordOf) -> Option<(&'r str, bool)>
    where
        'a: 'r,
    {
        match self.lies(record).vpc {
            Some(vpc) => self.vpcs.contains_key(vpc).then_some((vpc, false)),
            None => {
                let account = record.account_id.as_deref()?;
                match self.recorded.get(account)?.as_slice() {
                    [only] => Some((*only, true)),
                    _ => None,
                }
            }
        }
    }

    /// Those of some flow logs that have a record; whether that is only supposed.
    pub(super) fn flow_logs_of<'f>(
        &self,
        record: &RecordOf,
        flow_logs: &[&'f FlowLog],
    ) -> (Vec<&'f str>, bool) {
        let lies = self.lies(record);
        let above = [lies.interface, lies.subnet, lies.vpc];
        let captures = |flow_log: &FlowLog| {
            Traffic::possible(flow_log.traffic_type.as_ref()).covers(record.traffic())
        };
        let id = |flow_log: &&'f FlowLog| flow_log.flow_log_id.as_str();
        let on_it = flow_logs.iter().filter(|flow_log| {
            let resource = flow_log.resource_id.as_deref();
            resource.is_some() && above.contains(&resource) && captures(flow_log)
        });
        let on_it: Vec<&str> = on_it.map(id).collect();
        if !on_it.is_empty() || lies.vpc.is_some() {
            return (on_it, false);
        }
        let account = record.account_id.as_deref();
        let of_account = flow_logs.iter().filter(|flow_log| {
            let owner = self.flow_logs.get(flow_log.flow_log_id.as_str()).copied();
            account.is_some() && owner == account && captures(flow_log)
        });
        let of_account: Vec<&str> = of_account.map(id).collect();
        match of_account.as_slice() {
            [_] => (of_account, true),
            _ => (Vec::new(), false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::*;
    use crate::inventory::TrafficType;

    fn group() -> Origin {
        Origin::LogGroup {
            region: Some(REGION.to_owned()),
            name: "/vpc/flow-logs".to_owned(),
        }
    }

    fn record(interface: &str, action: Option<&str>) -> RecordOf {
        RecordOf {
            interface_id: Some(interface.to_owned()),
            account_id: Some(ACCOUNT.to_owned()),
            action: action.map(str::to_owned),
            ..RecordOf::default()
        }
    }

    #[test]
    fn a_place_tells_whose_its_records_are() {
        let one = with(vec![
            flow_log("fl-1", "vpc-1"),
            to_bucket(flow_log("fl-2", "vpc-1")),
        ]);
        assert_eq!(whose(&one, &group()), Whose::One("fl-1"));
        assert_eq!(whose(&one, &Origin::Unnamed), Whose::Vpcs);
        let named = Origin::FlowLog("fl-9".to_owned());
        assert_eq!(whose(&one, &named), Whose::One("fl-9"));
        let elsewhere = Origin::LogGroup {
            region: Some("us-west-2".to_owned()),
            name: "/vpc/flow-logs".to_owned(),
        };
        assert_eq!(whose(&one, &elsewhere), Whose::Vpcs);
        let two = with(vec![
            flow_log("fl-1", "vpc-1"),
            flow_log("fl-2", "subnet-1"),
        ]);
        assert!(matches!(whose(&two, &group()), Whose::Several(all) if all.len() == 2));
    }

    #[test]
    fn flow_logs_of_one_group_are_told_apart_by_interface_and_action() {
        let mut rejecting = flow_log("fl-2", "subnet-1");
        rejecting.traffic_type = Some(TrafficType::Reject);
        let mut accepting = flow_log("fl-1", "vpc-1");
        accepting.traffic_type = Some(TrafficType::Accept);
        let inventory = with(vec![accepting, rejecting]);
        let map = Map::new(&inventory);
        let flow_logs: Vec<&FlowLog> = inventory.regions[0].flow_logs.items.iter().collect();
        let of = |record: &RecordOf| map.flow_logs_of(record, &flow_logs);
        let here = inventory.regions[0].network_interfaces.items[0]
            .network_interface_id
            .clone();
        assert_eq!(of(&record(&here, Some("ACCEPT"))), (vec!["fl-1"], false));
        assert_eq!(of(&record(&here, Some("REJECT"))), (vec!["fl-2"], false));
        assert_eq!(of(&record(&here, None)), (vec!["fl-1", "fl-2"], false));
        // An interface that is gone: only one flow log of its account captures what was accepted.
        assert_eq!(
            of(&record("eni-gone", Some("ACCEPT"))),
            (vec!["fl-1"], true)
        );
        assert_eq!(of(&record("eni-gone", None)), (vec![], false));
    }

    #[test]
    fn a_record_tells_its_vpc_where_the_inventory_does_not() {
        let inventory = with(vec![flow_log("fl-1", "vpc-1")]);
        let map = Map::new(&inventory);
        let told = RecordOf {
            vpc_id: Some("vpc-1".to_owned()),
            ..RecordOf::default()
        };
        assert_eq!(map.vpc_of(&told), Some(("vpc-1", false)));
        let subnet = RecordOf {
            subnet_id: Some("subnet-1".to_owned()),
            ..RecordOf::default()
        };
        assert_eq!(map.vpc_of(&subnet), Some(("vpc-1", false)));
        let strange = RecordOf {
            vpc_id: Some("vpc-9".to_owned()),
            ..RecordOf::default()
        };
        assert_eq!(map.vpc_of(&strange), None);
        assert_eq!(
            map.vpc_of(&record("eni-gone", None)),
            Some(("vpc-1", true)),
            "the only one of its account"
        );
        assert_eq!(map.vpc_of(&RecordOf::default()), None);
    }
}
