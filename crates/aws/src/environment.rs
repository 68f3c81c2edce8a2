//! What the environment and the shared configuration files say about the way to AWS.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use flowcover_cloud::CloudError;

use crate::credentials::{Renewing, Source};
use crate::http;
use crate::session::Session;
use crate::settings::Settings;

/// How long the instance metadata service may take: on a machine that has none, nothing answers.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// The settings, and the HTTP clients made for them.
pub(crate) struct Environment {
    settings: Settings,
    http_client: SharedHttpClient,
    metadata_http_client: SharedHttpClient,
}

impl Environment {
    /// # Errors
    ///
    /// Those of [`http::tls_context`].
    pub(crate) fn new(settings: Settings) -> Result<Self, CloudError> {
        let tls = http::tls_context(std::env::var("AWS_CA_BUNDLE").ok().as_deref())?;
        Ok(Self {
            settings,
            http_client: http::proxied_client(tls.clone()),
            metadata_http_client: http::direct_client(tls),
        })
    }

    /// Default region of the caller.
    pub(crate) async fn default_region(&self) -> Option<String> {
        let region = self.region(self.profile(None)).await;
        region.map(|region| region.to_string())
    }

    /// Region that the configuration file gives a profile.
    pub(crate) async fn profile_region(&self, profile: &str) -> Option<String> {
        let provider = ProfileFileRegionProvider::builder()
            .profile_name(profile)
            .build();
        provider.region().await.map(|region| region.to_string())
    }

    /// The session of a profile; none means the caller.
    pub(crate) async fn session(&self, profile: Option<&str>) -> Session {
        let profile = self.profile(profile);
        let region = self.region(profile).await;
        let config = self.sdk_config(profile, region).await;
        let source = self.credentials(profile, &config).await;
        Session::new(&config, Renewing::new(source))
    }

    fn profile<'a>(&'a self, profile: Option<&'a str>) -> Option<&'a str> {
        profile.or(self.settings.profile.as_deref())
    }

    /// Not from the instance metadata service: asking it takes seconds where there is none.
    async fn region(&self, profile: Option<&str>) -> Option<Region> {
        if let Some(region) = &self.settings.region {
            return Some(Region::new(region.clone()));
        }
        let from_variables = EnvironmentVariableRegionProvider::new().region().await;
        if from_variables.is_some() {
            return from_variables;
        }
        let mut from_profile = ProfileFileRegionProvider::builder();
        if let Some(profile) = profile {
            from_profile = from_profile.profile_name(profile);
        }
        from_profile.build().region().await
    }

    async fn sdk_config(&self, profile: Option<&str>, region: Option<Region>) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .no_credentials()
            .http_client(self.http_client.clone())
            .timeout_config(timeouts(&self.settings))
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Ok(name) = AppName::new("flowcover") {
            loader = loader.app_name(name);
        }
        loader.load().await
    }

    /// A profile that was asked for by name beats credentials in the environment, as with the AWS CLI.
    async fn credentials(&self, profile: Option<&str>, config: &SdkConfig) -> Source {
        // Profiles that assume a role, and web identities, need some region for STS.
        let default = || Region::from_static("us-east-1");
        let region = config.region().cloned().unwrap_or_else(default);
        let base = ProviderConfig::without_region()
            .with_region(Some(region.clone()))
            .with_use_fips(config.use_fips())
            .with_use_dual_stack(config.use_dual_stack())
            .with_timeout_config(timeouts(&self.settings));
        let conf = base.clone().with_http_client(self.http_client.clone());
        if let Some(profile) = profile {
            let provider = ProfileFileCredentialsProvider::builder()
                .configure(&conf)
                .profile_name(profile)
                .build();
            return Source::Profile(profile.to_owned(), SharedCredentialsProvider::new(provider));
        }
        let metadata = base.with_http_client(self.metadata_http_client.clone());
        let chain = DefaultCredentialsChain::builder()
            .region(region)
            .configure(conf)
            .imds_client(metadata_client(&metadata))
            .build()
            .await;
        Source::Default(SharedCredentialsProvider::new(chain))
    }
}

fn metadata_client(conf: &ProviderConfig) -> imds::Client {
    imds::Client::builder()
        .configure(conf)
        .connect_timeout(METADATA_TIMEOUT)
        .read_timeout(METADATA_TIMEOUT)
        .operation_timeout(2 * METADATA_TIMEOUT)
        .max_attempts(1)
        .build()
}

/// The attempt as a whole has an end too: the read timeout only covers the beginning of an answer.
pub(crate) fn timeouts(settings: &Settings) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .operation_attempt_timeout(settings.connect_timeout + 2 * settings.read_timeout)
        .build()
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
