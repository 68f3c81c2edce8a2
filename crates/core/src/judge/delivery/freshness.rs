//! Whether records arrived lately (`--prove`).

use jiff::{SignedDuration, Timestamp};

use super::facts::{Facts, Proof};
use crate::inventory::{Fact, FlowLog, Inventory, LastRecord};
use crate::judge::index::Presence;
use crate::judge::traffic::Traffic;
use crate::policy::Policy;

/// What the newest record says of a flow log whose interfaces are there or not.
pub(super) fn judge(
    inventory: &Inventory,
    policy: &Policy,
    flow_log: &FlowLog,
    presence: Presence,
) -> Facts {
    if !inventory.proved {
        return Facts::default();
    }
    let since = window_start(inventory.collected_at, policy.freshness_seconds.value);
    let last = match inventory.last_records.get(&flow_log.flow_log_id) {
        Some(Fact::Present(last)) => last,
        Some(Fact::Absent) => &LastRecord {
            at: None,
            seen_in: None,
            searched_from: since,
            interfaces: std::collections::BTreeMap::new(),
        },
        Some(Fact::NotRead) | None if presence.in_use == Some(false) => return Facts::default(),
        Some(Fact::NotRead) | None => {
            return Facts::doubt("the time of its newest record was not read");
        }
    };
    let is_fresh = last.at.is_some_and(|at| at >= since);
    match (is_fresh, presence.in_use) {
        (true, _) | (_, Some(false)) => Facts::default(),
        (false, None) => Facts::doubt(
            "no record arrived lately, and whether an interface in use would produce one was not read",
        ),
        (false, Some(true)) => stale(last, since, flow_log),
    }
}

fn stale(last: &LastRecord, since: Timestamp, flow_log: &FlowLog) -> Facts {
    if last.at.is_none() && last.searched_from > since {
        return Facts::doubt("its records were searched over less than the freshness window");
    }
    if flow_log.creation_time.is_some_and(|made| made > since) {
        return Facts::doubt(
            "it was made within the freshness window, and no record of it arrived yet",
        );
    }
    // An interface without any traffic still writes NODATA (VPC User Guide, "Flow log records",
    // `log-status`). Whether one does whose traffic is all of the other kind is not documented.
    let captures = flow_log.traffic_type.as_ref();
    match (Traffic::sure(captures), captures) {
        (Traffic::ALL, _) => Facts::proof(Proof::RecordsStale { at: last.at }),
        (_, Some(only)) => Facts::doubt(format!(
            "no record arrived lately, and it captures {} only: where no such traffic is, there may be none",
            only.as_str()
        )),
        (_, None) => Facts::doubt(
            "no record arrived lately, and which traffic it captures is not known (TrafficType)",
        ),
    }
}

/// Start of the freshness window; the beginning of time where the window is longer than time is.
pub(crate) fn window_start(end: Timestamp, seconds: u32) -> Timestamp {
    end.checked_sub(SignedDuration::from_secs(i64::from(seconds)))
        .unwrap_or(Timestamp::MIN)
}
