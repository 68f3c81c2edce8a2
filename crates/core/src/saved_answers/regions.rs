//! The network of each region: VPCs, flow logs, and what lies below.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{
    Depth, FlowLog, GapKind, Inventory, Listing, ListingState, Need, NetworkInterface, Region,
    RegionStatus, Subnet, TransitGateway, Vpc,
};

use super::answer::Answer;
use super::gaps::Gaps;
use super::kind::Kind;
use super::listing::{self, About};
use super::piece::{Outcome, Piece};
use super::security_groups;

/// Files by kind, of one region.
type ByKind<'a> = BTreeMap<Kind, Vec<&'a Piece>>;

/// Takes the items of one kind out of an answer.
macro_rules! items {
    ($variant:ident: $item:ty) => {{
        fn items(answer: &Answer) -> Option<&Vec<$item>> {
            match answer {
                Answer::$variant(items) => Some(items),
                _ => None,
            }
        }
        items
    }};
}
pub(super) use items;

/// Every region that a file describes, and those that `describe-regions.json` names beside them.
pub(super) fn read(pieces: &[Piece], inventory: &mut Inventory, gaps: &mut Gaps) {
    let mut places: BTreeMap<(&str, &str), ByKind<'_>> = BTreeMap::new();
    for piece in pieces.iter().filter(|piece| piece.kind.is_network()) {
        if let (Some(account_id), Some(region)) = (&piece.account_id, &piece.region) {
            let place = places.entry((account_id, region)).or_default();
            place.entry(piece.kind).or_default().push(piece);
        }
    }
    let with_security_groups = security_groups::are_asked(pieces);
    for ((account_id, region), files) in &places {
        inventory.regions.push(
            Place {
                account_id,
                region,
                files,
                with_security_groups,
            }
            .read(gaps),
        );
    }
    let seen = places.keys().copied().collect();
    read_others(pieces, &seen, inventory, gaps);
}

pub(super) struct Place<'a> {
    account_id: &'a str,
    region: &'a str,
    files: &'a ByKind<'a>,
    /// Whether security groups of any region were saved.
    with_security_groups: bool,
}

impl Place<'_> {
    fn read(&self, gaps: &mut Gaps) -> Region {
        let mut region = Region::new(self.account_id, self.region, RegionStatus::Collected);
        region.vpcs = self.list(Kind::DescribeVpcs, items!(Vpcs: Vpc), |it| &it.vpc_id, gaps);
        region.flow_logs = self.list(
            Kind::DescribeFlowLogs,
            items!(FlowLogs: FlowLog),
            |it| &it.flow_log_id,
            gaps,
        );
        region.transit_gateways = self.list(
            Kind::DescribeTransitGateways,
            items!(TransitGateways: TransitGateway),
            |it| &it.transit_gateway_id,
            gaps,
        );
        // What live collecting at full depth would have asked for.
        let need = Need::of(&region, Depth::Full, false);
        if self.has(Kind::DescribeSubnets) || need.subnets {
            region.subnets = self.list(
                Kind::DescribeSubnets,
                items!(Subnets: Subnet),
                |it| &it.subnet_id,
                gaps,
            );
        }
        if self.has(Kind::DescribeNetworkInterfaces)
            || !need.interfaces_of(&region).is_empty()
            || self.with_security_groups
        {
            region.network_interfaces = self.list(
                Kind::DescribeNetworkInterfaces,
                items!(NetworkInterfaces: NetworkInterface),
                |it| &it.network_interface_id,
                gaps,
            );
        }
        if self.with_security_groups {
            security_groups::read(self, &mut region, gaps);
        }
        region.status = self.status(&region);
        region
    }

    fn has(&self, kind: Kind) -> bool {
        self.files.contains_key(&kind)
    }

    pub(super) fn files(&self, kind: Kind) -> &[&Piece] {
        self.files.get(&kind).map_or(&[], Vec::as_slice)
    }

    pub(super) fn list<T: Clone>(
        &self,
        kind: Kind,
        items_of: impl Fn(&Answer) -> Option<&Vec<T>>,
        id_of: impl Fn(&T) -> &str,
        gaps: &mut Gaps,
    ) -> Listing<T> {
        listing::merge(self.files(kind), self.about(kind), items_of, id_of, gaps)
    }

    /// What a listing of the region is about.
    pub(super) fn about(&self, kind: Kind) -> About<'_> {
        About {
            kind,
            account_id: Some(self.account_id),
            region: Some(self.region),
            resource: None,
            subject: "",
        }
    }

    /// How well the base answer could be read.
    fn status(&self, region: &Region) -> RegionStatus {
        if region.vpcs.is_complete() && region.flow_logs.is_complete() {
            return RegionStatus::Collected;
        }
        if region.vpcs.state != ListingState::NotRead
            || region.flow_logs.state != ListingState::NotRead
        {
            return RegionStatus::Partial;
        }
        match (
            self.refused(Kind::DescribeVpcs),
            self.refused(Kind::DescribeFlowLogs),
        ) {
            (Some(GapKind::Unreachable), Some(_)) | (Some(_), Some(GapKind::Unreachable)) => {
                RegionStatus::Unreachable
            }
            (Some(GapKind::Denied | GapKind::Credentials), Some(_))
            | (Some(_), Some(GapKind::Denied | GapKind::Credentials)) => RegionStatus::Denied,
            _ => RegionStatus::Partial,
        }
    }

    fn refused(&self, kind: Kind) -> Option<GapKind> {
        self.files(kind)
            .iter()
            .find_map(|piece| match &piece.outcome {
                Outcome::Refused(refusal) => Some(refusal.gap),
                _ => None,
            })
    }
}

/// Regions that `describe-regions.json` names and no file describes. A region that the user
/// named is all that was asked for: then there are no others.
fn read_others(
    pieces: &[Piece],
    seen: &BTreeSet<(&str, &str)>,
    inventory: &mut Inventory,
    gaps: &mut Gaps,
) {
    let mut others: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for piece in pieces
        .iter()
        .filter(|piece| piece.kind == Kind::DescribeRegions)
    {
        let Some(account_id) = piece.account_id.as_deref() else {
            continue;
        };
        gaps.extend(piece.gap(None));
        if is_region_given(pieces, account_id) {
            continue;
        }
        if let Some(Answer::Regions(regions)) = piece.answer() {
            let unseen = regions
                .iter()
                .map(|(name, enabled)| ((account_id, &**name), *enabled));
            others.extend(unseen.filter(|(place, _)| !seen.contains(place)));
        }
    }
    for ((account_id, name), enabled) in others {
        if !enabled {
            inventory
                .regions
                .push(Region::new(account_id, name, RegionStatus::Disabled));
            continue;
        }
        inventory.regions.push(unread(account_id, name));
        for kind in [Kind::DescribeVpcs, Kind::DescribeFlowLogs] {
            gaps.not_saved(kind, Some(account_id), Some(name), None, "");
        }
    }
}

/// Whether the region of the account's files came from the user.
pub(super) fn is_region_given(pieces: &[Piece], account_id: &str) -> bool {
    pieces.iter().any(|piece| {
        piece.kind.is_network()
            && piece.is_region_given
            && piece.account_id.as_deref() == Some(account_id)
    })
}

/// A region in scope about which nothing was saved.
pub(super) fn unread(account_id: &str, name: &str) -> Region {
    Region {
        vpcs: Listing::not_read(),
        flow_logs: Listing::not_read(),
        ..Region::new(account_id, name, RegionStatus::Partial)
    }
}
