//! The inventory as a judge of flows: which interface an end is, and which rules may have allowed it.

mod addresses;
mod build;

use core::net::IpAddr;
use std::collections::{BTreeSet, HashMap};

use super::rule::{Allow, Direction, Peer};
use super::{AcceptedFlow, Block};
use addresses::Addresses;

/// A security group with its rules and members.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) group_id: String,
    pub(super) name: Option<String>,
    pub(super) vpc_id: Option<String>,
    pub(super) account_id: String,
    pub(super) region: String,
    /// Whether every rule of it was read.
    pub(super) has_all_rules: bool,
    /// Whether every interface that is in it was read.
    pub(super) has_all_members: bool,
    /// Places in [`World::interfaces`].
    pub(super) members: Vec<u32>,
    pub(super) rules: Vec<Rule>,
}

/// A rule, ready to be matched.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) rule_id: String,
    pub(super) description: Option<String>,
    /// What it allows; none where it cannot be understood.
    pub(super) allow: Option<Allow>,
    matcher: Matcher,
}

#[derive(Debug)]
enum Matcher {
    Blocks(Vec<Block>),
    /// Place of the group.
    Group(u32),
    /// A group or prefix list whose content is not known.
    Unresolved,
}

/// A network interface.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) interface_id: String,
    pub(super) vpc_id: Option<String>,
    /// Places of its groups, in order.
    pub(super) groups: Vec<u32>,
    /// Its addresses, and the blocks delegated to it; no public IPv4 addresses.
    pub(super) addresses: Vec<Block>,
    /// Whether accepted traffic of it is recorded; none where that is not known.
    pub(super) is_recorded: Option<bool>,
}

impl Interface {
    pub(super) fn has(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|block| block.contains(address))
    }
}

/// One end of a flow, as a rule sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Far {
    pub(super) address: IpAddr,
    /// Place of the interface that has the address.
    pub(super) interface: Option<u32>,
}

/// One place where rules judged a flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) direction: Direction,
    /// Place of the interface whose groups judged.
    pub(super) holder: u32,
    /// Who is at the other end.
    pub(super) far: Far,
    /// Whether the record names the interface, so that the flow was accepted there for certain.
    pub(super) is_certain: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) groups: Vec<Group>,
    pub(super) interfaces: Vec<Interface>,
    group_by_id: HashMap<String, u32>,
    interface_by_id: HashMap<String, u32>,
    addresses: Addresses,
    /// Whether an address is a public one that stands for one of ours, and of which interface.
    public: HashMap<IpAddr, u32>,
}

impl World {
    pub(super) fn interface(&self, place: u32) -> &Interface {
        &self.interfaces[place as usize]
    }

    pub(super) fn group(&self, place: u32) -> &Group {
        &self.groups[place as usize]
    }

    pub(super) fn interface_of_public(&self, address: IpAddr) -> Option<&Interface> {
        self.public
            .get(&address)
            .map(|&place| self.interface(place))
    }

    /// Whether an interface id that a record names is one of the inventory's.
    pub(super) fn knows(&self, interface_id: &str) -> bool {
        self.interface_by_id.contains_key(interface_id)
    }

    /// Where rules judged the flow: at the client's groups on its way out, at the server's on its way in.
    pub(super) fn sides(&self, flow: &AcceptedFlow<'_>) -> [Option<Side>; 2] {
        let client_by_id = self.named(flow.client_interface_id, flow.client, flow.seen_by);
        let server_by_id = self.named(flow.server_interface_id, flow.server, flow.seen_by);
        let vpc = |place: Option<u32>| place.and_then(|it| self.interface(it).vpc_id.as_deref());
        let client = self.holder(
            client_by_id,
            flow.client_interface_id,
            flow.client,
            vpc(server_by_id),
        );
        let server = self.holder(
            server_by_id,
            flow.server_interface_id,
            flow.server,
            vpc(client_by_id),
        );
        let far = |address, by_id: Option<u32>, near: Option<u32>| Far {
            address,
            interface: by_id
                .filter(|&it| self.interface(it).has(address))
                .or_else(|| self.addresses.find(address, vpc(near), &self.interfaces)),
        };
        let side = |direction, holder: Option<u32>, far, by_id: Option<u32>| {
            Some(Side {
                direction,
                holder: holder?,
                far,
                is_certain: by_id.is_some(),
            })
        };
        [
            side(
                Direction::Egress,
                client,
                far(flow.server, server_by_id, client),
                client_by_id,
            ),
            side(
                Direction::Ingress,
                server,
                far(flow.client, client_by_id, server),
                server_by_id,
            ),
        ]
    }

    /// The interface that records name for the end with that address; else the one of those that saw the flow which has it.
    pub(super) fn named(
        &self,
        interface_id: Option<&str>,
        address: IpAddr,
        seen_by: &[&str],
    ) -> Option<u32> {
        let by_id = |id: &str| self.interface_by_id.get(id).copied();
        match interface_id {
            Some(id) => by_id(id),
            None => seen_by
                .iter()
                .filter_map(|id| by_id(id))
                .find(|&place| self.interface(place).has(address)),
        }
    }

    /// The interface whose groups judge: the one that the record names, else the one that has the address. An
    /// interface that is gone is none, for its address may be another's today.
    fn holder(
        &self,
        by_id: Option<u32>,
        interface_id: Option<&str>,
        address: IpAddr,
        vpc_id: Option<&str>,
    ) -> Option<u32> {
        if by_id.is_some() || interface_id.is_some() {
            return by_id;
        }
        self.addresses.find(address, vpc_id, &self.interfaces)
    }

    /// Whether more than one interface has the address.
    pub(super) fn is_ambiguous(&self, address: IpAddr) -> bool {
        self.addresses.is_ambiguous(address)
    }

    /// Whether a rule may have let this through.
    pub(super) fn allows(
        &self,
        rule: &Rule,
        direction: Direction,
        protocol: u8,
        port: u16,
        far: Far,
    ) -> bool {
        rule.takes(direction, protocol, port) && self.is_peer(rule, far)
    }

    /// Places of the rules of a group that may have let a flow through.
    pub(super) fn matching(&self, group: u32, side: &Side, flow: &AcceptedFlow<'_>) -> Vec<u32> {
        let rules = (0_u32..).zip(&self.group(group).rules);
        rules
            .filter(|(_, rule)| {
                self.allows(
                    rule,
                    side.direction,
                    flow.protocol,
                    flow.server_port,
                    side.far,
                )
            })
            .map(|(at, _)| at)
            .collect()
    }

    /// Whether some rule of the interface lets the flow through, or one that cannot be judged may.
    pub(super) fn lets_through(&self, side: &Side, flow: &AcceptedFlow<'_>) -> bool {
        let groups = &self.interface(side.holder).groups;
        groups.iter().any(|&group| {
            self.group(group).rules.iter().any(|rule| {
                rule.takes(side.direction, flow.protocol, flow.server_port)
                    && (!rule.is_resolved() || self.is_peer(rule, side.far))
            })
        })
    }

    /// Whether a rule is about this other end.
    pub(super) fn is_peer(&self, rule: &Rule, far: Far) -> bool {
        match &rule.matcher {
            Matcher::Blocks(blocks) => blocks.iter().any(|block| block.contains(far.address)),
            Matcher::Group(group) => far
                .interface
                .is_some_and(|it| self.interface(it).groups.contains(group)),
            Matcher::Unresolved => false,
        }
    }

    /// Whether these rules, whatever their ports, are about each address of each member of the group.
    pub(super) fn are_peers(&self, rules: &[&Rule], group: u32) -> bool {
        let members = &self.group(group).members;
        members.iter().all(|&member| {
            let interface = self.interface(member);
            let is_named = rules.iter().any(
                |rule| matches!(rule.matcher, Matcher::Group(named) if interface.groups.contains(&named)),
            );
            is_named
                || interface.addresses.iter().all(|own| {
                    rules.iter().any(|rule| match &rule.matcher {
                        Matcher::Blocks(blocks) => blocks.iter().any(|block| block.holds(*own)),
                        Matcher::Group(_) | Matcher::Unresolved => false,
                    })
                })
        })
    }

    /// Groups of the interface at the other end.
    pub(super) fn groups_of(&self, far: Far) -> &[u32] {
        far.interface.map_or(&[], |it| &self.interface(it).groups)
    }

    /// Groups that some interface is in.
    pub(super) fn attached(&self) -> BTreeSet<u32> {
        self.interfaces
            .iter()
            .flat_map(|interface| interface.groups.iter().copied())
            .collect()
    }
}

impl Rule {
    /// Whether direction, protocol and port are those of the rule.
    pub(super) fn takes(&self, direction: Direction, protocol: u8, port: u16) -> bool {
        self.allow
            .as_ref()
            .is_some_and(|it| it.direction == direction && it.service.takes(protocol, port))
    }

    /// Whether it can be told what it allows.
    pub(super) const fn is_resolved(&self) -> bool {
        !matches!(self.matcher, Matcher::Unresolved)
    }

    /// The group that it names, if that group is known.
    pub(super) const fn named_group(&self) -> Option<u32> {
        match self.matcher {
            Matcher::Group(group) => Some(group),
            Matcher::Blocks(_) | Matcher::Unresolved => None,
        }
    }

    /// Its prefix list, if that is known.
    pub(super) fn prefix_list(&self) -> Option<&str> {
        match (&self.allow.as_ref()?.peer, &self.matcher) {
            (Peer::PrefixList { prefix_list_id }, Matcher::Blocks(_)) => Some(prefix_list_id),
            _ => None,
        }
    }

    /// Blocks that it is about; none where it names a group.
    pub(super) fn blocks(&self) -> &[Block] {
        match &self.matcher {
            Matcher::Blocks(blocks) => blocks,
            Matcher::Group(_) | Matcher::Unresolved => &[],
        }
    }

    /// Its block.
    pub(super) fn block(&self) -> Option<Block> {
        match self.allow.as_ref()?.peer {
            Peer::Block { block } => Some(block),
            _ => None,
        }
    }
}
