//! CloudWatch Logs: log groups and streams.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types as sdk;
use flowcover_cloud::{CloudError, DescribeLogGroups, DescribeLogStreams, LogStream, Page};
use flowcover_core::inventory::LogGroup;

use crate::convert::{count, milliseconds, page};
use crate::error::from_sdk;

/// Largest page that CloudWatch Logs gives.
const PAGE_SIZE: i32 = 50;

pub(crate) async fn describe_log_groups(
    client: &Client,
    request: DescribeLogGroups,
) -> Result<Page<LogGroup>, CloudError> {
    let identifiers = Some(request.log_group_identifiers).filter(|list| !list.is_empty());
    let call = client.describe_log_groups().limit(PAGE_SIZE);
    let call = call
        .set_log_group_identifiers(identifiers)
        .set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.log_groups.unwrap_or_default(),
        log_group,
        output.next_token,
    ))
}

pub(crate) async fn describe_log_streams(
    client: &Client,
    request: DescribeLogStreams,
) -> Result<Page<LogStream>, CloudError> {
    let call = client
        .describe_log_streams()
        .log_group_name(request.log_group_name)
        .order_by(sdk::OrderBy::LastEventTime)
        .descending(true)
        .limit(PAGE_SIZE)
        .set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.log_streams.unwrap_or_default(),
        log_stream,
        output.next_token,
    ))
}

/// `logGroupArn` has no trailing `:*`, `arn` has; older answers have only `arn`.
fn log_group(group: sdk::LogGroup) -> LogGroup {
    let arn = group.log_group_arn.or(group.arn).unwrap_or_default();
    LogGroup {
        arn: arn.strip_suffix(":*").unwrap_or(&arn).to_owned(),
        name: group.log_group_name.unwrap_or_default(),
        retention_in_days: group.retention_in_days.and_then(count),
        kms_key_id: group.kms_key_id,
        stored_bytes: group
            .stored_bytes
            .and_then(|bytes| u64::try_from(bytes).ok()),
    }
}

fn log_stream(stream: sdk::LogStream) -> LogStream {
    LogStream {
        name: stream.log_stream_name.unwrap_or_default(),
        last_event_at: stream.last_event_timestamp.and_then(milliseconds),
        last_ingested_at: stream.last_ingestion_time.and_then(milliseconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_group_is_named_by_its_arn_without_the_star() {
        let plain = "arn:aws:logs:eu-west-1:111122223333:log-group:/vpc/a";
        let starred = format!("{plain}:*");
        let both = sdk::LogGroup::builder().arn(&starred).log_group_arn(plain);
        let old = sdk::LogGroup::builder().arn(&starred);
        for group in [both.build(), old.build()] {
            assert_eq!(log_group(group).arn, plain);
        }
    }

    #[test]
    fn what_is_missing_or_negative_is_none() {
        let group = log_group(sdk::LogGroup::builder().retention_in_days(-1).build());
        assert_eq!(group.retention_in_days, None);
        assert_eq!((group.arn.as_str(), group.stored_bytes), ("", None));
        let stream = log_stream(sdk::LogStream::builder().log_stream_name("s").build());
        assert_eq!(
            (stream.last_event_at, stream.last_ingested_at),
            (None, None)
        );
    }
}
