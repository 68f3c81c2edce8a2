//! Settling: once VPCs and transit gateways are completed, each finding is answered or refused.

use std::collections::BTreeSet;

use super::complete::{Outcome, Outcomes};
use super::manual::aws;
use super::mend::Fate;
use super::reasons::never_changed;
use super::refusal::Refusal;
use super::retire::Retired;
use super::{Builder, Reason};
use crate::finding::Finding;
use crate::iam::PolicyDocument;
use crate::iam::flow_logs::{breadth, trust_without_source_conditions};
use crate::judge::context::Home;
use crate::judge::delivery::role_policies;
use crate::verdict::Verdict;

impl Builder<'_> {
    pub(super) fn settle(&mut self) {
        self.decide_fates();
        let outcomes = self.complete();
        for place in 0..self.findings.all.len() {
            if let Err(refusal) = self.settle_finding(place, &outcomes) {
                self.findings.refuse(place, refusal);
            }
        }
        self.settle_what_goes();
    }

    /// What is reported of a flow log that may go on failing goes with it, whatever else it is replaced for.
    fn settle_what_goes(&mut self) {
        for place in 0..self.findings.all.len() {
            let finding = self.findings.all[place].finding;
            let Ok(flow_log) = self.flow_log_of(finding) else {
                continue;
            };
            if finding.check == "delivery-failing"
                && let Some(Ok(retired)) = self.retired.get(&flow_log).cloned()
                && self.may_fail(flow_log).is_some()
            {
                self.answer_with_retired(place, retired);
            }
        }
    }

    fn settle_finding(&mut self, place: usize, outcomes: &Outcomes) -> Result<(), Refusal> {
        let noted = &self.findings.all[place];
        let (finding, home) = (noted.finding, noted.home);
        match finding.check.as_str() {
            "flow-log-missing"
            | "coverage-partial"
            | "traffic-type-insufficient"
            | "transit-gateway-not-recorded" => {
                self.settle_coverage(place, home, outcomes.of(home))
            }
            "delivery-failing"
            | "destination-missing"
            | "role-not-assumable"
            | "role-lacks-permission"
            | "bucket-refuses-delivery" => self.settle_failing(place, finding, outcomes),
            "format-lacks-fields" | "interval-too-coarse" | "destination-not-allowed" => {
                let flow_log = self.flow_log_of(finding)?;
                self.retire_all(place, &[flow_log], outcomes)
            }
            "destination-shared" => {
                let users = self.users_of_destination(&finding.resource.id).to_vec();
                self.retire_all(place, &users, outcomes)
            }
            "retention-out-of-policy" if is_log_group(finding) => {
                let draft = self.set_retention(finding)?;
                self.add_answer(place, draft);
                Ok(())
            }
            "log-group-unencrypted" => {
                let draft = self.set_key(finding)?;
                self.add_answer(place, draft);
                Ok(())
            }
            "role-too-broad" => self.settle_broad_role(place, finding),
            _ => Err(never_changed(finding)),
        }
    }

    fn add_answer(&mut self, place: usize, draft: super::steps::Draft) {
        let step = self.steps.add(draft);
        self.steps.answer(&BTreeSet::from([step]), place);
    }

    fn settle_coverage(
        &mut self,
        place: usize,
        home: Home,
        outcome: &Outcome,
    ) -> Result<(), Refusal> {
        match outcome {
            Outcome::Done {
                hangs: Some(refusal),
                ..
            } => Err(refusal.clone()),
            Outcome::Done {
                open: Some(refusal),
                ..
            } if self.findings.all[place].finding.check == "coverage-partial" => {
                Err(refusal.clone())
            }
            Outcome::Done { made, mended, .. } => {
                self.steps.answer(mended, place);
                for new in made {
                    self.answer_with(*new, place);
                }
                Ok(())
            }
            Outcome::Not(refusal) => Err(refusal.clone()),
            Outcome::Left => Err(self.why_left(home)),
        }
    }

    /// Why nothing is done about a VPC or transit gateway as a whole.
    pub(super) fn why_left(&self, home: Home) -> Refusal {
        let (answer, region, owner) = match home {
            Home::Vpc(vpc) => {
                let judged = &self.context.vpcs[vpc];
                (
                    &judged.answer,
                    judged.region,
                    judged.vpc.owner_id.as_deref(),
                )
            }
            Home::TransitGateway(gateway) => {
                let judged = &self.context.transit_gateways[gateway];
                let owner = judged.gateway.owner_id.as_deref();
                (&judged.answer, judged.region, owner)
            }
            Home::Nowhere => {
                return Refusal::new(
                    Reason::NotOurs,
                    "flowcover makes no flow logs on what it is attached to",
                    vec!["mend what it depends on, or make it anew by hand".to_owned()],
                );
            }
        };
        match answer.verdict {
            Verdict::NotOwned => Refusal::new(
                Reason::NotOwned,
                answer.reason.clone(),
                vec![format!(
                    "let account {} make the flow log",
                    owner.unwrap_or("that owns it")
                )],
            ),
            Verdict::Unknown => self.unknown(region, &answer.reason),
            Verdict::Exempt => Refusal::new(Reason::LeftAlone, answer.reason.clone(), Vec::new()),
            Verdict::NotRecorded | Verdict::Recorded => Refusal::new(
                Reason::LeftAlone,
                "the policy does not ask for more",
                Vec::new(),
            ),
        }
    }

    fn settle_failing(
        &mut self,
        place: usize,
        finding: &Finding,
        outcomes: &Outcomes,
    ) -> Result<(), Refusal> {
        let flow_log = self.flow_log_of(finding)?;
        match self.fates[flow_log].clone() {
            Fate::Mended { steps, stays } => {
                if let Some(why) = stays.filter(|_| finding.check == "delivery-failing") {
                    return Err(self.stays_reported(flow_log, why, outcomes));
                }
                self.steps.answer(&steps, place);
                Ok(())
            }
            Fate::Waiting(why) => Err(self.stays_reported(flow_log, why, outcomes)),
            Fate::Recording if finding.check == "destination-missing" => {
                let draft = self.log_group_of_use_again(flow_log)?;
                self.add_answer(place, draft);
                Ok(())
            }
            Fate::Recording => Err(never_changed(finding)),
            Fate::Broken => self.retire_all(place, &[flow_log], outcomes),
        }
    }

    /// A finding is answered once all these flow logs are gone; none of them goes unless all can.
    fn retire_all(
        &mut self,
        place: usize,
        flow_logs: &[usize],
        outcomes: &Outcomes,
    ) -> Result<(), Refusal> {
        let check = self.findings.all[place].finding.check.clone();
        for flow_log in flow_logs {
            self.check_retirement(*flow_log, &check, outcomes)?;
        }
        let mut retired: Vec<Retired> = Vec::new();
        for flow_log in flow_logs {
            retired.push(self.retire(*flow_log, outcomes)?);
        }
        for retired in retired {
            self.answer_with_retired(place, retired);
        }
        Ok(())
    }

    fn answer_with_retired(&mut self, place: usize, Retired { step, made }: Retired) {
        self.steps.answer(&BTreeSet::from([step]), place);
        for made in made {
            self.answer_with(made, place);
        }
    }

    fn settle_broad_role(&mut self, place: usize, finding: &Finding) -> Result<(), Refusal> {
        let arn = finding.resource.id.as_str();
        let users = self.users_of_role(arn);
        let Some(first) = users
            .first()
            .map(|place| self.context.index.flow_logs[*place].region)
        else {
            return Err(never_changed(finding));
        };
        self.chosen(first)?;
        let right = self.mended_role(arn).filter(|(_, role)| {
            let narrow = breadth(&role_policies(&self.context.index, role)).is_empty();
            let trust = role.trust_policy.present();
            let trust = trust.and_then(|text| PolicyDocument::parse(text).ok());
            narrow && trust.is_some_and(|trust| !trust_without_source_conditions(&trust))
        });
        let Some((draft, _)) = right else {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            return Err(Refusal::new(
                Reason::NotOurs,
                format!("role {name} was not made by flowcover, or more policies are attached to it than flowcover gave it"),
                vec![
                    aws(&["iam", "list-role-policies", "--role-name", name], None),
                    aws(&["iam", "list-attached-role-policies", "--role-name", name], None),
                    "grant only what delivery needs, on the log groups of flow logs, and bind the trust policy to the account with aws:SourceAccount".to_owned(),
                ],
            ));
        };
        self.add_answer(place, draft);
        Ok(())
    }

    /// The flow log that a finding is about, as its place in the index.
    fn flow_log_of(&self, finding: &Finding) -> Result<usize, Refusal> {
        let resource = &finding.resource;
        let region = resource
            .account_id
            .as_deref()
            .zip(resource.region.as_deref());
        let region =
            region.and_then(|(account, region)| self.context.index.region(account, region));
        let in_region = region.map(|place| self.context.region(place).flow_logs.clone());
        let found = in_region
            .into_iter()
            .flatten()
            .find(|place| self.context.index.flow_logs[*place].flow_log.flow_log_id == resource.id);
        found.ok_or_else(|| {
            Refusal::not_read(format!("flow log {} was not read", resource.id), None)
        })
    }
}

fn is_log_group(finding: &Finding) -> bool {
    finding.resource.kind == "AWS::Logs::LogGroup"
}
