//! A simulated account to investigate.

use std::collections::BTreeSet;

use flowcover_core::inventory::{
    Inventory, Listing, NetworkInterface, PrivateIpAddress, Region, RegionStatus, SecurityGroup,
    Tags, Vpc,
};
use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Settings, Traffic, TrafficHost, VERSION_5_FORMAT};
use serde_json::Value;

use super::answer;
use crate::support::{Program, list, parse};

/// A simulated account, and the folder that holds its records.
pub(super) struct Corpus {
    pub(super) traffic: Traffic,
    pub(super) folder: tempfile::TempDir,
}

impl Corpus {
    /// Four hours, with a scan from outside, one from inside, and a beacon.
    pub(super) fn new() -> Self {
        let traffic = Traffic::new(Settings {
            seed: 5,
            minutes: 240,
            records: 30_000,
            format: LogFormat::parse(VERSION_5_FORMAT).unwrap(),
            hidden: vec![Hidden::VerticalScan, Hidden::VerticalScan, Hidden::Beacon],
            ..Settings::default()
        })
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        for object in (0..traffic.bins()).flat_map(|bin| traffic.bin(bin)) {
            let path = folder.path().join(object.key.to_string());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, object.gzip()).unwrap();
        }
        Self { traffic, folder }
    }

    /// The host that scans others from within.
    pub(super) fn scanner(&self) -> TrafficHost {
        let hosts = self.traffic.hosts();
        let labels = self.traffic.labels();
        let mut clients = labels.iter().filter_map(|label| {
            let scans = label.hidden == Hidden::VerticalScan;
            label.client.one().filter(|_| scans)
        });
        let scanner = |address| hosts.iter().find(|host| host.address == address);
        clients.find_map(scanner).unwrap().clone()
    }

    pub(super) fn investigate(&self, subject: &str, arguments: &[&str]) -> Program {
        let folder = self.folder.path().to_str().unwrap();
        Program::new(&["investigate", subject, folder]).with(arguments)
    }

    pub(super) fn dossier(&self, subject: &str, arguments: &[&str]) -> Value {
        answer(&self.investigate(subject, arguments).with(JSON).run())
    }

    /// Rows that a query gives.
    pub(super) fn ask(&self, sql: &str) -> usize {
        let folder = self.folder.path().to_str().unwrap();
        let run = Program::new(&["query", sql, folder]).with(JSON).run();
        assert_eq!(run.code, 0, "{sql}\n{}", run.stderr);
        list(&parse(&run.stdout)).len()
    }

    /// What records there are, as an inventory that names a VPC and a security group of all application servers.
    pub(super) fn inventory(&self, name: &str) -> Inventory {
        let mut region = Region::new("123456789012", "us-east-1", RegionStatus::Collected);
        let hosts = self.traffic.hosts();
        let vpc_ids: BTreeSet<&String> = hosts.iter().map(|host| &host.vpc_id).collect();
        region.vpcs.items = vpc_ids
            .into_iter()
            .map(|vpc_id| Vpc {
                vpc_id: vpc_id.clone(),
                tags: Tags::from([("Name".to_owned(), name.to_owned())]),
                ..Vpc::default()
            })
            .collect();
        region.network_interfaces.items = hosts.iter().map(interface).collect();
        region.security_groups = Listing::complete(vec![SecurityGroup {
            group_id: GROUP.to_owned(),
            group_name: Some(name.to_owned()),
            ..SecurityGroup::default()
        }]);
        let mut inventory = Inventory::empty("2026-11-20T00:00:00Z".parse().unwrap());
        inventory.regions = vec![region];
        inventory
    }
}

/// As programs read it.
pub(super) const JSON: &[&str] = &["--format", "json"];
/// The security group of the inventory.
pub(super) const GROUP: &str = "sg-0123456789abcdef0";

/// Whether the host is in that group.
pub(super) fn is_member(host: &TrafficHost) -> bool {
    host.role == "application server"
}

fn interface(host: &TrafficHost) -> NetworkInterface {
    let groups = if is_member(host) { vec![GROUP] } else { vec![] };
    NetworkInterface {
        network_interface_id: host.interface_id.clone(),
        vpc_id: Some(host.vpc_id.clone()),
        security_group_ids: groups.into_iter().map(str::to_owned).collect(),
        private_ip_addresses: vec![PrivateIpAddress {
            private_ip_address: host.address.to_string(),
            public_ip: None,
        }],
        ipv6_addresses: host.ipv6.iter().map(ToString::to_string).collect(),
        ..NetworkInterface::default()
    }
}
