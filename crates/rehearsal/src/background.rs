//! What happens on days without an attack, hour by hour.

use crate::company::{Company, DAY, HOUR, MINUTE, Role};
use crate::flow::Flow;
use crate::random::{Random, mix};

mod customers;
mod machines;
mod noise;
mod people;
mod services;
mod upkeep;

/// One hour of one host (or of the noise of the internet), with random numbers of its own.
pub(crate) struct Stage<'a> {
    pub(crate) company: &'a Company,
    /// When the hour begins, in milliseconds.
    pub(crate) hour: i64,
    pub(crate) random: Random,
    flows: &'a mut Vec<Flow>,
}

/// Adds the connections that begin in the hour.
pub(crate) fn hour(company: &Company, hour: i64, flows: &mut Vec<Flow>) {
    for host in 0..company.hosts.len() {
        let (born, gone) = (company.hosts[host].born, company.hosts[host].gone);
        if gone <= hour || born >= hour + HOUR {
            continue;
        }
        let mut stage = Stage {
            company,
            hour,
            random: Random::keyed(&[company.seed, 0xb9, host as u64, hour.unsigned_abs()]),
            flows,
        };
        machines::agents(&mut stage, host);
        upkeep::host(&mut stage, host);
        role(&mut stage, host);
        noise::at(&mut stage, host);
    }
}

fn role(stage: &mut Stage<'_>, host: usize) {
    match stage.company.host(host).role {
        Role::LoadBalancer => customers::arrive(stage, host),
        Role::Web => services::web(stage, host),
        Role::App => services::app(stage, host),
        Role::Database => services::database(stage, host),
        Role::Batch => upkeep::batch(stage, host),
        Role::Vault => upkeep::vault(stage, host),
        Role::Build => people::build(stage, host),
        Role::Bastion => people::bastion(stage, host),
        Role::Desktop => people::desktop(stage, host),
        Role::Vpn => people::tunnel(stage, host),
        Role::Relay => services::relay(stage, host),
        Role::Monitor => machines::monitor(stage, host),
        Role::Resolver => services::resolver(stage, host),
        Role::Sftp => customers::partners(stage, host),
        Role::Cache | Role::Nat | Role::Endpoint => {}
    }
}

/// Of customers, by hour of the day (UTC; they sit in Europe): the mean of a weekday is 1000.
const CUSTOMERS: [u64; 24] = [
    250, 160, 120, 110, 160, 350, 700, 1000, 1250, 1400, 1450, 1500, 1480, 1400, 1350, 1350, 1400,
    1500, 1650, 1700, 1500, 1100, 700, 420,
];
/// Of work, by hour of the day.
const OFFICE: [u64; 24] = [
    20, 10, 10, 10, 20, 100, 600, 1900, 2700, 2900, 2700, 1800, 2200, 2800, 2600, 2200, 1300, 600,
    350, 300, 250, 150, 80, 40,
];

impl Stage<'_> {
    fn hour_of_day(&self) -> usize {
        usize::try_from(self.hour.rem_euclid(DAY) / HOUR).expect("below 24")
    }

    /// Days since the epoch: 0 was a Thursday.
    pub(crate) fn day(&self) -> i64 {
        self.hour.div_euclid(DAY)
    }

    pub(crate) fn is_weekend(&self) -> bool {
        (self.day() + 3).rem_euclid(7) > 4
    }

    /// What the day is like, in thousandths: no two days are the same.
    fn mood(&self) -> u64 {
        850 + mix(&[self.company.seed, 0xda, self.day().unsigned_abs()]) % 300
    }

    /// Load by customers, in thousandths of the mean. A newsletter brings twice as many for three hours.
    pub(crate) fn customers(&self) -> u64 {
        let day = self.day().unsigned_abs();
        let newsletter = !self.is_weekend()
            && mix(&[self.company.seed, 0x4e, day]).is_multiple_of(9)
            && (9..12).contains(&self.hour_of_day());
        let weekend = if self.is_weekend() { 700 } else { 1000 };
        let factor = if newsletter { 2 } else { 1 };
        CUSTOMERS[self.hour_of_day()] * self.mood() / 1000 * weekend / 1000 * factor
    }

    /// Load by people at work, in thousandths of the mean of a weekday.
    pub(crate) fn office(&self) -> u64 {
        let weekend = if self.is_weekend() { 60 } else { 1000 };
        OFFICE[self.hour_of_day()] * self.mood() / 1000 * weekend / 1000
    }

    /// Adds a connection, if both ends are there.
    pub(crate) fn push(&mut self, mut flow: Flow) {
        for host in [flow.client.host, flow.server.host].into_iter().flatten() {
            if !self.company.stands(host, flow.start) {
                return;
            }
            flow.duration = flow
                .duration
                .min(self.company.host(host).gone.saturating_sub(flow.start));
        }
        self.flows.push(flow);
    }

    /// Some moment of this hour.
    pub(crate) fn moment(&mut self) -> i64 {
        self.hour + self.random.span(0, HOUR - 1)
    }

    /// Moments of something that happens so many thousandth times an hour, at `load` thousandths of its mean.
    pub(crate) fn moments(&mut self, permille: u64, load: u64) -> Vec<i64> {
        let count = self.random.count(permille * load / 1000);
        (0..count).map(|_| self.moment()).collect()
    }

    /// Moments of a timer of this host that fires every `period`, off by up to `jitter`.
    pub(crate) fn timer(&mut self, host: usize, tag: u64, period: i64, jitter: i64) -> Vec<i64> {
        let phase = mix(&[self.company.seed, 0x71, host as u64, tag]) % period.unsigned_abs();
        let phase = i64::try_from(phase).expect("below the period");
        let first = self.hour + (phase - self.hour).rem_euclid(period);
        let last = self.hour + HOUR - 1;
        (0..)
            .map(|n| first + n * period)
            .take_while(|at| *at <= last)
            .map(|at| (at + self.random.span(0, jitter)).min(last))
            .collect()
    }

    /// The one moment of a day at which something of this host is due, if it is in this hour.
    pub(crate) fn daily(&mut self, host: usize, tag: u64, hour: i64, within: i64) -> Option<i64> {
        let usual = mix(&[self.company.seed, 0xd1, host as u64, tag]) % within.unsigned_abs();
        let usual = i64::try_from(usual).expect("below the span");
        let at = self.hour.div_euclid(DAY) * DAY + hour * HOUR + usual;
        (self.hour..self.hour + HOUR)
            .contains(&at)
            .then(|| (at + self.random.span(0, 90_000)).min(self.hour + HOUR - 1))
    }

    /// Connections that are held open and made anew every `period`: start and duration of those that begin now.
    pub(crate) fn held(&mut self, host: usize, tag: u64, period: i64) -> Vec<(i64, i64)> {
        let mut held = Vec::new();
        let born = self.company.host(host).born.max(self.company.from);
        if (self.hour..self.hour + HOUR).contains(&born) {
            let phase = mix(&[self.company.seed, 0x71, host as u64, tag]) % period.unsigned_abs();
            let phase = i64::try_from(phase).expect("below the period");
            let next = born + (phase - born).rem_euclid(period);
            held.push((born + self.random.span(2_000, MINUTE), next - born));
        }
        for at in self.timer(host, tag, period, 0) {
            let gap = self.random.span(200, 4_000);
            held.push((at, period - gap));
        }
        held
    }

    /// Whether something is true of this host for good, in so many of a thousand cases.
    pub(crate) fn is(&self, host: usize, tag: u64, permille: u64) -> bool {
        mix(&[self.company.seed, 0x15, host as u64, tag]) % 1000 < permille
    }
}
