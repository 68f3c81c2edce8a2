//! Whether two flow logs are alike.

use flowcover_core::inventory::{FlowLog, LogDestinationType, ResourceKind, Tags};
use flowcover_record::{LogFormat, Owner};

use crate::FlowLogRequest;

/// Tags that only AWS can give.
const RESERVED: &str = "aws:";

/// Tags without those that AWS gives.
pub(super) fn given(tags: &Tags) -> Tags {
    let tags = tags.iter().filter(|(key, _)| !key.starts_with(RESERVED));
    tags.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// In what two flow logs differ, apart from their ids, their age and how delivery goes. What AWS leaves out in old answers is
/// what it makes by default (EC2 API reference, `CreateFlowLogs`).
pub(super) fn difference(owner: Owner<'_>, one: &FlowLog, other: &FlowLog) -> Option<&'static str> {
    let same = [
        ("resource", one.resource_id == other.resource_id),
        ("traffic type", one.traffic_type == other.traffic_type),
        ("role", role(one) == role(other)),
        (
            "cross-account role",
            one.deliver_cross_account_role == other.deliver_cross_account_role,
        ),
        (
            "destination",
            one.destination(owner) == other.destination(owner),
        ),
        ("record format", format(one) == format(other)),
        ("aggregation interval", interval(one) == interval(other)),
        ("form of the files", files(one) == files(other)),
        ("tags", given(&one.tags) == given(&other.tags)),
    ];
    same.iter().find(|(_, same)| !same).map(|(what, _)| *what)
}

/// In what a flow log is not as a request asks for. Tags are left out: others may add some.
pub(super) fn difference_to_request(
    owner: Owner<'_>,
    request: &FlowLogRequest,
    found: &FlowLog,
) -> Option<&'static str> {
    let on = found.resource_id.as_ref();
    let asked = FlowLog {
        resource_id: on.filter(|id| request.resource_ids.contains(id)).cloned(),
        traffic_type: request.traffic_type.as_deref().map(Into::into),
        log_destination_type: request.log_destination_type.as_deref().map(Into::into),
        log_destination: request.log_destination.clone(),
        log_group_name: request.log_group_name.clone(),
        deliver_logs_permission_arn: request.deliver_logs_permission_arn.clone(),
        deliver_cross_account_role: request.deliver_cross_account_role.clone(),
        log_format: request.log_format.clone(),
        max_aggregation_interval: request.max_aggregation_interval,
        file_format: request.file_format.clone(),
        hive_compatible_partitions: request.hive_compatible_partitions,
        per_hour_partition: request.per_hour_partition,
        tags: found.tags.clone(),
        ..FlowLog::default()
    };
    difference(owner, &asked, found)
}

/// EC2 takes no role for S3, although old flow logs carry one.
fn role(log: &FlowLog) -> Option<&str> {
    let to_bucket = log.log_destination_type == Some(LogDestinationType::S3);
    log.deliver_logs_permission_arn
        .as_deref()
        .filter(|_| !to_bucket)
}

fn is_gateway(log: &FlowLog) -> bool {
    use ResourceKind as R;
    matches!(
        log.resource_kind(),
        R::TransitGateway | R::TransitGatewayAttachment | R::CoreNetwork
    )
}

fn format(log: &FlowLog) -> String {
    let default = || {
        if is_gateway(log) {
            LogFormat::transit_gateway_default().to_string()
        } else {
            LogFormat::default().to_string()
        }
    };
    log.log_format.clone().unwrap_or_else(default)
}

fn interval(log: &FlowLog) -> u32 {
    log.max_aggregation_interval
        .unwrap_or(if is_gateway(log) { 60 } else { 600 })
}

fn files(log: &FlowLog) -> (&str, bool, bool) {
    (
        log.file_format.as_deref().unwrap_or("plain-text"),
        log.hive_compatible_partitions.unwrap_or(false),
        log.per_hour_partition.unwrap_or(false),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner<'static> = Owner {
        partition: "aws",
        region: "eu-west-1",
        account_id: "111122223333",
    };

    fn log() -> FlowLog {
        FlowLog {
            flow_log_id: "fl-1".to_owned(),
            resource_id: Some("vpc-1".to_owned()),
            traffic_type: Some("ALL".into()),
            log_group_name: Some("/a".to_owned()),
            tags: Tags::from([("a".to_owned(), "b".to_owned())]),
            ..FlowLog::default()
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut FlowLog), expected: Option<&str>) {
        let mut other = log();
        change(&mut other);
        assert_eq!(difference(OWNER, &log(), &other), expected);
        assert_eq!(difference(OWNER, &other, &log()), expected);
    }

    #[test]
    fn what_aws_fills_in_is_no_difference() {
        check(|log| log.flow_log_id = "fl-2".to_owned(), None);
        check(
            |log| log.log_format = Some(LogFormat::default().to_string()),
            None,
        );
        check(|log| log.max_aggregation_interval = Some(600), None);
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/a";
        check(|log| log.log_destination = Some(arn.to_owned()), None);
        check(
            |log| log.log_destination_type = Some("cloud-watch-logs".into()),
            None,
        );
        check(|log| log.deliver_logs_status = Some("FAILED".into()), None);
        check(
            |log| drop(log.tags.insert("aws:x".to_owned(), "y".to_owned())),
            None,
        );
    }

    #[test]
    fn what_is_asked_for_is() {
        check(
            |log| log.resource_id = Some("vpc-2".to_owned()),
            Some("resource"),
        );
        check(
            |log| log.traffic_type = Some("REJECT".into()),
            Some("traffic type"),
        );
        check(
            |log| log.deliver_logs_permission_arn = Some("arn".to_owned()),
            Some("role"),
        );
        check(
            |log| log.log_group_name = Some("/b".to_owned()),
            Some("destination"),
        );
        check(
            |log| log.log_format = Some("${action}".to_owned()),
            Some("record format"),
        );
        check(
            |log| log.max_aggregation_interval = Some(60),
            Some("aggregation interval"),
        );
        check(
            |log| log.per_hour_partition = Some(true),
            Some("form of the files"),
        );
        check(|log| log.tags.clear(), Some("tags"));
    }
}
