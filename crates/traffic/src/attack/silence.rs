//! Interfaces that stop recording.

use super::{Made, Scene, Stop, Technique, Variant, Window};
use crate::hidden::Hidden;
use crate::network::{InterfaceIndex, Network, Role};
use crate::random::Random;

/// The interfaces that stop recording, in the order in which that was asked for, each only once.
pub(crate) fn stopped(seed: u64, network: &Network, wanted: &[Hidden]) -> Vec<InterfaceIndex> {
    let mut stopped = Vec::new();
    for (number, hidden) in wanted.iter().enumerate() {
        let Hidden::Attack(Technique::RecordingStopped, variant) = hidden else {
            continue;
        };
        let mut random = Random::stream(seed, &[15, number as u64]);
        let roles = match variant {
            Variant::Easy => [Role::Edge, Role::Application, Role::Web],
            Variant::Realistic => [Role::Application, Role::Web, Role::Batch],
            Variant::Evasive => [Role::Batch, Role::Database, Role::Web],
        };
        stopped.push(free(network, &roles, &stopped, &mut random));
    }
    stopped
}

/// One that goes on recording, of a role of which another one goes on, too.
fn free(
    network: &Network,
    roles: &[Role],
    stopped: &[InterfaceIndex],
    random: &mut Random,
) -> InterfaceIndex {
    for role in roles {
        let all = network.of(*role).iter().copied();
        let left: Vec<_> = all.filter(|one| !stopped.contains(one)).collect();
        if let (Some(one), true) = (random.pick(&left), left.len() > 1) {
            return *one;
        }
    }
    network.any(Role::Application, random)
}

/// Its flow log is gone: nothing any more, not even that there was nothing. The easy one says at first that records were
/// skipped; who evades makes the flow log anew after forty minutes.
pub(super) fn recording_stopped(scene: &Scene<'_>, random: &mut Random) -> Made {
    let third = scene.day.seconds / 3;
    let window = scene.window(scene.vary(third / 2, third / 2, 2400), random);
    let end = scene.day.from + i64::from(scene.day.seconds);
    let Window { from, to } = window;
    let stop = scene.silenced.map(|interface| Stop {
        interface,
        from,
        to: scene.vary(end, end, to),
        announced: scene.variant == Variant::Easy,
    });
    Made {
        stop,
        ..Made::default()
    }
}
