//! Exemptions: what need not be recorded, why, and until when.

use jiff::civil::Date;

use crate::glob;
use crate::inventory::Tags;

/// What an exemption applies to. Every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Selector {
    /// Account ids.
    pub accounts: Vec<String>,
    /// Ids or names of organizational units, at any level above the account.
    pub organizational_units: Vec<String>,
    /// Region names.
    pub regions: Vec<String>,
    /// Ids of VPCs or transit gateways.
    pub ids: Vec<String>,
    /// Tags that must be there; `*` as the value means any value.
    pub tags: Vec<(String, String)>,
    /// Pattern with `*` and `?` that the tag `Name` must match.
    pub name: Option<String>,
}

/// What a selector is held against: one VPC or transit gateway and where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Account that holds it.
    pub account_id: &'a str,
    /// Ids and names of the root and the organizational units above that account.
    pub organizational_units: &'a [&'a str],
    /// Region that holds it.
    pub region: &'a str,
    /// `vpc-…` or `tgw-…`
    pub id: &'a str,
    /// Its tags.
    pub tags: &'a Tags,
    /// Its tag `Name`.
    pub name: Option<&'a str>,
}

impl Selector {
    /// Whether no condition is given. Such a selector matches nothing: an exemption from
    /// everything must not come about by leaving something out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether every condition that is given holds for the subject.
    #[must_use]
    pub fn matches(&self, subject: &Subject<'_>) -> bool {
        !self.is_empty()
            && none_or_one_of(&self.accounts, |account| account == subject.account_id)
            && none_or_one_of(&self.organizational_units, |unit| {
                subject.organizational_units.contains(&unit)
            })
            && none_or_one_of(&self.regions, |region| region == subject.region)
            && none_or_one_of(&self.ids, |id| id == subject.id)
            && self.tags.iter().all(|(key, wanted)| {
                let value = subject.tags.get(key);
                value.is_some_and(|value| wanted == "*" || wanted == value)
            })
            && self.name.as_ref().is_none_or(|pattern| {
                subject
                    .name
                    .is_some_and(|name| glob::matches(pattern, name))
            })
    }
}

fn none_or_one_of(given: &[String], holds: impl Fn(&str) -> bool) -> bool {
    given.is_empty() || given.iter().any(|value| holds(value))
}

/// One exemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// What it applies to.
    pub selector: Selector,
    /// Why: never empty.
    pub reason: String,
    /// Last day (UTC) on which it holds.
    pub until: Date,
    /// File it stands in.
    pub source: String,
    /// Line of its heading, from 1.
    pub line: u32,
}

impl Exemption {
    /// Whether it still holds on that day (UTC).
    #[must_use]
    pub fn in_force(&self, on: Date) -> bool {
        on <= self.until
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::civil::date;

    use super::{Exemption, Selector, Subject};
    use crate::inventory::Tags;

    fn matches(change: impl FnOnce(&mut Selector)) -> bool {
        let mut selector = Selector::default();
        change(&mut selector);
        let tags = Tags::from([
            ("Environment".to_owned(), "sandbox".to_owned()),
            ("Owner".to_owned(), String::new()),
        ]);
        selector.matches(&Subject {
            account_id: "111111111111",
            organizational_units: &["r-ab12", "ou-ab12-cd34ef56", "Workloads"],
            region: "eu-west-1",
            id: "vpc-0a1b2c3d",
            tags: &tags,
            name: Some("sandbox-7"),
        })
    }

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    #[test]
    fn each_condition_alone() {
        assert!(matches(
            |s| s.accounts = texts(&["222222222222", "111111111111"])
        ));
        assert!(!matches(|s| s.accounts = texts(&["222222222222"])));
        assert!(matches(|s| s.organizational_units = texts(&["Workloads"])));
        assert!(matches(|s| s.organizational_units = texts(&["r-ab12"])));
        assert!(!matches(|s| s.organizational_units = texts(&["workloads"])));
        assert!(matches(|s| s.regions = texts(&["eu-west-1"])));
        assert!(!matches(|s| s.regions = texts(&["eu-west-2"])));
        assert!(matches(|s| s.ids = texts(&["vpc-0a1b2c3d"])));
        assert!(!matches(|s| s.ids = texts(&["vpc-0a1b2c3"])));
        assert!(matches(|s| s.name = Some("sandbox-?".to_owned())));
        assert!(!matches(|s| s.name = Some("prod-*".to_owned())));
    }

    #[test]
    fn tags_by_value_and_by_presence() {
        let tags = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
        assert!(matches(|s| s.tags = tags("Environment", "sandbox")));
        assert!(matches(|s| s.tags = tags("Environment", "*")));
        assert!(matches(|s| s.tags = tags("Owner", "*")));
        assert!(!matches(|s| s.tags = tags("Environment", "sand*")));
        assert!(!matches(|s| s.tags = tags("environment", "sandbox")));
    }

    #[test]
    fn every_condition_given_must_hold() {
        assert!(!matches(|_| ()));
        assert!(matches(|s| {
            s.accounts = texts(&["111111111111"]);
            s.regions = texts(&["eu-west-1"]);
        }));
        assert!(!matches(|s| {
            s.accounts = texts(&["111111111111"]);
            s.regions = texts(&["us-east-1"]);
        }));
    }

    #[test]
    fn a_pattern_for_names_does_not_match_the_nameless() {
        let selector = Selector {
            name: Some("*".to_owned()),
            ..Selector::default()
        };
        let subject = Subject {
            account_id: "111111111111",
            organizational_units: &[],
            region: "eu-west-1",
            id: "vpc-0a1b2c3d",
            tags: &Tags::new(),
            name: None,
        };
        assert!(!selector.matches(&subject));
    }

    #[test]
    fn holds_through_its_last_day() {
        let exemption = Exemption {
            selector: Selector::default(),
            reason: "being taken down".to_owned(),
            until: date(2027, 6, 30),
            source: "flowcover.toml".to_owned(),
            line: 1,
        };
        assert!(exemption.in_force(date(2027, 6, 30)));
        assert!(!exemption.in_force(date(2027, 7, 1)));
    }
}
