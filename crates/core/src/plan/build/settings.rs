//! Log groups: made, made again, and set right where they are ours.

use flowcover_record::Destination;

use super::chosen::Chosen;
use super::manual::aws;
use super::refusal::Refusal;
use super::steps::{Draft, Place, Rank};
use super::{Builder, Reason};
use crate::finding::{Finding, Resource};
use crate::iam::PolicyDocument;
use crate::iam::flow_logs::log_group_key_allows;
use crate::inventory::{Fact, LogGroup};
use crate::plan::{Change, Replaced};
use crate::policy::fill_in;

/// The argument without which records are not let expire earlier than they would.
const SHORTEN: &str = "--shorten-retention";

impl Builder<'_> {
    /// A step that makes a log group.
    pub(super) fn new_log_group(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
        chosen: &Chosen,
    ) -> Result<Draft, Refusal> {
        let arn = log_group_arn(account_id, region, name);
        let key = log_group_key(chosen, account_id, region);
        if let Some(key) = &key {
            self.check_key(key, &arn)?;
        }
        let kept = match chosen.retention {
            Some(days) => format!("records are kept {days} days"),
            None => "records never expire".to_owned(),
        };
        let place = Place::regional(account_id, region, Rank::LogGroup);
        let change = Change::CreateLogGroup {
            log_group_name: name.to_owned(),
            retention_in_days: chosen.retention,
            kms_key_id: key,
            tags: chosen.tags.clone(),
        };
        let mut draft = Draft::new(place, "log-group", name, group(&arn), change)
            .summary(format!("make log group {name}; {kept}"));
        draft.blast_radius = self.users(self.users_of_destination(&arn));
        Ok(draft)
    }

    /// A step that makes the log group of a flow log again under its name.
    pub(super) fn log_group_again(&self, flow_log: usize) -> Result<Draft, Refusal> {
        let index = &self.context.index;
        let at = &index.flow_logs[flow_log];
        let own = index.region_of(at).region;
        let chosen = self.chosen(at.region)?;
        match &at.destination.named {
            Destination::LogGroup {
                account_id,
                region,
                name,
                ..
            } if *account_id == own.account_id && *region == own.region => {
                self.new_log_group(account_id, region, name, chosen)
            }
            other => Err(Refusal::new(
                Reason::NotOwned,
                format!("{other} belongs to another account or region"),
                vec!["make the log group again there".to_owned()],
            )),
        }
    }

    /// The same for one that may take records as it is, for AWS makes its log group again: a key must not be in the way.
    pub(super) fn log_group_of_use_again(&self, flow_log: usize) -> Result<Draft, Refusal> {
        let draft = self.log_group_again(flow_log)?;
        if let Change::CreateLogGroup {
            kms_key_id: Some(key),
            ..
        } = &draft.change
        {
            self.check_key_is_known(key, &draft.resource.id)?;
        }
        Ok(draft)
    }

    /// That a key, where it was read, serves the group.
    fn check_key(&self, key: &str, group_arn: &str) -> Result<(), Refusal> {
        let refuses = match self.context.inventory().keys.get(key) {
            Some(Fact::Absent) => true,
            Some(Fact::Present(found)) => {
                let policy = found.policy.present();
                let document = policy.and_then(|text| PolicyDocument::parse(text).ok());
                found.enabled == Some(false)
                    || document.is_some_and(|document| {
                        log_group_key_allows(&document, &found.arn, group_arn).is_denied()
                    })
            }
            Some(Fact::NotRead) | None => false,
        };
        if refuses {
            return Err(Refusal::not_configured(
                format!(
                    "key {key}, which `[fix.log_group]` names, does not serve log group {group_arn}"
                ),
                "let logs.REGION.amazonaws.com use the key in its key policy, and enable the key",
            ));
        }
        Ok(())
    }

    /// That a key which was asked about surely serves a log group: one that takes records now must not be put at risk. One
    /// that was not asked about, AWS checks when it is given to the group.
    fn check_key_is_known(&self, key: &str, group_arn: &str) -> Result<(), Refusal> {
        let serves = match self.context.inventory().keys.get(key) {
            None => true,
            Some(Fact::Present(found)) => {
                let policy = found.policy.present();
                let document = policy.and_then(|text| PolicyDocument::parse(text).ok());
                found.enabled == Some(true)
                    && document.is_some_and(|document| {
                        log_group_key_allows(&document, &found.arn, group_arn).is_allowed()
                    })
            }
            Some(Fact::Absent | Fact::NotRead) => false,
        };
        if serves {
            return Ok(());
        }
        Err(Refusal::not_read(
            format!("whether key {key} serves log group {group_arn} is not known"),
            Some("kms:GetKeyPolicy"),
        ))
    }

    /// Sets the retention of a log group right.
    pub(super) fn set_retention(&self, finding: &Finding) -> Result<Draft, Refusal> {
        let group = self.group_of(finding)?;
        let (chosen, place) = self.group_of_ours(group, |days| {
            let days = days.unwrap_or(365).to_string();
            let name = group.name.as_str();
            vec![
                "logs",
                "put-retention-policy",
                "--log-group-name",
                name,
                "--retention-in-days",
            ]
            .into_iter()
            .map(str::to_owned)
            .chain([days])
            .collect()
        })?;
        let Some(days) = chosen.retention else {
            return Err(Refusal::not_configured(
                "CloudWatch Logs offers no retention that the policy accepts",
                "change `destinations.retention` in the policy",
            ));
        };
        let change = Change::SetRetention {
            log_group_name: group.name.clone(),
            retention_in_days: Replaced {
                before: group.retention_in_days,
                after: days,
            },
        };
        let mut draft = Draft::new(
            place,
            "retention",
            &group.name,
            self::group(&group.arn),
            change,
        )
        .summary(format!(
            "keep the records in log group {} for {days} days",
            group.name
        ));
        draft.blast_radius = self.users(self.users_of_destination(&group.arn));
        if group.retention_in_days.is_none_or(|before| before > days) {
            draft.summary += "; older ones are deleted by AWS";
            let lost = "records older than that are deleted by AWS, and nothing brings them back";
            draft.blast_radius.insert(0, lost.to_owned());
            draft.needs_argument = Some(SHORTEN.to_owned());
        }
        Ok(draft)
    }

    /// Gives a log group the key that the policy asks for.
    pub(super) fn set_key(&self, finding: &Finding) -> Result<Draft, Refusal> {
        let group = self.group_of(finding)?;
        let (chosen, place) = self.group_of_ours(group, |_| {
            [
                "logs",
                "associate-kms-key",
                "--log-group-name",
                &group.name,
                "--kms-key-id",
                "KEY-ARN",
            ]
            .map(str::to_owned)
            .to_vec()
        })?;
        let region = place.region.as_deref().unwrap_or_default();
        let Some(key) = log_group_key(chosen, &place.account_id, region) else {
            return Err(Refusal::not_configured(
                format!(
                    "the policy asks for a KMS key on log group {}, and `[fix]` names none",
                    group.name
                ),
                "set `kms_key` in `[fix.log_group]`",
            ));
        };
        self.check_key(&key, &group.arn)?;
        self.check_key_is_known(&key, &group.arn)?;
        let change = Change::SetLogGroupKey {
            log_group_name: group.name.clone(),
            kms_key_id: Replaced {
                before: None,
                after: key.clone(),
            },
        };
        let mut draft = Draft::new(
            place,
            "log-group-key",
            &group.name,
            self::group(&group.arn),
            change,
        )
        .summary(format!(
            "encrypt what is written to log group {} from now on with {key}",
            group.name
        ));
        draft.blast_radius = self.users(self.users_of_destination(&group.arn));
        Ok(draft)
    }

    fn group_of(&self, finding: &Finding) -> Result<&LogGroup, Refusal> {
        let group = self
            .context
            .inventory()
            .log_groups
            .get(&finding.resource.id);
        group
            .and_then(Fact::present)
            .ok_or_else(|| Refusal::not_read(format!("{} was not read", finding.resource.id), None))
    }

    /// The choices for a group to which only flow logs of ours deliver, and its place among the steps. A group says
    /// nothing of who made it until its tags are read, which is done before acting.
    fn group_of_ours(
        &self,
        group: &LogGroup,
        by_hand: impl Fn(Option<u32>) -> Vec<String>,
    ) -> Result<(&Chosen, Place), Refusal> {
        let index = &self.context.index;
        let users = self.users_of_destination(&group.arn);
        let Some(first) = users.first().map(|place| &index.flow_logs[*place]) else {
            return Err(Refusal::not_read(
                format!("no flow log delivers to {}", group.arn),
                None,
            ));
        };
        let own = index.region_of(first).region;
        let named_here = matches!(&first.destination.named, Destination::LogGroup { account_id, region, .. }
            if *account_id == own.account_id && *region == own.region);
        let ours = users.iter().all(|place| self.is_our_flow_log(*place));
        if !named_here || !ours {
            let days = self
                .chosen(first.region)
                .ok()
                .and_then(|chosen| chosen.retention);
            let words = by_hand(days);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            return Err(Refusal::new(
                Reason::NotOurs,
                format!("log group {} was not made by flowcover", group.name),
                vec![aws(&words, group.arn.split(':').nth(3))],
            ));
        }
        let chosen = self.chosen(first.region)?;
        let place = Place::regional(&own.account_id, &own.region, Rank::Setting);
        Ok((chosen, place))
    }
}

/// The key of log groups there.
fn log_group_key(chosen: &Chosen, account_id: &str, region: &str) -> Option<String> {
    let template = chosen.given.log_group_kms_key.as_deref()?;
    Some(fill_in(
        template,
        &[("account_id", account_id), ("region", region)],
    ))
}

pub(super) fn log_group_arn(account_id: &str, region: &str, name: &str) -> String {
    let partition = crate::partition::of_region(region);
    format!("arn:{partition}:logs:{region}:{account_id}:log-group:{name}")
}

fn group(arn: &str) -> Resource {
    let part = |place| arn.split(':').nth(place).map(str::to_owned);
    Resource {
        account_id: part(4),
        region: part(3),
        kind: "AWS::Logs::LogGroup".to_owned(),
        id: arn.to_owned(),
    }
}
