//! CloudWatch Logs: log groups and streams.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types as sdk;
use flowcover_cloud::{
    AssociateKmsKey, CloudError, CreateLogGroup, DeleteLogGroup, DeleteRetentionPolicy,
    DescribeLogGroups, DescribeLogStreams, DisassociateKmsKey, FilterLogEvents,
    ListTagsForResource, LogEvent, LogStream, Page, PutRetentionPolicy,
};
use flowcover_core::inventory::{LogGroup, Tags};

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

/// At most 10,000 events or 1 MB a page.
pub(crate) async fn filter_log_events(
    client: &Client,
    request: FilterLogEvents,
) -> Result<Page<LogEvent>, CloudError> {
    let call = client.filter_log_events();
    let call = call
        .log_group_name(request.log_group_name)
        .set_start_time(request.from.map(|at| at.as_millisecond()))
        .set_end_time(request.to.map(|at| at.as_millisecond()))
        .set_next_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(page(
        output.events.unwrap_or_default(),
        |event| LogEvent {
            id: event.event_id.unwrap_or_default(),
            stream: event.log_stream_name.unwrap_or_default(),
            at: event.timestamp.and_then(milliseconds),
            message: event.message.unwrap_or_default(),
        },
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

pub(crate) async fn list_tags_for_resource(
    client: &Client,
    request: ListTagsForResource,
) -> Result<Tags, CloudError> {
    let call = client.list_tags_for_resource();
    let call = call.resource_arn(request.resource_arn);
    let output = call.send().await.map_err(from_sdk)?;
    Ok(output.tags.unwrap_or_default().into_iter().collect())
}

pub(crate) async fn create_log_group(
    client: &Client,
    request: Box<CreateLogGroup>,
) -> Result<(), CloudError> {
    let tags = Some(request.tags).filter(|tags| !tags.is_empty());
    let call = client.create_log_group();
    let call = call
        .log_group_name(request.log_group_name)
        .set_kms_key_id(request.kms_key_id)
        .set_tags(tags.map(|tags| tags.into_iter().collect()));
    call.send().await.map_err(from_sdk).map(drop)
}

/// Days that the SDK cannot hold are none that CloudWatch Logs offers: it refuses them.
pub(crate) async fn put_retention_policy(
    client: &Client,
    request: Box<PutRetentionPolicy>,
) -> Result<(), CloudError> {
    let days = i32::try_from(request.retention_in_days).unwrap_or(i32::MAX);
    let call = client.put_retention_policy();
    let call = call
        .log_group_name(request.log_group_name)
        .retention_in_days(days);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn delete_retention_policy(
    client: &Client,
    request: Box<DeleteRetentionPolicy>,
) -> Result<(), CloudError> {
    let call = client.delete_retention_policy();
    let call = call.log_group_name(request.log_group_name);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn associate_kms_key(
    client: &Client,
    request: Box<AssociateKmsKey>,
) -> Result<(), CloudError> {
    let call = client.associate_kms_key();
    let call = call
        .log_group_name(request.log_group_name)
        .kms_key_id(request.kms_key_id);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn disassociate_kms_key(
    client: &Client,
    request: Box<DisassociateKmsKey>,
) -> Result<(), CloudError> {
    let call = client.disassociate_kms_key();
    let call = call.log_group_name(request.log_group_name);
    call.send().await.map_err(from_sdk).map(drop)
}

pub(crate) async fn delete_log_group(
    client: &Client,
    request: Box<DeleteLogGroup>,
) -> Result<(), CloudError> {
    let call = client.delete_log_group();
    let call = call.log_group_name(request.log_group_name);
    call.send().await.map_err(from_sdk).map(drop)
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
