//! Which AWS call a request is: by its signature, its protocol and its path.

use std::fmt;

use super::http::Message;

/// One AWS API call as a request shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// Signing name of the service, for example `ec2`, `logs`, `organizations`.
    pub service: String,
    /// API operation, for example `DescribeVpcs` or `GetBucketPolicy`.
    pub action: String,
    /// Region of the credential scope; global services are signed for `us-east-1`.
    pub region: String,
    /// Account of the access key, or an empty string where the proxy does not know the key.
    pub account: String,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service, self.action)
    }
}

/// The error format that a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// EC2's own XML: `Response/Errors/Error`.
    Ec2,
    /// IAM, STS: `ErrorResponse/Error`.
    Query,
    /// CloudWatch Logs, Organizations, KMS, Firehose, Config: JSON with `__type`.
    Json,
    /// S3: a bare `Error`.
    S3,
}

/// A request's call, its error format and the access key that signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identified {
    pub(crate) call: Call,
    pub(crate) protocol: Protocol,
    pub(crate) access_key: String,
}

/// `Credential=KEY/DATE/REGION/SERVICE/aws4_request` of a Signature Version 4 header.
struct Scope<'a> {
    access_key: &'a str,
    region: &'a str,
    service: &'a str,
}

pub(crate) fn identify(request: &Message) -> Identified {
    let scope = scope(request.header("authorization").unwrap_or(""));
    let (service, region, access_key) = scope.map_or(("unsigned", "", ""), |scope| {
        (scope.service, scope.region, scope.access_key)
    });
    let (protocol, action) = protocol_and_action(request, service);
    Identified {
        call: Call {
            service: service.to_owned(),
            action,
            region: region.to_owned(),
            account: String::new(),
        },
        protocol,
        access_key: access_key.to_owned(),
    }
}

fn scope(authorization: &str) -> Option<Scope<'_>> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let credential = credential.split([',', ' ']).next()?;
    let mut parts = credential.split('/');
    let access_key = parts.next()?;
    let region = parts.nth(1)?;
    let service = parts.next()?;
    Some(Scope {
        access_key,
        region,
        service,
    })
}

fn protocol_and_action(request: &Message, service: &str) -> (Protocol, String) {
    if let Some(target) = request.header("x-amz-target") {
        let action = target.rsplit('.').next().unwrap_or(target);
        return (Protocol::Json, action.to_owned());
    }
    if service == "s3" {
        return (Protocol::S3, s3_action(request).to_owned());
    }
    let protocol = if service == "ec2" {
        Protocol::Ec2
    } else {
        Protocol::Query
    };
    let (method, target) = request.method_and_target();
    let action = form_value(&String::from_utf8_lossy(&request.body), "Action")
        .or_else(|| form_value(query(target), "Action"))
        .unwrap_or_else(|| format!("{method} {}", path(target)));
    (protocol, action)
}

fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or(target)
}

fn query(target: &str) -> &str {
    target.split_once('?').map_or("", |(_, query)| query)
}

/// The value of a form field; the fields that matter here are never escaped.
pub(crate) fn form_value(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| *key == name);
    found.map(|(_, value)| value.to_owned())
}

/// The reads of a bucket, by the sub-resource in the query (Amazon S3 API Reference).
const BUCKET_READS: [(&str, &str); 12] = [
    ("policyStatus", "GetBucketPolicyStatus"),
    ("policy", "GetBucketPolicy"),
    ("encryption", "GetBucketEncryption"),
    ("publicAccessBlock", "GetPublicAccessBlock"),
    ("location", "GetBucketLocation"),
    ("lifecycle", "GetBucketLifecycleConfiguration"),
    ("ownershipControls", "GetBucketOwnershipControls"),
    ("acl", "GetBucketAcl"),
    ("versioning", "GetBucketVersioning"),
    ("logging", "GetBucketLogging"),
    ("tagging", "GetBucketTagging"),
    ("list-type", "ListObjectsV2"),
];

/// What changes a bucket, by method and sub-resource.
const BUCKET_WRITES: [(&str, &str, &str); 8] = [
    ("PUT", "policy", "PutBucketPolicy"),
    ("PUT", "encryption", "PutBucketEncryption"),
    ("PUT", "publicAccessBlock", "PutPublicAccessBlock"),
    ("PUT", "lifecycle", "PutBucketLifecycleConfiguration"),
    ("PUT", "tagging", "PutBucketTagging"),
    ("DELETE", "policy", "DeleteBucketPolicy"),
    ("DELETE", "lifecycle", "DeleteBucketLifecycle"),
    ("POST", "delete", "DeleteObjects"),
];

fn s3_action(request: &Message) -> &'static str {
    let (method, target) = request.method_and_target();
    let path = path(target).trim_matches('/');
    let host = request.header("host").unwrap_or("");
    let has_key = path.contains('/') || (is_virtual_hosted(host) && !path.is_empty());
    match (method, has_key) {
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("PUT", true) => "PutObject",
        ("DELETE", true) => "DeleteObject",
        ("HEAD", false) => "HeadBucket",
        ("GET", false) => bucket_read(query(target), path.is_empty() && !is_virtual_hosted(host)),
        (method, false) => bucket_write(method, query(target)),
        _ => "Other",
    }
}

/// Whether a query names a sub-resource.
fn asks(query: &str, name: &str) -> bool {
    let mut keys = query.split('&').filter_map(|pair| pair.split('=').next());
    keys.any(|key| key == name)
}

fn bucket_write(method: &str, query: &str) -> &'static str {
    let mut writes = BUCKET_WRITES.iter();
    match writes.find(|(with, name, _)| *with == method && asks(query, name)) {
        Some((_, _, action)) => action,
        None if method == "PUT" => "CreateBucket",
        None if method == "DELETE" => "DeleteBucket",
        None => "Other",
    }
}

fn bucket_read(query: &str, of_account: bool) -> &'static str {
    let found = BUCKET_READS.iter().find(|(name, _)| asks(query, name));
    match found {
        Some((_, action)) => action,
        None if of_account => "ListBuckets",
        None => "ListObjects",
    }
}

/// `BUCKET.s3.REGION.amazonaws.com` and `BUCKET.localhost` name the bucket in the host.
fn is_virtual_hosted(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or("");
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    !is_address && name != "localhost" && !name.starts_with("s3.") && name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(start: &str, headers: &[(&str, &str)], body: &str) -> Message {
        Message {
            start: start.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn signed(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=ASIAKEY/20260101/eu-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        )
    }

    fn check(
        service: &str,
        start: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (Protocol, String) {
        let authorization = signed(service);
        let mut all = vec![("Authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        let found = identify(&request(start, &all, body));
        assert_eq!(found.access_key, "ASIAKEY");
        assert_eq!(found.call.region, "eu-west-1");
        (found.protocol, found.call.to_string())
    }

    #[test]
    fn query_and_json_calls_are_known_by_action_and_target() {
        let post = "POST / HTTP/1.1";
        let ec2 = check("ec2", post, &[], "Action=DescribeVpcs&Version=2016-11-15");
        assert_eq!(ec2, (Protocol::Ec2, "ec2:DescribeVpcs".to_owned()));
        let iam = check("iam", post, &[], "Version=2010-05-08&Action=GetRole");
        assert_eq!(iam, (Protocol::Query, "iam:GetRole".to_owned()));
        let target = [("X-Amz-Target", "Logs_20140328.DescribeLogGroups")];
        let logs = check("logs", post, &target, "{}");
        assert_eq!(logs, (Protocol::Json, "logs:DescribeLogGroups".to_owned()));
    }

    #[test]
    fn s3_calls_are_known_by_method_path_and_query() {
        let here = [("Host", "127.0.0.1:5000")];
        let virtual_host = [("Host", "bucket.s3.eu-west-1.amazonaws.com")];
        for (start, headers, action) in [
            ("GET /bucket?policy HTTP/1.1", here, "s3:GetBucketPolicy"),
            (
                "GET /bucket?encryption= HTTP/1.1",
                here,
                "s3:GetBucketEncryption",
            ),
            (
                "GET /bucket/?list-type=2&prefix=policy HTTP/1.1",
                here,
                "s3:ListObjectsV2",
            ),
            (
                "GET /?publicAccessBlock HTTP/1.1",
                virtual_host,
                "s3:GetPublicAccessBlock",
            ),
            ("GET /AWSLogs/x.gz HTTP/1.1", virtual_host, "s3:GetObject"),
            (
                "GET /bucket/AWSLogs/x.gz?x-id=GetObject HTTP/1.1",
                here,
                "s3:GetObject",
            ),
            ("HEAD /bucket HTTP/1.1", here, "s3:HeadBucket"),
            ("GET / HTTP/1.1", here, "s3:ListBuckets"),
            ("PUT /bucket/key HTTP/1.1", here, "s3:PutObject"),
            ("PUT /bucket/ HTTP/1.1", here, "s3:CreateBucket"),
            ("PUT /bucket?tagging HTTP/1.1", here, "s3:PutBucketTagging"),
            (
                "DELETE /bucket?policy HTTP/1.1",
                here,
                "s3:DeleteBucketPolicy",
            ),
            ("DELETE /bucket HTTP/1.1", here, "s3:DeleteBucket"),
            ("POST /bucket/?delete HTTP/1.1", here, "s3:DeleteObjects"),
        ] {
            assert_eq!(check("s3", start, &headers, "").1, action, "{start}");
        }
    }

    #[test]
    fn an_unsigned_or_odd_request_has_no_account_and_no_service() {
        for authorization in ["", "Bearer x", "AWS4 Credential=a/b"] {
            let headers = [("Authorization", authorization)];
            let found = identify(&request("GET /health HTTP/1.1", &headers, ""));
            assert_eq!(found.call.to_string(), "unsigned:GET /health");
            assert_eq!(found.call.region, "");
        }
    }
}
