//! Calls that come to grief once or a few times, before or after AWS acted.

use super::{Faults, Matching};
use crate::simulator::refusals::{failed, no_connection, throttled};
use crate::{CloudError, ErrorKind};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// No connection comes about: AWS never hears of the call.
    NoConnection,
    /// The connection breaks before AWS has acted.
    ConnectionDropped,
    /// AWS acts, and the connection breaks before the answer is here.
    AnswerLost,
    /// AWS throttles.
    Throttled,
    /// AWS answers HTTP 5xx without having acted.
    Failed,
    /// AWS answers HTTP 5xx although it acted.
    FailedAfterActing,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NoConnection,
        Self::ConnectionDropped,
        Self::AnswerLost,
        Self::Throttled,
        Self::Failed,
        Self::FailedAfterActing,
    ];

    /// Whether AWS does what the call asks for all the same.
    #[must_use]
    pub const fn acts(self) -> bool {
        matches!(self, Self::AnswerLost | Self::FailedAfterActing)
    }

    /// What the caller is told. Before and after acting it is the same.
    pub(in crate::simulator) fn error(self, region: &str, action: &str) -> CloudError {
        match self {
            Self::NoConnection => no_connection(region, action),
            Self::ConnectionDropped | Self::AnswerLost => CloudError::new(
                ErrorKind::Unreachable,
                "ConnectionLost",
                "the connection was closed before the answer came",
            ),
            Self::Throttled => throttled(action),
            Self::Failed | Self::FailedAfterActing => failed(action),
        }
    }
}

#[derive(Clone, Debug)]
struct Planned {
    trouble: Trouble,
    matching: Matching,
    /// Calls that still pass.
    passes: u32,
    /// Calls that it then befalls.
    times: u32,
}

/// What is to befall calls, in the order in which it was planned.
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles(Vec<Planned>);

impl Faults {
    /// Lets that befall the next so many calls.
    pub fn befall(&mut self, trouble: Trouble, matching: Matching, times: u32) {
        self.befall_after(0, trouble, matching, times);
    }

    /// Lets so many calls pass, and that befall the next ones.
    pub fn befall_after(&mut self, passes: u32, trouble: Trouble, matching: Matching, times: u32) {
        self.troubles.0.push(Planned {
            trouble,
            matching,
            passes,
            times,
        });
    }

    /// Nothing more befalls calls.
    pub fn spare_all(&mut self) {
        self.troubles.0.clear();
    }

    /// What befalls this call, if anything does: of several, the one that was planned first.
    pub(in crate::simulator) fn next_trouble(
        &mut self,
        account_id: &str,
        region: &str,
        action: &str,
    ) -> Option<Trouble> {
        let mut troubles = self.troubles.0.iter_mut();
        troubles.find_map(|planned| {
            if planned.times == 0 || !planned.matching.matches(account_id, region, action) {
                return None;
            }
            if planned.passes > 0 {
                planned.passes -= 1;
                return None;
            }
            planned.times -= 1;
            Some(planned.trouble)
        })
    }
}
