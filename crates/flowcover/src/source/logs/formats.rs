//! Which format the events of a log group have: no header line says it.

use std::str::FromStr as _;

use flowcover_core::inventory::{FlowLog, ResourceKind};
use flowcover_record::field::Scope;
use flowcover_record::log_stream::StreamName;
use flowcover_record::{LogFormat, TrafficType};

/// A flow log that delivers to the group.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Writer {
    format: usize,
    /// What it records, if that is known.
    traffic_type: Option<TrafficType>,
    /// The one interface that it is attached to, if that is all.
    eni: Option<String>,
}

/// The formats of the flow logs that deliver to a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Formats {
    formats: Vec<LogFormat>,
    writers: Vec<Writer>,
}

impl Formats {
    /// One for all events.
    pub(crate) fn given(format: LogFormat) -> Self {
        let writer = Writer {
            format: 0,
            traffic_type: None,
            eni: None,
        };
        Self {
            formats: vec![format],
            writers: vec![writer],
        }
    }

    /// Of those flow logs that deliver to the group. A format that cannot be read is left out.
    pub(crate) fn of(flow_logs: &[FlowLog], group: &str) -> Self {
        let mut found = Self::default();
        for flow_log in flow_logs.iter().filter(|it| group_of(it) == Some(group)) {
            let scope = match flow_log.resource_kind() {
                ResourceKind::TransitGateway | ResourceKind::TransitGatewayAttachment => {
                    Scope::TransitGateway
                }
                _ => Scope::Vpc,
            };
            let Ok(format) = LogFormat::of_flow_log(flow_log.log_format.as_deref(), scope) else {
                continue;
            };
            let known = found.formats.iter().position(|it| *it == format);
            let number = known.unwrap_or_else(|| {
                found.formats.push(format);
                found.formats.len() - 1
            });
            let traffic_type = flow_log.traffic_type.as_ref();
            found.writers.push(Writer {
                format: number,
                traffic_type: traffic_type.and_then(|it| TrafficType::from_str(it.as_str()).ok()),
                eni: flow_log
                    .resource_id
                    .clone()
                    .filter(|id| ResourceKind::of(id) == ResourceKind::NetworkInterface),
            });
        }
        found
    }

    /// All of them, each once.
    pub(crate) fn all(&self) -> &[LogFormat] {
        &self.formats
    }

    /// The format of an event of that stream: the one of all flow logs that can have written it, by what they record and the
    /// interface that they are attached to; else the only one with that many fields. None: nothing tells.
    pub(crate) fn of_event(&self, stream: &str, message: &str) -> Option<usize> {
        if self.formats.len() == 1 {
            return Some(0);
        }
        let name = StreamName::parse(stream);
        let can_write = |writer: &&Writer| {
            name.as_ref().is_none_or(|name| {
                let records = writer.traffic_type.is_none_or(|it| it == name.traffic_type);
                records && writer.eni.as_ref().is_none_or(|eni| *eni == name.eni)
            })
        };
        let mut formats: Vec<usize> = self
            .writers
            .iter()
            .filter(can_write)
            .map(|writer| writer.format)
            .collect();
        if formats.is_empty() {
            // Of a flow log that is no longer there, or a stream named by somebody else.
            formats = (0..self.formats.len()).collect();
        }
        formats.sort_unstable();
        formats.dedup();
        if formats.len() > 1 {
            let fields = message.split_ascii_whitespace().count();
            formats.retain(|&format| self.formats[format].columns().len() == fields);
        }
        match formats.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// The log group that a flow log delivers to, if it does to one.
fn group_of(flow_log: &FlowLog) -> Option<&str> {
    let from_arn = flow_log.log_destination.as_deref().and_then(|arn| {
        let name = arn.split_once(":log-group:")?.1;
        Some(name.strip_suffix(":*").unwrap_or(name))
    });
    from_arn.or(flow_log.log_group_name.as_deref())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_core::inventory;

    use super::*;

    const SHORT: &str = "${srcaddr} ${dstaddr}";
    const OTHER: &str = "${dstaddr} ${srcaddr}";
    const LONG: &str = "${srcaddr} ${dstaddr} ${bytes}";

    fn flow_log(resource: &str, traffic: inventory::TrafficType, format: &str) -> FlowLog {
        FlowLog {
            resource_id: Some(resource.to_owned()),
            traffic_type: Some(traffic),
            log_group_name: Some("/vpc/flow".to_owned()),
            log_format: Some(format.to_owned()),
            ..FlowLog::default()
        }
    }

    #[track_caller]
    fn check(flow_logs: &[FlowLog], stream: &str, message: &str, expected: Option<&str>) {
        let formats = Formats::of(flow_logs, "/vpc/flow");
        let found = formats.of_event(stream, message);
        let found = found.map(|format| formats.all()[format].to_string());
        assert_eq!(found.as_deref(), expected, "{stream} {message}");
    }

    #[test]
    fn what_a_flow_log_records_and_where_tells_its_events() {
        use inventory::TrafficType::{All, Reject};
        let by_traffic = [
            flow_log("vpc-1", All, SHORT),
            flow_log("vpc-1", Reject, OTHER),
        ];
        check(&by_traffic, "eni-1-all", "1 2", Some(SHORT));
        check(&by_traffic, "eni-1-reject", "1 2", Some(OTHER));
        check(&by_traffic, "eni-1-accept", "1 2", None);
        check(&by_traffic, "odd", "1 2", None);
        let by_eni = [flow_log("eni-1", All, SHORT), flow_log("eni-2", All, OTHER)];
        check(&by_eni, "eni-2-all", "1 2", Some(OTHER));
        let one = [flow_log("vpc-1", All, SHORT), flow_log("vpc-2", All, SHORT)];
        check(&one, "odd", "1 2 3 4", Some(SHORT));
    }

    #[test]
    fn the_number_of_fields_tells_only_where_it_is_one_formats() {
        use inventory::TrafficType::All;
        let lengths = [flow_log("vpc-1", All, SHORT), flow_log("vpc-2", All, LONG)];
        check(&lengths, "eni-1-all", "1 2 3", Some(LONG));
        check(&lengths, "eni-1-all", "1 2", Some(SHORT));
        check(&lengths, "eni-1-all", "1 2 3 4", None);
        let same = [flow_log("vpc-1", All, SHORT), flow_log("vpc-2", All, OTHER)];
        check(&same, "eni-1-all", "1 2", None);
    }

    #[test]
    fn only_flow_logs_of_the_group_count() {
        use inventory::TrafficType::All;
        let elsewhere = FlowLog {
            log_group_name: Some("/else".to_owned()),
            ..flow_log("vpc-1", All, LONG)
        };
        let by_arn = FlowLog {
            log_group_name: None,
            log_destination: Some("arn:aws:logs:eu-west-1:1:log-group:/vpc/flow:*".to_owned()),
            ..flow_log("vpc-1", All, SHORT)
        };
        let formats = Formats::of(&[elsewhere, by_arn], "/vpc/flow");
        assert_eq!(formats.all().len(), 1);
        assert!(Formats::of(&[], "/vpc/flow").all().is_empty());
    }
}
