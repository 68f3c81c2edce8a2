//! AWS Config: rules.

use aws_sdk_config::Client;
use flowcover_cloud::{CloudError, ConfigRule, DescribeConfigRules, Page};

use crate::convert::page;
use crate::error::from_sdk;

pub(crate) async fn describe_config_rules(
    client: &Client,
    request: DescribeConfigRules,
) -> Result<Page<ConfigRule>, CloudError> {
    let call = client.describe_config_rules();
    let call = call.set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.config_rules.unwrap_or_default(),
        |rule| ConfigRule {
            name: rule.config_rule_name.unwrap_or_default(),
            source_identifier: rule.source.and_then(|source| source.source_identifier),
        },
        output.next_token,
    ))
}
