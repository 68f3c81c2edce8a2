use super::super::{AttachedPolicy, Context, RolePolicies, role_may};
use super::{by_role, word};

const ALL: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const LOGS: &str = r#"{"Statement": {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}}"#;
const S3: &str = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
const DENY_S3: &str = r#"{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
const DENY_LOGS: &str = r#"{"Statement": {"Effect": "Deny", "Action": "logs:*", "Resource": "*"}}"#;

/// A policy, or one that was not read for `-`.
fn attached(text: &str) -> AttachedPolicy {
    if text == "-" {
        AttachedPolicy::unread("p", "AccessDenied")
    } else {
        AttachedPolicy::parse("p", text)
    }
}

#[track_caller]
fn check(identity: &[&str], boundary: Option<&str>, levels: &[&[&str]], expected: &str) {
    let role = RolePolicies {
        identity: identity.iter().map(|text| attached(text)).collect(),
        boundary: boundary.map(attached),
        service_control: levels
            .iter()
            .map(|level| level.iter().map(|text| attached(text)).collect())
            .collect(),
        unplaced_control: Vec::new(),
    };
    judge(&role, expected);
}

#[track_caller]
fn check_unplaced(policies: &[&str], expected: &str) {
    let role = RolePolicies {
        identity: vec![attached(LOGS)],
        unplaced_control: policies.iter().map(|text| attached(text)).collect(),
        ..RolePolicies::default()
    };
    judge(&role, expected);
}

#[track_caller]
fn judge(role: &RolePolicies, expected: &str) {
    let decision = role_may(
        role,
        &by_role(
            "logs:PutLogEvents",
            Some("arn:aws:logs:r:1:log-group:g:log-stream:s"),
            Context::new(),
        ),
    );
    assert_eq!(word(&decision), expected, "{decision}");
}

#[test]
fn identity_policies_add_up() {
    check(&[], None, &[], "implicit");
    check(&[S3], None, &[], "implicit");
    check(&[S3, LOGS], None, &[], "allowed");
    check(&[S3, LOGS, DENY_LOGS], None, &[], "explicit");
}

#[test]
fn a_boundary_limits_and_does_not_grant() {
    check(&[LOGS], Some(ALL), &[], "allowed");
    check(&[LOGS], Some(S3), &[], "implicit");
    check(&[], Some(ALL), &[], "implicit");
    check(&[LOGS], Some(DENY_LOGS), &[], "explicit");
}

#[test]
fn every_level_of_control_policies_must_allow() {
    check(&[LOGS], None, &[&[ALL], &[ALL]], "allowed");
    check(&[LOGS], None, &[&[ALL], &[S3]], "implicit");
    check(&[LOGS], None, &[&[ALL], &[S3, LOGS]], "allowed");
    check(&[LOGS], None, &[&[ALL, DENY_LOGS]], "explicit");
    check(&[LOGS], None, &[&[]], "implicit");
}

#[test]
fn control_policies_of_unknown_level_allow_only_if_each_does() {
    check_unplaced(&[ALL], "allowed");
    check_unplaced(&[ALL, LOGS], "allowed");
    check_unplaced(&[ALL, S3], "cannot-tell");
    check_unplaced(&[S3], "implicit");
    check_unplaced(&[ALL, DENY_LOGS], "explicit");
    check_unplaced(&[ALL, DENY_S3], "allowed");
    check_unplaced(&[ALL, "-"], "cannot-tell");
}

#[test]
fn what_was_not_read_leaves_it_open_unless_the_rest_decides() {
    check(&[LOGS, "-"], None, &[], "cannot-tell");
    check(&["-"], None, &[], "cannot-tell");
    check(&[DENY_LOGS, "-"], None, &[], "explicit");
    check(&[LOGS], Some("-"), &[], "cannot-tell");
    check(&["-"], Some(S3), &[], "implicit");
    check(&[LOGS], None, &[&["-"]], "cannot-tell");
    check(&["not json"], None, &[], "cannot-tell");
}
