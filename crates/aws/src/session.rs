//! Everything that belongs to one [`Entry`](flowcover_cloud::Entry): its configuration, its credentials, and its clients.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::identity::IdentityCache;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;

use crate::credentials::{Renewing, Signing};
use crate::whole::WholeAnswer;

/// Clients of one service, by region. An SDK client is costly to make and cheap to clone.
struct ByRegion<C>(Mutex<HashMap<Arc<str>, C>>);

impl<C> Default for ByRegion<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Clone> ByRegion<C> {
    fn get(&self, region: &Arc<str>, make: impl FnOnce() -> C) -> C {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(region) {
            return client.clone();
        }
        let client = make();
        clients.insert(region.clone(), client.clone());
        client
    }
}

macro_rules! session {
    ($($service:ident: $sdk:ident),+ $(,)?) => {
        /// Configuration, credentials and clients of one entry.
        pub(crate) struct Session {
            sdk_config: SdkConfig,
            credentials: Arc<Renewing>,
            s3: ByRegion<aws_sdk_s3::Client>,
            $($service: ByRegion<$sdk::Client>,)+
        }

        impl Session {
            /// A session with this configuration, signing with these credentials.
            pub(crate) fn new(config: &SdkConfig, credentials: Renewing) -> Self {
                let credentials = Arc::new(credentials);
                let signing = SharedCredentialsProvider::new(Signing(credentials.clone()));
                let config = config
                    .to_builder()
                    .credentials_provider(signing)
                    // `Renewing` is the cache.
                    .identity_cache(IdentityCache::no_cache())
                    .build();
                Self {
                    sdk_config: config,
                    credentials,
                    s3: ByRegion::default(),
                    $($service: ByRegion::default(),)+
                }
            }

            $(pub(crate) fn $service(&self, region: &Arc<str>) -> $sdk::Client {
                self.$service.get(region, || {
                    let config = $sdk::config::Builder::from(&self.config_in(region));
                    $sdk::Client::from_conf(config.interceptor(WholeAnswer).build())
                })
            })+
        }
    };
}

session! {
    sts: aws_sdk_sts,
    organizations: aws_sdk_organizations,
    ec2: aws_sdk_ec2,
    iam: aws_sdk_iam,
    logs: aws_sdk_cloudwatchlogs,
    kms: aws_sdk_kms,
    firehose: aws_sdk_firehose,
    config: aws_sdk_config,
}

impl Session {
    pub(crate) const fn credentials(&self) -> &Arc<Renewing> {
        &self.credentials
    }

    pub(crate) const fn sdk_config(&self) -> &SdkConfig {
        &self.sdk_config
    }

    pub(crate) fn s3(&self, region: &Arc<str>) -> aws_sdk_s3::Client {
        self.s3.get(region, || {
            let config = aws_sdk_s3::config::Builder::from(&self.config_in(region));
            let config = config.force_path_style(has_s3_endpoint(&self.sdk_config));
            aws_sdk_s3::Client::from_conf(config.interceptor(WholeAnswer).build())
        })
    }

    fn config_in(&self, region: &Arc<str>) -> SdkConfig {
        let region = Region::new(region.to_string());
        self.sdk_config.to_builder().region(region).build()
    }
}

/// Whether S3 is not where AWS has it: an emulator has no name for each bucket in front of its own.
fn has_s3_endpoint(config: &SdkConfig) -> bool {
    let of_service = || {
        let key = ServiceConfigKey::builder()
            .service_id("S3")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        config.service_config()?.load_config(key)
    };
    config.endpoint_url().is_some() || of_service().is_some()
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
