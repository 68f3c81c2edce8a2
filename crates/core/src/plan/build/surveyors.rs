//! What reaches the places of a region once a plan is carried out, to go by what becomes of flow logs that fail.

use super::Builder;
use super::missing::{Want, unknown_subnet};
use super::refusal::Refusal;
use crate::judge::Context;
use crate::judge::coverage::Surveyor;
use crate::judge::delivery::Delivery;
use crate::judge::traffic::Traffic;

/// The deliveries once what is mended is mended.
pub(super) struct ToCome {
    /// Where what is mended counts as recording, perhaps.
    kept: Vec<Delivery>,
    /// The same, but for what makes way for others with `--replace`, where there is such.
    given_up: Option<Vec<Delivery>>,
    /// Where what surely delivers then counts as recording.
    mended: Vec<Delivery>,
}

/// What reaches the places of a region.
pub(super) struct Surveyors<'i, 'a> {
    kept: Surveyor<'i, 'a>,
    given_up: Option<Surveyor<'i, 'a>>,
    mended: Surveyor<'i, 'a>,
}

/// The same, with what makes way for others or without it.
#[derive(Clone, Copy)]
pub(super) struct View<'s, 'i, 'a> {
    /// Where what is mended counts as recording, perhaps.
    pub(super) to_come: &'s Surveyor<'i, 'a>,
    /// Where what surely delivers then counts as recording.
    pub(super) mended: &'s Surveyor<'i, 'a>,
}

impl Builder<'_> {
    pub(super) fn to_come(&self) -> ToCome {
        let is_renewable = |place| self.is_renewable(place);
        let any = (0..self.fates.len()).any(is_renewable);
        ToCome {
            kept: self.deliveries_to_come(false),
            given_up: any.then(|| self.deliveries_to_come(true)),
            mended: self.deliveries_once_mended(),
        }
    }
}

impl<'i, 'a> Surveyors<'i, 'a> {
    /// Those of a region, given as its place in the index.
    pub(super) fn new(
        context: &'i Context<'a>,
        region: usize,
        deliveries: &'i ToCome,
        asked: Traffic,
    ) -> Self {
        let surveyor = |deliveries: &'i [Delivery]| {
            Surveyor::new(&context.index, context.region(region), deliveries, asked)
        };
        Self {
            kept: surveyor(&deliveries.kept),
            given_up: deliveries.given_up.as_deref().map(surveyor),
            mended: surveyor(&deliveries.mended),
        }
    }

    pub(super) fn view(&self, given_up: bool) -> View<'_, 'i, 'a> {
        let to_come = self.given_up.as_ref().filter(|_| given_up);
        View {
            to_come: to_come.unwrap_or(&self.kept),
            mended: &self.mended,
        }
    }
}

impl View<'_, '_, '_> {
    /// Whether a network interface counts as recorded for the sake of flow logs that fail, and that no step mends.
    pub(super) fn is_left_to_others(&self, vpc_id: &str, asked: Traffic) -> bool {
        let (to_come, mended) = (self.to_come.reached(vpc_id), self.mended.reached(vpc_id));
        let mut interfaces = to_come.interfaces.iter().zip(&mended.interfaces);
        interfaces.any(|((_, to_come), (_, mended))| {
            !mended.possible.covers(to_come.possible.within(asked))
        })
    }

    /// Why a subnet may stay open: it was not listed, or a flow log that is left alone may record it, or not. Where no
    /// network interface is in it, the VPC is recorded all the same.
    pub(super) fn unsure_subnet(&self, want: &Want<'_, '_>) -> Option<Refusal> {
        let (vpc_id, asked) = (want.vpc_id, want.asked);
        let (to_come, mended) = (self.to_come.reached(vpc_id), self.mended.reached(vpc_id));
        if mended.vpc.sure.covers(asked) {
            return None;
        }
        if !want.region.subnets_complete {
            return Some(Refusal::not_read(
                format!("the subnets of {vpc_id} were not read in full"),
                Some("ec2:DescribeSubnets"),
            ));
        }
        let subnets = to_come.subnets.iter().zip(&mended.subnets);
        let unsure = subnets.filter(|((_, to_come), (_, mended))| {
            !mended.sure.covers(to_come.possible.within(asked))
        });
        let first = unsure.map(|((subnet, _), _)| *subnet).min();
        first.map(unknown_subnet)
    }
}
