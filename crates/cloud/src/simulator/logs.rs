//! CloudWatch Logs: groups and streams.

use std::collections::BTreeMap;

use flowcover_core::inventory::Tags;
use jiff::Timestamp;

use super::World;
use crate::{CloudError, LogStream, Page};

/// A log group with its streams.
#[derive(Clone, Debug)]
pub(super) struct LogGroup {
    pub(super) detail: flowcover_core::inventory::LogGroup,
    /// Name → time of the newest event.
    pub(super) streams: BTreeMap<String, Timestamp>,
    pub(super) tags: Tags,
}

impl World {
    /// Makes a log group, kept for so many days or for ever. Returns its ARN, without `:*`.
    pub fn create_log_group(
        &mut self,
        account_id: &str,
        region: &str,
        name: &str,
        retention_in_days: Option<u32>,
    ) -> String {
        let arn = format!("arn:aws:logs:{region}:{account_id}:log-group:{name}");
        let detail = flowcover_core::inventory::LogGroup {
            arn: arn.clone(),
            name: name.to_owned(),
            retention_in_days,
            kms_key_id: None,
            stored_bytes: Some(0),
        };
        self.network_mut(account_id, region).log_groups.insert(
            name.to_owned(),
            LogGroup {
                detail,
                streams: BTreeMap::new(),
                tags: Tags::new(),
            },
        );
        arn
    }

    /// Encrypts a log group with a key.
    pub fn encrypt_log_group(&mut self, account_id: &str, region: &str, name: &str, key_arn: &str) {
        if let Some(group) = self
            .network_mut(account_id, region)
            .log_groups
            .get_mut(name)
        {
            group.detail.kms_key_id = Some(key_arn.to_owned());
        }
    }

    /// Tags a log group that exists.
    pub fn tag_log_group(
        &mut self,
        account_id: &str,
        region: &str,
        name: &str,
        key: &str,
        value: &str,
    ) {
        if let Ok(group) = self.log_group_mut(account_id, region, name) {
            group.tags.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Deletes a log group with its streams.
    pub fn delete_log_group(&mut self, account_id: &str, region: &str, name: &str) {
        self.network_mut(account_id, region).log_groups.remove(name);
    }

    /// Puts an event into a stream of a log group, written now.
    pub fn put_log_event(&mut self, account_id: &str, region: &str, group: &str, stream: &str) {
        let now = self.now;
        let network = self.network_mut(account_id, region);
        if let Some(group) = network.log_groups.get_mut(group) {
            group.streams.insert(stream.to_owned(), now);
        }
    }

    /// Whether a log group exists.
    #[must_use]
    pub fn has_log_group(&self, account_id: &str, region: &str, name: &str) -> bool {
        self.network(account_id, region)
            .is_some_and(|network| network.log_groups.contains_key(name))
    }

    pub(super) fn describe_log_groups(
        &self,
        account_id: &str,
        region: &str,
        identifiers: &[String],
        token: Option<&str>,
    ) -> Result<Page<flowcover_core::inventory::LogGroup>, CloudError> {
        if identifiers.len() > 50 {
            return Err(CloudError::answered(
                "InvalidParameterException",
                400,
                "at most 50 log group identifiers are taken",
            ));
        }
        let groups = self
            .network(account_id, region)
            .into_iter()
            .flat_map(|it| it.log_groups.values())
            .map(|group| &group.detail)
            .filter(|group| {
                identifiers.is_empty()
                    || identifiers
                        .iter()
                        .any(|id| *id == group.name || *id == group.arn)
            })
            .cloned();
        self.paging.page("logs:DescribeLogGroups", groups, token)
    }

    /// Newest event first.
    pub(super) fn describe_log_streams(
        &self,
        account_id: &str,
        region: &str,
        group: &str,
        token: Option<&str>,
    ) -> Result<Page<LogStream>, CloudError> {
        let group = self
            .network(account_id, region)
            .and_then(|network| network.log_groups.get(group))
            .ok_or_else(no_such_group)?;
        let mut streams: Vec<_> = group.streams.iter().collect();
        streams.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let streams = streams.into_iter().map(|(name, at)| LogStream {
            name: name.clone(),
            last_event_at: Some(*at),
            last_ingested_at: Some(*at),
        });
        self.paging.page("logs:DescribeLogStreams", streams, token)
    }

    pub(super) fn log_group_mut(
        &mut self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<&mut LogGroup, CloudError> {
        self.network_mut(account_id, region)
            .log_groups
            .get_mut(name)
            .ok_or_else(no_such_group)
    }

    /// Tags of a log group of the account, by its ARN without `:*`.
    pub(super) fn list_tags_for_log_group(
        &self,
        account_id: &str,
        region: &str,
        arn: &str,
    ) -> Result<Tags, CloudError> {
        self.network(account_id, region)
            .into_iter()
            .flat_map(|network| network.log_groups.values())
            .find(|group| group.detail.arn == arn)
            .map(|group| group.tags.clone())
            .ok_or_else(no_such_group)
    }

    pub(super) fn describe_delivery_stream(
        &self,
        account_id: &str,
        region: &str,
        name: &str,
    ) -> Result<String, CloudError> {
        self.network(account_id, region)
            .and_then(|network| network.delivery_streams.get(name).cloned())
            .ok_or_else(|| {
                CloudError::answered(
                    "ResourceNotFoundException",
                    400,
                    format!("Firehose {name} under account {account_id} not found"),
                )
            })
    }
}

fn no_such_group() -> CloudError {
    let message = "the specified log group does not exist";
    CloudError::answered("ResourceNotFoundException", 400, message)
}
