//! Interfaces that stop recording.

use super::{Made, Scene, Stop, Technique, Variant, Window};
use crate::hidden::Hidden;
use crate::network::{InterfaceIndex, Network, Role};
use crate::random::Random;

/// The interfaces that stop recording, in the order in which that was asked for, each only once. None where there are not so
/// many that others of their kind go on.
pub(crate) fn stopped(
    seed: u64,
    network: &Network,
    wanted: &[Hidden],
) -> Vec<Option<InterfaceIndex>> {
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
        let one = free(network, &roles, &stopped, &mut random);
        stopped.push(one);
    }
    stopped
}

/// One that goes on recording, of a role of which another one goes on, too.
fn free(
    network: &Network,
    roles: &[Role],
    stopped: &[Option<InterfaceIndex>],
    random: &mut Random,
) -> Option<InterfaceIndex> {
    roles.iter().find_map(|role| {
        let all = network.of(*role).iter().copied();
        let left: Vec<_> = all.filter(|one| !stopped.contains(&Some(*one))).collect();
        let one = random.pick(&left).copied();
        one.filter(|_| left.len() > 1)
    })
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
