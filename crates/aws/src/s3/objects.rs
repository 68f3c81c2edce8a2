//! The objects of a bucket, for those who read them.

use aws_sdk_s3::Client;
use aws_sdk_s3::types as sdk;
use flowcover_cloud::{CloudError, ErrorKind, GetObject, ListKeys, Listed, ObjectBytes, Page};

use super::PAGE_SIZE;
use crate::error::from_sdk;

/// Room that is made for an answer before its bytes have come, at most.
const MOST_ROOM: usize = 64 * 1024 * 1024;

fn payer(request_payer: bool) -> Option<sdk::RequestPayer> {
    request_payer.then_some(sdk::RequestPayer::Requester)
}

pub(crate) async fn list_keys(
    client: &Client,
    request: ListKeys,
) -> Result<Page<Listed>, CloudError> {
    let call = client.list_objects_v2().bucket(request.bucket);
    let call = call
        .prefix(request.prefix)
        .max_keys(PAGE_SIZE)
        .set_delimiter(request.by_folder.then(|| "/".to_owned()))
        .set_request_payer(payer(request.request_payer))
        .set_continuation_token(request.next_token);
    let output = call.send().await.map_err(from_sdk)?;
    let folders = output.common_prefixes.unwrap_or_default().into_iter();
    let folders = folders.filter_map(|folder| folder.prefix.map(Listed::Folder));
    let objects = output.contents.unwrap_or_default().into_iter().map(listed);
    Ok(Page {
        items: folders.chain(objects).collect(),
        next_token: output
            .next_continuation_token
            .filter(|token| !token.is_empty()),
    })
}

fn listed(object: sdk::Object) -> Listed {
    Listed::Object {
        key: object.key.unwrap_or_default(),
        size: object
            .size
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or_default(),
        etag: object.e_tag,
        storage_class: object.storage_class.map(|class| class.as_str().to_owned()),
    }
}

pub(crate) async fn get_object(
    client: &Client,
    request: GetObject,
) -> Result<ObjectBytes, CloudError> {
    let range = request
        .range
        .map(|(first, last)| format!("bytes={first}-{last}"));
    let call = client
        .get_object()
        .bucket(request.bucket)
        .key(request.key)
        .set_range(range)
        .set_if_match(request.if_match)
        .set_request_payer(payer(request.request_payer));
    let output = call.send().await.map_err(from_sdk)?;
    let told = output
        .content_length
        .and_then(|length| usize::try_from(length).ok());
    let mut body = output.body;
    let mut bytes = Vec::with_capacity(told.unwrap_or_default().min(MOST_ROOM));
    while let Some(piece) = body
        .try_next()
        .await
        .map_err(|error| cut(&error.to_string()))?
    {
        bytes.extend_from_slice(&piece);
    }
    match told {
        Some(told) if told != bytes.len() => {
            Err(cut(&format!("{} of {told} bytes came", bytes.len())))
        }
        _ => Ok(ObjectBytes(bytes)),
    }
}

/// What broke off half-way may come whole the next time.
fn cut(why: &str) -> CloudError {
    CloudError::new(ErrorKind::Transient, "IncompleteBody", why)
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
