//! KMS keys.

use flowcover_core::iam::PolicyDocument;

use super::World;
use super::policies::parse_policy;
use super::refusals::denied;
use crate::{CloudError, KeyDetail};

/// A key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) arn: String,
    pub(super) enabled: bool,
    text: String,
    pub(super) policy: PolicyDocument,
}

impl World {
    /// Makes a key. Returns its ARN.
    ///
    /// # Errors
    ///
    /// `MalformedPolicyDocumentException` if the key policy is no policy.
    pub fn create_key(
        &mut self,
        account_id: &str,
        region: &str,
        policy: &str,
    ) -> Result<String, CloudError> {
        let document = parse_policy("MalformedPolicyDocumentException", policy)?;
        let id = self.ids.uuid();
        let arn = format!("arn:aws:kms:{region}:{account_id}:key/{id}");
        let key = Key {
            arn: arn.clone(),
            enabled: true,
            text: policy.to_owned(),
            policy: document,
        };
        self.network_mut(account_id, region).keys.insert(id, key);
        Ok(arn)
    }

    /// Gives a key an alias (`alias/…`).
    pub fn create_alias(&mut self, key_arn: &str, alias: &str) {
        let (account_id, region, id) = parts(key_arn);
        let (account_id, region, id) = (account_id.to_owned(), region.to_owned(), id.to_owned());
        self.network_mut(&account_id, &region)
            .aliases
            .insert(alias.to_owned(), id);
    }

    /// Disables a key, or enables it again.
    pub fn set_key_enabled(&mut self, key_arn: &str, enabled: bool) {
        let (account_id, region, id) = parts(key_arn);
        let network = self.account_mut(account_id).networks.get_mut(region);
        if let Some(key) = network.and_then(|network| network.keys.get_mut(id)) {
            key.enabled = enabled;
        }
    }

    /// The key that is meant by an ARN, an alias ARN, an id or an alias, seen from a place.
    pub(super) fn key(&self, account_id: &str, region: &str, name: &str) -> Option<&Key> {
        let (account_id, region, rest) = if name.starts_with("arn:") {
            let mut fields = name.splitn(6, ':').skip(3);
            let region = fields.next()?;
            (fields.next()?, region, fields.next()?)
        } else {
            (account_id, region, name)
        };
        let network = self.network(account_id, region)?;
        let id = if rest.starts_with("alias/") {
            network.aliases.get(rest)?.as_str()
        } else {
            rest.strip_prefix("key/").unwrap_or(rest)
        };
        network.keys.get(id)
    }

    pub(super) fn describe_key(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<KeyDetail, CloudError> {
        let key = self.readable_key("kms:DescribeKey", account_id, region, name)?;
        Ok(KeyDetail {
            arn: key.arn.clone(),
            enabled: key.enabled,
        })
    }

    /// The policy of a key; an alias is not taken.
    pub(super) fn get_key_policy(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<String, CloudError> {
        if name.contains("alias/") {
            return Err(CloudError::answered(
                "InvalidArnException",
                400,
                format!("{name} is not a key"),
            ));
        }
        self.readable_key("kms:GetKeyPolicy", account_id, region, name)
            .map(|key| key.text.clone())
    }

    /// Keys of other accounts are not told of.
    fn readable_key(
        &self,
        action: &str,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<&Key, CloudError> {
        let key = self.key(account_id, region, name).ok_or_else(|| {
            CloudError::answered("NotFoundException", 400, format!("{name} does not exist"))
        })?;
        let (owner, key_region, _) = parts(&key.arn);
        match (owner == account_id, key_region == region) {
            (true, true) => Ok(key),
            (true, false) => Err(CloudError::answered(
                "NotFoundException",
                400,
                format!("{name} is in another region"),
            )),
            (false, _) => Err(denied(action, "no resource-based policy allows the action")),
        }
    }
}

/// Account, region and id of a key ARN.
fn parts(arn: &str) -> (&str, &str, &str) {
    let mut fields = arn.splitn(6, ':').skip(3);
    let region = fields.next().unwrap_or_default();
    let account_id = fields.next().unwrap_or_default();
    let id = fields.next().unwrap_or_default();
    (account_id, region, id.strip_prefix("key/").unwrap_or(id))
}
