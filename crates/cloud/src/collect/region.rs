//! Where and what: the regions of each account, and the base answer of each.

use std::sync::Arc;

use flowcover_core::inventory::{
    Depth, Gap, GapKind, Inventory, Listing, Need, Region, RegionStatus,
};
use futures::{StreamExt, stream};

use super::{Accounts, EnteredAccount, Place, Run, Session, security_groups, start};
use crate::{
    CloudError, DescribeFlowLogs, DescribeNetworkInterfaces, DescribeRegions, DescribeSubnets,
    DescribeTransitGateways, DescribeVpcs, ErrorKind, RegionInfo,
};

/// Most values of one EC2 filter (EC2 API reference, "Filtering").
pub(super) const MOST_FILTER_VALUES: usize = 200;

/// Every account-region in scope. Disabled regions go into the inventory as such.
pub(super) async fn places(
    run: &Run<'_>,
    accounts: &mut Accounts,
    inventory: &mut Inventory,
) -> Vec<Place> {
    let audited: Vec<_> = accounts.values().filter(|it| it.audited).cloned().collect();
    let listed: Vec<_> = stream::iter(audited)
        .map(|account| async move {
            let session = Session::new(run, account.home.clone());
            let elsewhere = start::regions(run, &account.partition);
            let (session, regions) = start::ask(session, &elsewhere, DescribeRegions {}).await;
            let regions = regions.map_err(keys_not_region);
            if let Err(error) = &regions {
                session.failed("ec2:DescribeRegions", None, error);
                return (account, regions);
            }
            // What is asked next about the account is asked where this was answered.
            let account = EnteredAccount {
                home: session.scope,
                ..EnteredAccount::clone(&account)
            };
            (Arc::new(account), regions)
        })
        .buffered(run.options.places_at_once.max(1))
        .collect()
        .await;
    let mut places = Vec::new();
    for (account, regions) in listed {
        accounts.insert(account.account_id.clone(), Arc::clone(&account));
        let unread = match &regions {
            Err(error) if error.kind == ErrorKind::Unreachable => RegionStatus::Unreachable,
            _ => RegionStatus::Denied,
        };
        let regions = regions.unwrap_or_else(|error| {
            // Keys that are not valid here are valid nowhere.
            if error.kind == ErrorKind::Credentials {
                return Vec::new();
            }
            // Regions named by the user can be read although the list was refused.
            run.options
                .regions
                .include
                .iter()
                .map(|name| RegionInfo {
                    name: name.clone(),
                    enabled: true,
                })
                .collect()
        });
        if regions.is_empty() {
            inventory
                .regions
                .push(Region::new(&account.account_id, "*", unread));
        }
        note_unknown_regions(run, &account.account_id, &regions);
        for region in regions
            .iter()
            .filter(|region| run.options.regions.admits(&region.name))
        {
            if region.enabled {
                let region =
                    Region::new(&account.account_id, &region.name, RegionStatus::Collected);
                places.push(Place {
                    account: Arc::clone(&account),
                    region,
                });
            } else {
                inventory.regions.push(Region::new(
                    &account.account_id,
                    &region.name,
                    RegionStatus::Disabled,
                ));
            }
        }
    }
    places
}

/// The home region of a partition, which is among those asked, is enabled in every account: where it does not
/// take the keys, it is the keys.
fn keys_not_region(error: CloudError) -> CloudError {
    match error.kind {
        ErrorKind::RegionDisabled => CloudError {
            kind: ErrorKind::Credentials,
            ..error
        },
        _ => error,
    }
}

/// A region that was asked for but does not exist must not vanish from the report.
fn note_unknown_regions(run: &Run<'_>, account_id: &str, regions: &[RegionInfo]) {
    for name in &run.options.regions.include {
        if !regions.is_empty() && !regions.iter().any(|region| region.name == *name) {
            run.gaps.push(Gap {
                account_id: Some(account_id.to_owned()),
                region: Some(name.clone()),
                action: "ec2:DescribeRegions".to_owned(),
                resource: Some(name.clone()),
                kind: GapKind::Service,
                error_code: "NoSuchRegion".to_owned(),
                permission: None,
                message: "the account has no region of that name".to_owned(),
            });
        }
    }
}

/// Reads one account-region.
pub(super) async fn read(run: &Run<'_>, mut place: Place) -> Place {
    let scope = place.account.home.in_region(&place.region.region);
    let session = Session::new(run, scope);
    let gateways = async {
        if run.options.depth == Depth::Full {
            session
                .list(DescribeTransitGateways { next_token: None }, None)
                .await
                .0
        } else {
            Listing::default()
        }
    };
    let ((vpcs, vpcs_error), (flow_logs, flow_logs_error), gateways) = futures::join!(
        session.list(DescribeVpcs { next_token: None }, None),
        session.list(DescribeFlowLogs::default(), None),
        gateways,
    );
    place.region.status = status(vpcs_error.as_ref(), flow_logs_error.as_ref());
    place.region.vpcs = vpcs;
    place.region.flow_logs = flow_logs;
    place.region.transit_gateways = gateways;
    read_below_vpcs(run, &session, &mut place.region).await;
    if run.options.security_groups {
        security_groups::read(&session, &mut place.region).await;
    }
    run.observer
        .finished(&place.region.account_id, &place.region.region);
    place
}

/// How well a region was read, from the failures of its base answer.
fn status(vpcs: Option<&CloudError>, flow_logs: Option<&CloudError>) -> RegionStatus {
    match (vpcs, flow_logs) {
        (None, None) => RegionStatus::Collected,
        (Some(a), Some(b)) => match (a.kind, b.kind) {
            (ErrorKind::Unreachable, _) | (_, ErrorKind::Unreachable) => RegionStatus::Unreachable,
            (ErrorKind::RegionDisabled, ErrorKind::RegionDisabled)
            | (ErrorKind::Denied | ErrorKind::Credentials, _)
            | (_, ErrorKind::Denied | ErrorKind::Credentials) => RegionStatus::Denied,
            _ => RegionStatus::Partial,
        },
        _ => RegionStatus::Partial,
    }
}

/// Subnets and interfaces, only where coverage, use or proof depends on them.
async fn read_below_vpcs(run: &Run<'_>, session: &Session<'_>, region: &mut Region) {
    let need = Need::of(
        region,
        run.options.depth,
        run.options.prove_window.is_some(),
    );
    if need.subnets {
        region.subnets = session
            .list(DescribeSubnets { next_token: None }, None)
            .await
            .0;
    }
    let vpc_ids: Vec<String> = need
        .interfaces_of(region)
        .into_iter()
        .map(str::to_owned)
        .collect();
    // Any interface may be in a security group, also one of a VPC that was not listed.
    let every_one = run.options.security_groups
        && !matches!(
            region.status,
            RegionStatus::Denied | RegionStatus::Unreachable
        );
    if every_one || !vpc_ids.is_empty() {
        // A filter longer than the API takes is worse than none: more is read, nothing is missed.
        let vpc_ids = if every_one || vpc_ids.len() > MOST_FILTER_VALUES {
            Vec::new()
        } else {
            vpc_ids
        };
        region.network_interfaces = session
            .list(
                DescribeNetworkInterfaces {
                    vpc_ids,
                    next_token: None,
                },
                None,
            )
            .await
            .0;
    }
}
