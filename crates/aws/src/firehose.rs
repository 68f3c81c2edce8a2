//! Firehose: delivery streams.

use aws_sdk_firehose::Client;
use flowcover_cloud::{CloudError, DescribeDeliveryStream};

use crate::convert::required;
use crate::error::from_sdk;

pub(crate) async fn describe_delivery_stream(
    client: &Client,
    request: DescribeDeliveryStream,
) -> Result<String, CloudError> {
    let call = client.describe_delivery_stream();
    let call = call.delivery_stream_name(request.delivery_stream_name);
    let output = call.send().await.map_err(from_sdk)?;
    let stream = required(
        output.delivery_stream_description,
        "DeliveryStreamDescription",
    )?;
    Ok(stream.delivery_stream_status.as_str().to_owned())
}
