//! Which calls a fault concerns.

/// Which calls a fault concerns. What is not named concerns all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    account_id: Option<String>,
    region: Option<String>,
    action: Option<String>,
}

impl Matching {
    /// Every call.
    #[must_use]
    pub fn every_call() -> Self {
        Self::default()
    }

    /// Calls of an action (`ec2:DescribeVpcs`), or of a service (`ec2:*`).
    #[must_use]
    pub fn action(action: &str) -> Self {
        Self::default().of(action)
    }

    /// Of these, only calls of an action or of a service (`ec2:*`).
    #[must_use]
    pub fn of(mut self, action: &str) -> Self {
        self.action = Some(action.to_owned());
        self
    }

    /// Of these, only calls made in an account.
    #[must_use]
    pub fn in_account(mut self, account_id: &str) -> Self {
        self.account_id = Some(account_id.to_owned());
        self
    }

    /// Of these, only calls to a region.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    pub(in crate::simulator) fn matches(
        &self,
        account_id: &str,
        region: &str,
        action: &str,
    ) -> bool {
        let same = |wanted: &Option<String>, given: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == given)
        };
        same(&self.account_id, account_id)
            && same(&self.region, region)
            && self.action.as_deref().is_none_or(|wanted| {
                wanted
                    .strip_suffix('*')
                    .map_or(wanted == action, |prefix| action.starts_with(prefix))
            })
    }
}
