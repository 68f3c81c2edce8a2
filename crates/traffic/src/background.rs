//! What goes on in an ordinary minute, by chance.

use crate::connection::Connection;
use crate::network::Network;
use crate::random::Random;
use happening::Happening;

mod happening;

/// Of 1000 things that happen.
const SHARES: [(Kind, u32); 11] = [
    (Kind::EdgeRequest, 195),
    (Kind::BalancedRequest, 140),
    (Kind::Query, 85),
    (Kind::CacheAccess, 85),
    (Kind::NameLookup, 60),
    (Kind::CallOutside, 55),
    (Kind::Storage, 45),
    (Kind::Knock, 295),
    (Kind::RefusedInside, 14),
    (Kind::Echo, 10),
    (Kind::LookupOutside, 16),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// From the internet to a server with a public address.
    EdgeRequest,
    /// From the internet to a load balancer, and on to a web server.
    BalancedRequest,
    /// PostgreSQL.
    Query,
    /// Redis.
    CacheAccess,
    /// DNS within the account.
    NameLookup,
    /// HTTPS through a NAT gateway.
    CallOutside,
    /// S3 through a gateway endpoint.
    Storage,
    /// A scanner of the internet, refused.
    Knock,
    /// Something misconfigured, refused.
    RefusedInside,
    /// ICMP.
    Echo,
    /// DNS at a resolver in the internet.
    LookupOutside,
}

/// One thing that happens in the minute that begins at `minute`: one connection, or two where the one leads to the
/// other. None lasts longer than a minute.
pub(crate) fn happen(
    network: &Network,
    random: &mut Random,
    minute: i64,
    emit: &mut impl FnMut(Connection),
) {
    let start = minute + i64::from(random.below(60));
    let happening = Happening { network, start };
    match kind(random) {
        Kind::EdgeRequest => emit(happening.edge_request(random)),
        Kind::BalancedRequest => {
            let (outer, inner) = happening.balanced_request(random);
            emit(outer);
            emit(inner);
        }
        Kind::Query => emit(happening.query(random)),
        Kind::CacheAccess => emit(happening.cache_access(random)),
        Kind::NameLookup => emit(happening.name_lookup(random)),
        Kind::CallOutside => emit(happening.call_outside(random)),
        Kind::Storage => emit(happening.storage(random)),
        Kind::Knock => emit(happening.knock(random)),
        Kind::RefusedInside => emit(happening.refused_inside(random)),
        Kind::Echo => emit(happening.echo(random)),
        Kind::LookupOutside => emit(happening.lookup_outside(random)),
    }
}

fn kind(random: &mut Random) -> Kind {
    let mut left = random.below(1000);
    for (kind, share) in SHARES {
        if left < share {
            return kind;
        }
        left -= share;
    }
    Kind::EdgeRequest
}

#[cfg(test)]
mod tests;
