//! IAM roles: trust, permissions, boundary.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::inventory::{Fact, Listing, NamedPolicy, Role};
use futures::{StreamExt, stream};

use super::Reach;
use crate::collect::{Run, Session};
use crate::{
    GetPolicy, GetPolicyVersion, GetRole, GetRolePolicy, ListAttachedRolePolicies, ListRolePolicies,
};

pub(super) async fn read(
    run: &Run<'_>,
    reach: &Reach<'_>,
    arns: BTreeSet<String>,
) -> BTreeMap<String, Fact<Role>> {
    stream::iter(arns)
        .map(|arn| async move {
            let role = read_one(run, reach, &arn).await;
            (arn, role)
        })
        .buffer_unordered(run.options.places_at_once.max(1))
        .collect()
        .await
}

/// Account and name (without path) of a role ARN.
fn parse_arn(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let account_id = parts.next()?;
    let name = parts.next()?.strip_prefix("role/")?.rsplit('/').next()?;
    (!account_id.is_empty() && !name.is_empty()).then_some((account_id, name))
}

async fn read_one(run: &Run<'_>, reach: &Reach<'_>, arn: &str) -> Fact<Role> {
    let Some((account_id, name)) = parse_arn(arn) else {
        return Fact::NotRead;
    };
    let Some(account) = reach.account(account_id) else {
        reach.out_of_reach(account_id, "iam:GetRole", arn);
        return Fact::NotRead;
    };
    let session = Session::new(run, account.home.clone());
    let role_name = || name.to_owned();
    let detail = session
        .fact(
            arn,
            GetRole {
                role_name: role_name(),
            },
        )
        .await;
    let Fact::Present(detail) = detail else {
        return if detail.is_absent() {
            Fact::Absent
        } else {
            Fact::NotRead
        };
    };
    let boundary = async {
        match &detail.permissions_boundary_arn {
            None => Fact::Absent,
            Some(policy_arn) => Fact::Present(managed(&session, policy_arn).await),
        }
    };
    let (inline_policies, attached_policies, permissions_boundary) = futures::join!(
        inline(&session, arn, name),
        attached(&session, arn, name),
        boundary
    );
    Fact::Present(Role {
        arn: detail.arn,
        trust_policy: detail.trust_policy.map_or(Fact::NotRead, Fact::Present),
        inline_policies,
        attached_policies,
        permissions_boundary,
        tags: detail.tags,
    })
}

async fn inline(session: &Session<'_>, arn: &str, role: &str) -> Listing<NamedPolicy> {
    let request = ListRolePolicies {
        role_name: role.to_owned(),
        next_token: None,
    };
    let (names, _) = session.list(request, Some(arn)).await;
    let items = stream::iter(names.items)
        .map(|name| async move {
            let request = GetRolePolicy {
                role_name: role.to_owned(),
                policy_name: name.clone(),
            };
            NamedPolicy {
                document: session.fact(arn, request).await,
                name,
            }
        })
        .buffered(8)
        .collect()
        .await;
    Listing {
        state: names.state,
        items,
    }
}

async fn attached(session: &Session<'_>, arn: &str, role: &str) -> Listing<NamedPolicy> {
    let request = ListAttachedRolePolicies {
        role_name: role.to_owned(),
        next_token: None,
    };
    let (arns, _) = session.list(request, Some(arn)).await;
    let items = stream::iter(&arns.items)
        .map(|policy_arn| managed(session, policy_arn))
        .buffered(8)
        .collect()
        .await;
    Listing {
        state: arns.state,
        items,
    }
}

/// The default version of a managed policy.
async fn managed(session: &Session<'_>, policy_arn: &str) -> NamedPolicy {
    let version = session
        .fact(
            policy_arn,
            GetPolicy {
                policy_arn: policy_arn.to_owned(),
            },
        )
        .await;
    let document = match version {
        Fact::Present(version_id) => {
            let request = GetPolicyVersion {
                policy_arn: policy_arn.to_owned(),
                version_id,
            };
            session.fact(policy_arn, request).await
        }
        Fact::Absent => Fact::Absent,
        Fact::NotRead => Fact::NotRead,
    };
    NamedPolicy {
        name: policy_arn.to_owned(),
        document,
    }
}

#[cfg(test)]
mod tests {
    use super::parse_arn;

    #[test]
    fn role_arns_with_and_without_path() {
        for (arn, expected) in [
            (
                "arn:aws:iam::111122223333:role/flow",
                Some(("111122223333", "flow")),
            ),
            (
                "arn:aws-cn:iam::111122223333:role/a/b/flow",
                Some(("111122223333", "flow")),
            ),
            ("arn:aws:iam::111122223333:user/flow", None),
            ("arn:aws:iam::111122223333:role/", None),
            ("flow", None),
            ("", None),
        ] {
            assert_eq!(parse_arn(arn), expected, "{arn}");
        }
    }
}
