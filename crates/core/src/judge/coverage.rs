//! Which traffic of a VPC its flow logs reach: the union over VPC, subnet and network interface.

use super::delivery::Delivery;
use super::index::{Index, RegionIndex};
use super::reach::{Reach, Strays};
use super::traffic::Traffic;
use crate::verdict::CoveredBy;

/// Whether the traffic asked for is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Surely.
    Covered(CoveredBy),
    /// Surely not, even if every unknown were good.
    Bare,
    /// It hangs on what is not known.
    Unknown,
}

/// How flow logs cover one VPC.
#[derive(Clone, Debug)]
pub struct Coverage<'a> {
    /// Whether what the policy asks for is covered.
    pub extent: Extent,
    /// Whether it would be covered by the flow logs whose facts are all good alone.
    pub rests_on_facts: bool,
    /// How the flow logs that work reach it, whichever traffic they capture.
    pub covered_by: CoveredBy,
    /// What reaches the VPC as a whole.
    pub vpc: Reach,
    /// The subnets that are known.
    pub subnets: usize,
    /// The network interfaces that are known.
    pub interfaces: usize,
    /// Subnets that are surely not covered.
    pub bare_subnets: Vec<&'a str>,
    /// Network interfaces that are surely not covered.
    pub bare_interfaces: Vec<&'a str>,
    /// Subnets that are not surely covered.
    pub open_subnets: Vec<&'a str>,
    /// Whether some subnet or interface may be covered.
    pub some_covered: bool,
    /// What may be captured, all in all, at the places where that is less than the policy asks.
    pub narrow: Traffic,
    /// Flow logs on it, its subnets and its network interfaces, as places in the index.
    pub flow_logs: Vec<usize>,
}

impl Coverage<'_> {
    /// In words, what flow logs capture where it is less than the policy asks; none where that is nothing.
    #[must_use]
    pub fn captured_where_narrow(&self) -> Option<&'static str> {
        match self.narrow {
            Traffic::NONE => None,
            Traffic::ALL => Some("ACCEPT in one place and REJECT in another"),
            Traffic::ACCEPT => Some("ACCEPT only"),
            _ => Some("REJECT only"),
        }
    }
}

/// What is needed to cover VPCs of one region.
pub struct Surveyor<'i, 'a> {
    index: &'i Index<'a>,
    region: &'i RegionIndex<'a>,
    deliveries: &'i [Delivery],
    asked: Traffic,
    strays: Strays,
}

/// What reaches each place of a VPC.
#[derive(Clone, Debug)]
pub struct Reached<'a> {
    /// The VPC as a whole.
    pub vpc: Reach,
    /// Its known subnets, what reaches the VPC included.
    pub subnets: Vec<(&'a str, Reach)>,
    /// Its known network interfaces, what reaches subnet and VPC included, in the order of
    /// [`RegionIndex::interfaces_of`].
    pub interfaces: Vec<(&'a str, Reach)>,
}

/// The places of one kind: what reaches each.
struct Places<'a> {
    reached: Vec<(&'a str, Reach)>,
    complete: bool,
}

impl Places<'_> {
    fn all(&self, holds: impl Fn(Reach) -> bool) -> bool {
        self.complete
            && !self.reached.is_empty()
            && self.reached.iter().all(|(_, reach)| holds(*reach))
    }

    fn any(&self, holds: impl Fn(Reach) -> bool) -> bool {
        self.reached.iter().any(|(_, reach)| holds(*reach))
    }

    /// Whether all may be covered, the unlisted ones included; `unlisted` says whether one could be.
    fn may_all(&self, asked: Traffic, unlisted: bool) -> bool {
        let listed = self
            .reached
            .iter()
            .all(|(_, reach)| reach.possible.covers(asked));
        let some = !self.reached.is_empty() || (!self.complete && unlisted);
        listed && some
    }
}

impl<'i, 'a> Surveyor<'i, 'a> {
    /// A surveyor of a region, for a policy that asks for `asked`.
    #[must_use]
    pub fn new(
        index: &'i Index<'a>,
        region: &'i RegionIndex<'a>,
        deliveries: &'i [Delivery],
        asked: Traffic,
    ) -> Self {
        let strays = Strays::of(index, region, deliveries);
        Self {
            index,
            region,
            deliveries,
            asked,
            strays,
        }
    }

    /// Surveys one VPC.
    #[must_use]
    pub fn survey(&self, vpc_id: &str) -> Coverage<'a> {
        let mut flow_logs = Vec::new();
        let vpc = self.reach(vpc_id, &mut flow_logs);
        let subnets = self.subnets(vpc_id, vpc, &mut flow_logs);
        let interfaces = self.interfaces(vpc_id, &subnets, vpc, &mut flow_logs);
        let bare = |places: &Places<'a>, reached: fn(&Reach) -> Traffic| {
            let bare = places
                .reached
                .iter()
                .filter(|(_, reach)| !reached(reach).covers(self.asked));
            bare.map(|(id, _)| *id).collect()
        };
        let below = || subnets.reached.iter().chain(&interfaces.reached);
        let reaches = || std::iter::once(vpc).chain(below().map(|(_, reach)| *reach));
        Coverage {
            extent: self.extent(vpc, &subnets, &interfaces),
            rests_on_facts: level(vpc, &subnets, &interfaces, |reach| {
                reach.by_facts.covers(self.asked)
            })
            .is_some(),
            covered_by: self.covered_by(vpc, &subnets, &interfaces),
            vpc,
            subnets: subnets.reached.len(),
            interfaces: interfaces.reached.len(),
            bare_subnets: bare(&subnets, |reach| reach.possible),
            bare_interfaces: bare(&interfaces, |reach| reach.possible),
            open_subnets: bare(&subnets, |reach| reach.sure),
            some_covered: below().any(|(_, reach)| reach.possible.covers(self.asked)),
            narrow: reaches()
                .map(|reach| reach.possible)
                .filter(|possible| !possible.covers(self.asked))
                .fold(Traffic::NONE, Traffic::union),
            flow_logs,
        }
    }

    /// What reaches each place of a VPC.
    #[must_use]
    pub fn reached(&self, vpc_id: &str) -> Reached<'a> {
        let vpc = self.reach(vpc_id, &mut Vec::new());
        let subnets = self.subnets(vpc_id, vpc, &mut Vec::new());
        let interfaces = self.interfaces(vpc_id, &subnets, vpc, &mut Vec::new());
        Reached {
            vpc,
            subnets: subnets.reached,
            interfaces: interfaces.reached,
        }
    }

    /// What flow logs on that resource itself reach.
    #[must_use]
    pub fn reach_of(&self, resource_id: &str) -> Reach {
        self.reach(resource_id, &mut Vec::new())
    }

    /// What reaches places of the region that are not listed, and may be any VPC's.
    #[must_use]
    pub const fn strays(&self) -> &Strays {
        &self.strays
    }

    fn reach(&self, resource_id: &str, flow_logs: &mut Vec<usize>) -> Reach {
        let on = self
            .index
            .on_resource(&self.region.region.region, resource_id);
        flow_logs.extend_from_slice(on);
        let seen = on.iter().map(|place| Reach::from(&self.deliveries[*place]));
        let seen = seen.fold(Reach::default(), Reach::union);
        if self.region.region.flow_logs.is_complete() {
            seen
        } else {
            // Flow logs may stand on it that were not listed.
            seen.union(Reach::UNKNOWN)
        }
    }

    fn subnets(&self, vpc_id: &str, vpc: Reach, flow_logs: &mut Vec<usize>) -> Places<'a> {
        let listed = self.region.subnets_of(vpc_id).iter();
        let reached = listed.map(|subnet| {
            let id = subnet.subnet_id.as_str();
            (id, self.reach(id, flow_logs).union(vpc))
        });
        Places {
            reached: reached.collect(),
            complete: self.region.subnets_complete,
        }
    }

    fn interfaces(
        &self,
        vpc_id: &str,
        subnets: &Places<'a>,
        vpc: Reach,
        flow_logs: &mut Vec<usize>,
    ) -> Places<'a> {
        let listed = self.region.interfaces_of(vpc_id).iter();
        let mut of_subnet = Vec::new();
        if listed.len() > 0 {
            of_subnet.clone_from(&subnets.reached);
            of_subnet.sort_by_key(|(id, _)| *id);
        }
        let reached = listed.map(|interface| {
            let id = interface.network_interface_id.as_str();
            let mut own = self.reach(id, flow_logs).union(vpc);
            if self.is_unread_participant(interface.owner_id.as_deref()) {
                own = own.union(Reach::UNKNOWN);
            }
            own = own.union(match interface.subnet_id.as_deref() {
                Some(subnet) => match of_subnet.binary_search_by_key(&subnet, |(id, _)| *id) {
                    Ok(place) => of_subnet[place].1,
                    Err(_) => self.reach(subnet, &mut Vec::new()),
                },
                // It lies in a subnet of the VPC, but in which is not known.
                None => Reach {
                    possible: self.may_reach_a_subnet(subnets),
                    ..Reach::default()
                },
            });
            (id, own)
        });
        Places {
            reached: reached.collect(),
            complete: self.region.interfaces_complete,
        }
    }

    /// The most that may reach some subnet of the VPC, listed or not.
    fn may_reach_a_subnet(&self, subnets: &Places<'_>) -> Traffic {
        let listed = subnets.reached.iter().map(|(_, reach)| reach.possible);
        listed.fold(self.strays.subnets.possible, Traffic::union)
    }

    /// Whether an interface belongs to an account in scope whose flow logs could not all be listed.
    fn is_unread_participant(&self, owner: Option<&str>) -> bool {
        let region = self.region.region;
        match owner {
            Some(owner) if owner != region.account_id => {
                self.index.is_unread_in_scope(owner, &region.region)
            }
            _ => false,
        }
    }

    fn extent(&self, vpc: Reach, subnets: &Places<'_>, interfaces: &Places<'_>) -> Extent {
        if let Some(level) = level(vpc, subnets, interfaces, |reach| {
            reach.sure.covers(self.asked)
        }) {
            return Extent::Covered(level);
        }
        let with_strays = |stray: Reach| vpc.union(stray).possible.covers(self.asked);
        let unlisted_subnet = with_strays(self.strays.subnets);
        let in_covered_subnet = subnets.any(|reach| reach.possible.covers(self.asked))
            || with_strays(Reach {
                possible: self
                    .may_reach_a_subnet(subnets)
                    .union(self.strays.interfaces.possible),
                ..Reach::default()
            });
        // An interface that is surely bare lies in a subnet that is: it refutes every level.
        let bare_interface = interfaces.any(|reach| !reach.possible.covers(self.asked));
        let possible = !bare_interface
            && (vpc.possible.covers(self.asked)
                || subnets.may_all(self.asked, unlisted_subnet)
                || interfaces.may_all(self.asked, in_covered_subnet));
        if possible {
            Extent::Unknown
        } else {
            Extent::Bare
        }
    }

    fn covered_by(&self, vpc: Reach, subnets: &Places<'_>, interfaces: &Places<'_>) -> CoveredBy {
        let asked = level(vpc, subnets, interfaces, |reach| {
            reach.sure.covers(self.asked)
        });
        let anything = |reach: Reach| !reach.sure.is_empty();
        asked
            .or_else(|| level(vpc, subnets, interfaces, anything))
            .unwrap_or_else(|| {
                if subnets.any(anything) || interfaces.any(anything) {
                    CoveredBy::Partial
                } else {
                    CoveredBy::None
                }
            })
    }
}

/// The highest level at which every place holds. An empty set covers nothing.
fn level(
    vpc: Reach,
    subnets: &Places<'_>,
    interfaces: &Places<'_>,
    holds: impl Fn(Reach) -> bool,
) -> Option<CoveredBy> {
    if holds(vpc) {
        Some(CoveredBy::Vpc)
    } else if subnets.all(&holds) {
        Some(CoveredBy::Subnets)
    } else if interfaces.all(&holds) {
        Some(CoveredBy::Interfaces)
    } else {
        None
    }
}
