//! Which exemption applies to what, and which are of no use.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::index::Index;
use crate::policy::{Exemption, Policy, Subject};

/// What became of one exemption of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExemptionUse {
    /// Whether its last day has passed.
    pub expired: bool,
    /// VPCs and transit gateways that it selects.
    pub matched: u64,
    /// Those of them that would be not-recorded or unknown without it.
    pub needed: u64,
    /// The first ids that it selects.
    pub examples: Vec<String>,
}

/// Exemptions, held against one subject after the other.
pub struct Exemptions<'p> {
    exemptions: &'p [Exemption],
    today: Date,
    /// What became of each, in the order of the policy.
    pub uses: Vec<ExemptionUse>,
}

impl<'p> Exemptions<'p> {
    /// The exemptions of a policy, on the day on which the inventory was collected (UTC).
    #[must_use]
    pub fn new(index: &Index<'p>, policy: &'p Policy) -> Self {
        let today = index.inventory.collected_at.to_zoned(TimeZone::UTC).date();
        let uses = policy.exemptions.iter().map(|exemption| ExemptionUse {
            expired: !exemption.in_force(today),
            ..ExemptionUse::default()
        });
        Self {
            exemptions: &policy.exemptions,
            today,
            uses: uses.collect(),
        }
    }

    /// The first exemption in force that selects the subject, as its place in the policy. Counts
    /// every exemption that does; `needed` says whether the subject needs one.
    pub fn apply(&mut self, subject: &Subject<'_>, needed: bool) -> Option<usize> {
        let mut first = None;
        for (place, exemption) in self.exemptions.iter().enumerate() {
            if !exemption.selector.matches(subject) {
                continue;
            }
            let uses = &mut self.uses[place];
            uses.matched += 1;
            uses.needed += u64::from(needed);
            if uses.examples.len() < 20 {
                uses.examples.push(subject.id.to_owned());
            }
            if first.is_none() && exemption.in_force(self.today) {
                first = Some(place);
            }
        }
        first
    }
}

/// Ids and names of the organizational units above each account.
pub struct Units<'a>(HashMap<&'a str, Vec<&'a str>>);

impl<'a> Units<'a> {
    /// The units of an organisation, by account.
    #[must_use]
    pub fn new(index: &Index<'a>) -> Self {
        let organization = index.inventory.organization.as_ref();
        let units = organization.map_or(&[][..], |organization| &organization.units);
        let names: HashMap<&str, &str> = units
            .iter()
            .map(|unit| (unit.id.as_str(), unit.name.as_str()))
            .collect();
        let of_account = |ids: &'a [String]| -> Vec<&'a str> {
            let both = ids
                .iter()
                .flat_map(|id| [Some(id.as_str()), names.get(id.as_str()).copied()]);
            both.flatten().collect()
        };
        let accounts = index.inventory.accounts.iter();
        Self(
            accounts
                .map(|account| {
                    (
                        account.account_id.as_str(),
                        of_account(&account.organizational_units),
                    )
                })
                .collect(),
        )
    }

    /// Those above one account.
    #[must_use]
    pub fn above(&self, account_id: &str) -> &[&'a str] {
        self.0.get(account_id).map_or(&[], Vec::as_slice)
    }
}
