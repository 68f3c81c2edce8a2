//! One thing wrong at a time.

use super::model::apply;
use super::*;
use crate::fixture::*;
use crate::inventory::*;
use crate::plan::{Change, PLAN_TAG, RUN_TAG, Step, is_ours};
use crate::policy::{DestinationKind, FixSettings};
use crate::verdict::Verdict;

fn capturing(traffic: &str, log: FlowLog) -> FlowLog {
    FlowLog {
        traffic_type: Some(TrafficType::from(traffic)),
        ..log
    }
}

/// Traffic and resources of the flow logs that are made.
fn made(plan: &Plan) -> Vec<(Option<&str>, Vec<&str>)> {
    let steps = plan.steps.iter();
    let requests = steps.filter_map(|step| match &step.change {
        Change::CreateFlowLogs { flow_logs, .. } => Some(flow_logs),
        _ => None,
    });
    requests
        .map(|it| {
            (
                it.traffic_type.as_deref(),
                it.resource_ids.iter().map(String::as_str).collect(),
            )
        })
        .collect()
}

/// The one step of a kind.
fn step<'p>(plan: &'p Plan, kind: &str) -> &'p Step {
    let kind = format!("/{kind}/");
    let mut steps = plan.steps.iter().filter(|step| step.id.contains(&kind));
    let step = steps
        .next()
        .unwrap_or_else(|| panic!("no {kind} in {:?}", ids(plan)));
    assert!(steps.next().is_none(), "{:?}", ids(plan));
    step
}

fn with_role(trust: &str, tags: Tags) -> Inventory {
    but(recorded(), |i| {
        let role = Role {
            tags,
            ..role(trust, WRITE_LOGS)
        };
        i.roles.insert(ROLE.to_owned(), Fact::Present(role));
    })
}

#[test]
fn a_right_world_has_no_steps() {
    let plan = plan(&recorded(), &Policy::default(), true);
    assert_eq!((ids(&plan), refused(&plan)), (Vec::new(), Vec::new()));
    assert_eq!((plan.notes.len(), plan.accounts.len()), (0, 0));
}

#[test]
fn a_bare_vpc_gets_a_role_a_group_and_a_flow_log() {
    let plan = plan(&bare(), &Policy::default(), false);
    let expected = [
        "111111111111/global/role/flowcover-eu-west-1-vpc-1",
        "111111111111/eu-west-1/log-group//flowcover/eu-west-1/vpc-1",
        "111111111111/eu-west-1/flow-log/vpc-1/REJECT",
    ];
    assert_eq!(ids(&plan), expected);
    assert_eq!(plan.steps[2].after.len(), 2);
    assert!(
        plan.steps
            .iter()
            .all(|step| step.answers[0].check == "flow-log-missing")
    );
    assert_eq!(only(cis(&apply(&plan, &bare()))).verdict, Verdict::Recorded);
}

#[test]
fn what_is_recorded_is_not_recorded_again() {
    let all = policy("pci", |_| ());
    let accepting = with(vec![capturing("ACCEPT", flow_log("fl-1", "vpc-1"))]);
    let completed = plan(&accepting, &all, false);
    assert_eq!(made(&completed), [(Some("REJECT"), vec!["vpc-1"])]);
    let ours = but(accepting, |i| {
        let log = &mut i.regions[0].flow_logs.items[0];
        log.log_destination = None;
        log.log_group_name = Some("/flowcover/eu-west-1/vpc-1".to_owned());
        let everything = r#"{"Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"#;
        i.roles
            .insert(ROLE.to_owned(), Fact::Present(role(TRUST, everything)));
    });
    let group = "/log-group//flowcover/eu-west-1/vpc-1/reject";
    assert!(
        ids(&plan(&ours, &all, false))
            .iter()
            .any(|id| id.ends_with(group))
    );
}

#[test]
fn wider_traffic_may_be_wanted_than_is_asked_for() {
    let wide = policy("cis", |policy| {
        policy.fix.base.traffic_type = Some(TrafficType::All)
    });
    assert_eq!(
        made(&plan(&bare(), &wide, false)),
        [(Some("ALL"), vec!["vpc-1"])]
    );
    let accepting = with(vec![capturing("ACCEPT", flow_log("fl-1", "vpc-1"))]);
    assert_eq!(
        made(&plan(&accepting, &wide, false)),
        [(Some("REJECT"), vec!["vpc-1"])]
    );
}

fn two_subnets(covered: &str) -> Inventory {
    but(with(vec![flow_log("fl-1", covered)]), |i| {
        let region = &mut i.regions[0];
        region.subnets.items.push(subnet("subnet-2", "vpc-1"));
        region
            .network_interfaces
            .items
            .push(eni("eni-2", "subnet-2", "vpc-1"));
        region
            .network_interfaces
            .items
            .push(eni("eni-3", "subnet-1", "vpc-1"));
    })
}

#[test]
fn only_bare_subnets_and_interfaces_are_completed() {
    let by_subnet = plan(&two_subnets("subnet-1"), &Policy::default(), false);
    assert_eq!(made(&by_subnet), [(Some("REJECT"), vec!["subnet-2"])]);
    assert_eq!(refused(&by_subnet), []);
    let by_interface = plan(&two_subnets("eni-1"), &Policy::default(), false);
    let expected = [
        (Some("REJECT"), vec!["eni-3"]),
        (Some("REJECT"), vec!["subnet-2"]),
    ];
    assert_eq!(made(&by_interface), expected);
    assert_eq!(
        refused(&by_interface),
        [("coverage-partial", "vpc-1", Reason::NeedsReplace)]
    );
    let after = only(cis(&apply(&by_interface, &two_subnets("eni-1"))));
    assert_eq!(after.verdict, Verdict::Recorded);
}

/// The VPC comes out recorded, yet not by every subnet: that is not promised.
#[test]
fn a_subnet_that_hangs_on_what_is_not_known_stays_open() {
    let unknown = but(two_subnets("subnet-1"), |i| {
        i.roles.insert(ROLE.to_owned(), Fact::NotRead);
        let region = &mut i.regions[0];
        region.flow_logs.items[0].deliver_logs_status = None;
        region
            .network_interfaces
            .items
            .retain(|eni| eni.subnet_id.as_deref() == Some("subnet-2"));
    });
    let plan = plan(&unknown, &Policy::default(), false);
    assert_eq!(made(&plan), [(Some("REJECT"), vec!["subnet-2"])]);
    assert!(refused(&plan).contains(&("coverage-partial", "vpc-1", Reason::NotRead)));
    let after = cis(&apply(&plan, &unknown));
    assert_eq!(only(after.clone()).verdict, Verdict::Recorded);
    assert_eq!(findings(&after, "coverage-partial").len(), 1);
}

#[test]
fn subnets_that_were_not_listed_may_stay_open() {
    let unlisted = but(two_subnets("subnet-1"), |i| {
        i.regions[0].subnets.state = ListingState::Partial;
    });
    let plan = plan(&unlisted, &Policy::default(), false);
    assert_eq!(made(&plan), [(Some("REJECT"), vec!["subnet-2"])]);
    assert_eq!(
        refused(&plan),
        [("coverage-partial", "vpc-1", Reason::NotRead)]
    );
}

/// Which subnet an interface is in was not read: it may be the one whose flow log fails for reasons not known.
#[test]
fn what_hangs_on_a_flow_log_of_an_unlisted_subnet_is_not_promised() {
    let all = policy("pci", |_| ());
    let failing = FlowLog {
        deliver_logs_error_message: Some("Access error".to_owned()),
        ..made_by_us(to_bucket(flow_log("fl-2", "subnet-3")))
    };
    let logs = vec![
        to_bucket(capturing("REJECT", flow_log("fl-0", "vpc-1"))),
        capturing("REJECT", flow_log("fl-1", "vpc-1")),
        failing,
    ];
    let stray = but(with(logs), |i| {
        i.log_groups.insert(GROUP.to_owned(), Fact::Absent);
        let region = &mut i.regions[0];
        region.subnets.items.clear();
        region.network_interfaces.items[0].subnet_id = None;
    });
    let plan = plan(&stray, &all, false);
    let after = assess(&apply(&plan, &stray), &all);
    let still = findings(&after, "traffic-type-insufficient");
    assert_eq!(still.len(), 1);
    assert!(
        plan.steps
            .iter()
            .flat_map(|step| &step.answers)
            .all(|answered| answered.fingerprint != still[0].fingerprint)
    );
    assert!(plan.steps.iter().any(|step| !step.answers.is_empty()));
}

/// A group that takes records gets no key that might not let it.
#[test]
fn a_key_that_could_not_be_read_is_given_to_no_group_in_use() {
    let encrypted = policy("strict", |policy| {
        policy.fix.base.log_group_kms_key = Some(KEY.to_owned());
    });
    let world = |key: Option<Fact<Key>>| {
        let log = made_by_us(flow_log("fl-1", "vpc-1"));
        but(with(vec![log]), |i| {
            i.keys.remove(KEY);
            i.keys.extend(key.map(|key| (KEY.to_owned(), key)));
        })
    };
    let sets_key = |key| {
        let plan = plan(&world(key), &encrypted, false);
        let unread = ("log-group-unencrypted", GROUP, Reason::NotRead);
        let is_unread = refused(&plan).contains(&unread);
        let mut steps = plan.steps.iter();
        let sets = steps.any(|step| matches!(step.change, Change::SetLogGroupKey { .. }));
        assert_ne!(sets, is_unread, "{:?}", refused(&plan));
        sets
    };
    assert!(sets_key(None), "nobody asked about it");
    assert!(!sets_key(Some(Fact::NotRead)));
}

#[test]
fn a_third_flow_log_is_not_made() {
    let first = capturing("ACCEPT", flow_log("fl-1", "vpc-1"));
    let second = to_bucket(capturing("ACCEPT", flow_log("fl-2", "vpc-1")));
    let full = with(vec![first, second]);
    let plan = plan(&full, &Policy::default(), true);
    assert_eq!(ids(&plan), Vec::<&str>::new());
    assert!(refused(&plan).contains(&("traffic-type-insufficient", "vpc-1", Reason::Quota)));
}

#[test]
fn the_role_of_many_guides_is_mended_if_ours_and_replaced_if_not() {
    let ours = with_our_role(&with_role(WRONG_TRUST, Tags::new()));
    let mended = plan(&ours, &Policy::default(), false);
    assert_eq!(ids(&mended), ["111111111111/global/role/flowcover-vpc-1"]);
    assert_eq!(mended.steps[0].blast_radius.len(), 1);
    assert_eq!(refused(&mended), []);
    let stays = plan(
        &with_role(WRONG_TRUST, Tags::new()),
        &Policy::default(),
        false,
    );
    assert_eq!(made(&stays), [(Some("REJECT"), vec!["vpc-1"])]);
    assert_eq!(
        refused(&stays),
        [("role-not-assumable", "fl-1", Reason::NeedsReplace)]
    );
    let why = "vpc-1 is not recorded: flow log fl-1 does not deliver: its role trusts ec2.amazonaws.com, not the flow-logs service; fl-1 stays until it is replaced (--replace)";
    let because: Vec<_> = stays
        .steps
        .iter()
        .map(|step| step.because.as_deref())
        .collect();
    assert_eq!(because, [Some(why); 3]);
    let goes = plan(
        &with_role(WRONG_TRUST, Tags::new()),
        &Policy::default(),
        true,
    );
    let deletion = goes.steps.last().unwrap();
    assert_eq!(deletion.id, "111111111111/eu-west-1/flow-log/fl-1");
    assert_eq!(
        deletion.after_delivery_of,
        ["111111111111/eu-west-1/flow-log/vpc-1/REJECT"]
    );
    assert_eq!(deletion.needs_argument.as_deref(), Some("--replace"));
    assert_eq!(refused(&goes), []);
}

#[test]
fn a_lost_log_group_is_made_again() {
    let lost = but(recorded(), |i| {
        i.log_groups.insert(GROUP.to_owned(), Fact::Absent);
    });
    let plan = plan(&lost, &Policy::default(), false);
    assert_eq!(
        ids(&plan),
        ["111111111111/eu-west-1/log-group//vpc/flow-logs"]
    );
    assert_eq!(only(cis(&apply(&plan, &lost))).verdict, Verdict::Recorded);
}

/// The group of a VPC that is recorded, kept for some days.
fn kept(days: Option<u32>, log: FlowLog) -> Inventory {
    but(with(vec![log]), |i| {
        let group = LogGroup {
            retention_in_days: days,
            ..log_group()
        };
        i.log_groups.insert(GROUP.to_owned(), Fact::Present(group));
    })
}

#[test]
fn settings_of_log_groups_are_mended_only_where_ours() {
    let made = made_by_us(flow_log("fl-1", "vpc-1"));
    let ours = plan(&kept(None, made), &Policy::default(), false);
    let Change::SetRetention {
        retention_in_days, ..
    } = &step(&ours, "retention").change
    else {
        panic!("{ours:?}");
    };
    assert_eq!(
        (retention_in_days.before, retention_in_days.after),
        (None, 365)
    );
    let theirs = kept(Some(7), flow_log("fl-1", "vpc-1"));
    let theirs = plan(&theirs, &Policy::default(), true);
    assert_eq!(
        refused(&theirs),
        [("retention-out-of-policy", GROUP, Reason::NotOurs)]
    );
    assert_eq!(
        theirs.not_fixed[0].manual,
        [
            "aws logs put-retention-policy --log-group-name /vpc/flow-logs --retention-in-days 365 --region eu-west-1"
        ]
    );
}

/// Records that expire are gone; those that are kept longer harm nobody.
#[test]
fn records_are_given_up_only_where_that_is_asked_for() {
    let made = made_by_us(flow_log("fl-1", "vpc-1"));
    let argument = |days: Option<u32>| {
        let plan = plan(&kept(days, made.clone()), &policy("pci", |_| ()), false);
        let step = step(&plan, "retention");
        let says = step
            .blast_radius
            .iter()
            .any(|it| it.contains("nothing brings them back"));
        assert_eq!(says, step.needs_argument.is_some());
        assert!(
            plan.notes
                .iter()
                .any(|it| it.contains("--shorten-retention"))
                == says
        );
        step.needs_argument.clone()
    };
    assert_eq!(argument(None).as_deref(), Some("--shorten-retention"));
    assert_eq!(argument(Some(7)), None);
}

/// Whoever may tag a resource may write the keys of our tags on it.
#[test]
fn tags_that_no_run_writes_make_nothing_ours() {
    let keys: Tags = [RUN_TAG, PLAN_TAG]
        .map(|tag| (tag.to_owned(), "x".to_owned()))
        .into();
    assert!(is_ours(&keys));
    let log = FlowLog {
        tags: keys.clone(),
        ..flow_log("fl-1", "vpc-1")
    };
    let group = plan(&kept(Some(7), log), &Policy::default(), false);
    let said = [("retention-out-of-policy", GROUP, Reason::NotOurs)];
    assert_eq!(
        (ids(&group), refused(&group).as_slice()),
        (Vec::new(), &said[..])
    );
    // Tags of another flow log of ours, copied.
    let copied = FlowLog {
        tags: made_by_us(flow_log("fl-2", "vpc-2")).tags,
        ..flow_log("fl-1", "vpc-1")
    };
    let group = plan(&kept(Some(7), copied), &Policy::default(), false);
    assert_eq!(refused(&group), said);
    for tags in [keys, tags_of("111111111111/global/role/flow-logs")] {
        let role = plan(&with_role(WRONG_TRUST, tags), &Policy::default(), false);
        let mended = role
            .steps
            .iter()
            .any(|step| matches!(step.change, Change::MendRole { .. }));
        assert!(!mended, "{:?}", ids(&role));
    }
}

#[test]
fn a_working_flow_log_that_is_wrong_needs_replace() {
    let fast = policy("cis", |policy| {
        policy.max_aggregation_interval.value = Some(60)
    });
    let without = plan(&recorded(), &fast, false);
    assert_eq!(
        refused(&without),
        [("interval-too-coarse", "fl-1", Reason::NeedsReplace)]
    );
    let with = plan(&recorded(), &fast, true);
    // What it captured is what its successor captures.
    assert_eq!(made(&with), [(Some("ALL"), vec!["vpc-1"])]);
    assert_eq!(with.steps.last().unwrap().after_delivery_of.len(), 1);
    assert!(with.notes.iter().any(|note| note.contains("--replace")));
}

#[test]
fn shared_groups_are_parted_by_replacing() {
    let shared = but(
        with(vec![flow_log("fl-1", "vpc-1"), flow_log("fl-2", "vpc-2")]),
        |i| {
            i.regions[0].vpcs.items.push(vpc("vpc-2"));
        },
    );
    let with = plan(&shared, &Policy::default(), true);
    assert_eq!(made(&with).len(), 2);
    assert_eq!(refused(&with), []);
    let without = plan(&shared, &Policy::default(), false);
    assert_eq!(
        refused(&without),
        [("destination-shared", GROUP, Reason::NeedsReplace)]
    );
}

#[test]
fn what_was_not_read_is_not_changed() {
    let unread = but(bare(), |i| {
        i.regions[0].flow_logs = Listing::not_read();
        i.gaps.push(gap("ec2:DescribeFlowLogs"));
    });
    let plan = plan(&unread, &Policy::default(), false);
    assert_eq!(ids(&plan), Vec::<&str>::new());
    assert_eq!(
        refused(&plan),
        [
            ("not-readable", "vpc-1", Reason::NotRead),
            ("not-readable", ACCOUNT, Reason::NotRead)
        ]
    );
    for it in &plan.not_fixed {
        assert_eq!(
            it.manual[0],
            "grant ec2:DescribeFlowLogs to the role that audits"
        );
    }
    assert!(!plan.is_complete());
}

#[test]
fn nothing_is_changed_where_nobody_may() {
    let policy = Policy::default();
    let report = assess(&bare(), &policy);
    let nobody = build(&bare(), &report, &policy, &BuildRequest::default());
    assert_eq!(
        refused(&nobody),
        [("flow-log-missing", "vpc-1", Reason::NotConfigured)]
    );
    let off = fixing(|fix| fix.enabled = Some(false));
    assert_eq!(
        refused(&plan(&bare(), &off, false)),
        [("flow-log-missing", "vpc-1", Reason::LeftAlone)]
    );
    let exempt = exempting("vpc-1", jiff::civil::date(2027, 1, 1));
    let left = plan(&bare(), &exempt, false);
    assert_eq!((ids(&left), refused(&left)), (Vec::new(), Vec::new()));
}

#[test]
fn log_groups_that_the_permissions_do_not_cover_are_named() {
    let note = |plan: &Plan| {
        let mut notes = plan.notes.iter();
        notes.find(|note| note.contains("--log-groups")).cloned()
    };
    assert_eq!(note(&plan(&bare(), &Policy::default(), false)), None);
    let elsewhere = fixing(|fix| fix.log_group_name = Some("/net/{vpc_id}".to_owned()));
    let noted = note(&plan(&bare(), &elsewhere, false)).unwrap();
    assert!(noted.contains("--log-groups /net/vpc-1`"), "{noted}");
    let two = but(bare(), |i| i.regions[0].vpcs.items.push(vpc("vpc-2")));
    let noted = note(&plan(&two, &elsewhere, false)).unwrap();
    assert!(noted.contains("--log-groups '/net/*'`"), "{noted}");
}

fn fixing(change: impl FnOnce(&mut FixSettings)) -> Policy {
    policy("cis", |policy| change(&mut policy.fix.base))
}

#[test]
fn only_what_is_named_is_planned() {
    let two = but(bare(), |i| i.regions[0].vpcs.items.push(vpc("vpc-2")));
    let (policy, mut request) = (Policy::default(), request(false));
    request.only.insert("vpc-2".to_owned());
    let plan = build(&two, &assess(&two, &policy), &policy, &request);
    assert_eq!(made(&plan), [(Some("REJECT"), vec!["vpc-2"])]);
    assert_eq!(refused(&plan), []);
}

#[test]
fn a_central_bucket_gets_one_statement_for_all_accounts() {
    let central = fixing(|fix| {
        fix.destination = Some(DestinationKind::S3);
        fix.bucket = Some(BUCKET.to_owned());
        fix.bucket_account = Some(OTHER.to_owned());
        fix.bucket_prefix = Some("flow".to_owned());
    });
    let many = but(bare(), |i| {
        for number in 2..=301 {
            i.regions[0].vpcs.items.push(vpc(&format!("vpc-{number}")));
        }
    });
    let plan = plan(&many, &central, false);
    // 301 VPCs are one too many for one call.
    assert_eq!(plan.steps.len(), 3);
    let bucket = &plan.steps[0];
    assert_eq!(
        bucket.id,
        "222222222222/eu-west-1/bucket-policy/central-flow-logs"
    );
    assert!(
        plan.steps[1..]
            .iter()
            .all(|step| step.after == [bucket.id.clone()])
    );
    assert_eq!(plan.accounts.len(), 2);
    assert_eq!(
        ids(&self::plan(&apply(&plan, &many), &central, false)),
        Vec::<&str>::new()
    );
}

#[test]
fn the_buckets_to_read_are_told() {
    let central = fixing(|fix| {
        fix.destination = Some(DestinationKind::S3);
        fix.bucket = Some("flow-{region}".to_owned());
        fix.bucket_account = Some(OTHER.to_owned());
    });
    let expected = [("flow-eu-west-1".to_owned(), OTHER.to_owned())];
    assert_eq!(crate::plan::fix_buckets(&bare(), &central), expected.into());
    let gateway_only = but(bare(), |i| {
        i.regions[0].vpcs.items.clear();
        i.regions[0].transit_gateways = Listing::complete(vec![TransitGateway::default()]);
    });
    let told = crate::plan::fix_buckets(&gateway_only, &central);
    assert_eq!(told.len(), 1, "a gateway delivers there, too");
    let empty = but(bare(), |i| i.regions[0].vpcs.items.clear());
    assert!(crate::plan::fix_buckets(&empty, &central).is_empty());
    assert!(crate::plan::fix_buckets(&bare(), &Policy::default()).is_empty());
}

#[test]
fn a_bucket_out_of_reach_is_said() {
    let central = fixing(|fix| {
        fix.destination = Some(DestinationKind::S3);
        fix.bucket = Some("elsewhere".to_owned());
        fix.bucket_account = Some("333333333333".to_owned());
    });
    assert_eq!(
        refused(&plan(&bare(), &central, false)),
        [("flow-log-missing", "vpc-1", Reason::NotConfigured)]
    );
}

#[test]
fn transit_gateways_get_their_own_kind_of_flow_log() {
    let gateway = but(recorded(), |i| {
        i.regions[0].transit_gateways = Listing::complete(vec![TransitGateway {
            transit_gateway_id: "tgw-1".to_owned(),
            owner_id: Some(ACCOUNT.to_owned()),
            ..TransitGateway::default()
        }]);
    });
    let plan = plan(&gateway, &Policy::default(), false);
    let Change::CreateFlowLogs { flow_logs, .. } = &step(&plan, "flow-log").change else {
        panic!("{plan:?}");
    };
    assert_eq!(
        (
            flow_logs.traffic_type.as_deref(),
            flow_logs.max_aggregation_interval
        ),
        (None, Some(60))
    );
    assert_eq!(
        flow_logs.log_group_name.as_deref(),
        Some("/flowcover/eu-west-1/tgw-1")
    );
}

#[test]
fn what_a_plan_makes_passes_every_check() {
    let plan = plan(&bare(), &Policy::default(), false);
    let after = apply(&plan, &bare());
    let report = cis(&after);
    assert_eq!(report.all_findings().count(), 0, "{:?}", report.findings);
    assert_eq!(report.vpcs[0].basis, Some(crate::verdict::Basis::Facts));
}
