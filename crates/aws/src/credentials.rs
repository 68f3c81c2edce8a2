//! Credentials that are fetched once for all callers, and renewed before they expire.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use flowcover_cloud::{CloudError, ErrorKind};
use tokio::sync::Mutex;

use crate::error;
use crate::sts::RoleToAssume;

/// Credentials are renewed when they have this long to live.
const MARGIN: Duration = Duration::from_secs(300);
/// A source that gives short-lived credentials, or fails to renew good ones, is asked again after this.
const RETRY: Duration = Duration::from_secs(30);
/// A failure holds for this long: of many calls in flight, one asks and all hear the answer.
const FAILURE_HOLDS: Duration = Duration::from_secs(3);
/// Longest wait for a source: a sign-on service, or a command of the user's.
const SOURCE_TIMEOUT: Duration = Duration::from_secs(30);

/// Where credentials come from.
pub(crate) enum Source {
    /// The default chain: the environment, the default profile, a container or an instance.
    Default(SharedCredentialsProvider),
    /// A profile that was asked for by name.
    Profile(String, SharedCredentialsProvider),
    /// STS.
    Role(RoleToAssume),
}

/// Credentials with their source. Shared by every client of an entry.
pub(crate) struct Renewing {
    source: Source,
    held: RwLock<Option<Held>>,
    /// Held while the source is asked, so that it is asked once.
    failure: Mutex<Option<(Instant, CloudError)>>,
}

struct Held {
    credentials: Credentials,
    renew_at: Option<SystemTime>,
}

impl Held {
    fn new(credentials: Credentials, now: SystemTime) -> Self {
        let renew_at = credentials
            .expiry()
            .map(|expiry| (expiry - MARGIN).max(now + RETRY).min(expiry));
        Self {
            credentials,
            renew_at,
        }
    }

    fn is_fresh(&self, now: SystemTime) -> bool {
        self.renew_at.is_none_or(|renew_at| now < renew_at)
    }

    fn is_valid(&self, now: SystemTime) -> bool {
        self.credentials.expiry().is_none_or(|expiry| now < expiry)
    }
}

impl Renewing {
    /// Credentials that are not there yet.
    pub(crate) const fn new(source: Source) -> Self {
        Self {
            source,
            held: RwLock::new(None),
            failure: Mutex::const_new(None),
        }
    }

    /// Keeps these credentials until they need renewal.
    pub(crate) fn keep(&self, credentials: Credentials) {
        let held = Held::new(credentials, SystemTime::now());
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    /// Credentials to sign with now.
    ///
    /// # Errors
    ///
    /// Why the source gave none; what STS said where it is a role.
    pub(crate) async fn ready(&self) -> Result<Credentials, CloudError> {
        if let Some(credentials) = self.current(Held::is_fresh) {
            return Ok(credentials);
        }
        let mut failure = self.failure.lock().await;
        if let Some(credentials) = self.current(Held::is_fresh) {
            return Ok(credentials);
        }
        if let Some((at, error)) = failure.as_ref()
            && at.elapsed() < FAILURE_HOLDS
        {
            return Err(error.clone());
        }
        match self.fetch().await {
            Ok(credentials) => {
                *failure = None;
                self.keep(credentials.clone());
                Ok(credentials)
            }
            Err(error) => self.outlive(error, &mut failure),
        }
    }

    /// After a renewal that failed: what is held is used as long as it lives.
    fn outlive(
        &self,
        error: CloudError,
        failure: &mut Option<(Instant, CloudError)>,
    ) -> Result<Credentials, CloudError> {
        if let Some(credentials) = self.current(Held::is_valid) {
            tracing::warn!(%error, "credentials could not be renewed; the old ones are used until they expire");
            self.keep(credentials.clone());
            return Ok(credentials);
        }
        // What may pass by itself is for the caller to try again.
        if !error.is_retryable() {
            *failure = Some((Instant::now(), error.clone()));
        }
        Err(error)
    }

    fn current(&self, usable: fn(&Held, SystemTime) -> bool) -> Option<Credentials> {
        let now = SystemTime::now();
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .filter(|held| usable(held, now))
            .map(|held| held.credentials.clone())
    }

    async fn fetch(&self) -> Result<Credentials, CloudError> {
        match &self.source {
            Source::Default(provider) => provide(provider, None).await,
            Source::Profile(name, provider) => provide(provider, Some(name)).await,
            // A role may be assumed from a role: the future would contain itself.
            Source::Role(role) => Box::pin(role.assume())
                .await
                .map(|(_, credentials)| credentials),
        }
    }
}

async fn provide(
    provider: &SharedCredentialsProvider,
    profile: Option<&str>,
) -> Result<Credentials, CloudError> {
    let provided = tokio::time::timeout(SOURCE_TIMEOUT, provider.provide_credentials()).await;
    let seconds = SOURCE_TIMEOUT.as_secs();
    provided
        .map_err(|_| {
            CloudError::new(
                ErrorKind::Credentials,
                "CredentialsTimeout",
                format!("the source of the credentials did not answer in {seconds} s"),
            )
        })?
        .map_err(|error| error::credentials(&error, profile))
}

/// Says nothing about what it holds.
impl fmt::Debug for Renewing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewing").finish_non_exhaustive()
    }
}

/// What the SDK signs with.
#[derive(Clone, Debug)]
pub(crate) struct Signing(pub(crate) Arc<Renewing>);

impl ProvideCredentials for Signing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.0
                .ready()
                .await
                .map_err(CredentialsError::provider_error)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Gives credentials that live for so long, or fails.
    #[derive(Debug, Default)]
    struct Counted {
        lifetime: Option<Duration>,
        fails: bool,
        asked: Arc<AtomicUsize>,
    }

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let expiry = self.lifetime.map(|lifetime| SystemTime::now() + lifetime);
            future::ProvideCredentials::ready(if self.fails {
                Err(CredentialsError::not_loaded("nothing here"))
            } else {
                Ok(Credentials::new("AKIA", "secret", None, expiry, "test"))
            })
        }
    }

    fn counted(lifetime: Option<Duration>, fails: bool) -> (Renewing, Arc<AtomicUsize>) {
        let source = Counted {
            lifetime,
            fails,
            ..Counted::default()
        };
        let asked = source.asked.clone();
        let provider = SharedCredentialsProvider::new(source);
        (Renewing::new(Source::Default(provider)), asked)
    }

    #[tokio::test]
    async fn the_source_is_asked_once_while_its_credentials_live() {
        for lifetime in [
            None,
            Some(Duration::from_secs(3600)),
            Some(Duration::from_secs(60)),
        ] {
            let (credentials, asked) = counted(lifetime, false);
            let (first, second) = tokio::join!(credentials.ready(), credentials.ready());
            assert!(first.is_ok() && second.is_ok());
            assert_eq!(asked.load(Ordering::SeqCst), 1, "{lifetime:?}");
        }
    }

    #[tokio::test]
    async fn expired_credentials_are_renewed() {
        let (credentials, asked) = counted(Some(Duration::ZERO), false);
        credentials.ready().await.unwrap();
        credentials.ready().await.unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failure_is_told_to_every_waiting_call() {
        let (credentials, asked) = counted(None, true);
        let (first, second) = tokio::join!(credentials.ready(), credentials.ready());
        assert_eq!(first.unwrap_err().kind, ErrorKind::Credentials);
        assert_eq!(second.unwrap_err().code, "CredentialsNotLoaded");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn credentials_that_cannot_be_renewed_are_used_until_they_expire() {
        let (credentials, asked) = counted(None, true);
        let expiry = SystemTime::now() + Duration::from_secs(60);
        let held = Credentials::new("AKIA", "secret", None, Some(expiry), "test");
        *credentials.held.write().unwrap() = Some(Held {
            credentials: held,
            renew_at: Some(SystemTime::now()),
        });
        assert!(credentials.ready().await.is_ok());
        assert!(credentials.ready().await.is_ok());
        assert_eq!(asked.load(Ordering::SeqCst), 1, "asked again only later");
    }

    #[tokio::test]
    async fn debug_output_shows_no_secret() {
        let (credentials, _) = counted(None, false);
        credentials.ready().await.unwrap();
        let text = format!("{:?}", Signing(Arc::new(credentials)));
        assert!(!text.contains("secret") && !text.contains("AKIA"), "{text}");
    }
}
