//! The checks: each a pure function over the judged inventory, with an id that is public.
//!
//! Every check is one file of the same shape: a constant [`Check`] whose `run` looks at the
//! [`Context`] and pushes what it finds into the [`Sink`]. It prints nothing and cannot fail.

pub mod bucket_exposed;
pub mod bucket_refuses_delivery;
pub mod coverage_partial;
pub mod delivery_failing;
pub mod destination_missing;
pub mod destination_not_allowed;
pub mod destination_shared;
mod draft;
mod evidence;
pub mod exemption_expired;
pub mod exemption_stale;
mod fingerprint;
pub mod flow_log_duplicate;
pub mod flow_log_missing;
pub mod format_lacks_fields;
pub mod interval_too_coarse;
pub mod log_group_unencrypted;
pub mod not_protected;
pub mod not_readable;
pub mod records_stale;
mod resource;
pub mod retention_out_of_policy;
pub mod role_lacks_permission;
pub mod role_not_assumable;
pub mod role_too_broad;
mod sink;
pub mod traffic_type_insufficient;
pub mod transit_gateway_not_recorded;

use crate::Severity;
use crate::judge::Context;

pub use draft::Draft;
pub(crate) use fingerprint::fingerprint;
pub use sink::Sink;

/// One check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its id in kebab case: never renamed, never given to another check.
    pub id: &'static str,
    /// How much its finding matters, unless context or policy say otherwise.
    pub severity: Severity,
    /// Whether its finding decides a verdict.
    pub decides: bool,
    /// Looks, and pushes what it finds.
    pub run: fn(&Context<'_>, &mut Sink<'_>),
}

/// All checks, in the order of the documentation.
pub static ALL: &[Check] = &[
    flow_log_missing::CHECK,
    coverage_partial::CHECK,
    delivery_failing::CHECK,
    traffic_type_insufficient::CHECK,
    destination_missing::CHECK,
    role_not_assumable::CHECK,
    role_lacks_permission::CHECK,
    role_too_broad::CHECK,
    bucket_refuses_delivery::CHECK,
    bucket_exposed::CHECK,
    retention_out_of_policy::CHECK,
    destination_shared::CHECK,
    destination_not_allowed::CHECK,
    log_group_unencrypted::CHECK,
    format_lacks_fields::CHECK,
    interval_too_coarse::CHECK,
    records_stale::CHECK,
    flow_log_duplicate::CHECK,
    transit_gateway_not_recorded::CHECK,
    not_protected::CHECK,
    exemption_stale::CHECK,
    exemption_expired::CHECK,
    not_readable::CHECK,
];

/// The check with that id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Check> {
    ALL.iter().find(|check| check.id == id)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::policy::CHECK_IDS;

    #[test]
    fn ids_are_pinned() {
        let table: Vec<_> = ALL
            .iter()
            .map(|check| {
                format!(
                    "{} {} {}",
                    check.id,
                    check.severity,
                    if check.decides { "decides" } else { "-" }
                )
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn policy_files_can_name_each() {
        let ids: Vec<_> = ALL.iter().map(|check| check.id).collect();
        assert_eq!(ids, CHECK_IDS);
    }

    #[test]
    fn each_id_is_found() {
        assert!(
            ALL.iter()
                .all(|check| by_id(check.id).is_some_and(|found| found.id == check.id))
        );
        assert!(by_id("flow-log").is_none());
    }

    #[test]
    fn pages_say_what_checks_do() {
        let of_checks = ALL
            .iter()
            .map(|check| (check.id, check.severity, check.decides));
        let pages = crate::explain::pages().iter();
        let of_pages = pages.map(|page| (page.id.as_str(), page.severity, page.decides));
        assert_eq!(of_checks.collect::<Vec<_>>(), of_pages.collect::<Vec<_>>());
    }
}
