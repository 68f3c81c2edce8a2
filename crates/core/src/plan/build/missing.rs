//! What is missing: the part of a VPC's traffic that no flow log records, nor will once it is mended.

use std::collections::BTreeMap;

use super::Reason;
use super::made::Target;
use super::refusal::Refusal;
use crate::inventory::ResourceKind;
use crate::judge::coverage::{Reached, Surveyor};
use crate::judge::index::RegionIndex;
use crate::judge::reach::Reach;
use crate::judge::traffic::Traffic;

/// A VPC, and what is wanted of it.
pub(super) struct Want<'w, 'a> {
    pub(super) surveyor: &'w Surveyor<'w, 'a>,
    pub(super) region: &'w RegionIndex<'a>,
    pub(super) vpc_id: &'w str,
    /// What the policy asks for.
    pub(super) asked: Traffic,
    /// What new flow logs are to capture together with those that are there.
    pub(super) wanted: Traffic,
}

/// A network interface of a VPC.
struct Interface<'a> {
    id: &'a str,
    reach: Reach,
    /// Whether it is another account's: then this one can make no flow log on it.
    foreign: bool,
}

impl<'a> Want<'_, 'a> {
    /// The flow logs that complete a VPC of which something is surely not recorded. On the VPC as a whole, unless flow
    /// logs below it record part of that: then only where they do not.
    ///
    /// With them comes why a subnet stays open although each network interface in it is recorded.
    pub(super) fn targets(&self) -> Result<(Vec<Target>, Option<Refusal>), Refusal> {
        let reached = self.surveyor.reached(self.vpc_id);
        let interfaces = self.interfaces(&reached);
        let adds = |reach: &Reach| self.adds(*reach, reached.vpc);
        let below = reached.subnets.iter().any(|(_, reach)| adds(reach))
            || interfaces
                .values()
                .flatten()
                .any(|interface| adds(&interface.reach));
        self.check_strays(reached.vpc)?;
        if !below {
            let whole = self.target(self.vpc_id, ResourceKind::Vpc, reached.vpc);
            return Ok((vec![whole], None));
        }
        let (mut targets, mut open) = (Vec::new(), false);
        for (subnet, reach) in self.all_subnets(&reached, &interfaces) {
            let inside = interfaces.get(&Some(subnet)).map_or(&[][..], Vec::as_slice);
            open |= self.in_subnet(subnet, reach, inside, &mut targets)?;
        }
        self.bare(
            interfaces.get(&None).map_or(&[][..], Vec::as_slice),
            &mut targets,
        )?;
        if targets.is_empty() {
            return Err(Refusal::not_read(
                format!(
                    "which subnets and network interfaces of {} are bare was not read in full",
                    self.vpc_id
                ),
                Some("ec2:DescribeNetworkInterfaces"),
            ));
        }
        Ok((targets, open.then(|| self.one_by_one())))
    }

    /// The flow logs on subnets that complete a VPC whose network interfaces are all recorded today.
    pub(super) fn open_subnets(&self) -> Result<Vec<Target>, Refusal> {
        let mut reached = self.surveyor.reached(self.vpc_id);
        reached.subnets.sort_by_key(|(id, _)| *id);
        let interfaces = self.interfaces(&reached);
        let open = reached
            .subnets
            .iter()
            .filter(|(_, reach)| !reach.sure.covers(self.asked));
        let mut targets = Vec::new();
        for (subnet, reach) in open {
            if !self.region.subnets_complete || reach.possible.covers(self.asked) {
                return Err(unknown_subnet(subnet));
            }
            let inside = interfaces
                .get(&Some(*subnet))
                .map_or(&[][..], Vec::as_slice);
            if inside
                .iter()
                .any(|interface| self.adds(interface.reach, *reach))
            {
                return Err(self.one_by_one());
            }
            targets.push(self.target(subnet, ResourceKind::Subnet, *reach));
        }
        if targets.is_empty() {
            return Err(self.one_by_one());
        }
        Ok(targets)
    }

    pub(super) fn one_by_one(&self) -> Refusal {
        Refusal::new(
            Reason::NeedsReplace,
            format!(
                "network interfaces of {} are recorded one by one, and the next one will not be; a flow log on the VPC would record them twice until those are deleted",
                self.vpc_id
            ),
            vec![
                format!("make a flow log on {}, and see it deliver", self.vpc_id),
                "then delete the flow logs on its network interfaces".to_owned(),
            ],
        )
    }

    /// Whether something is recorded there, of what is wanted, that is not recorded all over.
    fn adds(&self, reach: Reach, above: Reach) -> bool {
        !above.possible.covers(reach.possible.within(self.wanted))
    }

    fn target(&self, id: &str, kind: ResourceKind, reach: Reach) -> Target {
        Target {
            resource_id: id.to_owned(),
            kind,
            traffic: self.wanted.without(reach.possible),
        }
    }

    /// Whether the subnet itself stays open.
    fn in_subnet(
        &self,
        subnet: &str,
        reach: Reach,
        inside: &[Interface<'_>],
        targets: &mut Vec<Target>,
    ) -> Result<bool, Refusal> {
        if reach.possible.covers(self.asked) {
            return Ok(false);
        }
        if inside
            .iter()
            .any(|interface| self.adds(interface.reach, reach))
        {
            self.bare(inside, targets)?;
            return Ok(true);
        }
        targets.push(self.target(subnet, ResourceKind::Subnet, reach));
        Ok(false)
    }

    fn bare(&self, interfaces: &[Interface<'_>], targets: &mut Vec<Target>) -> Result<(), Refusal> {
        for interface in interfaces {
            if interface.reach.possible.covers(self.asked) {
                continue;
            }
            if interface.foreign {
                return Err(Refusal::new(
                    Reason::NotOwned,
                    format!(
                        "network interface {} belongs to another account, which alone can record it",
                        interface.id
                    ),
                    vec![
                        "let its owner make a flow log on it, or make one on its subnet".to_owned(),
                    ],
                ));
            }
            targets.push(self.target(
                interface.id,
                ResourceKind::NetworkInterface,
                interface.reach,
            ));
        }
        Ok(())
    }

    /// Network interfaces by subnet; those whose subnet is not known under none.
    fn interfaces(&self, reached: &Reached<'a>) -> BTreeMap<Option<&'a str>, Vec<Interface<'a>>> {
        let listed = self.region.interfaces_of(self.vpc_id).iter();
        let mut by_subnet: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (listed, (id, reach)) in listed.zip(&reached.interfaces) {
            let own = self.region.region.account_id.as_str();
            let interface = Interface {
                id,
                reach: *reach,
                foreign: listed.owner_id.as_deref().is_some_and(|owner| owner != own),
            };
            let subnet = listed.subnet_id.as_deref();
            by_subnet.entry(subnet).or_default().push(interface);
        }
        for interfaces in by_subnet.values_mut() {
            interfaces.sort_by_key(|interface| interface.id);
        }
        by_subnet
    }

    /// The subnets that are listed, and those that only network interfaces name.
    fn all_subnets(
        &self,
        reached: &Reached<'a>,
        interfaces: &BTreeMap<Option<&'a str>, Vec<Interface<'a>>>,
    ) -> BTreeMap<&'a str, Reach> {
        let mut subnets: BTreeMap<&str, Reach> = reached.subnets.iter().copied().collect();
        for subnet in interfaces.keys().copied().flatten() {
            let unlisted = || self.surveyor.reach_of(subnet).union(reached.vpc);
            subnets.entry(subnet).or_insert_with(unlisted);
        }
        subnets
    }

    /// Flow logs on subnets or network interfaces that were not listed may be this VPC's.
    fn check_strays(&self, vpc: Reach) -> Result<(), Refusal> {
        let strays = self.surveyor.strays();
        let subnets = !self.region.subnets_complete && self.adds(strays.subnets, vpc);
        let interfaces = !self.region.interfaces_complete && self.adds(strays.interfaces, vpc);
        let (what, action) = match (subnets, interfaces) {
            (true, _) => ("subnets", "ec2:DescribeSubnets"),
            (_, true) => ("network interfaces", "ec2:DescribeNetworkInterfaces"),
            _ => return Ok(()),
        };
        Err(Refusal::not_read(
            format!(
                "flow logs stand on {what} that were not listed: they may record part of {}",
                self.vpc_id
            ),
            Some(action),
        ))
    }
}

pub(super) fn unknown_subnet(subnet: &str) -> Refusal {
    Refusal::not_read(
        format!("whether subnet {subnet} is recorded is not known"),
        None,
    )
}
