//! Published recipes that go wrong, replayed, and the check that finds each.

use flowcover_testkit::Moto;

use crate::moto::{audit, compare};
use crate::support::{Program, list, parse, text};

/// Each recipe, and the check that tells its reader what is wrong.
const RECIPES: &[(&str, &str)] = &[
    ("recipe-trust-on-ec2", "role-not-assumable"),
    ("recipe-policy-on-group", "role-lacks-permission"),
    ("recipe-missing-managed-policy", "role-lacks-permission"),
    ("recipe-one-group-for-all", "destination-shared"),
    ("recipe-no-retention", "retention-out-of-policy"),
    ("recipe-arn-without-star", "role-lacks-permission"),
];

#[test]
fn every_wrong_recipe_is_found() {
    let moto = Moto::start();
    let recipes: Vec<_> = RECIPES.iter().map(|(recipe, _)| *recipe).collect();
    let made = parse(&moto.seed(&recipes));
    let report = audit(&moto, &["us-east-1"]).report();
    insta::assert_snapshot!("recipes", compare(&report, &made));
    for (recipe, check) in RECIPES {
        let of_recipe = |vpc: &&serde_json::Value| vpc["scenario"] == *recipe;
        let mut vpcs = list(&made["vpcs"]).iter().filter(of_recipe).peekable();
        assert!(vpcs.peek().is_some(), "{recipe}");
        for vpc in vpcs {
            let of_vpc = list(&report.seeded(vpc)["findings"]).iter();
            let all = of_vpc.chain(list(&report.0["findings"]));
            let mut all = all.filter(|finding| finding["check"] == *check);
            let finding = all.next().unwrap_or_else(|| panic!("{recipe}: no {check}"));
            let evidence = finding["evidence"].as_object().unwrap();
            assert!(!evidence.is_empty() && !text(&finding["message"]).is_empty());
        }
    }
}

/// Whoever looks up the check finds the recipe's mistake named among the gotchas.
#[test]
fn every_wrong_recipe_is_a_named_gotcha() {
    for (check, named) in [
        ("role-not-assumable", "ec2.amazonaws.com"),
        ("role-lacks-permission", "group"),
        ("role-lacks-permission", "managed policy"),
        ("role-lacks-permission", ":*"),
        ("destination-shared", "one log group"),
        ("retention-out-of-policy", "no retention"),
    ] {
        let run = Program::new(&["explain", check]).run();
        let page = run.stdout.to_lowercase();
        let (_, gotchas) = page.split_once("gotchas").expect("a section of gotchas");
        assert!(gotchas.contains(named), "{check} does not name `{named}`");
        assert_eq!(run.code, 0);
    }
}
