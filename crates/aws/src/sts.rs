//! STS: who the credentials belong to, and credentials of roles.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use flowcover_cloud::{CallerIdentity, CloudError, GetCallerIdentity};

use crate::convert::{account_of, required};
use crate::credentials::Renewing;
use crate::error::from_sdk;

/// Name of the role session; stands in CloudTrail.
const SESSION_NAME: &str = "flowcover";

pub(crate) async fn get_caller_identity(
    client: &Client,
    _: GetCallerIdentity,
) -> Result<CallerIdentity, CloudError> {
    let output = client
        .get_caller_identity()
        .send()
        .await
        .map_err(from_sdk)?;
    Ok(CallerIdentity {
        account_id: required(output.account, "Account")?,
        arn: required(output.arn, "Arn")?,
    })
}

/// A role, and what it is assumed with.
pub(crate) struct RoleToAssume {
    /// STS with the assuming credentials.
    pub(crate) client: Client,
    /// The assuming credentials.
    pub(crate) via: Arc<Renewing>,
    /// The role.
    pub(crate) role_arn: String,
    /// What its trust policy asks for.
    pub(crate) external_id: Option<String>,
}

impl RoleToAssume {
    /// Asks STS for credentials of the role.
    pub(crate) async fn assume(&self) -> Result<(CallerIdentity, Credentials), CloudError> {
        self.via.ready().await?;
        let output = self
            .client
            .assume_role()
            .role_arn(&self.role_arn)
            .role_session_name(SESSION_NAME)
            .set_external_id(self.external_id.clone())
            .send()
            .await
            .map_err(from_sdk)?;
        let arn = required(output.assumed_role_user, "AssumedRoleUser")?.arn;
        let account_id = required(account_of(&arn), "the account in AssumedRoleUser")?.to_owned();
        let credentials = required(output.credentials, "Credentials")?;
        let expiry = required(credentials.expiration.try_into().ok(), "Expiration")?;
        let credentials = Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            Some(expiry),
            "AssumeRole",
        );
        Ok((CallerIdentity { account_id, arn }, credentials))
    }
}
