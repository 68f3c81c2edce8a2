//! The HTTP client that every SDK client shares, and with it one pool of connections.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use flowcover_cloud::{CloudError, ErrorKind};

/// A client that goes through the proxy of the environment, if there is one.
///
/// The pool opens as many connections to a host as there are calls in flight, and keeps them.
pub(crate) fn proxied_client(tls: TlsContext) -> SharedHttpClient {
    client(tls, Some(ProxyConfig::from_env()))
}

/// A client that never uses a proxy: instance metadata and loopback.
pub(crate) fn direct_client(tls: TlsContext) -> SharedHttpClient {
    client(tls, None)
}

fn client(tls: TlsContext, proxy: Option<ProxyConfig>) -> SharedHttpClient {
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone());
        if let Some(settings) = settings {
            connector = connector.connector_settings(settings.clone());
        }
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        if let Some(proxy) = proxy.clone() {
            connector = connector.proxy_config(proxy);
        }
        connector.build()
    });
    SharedHttpClient::new(OnFirstUse(client))
}

/// Makes its connector when the first call needs it.
///
/// The SDK's own client makes one more, with every trusted certificate, for each SDK client that is made
/// with it, and throws it away: a client for each service, region and account takes thousands of them.
#[derive(Debug)]
struct OnFirstUse(SharedHttpClient);

impl HttpClient for OnFirstUse {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

/// Trusted certificates: those of the system, or of the file that `AWS_CA_BUNDLE` names.
///
/// # Errors
///
/// [`ErrorKind::Credentials`] if the file cannot be read or holds no certificate.
pub(crate) fn tls_context(ca_bundle: Option<&str>) -> Result<TlsContext, CloudError> {
    let Some(path) = ca_bundle.filter(|path| !path.is_empty()) else {
        return Ok(TlsContext::default());
    };
    let refused = |why: String| {
        CloudError::new(
            ErrorKind::Credentials,
            "InvalidCaBundle",
            format!("cannot use AWS_CA_BUNDLE {path}: {why}"),
        )
    };
    let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    // The SDK panics on a bundle without certificates.
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(refused("no certificate in it".to_owned()));
    }
    TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
        .build()
        .map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_bundle_that_cannot_be_used_is_named() {
        assert!(tls_context(None).is_ok());
        assert!(tls_context(Some("")).is_ok());
        let missing = tls_context(Some("/nowhere/ca.pem")).unwrap_err();
        assert!(
            missing.message.contains("/nowhere/ca.pem"),
            "{}",
            missing.message
        );
        let empty = tls_context(Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")));
        assert_eq!(empty.unwrap_err().code, "InvalidCaBundle");
    }
}
