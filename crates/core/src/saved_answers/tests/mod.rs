//! Folders as people save them.

mod facts;
mod folders;
mod robust;
mod security_groups;

use crate::inventory::{Gap, Inventory, Region};

use super::{Defaults, SavedAnswersError, SavedFile, Warning, read};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const PLACE: &str = "111122223333/eu-west-1";

const VPCS: &str = r#"{
    "Vpcs": [
        {
            "OwnerId": "111122223333",
            "InstanceTenancy": "default",
            "CidrBlockAssociationSet": [
                {
                    "AssociationId": "vpc-cidr-assoc-0a1",
                    "CidrBlock": "10.0.0.0/16",
                    "CidrBlockState": { "State": "associated" }
                }
            ],
            "IsDefault": false,
            "Tags": [ { "Key": "Name", "Value": "main" } ],
            "VpcId": "vpc-0a1",
            "State": "available",
            "CidrBlock": "10.0.0.0/16",
            "DhcpOptionsId": "dopt-1"
        }
    ]
}
"#;

const FLOW_LOGS: &str = r#"{
    "FlowLogs": [
        {
            "CreationTime": "2026-04-01T09:00:00.123000+00:00",
            "DeliverLogsPermissionArn": "arn:aws:iam::111122223333:role/flow",
            "DeliverLogsStatus": "SUCCESS",
            "FlowLogId": "fl-0b1",
            "FlowLogStatus": "ACTIVE",
            "LogGroupName": "/flow/main",
            "ResourceId": "vpc-0a1",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogDestination": "arn:aws:logs:eu-west-1:111122223333:log-group:/flow/main",
            "LogFormat": "${version} ${account-id}",
            "Tags": [],
            "MaxAggregationInterval": 600
        }
    ]
}
"#;

const NO_GATEWAYS: &str = r#"{ "TransitGateways": [] }"#;

fn defaults(account_id: Option<&str>, region: Option<&str>) -> Defaults {
    Defaults {
        account_id: account_id.map(str::to_owned),
        region: region.map(str::to_owned),
        collected_at: "2026-05-01T10:00:00Z".parse().unwrap(),
    }
}

fn files(files: &[(&str, &str)]) -> Vec<SavedFile> {
    files
        .iter()
        .map(|(path, text)| SavedFile {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
        })
        .collect()
}

type Outcome = Result<(Inventory, Vec<Warning>), SavedAnswersError>;

fn read_files(given: &[(&str, &str)]) -> Outcome {
    read(files(given), defaults(None, None))
}

/// Reads files of one region folder; names without a `/` lie in it.
fn read_place(given: &[(&str, &str)]) -> Inventory {
    let given: Vec<(String, &str)> = given
        .iter()
        .map(|(path, text)| {
            let path = if path.contains('/') {
                (*path).to_owned()
            } else {
                format!("{PLACE}/{path}")
            };
            (path, *text)
        })
        .collect();
    let given: Vec<(&str, &str)> = given.iter().map(|(path, text)| (&**path, *text)).collect();
    read_files(&given).unwrap().0
}

fn only_region(inventory: &Inventory) -> &Region {
    assert_eq!(inventory.regions.len(), 1);
    &inventory.regions[0]
}

fn gaps(inventory: &Inventory) -> Vec<(&str, &str)> {
    inventory
        .gaps
        .iter()
        .map(|gap| (&*gap.action, &*gap.message))
        .collect()
}

fn gap_of<'a>(inventory: &'a Inventory, action: &str) -> &'a Gap {
    let found: Vec<&Gap> = inventory
        .gaps
        .iter()
        .filter(|gap| gap.action == action)
        .collect();
    assert_eq!(found.len(), 1, "one gap of {action}: {:#?}", inventory.gaps);
    found[0]
}
