//! Who calls whom, and what they exchange.

use crate::connection::{Place, Volume, translated_port};
use crate::network::{HostIndex, InterfaceIndex, Network, Role};
use crate::random::Random;

/// The packets for that many bytes of an answer, and the acknowledgements of the other side.
pub(crate) fn exchange(request: u64, answer: u64) -> (Volume, Volume) {
    let full = 1448;
    let answers = answer.div_ceil(full) + 3;
    let requests = request.div_ceil(full) + 3 + answers / 2;
    (
        Volume {
            packets: requests,
            bytes: request + requests * 52,
        },
        Volume {
            packets: answers,
            bytes: answer + answers * 52,
        },
    )
}

/// One of those without a public address that call others.
pub(crate) fn private_client(network: &Network, random: &mut Random) -> InterfaceIndex {
    let role = match random.below(10) {
        0..4 => Role::Application,
        4..7 => Role::Web,
        _ => Role::Batch,
    };
    network.any(role, random)
}

/// A gateway of the same VPC, with the port that it translates to.
pub(crate) fn nat_gateway(network: &Network, client: InterfaceIndex, random: &mut Random) -> Place {
    let vpc = &network.subnet(client).vpc_id;
    let near: Vec<InterfaceIndex> = network
        .of(Role::NatGateway)
        .iter()
        .copied()
        .filter(|gateway| &network.subnet(*gateway).vpc_id == vpc)
        .collect();
    let gateway = random.pick(&near).copied();
    let gateway = gateway.unwrap_or_else(|| network.any(Role::NatGateway, random));
    Place::new(network, gateway, translated_port(random))
}

/// One host of the internet that is a client of ours for longer.
pub(crate) fn steady_client(network: &Network, random: &mut Random) -> HostIndex {
    network.clients.at(random.below(network.clients.count))
}
