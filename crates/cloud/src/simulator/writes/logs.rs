//! CloudWatch Logs: log groups (errors: CloudWatch Logs API reference, of each action).

use flowcover_core::call::RETENTION_DAYS;

use super::World;
use crate::{
    AssociateKmsKey, CloudError, CreateLogGroup, DeleteLogGroup, DeleteRetentionPolicy,
    DisassociateKmsKey, PutRetentionPolicy,
};

impl World {
    pub(super) fn call_create_log_group(
        &mut self,
        account_id: &str,
        region: &str,
        call: &CreateLogGroup,
    ) -> Result<(), CloudError> {
        let name = &call.log_group_name;
        check_name(name)?;
        if call.tags.len() > 50 || call.tags.keys().any(|key| key.starts_with("aws:")) {
            return Err(invalid(
                "at most 50 tags are taken, and none whose key begins with aws:",
            ));
        }
        if self.has_log_group(account_id, region, name) {
            let message = "the specified log group already exists";
            return Err(CloudError::answered(
                "ResourceAlreadyExistsException",
                400,
                message,
            ));
        }
        if let Some(key) = &call.kms_key_id {
            let arn = format!("arn:aws:logs:{region}:{account_id}:log-group:{name}");
            self.check_group_key(key, &arn)?;
        }
        self.create_log_group(account_id, region, name, None);
        let group = self.log_group_mut(account_id, region, name)?;
        group.detail.kms_key_id.clone_from(&call.kms_key_id);
        group.tags = call.tags.clone();
        Ok(())
    }

    pub(super) fn call_put_retention(
        &mut self,
        account_id: &str,
        region: &str,
        call: &PutRetentionPolicy,
    ) -> Result<(), CloudError> {
        if !RETENTION_DAYS.contains(&call.retention_in_days) {
            return Err(invalid(format!(
                "{} is not a retention that is offered",
                call.retention_in_days
            )));
        }
        let group = self.log_group_mut(account_id, region, &call.log_group_name)?;
        group.detail.retention_in_days = Some(call.retention_in_days);
        Ok(())
    }

    pub(super) fn call_delete_retention(
        &mut self,
        account_id: &str,
        region: &str,
        call: &DeleteRetentionPolicy,
    ) -> Result<(), CloudError> {
        let group = self.log_group_mut(account_id, region, &call.log_group_name)?;
        group.detail.retention_in_days = None;
        Ok(())
    }

    pub(super) fn call_associate_kms_key(
        &mut self,
        account_id: &str,
        region: &str,
        call: &AssociateKmsKey,
    ) -> Result<(), CloudError> {
        let name = &call.log_group_name;
        let arn = self
            .log_group_mut(account_id, region, name)?
            .detail
            .arn
            .clone();
        self.check_group_key(&call.kms_key_id, &arn)?;
        self.encrypt_log_group(account_id, region, name, &call.kms_key_id);
        Ok(())
    }

    pub(super) fn call_disassociate_kms_key(
        &mut self,
        account_id: &str,
        region: &str,
        call: &DisassociateKmsKey,
    ) -> Result<(), CloudError> {
        let group = self.log_group_mut(account_id, region, &call.log_group_name)?;
        group.detail.kms_key_id = None;
        Ok(())
    }

    pub(super) fn call_delete_log_group(
        &mut self,
        account_id: &str,
        region: &str,
        call: &DeleteLogGroup,
    ) -> Result<(), CloudError> {
        self.log_group_mut(account_id, region, &call.log_group_name)?;
        self.delete_log_group(account_id, region, &call.log_group_name);
        Ok(())
    }

    /// The key must exist, be enabled, and let CloudWatch Logs use it for that group (CloudWatch Logs User Guide,
    /// "Encrypt log data in CloudWatch Logs using AWS Key Management Service").
    fn check_group_key(&self, key_arn: &str, group_arn: &str) -> Result<(), CloudError> {
        if key_arn.starts_with("arn:") && self.key_serves_group(key_arn, group_arn) {
            return Ok(());
        }
        Err(invalid(format!(
            "The specified KMS key does not exist or is not allowed to be used with Arn '{group_arn}'"
        )))
    }
}

/// CloudWatch Logs API reference, `CreateLogGroup`: `[\.\-_/#A-Za-z0-9]+`, up to 512, and not with `aws/` at the front.
fn check_name(name: &str) -> Result<(), CloudError> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte);
    if (1..=512).contains(&name.len()) && name.bytes().all(good) && !name.starts_with("aws/") {
        return Ok(());
    }
    Err(invalid(format!(
        "value {name} at logGroupName failed to satisfy constraint"
    )))
}

fn invalid(message: impl Into<String>) -> CloudError {
    CloudError::answered("InvalidParameterException", 400, message)
}
