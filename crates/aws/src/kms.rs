//! KMS: keys and their policies.

use aws_sdk_kms::Client;
use flowcover_cloud::{CloudError, DescribeKey, GetKeyPolicy, KeyDetail};

use crate::convert::required;
use crate::error::from_sdk;

pub(crate) async fn describe_key(
    client: &Client,
    request: DescribeKey,
) -> Result<KeyDetail, CloudError> {
    let call = client.describe_key().key_id(request.key_id);
    let output = call.send().await.map_err(from_sdk)?;
    let key = required(output.key_metadata, "KeyMetadata")?;
    Ok(KeyDetail {
        arn: required(key.arn, "Arn")?,
        enabled: key.enabled,
    })
}

pub(crate) async fn get_key_policy(
    client: &Client,
    request: GetKeyPolicy,
) -> Result<String, CloudError> {
    // `default` is the only name that a key policy can have.
    let call = client.get_key_policy().key_id(request.key_id);
    let call = call.policy_name("default");
    let output = call.send().await.map_err(from_sdk)?;
    required(output.policy, "Policy")
}
