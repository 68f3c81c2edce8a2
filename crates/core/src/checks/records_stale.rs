//! Nothing arrived lately although interfaces are in use (`--prove`).

use super::evidence::{about_flow_log, each_proof};
use super::{Check, Sink};
use crate::Severity;
use crate::inventory::Fact;
use crate::judge::Context;
use crate::judge::delivery::Proof;

/// The check.
pub const CHECK: Check = Check {
    id: "records-stale",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let window = &context.policy.freshness_seconds;
    each_proof(&CHECK, context, sink, |at, proof| {
        let id = &at.flow_log.flow_log_id;
        let newest = match proof {
            Proof::RecordsStale { at: Some(newest) } => Some(newest.to_string()),
            _ => None,
        };
        let found = context
            .inventory()
            .last_records
            .get(id)
            .and_then(Fact::present);
        let message = match &newest {
            Some(newest) => format!(
                "the newest record of flow log {id} is of {newest}, older than {} seconds",
                window.value
            ),
            None => format!("no record of flow log {id} was found"),
        };
        about_flow_log(&CHECK, context, at, format!("{message}, although interfaces are in use"))
            .evidence("LastRecordAt", newest)
            .evidence("SearchedFrom", found.map(|found| found.searched_from.to_string()))
            .policy(&window.origin)
            .fix("find out why delivery stopped: destination, role, quota; if nothing is wrong, create the flow log anew", true)
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use crate::fixture::*;
    use crate::inventory::{Fact, Inventory, LastRecord};
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let newest = |at: &str| -> Inventory {
            but(recorded(), |i| {
                i.proved = true;
                let record = LastRecord {
                    at: Some(at.parse().unwrap()),
                    seen_in: None,
                    searched_from: "2026-11-01T00:00:00Z".parse().unwrap(),
                    interfaces: BTreeMap::new(),
                };
                i.last_records
                    .insert("fl-1".to_owned(), Fact::Present(record));
            })
        };
        let unread = but(recorded(), |i| {
            i.proved = true;
            i.last_records.insert("fl-1".to_owned(), Fact::NotRead);
        });
        let cases = [
            newest("2026-11-20T11:55:00Z"),
            newest("2026-11-19T00:00:00Z"),
            unread,
        ];
        let found = three_ways("records-stale", &Policy::default(), cases);
        assert_eq!(found[0].evidence["LastRecordAt"], "2026-11-19T00:00:00Z");
    }
}
