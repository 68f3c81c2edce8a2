//! What is to be said beside a suggestion.

use std::collections::{BTreeMap, BTreeSet};

use super::Collector;
use crate::suggest::advice::{GroupAdvice, Status, Withheld};
use crate::suggest::warnings::{Noted, QUOTA};
use crate::suggest::{Direction, Warning};

impl Collector {
    pub(super) fn warnings(&self, groups: &[GroupAdvice]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if groups.is_empty() {
            warnings.push(Warning::NoSecurityGroups);
        }
        match (self.flows, self.rejected) {
            (0, 0) => warnings.push(Warning::NothingAccepted),
            (0, rejected) => warnings.push(Warning::RejectOnly { rejected }),
            _ => warnings.extend(self.short_window()),
        }
        let mut withheld: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for group in groups {
            if let Status::Withheld { why } = &group.status {
                let order = match why {
                    Withheld::RulesNotRead | Withheld::MembersNotRead => 0,
                    Withheld::NotSeen => 1,
                    Withheld::NotAttached => 2,
                    Withheld::TooMany => 3,
                    Withheld::NothingAccepted | Withheld::NotRecorded { .. } => continue,
                };
                withheld
                    .entry(order)
                    .or_default()
                    .push(group.group_id.clone());
            }
        }
        warnings.extend(withheld.into_iter().map(|(order, group_ids)| match order {
            0 => Warning::RulesNotRead { group_ids },
            1 => Warning::GroupsNotSeen { group_ids },
            2 => Warning::GroupsNotAttached { group_ids },
            _ => Warning::TooMany { group_ids },
        }));
        let bare = self
            .world
            .groups
            .iter()
            .flat_map(|it| self.not_recorded(it));
        let bare: BTreeSet<String> = bare.collect();
        if !bare.is_empty() {
            let interface_ids = bare.into_iter().collect();
            warnings.push(Warning::InterfacesNotRecorded { interface_ids });
        }
        let mut note = |noted: &Noted, warning: fn(Noted) -> Warning| {
            if noted.flows > 0 {
                warnings.push(warning(noted.clone()));
            }
        };
        note(&self.not_explained, |noted| Warning::NotExplained { noted });
        note(&self.unknown, |noted| Warning::UnknownInterfaces { noted });
        note(&self.ambiguous, |noted| Warning::AmbiguousAddresses {
            noted,
        });
        note(&self.public, |noted| Warning::PublicAddresses { noted });
        warnings.extend(groups.iter().flat_map(quota));
        warnings
    }

    fn short_window(&self) -> Option<Warning> {
        let seconds = self.last_seen?.saturating_sub(self.first_seen?);
        let seconds = u64::try_from(seconds).unwrap_or(0);
        let days_wanted = self.parameters.shortest_days;
        (seconds < u64::from(days_wanted) * 86_400).then_some(Warning::WindowTooShort {
            seconds,
            days_wanted,
        })
    }
}

fn quota(group: &GroupAdvice) -> Vec<Warning> {
    let over = [Direction::Ingress, Direction::Egress].map(|direction| {
        let (while_changing, afterwards) = group.counts(direction);
        (!group.diff.is_empty() && while_changing > QUOTA).then(|| Warning::Quota {
            group_id: group.group_id.clone(),
            direction,
            while_changing,
            afterwards,
        })
    });
    over.into_iter().flatten().collect()
}
