//! Connections that last: pools of database connections, sessions, long transfers.

use crate::callers::{exchange, steady_client};
use crate::connection::{Connection, Course, End, Place, TCP, linux_port};
use crate::network::{Network, Role};
use crate::random::Random;

/// The records that one of them makes, about: three hours, three or four a minute.
const RECORDS_EACH: u64 = 600;

/// As many as make a fifth of `records`, somewhere in the time, begun before it or not ended at its end. With `ssh`,
/// people from the internet log in to servers with public addresses.
pub(crate) fn connections(
    seed: u64,
    network: &Network,
    from: i64,
    seconds: u32,
    records: u64,
    ssh: bool,
) -> Vec<Connection> {
    let mut random = Random::stream(seed, &[4]);
    let count = records / 5 / RECORDS_EACH;
    (0..count)
        .map(|_| {
            let lasts = 120 + random.skewed(12 * 3600);
            let start = from - i64::from(lasts / 2) + i64::from(random.below(seconds));
            connection(network, start, lasts, ssh, &mut random)
        })
        .collect()
}

fn connection(
    network: &Network,
    start: i64,
    lasts: u32,
    ssh: bool,
    random: &mut Random,
) -> Connection {
    let scale = u64::from(lasts / 10 + 1);
    let (to_server, to_client) = exchange(
        random.doubled(100, 6) * scale,
        random.doubled(200, 8) * scale,
    );
    let course = Course {
        protocol: TCP,
        start,
        lasts: i64::from(lasts),
        to_server,
        to_client,
    };
    let (client, server, port) = match random.below(10) {
        0..5 => (Role::Application, Role::Database, 5432),
        5..7 => (Role::Batch, Role::Database, 5432),
        7 => (Role::Web, Role::Cache, 6379),
        8 if ssh => return session(network, course, 22, random),
        _ => return session(network, course, 443, random),
    };
    let client = network.any(client, random);
    let server = network.any(server, random);
    Connection::inside(
        network,
        course,
        Place::client(network, client, random),
        Place::new(network, server, port),
    )
}

/// Of someone in the internet, at a server with a public address.
fn session(network: &Network, course: Course, port: u16, random: &mut Random) -> Connection {
    let client = End {
        host: steady_client(network, random),
        port: linux_port(random),
    };
    let server = network.any(Role::Edge, random);
    Connection::inbound(course, client, Place::new(network, server, port))
}
