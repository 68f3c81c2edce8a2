//! What the company's services do with each other and with others.

use crate::background::Stage;
use crate::company::{DAY, HOUR, MINUTE, Role, SHARED, outer};
use crate::flow::{Flow, Manner, UDP};
use crate::outside::{self, Use};
use crate::random::mix;

pub(super) fn web(stage: &mut Stage<'_>, web: usize) {
    let (vpc, load) = (stage.company.host(web).vpc, stage.customers());
    let port = Role::App.ports(vpc)[0];
    for at in stage.moments(18_000, load) {
        let nth = stage.random.below(4);
        let Some(app) = stage.company.peer(web, vpc, Role::App, nth) else {
            continue;
        };
        let (up, down) = (
            stage.random.spread(500, 20_000),
            stage.random.spread(800, 200_000),
        );
        let manner = if stage.random.chance(15) {
            Manner::ResetByServer
        } else {
            Manner::Complete
        };
        let flow = stage
            .company
            .between(&mut stage.random, web, app, port, at)
            .carrying(up, down)
            .going(manner);
        stage.push(flow);
    }
    // Pictures and fonts from content delivery, whose addresses change all the time.
    fetch(stage, web, Use::Delivery, 4_000, load, (2_000, 1_500_000));
}

/// Requests by HTTPS to whoever is in that use.
fn fetch(stage: &mut Stage<'_>, host: usize, to: Use, rate: u64, load: u64, size: (u64, u64)) {
    for at in stage.moments(rate, load) {
        let v6 = stage.company.end_v6(host);
        let flow = match v6.filter(|_| stage.random.chance(400)) {
            Some(from) => {
                let to = outside::address_v6(&mut stage.random, to);
                Flow::tcp(&mut stage.random, from, outer(to), 443, at)
            }
            None => {
                let to = outside::address(&mut stage.random, to);
                stage.company.open(&mut stage.random, host, to, 443, at)
            }
        };
        let (up, down) = (
            stage.random.spread(600, 9_000),
            stage.random.spread(size.0, size.1),
        );
        let duration = stage.random.span(80, 20_000);
        stage.push(flow.carrying(up, down).lasting(duration));
    }
}

pub(super) fn app(stage: &mut Stage<'_>, app: usize) {
    let (vpc, load) = (stage.company.host(app).vpc, stage.customers());
    pools(stage, app, vpc);
    // Documents and pictures go to the object store, whose addresses change as well.
    for at in stage.moments(12_000, load) {
        let to = outside::address(&mut stage.random, Use::ObjectStore);
        let (up, down) = (
            stage.random.spread(1_000, 4_000_000),
            stage.random.spread(800, 900_000),
        );
        let flow = stage
            .company
            .open(&mut stage.random, app, to, 443, at)
            .carrying(up, down)
            .lasting(1_500);
        stage.push(flow);
    }
    partners(stage, app, load);
    // Customers may have events sent to servers of their own: a new one every few days.
    fetch(stage, app, Use::Hosting, 60, load, (400, 3_000));
    mail(stage, app, vpc, load);
    mishap(stage, app, vpc);
    if vpc == crate::company::CLINIC {
        names(stage, app, vpc);
    }
}

fn pools(stage: &mut Stage<'_>, app: usize, vpc: usize) {
    for (nth, (role, life)) in [
        (Role::Database, 26 * HOUR),
        (Role::Database, 9 * HOUR),
        (Role::Cache, 3 * DAY),
    ]
    .into_iter()
    .enumerate()
    {
        let Some(to) = stage.company.peer(app, vpc, role, nth as u64) else {
            continue;
        };
        let hourly = stage.random.spread(500_000, 9_000_000);
        for (at, duration) in stage.held(app, 0x200 + nth as u64, life) {
            let total = hourly * (duration / 60_000 + 1).unsigned_abs() / 60;
            let flow = stage
                .company
                .between(&mut stage.random, app, to, role.ports(vpc)[0], at)
                .carrying(total / 4, total)
                .lasting(duration);
            stage.push(flow);
        }
    }
}

/// Payment, shipping and tax services: few servers, some on odd ports.
fn partners(stage: &mut Stage<'_>, app: usize, load: u64) {
    for at in stage.moments(5_000, load) {
        let number = stage.random.below(5);
        let to = outside::fixed(stage.company.seed, Use::Partners, 200 + number);
        let port = [443, 443, 8443, 443, 14_443][usize::try_from(number).unwrap_or_default()];
        let (up, down) = (
            stage.random.spread(900, 9_000),
            stage.random.spread(1_500, 30_000),
        );
        let manner = if stage.random.chance(10) {
            Manner::Unanswered
        } else {
            Manner::Complete
        };
        let flow = stage
            .company
            .open(&mut stage.random, app, to, port, at)
            .carrying(up, down)
            .going(manner);
        stage.push(flow);
    }
}

/// Once in some months a release goes out before the rule that lets it through: it tries every two seconds for
/// twenty minutes, until someone comes.
fn mishap(stage: &mut Stage<'_>, app: usize, vpc: usize) {
    let hour = (stage.hour / HOUR).unsigned_abs();
    if !mix(&[stage.company.seed, 0x315, app as u64, hour]).is_multiple_of(4000) {
        return;
    }
    let Some(cache) = stage.company.peer(app, vpc, Role::Cache, 7) else {
        return;
    };
    let begin = stage.hour + stage.random.span(0, 30 * MINUTE);
    for attempt in 0..600 {
        let at = begin + attempt * 2_000 + stage.random.span(0, 300);
        let flow = stage
            .company
            .between(&mut stage.random, app, cache, 6380, at)
            .going(Manner::Rejected);
        stage.push(flow);
    }
}

/// Through the relay; one service hands its mail to a provider by itself.
fn mail(stage: &mut Stage<'_>, app: usize, vpc: usize, load: u64) {
    for at in stage.moments(500, load) {
        let size = stage.random.spread(4_000, 90_000);
        let own_provider = stage.company.of(vpc, Role::App).first() == Some(&app);
        let flow = if own_provider {
            let to = outside::fixed(stage.company.seed, Use::Partners, 300 + at as u64 % 3);
            stage.company.open(&mut stage.random, app, to, 587, at)
        } else {
            let Some(relay) = stage.company.peer(app, SHARED, Role::Relay, 0) else {
                continue;
            };
            stage.company.between(&mut stage.random, app, relay, 25, at)
        };
        stage.push(flow.carrying(size, 900).lasting(2_200));
    }
}

/// Hosts of the clinic ask its own resolvers; a container image has a public one wired in.
fn names(stage: &mut Stage<'_>, host: usize, vpc: usize) {
    for at in stage.moments(9_000, stage.customers()) {
        let nth = stage.random.below(2);
        let wired = stage.is(host, 7, 120);
        let flow = match stage.company.peer(host, vpc, Role::Resolver, nth) {
            Some(resolver) if !wired => {
                stage
                    .company
                    .between(&mut stage.random, host, resolver, 53, at)
            }
            _ => {
                let to = outside::fixed(stage.company.seed, Use::Delivery, 900);
                stage.company.open(&mut stage.random, host, to, 53, at)
            }
        };
        let answer = stage.random.between(90, 420);
        stage.push(
            flow.datagrams(UDP)
                .counting((1, 68), (1, answer))
                .lasting(30),
        );
    }
}

/// Asks the name servers of the world.
pub(super) fn resolver(stage: &mut Stage<'_>, resolver: usize) {
    for at in stage.moments(70_000, stage.customers()) {
        let of = stage
            .random
            .pick(&[Use::Delivery, Use::Hosting, Use::Partners]);
        let to = outside::address(&mut stage.random, of.unwrap_or(Use::Delivery));
        let answer = stage.random.between(110, 900);
        let lost = stage.random.chance(30);
        let flow = stage
            .company
            .open(&mut stage.random, resolver, to, 53, at)
            .datagrams(UDP)
            .counting((1, 74), if lost { (0, 0) } else { (1, answer) })
            .lasting(60);
        stage.push(flow);
    }
}

pub(super) fn database(stage: &mut Stage<'_>, database: usize) {
    let vpc = stage.company.host(database).vpc;
    let databases = stage.company.of(vpc, Role::Database);
    let first = databases.first().copied();
    if first == Some(database) || first.is_none() {
        return;
    }
    let Some(first) = first else { return };
    // The replica opens the connection, and keeps it.
    for (at, duration) in stage.held(database, 0x210, 11 * DAY) {
        let hours = (duration / HOUR + 1).unsigned_abs();
        let flow = stage
            .company
            .between(
                &mut stage.random,
                database,
                first,
                Role::Database.ports(vpc)[0],
                at,
            )
            .carrying(hours * 200_000, hours * 35_000_000)
            .steadily()
            .lasting(duration);
        stage.push(flow);
    }
}

/// The one host that may send mail to the world.
pub(super) fn relay(stage: &mut Stage<'_>, relay: usize) {
    let load = stage.customers() / 2 + stage.office() / 2;
    for at in stage.moments(45_000, load) {
        let to = outside::address(&mut stage.random, Use::Mail);
        let size = stage.random.spread(5_000, 400_000);
        let duration = stage.random.span(700, 12_000);
        let manner = match stage.random.below(40) {
            0 => Manner::Unanswered,
            1 => Manner::ResetByServer,
            _ => Manner::Complete,
        };
        let flow = stage
            .company
            .open(&mut stage.random, relay, to, 25, at)
            .carrying(size, 1_100)
            .lasting(duration)
            .going(manner);
        stage.push(flow);
    }
    // Lists of senders are asked for by name, straight from the relay.
    for at in stage.timer(relay, 0x220, 15 * MINUTE, 9_000) {
        let to = outside::fixed(stage.company.seed, Use::Delivery, 901);
        let flow = stage
            .company
            .open(&mut stage.random, relay, to, 443, at)
            .carrying(900, 24_000);
        stage.push(flow);
    }
}
