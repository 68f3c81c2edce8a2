//! Who the credentials belong to.

use super::World;
use super::refusals::denied;
use crate::{CallerIdentity, CloudError, Entry, ErrorKind};

/// Session name in the ARNs of assumed roles.
const SESSION: &str = "flowcover";

impl World {
    /// The account that an entry leads to.
    pub(super) fn account_of(&self, entry: &Entry) -> Result<String, CloudError> {
        let missing = |what: String| CloudError::new(ErrorKind::Credentials, "NoCredentials", what);
        match entry {
            Entry::Caller => self
                .caller
                .clone()
                .ok_or_else(|| missing("no credentials were found".to_owned())),
            Entry::Profile(name) => self
                .profiles
                .get(name)
                .cloned()
                .ok_or_else(|| missing(format!("there is no profile {name}"))),
            Entry::Role { role_arn, .. } if self.entered.contains(entry) => {
                Ok(account_in(role_arn).to_owned())
            }
            Entry::Role { role_arn, .. } => {
                Err(missing(format!("{role_arn} has not been assumed")))
            }
        }
    }

    pub(super) fn get_caller_identity(&self, entry: &Entry) -> Result<CallerIdentity, CloudError> {
        let account_id = self.account_of(entry)?;
        let arn = match entry {
            Entry::Caller | Entry::Profile(_) => {
                format!("arn:aws:iam::{account_id}:user/auditor")
            }
            Entry::Role { role_arn, .. } => {
                let name = role_arn.rsplit('/').next().unwrap_or_default();
                format!("arn:aws:sts::{account_id}:assumed-role/{name}/{SESSION}")
            }
        };
        Ok(CallerIdentity { account_id, arn })
    }

    /// Assumes a role: it must exist in an account in use, and its trust policy must admit the caller.
    /// All other answers are the same `AccessDenied`, which does not tell whether the role exists.
    pub(super) fn assume_role(
        &mut self,
        entry: Option<&Entry>,
    ) -> Result<CallerIdentity, CloudError> {
        let Some(
            entry @ Entry::Role {
                via,
                role_arn,
                external_id,
            },
        ) = entry
        else {
            return Err(CloudError::answered(
                "ValidationError",
                400,
                "a role is needed",
            ));
        };
        let base = self.get_caller_identity(via)?;
        let refused = || denied("sts:AssumeRole", &format!("on resource: {role_arn}"));
        let role = self.role(role_arn).ok_or_else(refused)?;
        let admitted = self.is_active(account_in(role_arn))
            && role.admits(&base.account_id, &base.arn, external_id.as_deref());
        if !admitted {
            return Err(refused());
        }
        self.entered.insert(entry.clone());
        self.get_caller_identity(entry)
    }
}

fn account_in(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}
