//! Names of accounts by id.

use std::collections::HashMap;

use flowcover_core::report::Report;

/// Names of the accounts of a report.
pub(crate) struct AccountNames<'a>(HashMap<&'a str, &'a str>);

impl<'a> AccountNames<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        let named = report.accounts.iter().filter_map(|account| {
            let name = account.name.as_deref()?;
            Some((account.account_id.as_str(), name))
        });
        Self(named.collect())
    }

    pub(crate) fn name(&self, account_id: &str) -> Option<&'a str> {
        self.0.get(account_id).copied()
    }
}
