//! What could not be read, and the permission that would have been needed.

use super::{Check, Sink};
use crate::Severity;
use crate::finding::Resource;
use crate::inventory::Gap;
use crate::judge::Context;

/// The check.
pub const CHECK: Check = Check {
    id: "not-readable",
    severity: Severity::Info,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    let mut gaps: Vec<&Gap> = context.inventory().gaps.iter().collect();
    gaps.sort();
    gaps.dedup();
    for gap in gaps {
        let about = gap
            .resource
            .as_deref()
            .map_or(String::new(), |resource| format!(" of {resource}"));
        let message = format!(
            "{}{about} could not be read: {}",
            gap.action, gap.error_code
        );
        let draft = CHECK
            .finds(place(gap), message)
            .evidence("Action", gap.action.as_str())
            .evidence("ErrorCode", gap.error_code.as_str())
            .evidence("Message", gap.message.as_str())
            .evidence("Permission", gap.permission.as_deref())
            .told_apart_by(gap.action.as_str());
        let draft = match &gap.permission {
            Some(permission) => {
                draft.fix(format!("grant {permission} to the role that audits"), true)
            }
            None => draft,
        };
        sink.on_report(draft);
    }
}

/// The resource that was asked about, else the account, else the run.
fn place(gap: &Gap) -> Resource {
    let (kind, id) = match (&gap.resource, &gap.account_id) {
        (Some(resource), _) => ("AWS::Resource", resource.as_str()),
        (None, Some(account)) => ("AWS::Organizations::Account", account.as_str()),
        (None, None) => ("flowcover::Run", "run"),
    };
    Resource {
        account_id: gap.account_id.clone(),
        region: gap.region.clone(),
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;

    #[test]
    fn each_gap_names_its_permission() {
        assert_eq!(findings(&cis(&bare()), "not-readable"), []);
        let unread = but(bare(), |i| {
            i.gaps.push(gap("ec2:DescribeSubnets"));
            i.gaps.push(gap("ec2:DescribeFlowLogs"));
            i.gaps.push(gap("ec2:DescribeSubnets"));
        });
        let found = findings(&cis(&unread), "not-readable");
        let permissions: Vec<_> = found
            .iter()
            .map(|finding| finding.evidence["Permission"].clone())
            .collect();
        assert_eq!(permissions, ["ec2:DescribeFlowLogs", "ec2:DescribeSubnets"]);
        assert_ne!(found[0].fingerprint, found[1].fingerprint);
    }
}
