//! What is asked: about whom, and by what its flows are known.

use std::collections::BTreeSet;

use super::subject::{INTERFACE, Id, NoSubject, Subject};
use crate::address::{Address, Network, Networks};
use crate::coverage::CapturePoint;
use crate::flow::Flow;

/// What is asked: about whom, and by what its flows are known.
#[derive(Clone, Debug)]
pub struct Inquiry {
    subject: Subject,
    /// Keys of its capture points.
    points: BTreeSet<u64>,
    /// Those of them whose names are ids, for queries.
    interfaces: BTreeSet<Id>,
    /// Whether it is an instance, and its interfaces are those of which records say so.
    learns: bool,
    /// Its addresses.
    addresses: Networks,
    /// Keys of the capture points at which its addresses are somebody else's.
    elsewhere: BTreeSet<u64>,
    around: Option<i64>,
}

impl Inquiry {
    /// About an address, a block, an interface or an instance. An interface is known by what was captured at it, and better if its addresses are
    /// [given](Self::with_addresses): a flow between two interfaces that both write records has the numbers of one of them only. An instance is
    /// known by what was captured at interfaces of which records say, in the field `instance-id`, that they are its.
    ///
    /// # Errors
    /// About a security group: no record says whose interfaces are in it, so they have to be given, see [`Self::of_interfaces`].
    pub fn new(subject: Subject) -> Result<Self, NoSubject> {
        if matches!(subject, Subject::SecurityGroup(_)) {
            return Err(NoSubject::Unknown(subject.to_string()));
        }
        Ok(Self::made(subject))
    }

    /// About whoever has these interfaces and addresses, as an inventory says.
    ///
    /// # Errors
    /// If none of both are given.
    pub fn of_interfaces(
        subject: Subject,
        interface_ids: impl IntoIterator<Item = impl AsRef<str>>,
        addresses: impl IntoIterator<Item = impl Into<Network>>,
    ) -> Result<Self, NoSubject> {
        let mut inquiry = Self::made(subject).with_addresses(addresses);
        for id in interface_ids {
            inquiry.points.insert(CapturePoint::key(id.as_ref()));
            inquiry.interfaces.extend(Id::new(id.as_ref(), INTERFACE));
        }
        if inquiry.points.is_empty() && inquiry.addresses.is_empty() {
            return Err(NoSubject::Unknown(inquiry.subject.to_string()));
        }
        inquiry.learns = false;
        Ok(inquiry)
    }

    fn made(subject: Subject) -> Self {
        let mut inquiry = Self {
            subject,
            points: BTreeSet::new(),
            interfaces: BTreeSet::new(),
            learns: false,
            addresses: Networks::default(),
            elsewhere: BTreeSet::new(),
            around: None,
        };
        match &inquiry.subject {
            Subject::Address(address) => {
                inquiry.addresses = [Network::from(*address)].into_iter().collect();
            }
            Subject::Network(network) => inquiry.addresses = [*network].into_iter().collect(),
            Subject::Interface(id) => {
                inquiry.points.insert(CapturePoint::key(id.as_str()));
                inquiry.interfaces.insert(id.clone());
            }
            Subject::Instance(_) => inquiry.learns = true,
            Subject::SecurityGroup(_) => {}
        }
        inquiry
    }

    /// Adds addresses, or blocks of them, that the subject has.
    #[must_use]
    pub fn with_addresses(
        mut self,
        addresses: impl IntoIterator<Item = impl Into<Network>>,
    ) -> Self {
        let before = self.addresses.as_slice().to_vec().into_iter();
        let more = addresses.into_iter().map(Into::into);
        self.addresses = before.chain(more).collect();
        self
    }

    /// Passes over what was captured at these interfaces: those of a VPC that has the same addresses, as somebody else's.
    #[must_use]
    pub fn not_at(mut self, interface_ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let keys = interface_ids.into_iter();
        self.elsewhere
            .extend(keys.map(|id| CapturePoint::key(id.as_ref())));
        self
    }

    /// Notes the moment (Unix seconds) that the question is about: reports mark it.
    #[must_use]
    pub fn around(mut self, moment: i64) -> Self {
        self.around = Some(moment);
        self
    }

    /// About whom.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The moment that the question is about, Unix seconds.
    #[must_use]
    pub fn moment(&self) -> Option<i64> {
        self.around
    }

    /// Whether the address is known to be the subject's.
    #[must_use]
    pub fn has(&self, address: Address) -> bool {
        self.addresses.contains(address)
    }

    /// Whether flows are known by where they were captured, too.
    pub(crate) fn is_by_point(&self) -> bool {
        self.learns || !self.points.is_empty()
    }

    /// Whether the subject's interfaces are told by the field `instance-id` of records, and by nothing else.
    #[must_use]
    pub fn is_told_by_records(&self) -> bool {
        self.learns
    }

    /// Takes in what records say of a capture point.
    pub(crate) fn meet(&mut self, point: u64, instance_id: Option<&str>) {
        let id = match &self.subject {
            Subject::Instance(id) if self.learns => id.as_str(),
            _ => return,
        };
        if instance_id == Some(id) {
            self.points.insert(point);
        }
    }

    /// Adds what another of the same has learnt.
    pub(crate) fn join(&mut self, other: Self) {
        self.points.extend(other.points);
    }

    /// Whether what was captured there is the subject's.
    pub(crate) fn has_point(&self, point: u64) -> bool {
        self.points.contains(&point)
    }

    /// Ids of its interfaces.
    pub(crate) fn interfaces(&self) -> impl Iterator<Item = &str> {
        self.interfaces.iter().map(Id::as_str)
    }

    /// The addresses that were given for it.
    pub(crate) fn addresses(&self) -> &[Network] {
        self.addresses.as_slice()
    }

    /// Which end of the flow is the subject's; none if neither is.
    pub(crate) fn role(&self, flow: &Flow) -> Option<Role> {
        if self.elsewhere.contains(&flow.point) {
            return None;
        }
        match (self.has(flow.client), self.has(flow.server)) {
            (true, true) => return Some(Role::Within),
            (true, false) => return Some(Role::Client),
            (false, true) => return Some(Role::Server),
            (false, false) => {}
        }
        if !self.points.contains(&flow.point) {
            return None;
        }
        // The other end of what an interface of ours sees is often one of ours as well: then all flows together tell.
        Some(match (flow.client_inside, flow.server_inside) {
            (true, false) => Role::Client,
            (false, true) => Role::Server,
            _ => Role::Open(flow.server),
        })
    }
}

/// What the subject was in a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    /// It opened it.
    Client,
    /// It was called.
    Server,
    /// Both: within a block.
    Within,
    /// Not known as yet: it has this server.
    Open(Address),
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::flow::tests::flow;

    const NOBODY: [Address; 0] = [];

    #[test]
    fn a_security_group_needs_its_interfaces() {
        let subject: Subject = "sg-0123abcd".parse().unwrap();
        assert!(Inquiry::new(subject.clone()).is_err());
        let none: [&str; 0] = [];
        assert!(Inquiry::of_interfaces(subject.clone(), none, NOBODY).is_err());
        let inquiry = Inquiry::of_interfaces(subject, ["eni-0123abcd"], NOBODY).unwrap();
        assert!(inquiry.has_point(CapturePoint::key("eni-0123abcd")));
    }

    #[test]
    fn an_address_of_two_vpcs_can_be_that_of_one() {
        let seen_at = |id: &str| Flow {
            point: CapturePoint::key(id),
            ..flow("10.0.3.7", "10.0.2.9", 443)
        };
        let subject: Subject = "10.0.3.7".parse().unwrap();
        let of_both = Inquiry::new(subject).unwrap();
        let of_one = of_both.clone().not_at(["eni-0000000c"]);
        for (id, both, one) in [
            ("eni-0000000a", Some(Role::Client), Some(Role::Client)),
            ("eni-0000000c", Some(Role::Client), None),
        ] {
            assert_eq!(of_both.role(&seen_at(id)), both, "{id}");
            assert_eq!(of_one.role(&seen_at(id)), one, "{id}");
        }
    }

    #[test]
    fn an_instance_is_told_by_records_unless_its_interfaces_are_given() {
        let subject: Subject = "i-0123abcd".parse().unwrap();
        let mut told = Inquiry::new(subject.clone()).unwrap();
        told.meet(7, Some("i-0123abcd"));
        told.meet(8, Some("i-99999999"));
        told.meet(9, None);
        assert_eq!(
            [7, 8, 9].map(|point| told.has_point(point)),
            [true, false, false]
        );
        let mut given = Inquiry::of_interfaces(subject, ["eni-0123abcd"], NOBODY).unwrap();
        given.meet(7, Some("i-0123abcd"));
        assert!(!given.has_point(7) && !given.is_told_by_records());
    }
}
