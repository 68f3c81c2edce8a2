use std::collections::BTreeSet;

use flowcover_core::call::{ACTIONS_BESIDES, FlowLogRequest, WRITE_ACTIONS};
use flowcover_core::inventory::Tags;
use flowcover_core::plan::{Change, PolicyStatement, Replaced};

use super::*;

/// As much as can be asked for.
fn everything() -> Changing {
    Changing {
        replace: true,
        delete_records: true,
        ..Changing::default()
    }
}

fn actions(grants: &[Grant]) -> BTreeSet<&'static str> {
    let actions = grants.iter().flat_map(|it| it.actions.iter().copied());
    actions.collect()
}

fn both(part: Part, changing: &Changing) -> BTreeSet<&'static str> {
    let vpcs = actions(&account_with_vpcs(part, changing));
    let bucket = actions(&account_with_bucket(part, changing));
    vpcs.union(&bucket).copied().collect()
}

/// Every action behind the calls that change something is granted to somebody, and no other that changes something.
#[test]
fn the_grants_are_the_table() {
    let apply = both(Part::Apply, &everything());
    let granted = &apply | &both(Part::Rollback, &everything());
    let reads: BTreeSet<&str> = crate::READ_ACTIONS.iter().copied().collect();
    let writes: BTreeSet<&str> = granted.difference(&reads).copied().collect();
    let table = WRITE_ACTIONS.iter().chain(&ACTIONS_BESIDES).copied();
    assert_eq!(writes, table.collect());
    let read: BTreeSet<&str> = granted.intersection(&reads).copied().collect();
    assert!(READS.iter().all(|it| read.contains(it)), "{read:?}");
}

#[test]
fn verify_changes_nothing() {
    let granted = both(Part::Verify, &everything());
    let reads: BTreeSet<&str> = crate::READ_ACTIONS.iter().copied().collect();
    assert!(granted.is_subset(&reads), "{granted:?}");
}

#[test]
fn what_must_be_asked_for_is_not_granted_unasked() {
    let usual = Changing::default();
    let apply = both(Part::Apply, &usual);
    assert!(!apply.iter().any(|it| it.contains(":Delete")), "{apply:?}");
    let rollback = both(Part::Rollback, &usual);
    for action in ["s3:DeleteObject", "ec2:CreateFlowLogs", "iam:PassRole"] {
        assert!(!rollback.contains(action), "{action}");
    }
}

/// What every kind of change says that it needs is granted.
#[test]
fn every_change_has_what_it_needs() {
    let replaced = || Replaced {
        before: None,
        after: "{}".to_owned(),
    };
    let name = || "flowcover-a".to_owned();
    let statement = || PolicyStatement {
        sid: "Ours".to_owned(),
        statement: "{}".to_owned(),
    };
    let changes = [
        Change::CreateRole {
            tags: Tags::new(),
            role_name: name(),
            trust_policy: String::new(),
            policy_name: String::new(),
            policy: String::new(),
        },
        Change::MendRole {
            role_name: name(),
            trust_policy: Some(replaced()),
            policy_name: String::new(),
            policy: Some(replaced()),
        },
        Change::CreateLogGroup {
            tags: Tags::new(),
            log_group_name: name(),
            retention_in_days: Some(365),
            kms_key_id: Some(name()),
        },
        Change::SetRetention {
            log_group_name: name(),
            retention_in_days: Replaced {
                before: None,
                after: 365,
            },
        },
        Change::SetLogGroupKey {
            log_group_name: name(),
            kms_key_id: replaced(),
        },
        Change::CreateBucket {
            tags: Tags::new(),
            bucket: name(),
            encryption: "AES256".to_owned(),
            kms_key: None,
            expiration_days: Some(365),
            statements: vec![statement()],
        },
        Change::AddBucketStatement {
            bucket: name(),
            statement: statement(),
            before: None,
        },
        Change::CreateFlowLogs {
            flow_logs: FlowLogRequest {
                deliver_logs_permission_arn: Some(name()),
                ..FlowLogRequest::default()
            },
            existing: Vec::new(),
        },
        Change::CreateFlowLogs {
            flow_logs: FlowLogRequest::default(),
            existing: Vec::new(),
        },
        Change::DeleteFlowLogs {
            flow_logs: Vec::new(),
        },
    ];
    let in_vpcs = actions(&account_with_vpcs(Part::Apply, &everything()));
    let in_bucket = actions(&account_with_bucket(Part::Apply, &everything()));
    for change in changes {
        let of_bucket = matches!(
            change,
            Change::CreateBucket { .. } | Change::AddBucketStatement { .. }
        );
        let granted = if of_bucket { &in_bucket } else { &in_vpcs };
        for action in change.iam_actions() {
            assert!(granted.contains(action.as_str()), "{action} for {change:?}");
        }
    }
}

/// Roles, and nothing that AWS can narrow, on everything.
#[test]
fn only_what_takes_no_resource_is_granted_on_everything() {
    let mut on_everything = BTreeSet::new();
    for part in [Part::Apply, Part::Rollback] {
        let usual = Changing::default();
        let mut grants = account_with_vpcs(part, &usual);
        grants.extend(account_with_bucket(part, &usual));
        let wide = grants.iter().filter(|it| it.resources == ["*"]);
        on_everything.extend(wide.flat_map(|it| it.actions.iter().copied()));
    }
    let writes = WRITE_ACTIONS.iter().chain(&ACTIONS_BESIDES);
    let wide: Vec<_> = writes.filter(|it| on_everything.contains(*it)).collect();
    assert_eq!(wide, [&"logs:CreateLogDelivery", &"logs:DeleteLogDelivery"]);
}

#[test]
fn resources_and_conditions_are_as_narrow_as_they_are_asked_for() {
    let changing = Changing {
        log_groups: vec!["/flowcover/*".to_owned(), "/vpc/one".to_owned()],
        buckets: vec!["central".to_owned()],
        replace: false,
        delete_records: true,
    };
    let grants = account_with_vpcs(Part::Apply, &changing);
    let of = |sid: &str| grants.iter().find(|it| it.sid == sid);
    let groups = of("LogGroups").map(|it| it.resources.as_slice());
    let expected = [
        "arn:*:logs:*:*:log-group:/flowcover/*",
        "arn:*:logs:*:*:log-group:/vpc/one",
        "arn:*:logs:*:*:log-group:/vpc/one:*",
    ];
    assert_eq!(groups, Some(expected.map(str::to_owned).as_slice()));
    let passes = of("PassRoles").map(|it| (it.resources.as_slice(), it.conditions.as_slice()));
    let to_flow_logs = equals("iam:PassedToService", "vpc-flow-logs.amazonaws.com");
    let ours = ["arn:*:iam::*:role/flowcover-*".to_owned()];
    assert_eq!(passes, Some((ours.as_slice(), [to_flow_logs].as_slice())));
    assert_eq!(
        of("Roles").map(|it| it.resources.as_slice()),
        Some(ours.as_slice())
    );
    let grants = account_with_bucket(Part::Rollback, &changing);
    let resources: Vec<_> = grants.iter().flat_map(|it| it.resources.iter()).collect();
    assert_eq!(resources, ["arn:*:s3:::central", "arn:*:s3:::central/*"]);
}

/// Statement ids of a policy are unique, and letters and digits.
#[test]
fn statement_ids_are_unique() {
    for part in [Part::Apply, Part::Verify, Part::Rollback] {
        for grants in [
            account_with_vpcs(part, &everything()),
            account_with_bucket(part, &everything()),
        ] {
            let sids: BTreeSet<_> = grants.iter().map(|it| it.sid).collect();
            assert_eq!(sids.len(), grants.len());
            assert!(
                sids.iter()
                    .all(|it| it.bytes().all(|it| it.is_ascii_alphanumeric()))
            );
        }
    }
}
