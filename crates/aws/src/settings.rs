//! What a user can set about the way to AWS.

use std::time::Duration;

/// How to reach AWS.
///
/// All else is taken where the AWS CLI takes it: credentials, `AWS_ENDPOINT_URL` and
/// `AWS_ENDPOINT_URL_<SERVICE>`, FIPS and dual-stack endpoints, `AWS_CA_BUNDLE` and
/// `HTTPS_PROXY`, from the environment and the shared configuration files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Profile that [`Entry::Caller`](flowcover_cloud::Entry::Caller) means; like `aws --profile`, it beats
    /// credentials in the environment. None means what `AWS_PROFILE` and the default chain give.
    pub profile: Option<String>,
    /// Default region; none means `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's.
    pub region: Option<String>,
    /// How long a TCP and TLS connection may take.
    pub connect_timeout: Duration,
    /// How long AWS may take to begin its answer, and again to finish it.
    pub read_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            connect_timeout: Duration::from_secs(3),
            read_timeout: Duration::from_secs(10),
        }
    }
}
