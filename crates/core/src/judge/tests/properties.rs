//! What holds for every inventory.

use proptest::prelude::*;

use super::strategies::{HIDDEN, any_inventory, hide};
use crate::Severity;
use crate::checks;
use crate::fixture::*;
use crate::inventory::*;
use crate::judge::assess;
use crate::policy::Policy;
use crate::report::{Report, VpcReport};
use crate::verdict::Verdict;

fn any_policy() -> impl Strategy<Value = Policy> {
    prop::sample::select(vec!["cis", "strict", "pci"])
        .prop_map(|preset| Policy::preset(preset).unwrap())
}

fn deciding(vpc: &VpcReport) -> impl Iterator<Item = &crate::finding::Finding> {
    vpc.findings
        .iter()
        .filter(|finding| checks::by_id(&finding.check).unwrap().decides)
}

fn verdicts(report: &Report) -> Vec<(&str, Verdict)> {
    report
        .vpcs
        .iter()
        .map(|vpc| (vpc.vpc_id.as_str(), vpc.verdict))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_verdict_is_explained(inventory in any_inventory(), policy in any_policy()) {
        for vpc in &assess(&inventory, &policy).vpcs {
            prop_assert!(!vpc.reason.is_empty());
            match vpc.verdict {
                Verdict::NotRecorded => {
                    prop_assert!(deciding(vpc).next().is_some(), "{}: {:?}", vpc.reason, vpc.findings);
                    prop_assert!(vpc.basis.is_some());
                }
                Verdict::Recorded => {
                    prop_assert!(vpc.basis.is_some());
                    let worst = deciding(vpc).map(|finding| finding.severity).max();
                    prop_assert!(worst.is_none_or(|worst| worst <= Severity::Low));
                }
                Verdict::Unknown => {
                    prop_assert_eq!(vpc.basis, None);
                    let says = ["could not", "not read", "cannot be told", "not known", "does not say", "asks for more"];
                    prop_assert!(says.iter().any(|says| vpc.reason.contains(says)), "{}", vpc.reason);
                }
                Verdict::Exempt | Verdict::NotOwned => {}
            }
        }
    }

    #[test]
    fn hidden_facts_never_turn_a_verdict_round(inventory in any_inventory(), what in 0..=HIDDEN) {
        // Under `evidence = "facts"` what is hidden can only make a verdict unknown.
        let strict = Policy::preset("strict").unwrap();
        let mut hidden = inventory.clone();
        hide(&mut hidden, what);
        let (seen, unseen) = (assess(&inventory, &strict), assess(&hidden, &strict));
        for ((id, before), (_, after)) in verdicts(&seen).into_iter().zip(verdicts(&unseen)) {
            prop_assert!(after == before || after == Verdict::Unknown, "{id}: {before} became {after}, hiding {what}");
        }
    }

    #[test]
    fn hidden_facts_never_break_what_is_recorded(inventory in any_inventory(), what in 0..=HIDDEN, policy in any_policy()) {
        let mut hidden = inventory.clone();
        hide(&mut hidden, what);
        let (seen, unseen) = (assess(&inventory, &policy), assess(&hidden, &policy));
        for ((id, before), (_, after)) in verdicts(&seen).into_iter().zip(verdicts(&unseen)) {
            let broke = before == Verdict::Recorded && after == Verdict::NotRecorded;
            prop_assert!(!broke, "{id}, hiding {what}");
            // Only DeliverLogsStatus can make good what a hidden fact proved broken.
            if before == Verdict::NotRecorded && after == Verdict::Recorded {
                let vpc = unseen.vpcs.iter().find(|vpc| vpc.vpc_id == id).unwrap();
                prop_assert_eq!(vpc.basis, Some(crate::verdict::Basis::DeliveryStatus));
            }
        }
    }

    #[test]
    fn facts_that_are_read_break_only_by_proof(inventory in any_inventory(), what in 0..=HIDDEN, policy in any_policy()) {
        // From hidden to seen: recorded becomes not-recorded only where a finding proves it.
        let mut hidden = inventory.clone();
        hide(&mut hidden, what);
        let (seen, unseen) = (assess(&inventory, &policy), assess(&hidden, &policy));
        for (vpc, (_, before)) in seen.vpcs.iter().zip(verdicts(&unseen)) {
            if before == Verdict::Recorded && vpc.verdict == Verdict::NotRecorded {
                let proves = |check: &str| {
                    ["destination-missing", "role-not-assumable", "role-lacks-permission", "bucket-refuses-delivery", "records-stale"]
                        .contains(&check)
                };
                prop_assert!(vpc.findings.iter().any(|finding| proves(&finding.check)), "{}", vpc.reason);
            }
        }
    }

    #[test]
    fn wider_policies_only_ask_for_more(inventory in any_inventory()) {
        let reject = Policy::default();
        let all = policy("cis", |policy| policy.traffic_type.value = TrafficType::All);
        let (narrow, wide) = (assess(&inventory, &reject), assess(&inventory, &all));
        for ((id, narrow), (_, wide)) in verdicts(&narrow).into_iter().zip(verdicts(&wide)) {
            prop_assert!(wide != Verdict::Recorded || narrow == Verdict::Recorded, "{id}");
            prop_assert!(narrow != Verdict::NotRecorded || wide == Verdict::NotRecorded, "{id}");
        }
    }

    #[test]
    fn same_inventory_gives_the_same_bytes(inventory in any_inventory(), policy in any_policy()) {
        let bytes = |inventory: &Inventory| serde_json::to_string(&assess(inventory, &policy)).unwrap();
        let mut shuffled = inventory.clone();
        shuffled.regions[0].flow_logs.items.reverse();
        shuffled.regions[0].vpcs.items.reverse();
        shuffled.regions[0].subnets.items.reverse();
        shuffled.regions[0].network_interfaces.items.reverse();
        shuffled.sort();
        let mut sorted = inventory.clone();
        sorted.sort();
        prop_assert_eq!(bytes(&sorted), bytes(&shuffled));
        let stored: Inventory = serde_json::from_str(&serde_json::to_string(&sorted).unwrap()).unwrap();
        prop_assert_eq!(bytes(&stored), bytes(&sorted));
    }

    #[test]
    fn report_survives_its_json(inventory in any_inventory()) {
        let mut report = cis(&inventory);
        // Which VPCs share a finding is no part of the stored form.
        report.findings.iter_mut().for_each(|finding| finding.vpcs.clear());
        let stored: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        prop_assert_eq!(stored, report);
    }

    #[test]
    fn safe_fixes_take_nothing_away(inventory in any_inventory(), policy in any_policy()) {
        let mut inventory = inventory;
        inventory.regions[0].flow_logs.items.iter_mut().for_each(|log| log.log_format = Some("${start}".to_owned()));
        for finding in assess(&inventory, &policy).all_findings() {
            let Some(fix) = finding.fix.as_ref().filter(|fix| fix.safe) else { continue };
            for takes in ["delete", "anew", "in place of", "deny"] {
                prop_assert!(!fix.summary.contains(takes), "{}: {}", finding.check, fix.summary);
            }
        }
    }

    #[test]
    fn counts_add_up_and_fingerprints_are_unique(inventory in any_inventory(), policy in any_policy()) {
        let report = assess(&inventory, &policy);
        let summary = &report.summary;
        let sum = summary.recorded + summary.not_recorded + summary.unknown + summary.exempt + summary.not_owned;
        prop_assert_eq!(sum, summary.vpcs);
        prop_assert_eq!(summary.vpcs as usize, inventory.regions[0].vpcs.items.len());
        let prints: std::collections::HashSet<_> = report.all_findings().map(|finding| &finding.fingerprint).collect();
        prop_assert_eq!(prints.len(), report.all_findings().count());
        prop_assert_eq!(summary.findings.values().sum::<u64>() as usize, prints.len());
    }
}
