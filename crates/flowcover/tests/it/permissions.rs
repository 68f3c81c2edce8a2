//! What `permissions` prints can be deployed.

use flowcover_testkit::template_problems;

use crate::support::Program;

const REQUESTS: &[&[&str]] = &[
    &[],
    &["--organization"],
    &["--account", "111111111111", "--account", "222222222222"],
    &["--depth", "delivery", "--trusted-account", "111111111111"],
    &["--prove", "--external-id", "ab-cd", "--role-name", "Reader"],
];

fn printed(form: &str, request: &[&str]) -> String {
    let run = Program::new(&["permissions", "audit", "--as", form])
        .with(request)
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn templates_are_well_formed() {
    for form in ["cloudformation", "terraform"] {
        for request in REQUESTS {
            let template = printed(form, request);
            let problems = template_problems(form, &template);
            assert_eq!(problems, "", "{form} {request:?}:\n{template}");
        }
    }
}

/// The check can fail.
#[test]
fn a_broken_template_has_problems() {
    let template = printed("cloudformation", &[]);
    let broken = template.replace("AWS::IAM::Role", "AWS::IAM::Roll");
    assert!(template_problems("cloudformation", &broken).contains("AWS::IAM::Roll"));
    let template = printed("terraform", &[]).replace("statement {", "statement");
    assert_ne!(template_problems("terraform", &template), "");
}

#[test]
fn accounts_that_are_entered_are_named_one_by_one() {
    for form in ["policy", "cloudformation", "terraform"] {
        let some = printed(form, &["--account", "111111111111"]);
        assert!(some.contains("sts:AssumeRole"), "{form}");
        assert!(some.contains(":iam::111111111111:role/"), "{form}");
        assert!(!some.contains(":iam::*:"), "{form}");
        let all = printed(form, &["--organization"]);
        assert!(all.contains(":iam::*:role/"), "{form}");
    }
    let none = printed("policy", &[]);
    assert!(!none.contains("sts:AssumeRole"));
}

/// An audit does not need them.
#[test]
fn security_groups_are_read_by_those_who_ask() {
    const ACTIONS: [&str; 4] = [
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeManagedPrefixLists",
        "ec2:GetManagedPrefixListEntries",
    ];
    for form in ["policy", "cloudformation", "terraform"] {
        let usual = printed(form, &[]);
        let with = printed(form, &["--security-groups"]);
        for action in ACTIONS {
            assert!(!usual.contains(action), "{form} {action}");
            assert!(with.contains(action), "{form} {action}");
        }
        if form != "policy" {
            assert_eq!(template_problems(form, &with), "", "{with}");
        }
    }
    let refused = Program::new(&["permissions", "query", "--security-groups"]).run();
    assert_eq!(refused.code, 2, "{}", refused.stderr);
}

#[test]
fn reading_records_needs_nothing_but_reads() {
    let run = Program::new(&["permissions", "query", "--bucket", "logs"])
        .with(&["--log-groups", "/vpc/flow"])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("reading_records", run.stdout);
    for command in ["top", "find", "tail", "convert", "detect", "suggest"] {
        let other = Program::new(&["permissions", command, "--bucket", "logs"])
            .with(&["--log-groups", "/vpc/flow"])
            .run();
        assert_eq!(other.stdout, run.stdout, "{command}");
    }
    for form in ["cloudformation", "terraform"] {
        let template = Program::new(&["permissions", "query", "--as", form]).run();
        let problems = template_problems(form, &template.stdout);
        assert_eq!(problems, "", "{form}:\n{}", template.stdout);
    }
}
