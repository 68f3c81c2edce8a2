//! Whether a flow log works.

use crate::Verdict::{NotRecorded, Recorded, Unknown};
use crate::fixture::*;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::Policy;
use crate::verdict::{Basis, Verdict};

#[track_caller]
fn check(preset: &str, inventory: &Inventory, verdict: Verdict, basis: Option<Basis>, says: &str) {
    let vpc = only(assess(inventory, &Policy::preset(preset).unwrap()));
    assert_eq!((vpc.verdict, vpc.basis), (verdict, basis), "{}", vpc.reason);
    assert!(
        vpc.reason.contains(says),
        "{:?} does not say {says:?}",
        vpc.reason
    );
}

/// The flow log of `recorded()` without a delivery status: facts alone decide.
fn silent(mut change: impl FnMut(&mut Inventory)) -> Inventory {
    but(recorded(), |inventory| {
        inventory.regions[0].flow_logs.items[0].deliver_logs_status = None;
        change(inventory);
    })
}

const FACTS: Option<Basis> = Some(Basis::Facts);
const STATUS: Option<Basis> = Some(Basis::DeliveryStatus);

#[test]
fn good_facts_are_enough_without_a_status() {
    check("cis", &silent(|_| ()), Recorded, FACTS, "every fact");
    check("strict", &silent(|_| ()), Recorded, FACTS, "every fact");
}

#[test]
fn failed_status_or_error_message_is_proof() {
    let failed = |status: Option<DeliverLogsStatus>, message: Option<&str>| {
        but(recorded(), |inventory| {
            let flow_log = &mut inventory.regions[0].flow_logs.items[0];
            flow_log.deliver_logs_status = status;
            flow_log.deliver_logs_error_message = message.map(str::to_owned);
        })
    };
    let says = "AWS reports that delivery fails";
    check(
        "cis",
        &failed(Some(DeliverLogsStatus::Failed), None),
        NotRecorded,
        STATUS,
        says,
    );
    check(
        "cis",
        &failed(None, Some("Access error")),
        NotRecorded,
        STATUS,
        says,
    );
    check(
        "cis",
        &failed(Some(DeliverLogsStatus::Success), Some("Rate limited")),
        NotRecorded,
        STATUS,
        says,
    );
    check(
        "cis",
        &failed(Some(DeliverLogsStatus::Success), Some(" ")),
        Recorded,
        FACTS,
        "",
    );
}

#[test]
fn proof_of_brokenness_beats_success() {
    let broken = [
        but(recorded(), |i| {
            i.roles.insert(
                ROLE.to_owned(),
                Fact::Present(role(WRONG_TRUST, WRITE_LOGS)),
            );
        }),
        but(recorded(), |i| {
            i.roles.insert(
                ROLE.to_owned(),
                Fact::Present(role(TRUST, r#"{"Statement":[]}"#)),
            );
        }),
        but(recorded(), |i| {
            i.roles.insert(ROLE.to_owned(), Fact::Absent);
        }),
        but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
            i.buckets.insert(BUCKET.to_owned(), Fact::Absent);
        }),
        but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
            let refusing = Bucket {
                policy: Fact::Absent,
                ..bucket()
            };
            i.buckets.insert(BUCKET.to_owned(), Fact::Present(refusing));
        }),
        but(with(vec![to_stream(flow_log("fl-1", "vpc-1"))]), |i| {
            i.delivery_streams.insert(STREAM.to_owned(), Fact::Absent);
        }),
    ];
    for inventory in &broken {
        check(
            "cis",
            inventory,
            NotRecorded,
            FACTS,
            "fl-1 does not deliver",
        );
    }
}

#[test]
fn unread_facts_leave_a_success_unless_the_policy_asks_for_facts() {
    let unread = but(recorded(), |i| {
        i.roles.insert(ROLE.to_owned(), Fact::NotRead);
    });
    check("cis", &unread, Recorded, STATUS, "DeliverLogsStatus");
    check("strict", &unread, Unknown, None, "was not read");
    let never_asked = but(recorded(), |i| i.log_groups.clear());
    check("cis", &never_asked, Recorded, STATUS, "DeliverLogsStatus");
    check("strict", &never_asked, Unknown, None, "was not read");
}

#[test]
fn unread_facts_without_a_status_are_unknown() {
    let unread = silent(|i| {
        i.roles.insert(ROLE.to_owned(), Fact::NotRead);
        let mut gap = gap("iam:GetRole");
        gap.resource = Some(ROLE.to_owned());
        i.gaps.push(gap);
    });
    check(
        "cis",
        &unread,
        Unknown,
        None,
        "iam:GetRole: UnauthorizedOperation",
    );
}

#[test]
fn depth_delivery_rests_on_the_status() {
    let shallow = |mut inventory: Inventory| {
        inventory.depth = Depth::Delivery;
        inventory
    };
    check(
        "cis",
        &shallow(recorded()),
        Recorded,
        STATUS,
        "DeliverLogsStatus",
    );
    check("strict", &shallow(recorded()), Unknown, None, "depth");
    check("cis", &shallow(bare()), NotRecorded, STATUS, "no flow log");
    check(
        "cis",
        &shallow(silent(|_| ())),
        Unknown,
        None,
        "does not say",
    );
}

#[test]
fn missing_log_group_with_an_interface_is_proof() {
    let missing = but(recorded(), |i| {
        i.log_groups.insert(GROUP.to_owned(), Fact::Absent);
    });
    check(
        "cis",
        &missing,
        NotRecorded,
        FACTS,
        "log group does not exist",
    );
}

#[test]
fn missing_log_group_of_an_unused_vpc_is_made_again() {
    let unused = |permissions: &str, interfaces: Listing<NetworkInterface>| {
        but(recorded(), |i| {
            i.log_groups.insert(GROUP.to_owned(), Fact::Absent);
            i.roles
                .insert(ROLE.to_owned(), Fact::Present(role(TRUST, permissions)));
            i.regions[0].network_interfaces = interfaces;
        })
    };
    let may_not_create = WRITE_LOGS.replace("\"logs:CreateLogGroup\",", "");
    let none = || Listing::complete(Vec::new());
    check("cis", &unused(WRITE_LOGS, none()), Recorded, FACTS, "");
    check(
        "cis",
        &unused(&may_not_create, none()),
        NotRecorded,
        FACTS,
        "log group does not exist",
    );
    check(
        "cis",
        &unused(WRITE_LOGS, Listing::not_read()),
        Recorded,
        STATUS,
        "",
    );
    check(
        "strict",
        &unused(WRITE_LOGS, Listing::not_read()),
        Unknown,
        None,
        "interface",
    );
}

#[test]
fn closed_account_receives_nothing() {
    let closed = but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
        let mut owner = account(OTHER);
        owner.status = AccountStatus::Suspended;
        i.accounts.push(owner);
    });
    check("cis", &closed, NotRecorded, FACTS, "222222222222");
}

#[test]
fn key_decides_too() {
    let with_key = |key: Option<Fact<Key>>| {
        but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
            let encryption = BucketEncryption {
                algorithm: "aws:kms".to_owned(),
                kms_key: Some(KEY.to_owned()),
            };
            let encrypted = Bucket {
                encryption: Fact::Present(encryption),
                ..bucket()
            };
            i.buckets
                .insert(BUCKET.to_owned(), Fact::Present(encrypted));
            i.keys.extend(key.map(|key| (KEY.to_owned(), key)));
        })
    };
    let key = |enabled: bool, policy: &str| {
        let policy = Fact::Present(policy.to_owned());
        Some(Fact::Present(Key {
            arn: KEY.to_owned(),
            enabled: Some(enabled),
            policy,
        }))
    };
    let good = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}"#;
    let refusing = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:*","Resource":"*"}]}"#;
    check("cis", &with_key(key(true, good)), Recorded, FACTS, "");
    check(
        "cis",
        &with_key(key(true, refusing)),
        NotRecorded,
        FACTS,
        "key of its destination",
    );
    check(
        "cis",
        &with_key(key(false, good)),
        NotRecorded,
        FACTS,
        "key of its destination",
    );
    check("cis", &with_key(Some(Fact::NotRead)), Recorded, STATUS, "");
    check("strict", &with_key(None), Unknown, None, "key");
}

/// Two buckets of two accounts, each encrypted with the `alias/logs` of its own account.
#[test]
fn keys_with_the_same_alias_are_told_apart() {
    const SECOND: &str = "second-bucket";
    let alias_of = |account_id: &str| format!("arn:aws:kms:{REGION}:{account_id}:alias/logs");
    let encrypted = |name: &str, owner: &str| {
        let encryption = BucketEncryption {
            algorithm: "aws:kms".to_owned(),
            kms_key: Some("alias/logs".to_owned()),
        };
        Fact::Present(Bucket {
            name: name.to_owned(),
            owner_account_id: Some(owner.to_owned()),
            policy: Fact::Present(TAKE_DELIVERY.replace(BUCKET, name)),
            encryption: Fact::Present(encryption),
            ..bucket()
        })
    };
    let key = |policy: &str| {
        Fact::Present(Key {
            arn: KEY.to_owned(),
            enabled: Some(true),
            policy: Fact::Present(policy.to_owned()),
        })
    };
    let good = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},"Action":"kms:*","Resource":"*"}]}"#;
    let refusing = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:*","Resource":"*"}]}"#;
    let mut second = to_bucket(flow_log("fl-2", "vpc-2"));
    second.log_destination = Some(format!("arn:aws:s3:::{SECOND}"));
    let both = but(
        with(vec![to_bucket(flow_log("fl-1", "vpc-1")), second]),
        |i| {
            i.regions[0].vpcs.items.push(vpc("vpc-2"));
            i.buckets
                .insert(BUCKET.to_owned(), encrypted(BUCKET, OTHER));
            i.buckets
                .insert(SECOND.to_owned(), encrypted(SECOND, ACCOUNT));
            i.keys.insert(alias_of(OTHER), key(good));
            i.keys.insert(alias_of(ACCOUNT), key(refusing));
        },
    );
    let report = assess(&both, &Policy::preset("cis").unwrap());
    let verdicts: Vec<_> = report
        .vpcs
        .iter()
        .map(|vpc| (vpc.vpc_id.as_str(), vpc.verdict))
        .collect();
    assert_eq!(verdicts, [("vpc-1", Recorded), ("vpc-2", NotRecorded)]);
}

#[test]
fn destinations_lie_in_the_partition_of_their_flow_log() {
    let group = format!("arn:aws-cn:logs:cn-north-1:{ACCOUNT}:log-group:/vpc/flow-logs");
    let named_only = FlowLog {
        log_destination: None,
        log_group_name: Some("/vpc/flow-logs".to_owned()),
        ..flow_log("fl-1", "vpc-1")
    };
    let china = but(with(vec![named_only]), |i| {
        assert_eq!(i.partition, "aws", "the first account was one of `aws`");
        i.regions[0].region = "cn-north-1".to_owned();
        let may_all = r#"{"Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"#;
        let role = Fact::Present(role(TRUST, may_all));
        i.roles.insert(ROLE.to_owned(), role);
        i.log_groups.clear();
        i.log_groups.insert(group, Fact::Absent);
    });
    check("cis", &china, NotRecorded, FACTS, "log group");
}

/// The central bucket takes what comes from the organisation `o-1`.
#[test]
fn an_account_of_another_organization_is_not_taken_for_a_member() {
    let only_ours = TAKE_DELIVERY.replace(
        r#""Effect":"Allow","#,
        r#""Effect":"Allow","Condition":{"StringEquals":{"aws:SourceOrgID":"o-1"}},"#,
    );
    let unit = |id: &str| OrganizationalUnit {
        id: id.to_owned(),
        name: "Root".to_owned(),
        parent_id: None,
    };
    for (roots, above, verdict) in [
        (vec![], vec![], Recorded),
        (vec!["r-1"], vec!["r-1"], Recorded),
        (vec!["r-1"], vec![], Unknown),
        (vec!["r-1", "r-2"], vec!["r-1"], Unknown),
        (vec!["r-1", "r-2"], vec!["r-2"], Unknown),
    ] {
        let mut log = to_bucket(flow_log("fl-1", "vpc-1"));
        log.deliver_logs_status = None;
        let central = but(with(vec![log]), |i| {
            i.organization = Some(Organization {
                id: "o-1".to_owned(),
                management_account_id: OTHER.to_owned(),
                units: roots.iter().copied().map(unit).collect(),
            });
            i.accounts[0].organizational_units = above.iter().map(|&it| it.to_owned()).collect();
            let bucket = Bucket {
                policy: Fact::Present(only_ours.clone()),
                ..bucket()
            };
            i.buckets.insert(BUCKET.to_owned(), Fact::Present(bucket));
        });
        let vpc = only(assess(&central, &Policy::default()));
        assert_eq!(vpc.verdict, verdict, "{roots:?} {above:?}: {}", vpc.reason);
    }
}

#[test]
fn every_optional_field_may_be_missing() {
    let empty = FlowLog {
        flow_log_id: "fl-1".to_owned(),
        resource_id: Some("vpc-1".to_owned()),
        ..FlowLog::default()
    };
    check(
        "cis",
        &with(vec![empty]),
        Unknown,
        None,
        "destination cannot be understood",
    );
    let typeless = FlowLog {
        traffic_type: None,
        ..flow_log("fl-1", "vpc-1")
    };
    check("cis", &with(vec![typeless]), Unknown, None, "TrafficType");
}
