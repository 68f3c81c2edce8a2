//! Flow logs whose delivery AWS may not take up again although nothing is wrong any more with what they depend on: with
//! `--replace` others are made in their place, and they are deleted once those deliver.

use super::complete::{Outcome, Outcomes};
use super::manual::aws;
use super::mend::Fate;
use super::naming::{account_of, role_name};
use super::refusal::Refusal;
use super::retire::REPLACE;
use super::{Builder, Reason};
use crate::inventory::FlowLog;
use crate::judge::delivery::{Delivery, Proof, reports_failure};
use crate::plan::{is_ours_as, step_id};
use crate::verdict::Verdict;

/// What AWS reports where more arrives than CloudWatch Logs takes (`DescribeFlowLogs`, `DeliverLogsErrorMessage`).
const RATE_LIMITED: &str = "Rate limited";

impl Builder<'_> {
    /// With `--replace`: gives up those of these flow logs that AWS reports as failing and may not take up again, so that
    /// others are made in their place. Gives what became of them before.
    pub(super) fn give_up(&mut self, flow_logs: &[usize]) -> Vec<(usize, Fate)> {
        let mut before = Vec::new();
        for &place in flow_logs {
            if self.is_renewable(place) {
                before.push((
                    place,
                    std::mem::replace(&mut self.fates[place], Fate::Broken),
                ));
            }
        }
        before
    }

    /// Keeps flow logs that were given up, for nothing can be made in their place.
    pub(super) fn keep(&mut self, given_up: Vec<(usize, Fate)>, why: &Refusal) {
        for (place, fate) in given_up {
            self.fates[place] = fate;
            self.kept.insert(place, why.clone());
        }
    }

    /// Whether it is given up with `--replace` where something can be made in its place.
    pub(super) fn is_renewable(&self, place: usize) -> bool {
        let verdict = self.verdict_of(self.context.homes[place]);
        self.would_deliver_anew(place)
            && verdict == Some(Verdict::NotRecorded)
            && self.is_worth_mending(place)
    }

    /// Whether `--replace` is given, and nothing is found that keeps another one from delivering once what is mended is mended.
    fn would_deliver_anew(&self, place: usize) -> bool {
        let is_well = match &self.fates[place] {
            Fate::Mended { stays, .. } => stays.is_some(),
            Fate::Waiting(_) => true,
            Fate::Recording | Fate::Broken => false,
        };
        self.request.replace && is_well && self.fails_by_itself(place)
    }

    /// Why it stays reported that a flow log fails, `why` being why it may.
    pub(super) fn stays_reported(
        &mut self,
        place: usize,
        why: Refusal,
        outcomes: &Outcomes,
    ) -> Refusal {
        if self.would_deliver_anew(place) && !self.kept.contains_key(&place) {
            let home = self.context.homes[place];
            let left = match outcomes.of(home) {
                Outcome::Not(refusal) => refusal.clone(),
                _ if self.verdict_of(home) == Some(Verdict::Recorded) => self.spare(place),
                Outcome::Done { .. } | Outcome::Left => self.why_left(home),
            };
            self.kept.insert(place, left);
        }
        self.may_fail(place).unwrap_or(why)
    }

    /// Why nothing takes the place of a flow log that may yet deliver and that nobody needs.
    fn spare(&self, place: usize) -> Refusal {
        let index = &self.context.index;
        let at = &index.flow_logs[place];
        let region = &index.region_of(at).region.region;
        let id = at.flow_log.flow_log_id.as_str();
        Refusal::new(
            Reason::LeftAlone,
            "others record what the policy asks for",
            vec![aws(
                &["ec2", "delete-flow-logs", "--flow-log-ids", id],
                Some(region),
            )],
        )
    }

    /// Whether AWS reports that it fails, and not because more arrives than is taken: that would befall another one, too.
    fn fails_by_itself(&self, place: usize) -> bool {
        let flow_log = self.context.index.flow_logs[place].flow_log;
        reports_failure(flow_log) && !is_rate_limited(flow_log)
    }

    /// Why a flow log may go on failing all the same, once the plan is carried out.
    pub(super) fn may_fail(&self, place: usize) -> Option<Refusal> {
        let (Fate::Mended {
            stays: Some(why), ..
        }
        | Fate::Waiting(why)) = &self.fates[place]
        else {
            return None;
        };
        Some(self.kept.get(&place).map_or_else(
            || why.clone(),
            |refused| Refusal {
                message: format!("{}; it is not replaced: {}", why.message, refused.message),
                ..refused.clone()
            },
        ))
    }

    /// Whether flowcover made the role that a flow log names.
    pub(super) fn names_our_role(&self, place: usize) -> bool {
        let flow_log = self.context.index.flow_logs[place].flow_log;
        let Some(arn) = flow_log.deliver_logs_permission_arn.as_deref() else {
            return false;
        };
        let role = self.context.inventory().roles.get(arn);
        let named = role_name(arn).zip(account_of(arn));
        role.and_then(|role| role.present())
            .zip(named)
            .is_some_and(|(role, (name, account_id))| {
                is_ours_as(&role.tags, &step_id(account_id, None, "role", name))
            })
    }
}

/// Why a flow log may go on failing once its role has the permissions that it lacked. That one which failed for want of them
/// may have to be made anew is an experience of many, and nothing that AWS documents.
pub(super) fn stays(id: &str, delivery: &Delivery) -> Option<Refusal> {
    let lacks = |proof: &Proof| matches!(proof, Proof::RoleLacksPermission { .. });
    delivery.proofs.iter().any(lacks).then(|| {
        Refusal::new(
            Reason::NeedsReplace,
            format!(
                "the role of flow log {id} gets the permissions that it lacks, and AWS may not take the delivery up again all the same"
            ),
            look_again(),
        )
    })
}

/// Why nothing is done about a flow log of ours that fails, and with which nothing is found wrong.
pub(super) fn waiting(flow_log: &FlowLog, delivery: &Delivery) -> Refusal {
    let id = &flow_log.flow_log_id;
    if is_rate_limited(flow_log) {
        return Refusal::new(
            Reason::NotAChange,
            format!("flow log {id} has more to deliver than CloudWatch Logs takes"),
            vec![
                "set `destination = \"s3\"` in `[fix]`, or in an override".to_owned(),
                "then delete the flow log and make a new plan".to_owned(),
            ],
        );
    }
    match delivery.doubts.first() {
        None => Refusal::new(
            Reason::NeedsReplace,
            format!(
                "AWS reports that flow log {id} fails; its role, destination and key look right now"
            ),
            look_again(),
        ),
        Some(doubt) => Refusal::not_read(
            format!("AWS reports that flow log {id} fails, and why is not known: {doubt}"),
            None,
        ),
    }
}

fn is_rate_limited(flow_log: &FlowLog) -> bool {
    let said = flow_log.deliver_logs_error_message.as_deref();
    said.map(str::trim) == Some(RATE_LIMITED)
}

fn look_again() -> Vec<String> {
    vec![
        "look again in half an hour: AWS takes the message back once a delivery succeeds"
            .to_owned(),
        format!(
            "if it stays, plan with {REPLACE}: another one is made, and this one deleted once that delivers"
        ),
    ]
}
