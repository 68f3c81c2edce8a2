//! What counts as new, fixed and not checked.

use super::*;
use crate::fixture::*;
use crate::inventory::{Fact, Inventory, Listing};

fn between(before: &Inventory, now: &Inventory) -> Changes {
    changes(&cis(before), &cis(now))
}

#[test]
fn nothing_changed() {
    let changes = between(&bare(), &bare());
    assert_eq!(
        (changes.new, changes.fixed, changes.unchanged),
        (vec![], vec![], 1)
    );
    assert!(changes.verdicts.is_empty());
}

#[test]
fn new_and_fixed() {
    let worse = between(&recorded(), &bare());
    assert_eq!((worse.new.len(), worse.fixed.len()), (1, 0));
    let better = between(&bare(), &recorded());
    assert_eq!(better.fixed, ["flow-log-missing vpc-1"]);
    assert_eq!(
        (better.verdicts[0].before, better.verdicts[0].now),
        (Some(Verdict::NotRecorded), Some(Verdict::Recorded))
    );
}

#[test]
fn unread_is_not_fixed() {
    let unread = but(bare(), |i| {
        i.regions[0].status = RegionStatus::Denied;
        i.regions[0].vpcs = Listing::not_read();
        i.regions[0].flow_logs = Listing::not_read();
        i.gaps.push(gap("ec2:DescribeVpcs"));
    });
    let changes = between(&bare(), &unread);
    assert_eq!(
        (changes.fixed.len(), changes.not_checked),
        (0, vec!["flow-log-missing vpc-1".to_owned()])
    );
    assert_eq!(changes.verdicts[0].now, Some(Verdict::Unknown));
    let out_of_scope = but(bare(), |i| i.regions.clear());
    assert_eq!(between(&bare(), &out_of_scope).not_checked.len(), 1);
}

#[test]
fn unread_role_is_not_fixed() {
    let wrong = but(recorded(), |i| {
        i.roles.insert(
            ROLE.to_owned(),
            Fact::Present(role(WRONG_TRUST, WRITE_LOGS)),
        );
    });
    let unread = but(recorded(), |i| {
        i.roles.insert(ROLE.to_owned(), Fact::NotRead);
        let mut gap = gap("iam:GetRole");
        gap.region = None;
        gap.resource = Some(ROLE.to_owned());
        i.gaps.push(gap);
    });
    let changes = between(&wrong, &unread);
    assert_eq!(
        (changes.fixed.len(), changes.not_checked),
        (0, vec!["role-not-assumable fl-1".to_owned()])
    );
    assert_eq!(
        between(&wrong, &recorded()).fixed,
        ["role-not-assumable fl-1"]
    );
}

#[test]
fn shallow_report_fixes_no_deep_finding() {
    let wrong = but(recorded(), |i| {
        i.roles.insert(
            ROLE.to_owned(),
            Fact::Present(role(WRONG_TRUST, WRITE_LOGS)),
        );
    });
    let shallow = but(recorded(), |i| i.depth = Depth::Delivery);
    let changes = between(&wrong, &shallow);
    assert_eq!((changes.fixed.len(), changes.not_checked.len()), (0, 1));
}

#[test]
fn vpc_that_is_gone_is_fixed() {
    let gone = but(bare(), |i| i.regions[0].vpcs = Listing::complete(vec![]));
    let changes = between(&bare(), &gone);
    assert_eq!(changes.fixed, ["flow-log-missing vpc-1"]);
    assert_eq!(changes.verdicts[0].now, None);
}
