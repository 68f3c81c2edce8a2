//! The query that reproduces a finding, from the template of its detection.

use crate::Address;
use crate::parameters::Parameters;
use crate::world::World;

/// What a query is narrowed to: the ends of one finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Only flows that this address opened.
    pub client: Option<Address>,
    /// Only flows to this address.
    pub server: Option<Address>,
    /// Only flows to this port.
    pub server_port: Option<u16>,
    /// Only flows of this protocol.
    pub protocol: Option<u8>,
}

impl Narrow {
    pub(crate) fn condition(&self) -> String {
        // Addresses and numbers only, written by us: there is nothing in them to be quoted.
        let conditions = [
            self.client
                .map(|address| format!("client_addr = '{address}'")),
            self.server
                .map(|address| format!("server_addr = '{address}'")),
            self.server_port.map(|port| format!("server_port = {port}")),
            self.protocol
                .map(|protocol| format!("protocol = {protocol}")),
        ];
        let conditions: Vec<String> = conditions.into_iter().flatten().collect();
        if conditions.is_empty() {
            return "true".to_owned();
        }
        conditions.join(" and ")
    }
}

/// Fills in a template: `{only}` is what it is narrowed to, `{inside:COLUMN}` whether the address in that column is one of ours,
/// `{probe}` and `{established}` what [`Flow::is_probe`](crate::Flow::is_probe) says, `{name}` a parameter.
pub(crate) fn query(
    template: &str,
    parameters: &Parameters,
    world: &World,
    narrow: &Narrow,
) -> String {
    let mut text = String::new();
    let mut rest = template.trim();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(&fill(name, parameters, world, narrow));
        rest = after;
    }
    text.push_str(rest);
    text
}

const PROBE: &str = "(action = 'REJECT' or packets_to_client = 0 or \
    (protocol = 6 and packets_to_server <= 3 and bytes_to_server < 200))";

fn fill(name: &str, parameters: &Parameters, world: &World, narrow: &Narrow) -> String {
    match name {
        "only" => narrow.condition(),
        "probe" => PROBE.to_owned(),
        "established" => format!("not {PROBE}"),
        _ => match name.strip_prefix("inside:") {
            Some(column) => inside(column, world),
            None => parameters.get(name).to_string(),
        },
    }
}

/// The same as [`Address::is_private`], and the user's own networks.
const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];

fn inside(column: &str, world: &World) -> String {
    let own = world.inside.as_slice().iter().map(ToString::to_string);
    let blocks = PRIVATE.iter().map(|block| (*block).to_owned()).chain(own);
    let tests: Vec<String> = blocks
        .map(|block| format!("in_cidr({column}, '{block}')"))
        .collect();
    format!("({})", tests.join(" or "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Network;

    #[test]
    fn a_template_is_filled_in() {
        let narrow = Narrow {
            client: Some("10.0.0.1".parse().unwrap()),
            server_port: Some(22),
            ..Narrow::default()
        };
        let world = World {
            inside: ["192.0.2.0/24".parse::<Network>().unwrap()]
                .into_iter()
                .collect(),
            ..World::default()
        };
        let text = query(
            "select 1 from flows where {only} and {inside:server_addr}",
            &Parameters::default(),
            &world,
            &narrow,
        );
        assert!(text.starts_with("select 1 from flows where client_addr = '10.0.0.1' and server_port = 22 and (in_cidr(server_addr, '10.0.0.0/8') or "), "{text}");
        assert!(
            text.ends_with("in_cidr(server_addr, '192.0.2.0/24'))"),
            "{text}"
        );
        let all = query("{only}", &Parameters::default(), &world, &Narrow::default());
        assert_eq!(all, "true");
    }

    #[test]
    fn the_private_blocks_are_those_of_the_addresses() {
        for block in PRIVATE {
            let (address, _) = block.split_once('/').unwrap();
            assert!(address.parse::<Address>().unwrap().is_private(), "{block}");
        }
    }
}
