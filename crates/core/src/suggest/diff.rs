//! What changes in the rules of a group.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::advice::{ProposedRule, RuleAdvice};
use super::{Direction, GroupAdvice, Suggestion};
use crate::inventory::{Inventory, SecurityGroupRule};

/// The rules of a group as they are against those that are proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diff {
    /// Places in [`GroupAdvice::proposal`] of rules to authorise.
    pub authorize: Vec<usize>,
    /// Places in [`GroupAdvice::rules`] of rules to revoke.
    pub revoke: Vec<usize>,
}

impl Diff {
    /// Whether nothing changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.authorize.is_empty() && self.revoke.is_empty()
    }

    pub(super) fn of(
        rules: &[RuleAdvice],
        proposal: &[ProposedRule],
        stays: &BTreeSet<usize>,
    ) -> Self {
        let new = proposal.iter().enumerate();
        let authorize = new
            .filter(|(_, rule)| rule.rule_id.is_none())
            .map(|(at, _)| at)
            .collect();
        let is_kept = |rule: &RuleAdvice| proposal.iter().any(|it| it.allow == rule.allow);
        let old = rules.iter().enumerate();
        let revoke = old
            .filter(|(at, rule)| !stays.contains(at) && !is_kept(rule))
            .map(|(at, _)| at)
            .collect();
        Self { authorize, revoke }
    }
}

impl GroupAdvice {
    /// Rules to authorise.
    pub fn authorized(&self) -> impl Iterator<Item = &ProposedRule> {
        self.diff.authorize.iter().map(|&at| &self.proposal[at])
    }

    /// Rules to revoke.
    pub fn revoked(&self) -> impl Iterator<Item = &RuleAdvice> {
        self.diff.revoke.iter().map(|&at| &self.rules[at])
    }

    /// How many rules there are of a direction while both are there, and afterwards.
    pub(super) fn counts(&self, direction: Direction) -> (usize, usize) {
        let is_of = |allow: &Option<super::Allow>| {
            allow.as_ref().is_some_and(|it| it.direction == direction)
        };
        let before = self.rules.iter().filter(|it| is_of(&it.allow)).count();
        let new = self.authorized().filter(|it| is_of(&it.allow)).count();
        let gone = self.revoked().filter(|it| is_of(&it.allow)).count();
        (before + new, before + new - gone)
    }
}

impl Suggestion {
    /// Leaves the groups of these ids, and what is said of them.
    ///
    /// # Errors
    /// The first id that no group has.
    pub fn only<'i>(&mut self, group_ids: &'i [String]) -> Result<(), &'i str> {
        for id in group_ids {
            if !self.groups.iter().any(|group| group.group_id == *id) {
                return Err(id);
            }
        }
        self.groups
            .retain(|group| group_ids.contains(&group.group_id));
        self.warnings.retain_mut(|warning| warning.only(group_ids));
        Ok(())
    }

    /// The inventory with the proposed rules in place of today's, for [`super::Replay`] and for asking once more.
    /// New rules get ids that AWS would not give.
    #[must_use]
    pub fn applied(&self, inventory: &Inventory) -> Inventory {
        let mut applied = inventory.clone();
        for group in self.groups.iter().filter(|group| !group.diff.is_empty()) {
            let revoked: Vec<&RuleAdvice> = group.revoked().collect();
            let is_gone = |rule: &SecurityGroupRule| {
                rule.group_id == group.group_id
                    && revoked.iter().any(|it| {
                        it.rule_id == rule.security_group_rule_id
                            && (!it.rule_id.is_empty() || it.is(rule, group))
                    })
            };
            let mut is_added = false;
            for region in &mut applied.regions {
                region.security_group_rules.items.retain(|it| !is_gone(it));
                let is_here = region
                    .security_groups
                    .items
                    .iter()
                    .any(|it| it.group_id == group.group_id);
                if is_here && region.region == group.region && !is_added {
                    let new = group.authorized().enumerate();
                    let new = new.filter_map(|(number, rule)| {
                        let mut new = rule.allow.as_ref()?.to_rule(&group.group_id);
                        new.security_group_rule_id =
                            format!("proposed-{}-{number}", group.group_id);
                        new.description.clone_from(&rule.description);
                        Some(new)
                    });
                    region.security_group_rules.items.extend(new);
                    is_added = true;
                }
            }
        }
        applied
    }
}

impl RuleAdvice {
    /// Whether a collected rule of the group says the same.
    fn is(&self, rule: &SecurityGroupRule, group: &GroupAdvice) -> bool {
        let mut allow = super::Allow::of(rule);
        if let Some(super::Allow {
            peer: super::Peer::Group { owner_id, .. },
            ..
        }) = &mut allow
        {
            owner_id.take_if(|owner| *owner == group.account_id);
        }
        allow == self.allow
    }
}
