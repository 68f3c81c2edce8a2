//! Where and when one instance of an attack takes place.

use std::net::IpAddr;

use crate::attack::campaign::{Campaign, Pace, Turn, at_work};
use crate::attack::{Technique, dice};
use crate::company::{CLINIC, Company, HOUR, Role, SHARED, SHOP};
use crate::flow::Flow;
use crate::outside::{self, Use};
use crate::random::Random;
use crate::settings::{Settings, Variant};

pub(crate) struct Scene<'a> {
    pub(crate) company: &'a Company,
    pub(crate) technique: Technique,
    pub(crate) variant: Variant,
    pub(crate) instance: u32,
    pub(crate) random: Random,
    /// When the last third begins.
    third: i64,
    start: i64,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        settings: &Settings,
        company: &'a Company,
        technique: Technique,
        variant: Variant,
        instance: u32,
    ) -> Self {
        let mut random = dice(settings.seed, technique, variant, instance);
        let length = (company.to - company.from) / 3;
        let slot = (length - 3 * HOUR) / i64::from(settings.instances.max(1));
        let third = company.to - length;
        let start = third + slot * i64::from(instance) + random.span(0, slot * 9 / 10);
        Self {
            company,
            technique,
            variant,
            instance,
            random,
            third,
            start,
        }
    }

    /// From the earliest beginning to the end of the span, but an hour.
    pub(crate) fn room(&self) -> i64 {
        self.company.to - self.third - HOUR
    }

    /// Beginning and end of something that lasts so long; shorter where there is no room for it.
    pub(crate) fn course(&self, lasts: i64) -> (i64, i64) {
        let lasts = lasts.min(self.room());
        let start = self.start.min(self.company.to - HOUR - lasts);
        (start, start + lasts)
    }

    /// The same for something that is done only while people work: it takes its time.
    pub(crate) fn working_course(&self, lasts: i64) -> (i64, i64) {
        self.course(lasts.saturating_mul(4))
    }

    /// Every second instance takes the other way.
    pub(crate) fn is_odd(&self) -> bool {
        self.instance % 2 == 1
    }

    /// Every host of a tenant in one of these roles, but for those that are kept for silence.
    fn all(&self, roles: &[Role]) -> Vec<usize> {
        let of = |vpc| {
            roles
                .iter()
                .flat_map(move |role| self.company.of(vpc, *role))
        };
        let mut all: Vec<_> = [SHOP, CLINIC].into_iter().flat_map(of).copied().collect();
        let kept = self.kept();
        all.retain(|host| !kept.contains(host));
        all
    }

    /// Hosts whose recording may be stopped: whatever else is done, is done elsewhere, or its records would be missing.
    fn kept(&self) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::new();
        for vpc in [SHOP, CLINIC] {
            for role in [Role::Web, Role::App, Role::Database] {
                let hosts = self.company.of(vpc, role).iter();
                let hosts = hosts.filter(|host| !self.company.host(**host).public);
                kept.extend(hosts.skip(1).step_by(4));
            }
        }
        kept
    }

    /// One of the hosts whose recording may be stopped.
    pub(crate) fn silent(&self) -> usize {
        let mut kept = self.kept();
        Random::keyed(&[self.company.seed, 0x51e]).shuffle(&mut kept);
        let turn = self.instance as usize * 3 + self.variant as usize;
        kept.get(turn % kept.len().max(1))
            .copied()
            .unwrap_or_else(|| self.company.of(SHARED, Role::Monitor)[0])
    }

    /// One of our hosts in one of these roles: another for each instance while there are enough.
    pub(crate) fn own(&mut self, roles: &[Role]) -> usize {
        let mut all = self.all(roles);
        let turn = self.instance as usize * 3 + self.variant as usize;
        Random::keyed(&[self.company.seed, 0x5ce, self.technique as u64]).shuffle(&mut all);
        all.get(turn % all.len().max(1))
            .copied()
            .unwrap_or_else(|| self.company.of(SHARED, Role::Bastion)[0])
    }

    /// Others of those roles in the same VPC, in any order.
    pub(crate) fn neighbours(&mut self, host: usize, roles: &[Role]) -> Vec<usize> {
        let vpc = self.company.host(host).vpc;
        let mut near = self.all(roles);
        near.retain(|other| *other != host && self.company.host(*other).vpc == vpc);
        self.random.shuffle(&mut near);
        near
    }

    /// One of them.
    pub(crate) fn neighbour(&mut self, host: usize, roles: &[Role]) -> usize {
        let near = self.neighbours(host, roles);
        near.first()
            .copied()
            .unwrap_or_else(|| self.company.of(SHARED, Role::Build)[0])
    }

    /// One of our hosts that has a public address.
    pub(crate) fn public(&self) -> usize {
        let hosts = self.company.hosts.iter().enumerate();
        let public: Vec<_> = hosts
            .filter(|(_, host)| host.public && host.instance.is_some())
            .map(|(index, _)| index)
            .collect();
        let turn = self.instance as usize * 3 + self.variant as usize + self.technique as usize;
        public[turn % public.len()]
    }

    /// A rented server of the intruder: the same for the same number.
    pub(crate) fn hideout(&self, number: u64) -> IpAddr {
        let key = self.technique as u64 * 100_000
            + self.variant as u64 * 30_000
            + u64::from(self.instance) * 100;
        outside::fixed(self.company.seed, Use::Hosting, 1_000_000 + key + number)
    }

    pub(crate) fn campaign(
        &self,
        host: usize,
        start: i64,
        pace: Pace,
        script: impl FnMut(&mut Turn<'_>) -> Flow + Send + 'static,
    ) -> Campaign {
        let kind = (self.technique, self.variant);
        // Where no working hours are left in the span, the night must do.
        let first = at_work(&mut self.random.clone(), start);
        let office = pace.office && first < self.company.to - HOUR;
        let pace = Pace { office, ..pace };
        Campaign::new(kind, host, self.random.clone(), start, pace, script)
    }

    /// So many connections, so far apart, over as long as that takes.
    pub(crate) fn series(
        &self,
        host: usize,
        steps: u32,
        gap: (i64, i64),
        script: impl FnMut(&mut Turn<'_>) -> Flow + Send + 'static,
    ) -> Campaign {
        let lasts = i64::from(steps) * gap.1;
        let (start, until) = self.course(lasts);
        let pace = Pace {
            steps,
            until,
            gap,
            office: false,
        };
        self.campaign(host, start, pace, script)
    }
}
