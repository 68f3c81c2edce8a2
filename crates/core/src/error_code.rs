//! Error codes of AWS, and what each of them says about the call that failed.

/// What an error code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Too many calls: the same call may succeed later.
    Throttled,
    /// IAM, an SCP or a resource policy denies.
    Denied,
    /// Credentials are missing, wrong or expired.
    Credentials,
    /// The region is not enabled for the account.
    RegionDisabled,
    /// What was asked about does not exist. Only such a code is proof of that: an HTTP status of
    /// 404 may come from a proxy or a wrong endpoint.
    NotFound,
    /// What was to be made is there already, whosever it is. Nothing was done.
    AlreadyExists,
    /// Something else must go first: a role has policies, a bucket has objects. Nothing was done.
    InUse,
    /// Another change of the same thing is under way: the same call may succeed later. Nothing was done.
    Conflict,
    /// A quota is reached: waiting does not help. Nothing was done.
    QuotaReached,
    /// AWS failed: the same call may succeed at once. Whether this one acted is not known.
    Transient,
}

impl Meaning {
    /// What this code says, if it is one of those that are known; any other is some refusal of the service.
    ///
    /// Codes from the EC2 API reference ("Error codes"), the S3 API reference ("Error responses"),
    /// "Common errors" and the errors of each action in the references of IAM, STS, KMS,
    /// CloudWatch Logs, Firehose and Organizations, and from the lists of codes that the AWS SDKs
    /// retry. `code` may carry the namespace that JSON services put before it:
    /// `com.amazonaws.logs#ThrottlingException`.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        let code = code.rsplit('#').next().unwrap_or(code);
        let meaning = match code {
            "RequestLimitExceeded"
            | "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "TooManyRequestsException"
            | "SlowDown"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "BandwidthLimitExceeded"
            | "PriorRequestNotComplete" => Self::Throttled,
            "UnauthorizedOperation"
            | "AccessDenied"
            | "AccessDeniedException"
            | "AccessDeniedByServiceControlPolicy"
            | "AllAccessDisabled"
            | "Client.UnauthorizedOperation"
            | "AuthorizationError"
            | "NotAuthorized" => Self::Denied,
            "ExpiredToken"
            | "ExpiredTokenException"
            | "RequestExpired"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "TokenRefreshRequired"
            | "InvalidToken"
            | "MissingAuthenticationToken"
            | "IncompleteSignature" => Self::Credentials,
            // EC2 answers `AuthFailure` both for a region that is not opted in and for bad keys.
            // What `DescribeRegions` answers in the home region, which is always enabled, tells them apart.
            "AuthFailure" | "OptInRequired" | "RegionDisabledException" => Self::RegionDisabled,
            "NoSuchEntity"
            | "NoSuchBucket"
            | "NoSuchKey"
            | "NoSuchBucketPolicy"
            | "NoSuchLifecycleConfiguration"
            | "NoSuchPublicAccessBlockConfiguration"
            | "ServerSideEncryptionConfigurationNotFoundError"
            | "ResourceNotFoundException"
            | "NotFoundException"
            | "PolicyNotFoundException"
            | "AWSOrganizationsNotInUseException"
            | "NoSuchTagSet"
            | "InvalidFlowLogId.NotFound"
            | "InvalidVpcId.NotFound"
            | "InvalidVpcID.NotFound"
            | "InvalidSubnetId.NotFound"
            | "InvalidSubnetID.NotFound"
            | "InvalidNetworkInterfaceId.NotFound"
            | "InvalidNetworkInterfaceID.NotFound"
            | "InvalidTransitGatewayID.NotFound" => Self::NotFound,
            "EntityAlreadyExists"
            | "ResourceAlreadyExistsException"
            | "FlowLogAlreadyExists"
            // Of somebody else, and one's own.
            | "BucketAlreadyExists"
            | "BucketAlreadyOwnedByYou" => Self::AlreadyExists,
            "DeleteConflict" | "BucketNotEmpty" => Self::InUse,
            "ConcurrentModification"
            | "OperationAborted"
            | "OperationAbortedException"
            | "ConditionalRequestConflict" => Self::Conflict,
            // Some SDKs retry `LimitExceededException`, for a service counts calls with it. Of the calls made here,
            // only `CreateLogGroup` answers it, and means the number of groups.
            "LimitExceeded"
            | "LimitExceededException"
            | "FlowLogsLimitExceeded"
            | "TooManyBuckets" => Self::QuotaReached,
            "InternalError"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
            | "InternalServerError"
            | "InternalServiceError"
            | "ServiceFailure"
            | "Unavailable"
            | "RequestTimeout" => Self::Transient,
            _ => return None,
        };
        Some(meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::Meaning;

    #[test]
    fn codes_of_every_service_are_known() {
        for (code, expected) in [
            ("RequestLimitExceeded", Some(Meaning::Throttled)),
            ("ThrottlingException", Some(Meaning::Throttled)),
            ("SlowDown", Some(Meaning::Throttled)),
            ("UnauthorizedOperation", Some(Meaning::Denied)),
            ("AccessDenied", Some(Meaning::Denied)),
            ("AccessDeniedException", Some(Meaning::Denied)),
            ("RequestExpired", Some(Meaning::Credentials)),
            ("UnrecognizedClientException", Some(Meaning::Credentials)),
            ("AuthFailure", Some(Meaning::RegionDisabled)),
            ("NoSuchEntity", Some(Meaning::NotFound)),
            ("NoSuchBucketPolicy", Some(Meaning::NotFound)),
            ("NotFoundException", Some(Meaning::NotFound)),
            ("AWSOrganizationsNotInUseException", Some(Meaning::NotFound)),
            ("NoSuchTagSet", Some(Meaning::NotFound)),
            ("InvalidFlowLogId.NotFound", Some(Meaning::NotFound)),
            ("InternalError", Some(Meaning::Transient)),
            ("ServiceFailure", Some(Meaning::Transient)),
            ("EntityAlreadyExists", Some(Meaning::AlreadyExists)),
            (
                "ResourceAlreadyExistsException",
                Some(Meaning::AlreadyExists),
            ),
            ("FlowLogAlreadyExists", Some(Meaning::AlreadyExists)),
            ("BucketAlreadyExists", Some(Meaning::AlreadyExists)),
            ("BucketAlreadyOwnedByYou", Some(Meaning::AlreadyExists)),
            ("DeleteConflict", Some(Meaning::InUse)),
            ("BucketNotEmpty", Some(Meaning::InUse)),
            ("ConcurrentModification", Some(Meaning::Conflict)),
            ("OperationAborted", Some(Meaning::Conflict)),
            ("OperationAbortedException", Some(Meaning::Conflict)),
            ("LimitExceeded", Some(Meaning::QuotaReached)),
            ("LimitExceededException", Some(Meaning::QuotaReached)),
            ("FlowLogsLimitExceeded", Some(Meaning::QuotaReached)),
            ("IdempotentParameterMismatch", None),
            ("MalformedPolicyDocument", None),
            ("", None),
        ] {
            assert_eq!(Meaning::of(code), expected, "{code}");
        }
    }

    #[test]
    fn a_namespace_before_the_code_does_not_matter() {
        for code in ["com.amazonaws.logs#ThrottlingException", "#SlowDown"] {
            assert_eq!(Meaning::of(code), Some(Meaning::Throttled), "{code}");
        }
        assert_eq!(Meaning::of("ThrottlingException#"), None);
    }

    #[test]
    fn what_only_spells_an_http_status_proves_nothing() {
        for code in ["NotFound", "404", "Forbidden", "403", "HTTP 404"] {
            assert_eq!(Meaning::of(code), None, "{code}");
        }
    }
}
