//! What a detection is.

use flowcover_core::Severity;
use schemars::JsonSchema;
use serde::Serialize;

use crate::parameters::{Parameter, Parameters};
use crate::query::{Narrow, query};
use crate::watch::{Watch, Watcher};
use crate::world::World;

/// A technique of MITRE ATT&CK (attack.mitre.org, Enterprise).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Technique {
    /// Such as `T1046`.
    pub id: &'static str,
    /// Such as `Network Service Discovery`.
    pub name: &'static str,
}

/// A detection: one id, one file, one page.
pub struct Detection {
    /// Its id, in kebab-case: public API.
    pub id: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// How much its findings matter, where nothing makes them matter more or less.
    pub severity: Severity,
    /// What attackers do that it sees.
    pub techniques: &'static [Technique],
    /// What can be tuned.
    pub parameters: &'static [Parameter],
    /// Fields of the record format, by AWS's names, without which it finds less, and what it then does.
    pub weakened_by: &'static [(&'static str, &'static str)],
    /// SQL over the table `flows` that shows its findings: [`Engine`](crate::Engine) narrows it to the ends of each.
    pub sql: &'static str,
    /// Whether the query decides as the operator does: it has a row for each finding, and no other. If not, it shows the flows that the
    /// operator judged.
    pub sql_decides: bool,
    /// The rest of its page: what it sees, what it cannot see, false positives, how to tune.
    pub page: &'static str,
    /// Makes its operator, which may hold so many bytes.
    pub(crate) watcher: fn(&Parameters, usize) -> Box<dyn Watcher>,
}

impl Detection {
    /// The detection of that id.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        DETECTIONS
            .iter()
            .copied()
            .find(|detection| detection.id == id)
    }
}

impl Detection {
    /// Its query over all flows, with the defaults of its parameters.
    #[must_use]
    pub fn query_of_all(&self, world: &World) -> String {
        let parameters = Parameters::defaults(self.parameters);
        query(self.sql, &parameters, world, &Narrow::default())
    }
}

impl std::fmt::Debug for Detection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// Puts an operator into the table of detections.
pub(crate) fn boxed<W: Watch>(watch: W) -> Box<dyn Watcher> {
    Box::new(watch)
}

pub use crate::detections::DETECTIONS;
