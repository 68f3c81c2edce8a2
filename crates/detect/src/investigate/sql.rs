//! The queries over the table `flows` that show what a dossier says.
//!
//! Nothing gets into them but numbers, addresses and blocks that were written from their bits, and ids that were checked digit by digit.

use std::fmt::Display;

use super::dossier::Direction;
use super::inquiry::Inquiry;
use crate::address::{Address, Network};
use crate::query::Narrow;

/// Writes queries about one subject.
pub(crate) struct Sql<'a> {
    pub(crate) inquiry: &'a Inquiry,
    /// Addresses that the flows themselves show to be the subject's.
    pub(crate) own: &'a [Address],
}

/// The numbers that rows are about.
const SUMS: &str = "count(*) as flows, sum(case when action = 'REJECT' then 1 else 0 end) as refused, \
    sum(bytes_to_server) as bytes_to_server, sum(bytes_to_client) as bytes_to_client, min(start) as first_seen, max(end) as last_seen";

impl Sql<'_> {
    /// Whether the address in that column is the subject's.
    fn own(&self, column: &str) -> String {
        let found = self.own.iter().filter(|own| !self.inquiry.has(**own));
        let found = found.copied().map(Network::from);
        let all = self.inquiry.addresses().iter().copied().chain(found);
        let (single, blocks): (Vec<Network>, Vec<Network>) =
            all.partition(|network| network.only().is_some());
        let single = single.iter().filter_map(Network::only);
        let mut tests = Vec::from_iter(is_one_of(column, single));
        let blocks = blocks.iter();
        tests.extend(blocks.map(|block| format!("in_cidr({column}, '{block}')")));
        any(tests)
    }

    /// Whether a flow is the subject's.
    fn subject(&self) -> String {
        let mut tests = Vec::new();
        if !self.inquiry.addresses().is_empty() {
            for column in ["client_addr", "server_addr"] {
                tests.push(self.given(column));
            }
        }
        tests.extend(is_one_of("capture_point", self.inquiry.interfaces()));
        if self.inquiry.is_told_by_records() {
            tests.push(format!("instance_id = '{}'", self.inquiry.subject()));
        }
        any(tests)
    }

    /// Whether the address in that column is one that was given.
    fn given(&self, column: &str) -> String {
        let sql = Sql {
            inquiry: self.inquiry,
            own: &[],
        };
        sql.own(column)
    }

    /// Whether a flow is the subject's, and goes that way.
    fn directed(&self, direction: Direction) -> String {
        let (client, server) = (self.own("client_addr"), self.own("server_addr"));
        let ends = match direction {
            Direction::Out => format!("{client} and not {server}"),
            Direction::In => format!("{server} and not {client}"),
            Direction::Within => format!("{client} and {server}"),
        };
        self.and_point(ends)
    }

    /// Of these ends only what is the subject's.
    fn narrowed(&self, narrow: &Narrow) -> String {
        let mut ends = [narrow.client, narrow.server].into_iter().flatten();
        let condition = narrow.condition();
        // All flows of an address that was given are the subject's: there may be many such addresses, and no need to list them.
        if ends.any(|end| self.inquiry.has(end)) {
            condition
        } else {
            self.and_point(condition)
        }
    }

    /// Where the subject is known by what was captured at its interfaces, nothing else is meant.
    fn and_point(&self, condition: String) -> String {
        if self.inquiry.is_by_point() {
            format!("{condition} and {}", self.subject())
        } else {
            condition
        }
    }

    /// All its flows.
    pub(crate) fn all(&self) -> String {
        format!(
            "select *\nfrom flows\nwhere {}\norder by start",
            self.subject()
        )
    }

    /// How much there was in each cell.
    pub(crate) fn timeline(&self, step: i64) -> String {
        let own = self.own("client_addr");
        format!(
            "select start - start % {step} as cell, count(*) as flows, sum(case when action = 'REJECT' then 1 else 0 end) as refused,\n  \
             sum(case when {own} then bytes_to_server else bytes_to_client end) as bytes_out,\n  \
             sum(case when {own} then bytes_to_client else bytes_to_server end) as bytes_in\n\
             from flows\nwhere {}\ngroup by start - start % {step}\norder by cell",
            self.subject()
        )
    }

    /// What there was between two, by port.
    pub(crate) fn pair(&self, client: Address, server: Address) -> String {
        let narrow = Narrow {
            client: Some(client),
            server: Some(server),
            ..Narrow::default()
        };
        format!(
            "select server_port, protocol, {SUMS}\nfrom flows\nwhere {}\ngroup by server_port, protocol\norder by flows desc",
            self.narrowed(&narrow)
        )
    }

    /// What there was at a port, by ends.
    pub(crate) fn port(&self, direction: Direction, server_port: u16, protocol: u8) -> String {
        let narrow = Narrow {
            server_port: Some(server_port),
            protocol: Some(protocol),
            ..Narrow::default()
        };
        format!(
            "select client_addr, server_addr, {SUMS}\nfrom flows\nwhere {} and {}\ngroup by client_addr, server_addr\norder by flows desc",
            narrow.condition(),
            self.directed(direction)
        )
    }

    /// Flows between these ends that began from then to then.
    pub(crate) fn flows(&self, narrow: &Narrow, from: i64, to: i64) -> String {
        format!(
            "select *\nfrom flows\nwhere {} and start >= {from} and start <= {to}\norder by start",
            self.narrowed(narrow)
        )
    }

    /// Refused flows of one direction that began from then on and before then.
    pub(crate) fn refused(&self, direction: Direction, from: i64, before: i64) -> String {
        format!(
            "select client_addr, server_addr, server_port, protocol, count(*) as flows, min(start) as first_seen, max(end) as last_seen\n\
             from flows\nwhere action = 'REJECT' and {} and start >= {from} and start < {before}\n\
             group by client_addr, server_addr, server_port, protocol\norder by flows desc",
            self.directed(direction)
        )
    }

    /// All its flows that lasted in that span.
    pub(crate) fn between(&self, from: i64, to: i64) -> String {
        format!(
            "select *\nfrom flows\nwhere {} and \"end\" >= {from} and start <= {to}\norder by start",
            self.subject()
        )
    }
}

/// Whether the column has one of these values, which are addresses or ids. A list, for hundreds of tests side by side are hard on the reader, and
/// on what reads SQL.
fn is_one_of(column: &str, values: impl IntoIterator<Item = impl Display>) -> Option<String> {
    let values: Vec<String> = values
        .into_iter()
        .map(|value| format!("'{value}'"))
        .collect();
    match values.as_slice() {
        [] => None,
        [one] => Some(format!("{column} = {one}")),
        _ => Some(format!("{column} in ({})", values.join(", "))),
    }
}

/// One of them; nothing if there is none.
fn any(tests: Vec<String>) -> String {
    match tests.as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        _ => format!("({})", tests.join(" or ")),
    }
}
