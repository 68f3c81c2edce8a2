//! Why nothing could be read, and what to do about it: what is said where the exit code is 4.

use flowcover_cloud::collect::{NO_ROLE_NAME, NO_SUCH_UNIT};
use flowcover_core::inventory::{Gap, GapKind, Inventory};

use crate::failure::Failure;

/// The gap that tells most, as one line with a hint.
pub(crate) fn why(inventory: &Inventory) -> Failure {
    let Some(gap) = telling(&inventory.gaps) else {
        return Failure::nothing_read("no account could be entered")
            .hint("`flowcover permissions audit` prints what the caller needs");
    };
    let account = gap.account_id.as_deref().unwrap_or_default();
    let about = [account, gap.resource.as_deref().unwrap_or_default()];
    let about: Vec<&str> = about.into_iter().filter(|part| !part.is_empty()).collect();
    let about = if about.is_empty() {
        String::new()
    } else {
        format!(" ({})", about.join(", "))
    };
    Failure::nothing_read(format!(
        "nothing could be read: {}{about}: {}: {}",
        gap.action, gap.error_code, gap.message
    ))
    .hint(hint(gap))
}

/// What keeps the caller out altogether comes before what keeps it out of one place.
fn telling(gaps: &[Gap]) -> Option<&Gap> {
    let find = |wanted: fn(&&Gap) -> bool| gaps.iter().find(wanted);
    find(|gap| gap.kind == GapKind::Credentials)
        .or_else(|| find(|gap| gap.error_code == NO_SUCH_UNIT))
        .or_else(|| find(|gap| gap.error_code == NO_ROLE_NAME))
        .or_else(|| find(|gap| gap.kind == GapKind::Denied))
        .or(gaps.first())
}

fn hint(gap: &Gap) -> &'static str {
    match gap.error_code.as_str() {
        NO_SUCH_UNIT => {
            return "check --include-unit and --exclude-unit: ids and names are taken as they are spelled";
        }
        NO_ROLE_NAME => return "give --role-name, the role to assume in other accounts",
        _ => {}
    }
    match gap.kind {
        GapKind::Credentials => {
            "check with `aws sts get-caller-identity`; set AWS_PROFILE or --profile, or log in with `aws sso login`"
        }
        GapKind::Unreachable => "check the network, AWS_ENDPOINT_URL and the region",
        GapKind::Interrupted | GapKind::Deadline | GapKind::Throttled => "run it again",
        _ => "`flowcover permissions audit` prints what the caller needs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(kind: GapKind, code: &str) -> Gap {
        Gap {
            account_id: Some("111111111111".to_owned()),
            region: None,
            action: "sts:AssumeRole".to_owned(),
            resource: None,
            kind,
            error_code: code.to_owned(),
            permission: None,
            message: "no".to_owned(),
        }
    }

    #[test]
    fn the_gap_that_tells_most_is_said() {
        let unreachable = gap(GapKind::Unreachable, "ConnectTimeout");
        let denied = gap(GapKind::Denied, "AccessDenied");
        let expired = gap(GapKind::Credentials, "ExpiredToken");
        let gaps = [unreachable, denied, expired];
        for (known, code) in [
            (1, "ConnectTimeout"),
            (2, "AccessDenied"),
            (3, "ExpiredToken"),
        ] {
            let found = telling(&gaps[..known]).map(|gap| gap.error_code.as_str());
            assert_eq!(found, Some(code));
        }
        assert_eq!(telling(&[]), None);
    }

    #[test]
    fn it_is_one_line_with_account_action_and_code() {
        let inventory = Inventory {
            gaps: vec![gap(GapKind::Denied, NO_ROLE_NAME)],
            ..Inventory::empty(jiff::Timestamp::UNIX_EPOCH)
        };
        assert_eq!(
            why(&inventory).to_string(),
            "nothing could be read: sts:AssumeRole (111111111111): NoRoleName: no"
        );
    }
}
