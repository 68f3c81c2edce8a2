//! Log groups of flowcover that are given a KMS key, and give it back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::{Bench, REGIONS};
use crate::support::{list, text};

/// The key of each log group, by region and name.
fn keys(bench: &Bench) -> BTreeSet<(&'static str, String, Option<String>)> {
    let groups = REGIONS.into_iter().flat_map(|region| {
        let told = bench.call(region, ["logs", "describe_log_groups"], &json!({}));
        let groups = list(&told["logGroups"]).to_vec();
        groups.into_iter().map(move |group| {
            let key = group["kmsKeyId"].as_str().map(str::to_owned);
            (region, text(&group["logGroupName"]).to_owned(), key)
        })
    });
    groups.collect()
}

/// Checks that have a finding about more than one VPC: those of log groups among them.
fn found(bench: &Bench) -> BTreeSet<String> {
    let report = bench.audit();
    let findings = list(&report.0["findings"]).iter();
    findings.map(|it| text(&it["check"]).to_owned()).collect()
}

#[test]
fn groups_without_a_key_get_the_one_that_the_policy_names_and_give_it_back() {
    let bench = Bench::with(&["no-flow-log"]);
    bench.plan(&[]);
    assert_eq!(bench.apply(&[]).code, 0);
    std::fs::remove_file(bench.journal()).unwrap();
    let before = (bench.world(), keys(&bench));
    assert!(before.1.iter().all(|(.., key)| key.is_none()));
    assert_eq!(before.1.len(), 2);

    let [first, second] = REGIONS;
    let [here, there] = REGIONS.map(|region| bench.key_for_groups(region));
    bench.policy(&format!(
        "[destinations]\nlog_group_encryption = \"kms\"\n[fix.log_group]\nkms_key = \"{here}\"\n[[fix.override]]\nregions = [\"{second}\"]\nlog_group = {{ kms_key = \"{there}\" }}\n"
    ));
    assert!(found(&bench).contains("log-group-unencrypted"));
    let plan = bench.plan(&[]);
    let kinds = list(&plan["steps"]).iter().map(|it| &it["change"]["kind"]);
    assert_eq!(
        kinds.collect::<Vec<&Value>>(),
        ["set-log-group-key"; 2],
        "{plan:#}"
    );
    let run = bench.apply(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let expected = before.1.iter().map(|(region, name, _)| {
        let key = if *region == first { &here } else { &there };
        (*region, name.clone(), Some(key.clone()))
    });
    assert_eq!(keys(&bench), expected.collect());
    assert!(!found(&bench).contains("log-group-unencrypted"));
    assert_eq!(bench.plan(&[])["steps"], json!([]));

    let run = bench.run(&["rollback", &bench.journal(), "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(keys(&bench), before.1);
    bench.assert_world(&before.0, &run);
}
