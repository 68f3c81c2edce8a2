//! What entering led to: accounts, overseers, refusals.

use std::collections::BTreeMap;

use flowcover_core::inventory::Gap;

use super::organization::Overseer;
use super::{Accounts, EnteredAccount, Run};

/// What entering led to.
#[derive(Debug, Default)]
pub(super) struct Entered {
    /// Accounts that calls can be made in.
    pub(super) accounts: Accounts,
    /// Who can be asked about the organisation, or each organisation.
    pub(super) overseers: Vec<Overseer>,
    /// The accounts that the entries themselves lead to, in their order: roles are assumed from there.
    pub(super) bases: Vec<EnteredAccount>,
    /// Why an entry did not lead into an account. Another one may.
    refusals: BTreeMap<String, Vec<Gap>>,
}

impl Entered {
    /// Several entries may lead to one organisation: the first one is asked.
    pub(super) fn oversee(&mut self, overseer: Option<Overseer>) {
        self.overseers.extend(overseer.filter(|new| {
            let known = |it: &Overseer| it.organization.id == new.organization.id;
            !self.overseers.iter().any(known)
        }));
    }

    pub(super) fn refuse(&mut self, account_id: &str, why: Gap) {
        let reasons = self.refusals.entry(account_id.to_owned()).or_default();
        reasons.push(why);
    }

    /// Accounts that no entry led into are gaps.
    pub(super) fn note_refusals(&mut self, run: &Run<'_>) {
        for (account_id, reasons) in std::mem::take(&mut self.refusals) {
            if self.accounts.contains_key(&account_id) {
                continue;
            }
            for why in reasons {
                run.gaps.push(why);
                run.observer.gap();
            }
        }
    }
}
