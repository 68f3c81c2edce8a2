//! Who a statement is about (IAM User Guide, "IAM JSON policy elements: Principal" and "NotPrincipal").

use super::document::{PrincipalScope, PrincipalSet};
use super::evaluate::PolicyKind;
use super::request::Principal;
use super::truth::Truth;

/// Whether the element covers the principal.
pub(super) fn covers(scope: &PrincipalScope, principal: &Principal, kind: PolicyKind) -> Truth {
    match scope {
        PrincipalScope::Only(set) => contains(set, principal, kind),
        PrincipalScope::AllBut(set) => match (contains(set, principal, kind), principal) {
            // NotPrincipal spares a role only if its account is listed as well: more than the one ARN decides.
            (Truth::Yes, Principal::Aws { .. }) => {
                Truth::unknown("whom NotPrincipal spares hangs on the whole session")
            }
            (truth, _) => truth.negate(),
        },
    }
}

fn contains(set: &PrincipalSet, principal: &Principal, kind: PolicyKind) -> Truth {
    match principal {
        Principal::Service(name) => contains_service(set, name, kind),
        Principal::Aws { account_id, arn } => contains_aws(set, account_id, arn),
    }
}

fn contains_service(set: &PrincipalSet, name: &str, kind: PolicyKind) -> Truth {
    let named = Truth::any(set.service.iter().map(|listed| same_service(listed, name)));
    match (set.is_everyone(), kind) {
        (false, _) => named,
        (true, PolicyKind::Trust) => named.or(Truth::unknown(
            "whether the principal \"*\" of a trust policy includes AWS services is not documented",
        )),
        (true, _) => Truth::Yes,
    }
}

/// Names that differ only in the region or the domain may mean the same service to AWS; exactly equal ones surely do.
fn same_service(listed: &str, name: &str) -> Truth {
    if listed == name {
        return Truth::Yes;
    }
    let service = |name: &str| {
        name.split(".amazonaws.")
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let (one, other) = (service(listed), service(name));
    let extends = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    if listed == "*" || one == other || extends(&one, &other) || extends(&other, &one) {
        return Truth::unknown(format!(
            "whether the service principal {listed:?} means {name:?} is not documented"
        ));
    }
    Truth::No
}

fn contains_aws(set: &PrincipalSet, account_id: &str, arn: &str) -> Truth {
    if set.everyone {
        return Truth::Yes;
    }
    let named = Truth::any(
        set.aws
            .iter()
            .map(|listed| same_aws(listed, account_id, arn)),
    );
    if set.canonical_user.is_empty() {
        return named;
    }
    named.or(Truth::unknown(
        "which account a canonical user id belongs to is not known",
    ))
}

fn same_aws(listed: &str, account_id: &str, arn: &str) -> Truth {
    let is_account = listed == account_id || is_root_of(listed, account_id);
    if listed == "*" || listed == arn || is_account {
        return Truth::Yes;
    }
    let is_unique_id = !listed.contains(':') && !listed.bytes().all(|byte| byte.is_ascii_digit());
    if is_unique_id {
        return Truth::unknown(format!(
            "which principal has the unique id {listed:?} is not known"
        ));
    }
    if listed.contains(":assumed-role/") && listed.contains(account_id) {
        return Truth::unknown(format!("whether the session is {listed:?} is not known"));
    }
    Truth::No
}

fn is_root_of(listed: &str, account_id: &str) -> bool {
    let mut parts = listed.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.nth(1) == Some("iam")
        && parts.nth(1) == Some(account_id)
        && parts.next() == Some("root")
}
