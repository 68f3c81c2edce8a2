//! What service control policies do to a role that delivers.

use crate::Verdict::{NotRecorded, Recorded, Unknown};
use crate::fixture::*;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::Policy;
use crate::verdict::{Basis, Verdict};

const FULL: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const EC2: &str = r#"{"Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}"#;
const LOGS: &str = r#"{"Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}"#;
const DENY: &str = r#"{"Statement":[{"Effect":"Deny","Action":"logs:*","Resource":"*"}]}"#;

const FACTS: Option<Basis> = Some(Basis::Facts);
const STATUS: Option<Basis> = Some(Basis::DeliveryStatus);

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

/// `recorded()` in an organisation, in which the account is a member.
fn member(protection: Option<Protection>) -> Inventory {
    but(recorded(), |i| {
        i.organization = Some(organization());
        i.accounts[0].organizational_units = vec!["r-1".to_owned(), "ou-1".to_owned()];
        i.accounts[0].protection = protection;
    })
}

/// Policies by level, as text; each is named by its text.
fn levels(levels: &[&[&str]]) -> Protection {
    let targets = ["r-1", "ou-1", ACCOUNT];
    let mut documents: Vec<&str> = levels.iter().copied().flatten().copied().collect();
    documents.sort_unstable();
    documents.dedup();
    let placed = targets
        .iter()
        .zip(levels)
        .map(|(target, level)| ControlLevel {
            target_id: (*target).to_owned(),
            policies: level.iter().map(|text| (*text).to_owned()).collect(),
        });
    Protection {
        service_control_levels: placed.collect(),
        ..flat(&documents)
    }
}

/// The same as snapshots of before have it: all policies, without their levels.
fn flat(documents: &[&str]) -> Protection {
    let named = |text: &&str| NamedPolicy {
        name: (*text).to_owned(),
        document: Fact::Present((*text).to_owned()),
    };
    Protection {
        service_control_policies: Fact::Present(documents.iter().map(named).collect()),
        service_control_levels: Vec::new(),
        config_rules: Fact::Present(Vec::new()),
    }
}

#[test]
fn each_level_of_control_policies_must_allow() {
    let good = [&[FULL][..], &[FULL], &[EC2, LOGS]];
    check(
        "strict",
        &member(Some(levels(&good))),
        Recorded,
        FACTS,
        "every fact",
    );
    // Only one policy allows the log actions, and it hangs above.
    let allow_list = [&[FULL][..], &[EC2], &[FULL]];
    let bound = member(Some(levels(&allow_list)));
    for preset in ["cis", "strict"] {
        check(
            preset,
            &bound,
            NotRecorded,
            FACTS,
            "lacks logs:CreateLogStream",
        );
    }
    let denied = member(Some(levels(&[&[FULL], &[FULL, DENY], &[FULL]])));
    check("cis", &denied, NotRecorded, FACTS, "lacks");
}

#[test]
fn unknown_levels_leave_open_what_an_allow_list_grants() {
    check("strict", &member(Some(flat(&[FULL]))), Recorded, FACTS, "");
    let list = member(Some(flat(&[FULL, EC2])));
    check("strict", &list, Unknown, None, "at which level");
    check("cis", &list, Recorded, STATUS, "");
    check(
        "cis",
        &member(Some(flat(&[EC2]))),
        NotRecorded,
        FACTS,
        "lacks",
    );
    check(
        "cis",
        &member(Some(flat(&[FULL, DENY]))),
        NotRecorded,
        FACTS,
        "lacks",
    );
}

#[test]
fn unread_control_policies_of_a_member_are_not_known() {
    let unread = Protection {
        service_control_policies: Fact::NotRead,
        ..flat(&[])
    };
    for protection in [Some(unread), None] {
        let member = member(protection);
        check("cis", &member, Recorded, STATUS, "");
        check(
            "strict",
            &member,
            Unknown,
            None,
            "service control policies of account",
        );
        let silent = but(member, |i| {
            i.regions[0].flow_logs.items[0].deliver_logs_status = None;
        });
        check(
            "cis",
            &silent,
            Unknown,
            None,
            "service control policies of account",
        );
    }
    let empty_level = [&[FULL][..], &[], &[FULL]];
    check(
        "strict",
        &member(Some(levels(&empty_level))),
        Unknown,
        None,
        "ou-1",
    );
}

#[test]
fn control_policies_do_not_bind_the_management_account() {
    let management = but(member(Some(flat(&[DENY]))), |i| {
        i.organization.as_mut().unwrap().management_account_id = ACCOUNT.to_owned();
    });
    check("strict", &management, Recorded, FACTS, "every fact");
    assert!(!only(cis(&management)).reason.contains("weighed"));
}

#[test]
fn without_an_organisation_control_policies_do_not_weigh_and_the_reason_says_so() {
    for preset in ["cis", "strict"] {
        check(
            preset,
            &recorded(),
            Recorded,
            FACTS,
            "service control policies were not weighed",
        );
    }
    let to_bucket = only(cis(&with(vec![to_bucket(flow_log("fl-1", "vpc-1"))])));
    assert!(
        !to_bucket.reason.contains("weighed"),
        "no role delivers there"
    );
}
