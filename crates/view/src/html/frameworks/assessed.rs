//! Controls over what `assess` reports, not over a report made by hand.

use flowcover_core::inventory::*;
use flowcover_core::judge::assess;
use flowcover_core::policy::Policy;
use flowcover_core::report::Report;

use super::*;

const ACCOUNT: &str = "111111111111";
const BUCKET: &str = "flow-logs";
const GROUP: &str = "arn:aws:logs:eu-west-1:111111111111:log-group:/vpc/flow-logs";
const ROLE: &str = "arn:aws:iam::111111111111:role/flow-logs";

/// More VPCs than the evidence of a finding names.
const VPCS: usize = 25;

const TAKE_DELIVERY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},
     "Action":"s3:PutObject","Resource":"arn:aws:s3:::flow-logs/AWSLogs/*"},
    {"Effect":"Allow","Principal":{"Service":"delivery.logs.amazonaws.com"},
     "Action":["s3:GetBucketAcl","s3:ListBucket"],"Resource":"arn:aws:s3:::flow-logs"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole",
    "Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}]}"#;
const EVERYTHING: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const PROTECT: &str =
    r#"{"Statement":[{"Effect":"Deny","Action":"ec2:DeleteFlowLogs","Resource":"*"}]}"#;

fn flow_log(number: usize, to: LogDestinationType) -> FlowLog {
    let (arn, role) = match to {
        LogDestinationType::S3 => (format!("arn:aws:s3:::{BUCKET}"), None),
        _ => (GROUP.to_owned(), Some(ROLE.to_owned())),
    };
    FlowLog {
        flow_log_id: format!("fl-{number:02}"),
        resource_id: Some(format!("vpc-{number:02}")),
        traffic_type: Some(TrafficType::All),
        deliver_logs_status: Some(DeliverLogsStatus::Success),
        log_destination_type: Some(to),
        log_destination: Some(arn),
        deliver_logs_permission_arn: role,
        ..FlowLog::default()
    }
}

/// VPCs that are recorded to one bucket, or to one log group through one role, and every fact is good.
fn recorded(to: &LogDestinationType) -> Inventory {
    let mut region = Region::new(ACCOUNT, "eu-west-1", RegionStatus::Collected);
    let vpc = |number| Vpc {
        vpc_id: format!("vpc-{number:02}"),
        owner_id: Some(ACCOUNT.to_owned()),
        ..Vpc::default()
    };
    region.vpcs = Listing::complete((0..VPCS).map(vpc).collect());
    let flow_logs = (0..VPCS).map(|number| flow_log(number, to.clone()));
    region.flow_logs = Listing::complete(flow_logs.collect());
    let mut inventory = Inventory::empty("2026-11-20T12:00:00Z".parse().expect("a time"));
    inventory.regions = vec![region];
    inventory.accounts = vec![Account {
        account_id: ACCOUNT.to_owned(),
        name: None,
        status: AccountStatus::Active,
        access: AccountAccess::Reached,
        is_management: false,
        organizational_units: Vec::new(),
        protection: None,
    }];
    let bucket = Bucket {
        name: BUCKET.to_owned(),
        owner_account_id: Some(ACCOUNT.to_owned()),
        region: Some("eu-west-1".to_owned()),
        policy: Fact::Present(TAKE_DELIVERY.to_owned()),
        public: Fact::Present(false),
        public_access_block: Fact::Present(PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }),
        encryption: Fact::Present(BucketEncryption {
            algorithm: "AES256".to_owned(),
            kms_key: None,
        }),
        expiration: Fact::Present(vec![ExpirationRule {
            prefix: String::new(),
            filtered: false,
            days: 400,
        }]),
    };
    let group = LogGroup {
        arn: GROUP.to_owned(),
        name: "/vpc/flow-logs".to_owned(),
        retention_in_days: None,
        kms_key_id: None,
        stored_bytes: None,
    };
    let role = Role {
        arn: ROLE.to_owned(),
        trust_policy: Fact::Present(TRUST.to_owned()),
        inline_policies: Listing::complete(vec![named(EVERYTHING)]),
        attached_policies: Listing::complete(Vec::new()),
        permissions_boundary: Fact::Absent,
        tags: Tags::new(),
    };
    inventory.buckets = [(BUCKET.to_owned(), Fact::Present(bucket))].into();
    inventory.log_groups = [(GROUP.to_owned(), Fact::Present(group))].into();
    inventory.roles = [(ROLE.to_owned(), Fact::Present(role))].into();
    inventory
}

fn named(text: &str) -> NamedPolicy {
    NamedPolicy {
        name: "p-1".to_owned(),
        document: Fact::Present(text.to_owned()),
    }
}

fn to_bucket(change: impl FnOnce(&mut Bucket)) -> Report {
    let mut inventory = recorded(&LogDestinationType::S3);
    if let Some(Fact::Present(bucket)) = inventory.buckets.get_mut(BUCKET) {
        change(bucket);
    }
    assess(&inventory, &Policy::default())
}

fn to_group(policy: &Policy) -> Report {
    assess(&recorded(&LogDestinationType::CloudWatchLogs), policy)
}

fn tally(report: &Report, check: &str) -> Tally {
    Facts::new(report).tally(&[check].into())
}

fn all_of(outcome: fn(&mut Tally) -> &mut u64) -> Tally {
    let mut tally = Tally::default();
    *outcome(&mut tally) = VPCS as u64;
    tally
}

#[test]
fn a_public_bucket_fails_every_vpc_that_delivers_there() {
    let closed = to_bucket(|_| ());
    assert_eq!(
        tally(&closed, "bucket-exposed"),
        all_of(|tally| &mut tally.pass)
    );
    let public = to_bucket(|bucket| bucket.public = Fact::Present(true));
    assert_eq!(
        tally(&public, "bucket-exposed"),
        all_of(|tally| &mut tally.fail)
    );
    let control = |report: &Report, version: &str, number: &str| {
        let all = frameworks(report);
        let framework = all
            .iter()
            .find(|one| one.name.starts_with("CIS AWS") && one.version == version);
        let mut controls = framework.expect("the framework").controls.iter();
        controls
            .find(|one| one.control.control == number)
            .expect("the control")
            .status
    };
    assert_eq!(control(&closed, "1.5", "2.1.5"), "met");
    assert_eq!(control(&public, "1.5", "2.1.5"), "not met");
}

#[test]
fn what_vpcs_share_fails_each_of_them() {
    let mut policy = Policy::default();
    policy.log_group_encryption.value = flowcover_core::policy::EncryptionRequired::Kms;
    let report = to_group(&policy);
    for check in [
        "role-too-broad",
        "retention-out-of-policy",
        "log-group-unencrypted",
        "destination-shared",
    ] {
        assert_eq!(
            tally(&report, check),
            all_of(|tally| &mut tally.fail),
            "{check}"
        );
    }
    assert_eq!(
        tally(&report, "bucket-exposed"),
        all_of(|tally| &mut tally.pass)
    );
}

#[test]
fn a_fault_that_no_vpc_counts_for_counts_by_itself() {
    let public = |change: fn(&mut Region)| {
        let mut inventory = recorded(&LogDestinationType::S3);
        change(&mut inventory.regions[0]);
        if let Some(Fact::Present(bucket)) = inventory.buckets.get_mut(BUCKET) {
            bucket.public = Fact::Present(true);
        }
        tally(&assess(&inventory, &Policy::default()), "bucket-exposed")
    };
    let gone = public(|region| region.vpcs.items.clear());
    assert_eq!(
        gone,
        Tally {
            fail: 1,
            ..Tally::default()
        }
    );
    let of_others = public(|region| {
        for vpc in &mut region.vpcs.items {
            vpc.owner_id = Some("222222222222".to_owned());
        }
    });
    assert_eq!(
        of_others,
        Tally {
            fail: 1,
            ..Tally::default()
        }
    );
}

#[test]
fn a_report_read_from_json_fails_the_control_at_least() {
    let public = to_bucket(|bucket| bucket.public = Fact::Present(true));
    let text = serde_json::to_string(&public).expect("a report is JSON");
    let stored: Report = serde_json::from_str(&text).expect("a report");
    assert!(tally(&stored, "bucket-exposed").fail > 0);
}

#[test]
fn what_could_not_be_read_leaves_its_control_open() {
    let mut inventory = recorded(&LogDestinationType::S3);
    inventory.gaps = vec![Gap {
        account_id: Some(ACCOUNT.to_owned()),
        region: None,
        action: "s3:GetBucketPolicyStatus".to_owned(),
        resource: Some(BUCKET.to_owned()),
        kind: GapKind::Denied,
        error_code: "AccessDenied".to_owned(),
        permission: None,
        message: "denied".to_owned(),
    }];
    let report = assess(&inventory, &Policy::default());
    assert_eq!(tally(&report, "not-readable").unknown, 1);
    assert_eq!(tally(&report, "not-readable").fail, 0);
}

#[test]
fn protection_is_met_where_it_was_read_and_protects() {
    type Read = (Fact<Vec<NamedPolicy>>, Fact<Vec<String>>);
    let guarded = |protection: Option<Read>| {
        let mut inventory = recorded(&LogDestinationType::S3);
        inventory.accounts[0].protection =
            protection.map(|(service_control_policies, config_rules)| Protection {
                service_control_policies,
                service_control_levels: Vec::new(),
                config_rules,
            });
        tally(&assess(&inventory, &Policy::default()), "not-protected")
    };
    let none = || Fact::Present(Vec::new());
    let denies = || Fact::Present(vec![named(PROTECT)]);
    assert_eq!(
        guarded(Some((denies(), none()))),
        all_of(|tally| &mut tally.pass)
    );
    let bare = guarded(Some((Fact::Present(vec![named(EVERYTHING)]), none())));
    assert_eq!(bare, all_of(|tally| &mut tally.fail));
    for unread in [
        None,
        Some((Fact::NotRead, none())),
        Some((denies(), Fact::NotRead)),
    ] {
        assert_eq!(guarded(unread), all_of(|tally| &mut tally.unknown));
    }
}

#[test]
fn what_is_switched_off_is_not_met() {
    let mut policy = Policy::default();
    let line = policy.traffic_type.origin.clone();
    policy
        .disabled_checks
        .insert("retention-out-of-policy".to_owned(), line);
    let report = to_group(&policy);
    assert_eq!(
        tally(&report, "retention-out-of-policy"),
        all_of(|tally| &mut tally.unknown)
    );
}
