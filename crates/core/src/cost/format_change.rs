//! What another record format does to a volume.

use flowcover_record::LogFormat;

use super::stream::{Stream, Volume};
use super::width::typical_line;
use crate::inventory::ResourceKind;

/// The volume of a stream in another format. Flow logs of transit gateways stay as they are: their fields are others.
pub(super) fn reformatted(stream: &Stream<'_>, format: &LogFormat) -> Result<Volume, String> {
    let id = &stream.flow_log.flow_log_id;
    match stream.flow_log.resource_kind() {
        ResourceKind::TransitGateway | ResourceKind::TransitGatewayAttachment => Ok(stream.month),
        _ => match &stream.format {
            Some(today) => Ok(stream
                .month
                .with_bytes(typical_line(format), typical_line(today))),
            None => Err(format!("the format of flow log {id} is not understood")),
        },
    }
}
